// dkernel[ky, kx, ci, co] = sum over n, oy, ox of x[n, iy, ix, ci] * dout[n, oy, ox, co]
// where iy = oy * stride + ky * dilation - before, ix likewise; outside the picture x is 0.
// Here dout[n, oy, ox, co] is that of its window of max pooling where (oy, ox) won it, else 0.
// By tiles as common/tile.wgsl says, one input and one output channel at a time.
// use: conv2d_tile_kernel_scalars
// use: conv2d_tile_pooled_dout
