/* SPDX-License-Identifier: MIT */
/* Files of options, for --config: JSON objects whose keys are the options' long names (docs/config.md). A file owns its
 * text and the values that it has told of. */
#ifndef MICROVM_CLI_CONFIG_FILE_H
#define MICROVM_CLI_CONFIG_FILE_H

#include "cli/option.h"

struct config_file;

/* Reads a file and sees whether it is JSON. before: files that come before it, which the result holds; NULL: none. NULL:
 * err says what is wrong, and where. */
struct config_file *config_file_open(const char *path, struct config_file *before, struct error *err);

/* This one and those before it; NULL is accepted. */
void config_files_close(struct config_file *last);

/* Tells of each option that stands in the files, in their order, the first file first. Values are valid until the files
 * are closed; relative file names in them are made those of the file's folder. */
bool config_files_walk(struct config_file *last, const struct option_visitor *visitor, struct error *err);

/* Whether values of the option may be written as JSON numbers. */
bool config_takes_number(const struct option_row *row);

/* Whether the option may stand in a file at all. */
bool config_takes(const struct option_row *row);

#endif
