//! `out = gamma * (x - mean) / sqrt(variance + epsilon) + beta` over the last axis: every channel is brought to mean 0
//! and variance 1, then scaled and shifted.

use crate::gpu::{Dispatch, Recording, View, WORKGROUP_SIZE, align_offset, kernel};
use crate::ops::ELEMENT_BYTES;
use crate::ops::parts::MOST_TURNS;

kernel! {
    /// A part of the rows of one channel per invocation.
    struct PartialStatistics("batch_normalization/partial_statistics") {}
}

kernel! {
    /// One channel per workgroup.
    struct Statistics("batch_normalization/statistics") {}
}

kernel! {
    /// Some rows of one channel per invocation.
    struct Forward("batch_normalization/forward") { scale: bool, shift: bool }
}

kernel! {
    /// One channel per invocation.
    struct UpdateMoving("batch_normalization/update_moving") {}
}

kernel! {
    /// A part of the rows of one channel per invocation.
    struct PartialGradient("batch_normalization/partial_gradient") {}
}

kernel! {
    /// One channel per workgroup.
    struct GradientOfParameters("batch_normalization/gradient_of_parameters") {}
}

kernel! {
    /// Some rows of one channel per invocation.
    struct GradientOfInput("batch_normalization/gradient_of_input") { scale: bool, batch: bool }
}

/// Normalizes the channels of a tensor of shape (rows, channels).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNormalization {
    /// The number of rows: for pictures batch * height * width.
    pub rows: usize,
    /// The number of channels.
    pub channels: usize,
    /// Added to the variance.
    pub epsilon: f32,
    /// How much of the moving statistics stays at each update.
    pub momentum: f32,
}

/// What scales and shifts the normalized channels, shape (channels) each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// The scale; 1 without.
    pub gamma: Option<View>,
    /// The shift; 0 without.
    pub beta: Option<View>,
}

/// The statistics that normalize.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moments {
    /// In training: those of the batch itself, the tensor (2, channels) that [`BatchNormalization::statistics`]
    /// writes. They depend on `x`, and so gradients flow through them.
    Batch(View),
    /// In inference: constants of shape (channels) each.
    Moving {
        /// The mean.
        mean: View,
        /// The biased variance.
        variance: View,
    },
}

impl Moments {
    fn mean(self) -> View {
        match self {
            Moments::Batch(statistics) => statistics,
            Moments::Moving { mean, .. } => mean,
        }
    }

    fn variance(self) -> View {
        match self {
            // All of it: a view of its second row alone may begin where no binding can.
            Moments::Batch(statistics) => statistics,
            Moments::Moving { variance, .. } => variance,
        }
    }

