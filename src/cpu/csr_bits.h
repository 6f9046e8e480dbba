/* SPDX-License-Identifier: MIT */
/* The masks of the CSR fields that code names. Which fields are legal, and under which extension, is in
 * csr_field.def. */
#ifndef MICROVM_CPU_CSR_BITS_H
#define MICROVM_CPU_CSR_BITS_H

#include "base/bits.h"

#define MSTATUS_SIE BIT(1)
#define MSTATUS_MIE BIT(3)
#define MSTATUS_SPIE BIT(5)
#define MSTATUS_UBE BIT(6)
#define MSTATUS_MPIE BIT(7)
#define MSTATUS_SPP BIT(8)
#define MSTATUS_VS BITS(10, 9)
#define MSTATUS_MPP BITS(12, 11)
#define MSTATUS_FS BITS(14, 13)
#define MSTATUS_XS BITS(16, 15)
#define MSTATUS_MPRV BIT(17)
#define MSTATUS_SUM BIT(18)
#define MSTATUS_MXR BIT(19)
#define MSTATUS_TVM BIT(20)
#define MSTATUS_TW BIT(21)
#define MSTATUS_TSR BIT(22)
#define MSTATUS_UXL BITS(33, 32)
#define MSTATUS_SXL BITS(35, 34)
#define MSTATUS_SBE BIT(36)
#define MSTATUS_MBE BIT(37)
#define MSTATUS_GVA BIT(38)
#define MSTATUS_MPV BIT(39)
#define MSTATUS_SD BIT(63)

/* Values of FS and VS: norm:mstatus_fs_vs_xs_enc. */
enum { CONTEXT_OFF, CONTEXT_INITIAL, CONTEXT_CLEAN, CONTEXT_DIRTY };

#define HSTATUS_VSBE BIT(5)
#define HSTATUS_GVA BIT(6)
#define HSTATUS_SPV BIT(7)
#define HSTATUS_SPVP BIT(8)
#define HSTATUS_HU BIT(9)
#define HSTATUS_VGEIN BITS(17, 12)
#define HSTATUS_VTVM BIT(20)
#define HSTATUS_VTW BIT(21)
#define HSTATUS_VTSR BIT(22)
#define HSTATUS_VSXL BITS(33, 32)
#define HSTATUS_HUPMM BITS(49, 48)

#define MISA_MXL BITS(63, 62)
#define MISA_EXTENSIONS BITS(25, 0)
#define XL_64 UINT64_C(2) /* MXL, SXL and UXL of a 64-bit mode */

/* Pending and enable bits stand at the interrupts' codes. */
#define MIP_SSIP BIT(1)
#define MIP_VSSIP BIT(2)
#define MIP_MSIP BIT(3)
#define MIP_STIP BIT(5)
#define MIP_VSTIP BIT(6)
#define MIP_MTIP BIT(7)
#define MIP_SEIP BIT(9)
#define MIP_VSEIP BIT(10)
#define MIP_MEIP BIT(11)
#define MIP_LCOFIP BIT(13)

#define TVEC_BASE BITS(63, 2)
#define TVEC_MODE BITS(1, 0)
enum { TVEC_DIRECT, TVEC_VECTORED };

/* Bits of mcounteren, hcounteren, scounteren and mcountinhibit. */
#define COUNTER_CY BIT(0)
#define COUNTER_TM BIT(1)
#define COUNTER_IR BIT(2)
#define COUNTER_HPM BITS(31, 3)

/* Of menvcfg, henvcfg and senvcfg. */
#define ENVCFG_FIOM BIT(0)
#define ENVCFG_CBIE BITS(5, 4)
#define ENVCFG_CBCFE BIT(6)
#define ENVCFG_CBZE BIT(7)
#define ENVCFG_ADUE BIT(61)
#define ENVCFG_PBMTE BIT(62)
#define ENVCFG_STCE BIT(63)

/* Of mstateen and hstateen: access to the next lower registers of the same number; in number 0 alone, to henvcfg and
 * senvcfg. */
#define STATEEN_SE BIT(63)
#define STATEEN_ENVCFG BIT(62)

#define SATP_PPN BITS(43, 0)
#define SATP_ASID BITS(59, 44)
#define SATP_MODE BITS(63, 60)
enum { SATP_BARE = 0, SATP_SV39 = 8, SATP_SV48 = 9, SATP_SV57 = 10 };

/* The modes have satp's numbers. */
#define HGATP_PPN BITS(43, 0)
#define HGATP_PPN_ALIGN BITS(1, 0) /* the root table has 16 KiB */
#define HGATP_VMID BITS(57, 44)
#define HGATP_MODE BITS(63, 60)

#define FCSR_FFLAGS BITS(4, 0)
#define FCSR_FRM BITS(7, 5)

/* Of one byte of pmpcfg. */
#define PMPCFG_R BIT(0)
#define PMPCFG_W BIT(1)
#define PMPCFG_X BIT(2)
#define PMPCFG_RWX BITS(2, 0)
#define PMPCFG_A BITS(4, 3)
#define PMPCFG_L BIT(7)
enum { PMP_OFF, PMP_TOR, PMP_NA4, PMP_NAPOT };

#define PMPADDR_ADDRESS BITS(53, 0)

#endif
