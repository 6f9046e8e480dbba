/* SPDX-License-Identifier: MIT */
/* The three standard descriptors. Owns nothing. */
#ifndef MICROVM_HOST_DESCRIPTORS_H
#define MICROVM_HOST_DESCRIPTORS_H

#include <stdbool.h>

#include "base/error.h"

/* Opens /dev/null in the place of a standard descriptor that the caller has closed, so that no file of ours lands there and
 * is taken for the console. To be called before anything is opened. */
bool descriptors_complete(struct error *err);

#endif
