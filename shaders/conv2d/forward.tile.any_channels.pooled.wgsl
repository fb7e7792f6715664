// y[n, oy, ox, co] = f(bias[co] + sum over ky, kx, ci of x[n, iy, ix, ci] * kernel[ky, kx, ci, co])
// where iy = oy * stride + ky * dilation - before, ix likewise; outside the picture x is 0.
// out[n, py, px, co] = max over the window of y
// By tiles as common/tile.wgsl says, one input and one output channel at a time.
// use: conv2d_tile_source_scalars
// use: conv2d_tile_weights_scalars
// use: conv2d_tile_pool
// use: pooled_output
