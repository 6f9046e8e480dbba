// SPDX-License-Identifier: MIT
//! Output: the 16550 serial port, a row of byte-wide registers, and `println!` on top of it.

use crate::mmio::Register;
use core::fmt;

const UART: usize = 0x1000_0000;

// SAFETY: the board's serial port is there (`microvm dts` shows it), and it only sends bytes.
const THR: Register<u8> = unsafe { Register::new(UART) };
const IER: Register<u8> = unsafe { Register::new(UART + 1) };
const FCR: Register<u8> = unsafe { Register::new(UART + 2) };
const LCR: Register<u8> = unsafe { Register::new(UART + 3) };
const LSR: Register<u8> = unsafe { Register::new(UART + 5) };

const LCR_8_BITS: u8 = 0x03;
const FCR_FIFOS_ON: u8 = 0x01;
const LSR_THR_EMPTY: u8 = 0x20;

pub fn init() {
    IER.write(0); // no interrupts: we poll
    LCR.write(LCR_8_BITS);
    FCR.write(FCR_FIFOS_ON);
}

struct Uart;

/// All of Rust's formatting needs no more than this from us.
impl fmt::Write for Uart {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            while LSR.read() & LSR_THR_EMPTY == 0 {} // until there is room
            THR.write(byte);
        }
        Ok(())
    }
}

pub fn write(arguments: fmt::Arguments) {
    // Uart never fails; what a value's own formatting may fail at is not ours to mend.
    let _ = fmt::Write::write_fmt(&mut Uart, arguments);
}

macro_rules! print {
    ($($arguments:tt)*) => { $crate::console::write(format_args!($($arguments)*)) };
}

macro_rules! println {
    () => { $crate::console::print!("\n") };
    ($($arguments:tt)*) => {{
        $crate::console::print!($($arguments)*);
        $crate::console::print!("\n");
    }};
}

pub(crate) use {print, println};
