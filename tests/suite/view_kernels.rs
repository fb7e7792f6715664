//! Pictures of kernels and of what they make of pictures: the numbers under the colours.

use ocellus::explain::{Convolution, Kernel, LayerActivations, Maps, Matrix, convolve, convolve_channels};
use ocellus::gpu::Gpu;
use ocellus::model::cifar10_weights;
use ocellus::shape::{Padding, Shape};
use ocellus::train::cifar10_config;
use ocellus::view::{self, Bitmap, Caption, Cell, Color, ColorScale, Colormap, Figure, Filters};
use pollster::block_on;

use crate::golden::golden;
use crate::support::{gpu, numbers};

/// Where these colours are in the picture, each a square of `size` pixels, row by row: the row and the column of the first
/// one's top left. They are looked at away from the squares' middles, where numbers stand.
fn find(pixels: &Bitmap, colors: &[Vec<Color>], size: usize) -> Option<[usize; 2]> {
    let aside = size / 8;
    let (rows, columns) = (colors.len(), colors[0].len());
    let has = |top: usize, left: usize| {
        colors.iter().enumerate().all(|(row, colors)| {
            let place = |column: usize| pixels.pixel(top + row * size + aside, left + column * size + aside);
            colors.iter().enumerate().all(|(column, color)| place(column) == *color)
        })
    };
    let tops = 0..=pixels.height().checked_sub(rows * size)?;
    let lefts = 0..=pixels.width().checked_sub(columns * size)?;
    tops.flat_map(|top| lefts.clone().map(move |left| [top, left])).find(|&[top, left]| has(top, left))
}

/// The colours of a matrix.
fn colors(matrix: &Matrix, scale: &ColorScale) -> Vec<Vec<Color>> {
    matrix.values().chunks(matrix.columns()).map(|row| row.iter().map(|&value| scale.color(value)).collect()).collect()
}

fn matrix(text: &str) -> Matrix {
    text.parse().unwrap()
}

/// The lecture's example.
fn example(gpu: &Gpu, padding: Padding) -> Convolution {
    let kernel: Kernel = "0 1; 2 3".parse().unwrap();
    block_on(convolve(gpu, &matrix("0 1 2; 3 4 5; 6 7 8").into(), &[kernel], padding)).unwrap()
}

#[test]
fn the_lectures_example_is_drawn_with_its_numbers() {
    let Some(gpu) = gpu() else { return };
    let convolution = example(&gpu, Padding::Valid);
    let figure = view::convolution(&convolution, None, "Convolution", "").unwrap();
    let pixels = figure.pixels().unwrap();
    // A white picture would give 8 times the kernel's sum.
    let grey = |white| ColorScale::new(Colormap::Grey, 0.0, white);
    let places =
        [("0 1 2; 3 4 5; 6 7 8", grey(8.0)), ("0 1; 2 3", ColorScale::signed(&[3.0])), ("19 25; 37 43", grey(48.0))]
            .map(|(numbers, scale)| find(&pixels, &colors(&matrix(numbers), &scale), 72).unwrap()[1]);
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(find(&pixels, &colors(&matrix("19 37; 25 43"), &grey(48.0)), 72), None);

    // Two lines around the window and the value, and the arithmetic.
    let explained = view::convolution(&convolution, Some([1, 0]), "Convolution", "").unwrap();
    golden("convolution", &explained);
    let explained = explained.pixels().unwrap();
    for (numbers, scale) in [("3 4; 6 7", grey(8.0)), ("0 4; 12 21", ColorScale::signed(&[21.0])), ("37", grey(48.0))] {
        let below = find(&explained, &colors(&matrix(numbers), &scale), 72);
        assert!(below.is_some(), "{numbers} is not drawn");
    }
    assert!(view::convolution(&convolution, Some([2, 0]), "", "").unwrap_err().to_string().contains("row 2"));
}

