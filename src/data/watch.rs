//! How long work tells how far it is.

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of a file.
    Bytes,
    /// Pictures.
    Pictures,
    /// Checks.
    Checks,
}

/// Hears how far a piece of work is; several threads may tell at a time. `()` does not listen.
pub trait Watch: Sync {
    /// Work begins: what it is in a few words, such as `decoding train/`, and how much there is of it where that is known.
    fn begin(&self, _what: &str, _total: Option<u64>, _unit: Unit) {}

    /// So much more is done.
    fn advance(&self, _amount: u64) {}

    /// The work is done, or given up.
    fn end(&self) {}
}

impl Watch for () {}
