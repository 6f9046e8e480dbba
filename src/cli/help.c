/* SPDX-License-Identifier: MIT */
#include "cli/help.h"

#include <string.h>

enum { WIDTH = 80, MEANING_COLUMN = 31, COMMAND_COLUMN = 24 };

/* Prints text word by word from column `at` on, wrapped at WIDTH and indented to `indent`; ends the line. */
static void wrap(FILE *out, const char *text, size_t at, size_t indent)
{
    bool line_begins = true;
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        if (!line_begins && at + 1 + length > WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
            line_begins = true;
        }
        fprintf(out, "%s%.*s", line_begins ? "" : " ", (int)length, text);
        at += length + !line_begins;
        line_begins = false;
        text += length + (text[length] == ' ');
    }
    fputc('\n', out);
}

/* The left column, then the meaning in the right one; on a line of its own if the left is too wide. */
static void two_columns(FILE *out, const char *left, const char *right, size_t column)
{
    size_t width = strlen(left);
    if (width + 2 > column)
        fprintf(out, "%s\n%*s", left, (int)column, "");
    else
        fprintf(out, "%-*s", (int)column, left);
    wrap(out, right, column, column);
}

static void print_option(FILE *out, const struct option_row *row)
{
    char left[128], right[2048];
    char letter[8] = "    ";
    if (row->letter != 0)
        snprintf(letter, sizeof letter, "-%c, ", row->letter);
    const char *between = row->argument == NULL ? "" : option_argument_is_optional(row) ? "[=" : " ";
    const char *argument = row->argument == NULL ? "" : row->argument + option_argument_is_optional(row);
    snprintf(left, sizeof left, "  %s--%s%s%s", letter, row->name, between, argument);
    snprintf(right, sizeof right, "%s%s%s%s", row->meaning, row->preset != NULL ? " [" : "",
             row->preset != NULL ? row->preset : "", row->preset != NULL ? "]" : "");
    two_columns(out, left, right, MEANING_COLUMN);
}

static void print_options(FILE *out)
{
    size_t count;
    const struct option_row *rows = option_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].group != NULL)
            fprintf(out, "\n%s:\n", rows[i].group);
        else
            print_option(out, &rows[i]);
    }
}

void help_command(FILE *out, const struct command *command)
{
    fprintf(out, "Usage: microvm %s%s%s%s\n\n", command->name, command->takes == TAKES_OPTIONS ? " [OPTION]..." : "",
            command->operand != NULL ? " " : "", command->operand != NULL ? command->operand : "");
    wrap(out, command->text, 0, 0);
    if (command->takes == TAKES_OPTIONS)
        print_options(out);
}

void help_overview(FILE *out)
{
    size_t count;
    const struct command *commands = command_table(&count);
    fputs("Usage: microvm COMMAND [ARGUMENT]...\n\nA RISC-V machine that runs in an ordinary process.\n\nCommands:\n",
          out);
    for (size_t i = 0; i < count; i++) {
        char left[128];
        snprintf(left, sizeof left, "  %s%s%s", commands[i].name, commands[i].operand != NULL ? " " : "",
                 commands[i].operand != NULL ? commands[i].operand : "");
        two_columns(out, left, commands[i].summary, COMMAND_COLUMN);
    }
    fputs("\nmicrovm help COMMAND explains one, with its options.\n"
          "\nTry:  microvm run --example minimal-kernel\n"
          "      microvm init my-os\n",
          out);
}

bool command_help(int count, char *const *arguments, int *status, struct error *err)
{
    (void)status;
    if (count == 0) {
        help_overview(stdout);
        return true;
    }
    const struct command *command = command_find(arguments[0], err);
    if (command == NULL)
        return false;
    help_command(stdout, command);
    return true;
}
