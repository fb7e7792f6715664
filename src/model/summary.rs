//! A model as a table.

use std::fmt::Write;

use super::{LayerKind, Model, Node, Variable};
use crate::table::framed;

impl Model {
    /// Keras' summary: a line per layer with its output's shape and number of weights, then their sums. Graphs show
    /// what each use of a layer is connected to, `add[0][0]` being the output of the first use of `add`; where a layer
    /// is frozen a column shows which are trainable: Y, N, or - without weights.
    pub fn summary(&self) -> String {
        let graph = self.nodes().iter().enumerate().any(|(place, node)| place > 0 && node.inputs != [place - 1]);
        let layers = self.layers();
        let frozen = layers.iter().any(|layer| !layer.trainable() && !layer.variables().is_empty());
        let mut header = vec!["Layer (type)", "Output Shape", "Param #"];
        header.extend(graph.then_some("Connected to"));
        header.extend(frozen.then_some("Trainable"));
        let mut rows = vec![header.into_iter().map(str::to_owned).collect::<Vec<_>>()];
        for layer in &layers {
            // A sequence's input is told by the first layer's shape, as in Keras.
            if !graph && matches!(layer.kind(), LayerKind::Input(_)) {
                continue;
            }
            let parameters: usize = layer.variables().iter().map(|variable| variable.shape().elements()).sum();
            let uses: Vec<&Node> = self.nodes().iter().filter(|node| node.layer.is(layer)).collect();
            let shape = uses.first().map_or_else(String::new, |node| node.shape.to_string());
            let mut row = vec![
                format!("{} ({})", layer.name(), layer.kind().class()),
                shape.replacen('(', "(None, ", 1),
                grouped(parameters),
            ];
            if graph {
                let sources: Vec<String> =
                    uses.iter().flat_map(|node| &node.inputs).map(|&input| self.connection(input)).collect();
                row.push(if sources.is_empty() { "-".to_owned() } else { sources.join(", ") });
            }
            if frozen {
                let mark = match (parameters, layer.trainable()) {
                    (0, _) => "-",
                    (_, true) => "Y",
                    (_, false) => "N",
                };
                row.push(mark.to_owned());
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

    /// The output of a node as Keras names it: the layer, which of its uses, and which of that use's outputs.
    fn connection(&self, place: usize) -> String {
        let layer = &self.nodes()[place].layer;
        let earlier = self.nodes()[..place].iter().filter(|node| node.layer.is(layer)).count();
        format!("{}[{earlier}][0]", layer.name())
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
