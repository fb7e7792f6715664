//! Labelled pictures, and how many there are of each class.

use super::{Anchor, Bitmap, Caption, Cell, Figure, TextStyle, ViewError, font, grid, style};
use crate::data::Dataset;

/// About how long the longer side of a picture is.
const EXTENT: f32 = 80.0;

/// The pictures of these indices in rows of `columns`, from the top left, each with the name of its class and its index
/// below it.
///
/// # Errors
///
/// When the dataset has no picture of an index.
pub fn dataset(dataset: &Dataset, indices: &[usize], columns: usize) -> Result<Figure, ViewError> {
    let cell = |&index: &usize| {
        let Some(&label) = dataset.labels().get(index) else {
            let reason = format!("there is no picture {index}; the last of {} is {}", dataset.len(), dataset.len() - 1);
            return Err(ViewError::Numbers { what: "a dataset", reason });
        };
        let bitmap = Bitmap::from_bytes(dataset.shape(), dataset.image(index))?;
        let name = &dataset.class_names()[label as usize];
        Ok(Cell::new(Figure::enlarged(bitmap, EXTENT), [Caption::new(name), Caption::note(format!("#{index}"))]))
    };
    Ok(grid(indices.iter().map(cell).collect::<Result<_, _>>()?, columns))
}

/// A bar for each class as long as it has pictures, with its name and their number; further columns of bars beside the
/// first where there are many. Of more than a hundred classes the first hundred are drawn, and the others told of below.
pub fn class_counts(dataset: &Dataset) -> Figure {
    let (names, counts) = (dataset.class_names(), dataset.class_counts());
    let shown = names.len().min(MOST_COLUMNS * ROWS);
    let largest = counts.iter().copied().max().unwrap_or(0).max(1);
    let classes: Vec<(&str, usize)> = names.iter().map(String::as_str).zip(counts).collect();
    let columns = shown.div_ceil(ROWS).max(1);
    // As many in each, so that the last column is no rest.
    let columns = classes[..shown].chunks(shown.div_ceil(columns).max(1));
    let bars = Figure::row(columns.map(|classes| bars(classes, largest)).collect(), 3.0 * style::GAP);
    if shown == classes.len() {
        return bars;
    }
    let others = classes[shown..].iter().map(|(_, count)| count);
    let (least, most) = (others.clone().min().copied().unwrap_or(0), others.max().copied().unwrap_or(0));
    let each = if least == most { format!("{least}") } else { format!("{least} to {most}") };
    let text = TextStyle::note();
    let mut note = Figure::new(0.0, LINE);
    note.text(&format!("and {} more classes with {each} pictures each", classes.len() - shown), [0.0, 14.0], &text);
    Figure::column(vec![bars, note], style::GAP)
}

/// The most bars below one another, and the most columns of them.
const ROWS: usize = 25;
const MOST_COLUMNS: usize = 4;
/// From one bar to the next.
const LINE: f32 = 19.0;
/// How wide the longest bar and the longest name are.
const LONGEST: f32 = 120.0;
const NAME: f32 = 110.0;

fn bars(classes: &[(&str, usize)], largest: usize) -> Figure {
    let (text, number) = (TextStyle::caption().anchor(Anchor::End), TextStyle::note());
    let name = |name: &str| font::fitted(name, text.size, NAME);
    let widest = classes.iter().map(|&(class, _)| text.width(&name(class))).fold(0.0, f32::max);
    // Whole, so that bars begin sharply.
    let left = (widest + style::GAP).ceil();
    let ends = classes.iter().map(|&(_, count)| length(count, largest) + 5.0 + number.width(&count.to_string()));
    let mut figure = Figure::new((left + ends.fold(0.0, f32::max)).ceil(), classes.len() as f32 * LINE);
    for (row, &(class, count)) in classes.iter().enumerate() {
        let (top, bar) = (row as f32 * LINE, length(count, largest));
        figure.text(&name(class), [widest, top + 13.5], &text);
        figure.rectangle([left, top + 3.0, bar, LINE - 6.0], style::SERIES[0]);
        figure.text(&count.to_string(), [left + bar + 5.0, top + 13.5], &number);
    }
    figure
}

