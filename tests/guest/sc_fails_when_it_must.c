/* SPDX-License-Identifier: MIT */
/* SC succeeds right after its LR, and fails without one, at an address outside the reservation, and
 * after another SC, be it a failed one (norm:sc_addr_not_in_reservation_fail,
 * norm:sc_intervening_sc_fail, norm:sc_reservation_invalidate). A failed SC stores nothing and gives
 * a value that is not 0 (norm:sc_failed_side_effects, norm:sc_failure_code). */
#include "lib/env.h"

static uint64_t words[64] __attribute__((aligned(512)));

#define LR "lr.d t1, (%1)\n"
#define SC "sc.d %0, t1, (%1)\n"
#define FAR_SC "addi t2, %1, 256\n sc.d t2, t1, (t2)\n"

#define SC_RESULT(instructions)                                                                    \
    ({                                                                                             \
        uint64_t result = 1234;                                                                    \
        expect(90, TRY(instructions, result, words), NO_TRAP);                                     \
        result;                                                                                    \
    })

void test(void)
{
    words[0] = 5;
    words[32] = 6;
    expect(1, SC_RESULT(LR "addi t1, t1, 1\n" SC), 0);
    expect(2, words[0], 6);
    expect(3, SC_RESULT("li t1, 99\n" SC) != 0, true);
    expect(4, SC_RESULT(LR "li t1, 99\n" SC "li t1, 98\n" SC) != 0, true);
    expect(5, words[0], 99);
    expect(6, SC_RESULT(LR "li t1, 97\n addi t2, %1, 256\n sc.d %0, t1, (t2)\n") != 0, true);
    expect(7, SC_RESULT(LR "li t1, 96\n" FAR_SC SC) != 0, true);
    expect(8, words[0], 99);
    expect(9, words[32], 6);
    expect(10, SC_RESULT("lr.w t1, (%1)\n li t1, 95\n sc.w %0, t1, (%1)\n"), 0);
    expect(11, words[0], 95);
}
