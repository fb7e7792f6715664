//! Sizes down and across.

use serde::{Deserialize, Serialize};

/// A number for the rows and one for the columns; written as one number where both are the same, as in Keras.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Pair {
    /// Down.
    pub rows: usize,
    /// Across.
    pub columns: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "a whole number, or one for the rows and one for the columns, such as 3 or [3, 5]")]
enum Written {
    Same(usize),
    Both([usize; 2]),
}

impl Pair {
    /// Rows, then columns.
    pub fn array(self) -> [usize; 2] {
        [self.rows, self.columns]
    }
}

impl Default for Pair {
    fn default() -> Self {
        Self::from(1)
    }
}

impl From<usize> for Pair {
    fn from(both: usize) -> Self {
        Self { rows: both, columns: both }
    }
}

impl From<[usize; 2]> for Pair {
    fn from([rows, columns]: [usize; 2]) -> Self {
        Self { rows, columns }
    }
}

impl From<Written> for Pair {
    fn from(written: Written) -> Self {
        match written {
            Written::Same(both) => both.into(),
            Written::Both(pair) => pair.into(),
        }
    }
}

impl From<Pair> for Written {
    fn from(pair: Pair) -> Self {
        if pair.rows == pair.columns { Written::Same(pair.rows) } else { Written::Both(pair.array()) }
    }
}
