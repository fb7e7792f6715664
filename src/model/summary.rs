//! A model as a table.

use std::fmt::Write;

use super::{LayerKind, Model, Variable};
use crate::table::framed;

impl Model {
    /// Keras' summary: a line per layer with its output's shape and number of weights, then their sums. Graphs show
    /// what each layer is connected to.
    pub fn summary(&self) -> String {
        let graph = self.nodes().iter().enumerate().any(|(place, node)| place > 0 && node.inputs != [place - 1]);
        let mut header = vec!["Layer (type)", "Output Shape", "Param #"];
        if graph {
            header.push("Connected to");
        }
        let mut rows = vec![header.into_iter().map(str::to_owned).collect::<Vec<_>>()];
        let mut counted = Vec::new();
        for node in self.nodes() {
            // A sequence's input is told by the first layer's shape, as in Keras.
            if !graph && matches!(node.layer.kind(), LayerKind::Input(_)) {
                continue;
            }
            let own: usize = node.layer.variables().iter().map(|variable| variable.shape().elements()).sum();
            let first_use = !counted.contains(&node.layer.name());
            counted.push(node.layer.name());
            let batch_shape = node.shape.to_string().replacen('(', "(None, ", 1);
            let mut row = vec![
                format!("{} ({})", node.layer.name(), node.layer.kind().class()),
                batch_shape,
                grouped(if first_use { own } else { 0 }),
            ];
            if graph {
                let names: Vec<&str> = node.inputs.iter().map(|&input| self.nodes()[input].layer.name()).collect();
                row.push(names.join(", "));
            }
            rows.push(row);
        }
        let mut text = format!("Model: \"{}\"\n{}", self.name(), framed(&rows, &[2]));
        let (all, trainable) = self.parameters();
        for (title, count) in [("Total", all), ("Trainable", trainable), ("Non-trainable", all - trainable)] {
            let bytes = count * size_of::<f32>();
            // Writing to a string cannot fail.
            let _ = writeln!(text, " {title} params: {} ({})", grouped(count), size(bytes));
        }
        text
    }
}

/// A number with a comma between thousands.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes as Keras prints them: `478.79 KB`.
pub(crate) fn size(bytes: usize) -> String {
    let (mut value, mut unit) = (bytes as f64, "B");
    for next in ["KB", "MB", "GB", "TB"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    format!("{value:.2} {unit}")
}

impl Variable {
    /// The bytes of its values.
    pub fn bytes(&self) -> u64 {
        self.shape().elements() as u64 * size_of::<f32>() as u64
    }
}
