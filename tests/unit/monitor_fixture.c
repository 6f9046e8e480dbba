/* SPDX-License-Identifier: MIT */
#include "monitor_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "machine/control.h"
#include "machine/inspect.h"
#include "monitor/monitor.h"
#include "observe/symbols.h"
#include "quiet_machine.h"

static void keep(void *owner, const char *text, size_t bytes)
{
    struct monitor_rig *rig = owner;
    assert_true(rig->used + bytes < sizeof rig->answer);
    memcpy(rig->answer + rig->used, text, bytes);
    rig->used += bytes;
    rig->answer[rig->used] = '\0';
}

static void no_wait(void *owner, struct wait_set *set, uint64_t timeout_ns)
{
    (void)owner, (void)set, (void)timeout_ns;
    fail_msg("nobody is to sleep");
}

void monitor_rig_create(struct monitor_rig *rig, const uint32_t *program, size_t bytes, unsigned cpus)
{
    struct machine_config config = quiet_config(program, bytes, cpus);
    struct error err = {{0}};
    struct machine_host host = quiet_host();
    host.wait = no_wait;
    *rig = (struct monitor_rig){.machine = machine_create(&config, &host, &err)};
    assert_non_null(rig->machine);
    rig->symbols = symbols_create(rig->machine);
    struct monitor_parts parts = {.machine = rig->machine, .symbols = rig->symbols};
    rig->monitor = monitor_create(&parts, &err);
    assert_non_null(rig->monitor);
    machine_pause(rig->machine);
}

void monitor_rig_destroy(struct monitor_rig *rig)
{
    monitor_destroy(rig->monitor);
    symbols_destroy(rig->symbols);
    machine_destroy(rig->machine);
}

bool rig_do(struct monitor_rig *rig, const char *line)
{
    struct monitor_out out = {rig, keep, true};
    rig->used = 0;
    rig->answer[0] = '\0';
    return monitor_execute(rig->monitor, line, &out);
}

static void look_for(const struct monitor_rig *rig, const char *line, const char *text)
{
    if (strstr(rig->answer, text) == NULL)
        fail_msg("'%s' answers without '%s':\n%s", line, text, rig->answer);
}

void rig_expect(struct monitor_rig *rig, const char *line, const char *text)
{
    if (!rig_do(rig, line))
        fail_msg("'%s' fails: %s", line, rig->answer);
    look_for(rig, line, text);
}

void rig_expect_failure(struct monitor_rig *rig, const char *line, const char *text)
{
    if (rig_do(rig, line))
        fail_msg("'%s' succeeds: %s", line, rig->answer);
    look_for(rig, line, text);
}

static void on_pause(void *owner, const struct pause *pause)
{
    struct monitor_rig *rig = owner;
    (void)pause;
    assert_non_null(rig->plan[rig->pauses]);
    rig->plan[rig->pauses++](rig);
    if (rig->plan[rig->pauses] == NULL)
        machine_end(rig->machine, CONTROL_QUIT);
}

void rig_run(struct monitor_rig *rig, void (*const *plan)(struct monitor_rig *rig))
{
    struct control_listener listener = {.owner = rig, .paused = on_pause};
    struct stop stop;
    struct error err;
    rig->plan = plan;
    rig->pauses = 0;
    assert_true(machine_add_listener(rig->machine, &listener));
    on_pause(rig, machine_paused(rig->machine));
    assert_true(machine_run(rig->machine, &stop, &err));
    assert_int_equal(stop.reason, STOP_QUIT);
    assert_null(plan[rig->pauses]);
}
