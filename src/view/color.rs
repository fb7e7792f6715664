//! Colours, and the colours of numbers.

use super::{Figure, TextStyle, style};

/// An opaque colour: red, green and blue of sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color(pub [u8; 3]);

impl Color {
    /// The colour of these shares of red, green and blue.
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Black or white, whichever reads better upon it: by its luminance (ITU-R 601-2).
    pub fn readable(self) -> Color {
        let [red, green, blue] = self.0.map(u32::from);
        if 299 * red + 587 * green + 114 * blue > 140_000 { style::INK } else { style::PAPER }
    }
}

/// How numbers from 0 to 1 become colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colormap {
    /// Black to white.
    Grey,
    /// Viridis (van der Walt and Smith, 2015): perceptually even, for magnitudes.
    Viridis,
    /// White to dark blue (ColorBrewer's Blues): for shares of what is right.
    Blues,
    /// White to dark orange (ColorBrewer's Oranges): for shares of what is wrong.
    Oranges,
    /// Blue over nearly white to red (ColorBrewer's RdBu): perceptually even to both sides, for signed numbers around 0.5.
    BlueRed,
}

impl Colormap {
    /// The colour of `share`, which is brought to 0 to 1.
    pub fn color(self, share: f32) -> Color {
        let share = f64::from(share.clamp(0.0, 1.0));
        let color = match self {
            Colormap::Grey => return Color([(share * 255.0).round() as u8; 3]),
            Colormap::Viridis => colorous::VIRIDIS.eval_continuous(share),
            Colormap::Blues => colorous::BLUES.eval_continuous(share),
            Colormap::Oranges => colorous::ORANGES.eval_continuous(share),
            Colormap::BlueRed => colorous::RED_BLUE.eval_continuous(1.0 - share),
        };
        Color::rgb(color.r, color.g, color.b)
    }
}

/// The colours of numbers between two ends. NaN has a colour that no map has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColorScale {
    map: Colormap,
    low: f32,
    high: f32,
}

/// What is no number: magenta.
const NOT_A_NUMBER: Color = Color::rgb(0xff, 0x00, 0xff);

impl ColorScale {
    /// The colours of `map` from `low` to `high`; what lies outside has the colour of the end.
    pub fn new(map: Colormap, low: f32, high: f32) -> Self {
        Self { map, low, high }
    }

    /// Viridis from 0, or from the least of `values` where they go below, to the largest.
    pub fn magnitudes<'a>(values: impl IntoIterator<Item = &'a f32>) -> Self {
        let (low, high) = extremes(values);
        Self::new(Colormap::Viridis, low.min(0.0), high)
    }

    /// Blue to red, nearly white at 0; both ends are as far from it as the largest magnitude of `values`.
    pub fn signed<'a>(values: impl IntoIterator<Item = &'a f32>) -> Self {
        let (low, high) = extremes(values);
        let largest = high.max(-low);
        Self::new(Colormap::BlueRed, -largest, largest)
    }

    /// The same without the outermost of them: the ends are as far from 0 as 99 of 100 `values` are at most, so that a few
    /// large ones do not make all others pale.
    pub fn signed_most<'a>(values: impl IntoIterator<Item = &'a f32>) -> Self {
        let mut magnitudes: Vec<f32> =
            values.into_iter().map(|value| value.abs()).filter(|value| value.is_finite()).collect();
        magnitudes.sort_unstable_by(f32::total_cmp);
        let most = magnitudes.get((magnitudes.len() * 99).div_ceil(100).saturating_sub(1)).copied();
        // Where nearly all are 0, the others are what there is to see.
        let largest = most.filter(|&most| most > 0.0).or(magnitudes.last().copied()).unwrap_or_default();
        Self::new(Colormap::BlueRed, -largest, largest)
    }

    /// [`ColorScale::signed`] where any of `values` is below 0, else [`ColorScale::magnitudes`].
    pub fn of<'a>(values: impl IntoIterator<Item = &'a f32> + Clone) -> Self {
        match values.clone().into_iter().any(|&value| value < 0.0) {
            true => Self::signed(values),
            false => Self::magnitudes(values),
        }
    }

    /// The number of the first colour and that of the last.
    pub fn ends(&self) -> (f32, f32) {
        (self.low, self.high)
    }

    /// The colour of `value`.
    pub fn color(&self, value: f32) -> Color {
        if value.is_nan() {
            return NOT_A_NUMBER;
        }
        // Numbers that are all equal have the colour of the first end, or of the zero in the middle.
        let range = self.high - self.low;
        let share = if range > 0.0 { (value - self.low) / range } else { 0.0 };
        self.map.color(if range > 0.0 || self.map != Colormap::BlueRed { share } else { 0.5 })
    }

    /// A bar of its colours, `height` high, with the numbers of its ends and of the 0 between them.
    pub fn legend(&self, height: f32) -> Figure {
        const WIDTH: f32 = 10.0;
        let (low, high) = self.ends();
        let mut labels = vec![(high, 0.0), (low, height)];
        if low < 0.0 && high > 0.0 {
            labels.push((0.0, height * high / (high - low)));
        }
        let text = TextStyle::note();
        let labels: Vec<_> = labels.into_iter().map(|(value, y)| (number(value), y)).collect();
        let widest = labels.iter().map(|(label, _)| text.width(label)).fold(0.0, f32::max);
        let mut figure = Figure::new(WIDTH + 6.0 + widest, height);
        // Whole pixels of a PNG, of which a unit has two, so that no seams show.
        let steps = (2.0 * height).round().max(1.0);
        for step in 0..steps as usize {
            let share = 1.0 - (step as f32 + 0.5) / steps;
            let y = step as f32 * height / steps;
            figure.rectangle([0.0, y, WIDTH, height / steps], self.map.color(share));
        }
        figure.frame([0.0, 0.0, WIDTH, height], style::RULE, 1.0);
        for (label, y) in labels {
            let baseline = (y + 4.0).clamp(text.size * 0.8, height.max(text.size * 0.8));
            figure.text(&label, [WIDTH + 6.0, baseline], &text);
        }
        figure
    }
}

