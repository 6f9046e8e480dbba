/* SPDX-License-Identifier: MIT */
/* The process behind a share: it has the folder, the ring and nothing else (share/sandbox.h), and ends with the machine. */
#ifndef MICROVM_SHARE_SHARE_SERVER_H
#define MICROVM_SHARE_SHARE_SERVER_H

#include "base/error.h"

/* The hidden command by which the program starts itself anew as such a process, and the word that makes the folder writable. */
#define SHARE_SERVER_COMMAND "share-server"
#define SHARE_SERVER_WRITABLE "rw"

/* Serves what is behind the descriptors of share/ring.h until the machine has ended. False: they are not there, as nobody but a
 * machine starts this. */
bool share_server_run(bool writable, struct error *err);

#endif
