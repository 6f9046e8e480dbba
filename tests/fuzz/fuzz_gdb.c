/* SPDX-License-Identifier: MIT */
/* GDB's protocol: whatever a debugger sends to a small machine of two harts, each answer is a whole packet, and nothing that the
 * debugger set is left once it is gone. Each line of the input is a packet's data; one that begins with 0xff is sent as it is, without a
 * frame. */
#include <string.h>

#include "fuzz.h"
#include "gdbstub/frame.h"
#include "gdbstub/session.h"
#include "machine/control.h"
#include "quiet_machine.h"

#define RAW 0xff

/* Counts in memory for ever. */
static const uint32_t program[] = {0x00002317, 0x00000293, 0x00128293, 0x00533023, 0x00033383, 0xff5ff06f};

struct rig {
    struct machine *machine;
    struct gdb_session *session;
    struct fuzz_input input;
    char frame[GDB_PACKET_BYTES + 1024];
};

static void check_packet(void *owner, const void *bytes, size_t count)
{
    const char *packet = bytes;
    struct rig *rig = owner;
    if (count == 1) {
        EXPECT(packet[0] == '+' || packet[0] == '-');
        return;
    }
    EXPECT(count >= GDB_FRAME_BYTES && count <= GDB_PACKET_BYTES + GDB_FRAME_BYTES);
    EXPECT(memchr(packet + 1, '$', count - 1) == NULL);
    EXPECT(gdb_frame_make(packet + 1, count - GDB_FRAME_BYTES, rig->frame) == count);
    EXPECT(memcmp(packet, rig->frame, count) == 0);
}

static void send_line(struct rig *rig, const uint8_t *line, size_t length)
{
    size_t count = length;
    if (length > 0 && line[0] == RAW)
        memcpy(rig->frame, line + 1, --count);
    else
        count = gdb_frame_make((const char *)line, length, rig->frame);
    /* Replies are checked in the same place. */
    char bytes[1024 + GDB_FRAME_BYTES];
    memcpy(bytes, rig->frame, count);
    for (size_t i = 0; i < count; i++)
        gdb_session_take(rig->session, (uint8_t)bytes[i]);
}

/* One line between two turns of the harts, whatever they do. */
static void poll_rig(void *owner)
{
    struct rig *rig = owner;
    if (rig->input.left == 0) {
        machine_end(rig->machine, CONTROL_QUIT);
        return;
    }
    const uint8_t *end = memchr(rig->input.data, '\n', rig->input.left);
    size_t length = end != NULL ? (size_t)(end - rig->input.data) : rig->input.left;
    const uint8_t *line = rig->input.data;
    rig->input.data += length + (end != NULL);
    rig->input.left -= length + (end != NULL);
    send_line(rig, line, length < 1024 ? length : 1024);
}

static void on_paused(void *owner, const struct pause *pause)
{
    gdb_session_paused(((struct rig *)owner)->session, pause);
}

static void on_ended(void *owner, const struct stop *stop)
{
    gdb_session_ended(((struct rig *)owner)->session, stop);
}

static void repeat(void *commands, const char *line, const struct gdb_output *output)
{
    (void)commands;
    for (unsigned i = 0; i < 40; i++)
        output->write(output->owner, line, strlen(line));
}

static struct machine *make_machine(void)
{
    struct machine_config config = quiet_config(program, sizeof program, 2);
    struct machine_host host = quiet_host();
    struct error err = {""};
    config.memory_bytes = UINT64_C(4) << 20;
    config.no_reboot = true;
    struct machine *machine = machine_create(&config, &host, &err);
    EXPECT(machine != NULL);
    return machine;
}

/* One machine for all inputs: to make it takes much longer than to start it anew. */
static struct rig *make_rig(void)
{
    static struct rig rig;
    static struct control_listener listener = {.owner = &rig, .paused = on_paused, .ended = on_ended};
    static struct event_source source = {.owner = &rig, .poll = poll_rig};
    if (rig.machine == NULL) {
        rig.machine = make_machine();
        EXPECT(machine_add_listener(rig.machine, &listener) && machine_add_source(rig.machine, &source));
    }
    return &rig;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rig *rig = make_rig();
    struct stop stop;
    struct error err = {""};
    struct gdb_session_parts parts = {.machine = rig->machine, .execute = repeat, .peer = rig, .send = check_packet};
    rig->input = (struct fuzz_input){data, size};
    rig->session = gdb_session_create(&parts);
    EXPECT(rig->session != NULL);
    EXPECT(machine_restart(rig->machine, &err));
    EXPECT(machine_run(rig->machine, &stop, &err));
    gdb_session_lost(rig->session);
    EXPECT(machine_points(rig->machine)->count == 0);
    gdb_session_destroy(rig->session);
    return 0;
}
