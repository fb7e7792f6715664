//! A convolution as a formula: picture, kernel, result, and how one value of it comes about.

use super::equation::{Term, equation};
use super::kernels::mapped;
use super::{Bitmap, ColorScale, Colormap, Figure, TextStyle, ViewError, cells, style};
use crate::explain::{Arithmetic, Convolution, Kernel, Maps, Matrix};

/// How long a picture is drawn, about.
const PICTURE: f32 = 300.0;
/// Up to so many rows and columns are numbers on cells, not pixels.
const MOST_NUMBERS: usize = 10;
/// The size of a cell with a number.
const CELL: f32 = 36.0;
/// What the channels of a picture are.
const COLORS: [&str; 3] = ["red", "green", "blue"];
/// How long a kernel is drawn at most.
const KERNEL: f32 = 180.0;

/// Picture, kernel and result side by side, for one kernel of one channel ([`super::features`] draws several); with
/// `explained`, a row and column of the result counted from 0, the window of that value is framed, and below stand window
/// times kernel, their products and their sum, of every map.
///
/// Pictures of up to 10 x 10 values of one channel are numbers on cells. Pictures are grey, from 0 (or their least) to 1
/// (or their largest); three channels are red, green and blue. Where the kernel's weights add up to 1, or none is below 0,
/// the result is a picture again: grey from 0 to what a white picture gives, and cut off there. Other kernels answer with
/// signs: blue to red around a nearly white zero, each channel by itself; of pixels the strongest hundredth is cut off.
///
/// # Errors
///
/// When there is another kernel or number of channels, or no such value to explain.
pub fn convolution(
    convolution: &Convolution,
    explained: Option<[usize; 2]>,
    title: &str,
    note: &str,
) -> Result<Figure, ViewError> {
    let (input, maps) = (convolution.input(), convolution.maps());
    let [kernel] = convolution.kernels() else {
        return Err(refused(format!("{} kernels; one is drawn", convolution.kernels().len())));
    };
    let [_, _, channels] = input.shape();
    if !matches!(channels, 1 | 3) || kernel.shape()[2] != 1 {
        let reason = format!("a kernel of {:?} on a picture of {:?}", kernel.shape(), input.shape());
        return Err(refused(format!("{reason} (height, width, channels); one channel of the kernel is drawn")));
    }
    let size = cell_size(input);
    let scales = Scales::new(input, kernel, maps, size.is_some());
    // The zeros around a picture of numbers.
    let zeros = if size.is_some() { zeros_around(convolution)? } else { [[0; 2]; 2] };
    let weights = kernel.channel(0);
    let kernel_size = size.unwrap_or(CELL).min(KERNEL / weights.rows().max(weights.columns()) as f32);
    let picture = drawn_input(input, &scales, size, zeros)?;
    let outputs = drawn_outputs(maps, &scales, size)?;
    // How large a value is in each drawing.
    let pixel = |drawing: &Figure, maps: &Maps| size.unwrap_or(drawing.width() / maps.shape()[1] as f32);
    let (window_pixel, output_pixel) = (pixel(&picture, input), pixel(&outputs[0], maps));
    let has_legend = size.is_none() && (channels == 1 || scales.white.is_none());
    let legend = has_legend.then(|| Term::new("", scales.output.legend(outputs[0].height()), ""));
    let words = match outputs.len() {
        1 => vec![named("output", maps)],
        _ => COLORS.map(str::to_owned).to_vec(),
    };
    let signs = ["="].into_iter().chain(std::iter::repeat(""));
    let outputs = signs.zip(outputs).zip(words).map(|((sign, drawing), word)| Term::new(sign, drawing, word));
    let mut terms = vec![
        Term::new("", picture, named("input", input)),
        Term::new("*", cells(&weights, &scales.kernel, kernel_size), "kernel"),
    ];
    terms.extend(outputs);
    let drawings = terms.len();
    terms.extend(legend);
    let (mut figure, places) = equation(terms);
    let mut parts = Vec::new();
    if let Some([row, column]) = explained {
        let all = (0..channels).map(|map| convolution.explain(row, column, map)).collect::<Result<Vec<_>, _>>()?;
        let [[above, _], [left, _]] = zeros;
        let corner = [all[0].corner[0] + above as isize, all[0].corner[1] + left as isize];
        point(&mut figure, places[0], corner, [weights.rows(), weights.columns()], window_pixel);
        for place in &places[2..drawings] {
            point(&mut figure, *place, [row as isize, column as isize], [1, 1], output_pixel);
        }
        for (channel, arithmetic) in all.iter().enumerate() {
            let name = (channels > 1).then(|| COLORS[channel]);
            parts.push(explanation(name, arithmetic, &scales, figure.width())?);
        }
    }
    parts.insert(0, figure);
    let note = match size.is_none() && scales.white.is_none() {
        true => style::joined(note, style::CUT_OFF),
        false => note.to_owned(),
    };
    Ok(Figure::column(parts, 2.0 * style::GAP).titled(title, &note))
}

