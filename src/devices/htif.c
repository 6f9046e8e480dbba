/* SPDX-License-Identifier: MIT */
/* HTIF commands: exit, the system call proxy's write and exit, console output and input. Behaviour
 * as in the host side of riscv-isa-sim: tohost is cleared when a command is taken, an answer waits
 * until fromhost is 0. */
#include "devices/htif.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

enum { DEVICE_SYSCALL = 0, DEVICE_CONSOLE = 1 };
enum { CONSOLE_GET = 0, CONSOLE_PUT = 1 };
enum { SYS_WRITE = 64, SYS_EXIT = 93 };
/* Linux error numbers as the guest knows them. */
enum { GUEST_EBADF = 9, GUEST_EFAULT = 14, GUEST_ENOSYS = 38 };

#define COMMAND_DEVICE BITS(63, 56)
#define COMMAND_NUMBER BITS(55, 48)
#define COMMAND_PAYLOAD BITS(47, 0)
#define CONSOLE_INPUT_VALID 0x100
#define WORD_BYTES 8
#define MAX_ANSWERS 16

struct htif {
    struct guest_mem mem;
    uint64_t tohost;
    uint64_t fromhost;
    struct char_backend console;
    htif_exit_fn *exit;
    void *owner;
    uint64_t answers[MAX_ANSWERS]; /* for fromhost, oldest first */
    unsigned answer_count;
    unsigned reads_wanted; /* console characters asked for; each has its place in answers reserved */
};

static bool covers(uint64_t pa, uint64_t size, uint64_t byte)
{
    return byte - pa < size;
}

/* Puts the oldest answer into fromhost if the guest has taken the last one. */
static void deliver_answer(struct htif *htif)
{
    uint64_t present;
    if (htif->answer_count == 0 || htif->fromhost == HTIF_ABSENT ||
        !guest_mem_read_u64(&htif->mem, htif->fromhost, &present) || present != 0)
        return;
    guest_mem_write_u64(&htif->mem, htif->fromhost, htif->answers[0]);
    htif->answer_count--;
    memmove(htif->answers, htif->answers + 1, htif->answer_count * sizeof htif->answers[0]);
}

static bool answer_fits(const struct htif *htif)
{
    return htif->answer_count + htif->reads_wanted < MAX_ANSWERS;
}

/* An answer that the guest never makes room for is dropped. */
static void answer(struct htif *htif, uint64_t command, uint64_t payload)
{
    if (!answer_fits(htif))
        return;
    htif->answers[htif->answer_count++] = (command & ~COMMAND_PAYLOAD) | payload;
    deliver_answer(htif);
}

static void print(struct htif *htif, uint64_t gpa, uint64_t length)
{
    uint8_t chunk[512];
    while (length != 0) {
        uint64_t part = length < sizeof chunk ? length : sizeof chunk;
        if (!guest_mem_read(&htif->mem, gpa, chunk, part))
            return;
        htif->console.write(htif->console.owner, chunk, part);
        gpa += part;
        length -= part;
    }
}

static int64_t sys_write(struct htif *htif, uint64_t fd, uint64_t buffer, uint64_t length)
{
    if (fd != 1 && fd != 2)
        return -GUEST_EBADF;
    if (!guest_mem_contains(&htif->mem, buffer, length))
        return -GUEST_EFAULT;
    print(htif, buffer, length);
    return (int64_t)length;
}

/* The payload points at 8 words: the call's number, then its arguments; the result replaces the
 * number. */
static void system_call(struct htif *htif, uint64_t command)
{
    uint64_t block = command & COMMAND_PAYLOAD;
    uint64_t words[4];
    if (!guest_mem_contains(&htif->mem, block, 8 * WORD_BYTES))
        return;
    for (unsigned i = 0; i < 4; i++)
        guest_mem_read_u64(&htif->mem, block + i * WORD_BYTES, &words[i]);
    if (words[0] == SYS_EXIT) {
        htif->exit(htif->owner, words[1]);
        return;
    }
    int64_t result = words[0] == SYS_WRITE ? sys_write(htif, words[1], words[2], words[3]) : -GUEST_ENOSYS;
    guest_mem_write_u64(&htif->mem, block, (uint64_t)result);
    answer(htif, command, 1);
}

static void console_command(struct htif *htif, uint64_t command)
{
    uint8_t byte = (uint8_t)command;
    switch (field_get(command, COMMAND_NUMBER)) {
    case CONSOLE_PUT: htif->console.write(htif->console.owner, &byte, 1); break;
    case CONSOLE_GET:
        if (answer_fits(htif))
            htif->reads_wanted++;
        break;
    default: break;
    }
}

static void syscall_command(struct htif *htif, uint64_t command)
{
    if (field_get(command, COMMAND_NUMBER) != 0)
        return;
    if ((command & 1) != 0)
        htif->exit(htif->owner, (command & COMMAND_PAYLOAD) >> 1);
    else
        system_call(htif, command);
}

static void take_command(struct htif *htif)
{
    uint64_t command;
    if (!guest_mem_read_u64(&htif->mem, htif->tohost, &command) || command == 0)
        return;
    guest_mem_write_u64(&htif->mem, htif->tohost, 0);
    switch (field_get(command, COMMAND_DEVICE)) {
    case DEVICE_SYSCALL: syscall_command(htif, command); break;
    case DEVICE_CONSOLE: console_command(htif, command); break;
    default: break;
    }
}

