// The output's gradient as the gradients of a convolution by tiles fetch it, in terms of vector_of_one or vector_of_four.
// use: conv2d_tile
@group(0) @binding(1) var<storage, read> dout: array<Floats>; // (batch, output rows, output columns, output channels / WIDTH)

// That of a pixel, counted through the batch, from `channel` on.
fn output_gradient(pixel: u32, channel: u32) -> Floats {
    return dout[(pixel * OUTPUT_CHANNELS + channel) / WIDTH];
}
