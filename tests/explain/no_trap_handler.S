/* SPDX-License-Identifier: MIT */
/* Nobody has written mtvec. */
/* says: no-trap-handler */
/* fact: load access fault in M mode at pc 0x80000004 */
/* fact: tval 0x1000000 */
/* fact: mtvec is 0x0, and no code can be fetched there */
/* symbol: (_start+0x4) */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    lui t0, 0x1000
    ld t1, (t0)
