// dx[n, iy, ix, c] = dout of the window that lies over it, where it won, else 0; four channels per invocation.
// use: vector_of_four
// use: max_pooling2d_disjoint_gradient
