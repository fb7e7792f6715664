//! One value of a convolution, term by term.

use std::fmt;

use super::{Kernel, Maps};

/// How one output value of a convolution comes about: `sum = sum over i of window[i] * kernel[i]`.
///
/// It prints as in a lecture: `0·0 + 1·1 + 3·2 + 4·3 = 19`, channel after channel within each position.
#[derive(Clone, Debug, PartialEq)]
pub struct Arithmetic {
    /// Row and column of the input on which the window's upper left corner lies; negative in the padding.
    pub corner: [isize; 2],
    /// What the window shows of the input; 0 in the padding.
    pub window: Maps,
    /// What it is multiplied by, of the same shape.
    pub kernel: Kernel,
    /// The products, of the same shape.
    pub products: Maps,
    /// Their sum, as the GPU computed it.
    pub sum: f32,
}

impl fmt::Display for Arithmetic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = self.window.values().iter().zip(self.kernel.values());
        let terms: Vec<String> =
            pairs.map(|(value, weight)| format!("{}·{}", factor(*value), factor(*weight))).collect();
        // Adding 0 makes a negative zero a plain one.
        write!(f, "{} = {}", terms.join(" + "), self.sum + 0.0)
    }
}

/// A factor of a product; negative ones stand in brackets.
fn factor(number: f32) -> String {
    if number < 0.0 { format!("({number})") } else { (number + 0.0).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_prints_its_terms_and_their_sum() {
        let maps = |values: [f32; 3]| Maps::new([1, 3, 1], values.to_vec()).unwrap();
        let arithmetic = Arithmetic {
            corner: [0, -1],
            window: maps([-0.0, 0.5, -3.0]),
            kernel: Kernel::new([1, 3, 1], vec![-1.0, 4.0, 2.0]).unwrap(),
            products: maps([0.0, 2.0, -6.0]),
            sum: -4.0,
        };
        assert_eq!(arithmetic.to_string(), "0·(-1) + 0.5·4 + (-3)·2 = -4");
    }
}
