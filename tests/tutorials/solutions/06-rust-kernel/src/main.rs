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

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};
use console::println;
use core::{arch::asm, hint::black_box};
use csr::read_csr;

/// Called by entry.rs.
#[no_mangle]
extern "C" fn kernel_main() -> ! {
    console::init();
    trap::init();
    // SAFETY: the trap handler goes on after it.
    unsafe { asm!("ebreak") }
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
    println!("{}", read_line().chars().rev().collect::<String>());
    use_much_memory();
    take_turns();
    power::off(0)
}

fn read_line() -> String {
    let mut line = String::new();
    loop {
        match console::read() {
            Some(b'\n') => return line,
            Some(byte) => line.push(byte.into()),
            None => {}
        }
    }
}

fn use_much_memory() {
    const SIZE: usize = 4096;
    let mut bytes = 0;
    for _ in 0..10000 {
        let block = vec![0u8; SIZE];
        bytes += black_box(&block).len();
    }
    println!("{} KiB have gone through the heap.", bytes / 1024);
}

/// A closure that counts its calls.
fn player(word: &'static str) -> Box<dyn FnMut()> {
    let mut count = 0;
    Box::new(move || {
        count += 1;
        println!("{word} {count}");
    })
}

fn take_turns() {
    let mut players = vec![player("ping"), player("pong")];
    for _ in 0..3 {
        for play in &mut players {
            play();
        }
    }
}
