// SPDX-License-Identifier: MIT
//! A kernel in Rust: it starts on the bare machine, gives itself a console, a heap and a clock, and
//! lets three tasks take turns.

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
mod sched;
mod timer;
mod trap;

use alloc::{format, string::String, vec::Vec};
use console::println;
use sched::{Scheduler, State};

/// Called by entry.rs on the first hart, in machine mode, with a stack and nothing else.
#[no_mangle]
extern "C" fn kernel_main() -> ! {
    console::init();
    println!();
    println!("  ╔═══════════════════════════════════╗");
    println!("  ║     🦀 MyOS v0.1 on RISC-V        ║");
    println!("  ║     Hello from Rust!              ║");
    println!("  ╚═══════════════════════════════════╝");
    println!();

    let heap = heap::range();
    println!("[mm] heap: {:#x} - {:#x}", heap.start, heap.end);
    trap::init();
    timer::init();
    println!("[timer] {} ticks a second", timer::TICKS_PER_SECOND);

    let mut scheduler = Scheduler::new();
    spawn_tasks(&mut scheduler);
    println!("[kernel] starting scheduler...");
    println!();
    interrupts::enable();
    scheduler.run();

    println!("[kernel] all tasks have exited, powering off");
    power::off(0)
}

/// Two tasks that greet three times, and one that collects what it sees and tells it at the end.
fn spawn_tasks(scheduler: &mut Scheduler) {
    for (name, text) in [("Task A", "Hello!"), ("Task B", "World!")] {
        let mut iteration = 0;
        scheduler.spawn(name, move |tick| {
            println!("[{name}] {text} tick={tick}, iteration={iteration}");
            iteration += 1;
            if iteration < 3 {
                State::Ready
            } else {
                State::Finished
            }
        });
    }

    let mut seen = Vec::new();
    scheduler.spawn("Task C", move |tick| {
        seen.push(tick);
        if seen.len() < 3 {
            return State::Ready;
        }
        let text: Vec<String> = seen.iter().map(|n| format!("tick {n}")).collect();
        println!("[Task C] I was here at {}", text.join(", "));
        State::Finished
    });
}
