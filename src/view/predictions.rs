//! What a model takes pictures for: beside what they are, and the most probable classes as bars.

use super::grid::SIGN;
use super::{Bitmap, Caption, Cell, Figure, TextStyle, Verdict, ViewError, grid, style};
use crate::data::{Dataset, Images};
use crate::train::Predictions;

/// About how long the longer side of a picture is.
const EXTENT: f32 = 112.0;

/// The pictures of these indices in rows of `columns`, from the top left. Below each stand the prediction with its
/// probability, what it is, and its index; the frame, a tick or a cross, and the colour tell right from wrong.
/// `predictions` are those of the whole dataset.
///
/// # Errors
///
/// When the dataset has no picture of an index, or the predictions are of other pictures or classes.
pub fn predictions(
    dataset: &Dataset,
    predictions: &Predictions,
    indices: &[usize],
    columns: usize,
) -> Result<Figure, ViewError> {
    let refused = |reason| ViewError::Numbers { what: "predictions", reason };
    if predictions.len() != dataset.len() || predictions.classes() != dataset.classes() {
        return Err(refused(format!(
            "{} pictures of {} classes are predicted, the dataset has {} of {}; predict all of it",
            predictions.len(),
            predictions.classes(),
            dataset.len(),
            dataset.classes()
        )));
    }
    let names = dataset.class_names();
    let cell = |&index: &usize| {
        let Some(&label) = dataset.labels().get(index) else {
            return Err(refused(format!(
                "there is no picture {index}; the last of {0} is {1}",
                dataset.len(),
                dataset.len() - 1
            )));
        };
        let label = label as usize;
        let prediction = predictions.prediction(index);
        let verdict = if prediction == Some(label) { Verdict::Right } else { Verdict::Wrong };
        let picture = Figure::enlarged(Bitmap::from_bytes(dataset.shape(), dataset.image(index))?, EXTENT);
        // As much as a grid leaves to a line with a tick or a cross.
        let room = picture.width() + style::GAP - SIGN;
        let told = prediction.map_or_else(
            || "nothing (NaN)".to_owned(),
            |class| told(&names[class], predictions.confidence(index).unwrap_or(f64::NAN), room),
        );
        let captions =
            [Caption::new(told), Caption::new(format!("is: {}", names[label])), Caption::note(format!("#{index}"))];
        Ok(Cell::new(picture, captions).judged(verdict))
    };
    Ok(grid(indices.iter().map(cell).collect::<Result<_, _>>()?, columns))
}

/// `cat · 93 %`, the name cut where both would be wider than `room`, so that the number stays.
fn told(name: &str, confidence: f64, room: f32) -> String {
    let number = format!(" · {}", style::percent(confidence));
    let text = TextStyle::caption();
    super::font::fitted(name, text.size, room - text.width(&number)) + &number
}

/// Each of `images`, as the model sees it, by its name and with its `k` most probable classes as bars, in rows of
/// `columns`, from the top left. `predictions` are those of all images.
///
/// # Errors
///
/// When there are not as many names and predictions as images, or other classes than their names.
pub fn top_classes(
    images: &Images,
    names: &[String],
    predictions: &Predictions,
    class_names: &[String],
    k: usize,
    columns: usize,
) -> Result<Figure, ViewError> {
    let refused = |reason| Err(ViewError::Numbers { what: "predictions", reason });
    if names.len() != images.len() || predictions.len() != images.len() {
        let (names, predicted) = (names.len(), predictions.len());
        return refused(format!(
            "{names} names and {predicted} predictions are not those of {} pictures",
            images.len()
        ));
    }
    if class_names.len() != predictions.classes() {
        return refused(format!("{} names are given for {} classes", class_names.len(), predictions.classes()));
    }
    let cell = |(index, name): (usize, &String)| {
        let picture = Figure::enlarged(Bitmap::from_bytes(images.shape(), images.get(index))?, EXTENT);
        let top: Vec<_> =
            predictions.top(index, k).into_iter().map(|(class, share)| (class_names[class].as_str(), share)).collect();
        let bars = bars(name, &top, picture.height());
        Ok(Cell::new(Figure::row(vec![picture, bars], 1.5 * style::GAP), []))
    };
    Ok(grid(names.iter().enumerate().map(cell).collect::<Result<_, ViewError>>()?, columns))
}

