//! Convolutions with given kernels: the lecture's numbers, the reference's, and the arithmetic of each value.

use ocellus::check::compare;
use ocellus::explain::{Convolution, ExplainError, Kernel, Maps, Matrix, convolve, convolve_by, convolve_channels};
use ocellus::gpu::Gpu;
use ocellus::ops::KernelChoice;
use ocellus::reference;
use ocellus::shape::{Padding, Window};
use pollster::block_on;

use crate::support::{gpu, numbers, own_gpu, wide};

const PADDINGS: [Padding; 2] = [Padding::Valid, Padding::Same];

fn matrix(text: &str) -> Matrix {
    text.parse().unwrap()
}

/// One kernel over a picture of one channel, both in words.
fn convolved(gpu: &Gpu, picture: &str, kernel: &str, padding: Padding) -> Convolution {
    let kernel: Kernel = kernel.parse().unwrap();
    block_on(convolve(gpu, &matrix(picture).into(), &[kernel], padding)).unwrap()
}

#[test]
fn the_lectures_example_has_its_numbers_and_its_arithmetic() {
    let Some(gpu) = gpu() else { return };
    let convolution = convolved(&gpu, "0 1 2; 3 4 5; 6 7 8", "0 1; 2 3", Padding::Valid);
    assert_eq!(convolution.maps().channel(0), matrix("19 25; 37 43"));
    let explained = |row, column| convolution.explain(row, column, 0).unwrap();
    assert_eq!(explained(0, 0).to_string(), "0·0 + 1·1 + 3·2 + 4·3 = 19");
    assert_eq!(explained(1, 0).to_string(), "3·0 + 4·1 + 6·2 + 7·3 = 37");
    let last = explained(1, 1);
    assert_eq!((last.corner, last.sum), ([1, 1], 43.0));
    assert_eq!(last.window.channel(0), matrix("4 5; 7 8"));
    assert_eq!(last.products.channel(0), matrix("0 5; 14 24"));
    assert_eq!(last.kernel.channel(0), matrix("0 1; 2 3"));
}

#[test]
fn zeros_stand_around_a_picture_with_padding_same() {
    let Some(gpu) = gpu() else { return };
    let convolution = convolved(&gpu, "1 2; 3 4", "1 2 3; 4 5 6; 7 8 9", Padding::Same);
    assert_eq!(convolution.maps().channel(0), matrix("77 67; 47 37"));
    let corner = convolution.explain(0, 0, 0).unwrap();
    assert_eq!((corner.corner, corner.window.channel(0)), ([-1, -1], matrix("0 0 0; 0 1 2; 0 3 4")));
    assert_eq!(corner.to_string(), "0·1 + 0·2 + 0·3 + 0·4 + 1·5 + 2·6 + 0·7 + 3·8 + 4·9 = 77");
    // Of an even kernel the odd row and column of zeros stand below and to the right.
    let convolution = convolved(&gpu, "1 2; 3 4", "0 1; 2 3", Padding::Same);
    assert_eq!(convolution.maps().channel(0), matrix("20 8; 4 0"));
    assert_eq!(convolution.explain(1, 1, 0).unwrap().window.channel(0), matrix("4 0; 0 0"));
}

#[test]
fn the_choice_of_compute_kernels_is_followed() {
    let Some(gpu) = own_gpu() else { return };
    gpu.spoil_kernel("conv2d/forward.naive", |_| "no kernel".to_owned());
    let picture = Maps::new([12, 12, 3], numbers(1, 12 * 12 * 3)).unwrap();
    let kernels = Kernel::random(16, [3, 3, 3], 1).unwrap();
    let by = |choice| block_on(convolve_by(&gpu, &picture, &kernels, Padding::Valid, choice));
    assert_eq!(by(KernelChoice::Block).unwrap().maps().shape(), [10, 10, 16]);
    let error = by(KernelChoice::Naive).unwrap_err();
    assert!(matches!(error, ExplainError::Train(_)), "{error}");
}

#[test]
fn a_single_number_is_multiplied() {
    let Some(gpu) = gpu() else { return };
    for padding in PADDINGS {
        let convolution = convolved(&gpu, "-3", "2", padding);
        assert_eq!(convolution.maps().channel(0), matrix("-6"));
        assert_eq!(convolution.explain(0, 0, 0).unwrap().to_string(), "(-3)·2 = -6");
    }
}

#[test]
fn edges_are_found_where_there_are_any() {
    let Some(gpu) = gpu() else { return };
    let step = "1 1 1 5 5; 1 1 1 5 5; 1 1 1 5 5; 1 1 1 5 5";
    let found = |kernel| convolved(&gpu, step, kernel, Padding::Valid).maps().channel(0);
    assert_eq!(found("edge"), matrix("0 -12 12; 0 -12 12"));
    assert_eq!(found("sobel-x"), matrix("0 16 16; 0 16 16"));
    assert_eq!(found("sobel-y"), matrix("0 0 0; 0 0 0"));
    assert_eq!(found("blur"), matrix("1 2 4; 1 2 4"));
}

/// Holds the sum of every value's products against what the GPU gave.
fn check_arithmetic(convolution: &Convolution) {
    let [height, width, maps] = convolution.maps().shape();
    let (mut sums, mut expected) = (Vec::new(), Vec::new());
    let mut terms = 0;
    for place in 0..height * width * maps {
        let (row, column, map) = (place / maps / width, place / maps % width, place % maps);
        let arithmetic = convolution.explain(row, column, map).unwrap();
        assert_eq!(arithmetic.sum, convolution.maps().get(row, column, map));
        let pairs = wide(arithmetic.window.values()).into_iter().zip(wide(arithmetic.kernel.values()));
        terms = arithmetic.kernel.values().len();
        sums.push(arithmetic.sum);
        expected.push(pairs.map(|(value, weight)| value * weight).sum::<f64>());
    }
    compare(&sums, &expected, terms).unwrap();
}

