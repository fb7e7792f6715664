//! The lecture's model, or ResNet-20, on Burn: Adam at 1e-3, batches taken from pictures that lie in the device's memory.
//!
//! Takes lecture or resnet20, training or inference, the batch size, the steps of a measurement and the seconds to measure;
//! prints JSON.

mod lecture;
mod resnet20;

use std::time::Instant;

use burn::module::Module;
use burn::nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Distribution, Int, Tensor};
use lecture::Lecture;
use resnet20::Resnet20;

#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one of it")]
enum Network {
    Lecture(Lecture),
    Resnet20(Resnet20),
}

impl Network {
    fn new(name: &str, device: &Device) -> Self {
        match name {
            "lecture" => Self::Lecture(Lecture::new(device)),
            "resnet20" => Self::Resnet20(Resnet20::new(device)),
            _ => panic!("there is no model '{name}' here; there are lecture and resnet20"),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        match self {
            Self::Lecture(model) => model.forward(x),
            Self::Resnet20(model) => model.forward(x),
        }
    }
}

#[cfg(feature = "wgpu")]
const BACKEND: (&str, fn() -> Device) = ("burn 0.22.1, wgpu", || Device::wgpu(Default::default()));
#[cfg(not(feature = "wgpu"))]
const BACKEND: (&str, fn() -> Device) = ("burn 0.22.1, flex", Device::flex);

fn main() {
    let started = Instant::now();
    let arguments: Vec<String> = std::env::args().collect();
    let trains = arguments[2] == "training";
    let (batch, steps): (usize, usize) = (arguments[3].parse().unwrap(), arguments[4].parse().unwrap());
    let seconds: f64 = arguments[5].parse().unwrap();

    let plain = (BACKEND.1)();
    let device = if trains { plain.clone().autodiff() } else { plain.clone() };
    let mut model = Network::new(&arguments[1], &device);
    let mut optimizer = AdamConfig::new().with_epsilon(1e-7).init();
    let loss: CrossEntropyLoss = CrossEntropyLossConfig::new().init(&device);
    let pictures = steps * batch;
    let images = Tensor::<4>::random([pictures, 3, 32, 32], Distribution::Uniform(0.0, 1.0), &device);
    let labels: Vec<i32> = (0..pictures).map(|number| (number * 7919 % 10) as i32).collect();
    let labels = Tensor::<1, Int>::from_ints(labels.as_slice(), &device);

    let mut step = |number: usize| {
        let range = number * batch..(number + 1) * batch;
        let x = images.clone().slice([range.clone()]);
        if trains {
            let found = loss.forward(model.forward(x), labels.clone().slice([range]));
            let gradients = GradientsParams::from_grads(found.backward(), &model);
            model = optimizer.step(1e-3, model.clone(), gradients);
            Some(found.detach())
        } else {
            // Logits are wanted on the host, as Ocellus' prediction tells them.
            let logits = model.forward(x).into_data();
            assert!(logits.num_elements() == batch * 10);
            None
        }
    };
    // A loss that the host reads is what says that a step is done.
    let read = |loss: Option<Tensor<1>>| {
        if let Some(loss) = loss {
            let value: f32 = loss.into_scalar();
            assert!(value.is_finite());
        }
    };
    read(step(0));
    let first_step = started.elapsed().as_secs_f64();
    for number in 0..steps {
        read(step(number));
    }
    let mut rates = Vec::new();
    let measuring = Instant::now();
    while rates.len() < 3 || measuring.elapsed().as_secs_f64() < seconds {
        let one = Instant::now();
        let mut last = None;
        for number in 0..steps {
            last = step(number);
        }
        read(last);
        rates.push(pictures as f64 / one.elapsed().as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    println!(
        "{{\"peer\": \"{}\", \"work\": \"{}\", \"batch_size\": {batch}, \"images_per_second\": {:.1}, \
         \"first_step_seconds\": {first_step:.2}}}",
        BACKEND.0,
        arguments[2],
        rates[rates.len() / 2]
    );
}