    /// Where the variances begin in [`Moments::variance`].
    fn variance_first(self, channels: usize) -> usize {
        match self {
            Moments::Batch(_) => channels,
            Moments::Moving { .. } => 0,
        }
    }
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct StatisticsParams {
    rows: u32,
    channels: u32,
    parts: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct NormalParams {
    rows: u32,
    channels: u32,
    /// From one row of an invocation to its next.
    stride: u32,
    variance_first: u32,
    epsilon: f32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct UpdateParams {
    channels: u32,
    momentum: f32,
    share: f32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct TotalParams {
    channels: u32,
    parts: u32,
}

/// The parts of the gradient's scratch buffer.
#[derive(Clone, Copy)]
struct Scratch {
    partial: View,
    dbeta: View,
    dgamma: View,
}

/// Where the sums over the rows go.
#[derive(Clone, Copy)]
struct Sums {
    partial: Option<View>,
    dbeta: Option<View>,
    dgamma: Option<View>,
}

impl BatchNormalization {
    /// Invocations that a pass over parts of the rows has at most.
    const INVOCATIONS: usize = 16_384;
    /// Rows that such a part should have at least.
    const ROWS_PER_PART: usize = 32;
    /// Rows per invocation of an element-wise pass: what belongs to the channel is loaded once for all of them.
    const ROWS_PER_INVOCATION: usize = 8;

    /// Bytes of the scratch buffer of [`BatchNormalization::statistics`].
    pub fn statistics_scratch_bytes(self) -> u64 {
        self.partial_bytes()
    }

    /// Bytes of the scratch buffer of [`BatchNormalization::gradient`].
    pub fn gradient_scratch_bytes(self) -> u64 {
        align_offset(self.partial_bytes()) + align_offset(self.channel_bytes()) + self.channel_bytes()
    }

    /// Appends `statistics[0, c] = mean of x[r, c]` and `statistics[1, c] = mean of (x[r, c] - statistics[0, c])^2`
    /// over the rows; `statistics` has the shape (2, channels).
    ///
    /// They are exact to rounding however far the mean is from 0, and have the same bits every time.
    pub fn statistics(self, recording: &mut Recording, x: View, scratch: View, statistics: View) {
        let params =
            StatisticsParams { rows: self.rows as u32, channels: self.channels as u32, parts: self.parts() as u32 };
        recording.dispatch(Dispatch {
            label: "batch normalization: statistics of parts".to_owned(),
            kernel: PartialStatistics {}.into(),
            params: bytemuck::bytes_of(&params),
            bindings: &[("x", x), ("partial", scratch)],
            invocations: self.parts() * self.channels,
        });
        recording.dispatch(Dispatch {
            label: "batch normalization: statistics".to_owned(),
            kernel: Statistics {}.into(),
            params: bytemuck::bytes_of(&params),
            bindings: &[("partial", scratch), ("statistics", statistics)],
            invocations: self.channels * WORKGROUP_SIZE as usize,
        });
    }

    /// Appends `out = gamma * (x - mean) / sqrt(variance + epsilon) + beta`.
    pub fn forward(self, recording: &mut Recording, x: View, parameters: Parameters, moments: Moments, out: View) {
        let Parameters { gamma, beta } = parameters;
        recording.dispatch(Dispatch {
            label: "batch normalization: forward".to_owned(),
            kernel: Forward { scale: gamma.is_some(), shift: beta.is_some() }.into(),
            params: bytemuck::bytes_of(&self.normal_params(self.stride(), moments)),
            // A parameter that is not there is not read, but its binding wants something that is only read: x.
            bindings: &[
                ("x", x),
                ("gamma", gamma.unwrap_or(x)),
                ("beta", beta.unwrap_or(x)),
                ("mean", moments.mean()),
                ("variance", moments.variance()),
                ("out", out),
            ],
            invocations: self.stride() * self.channels,
        });
    }

    /// Appends `moving = momentum * moving + (1 - momentum) * batch` for the mean and the variance; `statistics` as
    /// [`BatchNormalization::statistics`] wrote it.
    pub fn update_moving(self, recording: &mut Recording, statistics: View, moving_mean: View, moving_variance: View) {
        let share = 1.0 - f64::from(self.momentum);
        let params = UpdateParams { channels: self.channels as u32, momentum: self.momentum, share: share as f32 };
        recording.dispatch(Dispatch {
            label: "batch normalization: update of the moving statistics".to_owned(),
            kernel: UpdateMoving {}.into(),
            params: bytemuck::bytes_of(&params),
            bindings: &[("statistics", statistics), ("moving_mean", moving_mean), ("moving_variance", moving_variance)],
            invocations: self.channels,
        });
    }

    /// Appends, with `normal = (x - mean) / sqrt(variance + epsilon)`, those that are asked for of
    ///
    /// - `dbeta[c] = sum over r of dout[r, c]`,
    /// - `dgamma[c] = sum over r of dout[r, c] * normal[r, c]`,
    /// - `dx = gamma / sqrt(variance + epsilon) * (dout - (dbeta + normal * dgamma) / rows)`, without the sums where
    ///   the moments are the moving ones.
    ///
    /// Only `dx` alone by moving moments needs no scratch buffer; otherwise a recording without it cannot be prepared.
    #[allow(clippy::too_many_arguments, reason = "every one is a tensor that the gradient reads or writes")]
    pub fn gradient(
        self,
        recording: &mut Recording,
        x: View,
        gamma: Option<View>,
        moments: Moments,
        dout: View,
        scratch: Option<View>,
        dx: Option<View>,
        dgamma: Option<View>,
        dbeta: Option<View>,
    ) {
        let batch = matches!(moments, Moments::Batch(_));
        let scratch = scratch.map(|scratch| self.split(scratch));
        let asked_for_sums = dgamma.is_some() || dbeta.is_some();
        // A sum that is not asked for has a place in the scratch buffer.
        let sums = Sums {
            partial: scratch.map(|scratch| scratch.partial),
            dbeta: dbeta.or(scratch.map(|scratch| scratch.dbeta)),
            dgamma: dgamma.or(scratch.map(|scratch| scratch.dgamma)),
        };
        if asked_for_sums || (batch && dx.is_some()) {
            self.gradient_of_parameters(recording, x, moments, dout, sums);
        }
        if let Some(dx) = dx {
            // What does not depend on the sums does not read them, but their bindings want something that is only
            // read: dout. Likewise x for a scale that is not there.
            let sums = if batch { sums } else { Sums { partial: None, dbeta: Some(dout), dgamma: Some(dout) } };
            recording.dispatch(Dispatch {
                label: "batch normalization: gradient of the input".to_owned(),
                kernel: GradientOfInput { scale: gamma.is_some(), batch }.into(),
                params: bytemuck::bytes_of(&self.normal_params(self.stride(), moments)),
                bindings: &present([
                    ("x", Some(x)),
                    ("gamma", gamma.or(Some(x))),
                    ("mean", Some(moments.mean())),
                    ("variance", Some(moments.variance())),
                    ("dout", Some(dout)),
                    ("dbeta", sums.dbeta),
                    ("dgamma", sums.dgamma),
                    ("dx", Some(dx)),
                ]),
                invocations: self.stride() * self.channels,
            });
        }
    }

    fn gradient_of_parameters(
        self,
        recording: &mut Recording,
        x: View,
        moments: Moments,
        dout: View,
        Sums { partial, dbeta, dgamma }: Sums,
    ) {
        recording.dispatch(Dispatch {
            label: "batch normalization: gradient of the parameters, of parts".to_owned(),
            kernel: PartialGradient {}.into(),
            params: bytemuck::bytes_of(&self.normal_params(self.parts(), moments)),
            bindings: &present([
                ("x", Some(x)),
                ("mean", Some(moments.mean())),
                ("variance", Some(moments.variance())),
                ("dout", Some(dout)),
                ("partial", partial),
            ]),
            invocations: self.parts() * self.channels,
        });
        let params = TotalParams { channels: self.channels as u32, parts: self.parts() as u32 };
        recording.dispatch(Dispatch {
            label: "batch normalization: gradient of the parameters".to_owned(),
            kernel: GradientOfParameters {}.into(),
            params: bytemuck::bytes_of(&params),
            bindings: &present([("partial", partial), ("dbeta", dbeta), ("dgamma", dgamma)]),
            invocations: self.channels * WORKGROUP_SIZE as usize,
        });
    }

    /// The parts that the rows are summed in; part p has every `parts`th row from row p on.
    fn parts(self) -> usize {
        // No part with more rows than an invocation's loops have turns.
        let wanted = Self::INVOCATIONS.div_ceil(self.channels.max(1)).max(self.rows.div_ceil(MOST_TURNS));
        self.rows.div_ceil(Self::ROWS_PER_PART).clamp(1, wanted)
    }

    /// From one row of an element-wise pass' invocation to its next.
    fn stride(self) -> usize {
        self.rows.div_ceil(Self::ROWS_PER_INVOCATION)
    }

    fn normal_params(self, stride: usize, moments: Moments) -> NormalParams {
        NormalParams {
            rows: self.rows as u32,
            channels: self.channels as u32,
            stride: stride as u32,
            variance_first: moments.variance_first(self.channels) as u32,
            epsilon: self.epsilon,
        }
    }

    fn partial_bytes(self) -> u64 {
        (self.parts() * 2 * self.channels) as u64 * ELEMENT_BYTES
    }

    fn channel_bytes(self) -> u64 {
        self.channels as u64 * ELEMENT_BYTES
    }

    /// The gradient's scratch buffer: what the parts sum to, then a place for each of the whole sums.
    fn split(self, scratch: View) -> Scratch {
        let dbeta = scratch.offset + align_offset(self.partial_bytes());
        let dgamma = dbeta + align_offset(self.channel_bytes());
        Scratch {
            partial: View { bytes: self.partial_bytes(), ..scratch },
            dbeta: View { offset: dbeta, bytes: self.channel_bytes(), ..scratch },
            dgamma: View { offset: dgamma, bytes: self.channel_bytes(), ..scratch },
        }
    }
}

/// The bindings that there are; one that is missing is reported, by its name, when the recording is prepared.
fn present<const N: usize>(bindings: [(&'static str, Option<View>); N]) -> Vec<(&'static str, View)> {
    bindings.into_iter().filter_map(|(name, view)| view.map(|view| (name, view))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_has_more_rows_than_loops_have_turns() {
        let parts = |rows| BatchNormalization { rows, channels: 16_384, epsilon: 1e-3, momentum: 0.99 }.parts();
        // Channels enough for all the invocations that are wanted, so that a single part would do.
        assert_eq!([parts(50_000), parts(150_000)], [1, 3]);
    }
}
