/* SPDX-License-Identifier: MIT */
#include "project/advice.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

/* By the words of ID and ID_LIKE in /etc/os-release. */
static const struct {
    const char *system, *compiler;
} systems[] = {
    {"debian", "apt install gcc-riscv64-unknown-elf"}, {"ubuntu", "apt install gcc-riscv64-unknown-elf"},
    {"fedora", "dnf install gcc-riscv64-linux-gnu"},   {"arch", "pacman -S riscv64-elf-gcc"},
    {"alpine", "apk add gcc-riscv-none-elf"},
};

static bool names(const char *line, const char *system)
{
    const char *equals = strchr(line, '=');
    return equals != NULL && (strncmp(line, "ID=", 3) == 0 || strncmp(line, "ID_LIKE=", 8) == 0) &&
           strstr(equals, system) != NULL;
}

const char *advice_compiler(void)
{
    const char *advice = "install riscv64-unknown-elf-gcc, or clang and lld";
    FILE *file = fopen("/etc/os-release", "re");
    char line[256];
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        for (size_t i = 0; i < ARRAY_SIZE(systems); i++)
            if (names(line, systems[i].system))
                advice = systems[i].compiler;
    if (file != NULL)
        fclose(file);
    return advice;
}
