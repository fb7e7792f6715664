//! `ocellus convolve`: what a kernel makes of a picture.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::CliError;
use super::picture::PictureOptions;
use crate::data::picture;
use crate::explain::{Convolution, Kernel, Maps, Matrix, convolve_by, convolve_channels_by};
use crate::gpu::{AdapterRequest, Gpu};
use crate::ops::KernelChoice;
use crate::shape::Padding;
use crate::view;

/// Longer pictures are shrunk to so many pixels, which a drawing shows one by one.
const LONGEST: usize = 300;

/// The options of `ocellus convolve`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// A picture, PNG or JPEG [default: the cat in the program]
    #[arg(value_name = "PICTURE")]
    picture: Option<PathBuf>,
    /// The kernel: edge, sobel-x, sobel-y, blur, sharpen, emboss, or its numbers, rows separated by ';'
    #[arg(long, value_name = "NAME|MATRIX", default_value = "edge", allow_hyphen_values = true)]
    kernel: String,
    /// Show what N random kernels of 3x3 give instead, those of an untrained layer
    #[arg(long, value_name = "N", conflicts_with = "kernel", allow_negative_numbers = true)]
    random: Option<usize>,
    /// Of the random kernels
    #[arg(long, value_name = "N", requires = "random", default_value_t = 0, allow_negative_numbers = true)]
    seed: u32,
    /// Take the picture in colour: a kernel is applied to red, green and blue each by itself, random ones to all of them
    #[arg(long)]
    color: bool,
    /// What stands around the picture: nothing, so that the result is smaller, or zeros, so that it has the same size
    #[arg(long, value_enum, value_name = "PADDING", default_value = "valid")]
    padding: PaddingArgument,
    /// Take these numbers for the picture, rows separated by ';', and print the result
    #[arg(long, value_name = "MATRIX", allow_hyphen_values = true, conflicts_with_all = ["picture", "color", "random"])]
    input: Option<Matrix>,
    /// Show how the value in this row and column of the result comes about, both counted from 0
    #[arg(long, value_name = "ROW,COL", value_parser = place, conflicts_with = "random")]
    explain: Option<[usize; 2]>,
    #[command(flatten)]
    output: PictureOptions,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PaddingArgument {
    /// Nothing
    Valid,
    /// Zeros
    Same,
}

pub(super) async fn run(options: &Options, adapter: &AdapterRequest) -> Result<(), CliError> {
    let (input, name, mut note) = input(options)?;
    let convolved = name.map_or("Convolution".to_owned(), |name| format!("{name}, convolved"));
    let padding = match options.padding {
        PaddingArgument::Valid => Padding::Valid,
        PaddingArgument::Same => Padding::Same,
    };
    let kernels = match options.random {
        Some(count) => {
            CliError::at_least_one("--random", count)?;
            Kernel::random(count, [3, 3, input.shape()[2]], options.seed)?
        }
        None => vec![options.kernel.parse().map_err(|error| refused("--kernel", &options.kernel, error))?],
    };
    let choice = KernelChoice::from_environment()?.unwrap_or_default();
    let file = options.output.begin(None, "convolution.png")?;
    let gpu = Gpu::open(adapter).await?;
    let convolution = match options.random {
        Some(_) => convolve_by(&gpu, &input, &kernels, padding, choice).await?,
        None => convolve_channels_by(&gpu, &input, &kernels, padding, choice).await?,
    };
    let figure = match options.random {
        Some(count) => {
            note.push(format!("the kernels are those of an untrained layer of {count} filters, seed {}", options.seed));
            let kernels = if count == 1 { "a random kernel".to_owned() } else { format!("{count} random kernels") };
            view::features(&convolution, &format!("{convolved} with {kernels}"), &note.join("; "))?
        }
        None => {
            let told = told(options, &convolution)?;
            let kernel = options.kernel.trim();
            let with = if Kernel::NAMES.contains(&kernel) { format!(" with {kernel}") } else { String::new() };
            let title = format!("{convolved}{with}");
            let figure = view::convolution(&convolution, options.explain, &title, &note.join("; "))?;
            write!(std::io::stdout(), "{told}")?;
            figure
        }
    };
    file.finish(&figure)
}

