/* SPDX-License-Identifier: MIT */
/* The options of `microvm run` that a test's spec may use. */
#ifndef MICROVM_CLI_TEST_OPTIONS_H
#define MICROVM_CLI_TEST_OPTIONS_H

#include "grade/spec.h"

extern const struct grade_options test_options;

#endif
