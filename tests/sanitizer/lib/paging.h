/* SPDX-License-Identifier: MIT */
/* Page tables for the guests of --strict's tests, in S mode on the built-in SBI: code and data of the kernel mapped to themselves
 * on pages of their own, and one page at PAGE that leads to FIRST. Entries have A and D set. */
#define ROOT 0x80400000
#define KERNEL_TABLE 0x80401000
#define MIDDLE_TABLE 0x80402000
#define LAST_TABLE 0x80403000
#define OTHER_ROOT 0x80404000
#define OTHER_MIDDLE 0x80405000
#define OTHER_LAST 0x80406000
#define FIRST 0x80410000
#define SECOND 0x80411000
#define PAGE 0x40000000

#define V 0x01
#define RW 0xc7
#define RX 0x4b
#define RWX 0xcf
#define PTE(address, rights) ((address) >> 2 | (rights))
#define SV39 (8 << 60)
#define SATP(root, asid) ((8 << 60) | (asid) << 44 | (root) >> 12)

.macro entry table, index, value
    li t0, \table + 8 * \index
    li t1, \value
    sd t1, (t0)
.endm

/* The kernel in the table of 2 MiB pages, and PAGE by way of two more. */
.macro tables code_rights=RX
    entry ROOT, 2, PTE(KERNEL_TABLE, V)
    entry KERNEL_TABLE, 1, PTE(0x80200000, \code_rights)
    entry KERNEL_TABLE, 2, PTE(0x80400000, RW)
    entry ROOT, 1, PTE(MIDDLE_TABLE, V)
    entry MIDDLE_TABLE, 0, PTE(LAST_TABLE, V)
    entry LAST_TABLE, 0, PTE(FIRST, RW)
    li t0, FIRST
    li t1, 1
    sd t1, (t0)
    li t0, SECOND
    li t1, 2
    sd t1, (t0)
.endm

.macro use root, asid=0
    li t0, SATP(\root, \asid)
    csrw satp, t0
.endm

/* Ends the run: 0, or a failure if a0 is not what it is to be. */
.macro pass_if_a0_is value
    li a1, \value
    sub a1, a0, a1
    snez a1, a1
    li a0, 0
    li a6, 0
    li a7, 0x53525354
    ecall
.endm
