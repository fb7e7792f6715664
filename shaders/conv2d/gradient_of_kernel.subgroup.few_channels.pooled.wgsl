// dkernel[ky, kx, ci, co] = sum over n, oy, ox of x[n, iy, ix, ci] * dout[n, oy, ox, co]
// where iy = oy * stride + ky * dilation - before, ix = ox + kx - before; outside the picture x is 0.
// Here dout[n, oy, ox, co] is that of its window of max pooling where (oy, ox) won it, else 0.
// By subgroups as common/conv2d_subgroup_kernel.wgsl says: one input channel at a time.
// use: vector_of_four
// use: conv2d_subgroup_kernel_scalars
// use: conv2d_subgroup_pooled_dout
