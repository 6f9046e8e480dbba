/* SPDX-License-Identifier: MIT */
/* What the server process of a share gives up before it reads the first message: new privileges, all of the file system but the
 * folder (Landlock, where the kernel has it), the network, and every system call that serving files does not need. */
#ifndef MICROVM_SHARE_SANDBOX_H
#define MICROVM_SHARE_SANDBOX_H

#include <stdbool.h>

#include "base/error.h"

/* First: root is the folder's descriptor; *files: descriptors that may be open from now on. */
bool sandbox_enter(int root, bool writable, unsigned *files, struct error *err);

/* Last: the system calls. A forbidden one ends the process. */
bool sandbox_close(struct error *err);

#endif
