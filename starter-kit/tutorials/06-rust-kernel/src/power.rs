// SPDX-License-Identifier: MIT
//! The end.

use crate::mmio::Register;

// SAFETY: the board's finisher is there; a word stored in it ends the run.
const FINISHER: Register<u32> = unsafe { Register::new(0x10_0000) };

/// Switches the machine off. 0: all went well; another status is the one that microvm exits with.
pub fn off(status: u8) -> ! {
    FINISHER.write(match status {
        0 => 0x5555,
        _ => u32::from(status) << 16 | 0x3333,
    });
    loop {
        core::hint::spin_loop();
    }
}
