// dx[n, iy, ix, ci] = sum over ky, kx, co of dout[n, oy, ox, co] * kernel[ky, kx, ci, co]
// over the outputs that look at the input: oy * stride = iy + before - ky * dilation, ox likewise.
// Here dout[n, oy, ox, co] is that of its window of max pooling where (oy, ox) won it, else 0.
// By tiles as common/tile.wgsl says, one input and one output channel at a time.
// Where x = f(z), that times f'(z) (common/input_gradient.wgsl).
// use: conv2d_tile_input_scalars
// use: conv2d_tile_pooled_dout
