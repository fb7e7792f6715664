//! An op's commands at one shape together with what they must give, so that whatever is wrong has the name of a kernel.

use std::collections::BTreeSet;

use bytemuck::Pod;

use super::{Agreement, Bench, CheckError, Disagreement, compare};
use crate::gpu::{Command, Gpu, GpuError, View};

/// Commands on a bench, and what each tensor that they write must hold.
pub struct Case {
    /// The op with its extents.
    pub description: String,
    /// Where tensors and commands go.
    pub bench: Bench,
    expectations: Vec<Expectation>,
}

/// Compares a tensor's words with what they must be.
type Judge = Box<dyn Fn(&[u32]) -> Result<Agreement, Disagreement> + Send>;

/// What a tensor must hold, or a part of it.
struct Expectation {
    view: View,
    what: &'static str,
    judge: Judge,
}

/// How a kernel failed.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// It could not run, or wrote where it must not or not where it must.
    #[error(transparent)]
    Bench(#[from] CheckError),
    /// It wrote other numbers.
    #[error("{what}: {disagreement}")]
    Numbers {
        /// What they are.
        what: &'static str,
        /// How they differ.
        disagreement: Disagreement,
    },
}

/// What came out of one command.
#[derive(Debug)]
pub struct Verdict {
    /// Its kernel, by the path in `shaders/`.
    pub kernel: String,
    /// What the command does.
    pub label: String,
    /// The agreement that comes closest to its bound, or what is wrong.
    pub outcome: Result<Agreement, Wrong>,
}

impl Case {
    /// A case without commands. `description` tells the op with its extents.
    pub fn new(description: impl std::fmt::Debug) -> Self {
        Self { description: format!("{description:?}"), bench: Bench::new(), expectations: Vec::new() }
    }

    /// Asks for these numbers, each a sum of `terms` summands, as [`compare`] does.
    pub fn agrees(&mut self, view: View, what: &'static str, expected: Vec<f64>, terms: usize) {
        self.agrees_in(view, what, <[f32]>::to_vec, expected, terms);
    }

    /// Asks for these numbers in what `part` takes from the tensor.
    pub fn agrees_in(
        &mut self,
        view: View,
        what: &'static str,
        part: impl Fn(&[f32]) -> Vec<f32> + Send + 'static,
        expected: Vec<f64>,
        terms: usize,
    ) {
        self.expect(view, what, move |words| compare(&part(&bytemuck::pod_collect_to_vec(words)), &expected, terms));
    }

    /// Asks that the rows of the tensor, of as many columns as there are numbers, add up to these, each a sum of
    /// `terms` summands in all. For what a pass writes for another that adds it up.
    pub fn adds_up(&mut self, view: View, what: &'static str, expected: Vec<f64>, terms: usize) {
        let columns = expected.len();
        let sum = move |values: &[f32]| {
            let mut sums = vec![0.0_f64; columns];
            values.iter().enumerate().for_each(|(place, value)| sums[place % columns] += f64::from(*value));
            sums.into_iter().map(|sum| sum as f32).collect()
        };
        self.agrees_in(view, what, sum, expected, terms);
    }

    /// Asks for these numbers to the bit.
    pub fn equals<T: Pod>(&mut self, view: View, what: &'static str, expected: &[T]) {
        self.equals_in(view, what, |words| words.to_vec(), expected);
    }

    /// Asks for these numbers to the bit in what `part` takes from the tensor's words.
    pub fn equals_in<T: Pod>(
        &mut self,
        view: View,
        what: &'static str,
        part: impl Fn(&[u32]) -> Vec<u32> + Send + 'static,
        expected: &[T],
    ) {
        let expected: Vec<u32> = bytemuck::pod_collect_to_vec(expected);
        self.expect(view, what, move |words| {
            let words = part(words);
            if words.len() != expected.len() {
                return Err(Disagreement::Length { actual: words.len(), expected: expected.len() });
            }
            match words.iter().zip(&expected).position(|(actual, expected)| actual != expected) {
                Some(index) => Err(Disagreement::Bits { index, actual: words[index], expected: expected[index] }),
                None => Ok(Agreement { worst: 0.0, bound: 0.0 }),
            }
        });
    }

    fn expect(
        &mut self,
        view: View,
        what: &'static str,
        judge: impl Fn(&[u32]) -> Result<Agreement, Disagreement> + Send + 'static,
    ) {
        self.expectations.push(Expectation { view, what, judge: Box::new(judge) });
    }

    /// The kernels that run, by their paths in `shaders/`, as often as they do.
    pub fn kernels(&self) -> impl Iterator<Item = &str> {
        self.bench.commands().iter().map(|command| command.kernel.name())
    }

