//! A bench on which an op's commands run between guard words.

use std::sync::Arc;

use bytemuck::Pod;

use crate::gpu::{Buffer, Command, Gpu, GpuError, OFFSET_ALIGNMENT, Prepared, Readback, Recording, View};
use crate::ops::{ELEMENT_BYTES, StepRecord};

/// Stands before and after the tensor of this number: a NaN that no arithmetic makes of numbers. Each tensor has its
/// own: what was read past the end of one passes through sums unchanged, and must be seen where it is written past the
/// end of another.
fn guard(number: usize) -> u32 {
    0x7fc0_8000 | number as u32
}

/// Stands in every element of the output of this number until it is written.
fn unwritten(number: usize) -> u32 {
    0x7fc1_8000 | number as u32
}

/// Guard words before a tensor: as many as keep its offset aligned.
const BEFORE: usize = (OFFSET_ALIGNMENT / ELEMENT_BYTES) as usize;

/// Guard words after a tensor. They are bound with it, so that a write past its end lands there and is seen, and a
/// read past it brings a NaN.
const AFTER: usize = 64;

/// What a check found wrong before any numbers could be compared.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CheckError {
    /// The device failed.
    #[error(transparent)]
    Gpu(Arc<GpuError>),
    /// An output element was not written.
    #[error("element {index} of {elements} of '{name}' was never written")]
    Unwritten {
        /// The tensor's name.
        name: String,
        /// The element.
        index: usize,
        /// How many there are.
        elements: usize,
    },
    /// A word outside a tensor was written.
    #[error("a word outside '{name}' was written: number {position}")]
    Outside {
        /// The tensor's name.
        name: String,
        /// Which, counted from the tensor's edge.
        position: String,
    },
}

impl From<GpuError> for CheckError {
    fn from(error: GpuError) -> Self {
        Self::Gpu(Arc::new(error))
    }
}

struct Tensor {
    name: String,
    words: Vec<u32>,
    /// Whether every element must be written.
    output: bool,
}

/// Collects tensors and commands, runs them once and hands back the tensors.
#[derive(Default)]
pub struct Bench {
    tensors: Vec<Tensor>,
    recording: Recording,
    step: StepRecord,
}

impl Bench {
    /// An empty bench.
    pub fn new() -> Self {
        Self::default()
    }

    /// A tensor with contents; the commands may change it.
    pub fn input<T: Pod>(&mut self, name: &str, contents: &[T]) -> View {
        self.add(name, bytemuck::cast_slice(contents).to_vec(), false)
    }

    /// A tensor of `elements` elements, every one of which the commands must write.
    pub fn output(&mut self, name: &str, elements: usize) -> View {
        self.add(name, vec![unwritten(self.tensors.len()); elements], true)
    }

    /// A tensor for commands' own use, which may stay unwritten; `None` when it has no bytes.
    pub fn scratch(&mut self, bytes: u64) -> Option<View> {
        (bytes > 0).then(|| {
            let words = vec![unwritten(self.tensors.len()); (bytes / ELEMENT_BYTES) as usize];
            self.add("scratch", words, false)
        })
    }

    /// The step record that the commands read.
    pub fn set_step(&mut self, step: StepRecord) {
        self.step = step;
    }

    /// Where tensors begin in their buffers.
    pub(super) fn first_byte() -> u64 {
        OFFSET_ALIGNMENT
    }

    /// What was recorded so far.
    pub(crate) fn commands(&self) -> &[Command] {
        self.recording.commands()
    }

    /// Where ops append their commands.
    pub fn recording(&mut self) -> &mut Recording {
        &mut self.recording
    }

    fn add(&mut self, name: &str, words: Vec<u32>, output: bool) -> View {
        let bytes = (words.len() + AFTER) as u64 * ELEMENT_BYTES;
        self.tensors.push(Tensor { name: name.to_owned(), words, output });
        View { slot: self.tensors.len() - 1, offset: OFFSET_ALIGNMENT, bytes }
    }

    /// Runs the commands once; fails when a guard word changed or an output element was not written.
    pub async fn run(self, gpu: &Gpu) -> Result<Results, CheckError> {
        let tensors = self.run_each(gpu, &[]).await?.into_iter().collect::<Result<_, _>>()?;
        Ok(Results { tensors })
    }

    /// Runs the commands once, without those at the places `left_out`; of every tensor its words, or what is wrong around or
    /// in it.
    pub(super) async fn run_each(
        &self,
        gpu: &Gpu,
        left_out: &[usize],
    ) -> Result<Vec<Result<Vec<u32>, CheckError>>, GpuError> {
        self.prepare_without(gpu, left_out)?.run_each(gpu).await
    }

