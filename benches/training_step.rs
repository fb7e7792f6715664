//! Times every dispatch of a training step alone, on its real shapes: `cargo bench --bench training_step -- [MODEL]
//! [BATCH] [ROUNDS]`, by default lecture on CIFAR-10's shape, 32 and 15.
//!
//! A round submits each dispatch once and waits for it; the median over all rounds, less that of an empty submission, is
//! its time. The rounds go through all dispatches in turn, so that a passing load on the machine meets all alike. The
//! ceiling is the rate of multiply-adds that never leave their registers, in the same run, by the probe that `ocellus
//! bench kernels` runs too.
//!
//! An adapter that computes on the CPU shares it with whatever else runs there; the processor's time that the dispatch
//! took, divided by the number of processors, tells how long it takes on a quiet machine. It is read on Linux only.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench fails by panicking")]

use std::collections::HashMap;
use std::slice;
use std::time::Instant;

use ocellus::bench::Ceiling;
use ocellus::data::{Dataset, Images};
use ocellus::gpu::{AdapterRequest, Buffer, Command, Dispatch, Gpu, Prepared, Recording, WORKGROUP_SIZE};
use ocellus::model::Builtin;
use ocellus::ops::StepRecord;
use ocellus::train::{TrainOptions, TrainingPlan};
use pollster::block_on;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let argument = |place: usize, default: &str| arguments.get(place).cloned().unwrap_or(default.to_owned());
    let builtin = argument(0, "lecture").parse::<Builtin>().unwrap_or_else(|error| panic!("{error}"));
    let batch_size: usize = argument(1, "32").parse().unwrap();
    let rounds: usize = argument(2, "15").parse().unwrap();
    let gpu = block_on(Gpu::open(&AdapterRequest::default())).unwrap();
    println!("{}", gpu.adapter_line());
    let model = builtin.build([32, 32, 3], 10).unwrap();
    let pixels = (0..batch_size * 32 * 32 * 3).map(|i| (i * 31 % 251) as u8).collect();
    let labels = (0..batch_size as u32).map(|label| label % 10).collect();
    let names = (0..10).map(|class| class.to_string()).collect();
    let dataset = Dataset::from_memory(Images::new([32, 32, 3], pixels).unwrap(), labels, names).unwrap();
    let options = TrainOptions { batch_size, ..TrainOptions::default() };
    let plan = TrainingPlan::new(&gpu, &model, &dataset, None, &options).unwrap();

    let steps = Buffer::uniform(&gpu, "steps", StepRecord::STRIDE).unwrap();
    steps.write(&gpu, 0, &[StepRecord { learning_rate: 1e-6, bias_correction: 1.0, ..StepRecord::default() }]).unwrap();
    let mut parts = vec![(String::new(), 0.0, prepare(&gpu, &[], &steps))];
    let probes = Ceiling::recording();
    let ceiling = probes.commands().iter().find(|command| command.multiply_adds > 0).unwrap();
    parts.push(("ceiling".to_owned(), operations(ceiling), prepare(&gpu, slice::from_ref(ceiling), &steps)));
    for recording in plan.recordings() {
        let prepared = prepare(&gpu, recording.commands(), &steps);
        // Once as a whole, so that each dispatch finds what those before it leave.
        time(&gpu, &prepared);
        for (command, part) in recording.commands().iter().zip(split(&gpu, recording, &steps)) {
            let name = format!("{} [{}]", command.label, command.kernel.name());
            parts.push((name, operations(command), part));
        }
        parts.push(("together".to_owned(), 0.0, prepared));
    }
    let mut times = vec![(Vec::new(), Vec::new()); parts.len()];
    for _ in 0..rounds {
        for ((.., prepared), (wall, processor)) in parts.iter().zip(&mut times) {
            let seconds = time(&gpu, prepared);
            wall.push(seconds[0]);
            processor.push(seconds[1]);
        }
    }
    let medians: Vec<[f64; 2]> = times.iter_mut().map(|(wall, processor)| [median(wall), median(processor)]).collect();
    let net = |place: usize, clock: usize| (medians[place][clock] - medians[0][clock]).max(1e-9);
    // On a CPU the processors' time, since others may use them too.
    let clock = usize::from(gpu.is_software() && medians[1][1] > 0.0);
    let ceiling = parts[1].1 / net(1, clock);
    println!("{:>9} {:>9} {:>9} {:>9}  dispatch", "ms", "CPU ms", "GFLOP/s", "ceiling");
    println!(
        "{:>9.3} {:>9.3} {:>19}  empty submission, taken off the others",
        1e3 * medians[0][0],
        1e3 * medians[0][1],
        ""
    );
    for (place, (name, operations, _)) in parts.iter().enumerate().skip(1) {
        let rate = operations / net(place, clock);
        let rates = match *operations > 0.0 {
            true => format!("{:>9.1} {:>8.0}%", rate / 1e9, 100.0 * rate / ceiling),
            false => " ".repeat(19),
        };
        println!("{:>9.3} {:>9.3} {rates}  {name}", 1e3 * net(place, 0), 1e3 * net(place, 1));
    }
}

