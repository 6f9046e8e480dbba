/* SPDX-License-Identifier: MIT */
/* Packets that ask what there is: abilities, harts, registers, memory. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gdbstub/registers.h"
#include "gdbstub/session_impl.h"

#define LINE_BYTES 1024

void gdb_packet_supported(struct gdb_session *s, struct gdb_text *text)
{
    gdb_take(text, ":");
    while (gdb_text_left(text) > 0) {
        struct gdb_text feature = gdb_take_until(text, ';');
        s->multiprocess |= gdb_take(&feature, "multiprocess+");
        s->says_break |= gdb_take(&feature, "swbreak+") || gdb_take(&feature, "hwbreak+");
        s->error_texts |= gdb_take(&feature, "error-message+");
    }
    gdb_reply_print(&s->reply,
                    "PacketSize=%x;QStartNoAckMode+;vContSupported+;multiprocess+;swbreak+;hwbreak+;"
                    "qXfer:features:read+;qXfer:memory-map:read+;qXfer:threads:read+",
                    GDB_PACKET_BYTES);
    if (machine_travel_range(s->machine).on)
        gdb_reply_print(&s->reply, ";ReverseStep+;ReverseContinue+");
}

void gdb_packet_no_ack(struct gdb_session *s, struct gdb_text *text)
{
    (void)text;
    s->no_ack = true;
    gdb_ok(s);
}

/* The target is there before and after the debugger: to quit means to detach. */
void gdb_packet_attached(struct gdb_session *s, struct gdb_text *text)
{
    (void)text;
    gdb_reply_print(&s->reply, "1");
}

void gdb_packet_symbol(struct gdb_session *s, struct gdb_text *text)
{
    (void)text;
    gdb_ok(s);
}

/* Threads. */

void gdb_print_thread(struct gdb_session *s, struct gdb_reply *reply, unsigned hart)
{
    if (s->multiprocess)
        gdb_reply_print(reply, "p%x.", GDB_PROCESS);
    gdb_reply_print(reply, "%x", hart + 1);
}

/* A part of an id: -1 for all, 0 for any, or a number. */
static bool take_id(struct gdb_text *text, int64_t *id)
{
    uint64_t number;
    *id = -1;
    if (gdb_take(text, "-1"))
        return true;
    if (!gdb_take_number(text, &number) || number > INT32_MAX)
        return false;
    *id = (int64_t)number;
    return true;
}

bool gdb_take_thread(const struct gdb_session *s, struct gdb_text *text, int *hart)
{
    int64_t process = GDB_PROCESS, thread = -1;
    bool ok = gdb_take(text, "p") ? take_id(text, &process) && (!gdb_take(text, ".") || take_id(text, &thread))
                                  : take_id(text, &thread);
    bool there = process <= GDB_PROCESS && thread <= (int64_t)machine_hart_count(s->machine);
    *hart = thread < 0 ? GDB_THREADS_ALL : thread == 0 ? GDB_THREADS_ANY : (int)thread - 1;
    return ok && there;
}

/* Takes a thread's id that is the rest of the packet. */
static bool take_last_thread(struct gdb_session *s, struct gdb_text *text, int *hart)
{
    if (gdb_take_thread(s, text, hart) && gdb_text_left(text) == 0)
        return true;
    gdb_fail(s, GDB_NO_SUCH_THREAD, "there is no such hart");
    return false;
}

/* "g" or "c", and whom the packets of that kind mean. */
void gdb_packet_choose_thread(struct gdb_session *s, struct gdb_text *text)
{
    bool general = gdb_take(text, "g");
    int hart;
    if (!general && !gdb_take(text, "c")) {
        gdb_fail(s, GDB_INVALID, "H wants g or c");
        return;
    }
    if (!take_last_thread(s, text, &hart))
        return;
    if (!general)
        s->step_hart = hart < 0 ? -1 : hart;
    else if (hart >= 0)
        s->hart = (unsigned)hart;
    gdb_ok(s);
}

