/* SPDX-License-Identifier: MIT */
/* microvm schema: what the control socket speaks, and what --config takes. */
#include "remote/schema.h"

#include <string.h>

#include "base/compiler.h"
#include "cli/command.h"
#include "cli/config_schema.h"

bool command_schema(int count, char *const *arguments, UNUSED int *status, struct error *err)
{
    if (count != 1)
        return error_set(err, "schema: name a form: json, markdown or config");
    if (strcmp(arguments[0], "json") == 0)
        return remote_print_schema(stdout) || error_set(err, "out of memory");
    if (strcmp(arguments[0], "config") == 0)
        return config_print_schema() || error_set(err, "out of memory");
    if (strcmp(arguments[0], "markdown") != 0)
        return error_set(err, "schema: '%.100s' is not one of json|markdown|config", arguments[0]);
    remote_print_reference(stdout);
    return true;
}
