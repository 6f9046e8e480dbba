/* SPDX-License-Identifier: MIT */
/* A raw binary for 0x80200000 lies at 0x80000000 and jumps to an address that it has in a table. */
/* address: 0x80200000 */
/* loaded: 0x80000000 */
/* forms: bin */
/* says: linked-elsewhere */
/* fact: illegal instruction in M mode at pc 0x80200010, tval 0x0 */
/* fact: a kernel linked at 0x80200000 has what was loaded at 0x80000010 */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    auipc t0, 0
    ld t0, 24(t0)
    jr t0
    nop
main:
    j main
.balign 8
pointer:
    .dword main
