/* SPDX-License-Identifier: MIT */
/* The manual page in roff, made from the tables of commands, options and exit statuses. */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

static const struct {
    const char *status, *meaning;
} statuses[] = {
#define EXIT(status, meaning) {status, meaning},
#include "cli/exit_status.def"
#undef EXIT
};

/* Text with roff's own characters escaped. */
static void text(const char *s)
{
    if (*s == '.' || *s == '\'')
        fputs("\\&", stdout);
    for (; *s != '\0'; s++) {
        if (*s == '-')
            fputs("\\-", stdout);
        else if (*s == '\\')
            fputs("\\e", stdout);
        else if (*s == '\'')
            fputs("\\(aq", stdout);
        else
            putchar(*s);
    }
}

static void paragraph(const char *s)
{
    puts(".PP");
    text(s);
    putchar('\n');
}

/* A tagged paragraph's tag in bold, an argument behind it in italics. */
static void tag(const char *name, const char *argument)
{
    printf(".TP\n\\fB");
    text(name);
    printf("\\fR");
    if (argument != NULL) {
        printf(" \\fI");
        text(argument);
        printf("\\fR");
    }
    putchar('\n');
}

static void print_commands(void)
{
    size_t count;
    const struct command *commands = command_table(&count);
    puts(".SH COMMANDS");
    for (size_t i = 0; i < count; i++) {
        tag(commands[i].name, commands[i].operand);
        text(commands[i].text);
        putchar('\n');
    }
}

static void print_option(const struct option_row *row)
{
    char names[64];
    if (row->letter != 0)
        snprintf(names, sizeof names, "-%c, --%s", row->letter, row->name);
    else
        snprintf(names, sizeof names, "--%s", row->name);
    if (option_argument_is_optional(row))
        snprintf(names + strlen(names), sizeof names - strlen(names), "[=%s", row->argument + 1);
    tag(names, option_argument_is_optional(row) ? NULL : row->argument);
    text(row->meaning);
    if (row->preset != NULL) {
        fputs(" (default: ", stdout);
        text(row->preset);
        putchar(')');
    }
    putchar('\n');
}

static void print_options(void)
{
    size_t count;
    const struct option_row *rows = option_table(&count);
    puts(".SH OPTIONS");
    paragraph("The commands run and dts take these options, before or behind the kernel's file.");
    for (size_t i = 0; i < count; i++) {
        if (rows[i].group != NULL)
            printf(".SS %s\n", rows[i].group);
        else
            print_option(&rows[i]);
    }
}

static void print_keys(void)
{
    puts(".SH KEYS");
    paragraph("Where standard input is a terminal, it is raw while the machine runs: Ctrl-C goes to the guest. Behind "
              "Ctrl-A:");
    tag("h", NULL);
    puts("shows the keys");
    tag("x", NULL);
    puts("quits");
    tag("a", NULL);
    text("sends Ctrl-A to the guest");
    putchar('\n');
    paragraph("Input from a pipe or a file reaches the guest byte for byte, Ctrl-A too, and its end changes nothing.");
}

bool command_man(UNUSED int count, UNUSED char *const *arguments, UNUSED int *status, UNUSED struct error *err)
{
    printf(".TH MICROVM 1 \"\" \"%s\" \"User Commands\"\n.SH NAME\nmicrovm \\- ", command_version_text());
    puts("a RISC\\-V machine that runs in an ordinary process");
    puts(".SH SYNOPSIS\n.B microvm run\n[\\fIOPTION\\fR]... [\\fIFILE\\fR]\n.br\n.B microvm\n\\fICOMMAND\\fR "
         "[\\fIARGUMENT\\fR]...");
    puts(".SH DESCRIPTION");
    text("microvm boots a RISC-V kernel, Linux or one of your own, on a machine with the addresses and devices of "
         "QEMU's virt.");
    putchar('\n');
    print_commands();
    print_options();
    print_keys();
    puts(".SH EXIT STATUS\nOf run:");
    for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
        tag(statuses[i].status, NULL);
        text(statuses[i].meaning);
        putchar('\n');
    }
    puts(".SH EXAMPLES\n.nf");
    text("microvm run --example minimal-kernel\nmicrovm run --kernel kernel.bin --load-addr 0x80000000\n"
         "microvm run Image --initrd initramfs.cpio.gz --cpus 4 -m 512M\nmicrovm init my-os");
    puts("\n.fi");
    return true;
}
