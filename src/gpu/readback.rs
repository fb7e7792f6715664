//! Brings what the device computed back to the host.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use super::{Buffer, Gpu, GpuError, Submission, Submitted};

/// A staging buffer through which results come back, made once and used again.
pub struct Readback {
    gpu: Gpu,
    staging: Buffer,
    // Made once, so that a stream of results comes back without allocating.
    arrival: Arc<Mutex<Arrival>>,
}

/// What the mapping callback leaves for the one who waits.
#[derive(Default)]
struct Arrival {
    /// Counts the waits: what an earlier one, given up, still brings is not the present one's.
    wait: u64,
    result: Option<Result<(), wgpu::BufferAsyncError>>,
    waker: Option<Waker>,
}

impl Readback {
    /// A readback of at most `bytes` bytes at a time.
    pub fn new(gpu: &Gpu, label: &str, bytes: u64) -> Result<Self, GpuError> {
        Ok(Self { gpu: gpu.clone(), staging: Buffer::staging(gpu, label, bytes)?, arrival: Arc::default() })
    }

    /// Appends to `submission` the copy of `bytes` bytes, a multiple of 4, from `offset` of `source`.
    /// [`Readback::receive`] waits for them once it is submitted.
    pub fn request(&self, submission: &mut Submission, source: &Buffer, offset: u64, bytes: u64) {
        submission.copy(source, offset, &self.staging, 0, bytes);
    }

    /// The most bytes at a time.
    pub fn capacity(&self) -> u64 {
        self.staging.size()
    }

    /// Waits for the copy of this submission, and for no later one, and returns its first `bytes` bytes.
    pub async fn receive(&self, submitted: &Submitted, bytes: u64) -> Result<Vec<u8>, GpuError> {
        let mut contents = vec![0; bytes as usize];
        self.receive_into(submitted, &mut contents).await?;
        Ok(contents)
    }

    /// The same, into memory that is there: fills `contents`, whose length is a multiple of 4, and allocates nothing of
    /// its own.
    pub async fn receive_into(&self, submitted: &Submitted, contents: &mut [u8]) -> Result<(), GpuError> {
        let bytes = contents.len() as u64;
        let arrival = &self.arrival;
        let wait = {
            let mut arrival = arrival.lock().unwrap_or_else(PoisonError::into_inner);
            *arrival = Arrival { wait: arrival.wait + 1, ..Arrival::default() };
            arrival.wait
        };
        let sender = arrival.clone();
        let raw = self.staging.raw();
        raw.map_async(wgpu::MapMode::Read, 0..bytes, move |result| {
            let mut arrival = sender.lock().unwrap_or_else(PoisonError::into_inner);
            if arrival.wait != wait {
                return;
            }
            arrival.result = Some(result);
            if let Some(waker) = arrival.waker.take() {
                waker.wake();
            }
        });
        let mapped = poll_fn(|context| {
            if let Some(result) = arrival.lock().unwrap_or_else(PoisonError::into_inner).result.take() {
                return Poll::Ready(Ok(result));
            }
            // On native nobody else drives the device: wait for it here. In a browser this returns at once and the
            // callback wakes the task.
            let wait = wgpu::PollType::Wait { submission_index: Some(submitted.index.clone()), timeout: None };
            if let Err(error) = self.gpu.device().poll(wait) {
                return Poll::Ready(Err(error));
            }
            // Another thread's poll may be delivering it right now: look and leave the waker under one lock, or the
            // delivery falls between the two and wakes nobody.
            let mut arrival = arrival.lock().unwrap_or_else(PoisonError::into_inner);
            match arrival.result.take() {
                Some(result) => Poll::Ready(Ok(result)),
                None => {
                    arrival.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await;
        self.gpu.check_alive()?;
        let refused = |reason: String| GpuError::Refused { action: format!("read {}", self.staging.label()), reason };
        mapped.map_err(|error| refused(error.to_string()))?.map_err(|error| refused(error.to_string()))?;
        contents.copy_from_slice(&raw.get_mapped_range(0..bytes).map_err(|error| refused(error.to_string()))?);
        raw.unmap();
        Ok(())
    }

    /// Reads `bytes` bytes, a multiple of 4, from `offset` of `source`, in as many pieces as the staging buffer asks.
    pub async fn read(&self, source: &Buffer, offset: u64, bytes: u64) -> Result<Vec<u8>, GpuError> {
        let mut contents = Vec::with_capacity(bytes as usize);
        while (contents.len() as u64) < bytes {
            let done = contents.len() as u64;
            let piece = (bytes - done).min(self.staging.size());
            let mut submission = self.gpu.begin("readback");
            self.request(&mut submission, source, offset + done, piece);
            let submitted = submission.submit()?;
            contents.extend(self.receive(&submitted, piece).await?);
        }
        Ok(contents)
    }
}
