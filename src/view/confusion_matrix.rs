//! What a model takes the pictures of each class for, as a matrix.

use super::{Anchor, ColorScale, Colormap, Figure, TextStyle, ViewError, style};
use crate::train::{ClassReport, Report};

/// The longest name of a class beside the matrix; longer ones are cut.
const NAME: f32 = 130.0;
/// Letters that are smaller are not read.
const SMALLEST: f32 = 6.0;
/// What is below the matrix.
const PRECISION: &str = "precision";
/// How long a bar of precision or recall is at most.
const BAR: f32 = 44.0;

/// The confusion matrix: a row for each true class, a column for each prediction, the number of pictures in each cell
/// where there is room for it. What is right is blue, what is wrong orange, darker by its share of the row; the scale of
/// what is wrong ends at the largest share. Beside it stands each class' recall, below it each class' precision.
///
/// # Errors
///
/// When there are not as many names as classes.
pub fn confusion_matrix(report: &Report, class_names: &[String]) -> Result<Figure, ViewError> {
    check(report, class_names)?;
    let matrix = Matrix::new(report, class_names);
    let mut figure = Figure::new(0.0, 0.0);
    matrix.names(&mut figure);
    matrix.cells(&mut figure);
    matrix.lines(&mut figure);
    matrix.shares(&mut figure);
    let side = 2.0 * style::GAP + BAR + matrix.number_width();
    figure.widen(matrix.left + matrix.extent() + side.max(matrix.overhang()));
    figure.heighten(matrix.top + matrix.extent() + 2.0 * style::GAP + BAR + style::NOTE);
    let legend = matrix.legend();
    Ok(Figure::column(vec![figure, legend], style::GAP))
}

/// An error unless there is a name for each class.
pub(super) fn check(report: &Report, class_names: &[String]) -> Result<(), ViewError> {
    let (names, classes) = (class_names.len(), report.classes.len());
    if names == classes && classes > 0 {
        return Ok(());
    }
    let reason = format!("{names} names are given for {classes} classes");
    Err(ViewError::Numbers { what: "a confusion matrix", reason })
}

/// Where everything of a matrix stands.
struct Matrix<'a> {
    report: &'a Report,
    class_names: &'a [String],
    /// The size of a cell, and of the letters in it and beside it.
    cell: f32,
    number: TextStyle,
    name: TextStyle,
    /// By how many degrees the names above are turned, and how wide the widest name is.
    turn: f32,
    widest: f32,
    /// Where the first cell is.
    left: f32,
    top: f32,
    right: ColorScale,
    wrong: ColorScale,
}

impl<'a> Matrix<'a> {
    fn new(report: &'a Report, class_names: &'a [String]) -> Self {
        let classes = report.classes.len() as f32;
        // Up to 12 classes have large cells, up to 200 such that names can be read beside them.
        let large = (260.0 / classes).clamp(40.0, 72.0);
        let cell = (480.0 / classes).min(large).max((1600.0 / classes).min(8.0));
        let cell = ((2.0 * cell).floor() / 2.0).max(0.5);
        let most = report.confusion.iter().flatten().max().copied().unwrap_or(0).to_string();
        let text = TextStyle::caption();
        let number = TextStyle { size: text.size.min(text.size * (cell - 5.0) / text.width(&most)), ..text };
        let name = TextStyle { size: text.size.min(0.85 * cell), ..text };
        let widest = class_names.iter().map(|name_of| name.width(name_of)).fold(0.0, f32::max).min(NAME);
        let widest = if name.size < SMALLEST { 0.0 } else { widest };
        let turn = match () {
            () if widest <= cell - 4.0 => 0.0,
            // Letters of neighbours must not meet.
            () if cell * 0.7 > name.size => 45.0,
            () => 90.0,
        };
        let (sine, _) = f32::to_radians(turn).sin_cos();
        let heading = style::TEXT + style::GAP;
        let shares = report.confusion.iter().enumerate().flat_map(|(label, row)| {
            let support = report.classes[label].support.max(1) as f32;
            row.iter()
                .enumerate()
                .filter(move |(prediction, _)| *prediction != label)
                .map(move |(_, &n)| n as f32 / support)
        });
        let largest = shares.fold(0.01, f32::max);
        Self {
            report,
            class_names,
            cell,
            number: number.anchor(Anchor::Middle),
            name,
            turn,
            widest,
            // Its words are beside the matrix as the names are.
            left: (heading + widest + style::GAP).max(TextStyle::note().width(PRECISION) + style::GAP),
            top: heading + widest * sine + name.size + style::GAP,
            right: ColorScale::new(Colormap::Blues, 0.0, 1.0),
            wrong: ColorScale::new(Colormap::Oranges, 0.0, largest),
        }
    }

    fn extent(&self) -> f32 {
        self.cell * self.class_names.len() as f32
    }

    /// How far the last slanted name reaches beyond the cells.
    fn overhang(&self) -> f32 {
        if self.turn == 45.0 { self.widest * 0.71 + self.name.size - self.cell / 2.0 } else { 0.0 }
    }

    fn has_numbers(&self) -> bool {
        self.number.size >= SMALLEST
    }

