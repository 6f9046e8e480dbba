/* SPDX-License-Identifier: MIT */
#include "chase.h"
#include "runtime.h"

int main(void)
{
    enter_supervisor(66 << 20, 0);
    return is_result(chase_result(), CHASE_EXPECTED);
}
