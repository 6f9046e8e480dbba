/* SPDX-License-Identifier: MIT */
/* The command: hands the arguments to the subcommand that they name. The only place that prints a struct error and that
 * ends the process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/help.h"
#include "host/descriptors.h"
#include "machine/stop.h"
#include "share/share_server.h"

/* One line, whatever bytes a file's name or a value brought in. */
static void print_error(const struct error *err)
{
    fputs("microvm: ", stderr);
    for (const char *c = err->text; *c != '\0'; c++)
        fputc(text_is_control(*c) ? '?' : *c, stderr);
    fputc('\n', stderr);
}

/* Where there are options, the command's parser counts. */
static bool check_count(const struct command *command, int count, char *const *arguments, struct error *err)
{
    int most = command->operand != NULL ? 1 : 0;
    if (command->takes != TAKES_OPERAND || count <= most)
        return true;
    return error_set(err, "%s: takes %s, so '%.200s' is too much", command->name,
                     most == 0 ? "no argument" : "one argument", arguments[most]);
}

static bool dispatch(int count, char *const *arguments, int *status, struct error *err)
{
    if (count < 2) {
        help_overview(stderr);
        *status = EXIT_STATUS_COULD_NOT_RUN;
        return true;
    }
    const char *name = arguments[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    if (strcmp(name, "--version") == 0)
        name = "version";
    if (strcmp(name, SHARE_SERVER_COMMAND) == 0)
        return share_server_run(count > 2 && strcmp(arguments[2], SHARE_SERVER_WRITABLE) == 0, err);
    const struct command *command = command_find(name, err);
    if (command == NULL)
        return false;
    if (command->takes != TAKES_OPTIONS && count == 3 && strcmp(arguments[2], "--help") == 0) {
        help_command(stdout, command);
        return true;
    }
    if (!check_count(command, count - 2, arguments + 2, err))
        return false;
    return command->run(count - 2, arguments + 2, status, err);
}

int main(int argc, char **argv)
{
    struct error err = {""};
    int status = 0;
    bool ok = descriptors_complete(&err) && dispatch(argc, argv, &status, &err);
    if (ok && fflush(stdout) != 0)
        ok = error_set(&err, "cannot write to standard output");
    if (!ok)
        print_error(&err);
    exit(ok ? status : EXIT_STATUS_COULD_NOT_RUN);
}
