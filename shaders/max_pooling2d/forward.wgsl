// out[n, oy, ox, c] = max over ky, kx of x[n, iy, ix, c]
// where iy = oy * stride + ky * dilation - before, ix likewise, inside the picture.
// One channel per invocation.
// use: vector_of_one
// use: max_pooling2d_forward
