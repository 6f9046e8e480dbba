/* SPDX-License-Identifier: MIT */
/* Monitor lines, whatever is in them, on a machine that stands still: every answer ends in a line end, and none is endless. */
#include <string.h>

#include "fuzz.h"
#include "machine/control.h"
#include "machine/inspect.h"
#include "monitor/complete.h"
#include "monitor/monitor.h"
#include "observe/symbols.h"

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

static size_t no_input(void *owner, uint8_t *bytes, size_t size)
{
    (void)owner, (void)bytes, (void)size;
    return 0;
}

static void no_output(void *owner, const uint8_t *bytes, size_t size)
{
    (void)owner, (void)bytes, (void)size;
}

static void offered(void *owner, const char *word)
{
    (void)owner;
    EXPECT(word[0] != '\0');
}

static struct machine *make_machine(void)
{
    struct machine_config config;
    struct error err;
    struct machine_host host = {.console_write = no_output, .console_read = no_input};
    machine_config_init(&config);
    config.image = program;
    config.image_bytes = sizeof program;
    config.image_name = "program";
    config.has_load_addr = true;
    config.load_addr = 0x80000000;
    config.memory_bytes = UINT64_C(4) << 20;
    config.cpus = 2;
    config.clock = CLOCK_VIRTUAL;
    config.console = CONSOLE_NONE;
    return machine_create(&config, &host, &err);
}

static void execute(struct monitor *monitor, const char *line)
{
    struct answer answer = {0};
    struct monitor_out out = {&answer, count};
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
