/* SPDX-License-Identifier: MIT */
/* One test on one machine of its own, in the calling process. */
#ifndef MICROVM_GRADE_RUN_H
#define MICROVM_GRADE_RUN_H

#include "grade/outcome.h"

/* Runs the test and judges it; whatever goes wrong is in the outcome. The same test gives the same outcome on every host. Of one that
 * failed a recording is left in the folder, and the outcome's message says how to run it again; folder NULL: none is. */
void grade_run(const struct grade_test *test, const char *folder, struct grade_outcome *outcome);

#endif
