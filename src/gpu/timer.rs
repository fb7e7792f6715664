//! How long commands take on the device.

use std::time::{Duration, Instant};

use super::{Buffer, Gpu, GpuError, Prepared, Readback};

/// The beginning and the end of a pass.
const QUERIES: u32 = 2;

/// Bytes of the two timestamps.
const QUERY_BYTES: u64 = QUERIES as u64 * size_of::<u64>() as u64;

/// Empty submissions whose median is what a submission itself takes.
const EMPTY_SUBMISSIONS: usize = 15;

/// Measures how long commands of a [`Prepared`] take: by the device's own timestamps where it has them, else from
/// submitting to the end, less what an empty submission takes.
pub struct Timer {
    gpu: Gpu,
    clock: Clock,
}

enum Clock {
    Timestamps { queries: wgpu::QuerySet, resolved: Buffer, readback: Readback, seconds_per_tick: f64 },
    Submissions { empty: Duration },
}

impl Timer {
    /// A timer for commands on `gpu`, with timestamps where the device has been opened with them.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        if gpu.device().features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            Self::with_timestamps(gpu)
        } else {
            Self::with_submissions(gpu)
        }
    }

    fn with_timestamps(gpu: &Gpu) -> Result<Self, GpuError> {
        let descriptor =
            wgpu::QuerySetDescriptor { label: Some("timer"), ty: wgpu::QueryType::Timestamp, count: QUERIES };
        let (queries, error) = gpu.catch(|| gpu.device().create_query_set(&descriptor));
        if let Some(error) = error {
            return Err(gpu.refused("timestamps", Some(QUERY_BYTES), &error));
        }
        let clock = Clock::Timestamps {
            queries,
            resolved: Buffer::queries(gpu, "timestamps", QUERY_BYTES)?,
            readback: Readback::new(gpu, "timestamps: readback", QUERY_BYTES)?,
            seconds_per_tick: f64::from(gpu.queue().get_timestamp_period()) * 1e-9,
        };
        Ok(Self { gpu: gpu.clone(), clock })
    }

    /// A timer that makes no use of timestamps.
    pub fn with_submissions(gpu: &Gpu) -> Result<Self, GpuError> {
        let mut timer = Self { gpu: gpu.clone(), clock: Clock::Submissions { empty: Duration::ZERO } };
        let mut times = (0..EMPTY_SUBMISSIONS).map(|_| timer.submit(|_| {})).collect::<Result<Vec<_>, _>>()?;
        times.sort_unstable();
        timer.clock = Clock::Submissions { empty: times[EMPTY_SUBMISSIONS / 2] };
        Ok(timer)
    }

    /// Whether the device's own timestamps tell the time.
    pub fn has_timestamps(&self) -> bool {
        matches!(self.clock, Clock::Timestamps { .. })
    }

    /// The seconds that so many repetitions of the commands at these places of the recording take together, one after
    /// the other. Commands with a step record read the first one. Zero where they are too short to be told from an
    /// empty submission.
    pub async fn seconds(&self, prepared: &Prepared, commands: &[usize], repetitions: usize) -> Result<f64, GpuError> {
        let repeat = |pass: &mut wgpu::ComputePass<'_>| {
            for _ in 0..repetitions {
                prepared.encode(pass, commands.iter().copied(), 0);
            }
        };
        let Clock::Timestamps { queries, resolved, readback, seconds_per_tick } = &self.clock else {
            let Clock::Submissions { empty } = self.clock else { return Ok(0.0) };
            return Ok(self.submit(repeat)?.saturating_sub(empty).as_secs_f64());
        };
        let mut submission = self.gpu.begin("timer");
        submission.timed(queries, resolved, repeat);
        readback.request(&mut submission, resolved, 0, QUERY_BYTES);
        let submitted = submission.submit()?;
        let bytes = readback.receive(&submitted, QUERY_BYTES).await?;
        let ticks: Vec<u64> = bytemuck::pod_collect_to_vec(&bytes);
        let passed = ticks.last().zip(ticks.first()).map_or(0, |(end, start)| end.saturating_sub(*start));
        Ok(passed as f64 * seconds_per_tick)
    }

    /// From submitting a pass to its end.
    fn submit(&self, encode: impl FnOnce(&mut wgpu::ComputePass<'_>)) -> Result<Duration, GpuError> {
        let mut submission = self.gpu.begin("timer");
        submission.untimed(encode);
        let started = Instant::now();
        submission.submit()?;
        self.gpu.flush()?;
        Ok(started.elapsed())
    }
}
