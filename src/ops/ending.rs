//! What becomes of a product's sums: at the end of its kernel or, where they come in parts, in a second step.

use super::parts::Parts;
use super::{Activated, Activation, SumParts};
use crate::gpu::{Recording, View};

/// What becomes of the sums of a product.
#[derive(Clone, Copy)]
pub(in crate::ops) enum Ending {
    /// `f(bias + sum)`
    Forward { bias: Option<View>, activation: Activation, out: View },
    /// The largest of that in each window, with its place where winners are kept.
    Pooled { bias: Option<View>, activation: Activation, out: View, winners: Option<View> },
    /// The sum, or the gradient through the activation that made what it is the gradient of.
    Gradient { activated: Option<Activated>, dx: View },
}

impl Ending {
    /// The bias, where there is one.
    pub(in crate::ops) fn bias(self) -> Option<View> {
        match self {
            Self::Forward { bias, .. } | Self::Pooled { bias, .. } => bias,
            Self::Gradient { .. } => None,
        }
    }

    /// The activation at the end, or the one that the gradient goes through.
    pub(in crate::ops) fn activation(self) -> Activation {
        match self {
            Self::Forward { activation, .. } | Self::Pooled { activation, .. } => activation,
            Self::Gradient { activated, .. } => activated.map_or(Activation::Linear, |activated| activated.parts().0),
        }
    }

    /// The output of the activation that a gradient goes through.
    pub(in crate::ops) fn activated(self) -> Option<View> {
        match self {
            Self::Forward { .. } | Self::Pooled { .. } => None,
            Self::Gradient { activated, .. } => activated.map(|activated| activated.parts().1),
        }
    }

    /// Where the result goes.
    pub(in crate::ops) fn output(self) -> View {
        match self {
            Self::Forward { out, .. } | Self::Pooled { out, .. } => out,
            Self::Gradient { dx, .. } => dx,
        }
    }

    /// What a kernel that ends so is bound to beside the product's operands. A shader's binding must be bound to something:
    /// `unread` is where it is never read.
    pub(in crate::ops) fn bindings(self, unread: View) -> Vec<(&'static str, View)> {
        match self {
            Self::Forward { .. } | Self::Pooled { winners: None, .. } => {
                vec![("bias", self.bias().unwrap_or(unread)), ("out", self.output())]
            }
            Self::Pooled { bias, out, winners: Some(winners), .. } => {
                vec![("bias", bias.unwrap_or(unread)), ("out", out), ("winners", winners)]
            }
            Self::Gradient { dx, .. } => vec![("x", self.activated().unwrap_or(unread)), ("dx", dx)],
        }
    }

    /// The ending that stores sums as they are.
    fn of_sums(self, sums: View) -> Self {
        match self {
            Self::Forward { .. } | Self::Pooled { .. } => {
                Self::Forward { bias: None, activation: Activation::Linear, out: sums }
            }
            Self::Gradient { .. } => Self::Gradient { activated: None, dx: sums },
        }
    }

    /// Appends `product`, which is told the parts of its sums and how it ends. Where there are several parts, it stores their
    /// sums, and a second step does the rest. Without memory for them all terms are one part, whose loops may end too early
    /// ([`MOST_TURNS`](super::parts::MOST_TURNS)).
    pub(in crate::ops) fn record(
        self,
        recording: &mut Recording,
        label: &str,
        sums: PartedSums,
        product: impl FnOnce(&mut Recording, Parts, Self),
    ) {
        let PartedSums { parts, rows, columns, scratch } = sums;
        match (scratch.filter(|_| parts.count() > 1), self) {
            (_, Self::Gradient { activated: None, dx }) => {
                parts.record(recording, label, scratch, dx, |recording, parts, dx| {
                    product(recording, parts, Self::Gradient { activated: None, dx });
                })
            }
            (Some(scratch), _) => {
                product(recording, parts, self.of_sums(scratch));
                SumParts { parts: parts.count(), rows, columns }.record(recording, label, scratch, self);
            }
            (None, _) => product(recording, parts.as_one(), self),
        }
    }
}

/// The sums of a product, of shape (rows, columns), over the parts of its terms.
pub(in crate::ops) struct PartedSums {
    pub(in crate::ops) parts: Parts,
    pub(in crate::ops) rows: usize,
    pub(in crate::ops) columns: usize,
    /// Memory for the parts' sums, of as many bytes as [`Parts::scratch_bytes`] asks.
    pub(in crate::ops) scratch: Option<View>,
}
