// y[n, oy, ox, co] = f(bias[co] + sum over ky, kx, ci of x[n, iy, ix, ci] * kernel[ky, kx, ci, co])
// where iy = oy * stride + ky * dilation - before, ix likewise; outside the picture x is 0.
// out[n, py, px, co] = max over the window of y, and winners the number of the first pixel in it with that value
// By tiles as common/tile.wgsl says, one input channel at a time; the output channels are a multiple of 4.
// use: conv2d_tile_source_scalars
// use: conv2d_tile_weights_vectors
// use: conv2d_tile_pool
// use: pooled_output_winners
