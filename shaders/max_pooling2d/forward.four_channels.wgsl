// out[n, oy, ox, c] = max over ky, kx of x[n, iy, ix, c]
// where iy = oy * stride + ky * dilation - before, ix likewise, inside the picture.
// Four channels per invocation, where the number of channels is a multiple of 4.
// use: vector_of_four
// use: max_pooling2d_forward