fn refused(reason: String) -> ViewError {
    ViewError::Numbers { what: "a convolution", reason }
}

/// The colours of all numbers.
struct Scales {
    input: ColorScale,
    kernel: ColorScale,
    output: ColorScale,
    /// Where the result is a picture: what a white one gives.
    white: Option<f32>,
}

impl Scales {
    /// Where all numbers are written, the scale of signs has all of them.
    fn new(input: &Maps, kernel: &Kernel, output: &Maps, is_written: bool) -> Self {
        let least = input.values().iter().copied().fold(0.0, f32::min);
        let largest = input.values().iter().copied().fold(1.0, f32::max);
        let weights = kernel.values();
        let sum: f32 = weights.iter().sum();
        let keeps = (sum - 1.0).abs() < 0.01 || (sum > 0.0 && weights.iter().all(|&weight| weight >= 0.0));
        let white = (keeps && least == 0.0).then_some(largest * sum);
        Self {
            input: match least < 0.0 {
                true => ColorScale::signed(input.values()),
                false => ColorScale::new(Colormap::Grey, 0.0, largest),
            },
            kernel: ColorScale::signed(weights),
            output: match white {
                Some(white) => ColorScale::new(Colormap::Grey, 0.0, white),
                None if is_written => ColorScale::signed(output.values()),
                None => ColorScale::signed_most(output.values()),
            },
            white,
        }
    }
}

/// The size of cells with numbers; none where the picture is drawn as pixels.
fn cell_size(input: &Maps) -> Option<f32> {
    let [height, width, channels] = input.shape();
    let most = height.max(width);
    (channels == 1 && most <= MOST_NUMBERS).then(|| (PICTURE / most as f32).floor().min(CELL))
}

fn named(word: &str, maps: &Maps) -> String {
    let [height, width, _] = maps.shape();
    format!("{word}, {height} x {width}")
}

/// The rows above and below, and the columns to the left and right, that the convolution takes for zeros.
fn zeros_around(convolution: &Convolution) -> Result<[[usize; 2]; 2], ViewError> {
    let corner = convolution.explain(0, 0, 0)?.corner;
    let (input, output) = (convolution.input().shape(), convolution.maps().shape());
    let kernel = convolution.kernels()[0].shape();
    Ok([0, 1].map(|axis| {
        let before = corner[axis].unsigned_abs();
        [before, (output[axis] + kernel[axis]).saturating_sub(input[axis] + before + 1)]
    }))
}

