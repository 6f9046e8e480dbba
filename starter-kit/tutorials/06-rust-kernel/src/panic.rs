// SPDX-License-Identifier: MIT
//! When something cannot be: say what and where, and let the machine report failure.

use crate::console::println;
use crate::power;
use core::panic::PanicInfo;

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    println!("[kernel] {info}");
    power::off(1)
}
