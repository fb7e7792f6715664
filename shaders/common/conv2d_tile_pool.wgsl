// The end of conv2d's forward pass by tiles with max pooling by windows of four pixels, where its sums are whole.
// use: conv2d_tile_forward
// use: pool_four_rows
const_assert POOL_PIXELS == 4u;