void htif_wrote(struct htif *htif, uint64_t pa, uint64_t size)
{
    if (covers(pa, size, htif->tohost))
        take_command(htif);
    deliver_answer(htif);
}

size_t htif_room(const struct htif *htif)
{
    return htif->reads_wanted;
}

size_t htif_receive(struct htif *htif, const uint8_t *bytes, size_t count)
{
    size_t taken = 0;
    while (taken < count && htif->reads_wanted != 0) {
        htif->reads_wanted--;
        answer(htif, (uint64_t)DEVICE_CONSOLE << 56, CONSOLE_INPUT_VALID | bytes[taken++]);
    }
    return taken;
}

static bool check_word(const struct guest_mem *mem, const char *name, uint64_t gpa, struct error *err)
{
    if (guest_mem_contains(mem, gpa, WORD_BYTES))
        return true;
    return error_set(err, "the symbol %s = 0x%" PRIx64 " is not in guest RAM (0x%" PRIx64 "..0x%" PRIx64 ")", name, gpa,
                     mem->ram->base, mem->ram->base + mem->ram->size - 1);
}

struct htif *htif_create(const struct guest_mem *mem, uint64_t tohost, uint64_t fromhost,
                         const struct char_backend *console, htif_exit_fn *exit, void *owner, struct error *err)
{
    if (!check_word(mem, "tohost", tohost, err))
        return NULL;
    if (fromhost != HTIF_ABSENT && !check_word(mem, "fromhost", fromhost, err))
        return NULL;
    struct htif *htif = calloc(1, sizeof *htif);
    if (htif == NULL) {
        error_set(err, "out of memory for HTIF");
        return NULL;
    }
    *htif = (struct htif){
        .mem = *mem,
        .tohost = tohost,
        .fromhost = fromhost,
        .console = *console,
        .exit = exit,
        .owner = owner,
    };
    return htif;
}

void htif_destroy(struct htif *htif)
{
    free(htif);
}

static const struct state_field htif_fields[] = {
    STATE_NOT(struct htif, mem, "wiring"),
    STATE_NOT(struct htif, tohost, "made with the machine"),
    STATE_NOT(struct htif, fromhost, "made with the machine"),
    STATE_NOT(struct htif, console, "wiring"),
    STATE_NOT(struct htif, exit, "wiring"),
    STATE_NOT(struct htif, owner, "wiring"),
    STATE_ARRAY(struct htif, answers, STATE_ANY, "for fromhost, oldest first"),
    STATE(struct htif, answer_count, MAX_ANSWERS, "how many of them count"),
    STATE(struct htif, reads_wanted, MAX_ANSWERS, "console characters that the guest asked for"),
    STATE_END,
};

static bool htif_check(const void *object)
{
    const struct htif *htif = object;
    return htif->answer_count + htif->reads_wanted <= MAX_ANSWERS;
}

static const struct state_table htif_saved = {
    .fields = htif_fields,
    .bytes = sizeof(struct htif),
    .check = htif_check,
};

struct state_part htif_part(struct htif *htif)
{
    return (struct state_part){.name = "htif", .object = htif, .table = &htif_saved};
}

void htif_reset(struct htif *htif)
{
    htif->answer_count = 0;
    htif->reads_wanted = 0;
}

/* One line: the bytes at gpa, highest address first; what lies at or past end is 0. */
static bool write_signature_line(FILE *file, const struct guest_mem *mem, uint64_t gpa, uint64_t end,
                                 unsigned granularity)
{
    uint8_t bytes[16] = {0};
    uint64_t present = end - gpa < granularity ? end - gpa : granularity;
    if (!guest_mem_read(mem, gpa, bytes, present))
        return false;
    for (unsigned i = granularity; i > 0; i--)
        fprintf(file, "%02x", bytes[i - 1]);
    return fputc('\n', file) != EOF;
}

static bool check_signature(const struct guest_mem *mem, uint64_t begin, uint64_t end, unsigned granularity,
                            struct error *err)
{
    if (granularity != 4 && granularity != 8 && granularity != 16)
        return error_set(err, "signature granularity %u is not 4, 8 or 16", granularity);
    if (begin > end || !guest_mem_contains(mem, begin, end - begin))
        return error_set(err, "the signature 0x%" PRIx64 "..0x%" PRIx64 " is not in guest RAM", begin, end);
    return true;
}

bool htif_write_signature(const char *path, const struct guest_mem *mem, uint64_t begin, uint64_t end,
                          unsigned granularity, struct error *err)
{
    if (!check_signature(mem, begin, end, granularity, err))
        return false;
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return error_set(err, "cannot create the signature file %s: %s", path, strerror(errno));
    bool written = true;
    for (uint64_t gpa = begin; written && gpa < end; gpa += granularity)
        written = write_signature_line(file, mem, gpa, end, granularity);
    bool failed = ferror(file) != 0;
    failed |= fclose(file) != 0;
    if (written && !failed)
        return true;
    return error_set(err, "cannot write the signature file %s: %s", path, strerror(errno));
}
