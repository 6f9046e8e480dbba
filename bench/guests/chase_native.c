/* SPDX-License-Identifier: MIT */
#include "chase.h"

int main(void)
{
    return chase_result() != CHASE_EXPECTED;
}
