/* SPDX-License-Identifier: MIT */
/* The control socket's lines, given in pieces to a machine that runs: each gets one reply, whatever is sent is JSON, and nothing
 * but the machine's own end ends it. */
#include <jansson.h>
#include <string.h>

#include "fuzz.h"
#include "machine/control.h"
#include "monitor/monitor.h"
#include "observe/symbols.h"
#include "quiet_machine.h"
#include "remote/session.h"

#define BASE UINT64_C(0x80000000)
/* Of the guest, so that no request to run makes an input slow. */
#define STEPS_MAX 100000

/* Counts in memory, and writes to the console, for ever. */
static const uint32_t program[] = {
    0x00002317, /* auipc t1, 2 */
    0x10000e37, /* lui t3, 0x10000 */
    0x00128293, /* addi t0, t0, 1 */
    0x00533023, /* sd t0, 0(t1) */
    0x00033383, /* ld t2, 0(t1) */
    0x005e0023, /* sb t0, 0(t3) */
    0xff1ff06f, /* j -16 */
};

struct rig {
    struct machine *machine;
    struct remote_session *session;
    struct fuzz_input input;
    uint8_t bytes[2048]; /* that the session has not taken yet */
    size_t count;
    unsigned lines, replies;
};

/* A line of the session's: an event, or a reply. */
static void check_line(void *owner, const char *line, size_t bytes)
{
    struct rig *rig = owner;
    EXPECT(bytes > 0 && memchr(line, '\n', bytes) == line + bytes - 1);
    json_t *message = json_loadb(line, bytes - 1, JSON_REJECT_DUPLICATES, NULL);
    EXPECT(json_is_object(message));
    bool event = json_is_string(json_object_get(message, "event"));
    bool result = json_is_object(json_object_get(message, "result"));
    bool error = json_is_object(json_object_get(message, "error"));
    EXPECT(event + result + error == 1);
    EXPECT(event || json_object_get(message, "id") != NULL);
    rig->replies += !event;
    json_decref(message);
}

static bool is_blank(const uint8_t *bytes, size_t count)
{
    return count == 1 || (count == 2 && bytes[0] == '\r');
}

/* Gives the session what has arrived, as a socket does. */
static void deliver(struct rig *rig)
{
    size_t taken = 1;
    while (taken != 0 && rig->count != 0) {
        taken = remote_session_receive(rig->session, (const char *)rig->bytes, rig->count);
        EXPECT(taken <= rig->count);
        EXPECT(taken == 0 || rig->bytes[taken - 1] == '\n');
        rig->lines += taken != 0 && !is_blank(rig->bytes, taken);
        EXPECT(rig->lines == rig->replies);
        memmove(rig->bytes, rig->bytes + taken, rig->count - taken);
        rig->count -= taken;
    }
    if (rig->count == sizeof rig->bytes)
        rig->count = 0;
}

/* Between turns the next piece arrives; behind the last the run ends. */
static void poll_input(void *owner)
{
    struct rig *rig = owner;
    size_t piece = rig->input.left < 200 ? rig->input.left : 200, room = sizeof rig->bytes - rig->count;
    piece = piece < room ? piece : room;
    memcpy(rig->bytes + rig->count, rig->input.data, piece);
    rig->count += piece;
    rig->input.data += piece;
    rig->input.left -= piece;
    deliver(rig);
    remote_session_flush(rig->session);
    if (rig->input.left == 0)
        machine_end(rig->machine, CONTROL_QUIT);
}

static struct machine *create_machine(void)
{
    struct machine_host host = quiet_host();
    struct machine_config config = quiet_config(program, sizeof program, 2);
    struct error err;
    config.memory_bytes = UINT64_C(4) << 20;
    config.console = CONSOLE_FILTER;
    config.max_steps = STEPS_MAX;
    return machine_create(&config, &host, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rig rig = {.machine = create_machine(), .input = {data, size}};
    EXPECT(rig.machine != NULL);
    struct error err;
    struct symbols *symbols = symbols_create(rig.machine);
    struct monitor *monitor = monitor_create(&(struct monitor_parts){.machine = rig.machine, .symbols = symbols}, &err);
    EXPECT(symbols != NULL && monitor != NULL);
    const struct remote_parts parts = {.machine = rig.machine, .symbols = symbols, .monitor = monitor};
    const struct remote_sink sink = {&rig, check_line};
    const struct event_source source = {.owner = &rig, .poll = poll_input};
    struct stop stop;
    rig.session = remote_session_create(&parts, &sink, &err);
    EXPECT(rig.session != NULL && machine_add_source(rig.machine, &source));
    remote_session_connect(rig.session, true);
    machine_pause(rig.machine);
    EXPECT(machine_run(rig.machine, &stop, &err));
    EXPECT(stop.reason != STOP_NONE); /* a write to a device may end the run in any way */
    remote_session_destroy(rig.session);
    monitor_destroy(monitor);
    symbols_destroy(symbols);
    machine_destroy(rig.machine);
    return 0;
}
