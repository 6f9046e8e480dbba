// SPDX-License-Identifier: MIT
//! Devices: registers at fixed addresses, where reading and writing does something.

use core::marker::PhantomData;

/// One register that holds a `T`. Who has one may use it; to make one is what needs care.
pub struct Register<T> {
    address: usize,
    holds: PhantomData<T>,
}

impl<T: Copy> Register<T> {
    /// # Safety
    ///
    /// A device must have a register of this size there, and using it in any way must not
    /// change memory that Rust knows.
    pub const unsafe fn new(address: usize) -> Self {
        let holds = PhantomData;
        Self { address, holds }
    }

    pub fn read(&self) -> T {
        // SAFETY: `new` was promised that this is a register. Volatile: each access counts.
        unsafe { (self.address as *const T).read_volatile() }
    }

    pub fn write(&self, value: T) {
        // SAFETY: as in `read`.
        unsafe { (self.address as *mut T).write_volatile(value) }
    }
}
