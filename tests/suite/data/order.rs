//! The order of an epoch.

use ocellus::data::epoch_order;

#[test]
fn an_order_has_every_sample_once() {
    for samples in [0, 1, 2, 3, 17, 1000] {
        let mut order = epoch_order(1, 2, samples);
        order.sort_unstable();
        assert!(order.into_iter().eq(0..samples as u32), "{samples}");
    }
}

#[test]
fn an_order_depends_on_seed_and_epoch_and_repeats() {
    let order = epoch_order(1, 2, 100);
    assert_eq!(order, epoch_order(1, 2, 100));
    assert_ne!(order, epoch_order(2, 2, 100));
    assert_ne!(order, epoch_order(1, 3, 100));
    assert!(!order.iter().copied().eq(0..100));
}

#[test]
fn an_order_is_independent_of_the_batch_size() {
    let order = epoch_order(5, 0, 103);
    for batch in [1, 7, 32, 103, 200] {
        // Training resumed before any batch computes the order anew and goes on from its place there.
        let batches = (0..103usize.div_ceil(batch)).flat_map(|step| {
            let order = epoch_order(5, 0, 103);
            order.chunks(batch).nth(step).unwrap().to_vec()
        });
        assert!(batches.eq(order.iter().copied()), "batch {batch}");
    }
}

#[test]
fn a_sample_comes_early_or_late_with_equal_chance() {
    let epochs = 400;
    let mean = |sample: u32| {
        let place = |epoch| epoch_order(3, epoch, 50).iter().position(|&other| other == sample).unwrap();
        (0..epochs).map(place).sum::<usize>() as f64 / epochs as f64
    };
    // The mean of 400 places of standard deviation 14.4 has a standard deviation of 0.72.
    for sample in [0, 1, 24, 49] {
        assert!((mean(sample) - 24.5).abs() < 3.0, "sample {sample} comes at {} on average", mean(sample));
    }
}
