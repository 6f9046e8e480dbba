/* SPDX-License-Identifier: MIT */
/* Where a program begins, and ends if it does not say so. */
.text
.global _start
_start:
    call main
    call exit
