// y[n, oy, ox, co] = f(bias[co] + sum over ky, kx, ci of x[n, iy, ix, ci] * kernel[ky, kx, ci, co])
// where iy = oy * stride + ky * dilation - before, ix likewise; outside the picture x is 0.
// out[n, py, px, co] = max over the window of y
// Blocked as common/conv2d_block.wgsl says, for input channels that are a multiple of 4; no dilation across.
// use: conv2d_block_pool
// use: conv2d_block_vectors
// use: pooled_output