void gdb_packet_thread_alive(struct gdb_session *s, struct gdb_text *text)
{
    int hart;
    if (take_last_thread(s, text, &hart))
        gdb_ok(s);
}

void gdb_packet_current_thread(struct gdb_session *s, struct gdb_text *text)
{
    (void)text;
    gdb_reply_print(&s->reply, "QC");
    gdb_print_thread(s, &s->reply, s->hart);
}

void gdb_packet_thread_list(struct gdb_session *s, struct gdb_text *text)
{
    (void)text;
    for (unsigned i = 0; i < machine_hart_count(s->machine); i++) {
        gdb_reply_print(&s->reply, i == 0 ? "m" : ",");
        gdb_print_thread(s, &s->reply, i);
    }
}

void gdb_packet_thread_list_end(struct gdb_session *s, struct gdb_text *text)
{
    (void)text;
    gdb_reply_print(&s->reply, "l");
}

const char *gdb_hart_text(const struct hart *h, char text[GDB_HART_TEXT_BYTES])
{
    static const char modes[] = {[PRIV_U] = 'U', [PRIV_S] = 'S', [PRIV_M] = 'M'};
    static const char *const waits[] = {
        [HART_RUNS] = "running", [HART_WFI] = "WFI", [HART_STOPPED] = "stopped", [HART_SUSPENDED] = "suspended"};
    snprintf(text, GDB_HART_TEXT_BYTES, "hart %" PRIu64 ", %s%c mode, %s", h->id, h->virt ? "V" : "", modes[h->priv],
             waits[h->wait]);
    return text;
}

void gdb_packet_thread_words(struct gdb_session *s, struct gdb_text *text)
{
    char words[GDB_HART_TEXT_BYTES];
    int hart;
    if (!take_last_thread(s, text, &hart))
        return;
    gdb_hart_text(machine_hart(s->machine, hart < 0 ? s->hart : (unsigned)hart), words);
    gdb_reply_hex(&s->reply, words, strlen(words));
}

/* Documents. */

static void forget(struct gdb_document *document)
{
    free(document->text);
    *document = (struct gdb_document){0};
}

/* Makes one by writing it. False: out of memory. */
static bool make(struct gdb_session *s, struct gdb_document *document, void (*write)(struct gdb_session *, FILE *))
{
    if (document->text != NULL)
        return true;
    FILE *out = open_memstream(&document->text, &document->size);
    if (out == NULL)
        return false;
    write(s, out);
    if (fclose(out) == 0)
        return true;
    forget(document);
    return false;
}

/* "OFFSET,LENGTH": the reply begins with 'm' if there is more, with 'l' if not. */
static void send_part(struct gdb_session *s, struct gdb_text *text, struct gdb_document *document,
                      void (*write)(struct gdb_session *, FILE *))
{
    uint64_t offset, length;
    if (!gdb_take_range(text, &offset, &length) || gdb_text_left(text) > 0) {
        gdb_fail(s, GDB_INVALID, "qXfer: no such part");
        return;
    }
    if (!make(s, document, write)) {
        gdb_fail(s, GDB_NO_ROOM, "out of memory");
        return;
    }
    uint64_t left = offset < document->size ? document->size - offset : 0;
    size_t wanted = length < left ? length : left;
    gdb_reply_print(&s->reply, "m");
    size_t got = gdb_reply_binary(&s->reply, document->text + (document->size - left), wanted);
    if (got == left)
        s->reply.bytes[0] = 'l';
}

static void write_features(struct gdb_session *s, FILE *out)
{
    gdb_registers_describe(machine_hart(s->machine, 0), out);
}

void gdb_packet_features(struct gdb_session *s, struct gdb_text *text)
{
    if (gdb_take(text, "target.xml:"))
        send_part(s, text, &s->features, write_features);
    else
        gdb_fail(s, GDB_INVALID, "the target description is target.xml alone");
}

