//! What the intermediate tensors of a plan take.

use ocellus::model::lecture;
use ocellus::ops::KernelChoice;
use ocellus::plan::{Pool, Request, WeightLayout, compile};

use crate::plan_runner::training;

#[test]
fn activations_and_gradients_of_the_lecture_take_less_than_half_of_a_buffer_for_each() {
    let model = lecture([32, 32, 3], 10).unwrap();
    let layout = WeightLayout::new(&model);
    for kernels in [KernelChoice::Subgroup, KernelChoice::Tile, KernelChoice::Block, KernelChoice::Naive] {
        let most = 0.4;
        let request = Request { kernels, ..training(128) };
        let unfused = compile(&model, &layout, &Request { fusion: false, ..request.clone() }).unwrap();
        let fused = compile(&model, &layout, &request).unwrap();
        let (taken, apart) = (Pool::memory(&[&fused]).bytes, unfused.unshared_bytes());
        let share = taken as f64 / apart as f64;
        println!("{kernels:?}: {taken} of {apart} bytes, {share:.3}");
        assert!(share <= most, "{kernels:?}: {taken} of {apart} bytes, {share:.3}");
    }
}
