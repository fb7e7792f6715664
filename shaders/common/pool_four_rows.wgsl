// Max pooling of a product's outputs by windows of four, which are neighbouring rows: four of them become one. In terms of
// activation_of_one or activation_of_four, and of pooled_output or pooled_output_winners. A pass says rows() and COLUMNS.
// use: output_of_sums
fn store_four_rows(part: u32, row: u32, column: u32, first: Floats, second: Floats, third: Floats, fourth: Floats) {
    if row < rows() && column < COLUMNS {
        var best = Maximum(Floats(0.0), Words(0u));
        best = next_maximum(best, output(column, first), 0u, true);
        best = next_maximum(best, output(column, second), 1u, false);
        best = next_maximum(best, output(column, third), 2u, false);
        best = next_maximum(best, output(column, fourth), 3u, false);
        // Of (windows, COLUMNS / WIDTH).
        store_pooled((row / 4u * COLUMNS + column) / WIDTH, best);
    }
}
