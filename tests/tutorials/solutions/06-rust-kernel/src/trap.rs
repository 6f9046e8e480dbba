// SPDX-License-Identifier: MIT
//! Traps: interrupts and exceptions, all taken in machine mode.

use crate::csr::{read_csr, write_csr};
use crate::{console::println, timer};
use core::arch::global_asm;

// Where a trap lands: saves on the stack what a call may change, calls `trap`, restores it, and goes
// back. `trap` itself saves the other registers, should it use them.
global_asm!(
    r#"
    .macro each_register op
    .irp n, 1,5,6,7,10,11,12,13,14,15,16,17,28,29,30,31
    \op x\n, 8*\n(sp)
    .endr
    .endm

    .text
    .balign 4                      # the two lowest bits of mtvec mean something else
    .global trap_entry
trap_entry:
    addi sp, sp, -256
    each_register sd
    call trap
    each_register ld
    addi sp, sp, 256
    mret
    "#
);

extern "C" {
    fn trap_entry();
}

pub fn init() {
    // SAFETY: trap_entry leaves everything as it was.
    unsafe { write_csr!(mtvec, trap_entry as *const () as usize) }
}

const INTERRUPT: usize = 1 << (usize::BITS - 1);
const TIMER: usize = INTERRUPT | 7;
const BREAKPOINT: usize = 3;

/// Why a trap came: the exceptions' names, by their numbers in mcause.
const EXCEPTIONS: [&str; 8] = [
    "instruction address misaligned",
    "instruction access fault",
    "illegal instruction",
    "breakpoint",
    "load address misaligned",
    "load access fault",
    "store address misaligned",
    "store access fault",
];

/// Called by trap_entry, with interrupts off.
#[no_mangle]
extern "C" fn trap() {
    match read_csr!(mcause) {
        TIMER => timer::interrupt(),
        BREAKPOINT => breakpoint(),
        cause => {
            let name = EXCEPTIONS.get(cause).unwrap_or(&"unexpected trap");
            let (mepc, mtval) = (read_csr!(mepc), read_csr!(mtval));
            panic!("{name}: mcause {cause:#x}, mepc {mepc:#x}, mtval {mtval:#x}");
        }
    }
}

/// Goes on after the ebreak: compressed instructions have 2 bytes, the others end in 11.
fn breakpoint() {
    let mepc = read_csr!(mepc);
    println!("breakpoint at {mepc:#x}");
    // SAFETY: the instruction was executed, so it can be read, and there is one behind it.
    unsafe {
        let instruction = (mepc as *const u16).read();
        let length = if instruction & 3 == 3 { 4 } else { 2 };
        write_csr!(mepc, mepc + length);
    }
}
