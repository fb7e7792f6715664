// dkernel[ky, kx, ci, co] = sum over n, oy, ox of x[n, iy, ix, ci] * dout[n, oy, ox, co]
// where iy = oy * stride + ky * dilation - before, ix likewise; outside the picture x is 0.
// Here dout[n, oy, ox, co] is that of its window of max pooling where (oy, ox) won it, else 0.
// Blocked as common/conv2d_kernel_block.wgsl says, for input channels that are a multiple of 4 (CHANNELS is 4).
// use: conv2d_kernel_block_vectors
// use: conv2d_kernel_block_pooled_dout