    /// The same, each once, in order of their names.
    pub fn distinct_kernels(&self) -> Vec<String> {
        self.kernels().collect::<BTreeSet<&str>>().into_iter().map(str::to_owned).collect()
    }

    /// Runs the commands once and judges each by what it wrote. One that reads what another wrote wrongly is not
    /// judged: its numbers say nothing of itself.
    ///
    /// # Errors
    ///
    /// Where the device fails; a kernel that cannot be compiled is a verdict.
    pub async fn run(&self, gpu: &Gpu) -> Result<Vec<Verdict>, GpuError> {
        // Commands, by their places, whose kernels the device did not take; the others run without them.
        let mut refused: Vec<(usize, CheckError)> = Vec::new();
        let tensors = loop {
            let places: Vec<usize> = refused.iter().map(|(place, _)| *place).collect();
            match self.bench.run_each(gpu, &places).await {
                Ok(tensors) => break tensors,
                Err(error) => refused.extend(self.not_compiled(error)?),
            }
        };
        let mut verdicts = Vec::new();
        // Places that hold wrong numbers, and those that hold what followed from them.
        let mut spoilt: Vec<(usize, u64)> = Vec::new();
        for (number, (command, writes)) in self.bench.commands().iter().zip(self.writes()?).enumerate() {
            let place = |view: &View| (view.slot, view.offset);
            let told =
                |outcome| Verdict { kernel: command.kernel.name().to_owned(), label: command.label.clone(), outcome };
            if let Some((_, error)) = refused.iter().find(|(refused, _)| *refused == number) {
                spoilt.extend(writes.iter().map(place));
                verdicts.push(told(Err(error.clone().into())));
                continue;
            }
            let reads = command.bindings.iter().map(|(_, view)| view).filter(|view| !writes.contains(view));
            if reads.map(place).any(|place| spoilt.contains(&place)) {
                spoilt.extend(writes.iter().map(place));
                continue;
            }
            let mut outcome = Ok(None);
            for view in &writes {
                let found = self.judge(view, &tensors);
                spoilt.extend(found.is_err().then(|| place(view)));
                outcome = outcome.and_then(|closest| found.map(|agreement| closer(closest, agreement)));
            }
            verdicts.extend(outcome.transpose().map(told));
        }
        Ok(verdicts)
    }

    /// The tensors that each command writes.
    fn writes(&self) -> Result<Vec<Vec<View>>, GpuError> {
        let writes = |command: &Command| {
            let names = command.kernel.written_bindings()?;
            let written = command.bindings.iter().filter(|(name, _)| names.iter().any(|written| written == name));
            Ok(written.map(|(_, view)| *view).collect())
        };
        self.bench.commands().iter().map(writes).collect()
    }

    /// The closest agreement of all that is asked of a tensor; `None` where nothing is.
    fn judge(&self, view: &View, tensors: &[Result<Vec<u32>, CheckError>]) -> Result<Option<Agreement>, Wrong> {
        let words = match tensors.get(view.slot) {
            Some(Ok(words)) => words,
            Some(Err(error)) => return Err(error.clone().into()),
            None => return Ok(None),
        };
        let mut closest = None;
        for expectation in self.expectations.iter().filter(|expectation| expectation.view == *view) {
            let from = ((view.offset - Bench::first_byte()) / crate::ops::ELEMENT_BYTES) as usize;
            let until = words.len().min(from + (view.bytes / crate::ops::ELEMENT_BYTES) as usize);
            let agreement = (expectation.judge)(words.get(from..until).unwrap_or_default())
                .map_err(|disagreement| Wrong::Numbers { what: expectation.what, disagreement })?;
            closest = closer(closest, Some(agreement));
        }
        Ok(closest)
    }

    /// The places of the commands whose kernel the device did not take, with the reason.
    fn not_compiled(&self, error: GpuError) -> Result<Vec<(usize, CheckError)>, GpuError> {
        let GpuError::Kernel { kernel, .. } = &error else { return Err(error) };
        let commands = self.bench.commands().iter().enumerate();
        let places: Vec<usize> =
            commands.filter(|(_, command)| command.kernel.to_string() == *kernel).map(|(place, _)| place).collect();
        if places.is_empty() {
            return Err(error);
        }
        let reason = CheckError::from(error);
        Ok(places.into_iter().map(|place| (place, reason.clone())).collect())
    }
}

/// The one that is closer to its bound.
fn closer(a: Option<Agreement>, b: Option<Agreement>) -> Option<Agreement> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.share() > a.share() { b } else { a }),
        (a, b) => a.or(b),
    }
}
