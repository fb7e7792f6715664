// y[n, oy, ox, co] = f(bias[co] + sum over ky, kx, ci of x[n, iy, ix, ci] * kernel[ky, kx, ci, co])
// where iy = oy * stride + ky * dilation - before, ix = ox + kx - before; outside the picture x is 0.
// out[n, py, px, co] = max over the window of y
// By subgroups as common/conv2d_subgroup.wgsl says, for input channels that are a multiple of 4.
// use: conv2d_subgroup_forward_vectors
// use: conv2d_subgroup_pool
// use: pooled_output
