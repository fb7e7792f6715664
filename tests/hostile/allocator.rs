//! An allocator that counts, and refuses what is too large.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, Ordering};

static LIVE: AtomicI64 = AtomicI64::new(0);
static MOST: AtomicI64 = AtomicI64::new(0);
/// The largest piece of memory that is given.
static LARGEST: AtomicI64 = AtomicI64::new(i64::MAX);

struct Counting;

impl Counting {
    fn add(bytes: i64) {
        let live = LIVE.fetch_add(bytes, Ordering::Relaxed) + bytes;
        MOST.fetch_max(live, Ordering::Relaxed);
    }

    fn refuses(bytes: usize) -> bool {
        bytes as i64 > LARGEST.load(Ordering::Relaxed)
    }
}

// SAFETY: everything is passed on to the system's allocator as it is, or refused by a null pointer.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if Self::refuses(layout.size()) {
            return std::ptr::null_mut();
        }
        Self::add(layout.size() as i64);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if Self::refuses(layout.size()) {
            return std::ptr::null_mut();
        }
        Self::add(layout.size() as i64);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        Self::add(-(layout.size() as i64));
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        if Self::refuses(bytes) {
            return std::ptr::null_mut();
        }
        Self::add(bytes as i64 - layout.size() as i64);
        unsafe { System.realloc(pointer, layout, bytes) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The bytes that `action` takes beyond those there are, at the most.
pub fn taken(action: impl FnOnce()) -> i64 {
    let before = LIVE.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    action();
    MOST.load(Ordering::Relaxed) - before
}

/// Does `action` while no piece of more than `largest` bytes is given to anybody.
pub fn refusing<T>(largest: usize, action: impl FnOnce() -> T) -> T {
    LARGEST.store(largest as i64, Ordering::Relaxed);
    let done = action();
    LARGEST.store(i64::MAX, Ordering::Relaxed);
    done
}
