// dkernel[ky, kx, ci, co] = sum over n, oy, ox of x[n, iy, ix, ci] * dout[n, oy, ox, co]
// where iy = oy * stride + ky * dilation - before, ix = ox + kx - before; outside the picture x is 0.
// Here dout[n, oy, ox, co] is that of its window of max pooling where (oy, ox) won it, else 0.
// By subgroups as common/conv2d_subgroup_kernel.wgsl says: one output channel per lane, for any number of channels.
// use: vector_of_one
// use: conv2d_subgroup_kernel_scalars
// use: conv2d_subgroup_pooled_dout
