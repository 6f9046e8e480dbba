/* SPDX-License-Identifier: MIT */
#include "lib.h"

int main(const char *argument)
{
    print("%s\n", argument);
    return 0;
}