    /// The width of a share in words, where there are words.
    fn number_width(&self) -> f32 {
        if self.has_numbers() { TextStyle::note().width("100 %") + 4.0 } else { 0.0 }
    }

    /// The names of the classes and of what they are.
    fn names(&self, figure: &mut Figure) {
        let (axis, middle) = (TextStyle::note().anchor(Anchor::Middle), self.extent() / 2.0);
        figure.text("prediction", [self.left + middle, style::TEXT * 0.8], &axis);
        figure.text_turned("true class", [style::TEXT * 0.8, self.top + middle], &axis, 90.0);
        if self.widest == 0.0 {
            return;
        }
        let above = if self.turn == 0.0 { Anchor::Middle } else { Anchor::Start };
        // Turned text has its middle on the cell's.
        let shift = if self.turn == 90.0 { 0.36 * self.name.size } else { 0.0 };
        for (class, name) in self.class_names.iter().enumerate() {
            let center = (class as f32 + 0.5) * self.cell;
            let name = super::font::fitted(name, self.name.size, self.widest);
            let baseline = self.top + center + 0.36 * self.name.size;
            figure.text(&name, [self.left - 5.0, baseline], &self.name.anchor(Anchor::End));
            let place = [self.left + center + shift, self.top - 5.0];
            figure.text_turned(&name, place, &self.name.anchor(above), self.turn);
        }
    }

    fn cells(&self, figure: &mut Figure) {
        for (label, row) in self.report.confusion.iter().enumerate() {
            let support = self.report.classes[label].support.max(1);
            for (prediction, &count) in row.iter().enumerate().filter(|(_, count)| **count > 0) {
                let (x, y) = (self.left + prediction as f32 * self.cell, self.top + label as f32 * self.cell);
                let scale = if label == prediction { self.right } else { self.wrong };
                let color = scale.color(count as f32 / support as f32);
                figure.rectangle([x, y, self.cell, self.cell], color);
                if self.has_numbers() {
                    let center = [x + self.cell / 2.0, y + self.cell / 2.0 + 0.36 * self.number.size];
                    figure.text(&count.to_string(), center, &self.number.color(color.readable()));
                }
            }
        }
    }

    /// Lines between cells, in large matrices between tens of them.
    fn lines(&self, figure: &mut Figure) {
        let (extent, step) = (self.extent(), if self.cell >= 16.0 { 1 } else { 10 });
        for class in (step..self.class_names.len()).step_by(step) {
            let offset = class as f32 * self.cell;
            let (x, y) = (self.left + offset, self.top + offset);
            figure.line(&[[x, self.top], [x, self.top + extent]], style::RULE, 0.5);
            figure.line(&[[self.left, y], [self.left + extent, y]], style::RULE, 0.5);
        }
        figure.frame([self.left, self.top, extent, extent], style::MUTED, 0.5);
    }

    /// Recall beside the matrix and precision below it, as bars that begin at it.
    fn shares(&self, figure: &mut Figure) {
        let note = TextStyle::note();
        let (right, bottom) = (self.left + self.extent() + style::GAP, self.top + self.extent() + style::GAP);
        figure.text("recall", [right, self.top - 5.0], &note);
        figure.text(PRECISION, [self.left - 5.0, bottom + style::NOTE * 0.8], &note.anchor(Anchor::End));
        let thick = if self.cell >= 16.0 { self.cell * 0.3 } else { self.cell * 0.8 };
        let inset = (self.cell - thick) / 2.0;
        for (class, ClassReport { precision, recall, .. }) in self.report.classes.iter().enumerate() {
            let offset = class as f32 * self.cell;
            let (x, y) = (self.left + offset, self.top + offset);
            figure.rectangle([right, y + inset, BAR, thick], style::RULE);
            figure.rectangle([right, y + inset, BAR * recall.unwrap_or(0.0) as f32, thick], style::RIGHT);
            figure.rectangle([x + inset, bottom, thick, BAR], style::RULE);
            figure.rectangle([x + inset, bottom, thick, BAR * precision.unwrap_or(0.0) as f32], style::RIGHT);
            if self.has_numbers() {
                let told = |share: &Option<f64>| share.map_or_else(|| "–".to_owned(), style::percent);
                let center = self.cell / 2.0;
                // Neighbours below must not meet.
                let fit = note.size * (self.cell - 3.0) / note.width("100 %");
                let small = TextStyle { size: note.size.min(fit), ..note };
                figure.text(&told(recall), [right + BAR + 4.0, y + center + 0.36 * note.size], &small);
                let below = small.anchor(Anchor::Middle);
                figure.text(&told(precision), [x + center, bottom + BAR + style::NOTE + 1.0], &below);
            }
        }
    }

