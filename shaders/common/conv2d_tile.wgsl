// What the passes of a convolution by tiles share: which pixels of input and output see each other.
// use: tile
const TAPS: u32 = WINDOW_ROWS * WINDOW_COLUMNS;
const NO_PIXEL: u32 = 0xffffffffu;
// Whether each pixel sees its own and no other, as in a matrix product, whose rows are the pixels.
const POINTWISE: bool = TAPS == 1u && STRIDE_ROWS == 1u && STRIDE_COLUMNS == 1u && BEFORE_ROWS == 0u && BEFORE_COLUMNS == 0u
    && INPUT_ROWS == OUTPUT_ROWS && INPUT_COLUMNS == OUTPUT_COLUMNS;

// The input's pixel that output pixel `pixel` looks at with tap `tap`, counted through the batch; NO_PIXEL outside the
// picture.
fn input_pixel(pixel: u32, tap: u32) -> u32 {
    if POINTWISE {
        return pixel;
    }
    let image = pixel / OUTPUT_COLUMNS / OUTPUT_ROWS;
    // Both wrap around below 0, to a number that no picture reaches.
    let iy = pixel / OUTPUT_COLUMNS % OUTPUT_ROWS * STRIDE_ROWS + tap / WINDOW_COLUMNS * DILATION_ROWS - BEFORE_ROWS;
    let ix = pixel % OUTPUT_COLUMNS * STRIDE_COLUMNS + tap % WINDOW_COLUMNS * DILATION_COLUMNS - BEFORE_COLUMNS;
    return select(NO_PIXEL, (image * INPUT_ROWS + iy) * INPUT_COLUMNS + ix, iy < INPUT_ROWS && ix < INPUT_COLUMNS);
}

// The output's pixel that looks at input pixel `pixel` with tap `tap`; NO_PIXEL where there is none.
fn output_pixel(pixel: u32, tap: u32) -> u32 {
    if POINTWISE {
        return pixel;
    }
    let image = pixel / INPUT_COLUMNS / INPUT_ROWS;
    // Both wrap around below 0, to a number that no picture reaches.
    let below = pixel / INPUT_COLUMNS % INPUT_ROWS + BEFORE_ROWS - tap / WINDOW_COLUMNS * DILATION_ROWS;
    let right_of = pixel % INPUT_COLUMNS + BEFORE_COLUMNS - tap % WINDOW_COLUMNS * DILATION_COLUMNS;
    let is_inside = below < OUTPUT_ROWS * STRIDE_ROWS && right_of < OUTPUT_COLUMNS * STRIDE_COLUMNS;
    let is_hit = below % STRIDE_ROWS == 0u && right_of % STRIDE_COLUMNS == 0u;
    let looking = (image * OUTPUT_ROWS + below / STRIDE_ROWS) * OUTPUT_COLUMNS + right_of / STRIDE_COLUMNS;
    return select(NO_PIXEL, looking, is_inside && is_hit);
}
