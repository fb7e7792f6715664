//! What runs in the place of kernels that failed.

use std::collections::BTreeSet;

use ocellus::data::Dataset;
use ocellus::gpu::{FailedKernels, Gpu};
use ocellus::model::{Model, lecture};
use ocellus::ops::KernelChoice;
use ocellus::train::{Blocking, TrainOptions, Trainer, TrainingPlan};

use crate::doctor::all_kernels;
use crate::doctor_failures::{model, of_training, opened_with};
use crate::support;
use crate::train_models::pictures;

/// The layer and the kernel of each command of a training step that runs a kernel of convolution.
fn convolutions_by_layer(
    gpu: &Gpu,
    model: &Model,
    data: &Dataset,
    options: &TrainOptions,
) -> BTreeSet<(String, String)> {
    let plan = TrainingPlan::new(gpu, model, data, None, options).unwrap();
    let commands = plan.recordings().into_iter().flat_map(|recording| recording.commands());
    let named = commands.map(|command| (command.scope.clone(), command.kernel.name().to_owned()));
    named.filter(|(_, kernel)| kernel.starts_with("conv2d/")).collect()
}

#[test]
fn where_a_tiled_kernel_failed_its_layer_takes_the_next_plainer_one() {
    let Some(gpu) = support::gpu() else { return };
    // Tiles enough for convolution 2 to have whole sums, and too few pictures for dense layers to have tiles.
    let (model, data) = (lecture([32, 32, 3], 10).unwrap(), pictures(1, [32, 32, 3], 10, 15));
    let options = TrainOptions { batch_size: 15, epochs: 1, kernels: KernelChoice::Tile, ..TrainOptions::default() };
    let trained = |gpu: &Gpu| {
        model.initialize(1);
        Blocking::fit(&mut Trainer::new(gpu, &model, &data, None, &options).unwrap(), &mut ()).unwrap();
        model.weights_hash()
    };
    let all = convolutions_by_layer(&gpu, &model, &data, &options);
    let tiled: BTreeSet<&String> = all.iter().map(|(_, kernel)| kernel).filter(|name| name.contains(".tile")).collect();
    assert_eq!(tiled.len(), 7, "{tiled:?}");
    let expected = trained(&gpu);
    for kernel in tiled {
        let mut failed = FailedKernels::default();
        failed.insert(&gpu, kernel);
        let without_it = opened_with(failed);
        let left = convolutions_by_layer(&without_it, &model, &data, &options);
        // Without the kernel in which the pooling stands, the tiled one without it.
        let (pass, _) = kernel.split_once(".tile").unwrap();
        let instead = match kernel.split_once(".pooled") {
            Some((tiled, _)) => vec![tiled.to_owned()],
            None => [".block", ".few_channels"].map(|ending| format!("{pass}{ending}")).to_vec(),
        };
        for (layer, other) in &all {
            // Where a forward pass does not pool, no gradient is taken from a pooled one in its layer.
            let pools = kernel.contains("forward") && kernel.contains(".pooled");
            let lost = pools && all.contains(&(layer.clone(), kernel.clone()));
            let wanted = match other.split_once(".pooled") {
                _ if other == kernel => instead.clone(),
                Some((unpooled, _)) if lost => vec![unpooled.to_owned()],
                _ => vec![other.clone()],
            };
            assert!(!lost || left.iter().all(|(own, left)| own != layer || !left.contains(".pooled")), "{left:?}");
            let runs = |kernel: &String| left.contains(&(layer.clone(), kernel.clone()));
            assert!(wanted.iter().any(runs), "{layer} without {kernel}: {left:?}");
        }
        assert!(left.iter().all(|(_, left)| left != kernel), "{kernel}: {left:?}");
        if kernel.contains(".pooled") {
            assert_eq!(trained(&without_it), expected, "with the pooling by itself come the same bits: {kernel}");
        }
    }
}

#[test]
fn where_a_sum_of_parts_failed_the_one_of_single_columns_runs_and_then_a_plainer_product() {
    let Some(gpu) = support::gpu() else { return };
    let (model, data) = (lecture([32, 32, 3], 10).unwrap(), pictures(1, [32, 32, 3], 10, 8));
    let options = TrainOptions { batch_size: 8, epochs: 1, kernels: KernelChoice::Tile, ..TrainOptions::default() };
    let trained = |gpu: &Gpu| {
        model.initialize(1);
        let history = Blocking::fit(&mut Trainer::new(gpu, &model, &data, None, &options).unwrap(), &mut ()).unwrap();
        (history.epochs[0].loss, model.weights_hash())
    };
    let all = of_training(&gpu, &model, &data, &options);
    let sums: Vec<&String> = all.iter().filter(|kernel| kernel.starts_with("sum_parts/")).collect();
    let [forward, gradient] = ["forward", "gradient"].map(|pass| format!("sum_parts/{pass}.four_columns"));
    assert_eq!(sums, [&forward, "sum_parts/forward.pooled.winners.four_columns", &gradient]);
    let (loss, weights) = trained(&gpu);
    for kernel in sums {
        let mut failed = FailedKernels::default();
        failed.insert(&gpu, kernel);
        let without_it = opened_with(failed.clone());
        let single = kernel.trim_end_matches(".four_columns");
        let left = of_training(&without_it, &model, &data, &options);
        assert!(!left.contains(kernel) && left.contains(single), "{left:?}");
        assert_eq!(trained(&without_it).1, weights, "{single} adds in the same order");

        failed.insert(&gpu, single);
        let without_both = opened_with(failed);
        let left = of_training(&without_both, &model, &data, &options);
        assert!(!left.contains(kernel) && !left.contains(single), "{left:?}");
        let instead = match kernel {
            kernel if *kernel == forward => "conv2d/forward.block",
            kernel if *kernel == gradient => "conv2d/gradient_of_input.block",
            _ => "max_pooling2d/forward.winners.four_channels",
        };
        assert!(left.contains(instead) && !all.contains(instead), "{left:?}");
        // The first dense layer's, by whole sums where theirs in parts failed.
        assert!(left.contains("matmul/forward.block"), "{left:?}");
        assert_eq!(left.contains(&forward), *kernel != forward, "{left:?}");
        let (other_loss, _) = trained(&without_both);
        assert!((other_loss - loss).abs() < 1e-4, "{loss} and {other_loss}");
    }
}

#[test]
fn where_every_kernel_failed_the_naive_ones_run() {
    let Some(gpu) = support::gpu() else { return };
    let mut failed = FailedKernels::default();
    all_kernels().into_iter().for_each(|kernel| failed.insert(&gpu, kernel));
    let data = pictures(1, [12, 12, 3], 8, 16);
    let left = of_training(&opened_with(failed), &model(), &data, &TrainOptions::default());
    let avoidable: Vec<_> = left.iter().filter(|kernel| KernelChoice::has_plainer(kernel)).collect();
    assert!(avoidable.is_empty(), "{avoidable:?}");
    for kernel in ["conv2d/forward.naive", "matmul/naive", "max_pooling2d/gradient", "sum_rows/partial"] {
        assert!(left.contains(kernel), "{kernel} is not in {left:?}");
    }
}