/// A name, and below it a bar for each class with its name and probability above it; at least `height` high.
fn bars(name: &str, classes: &[(&str, f32)], height: f32) -> Figure {
    const WIDTH: f32 = 150.0;
    const HEAD: f32 = 20.0;
    const STEP: f32 = 26.0;
    const BAR: f32 = 5.0;
    let (text, note) = (TextStyle::caption(), TextStyle::note());
    let mut figure = Figure::new(WIDTH, (HEAD + STEP * classes.len() as f32).max(height));
    figure.text_within(name, [0.0, 9.0], &note, WIDTH);
    if classes.is_empty() {
        figure.text("nothing, the model gives NaN", [0.0, HEAD + 12.0], &note);
    }
    for (place, (class, share)) in classes.iter().enumerate() {
        let y = HEAD + STEP * place as f32;
        let number = format!("{:.1} %", 100.0 * share);
        figure.text_within(class, [0.0, y + 11.0], &text, WIDTH - text.width(&number) - style::GAP);
        figure.text(&number, [WIDTH, y + 11.0], &text.anchor(super::Anchor::End));
        let color = if place == 0 { style::RIGHT } else { style::MUTED };
        figure.rectangle([0.0, y + 15.0, WIDTH, BAR], style::RULE);
        figure.rectangle([0.0, y + 15.0, WIDTH * share, BAR], color);
    }
    figure
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Color;
    use crate::view::mark::Mark;

    /// Pictures of one grey each, in classes that take turns.
    fn dataset(greys: &[u8]) -> Dataset {
        let images = Images::new([8, 8, 1], greys.iter().flat_map(|grey| [*grey; 64]).collect()).unwrap();
        let labels = (0..greys.len() as u32).map(|index| index % 3).collect();
        Dataset::from_memory(images, labels, ["cat", "dog", "frog"].map(str::to_owned).to_vec()).unwrap()
    }

    /// Predictions of these classes, each with a probability of 0.8.
    fn predicted(classes: &[usize]) -> Predictions {
        let logit = |class: usize, sample: usize| if classes[sample] == class { 8.0_f32.ln() } else { 0.0 };
        let logits = (0..classes.len()).flat_map(|sample| (0..3).map(move |class| logit(class, sample))).collect();
        Predictions::from_logits(3, logits).unwrap()
    }

    /// The texts between these ends of x, from the top.
    fn texts(figure: &Figure, [left, right]: [f32; 2]) -> Vec<String> {
        let text = |mark: &Mark| match mark {
            Mark::Text { text, at: [x, y], .. } if (left..right).contains(x) => Some((*y, text.clone())),
            _ => None,
        };
        let mut found: Vec<_> = figure.marks().iter().filter_map(text).collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        found.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn a_cell_shows_its_picture_its_prediction_and_its_label() {
        let dataset = dataset(&[10, 60, 110, 160]);
        let figure = predictions(&dataset, &predicted(&[0, 0, 2, 1]), &[3, 1, 2], 3).unwrap();
        let (pixels, step) = (figure.pixels().unwrap(), EXTENT + style::GAP + 4.0);
        let cells = [(3, "dog · 80 %", "is: cat"), (1, "cat · 80 %", "is: dog"), (2, "frog · 80 %", "is: frog")];
        for (place, (index, told, label)) in cells.into_iter().enumerate() {
            let left = place as f32 * step;
            let middle = (2.0 * left + EXTENT) as usize;
            assert_eq!(pixels.pixel(EXTENT as usize, middle), Color([10 + 50 * index; 3]), "cell {place}");
            let expected = [told.to_owned(), label.to_owned(), format!("#{index}")];
            assert_eq!(texts(&figure, [left - 4.0, left + step - 4.0]), expected);
        }
        let drawn =
            |color| figure.marks().iter().any(|mark| matches!(mark, Mark::Stroke { color: own, .. } if *own == color));
        assert!(drawn(style::RIGHT) && drawn(style::WRONG));
        let all_right = predictions(&dataset, &predicted(&[0, 1, 2, 0]), &[0, 1], 2).unwrap();
        let wrong = |mark: &Mark| matches!(mark, Mark::Stroke { color: style::WRONG, .. });
        assert!(!all_right.marks().iter().any(wrong));
    }

    #[test]
    fn a_prediction_of_nothing_is_wrong_and_a_long_name_keeps_its_number() {
        let nothing = Predictions::from_logits(3, vec![f32::NAN; 3]).unwrap();
        let figure = predictions(&dataset(&[9]), &nothing, &[0], 1).unwrap();
        assert_eq!(texts(&figure, [-99.0, 99.0])[0], "nothing (NaN)");
        let told = told("a very long name of a class", 0.07, 90.0);
        assert!(told.ends_with("… · 7 %") && TextStyle::caption().width(&told) <= 90.0, "{told}");
    }

    #[test]
    fn the_most_probable_classes_are_bars_as_long_as_they_are_probable() {
        let dataset = dataset(&[10, 60]);
        let images = Images::new([8, 8, 1], dataset.pixels().to_vec()).unwrap();
        let names = ["a.png", "b.png"].map(str::to_owned);
        let figure = top_classes(&images, &names, &predicted(&[2, 1]), dataset.class_names(), 2, 1).unwrap();
        let expected = ["a.png", "frog", "80.0 %", "cat", "10.0 %", "b.png", "dog", "80.0 %", "cat", "10.0 %"];
        assert_eq!(texts(&figure, [0.0, f32::MAX]), expected);
        let pixels = figure.pixels().unwrap();
        let count = |color: Color| pixels.rgb().chunks_exact(3).filter(|pixel| *pixel == color.0).count() as f64;
        let ratio = count(style::RIGHT) / count(style::MUTED);
        assert!(ratio > 2.0, "{ratio}");
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let dataset = dataset(&[1, 2]);
        let refused = |predicted: &Predictions, indices: &[usize]| {
            predictions(&dataset, predicted, indices, 1).unwrap_err().to_string()
        };
        assert!(refused(&predicted(&[0]), &[0]).contains("1 pictures of 3 classes"));
        assert!(refused(&predicted(&[0, 1]), &[2]).contains("no picture 2"));
        let images = Images::new([8, 8, 1], dataset.pixels().to_vec()).unwrap();
        let (name, two) = (["a".to_owned()], ["a", "b"].map(str::to_owned));
        assert!(top_classes(&images, &name, &predicted(&[0, 1]), dataset.class_names(), 3, 1).is_err());
        assert!(top_classes(&images, &two, &predicted(&[0, 1]), &two, 3, 1).is_err());
    }
}
