//! Which kernel is the fastest for each pass on the device at hand: measured, and remembered in the cache folder.
//!
//! Every candidate must first give what the naive kernel gives, on the pass' real shape; then they are timed in turn. The
//! kernel that the adapter's class would take stays unless another one is faster by more than measurements differ.

mod cache;
mod error;
mod measurement;

pub use cache::ChoiceCache;
pub use error::TuningError;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::gpu::{Command, Gpu, GpuError, Timer};
use crate::ops::{KernelChoice, KernelChoices, Pass};
use measurement::{Measurements, Sheet, Timing};

/// How long the measurements for a model may take together. None is begun that would take longer if it took as long as the
/// longest before it, most of which may be the compiler's. What is not measured takes the kernel of the adapter's class, and
/// is measured another time.
const BUDGET: Duration = Duration::from_secs(2);

/// Multiply-adds per second that the naive kernels are taken to do, all invocations together: on the CPU, and on a GPU.
const NAIVE_RATES: [f64; 2] = [5e8, 2e10];

/// The same of a single invocation.
const INVOCATION_RATE: f64 = 1e7;

/// Seconds that a naive kernel may take by these rates: on the CPU, and on a GPU, where all candidates are one submission,
/// which must end long before a system thinks that the GPU hangs.
const LONGEST: [f64; 2] = [2.0, 0.1];

/// Bytes that the tensors of a pass may take, candidate by candidate.
const MOST_BYTES: usize = 512 << 20;

/// Another kernel than that of the adapter's class is chosen where it takes no more than this share of its time.
const WORTH_IT: f64 = 0.9;

/// Chooses kernels, and keeps account of the time that it takes.
pub struct Tuning {
    gpu: Gpu,
    timer: Timer,
    cache: Option<ChoiceCache>,
    left: Duration,
    /// How long the longest measurement took.
    longest: Duration,
    /// The kernels that were found wrong, or do not compile.
    wrong: Vec<String>,
    /// How each pass was chosen for, by its text; the last way counts.
    ways: BTreeMap<String, Way>,
    seconds: f64,
}

/// How a pass was chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Measured,
    Remembered,
    Fixed,
}

/// How many passes were chosen for, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TuningCounts {
    /// By measurements.
    pub measured: usize,
    /// By what was measured earlier.
    pub remembered: usize,
    /// By the adapter's class: there is no other kernel, or no time was left, or nothing could be measured.
    pub fixed: usize,
    /// Seconds that it took.
    pub seconds: f64,
}

/// A way to run a pass.
#[derive(Clone, Debug)]
struct Candidate {
    choice: KernelChoice,
    /// The other choices that are the same commands.
    also: Vec<KernelChoice>,
    commands: Vec<Command>,
}

impl Tuning {
    /// Begins, with what was measured earlier in `cache`.
    pub fn new(gpu: &Gpu, cache: Option<ChoiceCache>) -> Result<Self, GpuError> {
        Ok(Self {
            gpu: gpu.clone(),
            timer: Timer::new(gpu)?,
            cache,
            left: BUDGET,
            longest: Duration::ZERO,
            wrong: Vec::new(),
            ways: BTreeMap::new(),
            seconds: 0.0,
        })
    }

    /// How many passes were chosen for so far.
    pub fn counts(&self) -> TuningCounts {
        let count = |way: Way| self.ways.values().filter(|own| **own == way).count();
        TuningCounts {
            measured: count(Way::Measured),
            remembered: count(Way::Remembered),
            fixed: count(Way::Fixed),
            seconds: self.seconds,
        }
    }

    /// The kernels that were found wrong so far, or do not compile: no pass should run them.
    pub fn wrong(&self) -> &[String] {
        &self.wrong
    }

    /// Adds a choice to `choices` for each of these passes that has none there; the longest are measured first.
    pub async fn choose(&mut self, passes: &[Pass], choices: &mut KernelChoices) -> Result<(), TuningError> {
        let started = Instant::now();
        let mut unknown: Vec<&Pass> = passes.iter().filter(|pass| choices.get(pass).is_none()).collect();
        unknown.sort_by_key(|pass| std::cmp::Reverse(pass.multiply_adds()));
        for pass in unknown {
            let chosen = self.choice(pass).await;
            let (choice, way) = chosen.map_err(|source| TuningError { pass: pass.to_string(), source })?;
            choices.insert(pass, choice);
            self.ways.insert(pass.to_string(), way);
        }
        self.seconds += started.elapsed().as_secs_f64();
        Ok(())
    }

