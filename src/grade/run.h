/* SPDX-License-Identifier: MIT */
/* One test on one machine of its own, in the calling process. */
#ifndef MICROVM_GRADE_RUN_H
#define MICROVM_GRADE_RUN_H

#include "grade/outcome.h"

/* Runs the test and judges it; whatever goes wrong is in the outcome. The same test gives the same outcome on every host. */
void grade_run(const struct grade_test *test, struct grade_outcome *outcome);

#endif
