/* SPDX-License-Identifier: MIT */
/* With compressed instructions a jump may go to any even address; JALR, C.JR and C.JALR clear bit 0 of
 * their sum (norm:jalr_target, norm:jal_target), so no jump is misaligned. Links are the address behind
 * the jump, 2 or 4 bytes on. */
#include "lib/env.h"

#define C_ADDI_A0 0x0505 /* c.addi a0, 1 */
#define C_JR_RA 0x8082   /* c.jr ra */

static uint16_t code[2 * PAGE / 2] __attribute__((aligned(PAGE)));

static uint64_t call(uint64_t address)
{
    uint64_t value = 0;
    expect(90, try_call((void *)address, &value), NO_TRAP);
    return value;
}

#define JUMP_WITH(instruction, target)                                                                                 \
    ({                                                                                                                 \
        register uint64_t a0 __asm__("a0") = 0;                                                                        \
        uint64_t cause = TRY(instruction, a0, target);                                                                 \
        uint64_t value = a0;                                                                                           \
        expect(91, cause, NO_TRAP);                                                                                    \
        value;                                                                                                         \
    })

/* Every even place near and across the page's end; odd addresses go to the even one below. */
static void check_places(void)
{
    for (unsigned at = PAGE / 2 - 8; at < PAGE / 2 + 8; at++) {
        for (unsigned i = 0; i < 40; i++)
            code[PAGE / 2 - 20 + i] = C_JR_RA;
        code[at] = C_ADDI_A0;
        __asm__ volatile("fence.i" ::: "memory");
        uint64_t address = (uint64_t)&code[at];
        for (unsigned round = 0; round < 3; round++) {
            expect(1, call(address), 1);
            expect(2, call(address + 1), 1);
            expect(3, JUMP_WITH("c.jalr %1", address), 1);
            expect(4, JUMP_WITH("c.jalr %1", address + 1), 1);
            expect(5, JUMP_WITH("jalr ra, 1(%1)", address), 1);
            expect(6, JUMP_WITH("jalr ra, -3(%1)", address + 4), 1);
            expect(7, JUMP_WITH("la ra, 9f\n c.jr %1", address + 1), 1);
            expect(8, JUMP_WITH("la ra, 9f\n jalr x0, 1(%1)", address), 1);
        }
    }
}

/* The link and the target of jumps that overwrite their own register, or have half-aligned ends. */
static void check_links(void)
{
    uint64_t link, want;
    __asm__ volatile(".balign 4\n c.nop\n la t0, 2f\n la %1, 1f\n c.jalr t0\n 1: j 3f\n c.nop\n 2: mv %0, ra\n 3:\n"
                     : "=&r"(link), "=&r"(want)
                     :
                     : "t0", "ra");
    expect(20, link, want);
    __asm__ volatile("la ra, 2f\n la %1, 1f\n jalr ra, ra, 1\n 1: j 3f\n 2: mv %0, ra\n 3:\n"
                     : "=&r"(link), "=&r"(want)
                     :
                     : "ra");
    expect(21, link, want);
    __asm__ volatile(".balign 4\n la %1, 1f\n c.nop\n jal t0, 2f\n 1: j 3f\n c.nop\n c.nop\n 2: mv %0, t0\n 3:\n"
                     : "=&r"(link), "=&r"(want)
                     :
                     : "t0");
    expect(22, link, want);
}

void test(void)
{
    check_places();
    for (unsigned round = 0; round < 3; round++)
        check_links();
}
