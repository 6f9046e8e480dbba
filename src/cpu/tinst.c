/* SPDX-License-Identifier: MIT */
#include "cpu/tinst.h"

#include "base/bits.h"
#include "cpu/decode.h"
#include "cpu/trap.h"

#define RD_SHIFT 7
#define RS1_SHIFT 15
#define RS2_SHIFT 20
#define REGISTER 31u
#define OPCODE_AND_FUNCT3 0x707fu
#define OPCODE 0x7fu
#define OPCODE_AMO 0x2fu
#define CBO 0x200fu
#define VIRTUAL_ACCESS 0x4073u
#define NOT_COMPRESSED BIT(1)

/* The standard transformation, or 0 for what has none: the offset of the address goes where rs1 was.
 * norm:H_trap_xtinst_exception_list, norm:H_tinst_addr_offset, norm:h_trans_cache */
static uint32_t transformed(const struct insn_info *info, const struct op *op, unsigned offset)
{
    uint32_t bits = (uint32_t)op->imm & ~(REGISTER << RS1_SHIFT);
    switch (info->class) {
    case CLASS_LOAD:
    case CLASS_FLOAD: return info->match | (op->rd & REGISTER) << RD_SHIFT | offset << RS1_SHIFT;
    case CLASS_STORE:
    case CLASS_FSTORE: return info->match | (uint32_t)op->rs2 << RS2_SHIFT | offset << RS1_SHIFT;
    case CLASS_AMO32:
    case CLASS_AMO64: return bits | offset << RS1_SHIFT;
    default: break;
    }
    if ((bits & OPCODE_AND_FUNCT3) == CBO)
        return bits;
    bool accesses = (bits & OPCODE) == OPCODE_AMO || (bits & OPCODE_AND_FUNCT3) == VIRTUAL_ACCESS;
    return accesses ? bits | offset << RS1_SHIFT : 0;
}

static bool is_basic(enum insn_class class)
{
    return class == CLASS_LOAD || class == CLASS_FLOAD || class == CLASS_STORE || class == CLASS_FSTORE;
}

/* norm:H_trap_xtinst_val: the causes that show a transformed instruction. */
static bool shows_instruction(uint64_t cause)
{
    switch (cause) {
    case CAUSE_load_address_misaligned:
    case CAUSE_load_access_fault:
    case CAUSE_store_address_misaligned:
    case CAUSE_store_access_fault:
    case CAUSE_load_page_fault:
    case CAUSE_store_page_fault:
    case CAUSE_load_guest_page_fault:
    case CAUSE_store_guest_page_fault: return true;
    default: return false;
    }
}

void tinst_complete(struct hart *h, unsigned id, const struct op *op, unsigned length)
{
    if (h->trap.tinst != 0 || !shows_instruction(h->trap.cause) || id >= INSN_COUNT)
        return;
    const struct insn_info *info = insn_info(h->decoder, (enum insn_id)id);
    uint64_t address = h->x[op->rs1] + (is_basic(info->class) ? (uint64_t)(int64_t)op->imm : 0);
    uint32_t value = transformed(info, op, (unsigned)(h->trap.tval - address) & REGISTER);
    h->trap.tinst = length == 2 ? value & ~NOT_COMPRESSED : value;
}