fn length(count: usize, largest: usize) -> f32 {
    LONGEST * count as f32 / largest as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Images;
    use crate::view::Color;
    use crate::view::mark::Mark;

    /// Pictures of 2 x 2 pixels, whose first pixel is their index; class i modulo `classes`.
    fn numbered(pictures: usize, channels: usize, classes: usize) -> Dataset {
        let pixels = (0..pictures).flat_map(|index| vec![index as u8; 4 * channels]).collect();
        let labels = (0..pictures).map(|index| (index % classes) as u32).collect();
        let names = (0..classes).map(|class| format!("class {class}")).collect();
        Dataset::from_memory(Images::new([2, 2, channels], pixels).unwrap(), labels, names).unwrap()
    }

    fn texts(figure: &Figure) -> Vec<(&str, [f32; 2])> {
        let text = |mark| if let &Mark::Text { ref text, at, .. } = mark { Some((text.as_str(), at)) } else { None };
        figure.marks().iter().filter_map(text).collect()
    }

    #[test]
    fn each_cell_shows_its_picture_and_its_label() {
        for channels in [1, 3] {
            let set = numbered(12, channels, 5);
            let indices = [7, 0, 11, 3];
            let figure = dataset(&set, &indices, 2).unwrap();
            let bitmaps = figure.marks().iter().filter_map(|mark| match mark {
                Mark::Bitmap { bitmap, at, .. } => Some((bitmap.pixel(0, 0), *at)),
                _ => None,
            });
            let words = texts(&figure);
            for (cell, (color, [left, top])) in bitmaps.enumerate() {
                let index = indices[cell];
                assert_eq!(color, Color([index as u8; 3]));
                // The words below it and no other cell's.
                let below = words.iter().filter(|(_, [x, y])| {
                    (left - 5.0..left + EXTENT).contains(x) && (top + EXTENT..top + EXTENT + 35.0).contains(y)
                });
                let below: Vec<&str> = below.map(|(text, _)| *text).collect();
                assert_eq!(below, [format!("class {}", index % 5), format!("#{index}")], "cell {cell}");
            }
            assert_eq!(words.len(), 8);
        }
        let error = dataset(&numbered(3, 1, 1), &[3], 1).unwrap_err().to_string();
        assert!(error.contains("no picture 3") && error.contains("the last of 3 is 2"), "{error}");
    }

    #[test]
    fn bars_are_as_long_as_classes_have_pictures() {
        // 0, 3 and 6 are of class 0, two of each other.
        let figure = class_counts(&numbered(7, 1, 3));
        let pixels = figure.pixels().unwrap();
        let bar = |row: usize| {
            let line = (2.0 * LINE * (row as f32 + 0.5)) as usize;
            (0..pixels.width()).filter(|&column| pixels.pixel(line, column) == style::SERIES[0]).count()
        };
        assert_eq!((bar(0), bar(1), bar(2)), (240, 160, 160));
        let words: Vec<&str> = texts(&figure).into_iter().map(|(text, _)| text).collect();
        assert_eq!(words, ["class 0", "3", "class 1", "2", "class 2", "2"]);
    }

    #[test]
    fn of_very_many_classes_the_first_are_drawn_and_the_others_told_of() {
        let figure = class_counts(&numbered(250, 1, 130));
        let words: Vec<&str> = texts(&figure).into_iter().map(|(text, _)| text).collect();
        assert_eq!(words.len(), 201);
        assert!(words.contains(&"class 99") && !words.contains(&"class 100"));
        assert_eq!(*words.last().unwrap(), "and 30 more classes with 1 to 2 pictures each");
        assert!(figure.width() < 1100.0 && figure.height() < 600.0, "{} x {}", figure.width(), figure.height());
    }
}
