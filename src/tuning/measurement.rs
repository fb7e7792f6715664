//! One pass by all its candidates, side by side over the same inputs.

use std::ops::Range;

use crate::check::{Bench, CheckError, ReadyBench, compare};
use crate::gpu::{Command, Gpu, GpuError, Recording, Timer, View};
use crate::ops::{KernelChoice, Pass, PassInput};
use crate::random::{self, Stream};

/// How often each candidate is timed, in turn, after a round that tells how often it must be repeated for that. The
/// shortest time counts.
const ROUNDS: usize = 3;

/// Which share of the winners of a pooling may be others than the naive kernel's: rounding decides between values that are
/// nearly equal.
const OTHER_WINNERS: f64 = 0.01;

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

/// What was found of the candidates.
pub(super) struct Measurements {
    /// Of those that are right.
    pub(super) timings: Vec<Timing>,
    /// The kernels of those that are not.
    pub(super) wrong: Vec<String>,
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
    /// What is compared: f32, and the winners of a pooling.
    outputs: Vec<View>,
    /// The same without the winners, by kernels of its own: inference keeps none. It is compared, not timed.
    alone: Option<Alone>,
}

/// A pooling's values without its winners.
struct Alone {
    commands: Range<usize>,
    values: View,
}

impl Entry {
    /// Its commands, and those without the winners.
    fn parts(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let alone = self.alone.as_ref().map_or(0..0, |alone| alone.commands.clone());
        [self.commands.clone(), alone].into_iter()
    }

    /// All that is compared, in its order.
    fn compared(&self) -> impl Iterator<Item = View> {
        self.outputs.iter().copied().chain(self.alone.as_ref().map(|alone| alone.values))
    }
}

/// Records the pass by this choice, and tells which commands that are.
fn record(bench: &mut Bench, pass: &Pass, choice: KernelChoice, inputs: &[View], outputs: &[View]) -> Range<usize> {
    let first = bench.recording().commands().len();
    // The bench gives memory while its recording is written to, so the commands come by a recording of their own.
    let mut recording = std::mem::take(bench.recording());
    pass.record(&mut recording, choice, inputs, outputs, &mut |bytes| bench.scratch(bytes));
    *bench.recording() = recording;
    first..bench.recording().commands().len()
}

impl Sheet {
    /// Records the pass by each of `choices`, the first of which is the naive one, for a device where these kernels failed.
    pub(super) fn new(pass: &Pass, choices: &[KernelChoice], failed: &[String]) -> Self {
        let mut bench = Bench::new();
        *bench.recording() = Recording::avoiding(failed);
        let inputs: Vec<View> =
            pass.inputs().into_iter().enumerate().map(|(n, input)| add(&mut bench, n, input)).collect();
        let mut entries = Vec::new();
        for &choice in choices {
            let outputs: Vec<View> =
                pass.outputs().into_iter().map(|elements| bench.output(&format!("{choice:?}"), elements)).collect();
            let commands = record(&mut bench, pass, choice, &inputs, &outputs);
            let alone = outputs.get(1).map(|_| {
                let values = bench.output(&format!("{choice:?} alone"), pass.outputs()[0]);
                Alone { commands: record(&mut bench, pass, choice, &inputs, &[values]), values }
            });
            entries.push(Entry { choice, commands, outputs, alone });
        }
        Self { bench, entries, terms: pass.terms() }
    }

