/* SPDX-License-Identifier: MIT */
/* Tells when a source has changed: on whatever way an editor saves, in the folder, in folders in it, and in folders that are named. What is
 * not a source by its name (a disk image, an editor's own file) is no change, nor is anything in folders of results. */
#ifndef MICROVM_PROJECT_CHANGES_H
#define MICROVM_PROJECT_CHANGES_H

#include <stdbool.h>

#include "base/error.h"

struct changes;

/* NULL: err says why nothing can be watched. */
struct changes *changes_open(const char *folder, struct error *err);

/* Watches this folder, too, but not the folders in it. What is watched already, or is not there, is fine. */
void changes_add(struct changes *changes, const char *folder);

/* Readable when something has happened. */
int changes_descriptor(const struct changes *changes);

/* Takes what has happened since the last call. *changed: a source is among it. False: the folder is gone; err says so. */
bool changes_take(struct changes *changes, bool *changed, struct error *err);

/* The source that changed last, without its folder; "" if none did. */
const char *changes_name(const struct changes *changes);

/* Accepts NULL. */
void changes_close(struct changes *changes);

#endif
