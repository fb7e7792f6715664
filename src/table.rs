//! Tables of text.

/// Rows under a header, all of as many cells, aligned and framed; the columns of these places hold numbers, which end
/// under one another.
pub(crate) fn framed(rows: &[Vec<String>], numbers: &[usize]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let rule = |left: &str, middle: &str, right: &str, line: &str| {
        let parts: Vec<String> = widths.iter().map(|width| line.repeat(width + 2)).collect();
        format!("{left}{}{right}\n", parts.join(middle))
    };
    let mut text = rule("┌", "┬", "┐", "─");
    for (number, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(column, cell)| match numbers.contains(&column) {
                true => format!(" {cell:>width$} ", width = widths[column]),
                false => format!(" {cell:<width$} ", width = widths[column]),
            })
            .collect();
        text += &format!("│{}│\n", cells.join("│"));
        if number == 0 {
            text += &rule("├", "┼", "┤", "─");
        }
    }
    text + &rule("└", "┴", "┘", "─")
}
