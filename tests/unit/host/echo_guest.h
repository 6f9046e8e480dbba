/* SPDX-License-Identifier: MIT */
/* A process that runs a console as the machine does, with a guest that echoes: for tests that watch it from outside. */
#ifndef MICROVM_TESTS_HOST_ECHO_GUEST_H
#define MICROVM_TESTS_HOST_ECHO_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Exit statuses of the process beside 128 + signal. */
enum { ECHO_END = 40, ECHO_QUIT = 41, ECHO_CLOSED = 42, ECHO_FAILED = 43 };

/* Typed to the guest: end with ECHO_END; abort; fall over a bad pointer; ask to be stopped. */
enum { KEY_END = 0x04, KEY_ABORT = 0x02, KEY_CRASH = 0x06, KEY_STOP = 0x07 };

/* Runs in the child of a fork; does not return. Prints "ready" first. */
void echo_guest_run(int input_fd, int output_fd, bool filtered);

/* Forks it on two descriptors; the child closes `other`, the parent's end, if that is not -1. */
pid_t echo_guest_fork(int input_fd, int output_fd, int other);

/* Waits for the process; its exit status, or minus the signal that killed it. */
int echo_guest_wait(pid_t pid);

/* Reads from fd until text has come (true) or the end (false); what came before is appended to seen. */
bool echo_guest_expect(int fd, const char *text, char *seen, size_t size);

#endif
