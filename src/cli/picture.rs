//! Where a picture goes: a file, and the terminal.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use image::{DynamicImage, RgbImage};

use super::CliError;
use super::output::Output;
use crate::view::{Bitmap, Figure, Format};

/// What to do with the picture.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct PictureOptions {
    /// The file to write, .png or .svg [default: a name in the run's folder, or here where there is no run]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Show the picture in the terminal as well
    #[arg(long)]
    show: bool,
}

/// A picture's file in the making, begun before the work so that it is not in vain where it cannot be written.
pub(super) struct PictureFile {
    format: Format,
    output: Output,
    show: bool,
}

impl PictureOptions {
    /// Whether any of them is given.
    pub(super) fn any(&self) -> bool {
        self.output.is_some() || self.show
    }

    /// Begins the file: the one that was named, else `name` in `folder`.
    pub(super) fn begin(&self, folder: Option<&Path>, name: &str) -> Result<PictureFile, CliError> {
        let path = self.output.clone().unwrap_or_else(|| folder.unwrap_or(Path::new("")).join(name));
        let format = Format::of(&path)?;
        Ok(PictureFile { format, output: Output::create(&path)?, show: self.show })
    }
}

impl PictureFile {
    /// Writes the picture, whole, says where it is, and shows it where that was asked for.
    pub(super) fn finish(self, figure: &Figure) -> Result<(), CliError> {
        self.end(figure, None)
    }

    /// The same; `text` is shown where the standard output shows no pictures.
    pub(super) fn finish_or_text(self, figure: &Figure, text: &str) -> Result<(), CliError> {
        self.end(figure, Some(text))
    }

    fn end(mut self, figure: &Figure, text: Option<&str>) -> Result<(), CliError> {
        let pixels = (self.show || self.format == Format::Png).then(|| figure.pixels()).transpose()?;
        let bytes = match &pixels {
            Some(pixels) if self.format == Format::Png => pixels.png()?,
            _ => figure.svg()?.into_bytes(),
        };
        self.output.write(|out| out.write_all(&bytes))?;
        self.output.finish()?;
        match pixels.filter(|_| self.show) {
            Some(pixels) => show(&pixels, text),
            None => Ok(()),
        }
    }
}

/// Prints the picture in the terminal: as it is where the terminal can, else `text`, or blocks of colour where there is
/// none.
fn show(pixels: &Bitmap, text: Option<&str>) -> Result<(), CliError> {
    let mut out = std::io::stdout();
    let terminal = out.is_terminal();
    if let Some(text) = text.filter(|_| !terminal || !shows_pictures()) {
        return Ok(out.write_all(text.as_bytes())?);
    }
    if !terminal {
        log::warn!("--show: the standard output is no terminal, so the picture is not shown");
        return Ok(());
    }
    let image = RgbImage::from_raw(pixels.width() as u32, pixels.height() as u32, pixels.rgb().to_vec());
    let Some(image) = image else { return Ok(()) };
    let config = viuer::Config { absolute_offset: false, use_kitty: may_know_kitty(), ..viuer::Config::default() };
    viuer::print(&DynamicImage::from(image), &config).map_err(|error| CliError::Show { reason: error.to_string() })?;
    Ok(out.flush()?)
}

/// Whether the terminal shows pictures as they are.
fn shows_pictures() -> bool {
    viuer::is_iterm_supported() || (may_know_kitty() && viuer::get_kitty_support() != viuer::KittySupport::None)
}

/// Whether the terminal is, by what it says of itself, one of those that know Kitty's way of showing pictures. Only these
/// are asked, since others may never answer, and the program would wait for ever.
fn may_know_kitty() -> bool {
    let says = |variable: &str, words: &[&str]| {
        let value = std::env::var(variable).unwrap_or_default().to_lowercase();
        words.iter().any(|word| value.contains(word))
    };
    let set = |variable: &str| std::env::var_os(variable).is_some();
    let names = ["kitty", "ghostty", "wezterm"];
    set("KITTY_WINDOW_ID") || set("KONSOLE_VERSION") || says("TERM", &names) || says("TERM_PROGRAM", &names)
}
