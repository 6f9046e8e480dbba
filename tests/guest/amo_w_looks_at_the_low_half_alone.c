/* SPDX-License-Identifier: MIT */
/* A 32-bit AMO ignores the upper half of its operand and gives its result sign-extended
 * (norm:amo_operand_size), and so do LR.W and SC.W; the memory beside it is untouched. */
#include "lib/env.h"

static uint64_t words[3] __attribute__((aligned(64)));

#define GARBAGE UINT64_C(0xa5a5a5a500000000)
#define OTHER UINT64_C(0x1122334400000000)

/* With the word at the low and at the high half of its doubleword; rd apart from rs2 and the same. */
#define CHECK(number, instruction, in_memory, operand, want)                                                           \
    do {                                                                                                               \
        for (unsigned high = 0; high < 2; high++) {                                                                    \
            uint64_t result, same = (operand);                                                                         \
            uint32_t *at = (uint32_t *)&words[1] + high;                                                               \
            words[0] = words[2] = UINT64_MAX;                                                                          \
            words[1] = OTHER | OTHER >> 32;                                                                            \
            *at = (in_memory);                                                                                         \
            uint64_t expected = words[1] & (high ? UINT32_MAX : ~(uint64_t)UINT32_MAX);                                \
            expected |= (uint64_t)(uint32_t)(want) << 32 * high;                                                       \
            __asm__ volatile(instruction ".w %0, %1, (%2)" : "=&r"(result) : "r"(same), "r"(at) : "memory");           \
            expect(number, result, (uint64_t)(int64_t)(int32_t)(in_memory));                                           \
            expect(number + 1, words[1], expected);                                                                    \
            *at = (in_memory);                                                                                         \
            __asm__ volatile(instruction ".w.aqrl %0, %0, (%1)" : "+r"(same) : "r"(at) : "memory");                    \
            expect(number + 2, same, (uint64_t)(int64_t)(int32_t)(in_memory));                                         \
            expect(number + 3, words[1], expected);                                                                    \
            expect(number + 3, words[0] & words[2], UINT64_MAX);                                                       \
        }                                                                                                              \
    } while (0)

static void store_conditional(void)
{
    uint64_t result, loaded;
    words[1] = OTHER | 0x80000001;
    __asm__ volatile("lr.w %1, (%2)\n sc.w %0, %3, (%2)"
                     : "=&r"(result), "=&r"(loaded)
                     : "r"(&words[1]), "r"(GARBAGE | 0x87654321)
                     : "memory");
    expect(80, loaded, UINT64_C(0xffffffff80000001));
    expect(81, result, 0);
    expect(82, words[1], OTHER | 0x87654321);
}

void test(void)
{
    for (unsigned warm = 0; warm < 3; warm++) {
        CHECK(1, "amoswap", 0x80000000, GARBAGE | 1, 1);
        CHECK(5, "amoadd", 0xffffffff, GARBAGE | 1, 0);
        CHECK(9, "amoadd", 0x7fffffff, GARBAGE | 1, 0x80000000);
        CHECK(13, "amoand", 0xff00ff00, GARBAGE | 0x0ff00ff0, 0x0f000f00);
        CHECK(17, "amoor", 0xff00ff00, GARBAGE | 0x0ff00ff0, 0xfff0fff0);
        CHECK(21, "amoxor", 0xff00ff00, GARBAGE | 0x0ff00ff0, 0xf0f0f0f0);
        /* as 64-bit numbers these operands would compare the other way */
        CHECK(25, "amomin", 5, UINT64_C(0xffffffff00000009), 5);
        CHECK(29, "amomin", 5, UINT64_C(0x7fffffff00000003), 3);
        CHECK(33, "amomin", 5, UINT64_C(0x00000000ffffffff), 0xffffffff);
        CHECK(37, "amomax", 5, UINT64_C(0xffffffff00000009), 9);
        CHECK(41, "amomax", 0xfffffffe, UINT64_C(0x00000000ffffffff), 0xffffffff);
        CHECK(45, "amomax", 5, UINT64_C(0x7fffffff80000000), 5);
        CHECK(49, "amominu", 5, UINT64_C(0xffffffff00000003), 3);
        CHECK(53, "amominu", 0x80000000, UINT64_C(0x000000017fffffff), 0x7fffffff);
        CHECK(57, "amominu", 5, UINT64_C(0x1000000000000009), 5);
        CHECK(61, "amomaxu", 5, UINT64_C(0x1000000000000003), 5);
        CHECK(65, "amomaxu", 0x7fffffff, UINT64_C(0x0000000080000000), 0x80000000);
        CHECK(69, "amomaxu", 0xffffffff, UINT64_C(0x0000000100000000), 0xffffffff);
        store_conditional();
    }
}
