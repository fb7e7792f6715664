// dkernel[ky, kx, ci, co] = sum over n, oy, ox of x[n, iy, ix, ci] * dout[n, oy, ox, co]
// where iy = oy * stride + ky * dilation - before, ix = ox + kx - before; outside the picture x is 0.
// By subgroups as common/conv2d_subgroup_kernel.wgsl says: all input channels, which are few.
// use: conv2d_subgroup_kernel_few_channels
// use: conv2d_subgroup_dout
