//! The classes that a model takes for one another most often.

use super::confusion_matrix::check;
use super::font::fitted;
use super::{Figure, TextStyle, ViewError, style};
use crate::train::{ConfusedPair, Report};

/// The `k` pairs of classes that are confused most often, each with how many pictures they are and their share of the
/// class, as bars.
///
/// # Errors
///
/// When there are not as many names as classes.
pub fn most_confused(report: &Report, class_names: &[String], k: usize) -> Result<Figure, ViewError> {
    const PAIR: f32 = 170.0;
    const NUMBER: f32 = 90.0;
    const LONGEST: f32 = 70.0;
    const LINE: f32 = 18.0;
    const HEAD: f32 = 22.0;
    check(report, class_names)?;
    let pairs = report.most_confused(k);
    let (text, note) = (TextStyle::caption(), TextStyle::note());
    let words = |pair: &ConfusedPair| {
        let names = [&class_names[pair.label], &class_names[pair.prediction]];
        let written = |[label, prediction]: [&str; 2]| format!("{label} → {prediction}");
        let whole = written(names.map(String::as_str));
        if text.width(&whole) <= PAIR {
            return whole;
        }
        // Something of both is to be read.
        let most = (PAIR - text.width(&written(["", ""]))) / 2.0;
        let [label, prediction] = names.map(|name| fitted(name, text.size, most));
        written([&label, &prediction])
    };
    let widest = pairs.iter().map(|pair| text.width(&words(pair))).fold(60.0, f32::max);
    let left = widest + 1.5 * style::GAP;
    let mut figure = Figure::new(PAIR + LONGEST + NUMBER, HEAD + LINE * pairs.len().max(1) as f32);
    figure.text("Most often confused: true class → prediction", [0.0, text.size * 0.8], &text);
    if pairs.is_empty() {
        figure.text("nothing", [0.0, HEAD + 12.0], &note);
    }
    let most = pairs.first().map_or(1, |pair| pair.count);
    for (place, pair) in pairs.iter().enumerate() {
        let y = HEAD + LINE * place as f32;
        figure.text(&words(pair), [0.0, y + 12.0], &text);
        let length = LONGEST * pair.count as f32 / most as f32;
        figure.rectangle([left, y + 3.0, length, 11.0], style::WRONG);
        let share = pair.count as f64 / report.classes[pair.label].support.max(1) as f64;
        let number = format!("{} ({})", pair.count, style::percent(share));
        figure.text(&number, [left + length + 6.0, y + 12.0], &note);
    }
    Ok(figure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Predictions;
    use crate::view::confusion_matrix::tests::{names, report};
    use crate::view::mark::Mark;

    #[test]
    fn the_most_confused_pairs_are_listed() {
        let (report, names) = (report(7, 300), names(7));
        let texts = |figure: &Figure| -> Vec<String> {
            let text = |mark: &Mark| if let Mark::Text { text, .. } = mark { Some(text.clone()) } else { None };
            figure.marks().iter().filter_map(text).collect()
        };
        let shown = texts(&most_confused(&report, &names, 2).unwrap());
        for pair in report.most_confused(2) {
            assert!(shown.contains(&format!("class {} → class {}", pair.label, pair.prediction)), "{shown:?}");
            assert!(shown.iter().any(|text| text.starts_with(&format!("{} (", pair.count))), "{shown:?}");
        }
        assert_eq!(shown.len(), 5);
        let right = Predictions::from_logits(2, vec![1.0, 0.0]).unwrap().report(&[0]).unwrap();
        let names = ["a", "b"].map(str::to_owned);
        assert!(texts(&most_confused(&right, &names, 2).unwrap()).contains(&"nothing".to_owned()));
    }

    #[test]
    fn names_that_are_not_the_classes_are_refused() {
        assert!(most_confused(&report(7, 30), &names(8), 3).unwrap_err().to_string().contains("8 names"));
    }
}
