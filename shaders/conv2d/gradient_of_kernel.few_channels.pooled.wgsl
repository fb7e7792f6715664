// dkernel[ky, kx, ci, co] = sum over n, oy, ox of x[n, iy, ix, ci] * dout[n, oy, ox, co]
// where iy = oy * stride + ky * dilation - before, ix likewise; outside the picture x is 0.
// Here dout[n, oy, ox, co] is that of its window of max pooling where (oy, ox) won it, else 0.
// Blocked as common/conv2d_kernel_block.wgsl says, one scalar fetch per input channel (CHANNELS of them, 1 to 3).
// use: conv2d_kernel_block_few_channels
// use: conv2d_kernel_block_pooled_dout
