/* SPDX-License-Identifier: MIT */
/* hart_fixture.h's hart with an engine, a code cache, a decoder and a fake device: for tests that run code. And the few
 * instructions that their code is made of. Include behind <cmocka.h>. */
#ifndef MICROVM_TESTS_SUPPORT_H
#define MICROVM_TESTS_SUPPORT_H

#include "cpu/block.h"
#include "cpu/engine.h"
#include "hart_fixture.h"

#define RIG_DEVICE UINT64_C(0x10000000)
#define RIG_DEVICE_BYTES 4096
/* Offsets in the device: words that hold what was written, and three with an effect. */
#define RIG_STEPS 0x18     /* reads the hart's exact step count */
#define RIG_INTERRUPT 0x20 /* drives the rig's interrupt line with bit 0 */
#define RIG_HALT 0x28      /* ends the run */

struct rig {
    struct fixture *f;
    const struct engine *engine;
    uint64_t interrupt; /* the bit of mip that the device drives */
    uint64_t device[64];
    uint64_t device_digest; /* of all accesses: what, where, when */
};

/* cpu: as --cpu has it; cache_bytes: the code cache's. */
struct rig *rig_create(const struct engine *engine, const char *cpu, size_t cache_bytes);
void rig_destroy(struct rig *rig);

static inline struct hart *rig_hart(struct rig *rig)
{
    return &rig->f->hart;
}

/* Makes exactly so many steps; a WFI wakes at once, a halt is gone on from. */
void rig_steps(struct rig *rig, uint64_t steps);

/* A digest of all architectural state of the hart and the device's; memory apart. */
uint64_t rig_digest(const struct rig *rig);
uint64_t rig_ram_digest(const struct rig *rig);

/* Writes to guest RAM as a loader does. */
void rig_put32(struct rig *rig, uint64_t pa, uint32_t value);
void rig_put64(struct rig *rig, uint64_t pa, uint64_t value);
uint64_t rig_get64(const struct rig *rig, uint64_t pa);
/* A program: words up to a zero. */
void rig_program(struct rig *rig, uint64_t pa, const uint32_t *words);

/* One 4 KiB page in the Sv39 tables whose root is at `root`; tables are taken from *free_page upwards. */
void rig_map(struct rig *rig, uint64_t root, uint64_t *free_page, uint64_t va, uint64_t pa, uint64_t pte_bits);
/* PMP open to all, S mode on the tables at root, everything delegated that can be. */
void rig_enter_s(struct rig *rig, uint64_t root, unsigned asid);

#define PTE_RWX 0xcfu /* V R W X A D */
#define PTE_RW 0xc7u
#define PTE_USER 0x10u

#define MAKE_I(opcode, funct3, rd, rs1, imm)                                                                            \
    ((uint32_t)(opcode) | (uint32_t)(rd) << 7 | (uint32_t)(funct3) << 12 | (uint32_t)(rs1) << 15 | (uint32_t)(imm) << 20)
#define MAKE_R(opcode, funct3, funct7, rd, rs1, rs2)                                                                    \
    MAKE_I(opcode, funct3, rd, rs1, (uint32_t)(funct7) << 5 | (uint32_t)(rs2))
#define MAKE_S(opcode, funct3, rs1, rs2, imm)                                                                           \
    MAKE_I(opcode, funct3, (uint32_t)(imm)&31, rs1, ((uint32_t)(imm) >> 5 & 127) << 5 | (uint32_t)(rs2))
#define MAKE_ADDI(rd, rs1, imm) MAKE_I(0x13, 0, rd, rs1, imm)
#define MAKE_ADD(rd, rs1, rs2) MAKE_R(0x33, 0, 0, rd, rs1, rs2)
#define MAKE_LOAD(funct3, rd, rs1, imm) MAKE_I(0x03, funct3, rd, rs1, imm)
#define MAKE_STORE(funct3, rs1, rs2, imm) MAKE_S(0x23, funct3, rs1, rs2, imm)
#define MAKE_LD(rd, rs1, imm) MAKE_LOAD(3, rd, rs1, imm)
#define MAKE_SD(rs1, rs2, imm) MAKE_STORE(3, rs1, rs2, imm)
#define MAKE_SW(rs1, rs2, imm) MAKE_STORE(2, rs1, rs2, imm)
#define MAKE_JALR(rd, rs1, imm) MAKE_I(0x67, 0, rd, rs1, imm)
#define MAKE_CSR(verb, rd, csr, rs1) MAKE_I(0x73, verb, rd, rs1, csr)
#define MAKE_AMO(funct5, funct3, rd, rs1, rs2) MAKE_R(0x2f, funct3, (funct5) << 2, rd, rs1, rs2)
#define MAKE_LR_D(rd, rs1) MAKE_AMO(2, 3, rd, rs1, 0)
#define MAKE_SC_D(rd, rs1, rs2) MAKE_AMO(3, 3, rd, rs1, rs2)
#define MAKE_AMOADD_D(rd, rs1, rs2) MAKE_AMO(0, 3, rd, rs1, rs2)
#define INSN_WORD_FENCE_I 0x0000100fu
#define INSN_WORD_ECALL 0x00000073u
#define INSN_WORD_EBREAK 0x00100073u
#define INSN_WORD_MRET 0x30200073u
#define INSN_WORD_SRET 0x10200073u
#define INSN_WORD_WFI 0x10500073u
#define INSN_WORD_SFENCE_ALL 0x12000073u
#define INSN_WORD_NOP 0x00000013u

/* A jump (rd = 0: no link) and a branch by so many bytes. */
uint32_t make_jal(unsigned rd, int32_t by);
uint32_t make_branch(unsigned funct3, unsigned rs1, unsigned rs2, int32_t by);

#endif
