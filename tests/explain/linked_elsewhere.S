/* SPDX-License-Identifier: MIT */
/* A kernel of the upper half jumps to its link address before its page tables are on. */
/* address: 0x80000000 */
/* high: 0xffffffc000000000 */
/* forms: elf */
/* says: linked-elsewhere */
/* fact: instruction access fault in M mode at pc 0xffffffc0800000 */
/* symbol: what was loaded at 0x800000 */
/* symbol: (main+0x0) */
.section .text.start, "ax"
.global _start
_start:
    lla t0, pointer
    ld t0, 0(t0)
    jr t0
.balign 8
pointer:
    .dword main
main:
    j main
