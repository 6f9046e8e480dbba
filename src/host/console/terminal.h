/* SPDX-License-Identifier: MIT */
/* The user's terminal and the signals that end the process. Owns the one mutable variable at file scope: the saved terminal
 * state, which signal handlers restore. So one machine at a time may hold the terminal. */
#ifndef MICROVM_HOST_CONSOLE_TERMINAL_H
#define MICROVM_HOST_CONSOLE_TERMINAL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Takes over the signals: TERM, INT, HUP and QUIT are noted (terminal_signal) instead of ending the process, PIPE and XFSZ
 * are ignored, WINCH is noted for terminal_size, and TSTP, CONT and the crash signals (SEGV, BUS, FPE, ILL, ABRT) restore the terminal before they act. */
bool terminal_begin(struct error *err);

/* Makes input_fd raw if it is a terminal: keys arrive one by one, unechoed, Ctrl-C among them. Output processing stays as it
 * is, so that a guest's bare line feed still begins a line. output_fd: where modes are undone, or -1. Returns true if
 * input_fd is a terminal. A process in the background is stopped here by SIGTTOU until it comes to the foreground. */
bool terminal_raw(int input_fd, int output_fd);

/* Says which modes (filter.h) a restoration has to undo. */
void terminal_note_modes(uint32_t modes);

/* Puts the terminal back, now; may be called at any time, from handlers too, and more than once. */
void terminal_restore(void);

/* Restores the terminal and gives the signals back to whoever had them. */
void terminal_end(void);

/* The first signal that asked for an end, or 0. */
int terminal_signal(void);

/* True, with the size of the terminal behind output_fd, if it may have changed since the last call: at first, and after a
 * SIGWINCH, which ends a sleep, too. */
bool terminal_size(uint16_t *columns, uint16_t *rows);

/* The mask for ppoll under which the noted signals (and SIGWINCH) can arrive, and blocks them until terminal_unblock: between the two,
 * checking terminal_signal and going to sleep is one step. */
void terminal_block(sigset_t *unblocked);
void terminal_unblock(const sigset_t *unblocked);

#endif