/* Memory is what debuggers may ask for: addresses are virtual, so all of them may be. Borders are where the physical ones are. */
static void write_region(FILE *out, uint64_t first, uint64_t end)
{
    if (first != end)
        fprintf(out, "<memory type=\"ram\" start=\"0x%" PRIx64 "\" length=\"0x%" PRIx64 "\"/>\n", first, end - first);
}

static void write_memory_map(struct gdb_session *s, FILE *out)
{
    struct guest_mem memory = machine_memory(s->machine);
    uint64_t base, size, ram_end = memory.ram->base + memory.ram->size, at = 0;
    const char *name;
    fputs("<?xml version=\"1.0\"?>\n<!DOCTYPE memory-map PUBLIC \"+//IDN gnu.org//DTD GDB Memory Map V1.0//EN\" "
          "\"http://sourceware.org/gdb/gdb-memory-map.dtd\">\n<memory-map>\n",
          out);
    for (unsigned n = 0; bus_mapping(machine_bus(s->machine), n, &name, &base, &size); n++) {
        write_region(out, at, base);
        write_region(out, base, base + size);
        at = base + size;
    }
    write_region(out, at, memory.ram->base);
    write_region(out, memory.ram->base, ram_end);
    write_region(out, ram_end, 0); /* the end of all addresses */
    fputs("</memory-map>\n", out);
}

void gdb_packet_memory_map(struct gdb_session *s, struct gdb_text *text)
{
    if (gdb_take(text, ":"))
        send_part(s, text, &s->memory_map, write_memory_map);
    else
        gdb_fail(s, GDB_INVALID, "the memory map has no annex");
}

static void write_threads(struct gdb_session *s, FILE *out)
{
    fputs("<?xml version=\"1.0\"?>\n<threads>\n", out);
    for (unsigned i = 0; i < machine_hart_count(s->machine); i++) {
        char words[GDB_HART_TEXT_BYTES];
        gdb_hart_text(machine_hart(s->machine, i), words);
        if (s->multiprocess)
            fprintf(out, "<thread id=\"p%x.%x\" core=\"%u\">%s</thread>\n", GDB_PROCESS, i + 1, i, words);
        else
            fprintf(out, "<thread id=\"%x\" core=\"%u\">%s</thread>\n", i + 1, i, words);
    }
    fputs("</threads>\n", out);
}

void gdb_packet_threads(struct gdb_session *s, struct gdb_text *text)
{
    if (!gdb_take(text, ":")) {
        gdb_fail(s, GDB_INVALID, "the list of threads has no annex");
        return;
    }
    if (gdb_text_left(text) > 1 && text->at[0] == '0' && text->at[1] == ',')
        forget(&s->threads);
    send_part(s, text, &s->threads, write_threads);
}

/* The monitor. */

/* As packets of console output, each half as long as it may be since digits are two a byte. */
void gdb_say(struct gdb_session *s, const char *bytes, size_t count)
{
    const size_t most = (GDB_PACKET_BYTES - 1) / 2;
    while (count > 0) {
        size_t piece = count < most ? count : most;
        s->reply.used = 0;
        gdb_reply_print(&s->reply, "O");
        gdb_reply_hex(&s->reply, bytes, piece);
        gdb_send(s, &s->reply);
        bytes += piece;
        count -= piece;
    }
    s->reply.used = 0;
}

static void print_output(void *owner, const char *bytes, size_t count)
{
    gdb_say(owner, bytes, count);
}

void gdb_packet_command(struct gdb_session *s, struct gdb_text *text)
{
    char line[LINE_BYTES] = "";
    size_t length = gdb_text_left(text) / 2;
    struct gdb_output output = {s, print_output};
    if (s->parts.execute == NULL)
        return;
    if (length >= sizeof line || !gdb_take_hex(text, (uint8_t *)line, length) || strlen(line) != length) {
        gdb_fail(s, GDB_INVALID, "that is no line for the monitor");
        return;
    }
    s->parts.execute(s->parts.commands, line, &output);
    gdb_ok(s);
}