/// What is convolved, its name where it is a picture, and what is to be said of it.
fn input(options: &Options) -> Result<(Maps, Option<String>, Vec<String>), CliError> {
    if let Some(matrix) = &options.input {
        return Ok((matrix.clone().into(), None, Vec::new()));
    }
    let channels = if options.color { 3 } else { 1 };
    let (picture, name) = match &options.picture {
        Some(path) => {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            (picture::load_within(path, LONGEST, channels), name)
        }
        None => {
            log::info!("picture: the cat in the program");
            (
                picture::decode_within("the cat in the program", picture::CAT, LONGEST, channels),
                "Chelsea the cat".into(),
            )
        }
    };
    let picture = picture.map_err(CliError::Picture)?;
    let ([height, width, _], [full_height, full_width]) = (picture.shape, picture.full_size);
    let mut note = Vec::new();
    if [height, width] != picture.full_size {
        note.push(format!("shrunk from {full_height} x {full_width} to {height} x {width} pixels by averaging"));
    }
    Ok((Maps::from_pixels(picture.shape, &picture.pixels)?, Some(name), note))
}

/// What is printed: the result of numbers, and the arithmetic of the value that was asked for.
fn told(options: &Options, convolution: &Convolution) -> Result<String, CliError> {
    let mut text = String::new();
    if options.input.is_some() {
        text += &side_by_side(&[("", &convolution.maps().channel(0))]);
    }
    let Some([row, column]) = options.explain else { return Ok(text) };
    let [_, _, maps] = convolution.maps().shape();
    let names = if maps == 1 { &[""] } else { [", red", ", green", ", blue"].as_slice() };
    for (map, channel) in names.iter().enumerate() {
        let arithmetic = convolution.explain(row, column, map)?;
        let [window, products] = [&arithmetic.window, &arithmetic.products].map(|part| part.channel(0));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}Row {row}, column {column}{channel}:", if text.is_empty() { "" } else { "\n" });
        let kernel = arithmetic.kernel.channel(0);
        text += &side_by_side(&[("window", &window), ("kernel", &kernel), ("products", &products)]);
        let _ = writeln!(text, "{arithmetic}");
    }
    Ok(text)
}

/// Matrices beside each other, each below its name where it has one, their numbers ending under one another.
fn side_by_side(matrices: &[(&str, &Matrix)]) -> String {
    let blocks: Vec<Vec<String>> = matrices.iter().map(|(name, matrix)| block(name, matrix)).collect();
    let mut text = String::new();
    for line in 0..blocks.iter().map(Vec::len).max().unwrap_or(0) {
        let parts: Vec<&str> = blocks.iter().filter_map(|block| block.get(line)).map(String::as_str).collect();
        text += parts.join("   ").trim_end();
        text.push('\n');
    }
    text
}

/// The lines of a matrix, all of one width.
fn block(name: &str, matrix: &Matrix) -> Vec<String> {
    // Adding 0 makes a negative zero a plain one.
    let words: Vec<String> = matrix.values().iter().map(|value| (value + 0.0).to_string()).collect();
    let widest = words.iter().map(String::len).max().unwrap_or(0);
    let rows = words.chunks(matrix.columns()).map(|row| {
        let padded: Vec<String> = row.iter().map(|word| format!("{word:>widest$}")).collect();
        padded.join(" ")
    });
    let mut lines: Vec<String> = rows.collect();
    if !name.is_empty() {
        lines.insert(0, name.to_owned());
    }
    let width = lines.iter().map(String::len).max().unwrap_or(0);
    lines.into_iter().map(|line| format!("{line:<width$}")).collect()
}

fn refused(option: &str, value: &str, error: impl std::fmt::Display) -> CliError {
    CliError::Option { option: option.to_owned(), value: value.to_owned(), reason: error.to_string() }
}

/// Row and column from `1,0`.
fn place(text: &str) -> Result<[usize; 2], String> {
    let numbers: Result<Vec<usize>, _> = text.split(',').map(|word| word.trim().parse()).collect();
    match numbers.as_deref() {
        Ok(&[row, column]) => Ok([row, column]),
        _ => Err("take a row and a column, counted from 0, such as 0,0".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_stand_beside_each_other_with_their_numbers_aligned() {
        let matrix = |text: &str| text.parse::<Matrix>().unwrap();
        assert_eq!(side_by_side(&[("", &matrix("1 -20; 0.5 3"))]), "  1 -20\n0.5   3\n");
        let two = side_by_side(&[("window", &matrix("0 1; 3 4")), ("kernel", &matrix("-0"))]);
        assert_eq!(two, "window   kernel\n0 1      0\n3 4\n");
    }

    #[test]
    fn a_place_is_a_row_and_a_column() {
        assert_eq!(place("1, 20"), Ok([1, 20]));
        for wrong in ["", "1", "1,2,3", "-1,0", "a,b"] {
            assert!(place(wrong).unwrap_err().contains("counted from 0"), "{wrong}");
        }
    }
}
