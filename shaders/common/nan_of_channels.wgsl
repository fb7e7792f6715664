// Where x is not a number, by its bits: compilers may assume that `x != x` is false. In terms of vector_of_one or
// vector_of_four.
fn is_nan(x: Floats) -> Bools {
    return (bitcast<Words>(x) & Words(0x7fffffffu)) > Words(0x7f800000u);
}