    /// Takes away the choices for these passes that run a kernel which was found wrong since: it may be right for one pass
    /// and turn out to be wrong for another, and is then not to be trusted with any.
    pub fn withdraw(&self, passes: &[Pass], choices: &mut KernelChoices) {
        for pass in passes {
            // The naive kernel is the last resort, whatever was found of it.
            let choice = choices.get(pass).filter(|choice| *choice != KernelChoice::Naive);
            let commands = choice.map(|choice| pass.commands(choice, self.gpu.failed_kernels())).unwrap_or_default();
            if commands.iter().any(|command| self.wrong.iter().any(|name| command.kernel.name() == name)) {
                choices.remove(pass);
            }
        }
    }

    /// Adds the choice of the adapter's class for each of these passes that has none there, without measuring.
    pub fn choose_by_class(&mut self, passes: &[Pass], choices: &mut KernelChoices) {
        for pass in passes {
            if choices.get(pass).is_none() {
                let candidates = self.candidates(pass);
                choices.insert(pass, self.by_class(&candidates));
            }
        }
    }

    /// The choice for one pass.
    async fn choice(&mut self, pass: &Pass) -> Result<(KernelChoice, Way), GpuError> {
        let candidates = self.candidates(pass);
        let by_class = self.by_class(&candidates);
        // The naive one is only there for comparison.
        if candidates.len() < 3 {
            return Ok((by_class, Way::Fixed));
        }
        if let Some(choice) = self.cache.as_ref().and_then(|cache| cache.get(&self.gpu, pass, &candidates)) {
            return Ok((choice, Way::Remembered));
        }
        let started = Instant::now();
        let timings = if self.may_measure(pass, candidates.len()) {
            self.measured(pass, candidates.clone()).await?
        } else {
            None
        };
        self.left = self.left.saturating_sub(started.elapsed());
        self.longest = self.longest.max(started.elapsed());
        let Some(timings) = timings else {
            return Ok((by_class, Way::Fixed));
        };
        for Timing { choice, seconds } in &timings {
            log::debug!("{pass}: {choice:?} takes {:.0} us", seconds * 1e6);
        }
        let choice = fastest(&timings, by_class);
        // What is wrong is found out anew each time: a choice that is remembered would hide it from other passes. What is
        // right is written at once, so that what ends the program later takes none of it away.
        if let Some(cache) = self.cache.as_mut().filter(|_| self.wrong.is_empty()) {
            cache.insert(&self.gpu, pass, &candidates, choice, &timings);
        }
        Ok((choice, Way::Measured))
    }

    /// Whether there is time and memory to measure a pass.
    fn may_measure(&self, pass: &Pass, candidates: usize) -> bool {
        let kind = usize::from(!self.gpu.is_software());
        let naive = (pass.multiply_adds() as f64 / NAIVE_RATES[kind]).max(pass.terms() as f64 / INVOCATION_RATE);
        let bytes = pass.bytes(candidates);
        let expected = self.longest.as_secs_f64().max(naive);
        let may = expected < self.left.as_secs_f64() && naive < LONGEST[kind] && bytes <= MOST_BYTES;
        if !may {
            log::debug!("{pass}: not measured; it might take {expected:.2} s, and its tensors {bytes} bytes");
        }
        may
    }

    /// The choice of the adapter's class among the candidates: where its kernel is not to be trusted, a plainer one.
    fn by_class(&self, candidates: &[Candidate]) -> KernelChoice {
        let mut plainer = std::iter::successors(Some(KernelChoice::Fast.on(&self.gpu)), |choice| choice.plainer());
        let trusted = plainer.find_map(|choice| candidates.iter().find(|candidate| candidate.serves(choice)));
        trusted.map_or(KernelChoice::Naive, |candidate| candidate.choice)
    }

