//! A stream of frames allocates nothing: neither buffers on the device nor, in Ocellus' own code, memory on the host.
//!
//! A binary of its own, since it counts what the allocator is asked for. wgpu allocates for each submission; so that the
//! two can be told apart, each allocation is noted with its backtrace and belongs to the innermost function on it that is
//! Ocellus' or wgpu's. Memory that the driver takes from C is not seen here.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(unsafe_code, reason = "an allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::io::Write;

use ocellus::gpu::{AdapterRequest, Gpu, LimitsRequest};
use ocellus::model::cifar10_weights;
use ocellus::train::Predictor;

thread_local! {
    /// Whether this thread's allocations are counted.
    static COUNTING: Cell<bool> = const { Cell::new(false) };
    /// Whether they are noted with where they came from.
    static NOTING: Cell<bool> = const { Cell::new(false) };
    static COUNT: Cell<usize> = const { Cell::new(0) };
    /// Bytes allocated and not given back.
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static NOTES: RefCell<Vec<(usize, Backtrace)>> = const { RefCell::new(Vec::new()) };
}

struct Counting;

impl Counting {
    fn count(bytes: usize) {
        if COUNTING.get() {
            COUNT.set(COUNT.get() + 1);
            LIVE.set(LIVE.get() + bytes as isize);
            if NOTING.get() {
                // What noting allocates does not count.
                COUNTING.set(false);
                let note = (bytes, Backtrace::force_capture());
                NOTES.with_borrow_mut(|notes| notes.push(note));
                COUNTING.set(true);
            }
        }
    }
}

// SAFETY: everything is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::count(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if COUNTING.get() {
            LIVE.set(LIVE.get() - layout.size() as isize);
        }
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        Self::count(bytes);
        if COUNTING.get() {
            LIVE.set(LIVE.get() - layout.size() as isize);
        }
        unsafe { System.realloc(pointer, layout, bytes) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Whether wgpu asked for the memory: whether of the functions on the backtrace that are its own or Ocellus' the
/// innermost is wgpu's. What is compiled into this test itself has no name of its own and counts as Ocellus'.
fn is_wgpus(backtrace: &str) -> bool {
    backtrace.lines().find_map(|line| {
        // A name may tell of both, as `<wgpu::Buffer>::map_async::<ocellus::...>` does: the first is whose it is.
        let (ours, wgpus) = (line.find("ocellus::"), line.find("wgpu"));
        (ours.is_some() || wgpus.is_some()).then(|| wgpus.is_some_and(|wgpus| ours.is_none_or(|ours| wgpus < ours)))
    }) == Some(true)
}

/// How many allocations `action` makes, and those of them that are not wgpu's, with where they came from.
fn allocations(action: impl FnOnce()) -> (usize, Vec<String>) {
    COUNTING.set(true);
    NOTING.set(true);
    action();
    NOTING.set(false);
    COUNTING.set(false);
    let notes = NOTES.take();
    let all = notes.len();
    let notes = notes.into_iter().map(|(bytes, backtrace)| (bytes, backtrace.to_string()));
    let own = notes.filter(|(_, backtrace)| !is_wgpus(backtrace));
    (all, own.map(|(bytes, backtrace)| format!("{bytes} bytes:\n{backtrace}")).collect())
}

fn gpu() -> Option<Gpu> {
    let request = AdapterRequest { limits: LimitsRequest::Webgpu, ..AdapterRequest::default() };
    match pollster::block_on(Gpu::open(&request)) {
        Ok(gpu) => Some(gpu),
        Err(reason) if std::env::var_os("OCELLUS_REQUIRE_GPU").is_some() => panic!("{reason}"),
        Err(reason) => {
            let _ = writeln!(std::io::stderr(), "test allocations ... SKIPPED: {reason}");
            None
        }
    }
}

#[test]
fn a_stream_of_frames_allocates_nothing_of_its_own() {
    let Some(gpu) = gpu() else { return };
    let model = cifar10_weights().unwrap().model().unwrap();
    let mut predictor = Predictor::new(&gpu, &model, 1).unwrap();
    let mut frame = vec![0; 32 * 32 * 3];
    let mut probabilities = [0.0; 10];
    let mut next = |number: usize| {
        frame.iter_mut().enumerate().for_each(|(place, byte)| *byte = (place * 7 + number * 13) as u8);
        pollster::block_on(predictor.classify_into(&frame, &mut probabilities)).unwrap();
        assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    };
    // wgpu's own pools grow at first.
    (0..50).for_each(&mut next);
    let (buffers, bytes) = (gpu.buffers_created(), gpu.allocated_bytes());

    COUNTING.set(true);
    (50..250).for_each(&mut next);
    COUNTING.set(false);
    assert_eq!((gpu.buffers_created(), gpu.allocated_bytes()), (buffers, bytes), "buffers on the device");
    let (per_frame, kept) = (COUNT.get() as f64 / 200.0, LIVE.get());
    assert!(kept.abs() < 16 << 10, "200 frames kept {kept} bytes");

    let (all, own) = allocations(|| (250..253).for_each(&mut next));
    assert!(own.is_empty(), "{} of {all} allocations are not wgpu's: {}", own.len(), own.join("\n"));
    println!("wgpu makes {per_frame:.1} allocations a frame");

    // What allocates its result is found out, so that nothing found above is nothing there.
    let (_, own) = allocations(|| drop(pollster::block_on(predictor.predict_pictures(&[0; 32 * 32 * 3]))));
    assert!(own.iter().any(|allocation| allocation.starts_with("12288 bytes")), "{own:?}");
}
