//! The lecture's model on candle's CPU backend: Adam at 1e-3, batches taken from pictures in memory.
//!
//! Takes training or inference, the batch size, the steps of a measurement and the seconds to measure; prints JSON.

use std::time::Instant;

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{
    AdamW, Conv2d, Linear, Module, Optimizer, ParamsAdamW, VarBuilder, VarMap, conv2d, linear, loss::cross_entropy,
};

struct Lecture {
    convolutions: [Conv2d; 3],
    dense: Linear,
    dense_1: Linear,
}

impl Lecture {
    fn new(weights: VarBuilder<'_>) -> Result<Self> {
        let convolution = |name, from, to| conv2d(from, to, 3, Default::default(), weights.pp(name));
        Ok(Self {
            convolutions: [
                convolution("conv2d", 3, 32)?,
                convolution("conv2d_1", 32, 64)?,
                convolution("conv2d_2", 64, 64)?,
            ],
            dense: linear(1024, 64, weights.pp("dense"))?,
            dense_1: linear(64, 10, weights.pp("dense_1"))?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let [first, second, third] = &self.convolutions;
        let x = first.forward(x)?.relu()?.max_pool2d(2)?;
        let x = second.forward(&x)?.relu()?.max_pool2d(2)?;
        let x = third.forward(&x)?.relu()?.flatten_from(1)?;
        self.dense_1.forward(&self.dense.forward(&x)?.relu()?)
    }
}

fn main() -> Result<()> {
    let started = Instant::now();
    let arguments: Vec<String> = std::env::args().collect();
    let trains = arguments[1] == "training";
    let (batch, steps): (usize, usize) = (arguments[2].parse().unwrap(), arguments[3].parse().unwrap());
    let seconds: f64 = arguments[4].parse().unwrap();

    let device = Device::Cpu;
    let variables = VarMap::new();
    let model = Lecture::new(VarBuilder::from_varmap(&variables, DType::F32, &device))?;
    // AdamW without its decay is Adam.
    let parameters = ParamsAdamW { lr: 1e-3, eps: 1e-7, weight_decay: 0.0, ..ParamsAdamW::default() };
    let mut optimizer = AdamW::new(variables.all_vars(), parameters)?;
    let pictures = steps * batch;
    let images = Tensor::rand(0_f32, 1.0, (pictures, 3, 32, 32), &device)?;
    let labels: Vec<u32> = (0..pictures).map(|number| (number * 7919 % 10) as u32).collect();
    let labels = Tensor::new(labels, &device)?;

    let mut step = |number: usize| -> Result<()> {
        let x = images.narrow(0, number * batch, batch)?;
        if trains {
            let loss = cross_entropy(&model.forward(&x)?, &labels.narrow(0, number * batch, batch)?)?;
            optimizer.backward_step(&loss)?;
            assert!(loss.to_scalar::<f32>()?.is_finite());
        } else {
            assert!(model.forward(&x)?.to_vec2::<f32>()?.len() == batch);
        }
        Ok(())
    };
    step(0)?;
    let first_step = started.elapsed().as_secs_f64();
    for number in 0..steps {
        step(number)?;
    }
    let mut rates = Vec::new();
    let measuring = Instant::now();
    while rates.len() < 3 || measuring.elapsed().as_secs_f64() < seconds {
        let one = Instant::now();
        for number in 0..steps {
            step(number)?;
        }
        rates.push(pictures as f64 / one.elapsed().as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    println!(
        "{{\"peer\": \"candle 0.11.1, CPU\", \"work\": \"{}\", \"batch_size\": {batch}, \
         \"images_per_second\": {:.1}, \"first_step_seconds\": {first_step:.2}}}",
        arguments[1],
        rates[rates.len() / 2]
    );
    Ok(())
}
