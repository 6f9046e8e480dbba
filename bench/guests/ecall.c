/* SPDX-License-Identifier: MIT */
/* System calls: from U mode to S mode and back. ecall.S has both sides. */
#include "runtime.h"

enum { ROUNDS = 2500000 };

/* What the user program has summed up after that many calls. */
uint64_t run_user(uint64_t rounds);

/* The program's one page. */
extern const char user_program[];

int main(void)
{
    enter_supervisor(4 << 20, 1 << CAUSE_ECALL_U);
    give_to_user(user_program);
    return is_result(run_user(ROUNDS), 0x000002d7a206ac70);
}
