//! A model's head: the layers that tell its classes apart.

use super::{Layer, LayerConfig, LayerKind, Model, ModelConfig, ModelError};

impl Model {
    /// The layers with weights whose shapes follow from the number of classes: from the first output backwards to the
    /// dense layers or convolutions that make its channels, these included.
    pub(super) fn head(&self) -> Vec<Layer> {
        let mut head: Vec<Layer> = Vec::new();
        let mut pending = vec![self.outputs()[0]];
        let mut seen = vec![false; self.nodes().len()];
        while let Some(place) = pending.pop() {
            if std::mem::replace(&mut seen[place], true) {
                continue;
            }
            let node = &self.nodes()[place];
            if !node.layer.variables().is_empty() && !head.iter().any(|layer| layer.is(&node.layer)) {
                head.push(node.layer.clone());
            }
            // These mix their inputs' channels into any number of outputs; all others pass the number on.
            if !matches!(node.layer.kind(), LayerKind::Dense(_) | LayerKind::Conv2d(_)) {
                pending.extend(&node.inputs);
            }
        }
        head
    }
}

impl ModelConfig {
    /// The same model for another number of classes: the units of its last dense layer, or the filters of a
    /// convolution in its place, are `classes`. That layer is trainable, all others stay as they are.
    pub fn with_classes(&self, classes: usize) -> Result<ModelConfig, ModelError> {
        let model = self.build()?;
        let (head, mut config) = (model.head(), model.config());
        let is_head = |layer: &&mut LayerConfig| head.iter().any(|other| layer.name.as_deref() == Some(other.name()));
        for layer in config.layers.iter_mut().filter(is_head) {
            layer.trainable = true;
            match &mut layer.kind {
                LayerKind::Dense(dense) => dense.units = classes,
                LayerKind::Conv2d(conv2d) => conv2d.filters = classes,
                _ => {}
            }
        }
        let output = config.build()?.output_shape().clone();
        if output.channels() == classes {
            return Ok(config);
        }
        let reason = format!(
            "with every dense layer and convolution that makes its outputs so changed, its output has shape {output}; \
             name a model that ends in one such layer"
        );
        Err(ModelError::Classes { model: self.name.clone(), classes, reason })
    }
}
