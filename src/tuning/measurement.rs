//! One pass by all its candidates, side by side over the same inputs.

use std::ops::Range;

use crate::check::{Bench, CheckError, ReadyBench, compare};
use crate::gpu::{Gpu, GpuError, Timer, View};
use crate::ops::{KernelChoice, Pass, PassInput};
use crate::random::{self, Stream};

/// How often each candidate is timed, in turn; the shortest counts, since other programs only ever add to it.
const ROUNDS: usize = 3;

/// Seconds that a timing takes at least, by repetition.
const TIMING_SECONDS: f64 = 2e-3;

/// Repetitions at most.
const MOST_REPETITIONS: f64 = 200.0;

/// Random numbers that are drawn; larger tensors hold them over and over. It is prime, so that they fall on every extent
/// in another order.
const DRAWN: usize = 65_521;

/// How long a candidate takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Timing {
    pub(super) choice: KernelChoice,
    pub(super) seconds: f64,
}

/// A bench with the commands of all candidates.
pub(super) struct Sheet {
    bench: Bench,
    entries: Vec<Entry>,
    /// Summands of an element.
    terms: usize,
}

/// A candidate on the bench.
struct Entry {
    choice: KernelChoice,
    commands: Range<usize>,
    /// What is compared.
    output: View,
}

impl Sheet {
    /// Records the pass by each of `choices`, the first of which is the naive one.
    pub(super) fn new(pass: &Pass, choices: &[KernelChoice]) -> Self {
        let mut bench = Bench::new();
        let inputs: Vec<View> =
            pass.inputs().into_iter().enumerate().map(|(n, input)| add(&mut bench, n, input)).collect();
        let mut entries = Vec::new();
        for &choice in choices {
            let outputs: Vec<View> =
                pass.outputs().into_iter().map(|elements| bench.output(&format!("{choice:?}"), elements)).collect();
            let first = bench.recording().commands().len();
            // The bench gives memory while its recording is written to, so the commands come by a recording of their own.
            let mut recording = std::mem::take(bench.recording());
            pass.record(&mut recording, choice, &inputs, &outputs, &mut |bytes| bench.scratch(bytes));
            *bench.recording() = recording;
            let commands = first..bench.recording().commands().len();
            entries.extend(outputs.first().map(|&output| Entry { choice, commands, output }));
        }
        Self { bench, entries, terms: pass.terms() }
    }

    /// How long the candidates after the first take that give what the first one gives; none where that one fails.
    pub(super) async fn timings(&self, gpu: &Gpu, timer: &Timer) -> Result<Vec<Timing>, GpuError> {
        let ready = self.bench.prepare(gpu)?;
        let outputs: Vec<View> = self.entries.iter().map(|entry| entry.output).collect();
        let results = ready.run::<f32>(gpu, &outputs).await?;
        let mut right = Vec::new();
        let mut expected: Option<Vec<f64>> = None;
        for (entry, result) in self.entries.iter().zip(results) {
            match self.verdict(result, expected.as_deref()) {
                Ok(_) if expected.is_some() => right.push(entry),
                Ok(values) => expected = Some(values.into_iter().map(f64::from).collect()),
                Err(reason) => log::warn!(
                    "a kernel of {} is wrong on this adapter and is not chosen: {reason}; `ocellus doctor` examines all",
                    self.names(entry)
                ),
            }
            if expected.is_none() {
                return Ok(Vec::new());
            }
        }
        Self::time(&right, &ready, timer).await
    }

    /// The values, where they are whole and close enough to `expected`.
    fn verdict(&self, result: Result<Vec<f32>, CheckError>, expected: Option<&[f64]>) -> Result<Vec<f32>, String> {
        let values = result.map_err(|error| error.to_string())?;
        if let Some(expected) = expected {
            compare(&values, expected, self.terms).map_err(|error| error.to_string())?;
        }
        Ok(values)
    }

    fn names(&self, entry: &Entry) -> String {
        let commands = self.bench.commands().get(entry.commands.clone()).unwrap_or_default();
        commands.iter().map(|command| command.kernel.name()).collect::<Vec<_>>().join(" and ")
    }

    /// The shortest times, the candidates in turn.
    async fn time(entries: &[&Entry], ready: &ReadyBench<'_>, timer: &Timer) -> Result<Vec<Timing>, GpuError> {
        let mut timings: Vec<Timing> =
            entries.iter().map(|entry| Timing { choice: entry.choice, seconds: f64::INFINITY }).collect();
        let mut repetitions = vec![1.0; entries.len()];
        for round in 0..ROUNDS {
            let shortest = timings.iter().map(|timing| timing.seconds).fold(f64::INFINITY, f64::min);
            for ((entry, timing), repetitions) in entries.iter().zip(&mut timings).zip(&mut repetitions) {
                // What is far behind after a round will not be chosen.
                if round > 0 && timing.seconds > 2.0 * shortest {
                    continue;
                }
                let places: Vec<usize> = entry.commands.clone().collect();
                let seconds = timer.seconds(ready.prepared(), &places, *repetitions as usize).await? / *repetitions;
                timing.seconds = timing.seconds.min(seconds);
                *repetitions = (TIMING_SECONDS / seconds.max(1e-9)).ceil().clamp(1.0, MOST_REPETITIONS);
            }
        }
        Ok(timings)
    }
}

/// Puts an input with contents onto the bench.
fn add(bench: &mut Bench, number: usize, input: PassInput) -> View {
    let drawn = DRAWN.min(input.elements);
    let random = |place: usize| random::uniform(0, Stream::InitialWeights, number as u32, place as u32);
    match input.below {
        Some(below) => {
            let places: Vec<u32> =
                (0..drawn).map(|place| ((random(place) * below as f32) as u32).min(below as u32 - 1)).collect();
            bench.input(input.name, &repeated(&places, input.elements))
        }
        None => {
            let numbers: Vec<f32> = (0..drawn).map(|place| random(place) * 2.0 - 1.0).collect();
            bench.input(input.name, &repeated(&numbers, input.elements))
        }
    }
}

fn repeated<T: Copy>(drawn: &[T], elements: usize) -> Vec<T> {
    drawn.iter().copied().cycle().take(elements).collect()
}