    /// What the colours mean.
    fn legend(&self) -> Figure {
        let text = TextStyle::note();
        let mut figure = Figure::new(0.0, style::NOTE * 1.5);
        let mut x = self.left;
        let parts = [("right:", self.right, self.right.ends().1), ("wrong:", self.wrong, self.wrong.ends().1)];
        for (name, scale, largest) in parts {
            figure.text(name, [x, 11.0], &text);
            x += text.width(name) + 5.0;
            let low = style::percent(0.0);
            figure.text(&low, [x, 11.0], &text);
            x += text.width(&low) + 4.0;
            x = gradient(&mut figure, [x, 2.0], scale);
            let high = style::percent(largest.into());
            figure.text(&high, [x + 4.0, 11.0], &text);
            x += 4.0 + text.width(&high) + 18.0;
        }
        figure.text("of the true class", [x, 11.0], &text);
        figure.widen(x + text.width("of the true class"));
        figure
    }
}

/// The colours of a scale from left to right; returns where it ends.
fn gradient(figure: &mut Figure, [x, y]: [f32; 2], scale: ColorScale) -> f32 {
    const STEPS: usize = 60;
    const STEP: f32 = 1.0;
    let (low, high) = scale.ends();
    for step in 0..STEPS {
        let value = low + (high - low) * (step as f32 + 0.5) / STEPS as f32;
        figure.rectangle([x + step as f32 * STEP, y, STEP, 10.0], scale.color(value));
    }
    let width = STEPS as f32 * STEP;
    figure.frame([x, y, width, 10.0], style::RULE, 0.5);
    x + width
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::train::Predictions;
    use crate::view::mark::Mark;

    /// A report of so many classes, in which the classes are taken for others now and then.
    pub(in crate::view) fn report(classes: usize, samples: usize) -> Report {
        let mut logits = vec![0.0; classes * samples];
        let labels: Vec<u32> = (0..samples).map(|sample| (sample * sample % classes) as u32).collect();
        for (sample, &label) in labels.iter().enumerate() {
            let prediction = if sample % 4 == 0 { sample % classes } else { label as usize };
            logits[sample * classes + prediction] = 3.0;
        }
        Predictions::from_logits(classes, logits).unwrap().report(&labels).unwrap()
    }

    pub(in crate::view) fn names(classes: usize) -> Vec<String> {
        (0..classes).map(|class| format!("class {class}")).collect()
    }

    #[test]
    fn the_numbers_in_the_cells_are_the_reports_and_add_up_to_the_set() {
        let (report, names) = (report(7, 300), names(7));
        let (matrix, mut found) = (Matrix::new(&report, &names), vec![vec![0; 7]; 7]);
        for mark in confusion_matrix(&report, &names).unwrap().marks() {
            let Mark::Text { text, size, at, turn: 0.0, .. } = mark else { continue };
            let center = [at[0] + TextStyle { size: *size, ..matrix.number }.width(text) / 2.0, at[1]];
            let [column, row] = [center[0] - matrix.left, center[1] - matrix.top].map(|place| place / matrix.cell);
            if (0.0..7.0).contains(&column) && (0.0..7.0).contains(&row) {
                found[row as usize][column as usize] += text.parse::<usize>().unwrap();
            }
        }
        assert_eq!(found, report.confusion);
        assert_eq!(found.iter().flatten().sum::<usize>(), 300);
    }

    #[test]
    fn cells_are_blue_on_the_diagonal_and_orange_beside_it() {
        let (report, names) = (report(100, 3000), names(100));
        let (matrix, figure) = (Matrix::new(&report, &names), confusion_matrix(&report, &names).unwrap());
        assert!(!matrix.has_numbers() && matrix.name.size >= SMALLEST);
        let pixels = figure.pixels().unwrap();
        let middle = |start: f32, class: usize| (2.0 * (start + (class as f32 + 0.5) * matrix.cell)) as usize;
        for (label, row) in report.confusion.iter().enumerate() {
            for (prediction, &count) in row.iter().enumerate().filter(|(_, count)| **count > 0) {
                let share = count as f32 / report.classes[label].support as f32;
                let scale = if label == prediction { matrix.right } else { matrix.wrong };
                let color = pixels.pixel(middle(matrix.top, label), middle(matrix.left, prediction));
                assert_eq!(color, scale.color(share), "{label}, {prediction}");
            }
        }
    }

    #[test]
    fn every_size_fits_on_its_sheet() {
        for classes in [1, 2, 10, 11, 20, 37, 100, 300] {
            let (report, names) = (report(classes, 400), names(classes));
            let figure = confusion_matrix(&report, &names).unwrap();
            for mark in figure.marks() {
                if let Mark::Text { text, size, at: [x, y], turn, .. } = mark {
                    let width = TextStyle { size: *size, ..TextStyle::note() }.width(text);
                    let (sine, cosine) = turn.to_radians().sin_cos();
                    let (right, top) = (x + width * cosine, y - width * sine - size * 0.8 * cosine);
                    let inside = *x >= 0.0 && right <= figure.width() && top >= -0.5 && *y <= figure.height();
                    assert!(inside, "{classes} classes: '{text}' at {x}, {y}, {turn}");
                }
            }
        }
    }

    #[test]
    fn names_that_are_not_the_classes_are_refused() {
        let error = confusion_matrix(&report(7, 30), &names(6)).unwrap_err().to_string();
        assert!(error.contains("6 names are given for 7 classes"), "{error}");
    }
}