fn drawn_input(
    input: &Maps,
    scales: &Scales,
    size: Option<f32>,
    [[above, below], [left, right]]: [[usize; 2]; 2],
) -> Result<Figure, ViewError> {
    let Some(size) = size else {
        return Ok(Figure::enlarged(colored(input, &scales.input, 1.0)?, PICTURE));
    };
    let (rows, columns) = (above + input.shape()[0] + below, left + input.shape()[1] + right);
    let mut figure = Figure::new(columns as f32 * size, rows as f32 * size);
    let place = [left as f32 * size, above as f32 * size];
    let picture = cells(&input.channel(0), &scales.input, size);
    let (width, height) = (picture.width(), picture.height());
    let has_zeros = above + below + left + right > 0;
    if has_zeros {
        let zeros = Matrix::new(rows, columns, vec![0.0; rows * columns])?;
        figure.place(cells(&zeros, &scales.input, size), [0.0, 0.0]);
    }
    figure.place(picture, place);
    if has_zeros {
        figure.frame([place[0], place[1], width, height], style::PAPER, 2.0);
    }
    Ok(figure)
}

/// The result's drawings: one, or where it has signs one of each channel.
fn drawn_outputs(maps: &Maps, scales: &Scales, size: Option<f32>) -> Result<Vec<Figure>, ViewError> {
    let [_, _, channels] = maps.shape();
    if let Some(size) = size {
        return Ok(vec![cells(&maps.channel(0), &scales.output, size)]);
    }
    if channels == 1 || scales.white.is_some() {
        return Ok(vec![Figure::enlarged(colored(maps, &scales.output, scales.white.unwrap_or(1.0))?, PICTURE)]);
    }
    (0..channels).map(|channel| mapped(&maps.channel(channel), &scales.output, PICTURE / 2.0)).collect()
}

/// One channel in the colours of `scale`, three in their own, of which `white` is the brightest.
fn colored(maps: &Maps, scale: &ColorScale, white: f32) -> Result<Bitmap, ViewError> {
    let [height, width, channels] = maps.shape();
    if channels == 1 {
        return Bitmap::mapped(height, width, maps.values(), scale);
    }
    let shares: Vec<f32> = maps.values().iter().map(|value| value / white).collect();
    Bitmap::from_numbers(maps.shape(), &shares)
}

/// A frame around so many rows and columns from `corner` of what is drawn at `place`; a white line around it sets small
/// ones off from the picture.
fn point(figure: &mut Figure, place: [f32; 2], corner: [isize; 2], extents: [usize; 2], pixel: f32) {
    let [y, x] = [0, 1].map(|axis| place[1 - axis] + corner[axis] as f32 * pixel);
    let [height, width] = extents.map(|extent| extent as f32 * pixel);
    let line = if pixel > 10.0 { 3.0 } else { 2.0 };
    figure.frame([x, y, width, height], style::POINTED, line);
    figure.frame([x - line, y - line, width + 2.0 * line, height + 2.0 * line], style::PAPER, 1.0);
}

/// Window times kernel, the products, and their sum, of the channel `channel` where there are several.
fn explanation(
    channel: Option<&str>,
    arithmetic: &Arithmetic,
    scales: &Scales,
    width: f32,
) -> Result<Figure, ViewError> {
    let kernel = arithmetic.kernel.channel(0);
    let size = CELL.min(KERNEL / kernel.rows().max(kernel.columns()) as f32);
    let products = arithmetic.products.channel(0);
    let sum = Matrix::new(1, 1, vec![arithmetic.sum])?;
    let window = channel.map_or("window".to_owned(), |channel| format!("window, {channel}"));
    let terms = vec![
        Term::new("", cells(&arithmetic.window.channel(0), &scales.input, size), window),
        Term::new("×", cells(&kernel, &scales.kernel, size), "kernel"),
        Term::new("=", cells(&products, &ColorScale::signed(products.values()), size), "products"),
        Term::new("→", cells(&sum, &scales.output, CELL), "their sum"),
    ];
    let (mut figure, places) = equation(terms);
    point(&mut figure, places[0], [0; 2], [kernel.rows(), kernel.columns()], size);
    point(&mut figure, places[3], [0; 2], [1; 2], CELL);
    let text = TextStyle::caption();
    let words = arithmetic.to_string();
    let mut parts = vec![figure];
    if text.width(&words) <= width {
        let mut line = Figure::new(text.width(&words), 15.0);
        line.text(&words, [0.0, text.size], &text);
        parts.push(line);
    }
    Ok(Figure::column(parts, style::GAP))
}
