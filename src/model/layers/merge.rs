//! Layers of several inputs.

use serde::{Deserialize, Serialize};

use super::{Describe, Misfit};
use crate::shape::Shape;

/// `out = in_1 + in_2 + ...` (Keras' `Add`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Add {}

impl Describe for Add {
    const CLASS: &'static str = "Add";
    const TYPE: &'static str = "add";

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
        let (first, rest) = several(inputs)?;
        match rest.iter().find(|other| *other != first) {
            Some(other) => Err(Misfit::Merge {
                first: first.clone(),
                other: other.clone(),
                reason: "all its inputs must have the same shape".to_owned(),
            }),
            None => Ok(first.clone()),
        }
    }
}

/// The inputs side by side along the last axis (Keras' `Concatenate` with `axis=-1`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concatenate {}

impl Describe for Concatenate {
    const CLASS: &'static str = "Concatenate";
    const TYPE: &'static str = "concatenate";

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
        let (first, rest) = several(inputs)?;
        let outer = |shape: &Shape| shape.extents().split_last().map(|(_, outer)| outer.to_vec());
        if let Some(other) = rest.iter().find(|other| outer(other) != outer(first)) {
            return Err(Misfit::Merge {
                first: first.clone(),
                other: other.clone(),
                reason: "all extents but the last must be the same".to_owned(),
            });
        }
        let mut extents = outer(first).unwrap_or_default();
        extents.push(inputs.iter().map(Shape::channels).sum());
        Ok(Shape::new(extents))
    }
}

fn several(inputs: &[Shape]) -> Result<(&Shape, &[Shape]), Misfit> {
    match inputs.split_first() {
        Some((first, rest)) if !rest.is_empty() => Ok((first, rest)),
        _ => Err(Misfit::Inputs("at least two inputs")),
    }
}
