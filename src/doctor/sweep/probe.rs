//! The kernels that find what the device can do at most.

use super::numbers::numbers;
use super::{Extent, Planned, planned};
use crate::bench::{Copying, MultiplyAdds};
use crate::check::Case;

/// Both probes over so many invocations.
pub fn case(invocations: usize) -> Case {
    let mut case = Case::new(format_args!("probes of {invocations} invocations"));
    let x = numbers(1, 4 * invocations);
    let from = case.bench.input("x", &x);
    let to = case.bench.output("copy", x.len());
    Copying { vectors: invocations }.record(case.bench.recording(), from, to);
    case.equals(to, "copy", &x);

    let (factor, summand) = (0.9f32, 0.5f32);
    let probe = MultiplyAdds { invocations, rounds: 1, factor, summand };
    let out = case.bench.output("chains", x.len());
    probe.record(case.bench.recording(), out);
    let chain = |start: f64| (0..MultiplyAdds::TURNS).fold(start, |x, _| x * f64::from(factor) + f64::from(summand));
    let ends = |place: usize| chain((place / 4) as f64) + chain((place / 4) as f64 + 1.0);
    case.agrees(out, "chains", (0..x.len()).map(ends).collect(), MultiplyAdds::TURNS);
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    planned(extent, [1, 67], [4099], case)
}