#[test]
fn zeros_around_a_picture_are_drawn_where_they_count() {
    let Some(gpu) = gpu() else { return };
    let pixels = view::convolution(&example(&gpu, Padding::Same), Some([2, 2]), "", "").unwrap().pixels().unwrap();
    let grey = ColorScale::new(Colormap::Grey, 0.0, 8.0);
    let around = matrix("0 1 2 0; 3 4 5 0; 6 7 8 0; 0 0 0 0");
    assert!(find(&pixels, &colors(&around, &grey), 72).is_some());
}

#[test]
fn a_pictures_answer_is_grey_where_the_kernel_keeps_it_and_signed_where_it_finds_edges() {
    let Some(gpu) = gpu() else { return };
    let picture = Maps::new([20, 30, 1], numbers(3, 600).into_iter().map(f32::abs).collect()).unwrap();
    for (kernel, is_signed) in [("blur", false), ("1 1; 1 1", false), ("emboss", false), ("edge", true), ("-1", true)] {
        let kernel: Kernel = kernel.parse().unwrap();
        let convolution = block_on(convolve(&gpu, &picture, std::slice::from_ref(&kernel), Padding::Valid)).unwrap();
        let sum: f32 = kernel.values().iter().sum();
        let answer = convolution.maps().channel(0);
        let scale = match is_signed {
            true => ColorScale::signed_most(answer.values()),
            false => ColorScale::new(Colormap::Grey, 0.0, sum),
        };
        let pixels = view::convolution(&convolution, None, "", "").unwrap().pixels().unwrap();
        let size = 600 / answer.columns();
        assert!(find(&pixels, &colors(&answer, &scale), size).is_some(), "{kernel:?}");
    }
}

