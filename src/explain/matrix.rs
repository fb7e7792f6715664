//! Numbers in rows and columns.

use std::fmt;
use std::str::FromStr;

use super::ExplainError;

/// Numbers in rows and columns: a small picture, a kernel of one channel, one feature map.
///
/// In words rows are separated by `;`, numbers by spaces or commas; what is printed is read back the same.
///
/// ```
/// use ocellus::explain::Matrix;
///
/// let matrix: Matrix = "0 1; 2, 3".parse()?;
/// assert_eq!((matrix.rows(), matrix.columns(), matrix.get(1, 0)), (2, 2, 2.0));
/// assert_eq!(matrix.to_string(), "0 1; 2 3");
/// # Ok::<(), ocellus::explain::ExplainError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f32>,
}

impl Matrix {
    /// A matrix of its values, row by row.
    ///
    /// # Errors
    ///
    /// When there are not rows times columns values, or none.
    pub fn new(rows: usize, columns: usize, values: Vec<f32>) -> Result<Self, ExplainError> {
        check_extents("a matrix", &[rows, columns], &values)?;
        Ok(Self { rows, columns, values })
    }

    /// The number of rows, at least 1.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns, at least 1.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The values, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The value at `row` and `column`, both counted from 0.
    ///
    /// # Panics
    ///
    /// When there is no such row or column, as a slice does.
    pub fn get(&self, row: usize, column: usize) -> f32 {
        self.values[row * self.columns..][..self.columns][column]
    }

    /// One channel of values of shape (height, width, channels), which are as many.
    pub(super) fn of_channel([rows, columns, channels]: [usize; 3], values: &[f32], channel: usize) -> Self {
        let values = values.chunks_exact(channels).map(|pixel| pixel[channel]).collect();
        Self { rows, columns, values }
    }

    pub(super) fn into_values(self) -> Vec<f32> {
        self.values
    }
}

/// An error unless there are as many values as the extents' product, and at least one.
pub(super) fn check_extents(what: &'static str, shape: &[usize], values: &[f32]) -> Result<(), ExplainError> {
    let product = shape.iter().try_fold(1_usize, |product, &extent| product.checked_mul(extent));
    if product == Some(values.len()) && !values.is_empty() {
        return Ok(());
    }
    Err(ExplainError::Extents { what, shape: shape.to_vec(), given: values.len() })
}

impl FromStr for Matrix {
    type Err = ExplainError;

    fn from_str(text: &str) -> Result<Self, ExplainError> {
        if text.trim().is_empty() {
            return Err(ExplainError::NoNumbers);
        }
        let (mut values, mut counts) = (Vec::new(), Vec::new());
        for (row, words) in text.split(';').map(words).enumerate() {
            counts.push(words.len());
            for (column, word) in words.into_iter().enumerate() {
                values.push(number(word, row + 1, column + 1)?);
            }
        }
        if let Some(row) = counts.iter().position(|&count| count != counts[0]) {
            return Err(ExplainError::Ragged { row: row + 1, counts });
        }
        if values.is_empty() {
            return Err(ExplainError::NoNumbers);
        }
        Self::new(counts.len(), counts[0], values)
    }
}

/// The words of a row. Between two commas there is one, be it empty.
fn words(row: &str) -> Vec<&str> {
    if row.trim().is_empty() {
        return Vec::new();
    }
    let mut words = Vec::new();
    for part in row.split(',') {
        let before = words.len();
        words.extend(part.split_whitespace());
        if words.len() == before {
            words.push("");
        }
    }
    words
}

fn number(word: &str, row: usize, column: usize) -> Result<f32, ExplainError> {
    match word.parse::<f32>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err(ExplainError::NotFinite { row, column, word: word.to_owned() }),
        Err(_) => Err(ExplainError::NoNumber { row, column, word: word.to_owned() }),
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |row: &[f32]| row.iter().map(f32::to_string).collect::<Vec<_>>().join(" ");
        let rows: Vec<String> = self.values.chunks_exact(self.columns).map(row).collect();
        f.write_str(&rows.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        text.parse::<Matrix>().unwrap_err().to_string()
    }

    #[test]
    fn rows_are_separated_by_semicolons_and_numbers_by_spaces_or_commas() {
        let matrix: Matrix = " 0 -1,0.5;\t1e1, +2 ,3 ".parse().unwrap();
        assert_eq!((matrix.rows(), matrix.columns()), (2, 3));
        assert_eq!(matrix.values(), [0.0, -1.0, 0.5, 10.0, 2.0, 3.0]);
        assert_eq!(matrix.to_string(), "0 -1 0.5; 10 2 3");
        assert_eq!(matrix.to_string().parse::<Matrix>().unwrap(), matrix);
        assert_eq!("7".parse::<Matrix>().unwrap(), Matrix::new(1, 1, vec![7.0]).unwrap());
    }

    #[test]
    fn ragged_rows_are_told_with_their_numbers() {
        let error = refused("0 1; 2; 3 4 5");
        assert!(error.contains("row 2") && error.contains("has 1 number but row 1 has 2"), "{error}");
        assert!(error.contains("2, 1, 3"), "{error}");
        assert!(refused("0 1; 2 3;").contains("row 3 of the matrix has 0 numbers"));
        assert!(refused("; 2 3").contains("row 2 of the matrix has 2 numbers but row 1 has 0"));
    }

    #[test]
    fn what_is_no_number_is_told_with_its_place() {
        let error = refused("0 1; 2 x3");
        assert!(error.contains("'x3' in row 2, column 2"), "{error}");
        assert!(refused("1,,2").contains("'' in row 1, column 2"));
        assert!(refused("1, 2,").contains("'' in row 1, column 3"));
        for word in ["nan", "-inf", "1e39"] {
            let error = refused(&format!("1; {word}"));
            assert!(error.contains(word) && error.contains("row 2, column 1") && error.contains("finite"), "{error}");
        }
    }

    #[test]
    fn no_numbers_are_no_matrix() {
        for text in ["", "  ", ";", " ; ;"] {
            assert!(refused(text).contains("needs numbers"), "{text}");
        }
        assert!(Matrix::new(2, 2, vec![0.0; 3]).unwrap_err().to_string().contains("3 numbers"));
        assert!(Matrix::new(0, 2, Vec::new()).is_err());
        assert!(Matrix::new(usize::MAX, 2, vec![0.0]).unwrap_err().to_string().contains("1 numbers"));
    }
}