/// The least and the largest finite number; zeros where there is none.
fn extremes<'a>(values: impl IntoIterator<Item = &'a f32>) -> (f32, f32) {
    let finite = values.into_iter().copied().filter(|value| value.is_finite());
    finite
        .map(|value| (value, value))
        .reduce(|(low, high), (value, _)| (low.min(value), high.max(value)))
        .unwrap_or_default()
}

/// A number in as few digits as tell it apart at a glance: three that count, a true minus, no trailing zeros.
pub(super) fn number(value: f32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "∞"
        } else {
            "−∞"
        }
        .to_owned();
    }
    let magnitude = f64::from(value.abs());
    let digits = (2 - magnitude.log10().floor() as i32).max(0) as usize;
    let text = if (1e-4..1e6).contains(&magnitude) {
        let text = format!("{magnitude:.digits$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    } else {
        format!("{magnitude:.1e}").replace("e-", "e−")
    };
    if value < 0.0 { format!("−{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_numbers_are_lightest_at_zero_without_a_hue_and_darken_to_both_sides() {
        let scale = ColorScale::signed(&[-1.0, 3.0]);
        assert_eq!(scale.ends(), (-3.0, 3.0));
        let luminance = |value: f32| {
            let [red, green, blue] = scale.color(value).0.map(u32::from);
            299 * red + 587 * green + 114 * blue
        };
        for step in 0..30 {
            let (near, far) = (0.1 * step as f32, 0.1 * (step + 1) as f32);
            assert!(luminance(far) < luminance(near), "{near} to {far}");
            assert!(luminance(-far) < luminance(-near), "-{near} to -{far}");
        }
        // The curve through ColorBrewer's colours passes their #f7f7f7 a little below, with hardly a hue.
        let zero = scale.color(0.0).0;
        let (darkest, lightest) = (zero.into_iter().min().unwrap(), zero.into_iter().max().unwrap());
        assert!(darkest > 235 && lightest - darkest <= 4, "{zero:?}");
        let (low, high) = (scale.color(-3.0).0, scale.color(3.0).0);
        assert!(low[2] > low[0] && high[0] > high[2], "{low:?} is blue, {high:?} red");
    }

    #[test]
    fn a_few_large_numbers_do_not_make_the_others_pale() {
        let mut values = vec![-0.5; 198];
        values.extend([9.0, -70.0]);
        assert_eq!(ColorScale::signed_most(&values).ends(), (-0.5, 0.5));
        values.extend([1.0, f32::NAN]);
        assert_eq!(ColorScale::signed_most(&values).ends(), (-1.0, 1.0));
        assert_eq!(ColorScale::signed_most(&[-3.0, 2.0]).ends(), (-3.0, 3.0));
        assert_eq!(ColorScale::signed_most(&[]).ends(), (0.0, 0.0));
        let mut zeros = vec![0.0; 500];
        zeros.push(-4.0);
        assert_eq!(ColorScale::signed_most(&zeros).ends(), (-4.0, 4.0));
    }

    #[test]
    fn magnitudes_begin_at_zero() {
        assert_eq!(ColorScale::magnitudes(&[2.0, 5.0]).ends(), (0.0, 5.0));
        assert_eq!(ColorScale::of(&[2.0, -5.0]).ends(), (-5.0, 5.0));
    }

    #[test]
    fn equal_numbers_and_what_is_no_number_have_a_colour() {
        let zeros = ColorScale::signed(&[0.0, 0.0]);
        assert_eq!(zeros.color(0.0), Colormap::BlueRed.color(0.5));
        assert_eq!(ColorScale::magnitudes(&[f32::NAN, 1.0]).ends(), (0.0, 1.0));
        assert_eq!(zeros.color(f32::NAN), NOT_A_NUMBER);
    }

    #[test]
    fn numbers_are_short() {
        let cases = [(0.0, "0"), (-1.0, "−1"), (0.12345, "0.123"), (25.0, "25"), (1234.5, "1234"), (0.5, "0.5")];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
        assert_eq!(number(-1.5e-7), "−1.5e−7");
        assert_eq!(number(f32::NEG_INFINITY), "−∞");
    }
}
