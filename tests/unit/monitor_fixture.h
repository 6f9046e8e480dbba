/* SPDX-License-Identifier: MIT */
/* A small machine with a monitor, whose lines are executed and whose answers are looked at. */
#ifndef MICROVM_TESTS_MONITOR_FIXTURE_H
#define MICROVM_TESTS_MONITOR_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct machine;
struct monitor;

#define RIG_BASE UINT64_C(0x80000000)
#define RIG_ANSWER_BYTES (1u << 16)

struct monitor_rig {
    struct machine *machine;
    struct monitor *monitor;
    struct symbols *symbols;
    size_t used;
    char answer[RIG_ANSWER_BYTES]; /* of the latest line */
    unsigned pauses;
    /* What is to be done at the n-th pause, from 0; behind the last of them, before a NULL, the run ends. */
    void (*const *plan)(struct monitor_rig *rig);
};

/* A machine with the program at RIG_BASE, paused before its first instruction. */
void monitor_rig_create(struct monitor_rig *rig, const uint32_t *program, size_t bytes, unsigned cpus);
void monitor_rig_destroy(struct monitor_rig *rig);

/* Executes a line; the answer is in rig->answer. */
bool rig_do(struct monitor_rig *rig, const char *line);

/* The line succeeds (or fails), and its answer holds the text. */
void rig_expect(struct monitor_rig *rig, const char *line, const char *text);
void rig_expect_failure(struct monitor_rig *rig, const char *line, const char *text);

/* Runs it: at each pause the plan's next function, at the end of the plan the end. */
void rig_run(struct monitor_rig *rig, void (*const *plan)(struct monitor_rig *rig));

#endif
