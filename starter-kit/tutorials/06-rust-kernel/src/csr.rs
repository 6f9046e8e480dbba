// SPDX-License-Identifier: MIT
//! Control and status registers. They have instructions of their own, which take the register's
//! name as it is: so these are macros.

/// What the register holds.
macro_rules! read_csr {
    ($csr:ident) => {{
        let value: usize;
        // SAFETY: reading the registers of this kernel changes nothing.
        unsafe {
            core::arch::asm!(
                concat!("csrr {}, ", stringify!($csr)),
                out(reg) value,
                options(nomem, nostack)
            )
        };
        value
    }};
}

/// Unsafe: with the wrong value the machine does not do any more what Rust thinks it does.
macro_rules! write_csr {
    ($csr:ident, $value:expr) => {
        core::arch::asm!(
            concat!("csrw ", stringify!($csr), ", {}"),
            in(reg) $value,
            options(nostack)
        )
    };
}

/// Sets the bits that are 1 in the value. Unsafe as `write_csr!` is.
macro_rules! set_csr {
    ($csr:ident, $bits:expr) => {
        core::arch::asm!(
            concat!("csrs ", stringify!($csr), ", {}"),
            in(reg) $bits,
            options(nostack)
        )
    };
}

/// Clears the bits that are 1 in the value. Unsafe as `write_csr!` is.
macro_rules! clear_csr {
    ($csr:ident, $bits:expr) => {
        core::arch::asm!(
            concat!("csrc ", stringify!($csr), ", {}"),
            in(reg) $bits,
            options(nostack)
        )
    };
}

pub(crate) use {clear_csr, read_csr, set_csr, write_csr};
