/* SPDX-License-Identifier: MIT */
#include "mix.h"

int main(void)
{
    return mix_runs();
}
