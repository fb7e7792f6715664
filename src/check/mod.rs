//! Compares what a device computes with what the f64 reference says: the one comparer for tests, for the choice of
//! kernels and for users who doubt their driver.

mod bench;
mod case;
mod compare;

pub(crate) use bench::ReadyBench;
pub use bench::{Bench, CheckError, Results};
pub use case::{Case, Verdict, Wrong};
pub use compare::{Agreement, Disagreement, compare};