/// Every command of `recording` on its own, all over the same buffers.
fn split(gpu: &Gpu, recording: &Recording, steps: &Buffer) -> Vec<Prepared> {
    let buffers = buffers(gpu, recording.commands());
    let part = |command| gpu.prepare("part", &alone(&[command]), &buffers, Some((steps, StepRecord::BYTES))).unwrap();
    let parts: Vec<Prepared> = recording.commands().iter().cloned().map(part).collect();
    for prepared in &parts {
        time(gpu, prepared);
    }
    parts
}

fn prepare(gpu: &Gpu, commands: &[Command], steps: &Buffer) -> Prepared {
    gpu.prepare("step", &alone(commands), &buffers(gpu, commands), Some((steps, StepRecord::BYTES))).unwrap()
}

fn alone(commands: &[Command]) -> Recording {
    let mut recording = Recording::default();
    for command in commands {
        let [across, down] = command.workgroups;
        recording.dispatch(Dispatch {
            label: command.label.clone(),
            kernel: command.kernel.clone(),
            params: &command.params,
            bindings: &command.bindings,
            invocations: (across * down * WORKGROUP_SIZE) as usize,
        });
    }
    recording
}

/// A buffer for every slot; those that can hold any number hold small ones, of both signs.
fn buffers(gpu: &Gpu, commands: &[Command]) -> Vec<Buffer> {
    let mut sizes: HashMap<usize, (u64, bool)> = HashMap::new();
    for (name, view) in commands.iter().flat_map(|command| &command.bindings) {
        let (bytes, floats) = sizes.entry(view.slot).or_insert((0, true));
        *bytes = (*bytes).max(view.offset + view.bytes);
        *floats &= !["order", "all_labels", "labels", "winners"].contains(name);
    }
    let slots = sizes.keys().max().map_or(0, |last| last + 1);
    let contents = |slot: usize| {
        let (bytes, floats) = sizes.get(&slot).copied().unwrap_or((4, false));
        let number =
            |i: u64| if floats { ((i * 7919 + slot as u64 * 104_729) % 1009) as f32 * 1e-4 - 0.05 } else { 0.0 };
        (0..bytes.div_ceil(4)).map(number).collect::<Vec<f32>>()
    };
    (0..slots).map(|slot| Buffer::with_contents(gpu, &format!("slot {slot}"), &contents(slot)).unwrap()).collect()
}

/// Seconds from submitting to the end, and seconds of each processor in this time; 0 where they cannot be read.
fn time(gpu: &Gpu, prepared: &Prepared) -> [f64; 2] {
    gpu.flush().unwrap();
    let (started, before) = (Instant::now(), processor_seconds());
    let mut submission = gpu.begin("bench");
    submission.replay(prepared, 0);
    submission.submit().unwrap();
    gpu.flush().unwrap();
    [started.elapsed().as_secs_f64(), processor_seconds() - before]
}

/// The time that all threads of this process have run so far, divided by the number of processors.
fn processor_seconds() -> f64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return 0.0 };
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() * 1e-9 / std::thread::available_parallelism().map_or(1.0, |count| count.get() as f64)
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The multiplications and additions of a dispatch that sums products; 0 for others.
fn operations(command: &Command) -> f64 {
    2.0 * command.multiply_adds as f64
}
