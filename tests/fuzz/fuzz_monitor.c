/* SPDX-License-Identifier: MIT */
/* Monitor lines, whatever is in them, on a machine that stands still: every answer ends in a line end, and none is endless. */
#include <string.h>

#include "fuzz.h"
#include "machine/control.h"
#include "machine/inspect.h"
#include "monitor/complete.h"
#include "monitor/monitor.h"
#include "observe/symbols.h"
#include "quiet_machine.h"

#define ANSWER_MAX (UINT64_C(1) << 20)

static const uint32_t program[] = {0x00000073, 0x0000006f};

struct answer {
    uint64_t bytes;
    char last;
};

static void count(void *owner, const char *text, size_t bytes)
{
    struct answer *answer = owner;
    answer->bytes += bytes;
    if (bytes > 0)
        answer->last = text[bytes - 1];
}

static void offered(void *owner, const char *word)
{
    (void)owner;
    EXPECT(word[0] != '\0');
}

static struct machine *make_machine(void)
{
    struct machine_config config = quiet_config(program, sizeof program, 2);
    struct error err;
    struct machine_host host = quiet_host();
    config.memory_bytes = UINT64_C(4) << 20;
    return machine_create(&config, &host, &err);
}

static void execute(struct monitor *monitor, const char *line)
{
    struct answer answer = {0};
    struct monitor_out out = {&answer, count, false};
    monitor_complete(monitor, line, NULL, offered);
    monitor_execute(monitor, line, &out);
    EXPECT(answer.bytes == 0 || answer.last == '\n');
    EXPECT(answer.bytes < ANSWER_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct monitor_parts parts;
    static struct monitor *monitor; /* as long as its machine */
    char line[2048];
    struct error err;
    if (monitor == NULL) {
        parts.machine = make_machine();
        parts.symbols = symbols_create(parts.machine);
        monitor = monitor_create(&parts, &err);
    }
    machine_pause(parts.machine);
    for (size_t at = 0; at < size; at++) {
        size_t length = 0;
        while (at < size && data[at] != '\n' && length < sizeof line - 1)
            line[length++] = (char)data[at++];
        line[length] = '\0';
        execute(monitor, line);
    }
    execute(monitor, "delete");
    return 0;
}
