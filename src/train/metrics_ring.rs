//! The ring into which steps write their metrics, and the way back to the host.

use super::TrainError;
use crate::gpu::{Buffer, Gpu, Readback, Submission, Submitted};
use crate::ops::StepRecord;
use crate::plan::{MemoryItem, Request};

/// Steps that may stand in one submission: half the ring, so that one half fills while the other is read.
pub(super) const MOST_STEPS: usize = Request::RING_SLOTS / 2;

/// Bytes of one half of the ring.
const HALF_BYTES: u64 = Request::RING_BYTES / 2;

/// Step records, metrics and the two halves' ways back.
pub(super) struct MetricsRing {
    pub(super) ring: Buffer,
    pub(super) steps: Buffer,
    readbacks: [Readback; 2],
}

/// What a step wrote: the sum of the losses and the number of correct predictions of its batch. A training step whose
/// numbers are not finite has the loss NaN.
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub(super) struct Slot {
    pub(super) loss: f32,
    pub(super) correct: f32,
}

impl MetricsRing {
    const RECORDS_BYTES: u64 = MOST_STEPS as u64 * StepRecord::STRIDE;

    pub(super) fn memory() -> Vec<MemoryItem> {
        let item = |label: &str, bytes| MemoryItem { label: label.to_owned(), bytes: Buffer::size_for(bytes) };
        vec![
            item("metrics", Request::RING_BYTES),
            item("step records", Self::RECORDS_BYTES),
            item("metrics: readback", HALF_BYTES),
            item("metrics: readback", HALF_BYTES),
        ]
    }

    pub(super) fn allocate(gpu: &Gpu) -> Result<Self, TrainError> {
        let readback = || Readback::new(gpu, "metrics: readback", HALF_BYTES);
        Ok(Self {
            ring: Buffer::storage(gpu, "metrics", Request::RING_BYTES)?,
            steps: Buffer::uniform(gpu, "step records", Self::RECORDS_BYTES)?,
            readbacks: [readback()?, readback()?],
        })
    }

    /// The slot of step `number` of a submission that writes to this half.
    pub(super) fn slot(half: usize, number: usize) -> u32 {
        (half * MOST_STEPS + number) as u32
    }

    /// Sends the records of the next submission's steps.
    pub(super) fn write_records(&self, gpu: &Gpu, records: &[StepRecord]) -> Result<(), TrainError> {
        // Written as a whole: each record at the start of its stride, zeros behind it.
        let mut bytes = vec![0_u8; records.len() * StepRecord::STRIDE as usize];
        for (place, record) in bytes.chunks_exact_mut(StepRecord::STRIDE as usize).zip(records) {
            place[..size_of::<StepRecord>()].copy_from_slice(bytemuck::bytes_of(record));
        }
        Ok(self.steps.write(gpu, 0, &bytes)?)
    }

    /// Appends the copy of a half's first slots.
    pub(super) fn request(&self, submission: &mut Submission, half: usize, slots: usize) {
        let bytes = (slots * size_of::<Slot>()) as u64;
        self.readbacks[half].request(submission, &self.ring, half as u64 * HALF_BYTES, bytes);
    }

    /// The half's first slots, once the submission that writes them is done.
    pub(super) async fn receive(
        &self,
        half: usize,
        slots: usize,
        submitted: &Submitted,
    ) -> Result<Vec<Slot>, TrainError> {
        let bytes = self.readbacks[half].receive(submitted, (slots * size_of::<Slot>()) as u64).await?;
        Ok(bytemuck::pod_collect_to_vec(&bytes))
    }
}
