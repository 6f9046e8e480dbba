/* SPDX-License-Identifier: MIT */
#include "board.h"
#include "console.h"
#include "csr.h"
#include "disk.h"
#include "fs.h"
#include "keyboard.h"
#include "plic.h"
#include "trap.h"

static char line[512];             /* what is being typed */

static char read_char(void)
{
    int c;
    csr_clear(mstatus, MSTATUS_MIE);
    while ((c = keyboard_read()) < 0) {
        asm volatile("wfi");
        csr_set(mstatus, MSTATUS_MIE);
        csr_clear(mstatus, MSTATUS_MIE);
    }
    csr_set(mstatus, MSTATUS_MIE);
    return c;
}

static void read_line(void)
{
    unsigned length = 0;
    for (char c; (c = read_char()) != '\r' && c != '\n';) {
        if (c == 0x7f && length) {
            length--;
            printf("\b \b");       /* backspace: wipe the character out */
        } else if (c >= ' ' && c < 0x7f && length < sizeof line - 2) {
            line[length++] = c;
            put_char(c);
        }
    }
    line[length] = 0;
    printf("\n");
}

/* Cuts the first word off the text; the rest of it. */
static char *rest_behind_word(char *text)
{
    while (*text && *text != ' ')
        text++;
    if (*text)
        *text++ = 0;
    return text;
}

static bool is(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static bool write(char *name)
{
    char *text = rest_behind_word(name);
    uint32_t size = 0;
    while (text[size])
        size++;
    text[size++] = '\n';           /* in the place of its zero: line has room for one more */
    return fs_write(name, text, size);
}

static void obey(char *command)
{
    char *argument = rest_behind_word(command);
    bool ok = true;
    if (is(command, "ls"))
        fs_list();
    else if (is(command, "cat"))
        ok = fs_print(argument);
    else if (is(command, "write"))
        ok = write(argument);
    else if (is(command, "reboot"))
        reboot();
    else if (is(command, "quit"))
        power_off(0);
    else if (command[0])
        printf("ls, cat NAME, write NAME TEXT, reboot, quit\n");
    if (!ok)
        printf("%s: failed\n", command);
}

void main(void)
{
    trap_init();
    plic_init();
    csr_set(mstatus, MSTATUS_MIE);
    if (!disk_init() || !fs_mount()) {
        printf("no disk with a tinyfs\n");
        power_off(1);
    }
    keyboard_init();
    for (;;) {
        printf("tiny> ");
        read_line();
        obey(line);
    }
}