    /// Compiles what was recorded and binds it to buffers, so that it can be run, and timed.
    pub(crate) fn prepare(&self, gpu: &Gpu) -> Result<ReadyBench<'_>, GpuError> {
        self.prepare_without(gpu, &[])
    }

    fn prepare_without(&self, gpu: &Gpu, left_out: &[usize]) -> Result<ReadyBench<'_>, GpuError> {
        let mut buffers = Vec::new();
        for (number, tensor) in self.tensors.iter().enumerate() {
            let mut words = vec![guard(number); BEFORE];
            words.extend(&tensor.words);
            words.extend([guard(number); AFTER]);
            buffers.push(Buffer::with_contents(gpu, &tensor.name, &words)?);
        }
        let steps = Buffer::uniform(gpu, "step", StepRecord::BYTES)?;
        steps.write(gpu, 0, &[self.step])?;
        let recording = self.recording.without(left_out);
        let prepared = gpu.prepare("check", &recording, &buffers, Some((&steps, StepRecord::BYTES)))?;
        Ok(ReadyBench { tensors: &self.tensors, buffers, prepared })
    }
}

/// A bench with its buffers.
pub(crate) struct ReadyBench<'a> {
    tensors: &'a [Tensor],
    buffers: Vec<Buffer>,
    prepared: Prepared,
}

impl ReadyBench<'_> {
    /// The commands, at the places that they have in the recording.
    pub(crate) fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// Runs the commands once; of the tensor that each of these views was given for its words, or what is wrong around or in
    /// it.
    pub(crate) async fn run(&self, gpu: &Gpu, views: &[View]) -> Result<Vec<Result<Vec<u32>, CheckError>>, GpuError> {
        self.submit(gpu)?;
        let slots: Vec<usize> = views.iter().map(|view| view.slot).collect();
        self.read(gpu, &slots).await
    }

    async fn run_each(&self, gpu: &Gpu) -> Result<Vec<Result<Vec<u32>, CheckError>>, GpuError> {
        self.submit(gpu)?;
        self.read(gpu, &(0..self.tensors.len()).collect::<Vec<_>>()).await
    }

    fn submit(&self, gpu: &Gpu) -> Result<(), GpuError> {
        let mut submission = gpu.begin("check");
        submission.replay(&self.prepared, 0);
        submission.submit().map(|_| ())
    }

    /// The words of these tensors.
    async fn read(&self, gpu: &Gpu, slots: &[usize]) -> Result<Vec<Result<Vec<u32>, CheckError>>, GpuError> {
        let largest = self.buffers.iter().map(Buffer::size).max().unwrap_or(0);
        let readback = Readback::new(gpu, "check: readback", largest)?;
        let mut results = Vec::new();
        for &number in slots {
            let (Some(tensor), Some(buffer)) = (self.tensors.get(number), self.buffers.get(number)) else { continue };
            let bytes = readback.read(buffer, 0, buffer.size()).await?;
            let words: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes);
            results.push(inspect(number, tensor, &words));
        }
        Ok(results)
    }
}

/// The tensor's own words, when the guards around them stand and an output is written throughout.
fn inspect(number: usize, tensor: &Tensor, words: &[u32]) -> Result<Vec<u32>, CheckError> {
    let (elements, guard) = (tensor.words.len(), guard(number));
    let outside = |position: String| CheckError::Outside { name: tensor.name.clone(), position };
    if let Some(at) = words[..BEFORE].iter().position(|&word| word != guard) {
        return Err(outside(format!("{} before its start", BEFORE - at)));
    }
    let after = &words[BEFORE + elements..][..AFTER];
    if let Some(at) = after.iter().position(|&word| word != guard) {
        return Err(outside(format!("{} past its end", at + 1)));
    }
    let inside = &words[BEFORE..BEFORE + elements];
    if tensor.output
        && let Some(index) = inside.iter().position(|&word| word == unwritten(number))
    {
        return Err(CheckError::Unwritten { name: tensor.name.clone(), index, elements });
    }
    Ok(inside.to_vec())
}

/// The tensors after the commands have run.
pub struct Results {
    tensors: Vec<Vec<u32>>,
}

impl Results {
    /// The elements of the tensor that `view` was given for.
    pub fn get<T: Pod>(&self, view: View) -> Vec<T> {
        self.tensors.get(view.slot).map(|words| bytemuck::pod_collect_to_vec(words)).unwrap_or_default()
    }
}
