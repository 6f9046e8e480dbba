// SPDX-License-Identifier: MIT
//! Whether this hart takes interrupts, and how it waits for one.

use crate::csr::{clear_csr, set_csr};
use core::arch::asm;

const MSTATUS_MIE: usize = 1 << 3;

pub fn enable() {
    // SAFETY: trap.rs saves all that it uses; what it shares with others are atomics.
    unsafe { set_csr!(mstatus, MSTATUS_MIE) }
}

fn disable() {
    // SAFETY: nobody relies on being interrupted.
    unsafe { clear_csr!(mstatus, MSTATUS_MIE) }
}

/// Sleeps until the condition holds, which only an interrupt can bring about. Interrupts must be
/// on, and are on again afterwards.
pub fn wait_until(condition: impl Fn() -> bool) {
    disable(); // else the interrupt could come between the question and the sleep
    while !condition() {
        // SAFETY: wfi changes nothing. A pending interrupt ends it even while they are off.
        unsafe { asm!("wfi", options(nomem, nostack)) }
        enable(); // here it is taken
        disable();
    }
    enable();
}
