// dx[n, iy, ix, c] = sum over the outputs whose winner looks at the input of dout[n, oy, ox, c]
// One channel per invocation.
// use: one_channel
// use: max_pooling2d_gradient
