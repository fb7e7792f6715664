//! What a model takes the pictures of each class for, and how sure it is, on one sheet.

use super::{Figure, ViewError, confusion_matrix, most_confused, reliability, style};
use crate::train::{Calibration, Report};

/// How many pairs of classes are listed.
const PAIRS: usize = 8;

/// Everything about a model's mistakes on one sheet: the [`confusion_matrix`], the reliability diagram
/// ([`reliability`]) and the [`most_confused`] classes.
///
/// # Errors
///
/// As those of its parts.
pub fn confusion(
    report: &Report,
    calibration: &Calibration,
    class_names: &[String],
    title: &str,
) -> Result<Figure, ViewError> {
    let matrix = confusion_matrix(report, class_names)?;
    let side = vec![reliability(calibration)?, most_confused(report, class_names, PAIRS)?];
    let sheet = Figure::row(vec![matrix, Figure::column(side, 2.0 * style::GAP)], 3.0 * style::GAP);
    let counted: usize = report.confusion.iter().flatten().sum();
    let nothing = match report.samples - counted {
        0 => String::new(),
        count => format!("; {count} give NaN and are in no cell"),
    };
    let note = format!(
        "{} pictures{nothing}. Accuracy {:.1} %, expected calibration error {:.1} % in {} ranges of confidence.",
        report.samples,
        100.0 * report.accuracy,
        100.0 * calibration.expected_error,
        calibration.bins.len()
    );
    Ok(sheet.titled(title, &note))
}
