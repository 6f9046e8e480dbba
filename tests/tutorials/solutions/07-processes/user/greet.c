/* SPDX-License-Identifier: MIT */
#include "lib.h"

int main(void)
{
    exec("echo", "Good morning");
    print("greet: there is no echo\n");
    return 1;
}
