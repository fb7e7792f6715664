//! A case's tensors and options.

use std::collections::HashMap;
use std::path::Path;

use ocellus::shape::{Padding, Window};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

/// The tensors of a safetensors file.
pub(super) struct Tensors {
    tensors: HashMap<String, Tensor>,
}

/// A tensor with its values as the program takes them.
#[derive(Clone, Debug)]
pub(super) struct Tensor {
    pub(super) shape: Vec<usize>,
    pub(super) values: Values,
}

#[derive(Clone, Debug)]
pub(super) enum Values {
    Floats(Vec<f32>),
    Labels(Vec<u32>),
    Pixels(Vec<u8>),
}

impl Tensors {
    pub(super) fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let tensors = file.tensors().into_iter().map(|(name, view)| {
            let values = match view.dtype() {
                Dtype::F32 => Values::Floats(bytemuck::pod_collect_to_vec(view.data())),
                Dtype::I32 => Values::Labels(bytemuck::pod_collect_to_vec(view.data())),
                Dtype::U8 => Values::Pixels(view.data().to_vec()),
                other => panic!("{name} is {other:?}"),
            };
            (name, Tensor { shape: view.shape().to_vec(), values })
        });
        Self { tensors: tensors.collect() }
    }

    pub(super) fn get(&self, name: &str) -> &Tensor {
        self.tensors.get(name).unwrap_or_else(|| panic!("there is no tensor '{name}'"))
    }

    pub(super) fn find(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name)
    }
}

impl Tensor {
    pub(super) fn floats(&self) -> &[f32] {
        match &self.values {
            Values::Floats(values) => values,
            other => panic!("not floats: {other:?}"),
        }
    }

    pub(super) fn labels(&self) -> &[u32] {
        match &self.values {
            Values::Labels(values) => values,
            other => panic!("not labels: {other:?}"),
        }
    }

    pub(super) fn channels(&self) -> usize {
        *self.shape.last().expect("a shape")
    }

    /// Elements over channels.
    pub(super) fn rows(&self) -> usize {
        self.shape[..self.shape.len() - 1].iter().product()
    }
}

/// A case's options; every one must be asked for, so that none is silently ignored.
pub(super) struct Options<'a> {
    options: &'a serde_json::Map<String, Value>,
    asked: std::cell::RefCell<Vec<&'static str>>,
}

impl<'a> Options<'a> {
    pub(super) fn new(options: &'a Value) -> Self {
        let options = options.as_object().expect("options are an object");
        Self { options, asked: std::cell::RefCell::new(vec!["note", "reduction"]) }
    }

    pub(super) fn find(&self, name: &'static str) -> Option<&'a Value> {
        self.asked.borrow_mut().push(name);
        self.options.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn number(&self, name: &'static str) -> Option<f64> {
        self.find(name).map(|value| value.as_f64().unwrap_or_else(|| panic!("{name} is no number")))
    }

    pub(super) fn flag(&self, name: &'static str) -> Option<bool> {
        self.find(name).map(|value| value.as_bool().unwrap_or_else(|| panic!("{name} is no truth value")))
    }

    /// Rows and columns, also from one number for both.
    pub(super) fn pair(&self, name: &'static str) -> Option<[usize; 2]> {
        self.find(name).map(|value| pair(value).unwrap_or_else(|| panic!("{name} is no size: {value}")))
    }

    pub(super) fn padding(&self) -> Padding {
        self.find("padding").map_or(Padding::Valid, |value| padding(value).expect("a padding"))
    }

    /// The window of `size` over pictures of `shape` (batch, height, width, channels).
    pub(super) fn window(&self, shape: &[usize], size: [usize; 2], strides: [usize; 2]) -> Window {
        let dilation = self.pair("dilation").or_else(|| self.pair("dilation_rate")).unwrap_or([1, 1]);
        Window::new([shape[1], shape[2]], size, strides, dilation, self.padding()).expect("a window that fits")
    }

    /// An error that names an option nobody asked for.
    pub(super) fn finish(&self) -> Result<(), String> {
        let asked = self.asked.borrow();
        match self.options.keys().find(|name| !asked.contains(&name.as_str())) {
            Some(name) => Err(format!("option '{name}' is not known")),
            None => Ok(()),
        }
    }
}

pub(super) fn pair(value: &Value) -> Option<[usize; 2]> {
    if let Some(both) = value.as_u64() {
        return Some([both as usize; 2]);
    }
    let numbers: Option<Vec<usize>> = value.as_array()?.iter().map(|n| n.as_u64().map(|n| n as usize)).collect();
    numbers?.try_into().ok()
}

pub(super) fn padding(value: &Value) -> Option<Padding> {
    match value.as_str()? {
        "valid" => Some(Padding::Valid),
        "same" => Some(Padding::Same),
        _ => None,
    }
}
