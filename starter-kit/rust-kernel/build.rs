// SPDX-License-Identifier: MIT
//! Runs on the host, before the kernel is compiled: cargo would not know that it depends on this.

fn main() {
    println!("cargo:rerun-if-changed=kernel.ld");
}