#[test]
fn colours_are_convolved_each_by_itself() {
    let Some(gpu) = gpu() else { return };
    let picture = Maps::new([12, 15, 3], numbers(4, 540).into_iter().map(f32::abs).collect()).unwrap();
    let drawn = |kernel: &str| {
        let convolution =
            block_on(convolve_channels(&gpu, &picture, &[kernel.parse().unwrap()], Padding::Same)).unwrap();
        let pixels = view::convolution(&convolution, Some([3, 4]), "", "").unwrap().pixels().unwrap();
        (convolution, pixels)
    };
    let (blurred, pixels) = drawn("blur");
    let share = |value: f32| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
    let color = |row, column| Color([0, 1, 2].map(|channel| share(blurred.maps().get(row, column, channel))));
    // Above the value that is framed.
    let expected: Vec<Vec<Color>> = (0..2).map(|row| (0..15).map(|column| color(row, column)).collect()).collect();
    assert!(find(&pixels, &expected, 40).is_some());
    let (edges, pixels) = drawn("edge");
    let scale = ColorScale::signed_most(edges.maps().values());
    let places = [0, 1, 2].map(|channel| {
        let colors = colors(&edges.maps().channel(channel), &scale);
        find(&pixels, &colors[..2], 20).unwrap()[1]
    });
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn every_feature_stands_below_its_kernel() {
    let Some(gpu) = gpu() else { return };
    let picture = Maps::new([15, 15, 1], numbers(5, 225).into_iter().map(f32::abs).collect()).unwrap();
    let kernels = Kernel::random(4, [3, 3, 1], 2).unwrap();
    let convolution = block_on(convolve(&gpu, &picture, &kernels, Padding::Same)).unwrap();
    let figure = view::features(&convolution, "Features", "").unwrap();
    golden("features", &figure);
    let pixels = figure.pixels().unwrap();
    let weights = ColorScale::signed(kernels.iter().flat_map(Kernel::values));
    let mut lefts = Vec::new();
    for (number, kernel) in kernels.iter().enumerate() {
        let map = convolution.maps().channel(number);
        let map = find(&pixels, &colors(&map, &ColorScale::signed_most(map.values())), 20).unwrap();
        let kernel = find(&pixels, &colors(&kernel.channel(0), &weights), 17).unwrap();
        assert!(kernel[0] < map[0] && map[1] < kernel[1] && kernel[1] < map[1] + 300, "{number}: {kernel:?}, {map:?}");
        lefts.push(map[1]);
    }
    assert!(lefts.is_sorted(), "{lefts:?}");
    let two_channels = Maps::new([4, 4, 2], numbers(6, 32)).unwrap();
    let convolution = block_on(convolve(&gpu, &two_channels, &Kernel::random(1, [3, 3, 2], 0).unwrap(), Padding::Same));
    let convolution = convolution.unwrap();
    assert!(view::features(&convolution, "", "").is_err());
    assert!(view::convolution(&convolution, None, "", "").unwrap_err().to_string().contains("[3, 3, 2]"));
}

#[test]
fn filters_stand_by_number_before_and_after_training() {
    let kernels = |seed| Kernel::random(10, [3, 3, 1], seed).unwrap();
    let (before, after) = (kernels(1), kernels(2));
    let filters = Filters { kernels: &after, initial: Some(&before), in_color: false };
    let pixels = view::filters(&filters, "Filters").unwrap().pixels().unwrap();
    let scale = ColorScale::signed_most(before.iter().chain(&after).flat_map(Kernel::values));
    let places = |kernels: &[Kernel]| -> Vec<[usize; 2]> {
        kernels.iter().map(|kernel| find(&pixels, &colors(&kernel.channel(0), &scale), 28).unwrap()).collect()
    };
    let (before, after) = (places(&before), places(&after));
    // Eight in a row.
    for places in [&before, &after] {
        assert!(places[..8].is_sorted() && places[..8].iter().all(|place| place[0] == places[0][0]), "{places:?}");
        assert!(places[8][0] > places[7][0] && places[8][1] == places[0][1], "{places:?}");
    }
    assert!(before[7][1] < after[0][1] && before[0][0] == after[0][0]);
}

#[test]
fn deeper_filters_have_a_row_each_and_a_column_for_each_channel() {
    let kernels = Kernel::random(20, [2, 3, 18], 3).unwrap();
    let filters = Filters { kernels: &kernels, initial: None, in_color: false };
    let pixels = view::filters(&filters, "Filters").unwrap().pixels().unwrap();
    let scale = ColorScale::signed_most(kernels.iter().flat_map(Kernel::values));
    let place = |filter: usize, channel| find(&pixels, &colors(&kernels[filter].channel(channel), &scale), 13);
    let first = place(0, 0).unwrap();
    for (filter, channel) in [(0, 15), (15, 0), (7, 3)] {
        let expected = [first[0] + filter * (26 + 6), first[1] + channel * (39 + 6)];
        assert_eq!(place(filter, channel), Some(expected), "filter {filter}, channel {channel}");
    }
    assert_eq!((place(16, 0), place(0, 16)), (None, None));
}

#[test]
fn filters_over_colours_have_them() {
    let trained = cifar10_weights().unwrap().model().unwrap();
    let initial = cifar10_config().unwrap().initial_model(&trained).unwrap();
    let [before, after] = [&initial, &trained].map(|model| Kernel::of_layer(model, "conv2d").unwrap());
    let figure =
        view::filters(&Filters { kernels: &after, initial: Some(&before), in_color: true }, "Filters").unwrap();
    golden("filters", &figure);
    let pixels = figure.pixels().unwrap();
    for kernel in [&before[0], &after[31]] {
        let largest = kernel.values().iter().fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
        let share = |weight: f32| ((0.5 + weight / (2.0 * largest)) * 255.0).round() as u8;
        let pixel = |pixel: &[f32]| Color([share(pixel[0]), share(pixel[1]), share(pixel[2])]);
        let colors: Vec<Vec<Color>> = kernel.values().chunks(9).map(|row| row.chunks(3).map(pixel).collect()).collect();
        assert!(find(&pixels, &colors, 28).is_some());
    }
}

#[test]
fn filters_that_do_not_belong_together_are_refused() {
    let kernels = |count, shape| Kernel::random(count, shape, 1).unwrap();
    let after = kernels(4, [3, 3, 1]);
    for before in [kernels(3, [3, 3, 1]), kernels(4, [3, 2, 1])] {
        let filters = Filters { kernels: &after, initial: Some(&before), in_color: false };
        assert!(view::filters(&filters, "").unwrap_err().to_string().contains("same layer"));
    }
    assert!(view::filters(&Filters { kernels: &[], initial: None, in_color: false }, "").is_err());
}

/// A layer's output for two pictures.
fn layer(name: &str, shape: Shape, seed: u32, positive: bool) -> LayerActivations {
    let values = numbers(seed, 2 * shape.elements());
    let values = if positive { values.into_iter().map(f32::abs).collect() } else { values };
    LayerActivations { layer: name.to_owned(), shape, values }
}

fn pictures(count: u8) -> Vec<Cell> {
    let picture = |number| Figure::enlarged(Bitmap::filled(8, 8, Color([100 + number, 0, 0])), 64.0);
    (0..count).map(|number| Cell::new(picture(number), [Caption::new("cat")])).collect()
}

#[test]
fn channel_k_of_a_layers_picture_is_its_activation_k() {
    for positive in [true, false] {
        let layer = layer("conv2d", Shape::from([5, 6, 9]), 1, positive);
        let figure = view::activations(pictures(2), std::slice::from_ref(&layer), "Activations", "").unwrap();
        let pixels = figure.pixels().unwrap();
        let mut below = 0;
        for picture in 0..2 {
            let maps = layer.maps(picture).unwrap();
            let scale =
                if positive { ColorScale::magnitudes(maps.values()) } else { ColorScale::signed(maps.values()) };
            let places: Vec<[usize; 2]> =
                (0..9).map(|k| find(&pixels, &colors(&maps.channel(k), &scale), 20).unwrap()).collect();
            assert!(places[..8].is_sorted() && places[0][0] == places[7][0], "{places:?}");
            assert!(places[8][0] > places[0][0] && places[8][1] == places[0][1], "{places:?}");
            // A block for each picture, which stands first.
            assert!(places[0][0] > below, "{places:?}");
            below = places[8][0];
            let seen = find(&pixels, &[vec![Color([100 + picture as u8, 0, 0])]], 16).unwrap();
            assert!(seen[1] < places[0][1], "{seen:?}");
        }
    }
}

#[test]
fn layers_have_a_row_each_in_their_order() {
    let layers = [
        layer("conv2d", Shape::from([6, 6, 20]), 1, true),
        layer("flatten", Shape::from([720]), 2, true),
        layer("dense", Shape::from([10]), 3, false),
    ];
    let figure = view::activations(pictures(2), &layers, "Activations", "").unwrap();
    golden("activations", &figure);
    let pixels = figure.pixels().unwrap();
    let maps = layers[0].maps(0).unwrap();
    let scale = ColorScale::magnitudes(maps.values());
    let places: Vec<_> = (0..17).map(|k| find(&pixels, &colors(&maps.channel(k), &scale), 12)).collect();
    // Sixteen of twenty.
    assert!(
        places[..16].iter().all(|place| place.is_some_and(|place| place[0] == places[0].unwrap()[0])),
        "{places:?}"
    );
    assert!(places[..16].is_sorted() && places[16].is_none(), "{places:?}");
    let row = |layer: &LayerActivations, from: usize, count: usize, size: usize| {
        let maps = layer.maps(0).unwrap();
        let numbers = Matrix::new(1, count, maps.values()[from..from + count].to_vec()).unwrap();
        find(&pixels, &colors(&numbers, &ColorScale::of(maps.values())), size)
    };
    let (first, second) = (row(&layers[1], 0, 64, 18).unwrap(), row(&layers[1], 64, 64, 18).unwrap());
    assert!(places[0].unwrap()[0] < first[0] && first[0] < second[0] && first[1] == second[1]);
    assert_eq!(row(&layers[1], 128, 64, 18), None);
    assert!(row(&layers[2], 0, 10, 72).unwrap()[0] > second[0]);
}

#[test]
fn activations_of_other_pictures_are_refused() {
    let layers = [layer("conv2d", Shape::from([2, 2, 1]), 1, true)];
    let error = view::activations(pictures(1), &layers, "", "").unwrap_err().to_string();
    assert!(error.contains("conv2d tells of 2 pictures, but 1"), "{error}");
    assert!(view::activations(pictures(2), &[], "", "").is_err());
    assert!(view::activations(Vec::new(), &[], "", "").is_err());
}
