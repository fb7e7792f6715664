// y[n, oy, ox, co] = f(bias[co] + sum over ky, kx, ci of x[n, iy, ix, ci] * kernel[ky, kx, ci, co])
// where iy = oy * stride + ky * dilation - before, ix = ox + kx - before; outside the picture x is 0.
// out[n, py, px, co] = max over the window of y
// By subgroups as common/conv2d_subgroup.wgsl says, one output channel per lane, for any number of channels.
// use: conv2d_subgroup_forward_any_channels
// use: conv2d_subgroup_pool
// use: pooled_output
