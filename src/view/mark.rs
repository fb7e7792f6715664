//! What pictures are made of, and the paths of simple shapes.

use super::{Bitmap, Color, font};

/// One thing in a picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mark {
    /// The inside of a closed path.
    Fill { path: Vec<font::Segment>, color: Color, opacity: f32 },
    /// A line along a path.
    Stroke { path: Vec<font::Segment>, color: Color, width: f32 },
    /// Text, whose outlines are its path, turned against the clock by so many degrees.
    Text { text: String, size: f32, at: [f32; 2], turn: f32, color: Color },
    /// A bitmap with its top left here, each pixel so many units large.
    Bitmap { bitmap: Bitmap, at: [f32; 2], pixel: f32 },
}

impl Mark {
    /// It with its place moved by this much.
    pub(super) fn moved(mut self, [x, y]: [f32; 2]) -> Self {
        let shift = |point: &mut [f32; 2]| *point = [point[0] + x, point[1] + y];
        match &mut self {
            Mark::Fill { path, .. } | Mark::Stroke { path, .. } => {
                path.iter_mut().for_each(|segment| segment.points_mut().into_iter().for_each(shift));
            }
            Mark::Text { at, .. } | Mark::Bitmap { at, .. } => shift(at),
        }
        self
    }
}

/// A path through these points.
pub(super) fn polyline(points: &[[f32; 2]]) -> Vec<font::Segment> {
    let mut path: Vec<_> = points.iter().map(|&point| font::Segment::Line(point)).collect();
    if let Some(&point) = points.first() {
        path[0] = font::Segment::Move(point);
    }
    path
}

/// The path around `[x, y, width, height]`.
pub(super) fn rectangle([x, y, width, height]: [f32; 4]) -> Vec<font::Segment> {
    let mut path = polyline(&[[x, y], [x + width, y], [x + width, y + height], [x, y + height]]);
    path.push(font::Segment::Close);
    path
}

/// A circle as four cubic curves; they are off a circle by 0.03 % of the radius.
pub(super) fn circle([x, y]: [f32; 2], radius: f32) -> Vec<font::Segment> {
    use font::Segment::{Close, Cubic, Move};
    let (r, k) = (radius, radius * 0.552_284_7);
    vec![
        Move([x + r, y]),
        Cubic([x + r, y + k], [x + k, y + r], [x, y + r]),
        Cubic([x - k, y + r], [x - r, y + k], [x - r, y]),
        Cubic([x - r, y - k], [x - k, y - r], [x, y - r]),
        Cubic([x + k, y - r], [x + r, y - k], [x + r, y]),
        Close,
    ]
}
