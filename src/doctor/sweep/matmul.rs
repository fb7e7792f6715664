//! The matrix product and its two gradients by every choice of kernels.

use super::activation::{MADE_INPUT, twin as activation_twin};
use super::numbers::{numbers, wide};
use super::shapes::Draw;
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::{Activated, Activation, KernelChoice, Matmul};
use crate::reference::{self, activation::Function, matmul as twin};

/// All products by these choices: the forward one with relu and, where it has one, a bias; the gradient of the input by
/// itself, and through the activation that made it.
pub fn case(op: Matmul, has_bias: bool, choices: &[KernelChoice]) -> Case {
    let Matmul { rows: m, terms: k, columns: n } = op;
    let (a, b, bias, dout) = (numbers(1, m * k), numbers(2, k * n), numbers(3, n), numbers(4, m * n));
    let expected_sums = twin::forward(m, k, n, &wide(&a), &wide(&b));
    let wide_bias = if has_bias { wide(&bias) } else { vec![0.0; n] };
    let linear = reference::bias::forward(n, &expected_sums, &wide_bias);
    let expected_out = reference::activation::forward(Function::Relu, &linear);
    let expected_da = twin::gradient_of_a(m, k, n, &wide(&dout), &wide(&b));
    let expected_dz = reference::activation::gradient(activation_twin(MADE_INPUT), &wide(&a), &expected_da);
    let expected_db = twin::gradient_of_b(m, k, n, &wide(&a), &wide(&dout));

    let mut case = Case::new(op);
    let [a, b, bias, dout] =
        [("a", &a), ("b", &b), ("bias", &bias), ("dout", &dout)].map(|(name, values)| case.bench.input(name, values));
    let activated = Activated::new(MADE_INPUT, a);
    for &choice in choices {
        let [out, da, dz, db] = [("out", m * n), ("da", m * k), ("dz", m * k), ("db", k * n)]
            .map(|(name, elements)| case.bench.output(name, elements));
        let of_a = op.gradient_of_a_scratch_bytes(choice);
        let [forward, da_parts, dz_parts, scratch] =
            [op.forward_scratch_bytes(choice), of_a, of_a, op.gradient_of_b_scratch_bytes(choice)]
                .map(|bytes| case.bench.scratch(bytes));
        let recording = case.bench.recording();
        op.forward(recording, choice, a, b, has_bias.then_some(bias), Activation::Relu, forward, out);
        op.gradient_of_a(recording, choice, dout, b, None, da_parts, da);
        op.gradient_of_a(recording, choice, dout, b, activated, dz_parts, dz);
        op.gradient_of_b(recording, choice, a, dout, scratch, db);
        if let Some(parts) = forward {
            case.adds_up(parts, "parts of the forward pass", expected_sums.clone(), k);
        }
        for parts in [da_parts, dz_parts].into_iter().flatten() {
            case.adds_up(parts, "parts of the gradient of the input", expected_da.clone(), n);
        }
        case.agrees(out, "forward", expected_out.clone(), k + 1);
        case.agrees(da, "gradient of the input", expected_da.clone(), n);
        case.agrees(dz, "gradient through the activation", expected_dz.clone(), n + 1);
        if let Some(scratch) = scratch {
            case.adds_up(scratch, "parts of the gradient of the kernel", expected_db.clone(), m);
        }
        case.agrees(db, "gradient of the kernel", expected_db.clone(), m);
    }
    case
}

/// Rows, terms and columns: more terms than some drivers let the loops of an invocation have turns, 65,535, by one and by
/// four at a time.
const MANY_TERMS: [(usize, usize, usize); 3] = [(2, 70_001, 1), (2, 70_001, 16), (4, 262_144, 8)];

/// Rows in even blocks, a prime number of them, rows that make one wide picture, sums over rows in parts, a tile that is
/// just filled, and rows, terms and columns past the ends of tiles.
pub fn divisions() -> Vec<(Matmul, bool)> {
    let shapes = [
        (96, 20, 36),
        (37, 16, 16),
        (74, 48, 20),
        (1, 64, 128),
        (1200, 16, 32),
        (64, 64, 64),
        (128, 128, 32),
        (131, 68, 100),
        (193, 131, 33),
        (640, 65, 130),
    ];
    shapes.into_iter().chain(MANY_TERMS).map(|(rows, terms, columns)| (Matmul { rows, terms, columns }, true)).collect()
}

pub(super) fn cases(choices: &[KernelChoice], extent: Extent) -> Vec<Planned> {
    let choices = choices.to_vec();
    let op = |rows, terms, columns, bias| (Matmul { rows, terms, columns }, bias);
    let quick = [op(1, 1, 1, true), op(3, 7, 17, false), op(5, 8, 12, true)];
    let mut draw = Draw::new(31);
    let extents = [1, 3, 7, 17, 4, 8, 12, 33, 64, 65, 128];
    let mut more: Vec<_> = (0..40)
        .map(|_| op(draw.among(&extents), draw.among(&extents), draw.among(&extents), draw.among(&[true, false])))
        .collect();
    more.push(op(32, 1024, 64, true));
    more.extend(divisions());
    planned(extent, quick, more, move |(op, bias)| case(op, bias, &choices))
}