    /// How long the candidates after the first take that give what the first one gives; `None` where that one fails.
    pub(super) async fn timings(&self, gpu: &Gpu, timer: &Timer) -> Result<Option<Measurements>, GpuError> {
        let ready = self.bench.prepare(gpu)?;
        let outputs: Vec<View> = self.entries.iter().flat_map(Entry::compared).collect();
        let mut results = ready.run(gpu, &outputs).await?.into_iter();
        let (mut right, mut wrong) = (Vec::new(), Vec::new());
        let mut naive: Option<[Vec<Vec<u32>>; 2]> = None;
        for entry in &self.entries {
            // All are taken, also those after one that is wrong.
            let mut next = |outputs| -> Result<Vec<Vec<u32>>, CheckError> {
                let given: Vec<_> = results.by_ref().take(outputs).collect();
                given.into_iter().collect()
            };
            let given = [next(entry.outputs.len()), next(usize::from(entry.alone.is_some()))];
            let Some(expected) = &naive else {
                let [Ok(kept), Ok(alone)] = given else { return Ok(None) };
                naive = Some([kept, alone]);
                continue;
            };
            let mut is_right = true;
            for ((given, expected), commands) in given.into_iter().zip(expected).zip(entry.parts()) {
                let agrees = given.map_err(|error| error.to_string()).and_then(|words| self.agrees(&words, expected));
                if let Err(reason) = agrees {
                    let names = self.names(commands);
                    log::warn!(
                        "a kernel of {} is wrong on this adapter and is not chosen: {reason}; `ocellus doctor` examines all",
                        names.join(" and ")
                    );
                    wrong.extend(names);
                    is_right = false;
                }
            }
            if is_right {
                right.push(entry);
            }
        }
        // What the naive or a right candidate runs too is not to blame, nor is what only stands beside a product. `sum_parts`
        // cannot be told from its product here, so that both are distrusted; the sum of rows is left to `ocellus doctor`.
        let innocent: Vec<String> = self
            .entries
            .iter()
            .take(1)
            .chain(right.iter().copied())
            .flat_map(Entry::parts)
            .flat_map(|commands| self.names(commands))
            .collect();
        let multiplies = |name: &String| ["conv2d/", "matmul/", "sum_parts/"].iter().any(|op| name.starts_with(op));
        wrong.retain(|name| multiplies(name) && !innocent.contains(name));
        Ok(Some(Measurements { timings: Self::time(&right, &ready, timer).await?, wrong }))
    }

    /// An error where outputs are not those of the naive kernel.
    fn agrees(&self, words: &[Vec<u32>], naive: &[Vec<u32>]) -> Result<(), String> {
        let floats = |words: &[u32]| words.iter().map(|word| f32::from_bits(*word)).collect::<Vec<f32>>();
        let outputs: Vec<(&Vec<u32>, &Vec<u32>)> = words.iter().zip(naive).collect();
        if let Some((values, expected)) = outputs.first() {
            let expected: Vec<f64> = floats(expected).into_iter().map(f64::from).collect();
            compare(&floats(values), &expected, self.terms).map_err(|error| error.to_string())?;
        }
        for (winners, expected) in outputs.into_iter().skip(1) {
            let others = winners.iter().zip(expected).filter(|(winner, expected)| winner != expected).count();
            if others as f64 > OTHER_WINNERS * expected.len() as f64 {
                return Err(format!("{others} of {} winners of its pooling are others", expected.len()));
            }
        }
        Ok(())
    }

    fn names(&self, commands: Range<usize>) -> Vec<String> {
        self.commands(commands).iter().map(|command| command.kernel.name().to_owned()).collect()
    }

    fn commands(&self, range: Range<usize>) -> &[Command] {
        self.bench.commands().get(range).unwrap_or_default()
    }

    /// The name of the kernel whose text with its constants this is, where the candidate at `place` runs it.
    pub(super) fn name_of(&self, place: usize, kernel: &str) -> Option<String> {
        let mut commands = self.entries.get(place)?.parts().flat_map(|range| self.commands(range));
        commands.find(|command| command.kernel.to_string() == kernel).map(|command| command.kernel.name().to_owned())
    }

    /// The shortest times, the candidates in turn.
    async fn time(entries: &[&Entry], ready: &ReadyBench<'_>, timer: &Timer) -> Result<Vec<Timing>, GpuError> {
        let mut timings: Vec<Timing> =
            entries.iter().map(|entry| Timing { choice: entry.choice, seconds: f64::INFINITY }).collect();
        let mut repetitions = vec![1.0; entries.len()];
        for round in 0..=ROUNDS {
            let shortest = timings.iter().map(|timing| timing.seconds).fold(f64::INFINITY, f64::min);
            for ((entry, timing), repetitions) in entries.iter().zip(&mut timings).zip(&mut repetitions) {
                // What is far behind after a round will not be chosen.
                if round > 1 && timing.seconds > 2.0 * shortest {
                    continue;
                }
                let places: Vec<usize> = entry.commands.clone().collect();
                let seconds = timer.seconds(ready.prepared(), &places, *repetitions as usize).await? / *repetitions;
                if round > 0 {
                    timing.seconds = timing.seconds.min(seconds);
                }
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
