//! Whether an adapter computes what it should: every kernel against the reference over many shapes.

pub mod sweep;
