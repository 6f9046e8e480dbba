// SPDX-License-Identifier: MIT
#![no_std]
#![no_main]

extern crate alloc;

mod console;
mod csr;
mod entry;
mod heap;
mod interrupts;
mod mmio;
mod panic;
mod power;
mod timer;
mod trap;

use alloc::{format, vec::Vec};
use console::println;
use csr::read_csr;

/// Called by entry.rs.
#[no_mangle]
extern "C" fn kernel_main() -> ! {
    console::init();
    trap::init();
    timer::init();
    interrupts::enable();
    println!("Hello from Rust, on hart {}", read_csr!(mhartid));
    println!("The heap has {} KiB.", heap::range().len() / 1024);

    let mut diary = Vec::new();
    for n in 1..=3 {
        timer::wait_for(n);
        diary.push(format!("tick {n}"));
    }
    println!("What happened: {}.", diary.join(", "));
    power::off(0)
}
