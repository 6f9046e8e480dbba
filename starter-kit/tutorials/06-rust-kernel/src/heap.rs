// SPDX-License-Identifier: MIT
//! The heap, which `Box`, `Vec` and `String` live on: a bump allocator. It gives out memory from
//! one end to the other and takes nothing back. That part is yours.

use core::alloc::{GlobalAlloc, Layout};
use core::ops::Range;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

extern "C" {
    // Placed by kernel.ld; only their addresses mean anything.
    static heap_start: u8;
    static heap_end: u8;
}

pub fn range() -> Range<usize> {
    &raw const heap_start as usize..&raw const heap_end as usize
}

/// How many bytes are taken. Atomic: whoever allocates in between, nobody gets the same bytes.
struct Bump(AtomicUsize);

#[global_allocator]
static HEAP: Bump = Bump(AtomicUsize::new(0));

// SAFETY: each block lies in the heap, is as large and as aligned as asked for, and overlaps no
// other; nothing else uses the heap's memory.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let heap = range();
        // Where the block begins, and how much is taken after it, if so much is taken before it.
        let start = |used: usize| (heap.start + used).next_multiple_of(layout.align());
        let take = |used: usize| {
            let end = start(used) + layout.size();
            (end <= heap.end).then_some(end - heap.start)
        };
        match self.0.fetch_update(Relaxed, Relaxed, take) {
            Ok(used) => start(used) as *mut u8,
            Err(_) => null_mut(), // full
        }
    }

    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}
}