#[test]
fn convolutions_agree_with_the_reference_and_with_their_arithmetic() {
    let Some(gpu) = gpu() else { return };
    // Height, width, channels; kernel; how many kernels.
    let shapes = [
        ([1, 1, 1], [1, 1], 1),
        ([7, 5, 3], [3, 3], 5),
        ([6, 9, 2], [2, 4], 3),
        ([3, 3, 4], [3, 1], 8),
        ([17, 13, 1], [5, 3], 32),
        ([8, 8, 4], [3, 3], 16),
    ];
    for (shape @ [height, width, channels], size, count) in shapes {
        for padding in PADDINGS {
            let input = Maps::new(shape, numbers(1, height * width * channels)).unwrap();
            let window = Window::new([height, width], size, [1; 2], [1; 2], padding).unwrap();
            let terms = size[0] * size[1] * channels;

            let weights = numbers(2, terms * count);
            let kernel = |filter: usize| {
                let weights = weights.iter().skip(filter).step_by(count).copied().collect();
                Kernel::new([size[0], size[1], channels], weights).unwrap()
            };
            let kernels: Vec<Kernel> = (0..count).map(kernel).collect();
            let convolution = block_on(convolve(&gpu, &input, &kernels, padding)).unwrap();
            let (x, weights) = (wide(input.values()), wide(&weights));
            let expected = reference::conv2d::forward(1, &window, [channels, count], &x, &weights, None);
            compare(convolution.maps().values(), &expected, terms).unwrap();
            check_arithmetic(&convolution);

            let kernels: Vec<Kernel> = kernels.iter().map(|kernel| kernel.channel(0).into()).collect();
            let convolution = block_on(convolve_channels(&gpu, &input, &kernels, padding)).unwrap();
            // Every channel of the input has the same weights: (rows, columns, channels, kernels).
            let weights: Vec<f64> = (0..size[0] * size[1])
                .flat_map(|tap| (0..channels).flat_map(move |_| (0..count).map(move |kernel| (tap, kernel))))
                .map(|(tap, kernel)| kernels[kernel].values()[tap].into())
                .collect();
            let expected = reference::depthwise_conv2d::forward(1, &window, [channels, count], &x, &weights, None);
            compare(convolution.maps().values(), &expected, size[0] * size[1]).unwrap();
            check_arithmetic(&convolution);
        }
    }
}

#[test]
fn each_channel_is_convolved_as_if_it_were_alone() {
    let Some(gpu) = gpu() else { return };
    let picture = Maps::new([9, 7, 3], numbers(3, 189)).unwrap();
    let kernels = [Kernel::named("edge").unwrap(), Kernel::named("emboss").unwrap()];
    let together = block_on(convolve_channels(&gpu, &picture, &kernels, Padding::Same)).unwrap();
    assert_eq!(together.maps().shape(), [9, 7, 6]);
    for channel in 0..3 {
        let alone = block_on(convolve(&gpu, &picture.channel(channel).into(), &kernels, Padding::Same)).unwrap();
        for kernel in 0..2 {
            let expected = wide(alone.maps().channel(kernel).values());
            compare(together.maps().channel(channel * 2 + kernel).values(), &expected, 9).unwrap();
        }
    }
}

#[test]
fn what_does_not_go_together_is_refused() {
    let Some(gpu) = gpu() else { return };
    let picture = Maps::new([4, 2, 3], vec![0.0; 24]).unwrap();
    let refused = |kernels: &[Kernel], padding| block_on(convolve(&gpu, &picture, kernels, padding)).unwrap_err();
    assert!(matches!(refused(&[], Padding::Same), ExplainError::NoKernels));
    let of = |shape: [usize; 3]| Kernel::new(shape, vec![0.0; shape.iter().product()]).unwrap();
    let error = refused(&[of([3, 3, 3])], Padding::Valid).to_string();
    assert!(error.contains("3x3") && error.contains("4x2") && error.contains("'same'"), "{error}");
    let error = refused(&[of([1, 2, 3]), of([2, 1, 3])], Padding::Same).to_string();
    assert!(error.contains("kernel 1 has shape [2, 1, 3]") && error.contains("[1, 2, 3]"), "{error}");
    let error = refused(&[of([1, 1, 1])], Padding::Valid).to_string();
    assert!(error.contains("1 channels") && error.contains("has 3"), "{error}");
    let error = block_on(convolve_channels(&gpu, &picture, &[of([1, 1, 3])], Padding::Valid)).unwrap_err();
    assert!(matches!(error, ExplainError::Channels { kernel: 3, .. }), "{error}");
    assert!(refused(&[of([1025, 1, 3])], Padding::Same).to_string().contains("at most 1024"));

    let convolution = block_on(convolve(&gpu, &picture, &[of([2, 1, 3])], Padding::Valid)).unwrap();
    for (row, column, map) in [(3, 0, 0), (0, 2, 0), (0, 0, 1)] {
        let error = convolution.explain(row, column, map).unwrap_err().to_string();
        assert!(error.contains("3 rows, 2 columns and 1 maps"), "{error}");
    }
    assert!(convolution.explain(2, 1, 0).is_ok());
}
