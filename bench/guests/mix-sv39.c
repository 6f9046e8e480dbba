/* SPDX-License-Identifier: MIT */
#include "mix.h"

int main(void)
{
    enter_supervisor(4 << 20, 0);
    return mix_runs();
}
