//! Which kernel is the fastest for each pass on the device at hand: measured, and remembered in the cache folder.
//!
//! Every candidate must first give what the naive kernel gives, on the pass' real shape; then they are timed in turn. The
//! kernel that the adapter's class would take stays unless another one is faster by more than measurements differ.

mod cache;
mod measurement;

pub use cache::ChoiceCache;

use std::time::{Duration, Instant};

use crate::gpu::{Command, Gpu, GpuError, Timer};
use crate::ops::{KernelChoice, KernelChoices, Pass};
use measurement::{Sheet, Timing};

/// How long the measurements for a model may take together. What is not measured by then takes the kernel of the adapter's
/// class, and is measured another time.
const BUDGET: Duration = Duration::from_secs(2);

/// Multiply-adds per second that the naive kernels do at least: on the CPU, and on a GPU.
const NAIVE_RATES: [f64; 2] = [5e8, 2e10];

/// Another kernel than that of the adapter's class is chosen where it takes no more than this share of its time.
const WORTH_IT: f64 = 0.9;

/// Chooses kernels, and keeps account of the time that it takes.
pub struct Tuning {
    gpu: Gpu,
    timer: Timer,
    cache: Option<ChoiceCache>,
    left: Duration,
    counts: TuningCounts,
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
    commands: Vec<Command>,
}

impl Tuning {
    /// Begins, with what was measured earlier in `cache`.
    pub fn new(gpu: &Gpu, cache: Option<ChoiceCache>) -> Result<Self, GpuError> {
        let (timer, counts) = (Timer::new(gpu)?, TuningCounts::default());
        Ok(Self { gpu: gpu.clone(), timer, cache, left: BUDGET, counts })
    }

    /// How many passes were chosen for so far.
    pub fn counts(&self) -> TuningCounts {
        self.counts
    }

    /// Adds a choice to `choices` for each of these passes that has none there; the longest are measured first.
    pub async fn choose(&mut self, passes: &[Pass], choices: &mut KernelChoices) -> Result<(), GpuError> {
        let started = Instant::now();
        let mut unknown: Vec<&Pass> = passes.iter().filter(|pass| choices.get(pass).is_none()).collect();
        unknown.sort_by_key(|pass| std::cmp::Reverse(pass.multiply_adds()));
        for pass in unknown {
            choices.insert(pass, self.choice(pass).await?);
        }
        if let Some(cache) = &self.cache {
            cache.save();
        }
        self.counts.seconds += started.elapsed().as_secs_f64();
        Ok(())
    }

    /// The choice for one pass.
    async fn choice(&mut self, pass: &Pass) -> Result<KernelChoice, GpuError> {
        let candidates = candidates(&self.gpu, pass);
        let class = KernelChoice::Fast.on(&self.gpu);
        // Where the kernel of the adapter's class is not to be trusted, a plainer one stands for it.
        let plainer = std::iter::successors(Some(class), |choice| choice.plainer());
        let fixed = plainer.into_iter().find(|choice| candidates.iter().any(|other| other.choice == *choice));
        let fixed = fixed.unwrap_or(KernelChoice::Naive);
        // The naive one is only there for comparison.
        if candidates.len() < 3 {
            self.counts.fixed += 1;
            return Ok(fixed);
        }
        if let Some(choice) = self.cache.as_ref().and_then(|cache| cache.get(&self.gpu, pass, &candidates)) {
            self.counts.remembered += 1;
            return Ok(choice);
        }
        let started = Instant::now();
        let naive_seconds = pass.multiply_adds() as f64 / NAIVE_RATES[usize::from(!self.gpu.is_software())];
        let timings = if Duration::from_secs_f64(naive_seconds) < self.left {
            measured(&self.gpu, &self.timer, pass, &candidates).await?
        } else {
            log::debug!("{pass}: not measured, since its naive kernel would take {naive_seconds:.1} s");
            Vec::new()
        };
        self.left = self.left.saturating_sub(started.elapsed());
        for Timing { choice, seconds } in &timings {
            log::debug!("{pass}: {choice:?} takes {:.0} us", seconds * 1e6);
        }
        let Some(choice) = fastest(&timings, fixed) else {
            self.counts.fixed += 1;
            return Ok(fixed);
        };
        self.counts.measured += 1;
        if let Some(cache) = &mut self.cache {
            cache.insert(&self.gpu, pass, &candidates, choice, &timings);
        }
        Ok(choice)
    }
}

/// The choices that differ for this pass on this device, the naive one first; without those whose kernels failed there.
fn candidates(gpu: &Gpu, pass: &Pass) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for choice in KernelChoice::worth_measuring(gpu) {
        let commands = pass.commands(choice);
        let fails = commands.iter().any(|command| gpu.has_failed(command.kernel.name()));
        let known = candidates.iter().any(|other| other.commands == commands);
        if choice == KernelChoice::Naive || !(fails || known) {
            candidates.push(Candidate { choice, commands });
        }
    }
    candidates
}

/// How long each candidate takes that is right, beside the naive one; none where that one could not be run.
async fn measured(gpu: &Gpu, timer: &Timer, pass: &Pass, candidates: &[Candidate]) -> Result<Vec<Timing>, GpuError> {
    let mut left: Vec<Candidate> = candidates.to_vec();
    loop {
        let choices: Vec<KernelChoice> = left.iter().map(|candidate| candidate.choice).collect();
        let error = match Sheet::new(pass, &choices).timings(gpu, timer).await {
            Ok(timings) => return Ok(timings),
            Err(error) => error,
        };
        // One kernel that does not compile keeps no other from being measured.
        let GpuError::Kernel { kernel: failing, .. } = &error else {
            log::debug!("{pass}: not measured: {error}");
            return if matches!(error, GpuError::DeviceLost { .. }) { Err(error) } else { Ok(Vec::new()) };
        };
        let runs =
            |candidate: &Candidate| candidate.commands.iter().any(|command| command.kernel.to_string() == *failing);
        let before = left.len();
        left.retain(|candidate| candidate.choice == KernelChoice::Naive || !runs(candidate));
        log::warn!("{pass}: {error}");
        if left.len() == before {
            return Ok(Vec::new());
        }
    }
}

/// The fastest choice, or `fixed` where none is faster by enough.
fn fastest(timings: &[Timing], fixed: KernelChoice) -> Option<KernelChoice> {
    let best = timings.iter().min_by(|a, b| a.seconds.total_cmp(&b.seconds))?;
    let stays = timings.iter().any(|own| own.choice == fixed && best.seconds > own.seconds * WORTH_IT);
    Some(if stays { fixed } else { best.choice })
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
        assert_eq!(fastest(&timings(0.95), Subgroup), Some(Subgroup));
        assert_eq!(fastest(&timings(0.5), Subgroup), Some(Block));
        assert_eq!(fastest(&timings(2.0), Block), Some(Subgroup));
    }

    #[test]
    fn a_fixed_kernel_that_was_wrong_is_not_chosen() {
        let timings = [timing(KernelChoice::Block, 1.0)];
        assert_eq!(fastest(&timings, KernelChoice::Subgroup), Some(KernelChoice::Block));
        assert_eq!(fastest(&[], KernelChoice::Subgroup), None);
    }
}
