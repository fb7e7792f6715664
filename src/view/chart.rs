//! Axes and curves by plotters, painted on a [`Figure`].

use std::convert::Infallible;

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    text_anchor::{HPos, VPos},
};

use super::{Color, Figure, TextStyle, ViewError, style};

/// Plotters counts in whole pixels: of these a unit has so many, that curves are smooth.
const FINE: f32 = 16.0;

/// The height of the title with the blank below it, and the width of the numbers at the left.
const TITLE: f32 = 22.0;
const LABELS: f32 = 42.0;

/// Axes of a chart, over which `draw` draws.
pub(super) type Axes<'a, 'b> = ChartContext<'a, Painter<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
/// What plotters may report.
pub(super) type ChartError = DrawingAreaErrorKind<Infallible>;

/// What the axes of a chart say.
pub(super) struct Chart<'a> {
    /// Above it, from where the axis begins.
    pub(super) title: &'a str,
    /// Below the axis from left to right.
    pub(super) x_label: &'a str,
    /// Width and height in units.
    pub(super) size: [f32; 2],
    /// Where the axes begin and end.
    pub(super) x: [f64; 2],
    pub(super) y: [f64; 2],
    /// The most numbers along the axis from left to right, and how they are written.
    pub(super) x_labels: usize,
    pub(super) x_text: &'a dyn Fn(&f64) -> String,
    pub(super) y_text: &'a dyn Fn(&f64) -> String,
}

impl Chart<'_> {
    /// Draws the axes, and over them what `draw` says.
    pub(super) fn draw(
        &self,
        draw: impl FnOnce(&mut Axes<'_, '_>) -> Result<(), ChartError>,
    ) -> Result<Figure, ViewError> {
        let [width, height] = self.size;
        let mut figure = Figure::new(width, height);
        figure.text_within(self.title, [LABELS, style::TEXT], &TextStyle::caption(), width - LABELS);
        self.draw_on(&mut figure, draw)
            .map_err(|error| ViewError::Numbers { what: "a chart", reason: error.to_string() })?;
        Ok(figure)
    }

    fn draw_on(
        &self,
        figure: &mut Figure,
        draw: impl FnOnce(&mut Axes<'_, '_>) -> Result<(), ChartError>,
    ) -> Result<(), ChartError> {
        let area = Painter { figure }.into_drawing_area();
        let note = font(style::NOTE).color(&rgb(style::MUTED));
        let mut axes = ChartBuilder::on(&area)
            .margin_top(fine(TITLE))
            .margin_right(fine(14.0))
            .x_label_area_size(fine(if self.x_label.is_empty() { 20.0 } else { 36.0 }))
            .y_label_area_size(fine(LABELS))
            .build_cartesian_2d(self.x[0]..self.x[1], self.y[0]..self.y[1])?;
        axes.configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(stroke(style::RULE, 1.0))
            .axis_style(stroke(style::MUTED, 1.0))
            .set_all_tick_mark_size(fine(4.0))
            .label_style(note)
            .x_labels(self.x_labels)
            .y_labels(6)
            .x_label_formatter(self.x_text)
            .y_label_formatter(self.y_text)
            .x_desc(self.x_label)
            .axis_desc_style(font(style::NOTE).color(&rgb(style::MUTED)))
            .draw()?;
        draw(&mut axes)?;
        area.present()
    }
}

/// Units as plotters counts them.
pub(super) fn fine(units: f32) -> u32 {
    (units * FINE).round() as u32
}

/// A colour as plotters has it.
pub(super) fn rgb(Color([red, green, blue]): Color) -> RGBColor {
    RGBColor(red, green, blue)
}

/// A line of this colour and width, in units, or the inside of a shape.
pub(super) fn stroke(color: Color, width: f32) -> ShapeStyle {
    ShapeStyle { color: RGBAColor(color.0[0], color.0[1], color.0[2], 1.0), filled: true, stroke_width: fine(width) }
}

fn font(size: f32) -> FontDesc<'static> {
    FontDesc::new(FontFamily::SansSerif, f64::from(size * FINE), FontStyle::Normal)
}

/// Paints what plotters draws.
pub(super) struct Painter<'a> {
    figure: &'a mut Figure,
}

fn units((x, y): BackendCoord) -> [f32; 2] {
    [x as f32 / FINE, y as f32 / FINE]
}

fn color(color: BackendColor) -> Color {
    Color([color.rgb.0, color.rgb.1, color.rgb.2])
}

type Painted = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Painter<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (fine(self.figure.width()), fine(self.figure.height()))
    }

    fn ensure_prepared(&mut self) -> Painted {
        Ok(())
    }

    fn present(&mut self) -> Painted {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, style: BackendColor) -> Painted {
        let ([x, y], pixel) = (units(point), 1.0 / FINE);
        self.figure.rectangle([x, y, pixel, pixel], color(style));
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Painted {
        self.draw_path([from, to], style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Painted {
        // Plotters draws what is transparent too.
        if style.color().alpha > 0.0 {
            let points: Vec<_> = path.into_iter().map(units).collect();
            self.figure.line(&points, color(style.color()), style.stroke_width() as f32 / FINE);
        }
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, fill: bool) -> Painted {
        let ([left, top], [right, bottom]) = (units(from), units(to));
        let corners = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]];
        let mark = style.color();
        match fill {
            true => self.figure.polygon(&corners[..4], color(mark), mark.alpha as f32),
            false => self.figure.line(&corners, color(mark), style.stroke_width() as f32 / FINE),
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, _fill: bool) -> Painted {
        self.figure.disc(units(center), radius as f32 / FINE, color(style.color()));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Painted {
        let points: Vec<_> = path.into_iter().map(units).collect();
        self.figure.polygon(&points, color(style.color()), style.color().alpha as f32);
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, place: BackendCoord) -> Painted {
        let [x, y] = units(place);
        let size = style.size() as f32 / FINE;
        let anchor = match style.anchor().h_pos {
            HPos::Left => super::Anchor::Start,
            HPos::Center => super::Anchor::Middle,
            HPos::Right => super::Anchor::End,
        };
        // Capitals and digits are 0.73 of the font's size high.
        let baseline = match style.anchor().v_pos {
            VPos::Top => y + 0.86 * size,
            VPos::Center => y + 0.36 * size,
            VPos::Bottom => y - 0.14 * size,
        };
        self.figure.text(text, [x, baseline], &TextStyle { size, color: color(style.color()), anchor });
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = style.size() as f32 / FINE;
        Ok((fine(super::font::width(text, size)), fine(size)))
    }
}
