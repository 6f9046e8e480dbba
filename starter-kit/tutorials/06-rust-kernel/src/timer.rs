// SPDX-License-Identifier: MIT
//! The clock: an interrupt every hundredth of a second.

use crate::csr::set_csr;
use crate::interrupts;
use crate::mmio::Register;
use core::sync::atomic::{AtomicUsize, Ordering};

pub const TICKS_PER_SECOND: u64 = 100;

const MTIME_HZ: u64 = 10_000_000; // timebase-frequency in the device tree
const PERIOD: u64 = MTIME_HZ / TICKS_PER_SECOND;
const INTERRUPT_TIMER: usize = 1 << 7; // in mie: the machine timer interrupt

// SAFETY: the board's CLINT is there; it counts and compares, and touches no memory.
const MTIMECMP: Register<u64> = unsafe { Register::new(0x200_4000) }; // of hart 0
const MTIME: Register<u64> = unsafe { Register::new(0x200_bff8) };

static TICKS: AtomicUsize = AtomicUsize::new(0);

/// To be called once the trap handler is in place.
pub fn init() {
    MTIMECMP.write(MTIME.read() + PERIOD);
    // SAFETY: trap.rs knows what to do with this interrupt.
    unsafe { set_csr!(mie, INTERRUPT_TIMER) }
}

/// Called by the trap handler. The interrupt is pending while mtime >= mtimecmp: setting the next
/// date ends it.
pub fn interrupt() {
    MTIMECMP.write(MTIMECMP.read() + PERIOD);
    TICKS.fetch_add(1, Ordering::Relaxed);
}

/// Sleeps until the timer has struck that many times since the start.
pub fn wait_for(ticks: usize) {
    interrupts::wait_until(|| TICKS.load(Ordering::Relaxed) >= ticks);
}
