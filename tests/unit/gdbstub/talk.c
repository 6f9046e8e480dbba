/* SPDX-License-Identifier: MIT */
#include "gdbstub/talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gdbstub/frame.h"
#include "gdbstub/session.h"
#include "machine/control.h"
#include "quiet_machine.h"

/* What a program that never pauses would make without end. */
#define STEPS_MOST 10000000

static const uint32_t program[] = {
    0x00002317, /* auipc t1, 2 */
    0x00000293, /* li t0, 0 */
    0x00128293, /* LOOP: addi t0, t0, 1 */
    0x00533023, /* STORE: sd t0, 0(t1) */
    0x00033383, /* LOAD: ld t2, 0(t1) */
    0xff5ff06f, /* j LOOP */
};

struct talker {
    struct machine *machine;
    struct gdb_session *session;
    const struct exchange *exchange;
    size_t count, next;
    const char *expected; /* the replies that are waited for; NULL: none */
    char heard[GDB_PACKET_BYTES + GDB_FRAME_BYTES + 1];
};

/* Whether the reply is as the first expectation says. */
static bool matches(const char *reply, const char *expected)
{
    size_t length = strcspn(expected, "|");
    if (length > 0 && expected[length - 1] == '*')
        return strncmp(reply, expected, length - 1) == 0;
    return strlen(reply) == length && strncmp(reply, expected, length) == 0;
}

/* Each call of it is one whole packet, or an acknowledgement. */
static void hear(void *owner, const void *bytes, size_t count)
{
    struct talker *talker = owner;
    if (count == 1)
        return;
    assert_true(count >= GDB_FRAME_BYTES && count < sizeof talker->heard);
    memcpy(talker->heard, bytes, count);
    talker->heard[count - 3] = '\0';
    if (talker->expected == NULL || !matches(talker->heard + 1, talker->expected))
        fail_msg("the answer to '%s' is '%s'", talker->exchange[talker->next - 1].packet, talker->heard + 1);
    talker->expected = strchr(talker->expected, '|');
    if (talker->expected != NULL)
        talker->expected++;
}

static void say(struct talker *talker, const char *packet)
{
    char frame[4096];
    size_t length = strlen(packet);
    assert_true(length + GDB_FRAME_BYTES <= sizeof frame);
    if (strcmp(packet, "\003") == 0)
        frame[0] = '\003';
    else
        length = gdb_frame_make(packet, length, frame);
    for (size_t i = 0; i < length; i++)
        gdb_session_take(talker->session, (uint8_t)frame[i]);
}

/* The next packet, once the last one is answered. */
static void go_on(void *owner)
{
    struct talker *talker = owner;
    if (talker->expected != NULL)
        return;
    if (talker->next == talker->count) {
        machine_end(talker->machine, CONTROL_QUIT);
        return;
    }
    const struct exchange *exchange = &talker->exchange[talker->next++];
    talker->expected = exchange->reply;
    say(talker, exchange->packet);
}

static void on_paused(void *owner, const struct pause *pause)
{
    gdb_session_paused(((struct talker *)owner)->session, pause);
}

static void on_ended(void *owner, const struct stop *stop)
{
    struct talker *talker = owner;
    assert_int_not_equal(stop->reason, STOP_BUDGET);
    gdb_session_ended(talker->session, stop);
}

static struct machine *make_machine(unsigned cpus)
{
    struct machine_config config = quiet_config(program, sizeof program, cpus);
    struct machine_host host = quiet_host();
    struct error err = {""};
    config.max_steps = STEPS_MOST;
    struct machine *machine = machine_create(&config, &host, &err);
    if (machine == NULL)
        fail_msg("%s", err.text);
    return machine;
}

/* What the debugger's user says to the monitor comes back. */
static void repeat(void *commands, const char *line, const struct gdb_output *output)
{
    (void)commands;
    output->write(output->owner, line, strlen(line));
}

void talk(unsigned cpus, const struct exchange *exchanges, size_t count)
{
    struct talker talker = {.exchange = exchanges, .count = count, .machine = make_machine(cpus)};
    struct gdb_session_parts parts = {.machine = talker.machine, .execute = repeat, .peer = &talker, .send = hear};
    struct control_listener listener = {.owner = &talker, .paused = on_paused, .ended = on_ended};
    struct event_source source = {.owner = &talker, .poll = go_on};
    struct stop stop;
    struct error err = {""};
    talker.session = gdb_session_create(&parts);
    assert_non_null(talker.session);
    machine_add_listener(talker.machine, &listener);
    machine_add_source(talker.machine, &source);
    machine_pause(talker.machine);
    assert_true(machine_run(talker.machine, &stop, &err));
    assert_int_equal(talker.next, count);
    gdb_session_destroy(talker.session);
    machine_destroy(talker.machine);
}
