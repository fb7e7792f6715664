// How a window slides over a picture (shape.rs): output o, tap t looks at input o * stride + t * dilation - before.
struct Window {
    input_rows: u32,
    input_columns: u32,
    output_rows: u32,
    output_columns: u32,
    window_rows: u32,
    window_columns: u32,
    stride_rows: u32,
    stride_columns: u32,
    dilation_rows: u32,
    dilation_columns: u32,
    before_rows: u32,
    before_columns: u32,
}