    /// The choices that differ for this pass on this device, the naive one first; without those whose kernels failed there.
    fn candidates(&self, pass: &Pass) -> Vec<Candidate> {
        let failed = self.gpu.failed_kernels();
        let mut candidates: Vec<Candidate> = Vec::new();
        for choice in KernelChoice::worth_measuring(&self.gpu) {
            let commands = pass.commands(choice, failed);
            // Whoever repeats the training knows the list of failed kernels, but not what was found wrong today.
            let mut wrong = failed.iter().chain(&self.wrong);
            let fails = wrong.any(|name| commands.iter().any(|command| command.kernel.name() == name));
            match candidates.iter_mut().find(|other| other.commands == commands) {
                Some(other) => other.also.push(choice),
                None if fails && choice != KernelChoice::Naive => {}
                None => candidates.push(Candidate { choice, also: Vec::new(), commands }),
            }
        }
        candidates
    }

    /// How long each candidate takes that is right, beside the naive one; `None` where that one could not be run, so that
    /// nothing is known.
    async fn measured(&mut self, pass: &Pass, mut left: Vec<Candidate>) -> Result<Option<Vec<Timing>>, GpuError> {
        loop {
            let choices: Vec<KernelChoice> = left.iter().map(|candidate| candidate.choice).collect();
            let sheet = Sheet::new(pass, &choices, self.gpu.failed_kernels());
            let error = match sheet.timings(&self.gpu, &self.timer).await {
                Ok(Some(Measurements { timings, wrong })) => {
                    self.wrong.extend(wrong);
                    return Ok(Some(timings));
                }
                Ok(None) => return Ok(None),
                Err(error) => error,
            };
            // One kernel that does not compile keeps no other from being measured.
            let GpuError::Kernel { kernel: failing, .. } = &error else {
                log::debug!("{pass}: not measured: {error}");
                return if matches!(error, GpuError::DeviceLost { .. }) { Err(error) } else { Ok(None) };
            };
            log::warn!("{pass}: {error}");
            let names: Vec<Option<String>> = (0..left.len()).map(|place| sheet.name_of(place, failing)).collect();
            let blamed: Vec<String> = names.iter().skip(1).flatten().cloned().collect();
            if blamed.is_empty() || names.first().is_some_and(Option::is_some) {
                return Ok(None);
            }
            let mut names = names.into_iter();
            left.retain(|_| names.next().flatten().is_none());
            self.wrong.extend(blamed);
        }
    }
}

impl Candidate {
    /// Whether a choice means these commands.
    fn serves(&self, choice: KernelChoice) -> bool {
        self.choice == choice || self.also.contains(&choice)
    }
}

/// The fastest choice; `by_class` where none is faster by enough, the naive one where none is right.
fn fastest(timings: &[Timing], by_class: KernelChoice) -> KernelChoice {
    let Some(best) = timings.iter().min_by(|a, b| a.seconds.total_cmp(&b.seconds)) else { return KernelChoice::Naive };
    let stays = timings.iter().any(|own| own.choice == by_class && best.seconds >= own.seconds * WORTH_IT);
    if stays { by_class } else { best.choice }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing(choice: KernelChoice, seconds: f64) -> Timing {
        Timing { choice, seconds }
    }

    #[test]
    fn another_kernel_is_chosen_only_where_it_is_clearly_faster() {
        use KernelChoice::{Block, Subgroup};
        let timings = |block: f64| [timing(Block, block), timing(Subgroup, 1.0)];
        assert_eq!(fastest(&timings(0.95), Subgroup), Subgroup);
        assert_eq!(fastest(&timings(0.5), Subgroup), Block);
        assert_eq!(fastest(&timings(2.0), Block), Subgroup);
    }

    #[test]
    fn what_is_too_short_to_be_timed_changes_nothing() {
        let timings = [timing(KernelChoice::Block, 0.0), timing(KernelChoice::Subgroup, 0.0)];
        assert_eq!(fastest(&timings, KernelChoice::Subgroup), KernelChoice::Subgroup);
    }

    #[test]
    fn a_kernel_that_was_wrong_is_not_chosen() {
        let timings = [timing(KernelChoice::Block, 1.0)];
        assert_eq!(fastest(&timings, KernelChoice::Subgroup), KernelChoice::Block);
        assert_eq!(fastest(&[], KernelChoice::Subgroup), KernelChoice::Naive);
    }
}
