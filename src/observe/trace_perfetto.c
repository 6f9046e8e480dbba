/* SPDX-License-Identifier: MIT */
/* A trace as a time line, in the JSON of Chrome's trace events, which Perfetto shows: a process for each hart, in it a track
 * for each mode that handles traps and one for SBI calls. A trap is a span up to its return. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "cpu/hart.h"
#include "cpu/trap.h"
#include "observe/trace_output.h"
#include "sbi/sbi.h"

#define MAX_HARTS 64
/* Traps within traps; of more the outermost are taken for left. */
#define MAX_DEPTH 16

/* Tracks of a hart, by number. */
enum track { TRACK_M = 1, TRACK_S, TRACK_VS, TRACK_SBI, TRACK_IRQ, TRACKS };

/* A trap that has not returned. */
struct span {
    uint8_t mode, to_mode;
};

struct time_line {
    struct span open[MAX_DEPTH];
    unsigned depth;
    struct trace_record call;
    bool named;
};

struct perfetto {
    struct trace_file file;
    struct trace_names names;
    struct time_line hart[MAX_HARTS];
    uint64_t last_ns;
    bool any; /* an event has been written */
};

static enum track track_of(uint8_t to_mode)
{
    if (RECORD_PRIV(to_mode) == PRIV_M)
        return TRACK_M;
    return RECORD_VIRT(to_mode) ? TRACK_VS : TRACK_S;
}

static const char *mode_name(uint8_t mode)
{
    static const char *const names[] = {"U", "S", "?", "M", "VU", "VS", "?", "?"};
    return names[mode & 7];
}

/* The head of each event; what is special follows, up to the closing brace. */
static FILE *event(struct perfetto *p, char phase, unsigned hart, enum track track, uint64_t ns)
{
    FILE *out = p->file.stream;
    fprintf(out, "%s\n{\"ph\":\"%c\",\"pid\":%u,\"tid\":%u,\"ts\":%" PRIu64 ".%03u", p->any ? "," : "", phase, hart + 1,
            track, ns / 1000, (unsigned)(ns % 1000));
    p->any = true;
    if (ns > p->last_ns)
        p->last_ns = ns;
    return out;
}

/* A string of JSON; names of symbols may hold anything. */
static void print_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c >= 0x7f)
            fprintf(out, "\\u%04x", c);
        else
            fprintf(out, c == '"' || c == '\\' ? "\\%c" : "%c", c);
    }
    fputc('"', out);
}

static void print_place(struct perfetto *p, const char *key, uint64_t address)
{
    struct symbol_place place;
    char text[160];
    FILE *out = p->file.stream;
    fprintf(out, ",\"%s\":", key);
    if (p->names.symbols != NULL && symbols_at(p->names.symbols, address, &place))
        snprintf(text, sizeof text, "0x%" PRIx64 " %.100s+0x%" PRIx64, address, place.name, place.offset);
    else
        snprintf(text, sizeof text, "0x%" PRIx64, address);
    print_string(out, text);
}

static void name_tracks(struct perfetto *p, unsigned hart)
{
    static const char *const names[TRACKS] = {
        [TRACK_M] = "traps into M", [TRACK_S] = "traps into S",      [TRACK_VS] = "traps into VS",
        [TRACK_SBI] = "SBI calls",  [TRACK_IRQ] = "interrupt lines",
    };
    if (p->hart[hart].named)
        return;
    p->hart[hart].named = true;
    fprintf(event(p, 'M', hart, 0, 0), ",\"name\":\"process_name\",\"args\":{\"name\":\"hart %u\"}}", hart);
    for (enum track track = TRACK_M; track < TRACKS; track++)
        fprintf(event(p, 'M', hart, track, 0), ",\"name\":\"thread_name\",\"args\":{\"name\":\"%s\"}}", names[track]);
}

/* The innermost span ends. */
static void end_span(struct perfetto *p, unsigned hart, uint64_t ns)
{
    struct time_line *line = &p->hart[hart];
    const struct span *span = &line->open[--line->depth];
    fputc('}', event(p, 'E', hart, track_of(span->to_mode), ns));
}

static void end_all_spans(struct perfetto *p, unsigned hart, uint64_t ns)
{
    while (p->hart[hart].depth > 0)
        end_span(p, hart, ns);
}

static void put_trap(struct perfetto *p, const struct trace_record *r)
{
    struct time_line *line = &p->hart[r->hart];
    if (line->depth == MAX_DEPTH)
        end_all_spans(p, r->hart, r->data[3]);
    line->open[line->depth++] = (struct span){r->mode, r->to_mode};
    FILE *out = event(p, 'B', r->hart, track_of(r->to_mode), r->data[3]);
    fprintf(out, ",\"cat\":\"%s\",\"name\":", r->data[0] & CAUSE_INTERRUPT ? "interrupt" : "exception");
    print_string(out, trap_cause_name(r->data[0]));
    fprintf(out, ",\"args\":{\"from\":\"%s\",\"tval\":\"0x%" PRIx64 "\",\"step\":%" PRIu64, mode_name(r->mode),
            r->data[1], r->step);
    print_place(p, "pc", r->pc);
    print_place(p, "handler", r->data[2]);
    fputs("}}", out);
}

/* A return ends the innermost trap that it fits, and what that one's handler left open: a guest may switch from what a
 * trap interrupted to something else. A return that fits none, as that into a first program, ends nothing. */
static void put_xret(struct perfetto *p, const struct trace_record *r)
{
    struct time_line *line = &p->hart[r->hart];
    unsigned fits = line->depth;
    while (fits > 0 && (line->open[fits - 1].to_mode != r->mode || line->open[fits - 1].mode != r->to_mode))
        fits--;
    if (fits == 0 && line->depth > 0 && line->open[line->depth - 1].to_mode == r->mode)
        fits = line->depth;
    while (fits > 0 && line->depth >= fits)
        end_span(p, r->hart, r->data[3]);
}

static void put_sbi_return(struct perfetto *p, const struct trace_record *r)
{
    const struct trace_record *call = &p->hart[r->hart].call;
    const char *extension, *function, *error = sbi_error_name(r->data[0]);
    char name[96];
    if (call->type == 0 || call->step != r->step)
        return; /* the ring has no more of it */
    if (sbi_call_name(call->bits, call->number, &extension, &function))
        snprintf(name, sizeof name, "%s %s", extension, function);
    else
        snprintf(name, sizeof name, "extension 0x%" PRIx32 " function %" PRIu32, call->bits, call->number);
    FILE *out = event(p, 'B', r->hart, TRACK_SBI, r->data[3]);
    fputs(",\"cat\":\"sbi\",\"name\":", out);
    print_string(out, name);
    fprintf(out, ",\"args\":{\"step\":%" PRIu64, r->step);
    for (unsigned i = 0; i < sbi_call_arguments(call->bits, call->number) && i < 4; i++)
        fprintf(out, ",\"a%u\":\"0x%" PRIx64 "\"", i, call->data[i]);
    print_place(p, "pc", r->pc);
    if (r->access & RECORD_FLAG)
        fprintf(out, ",\"result\":\"%s\",\"value\":\"0x%" PRIx64 "\"", error != NULL ? error : "?", r->data[1]);
    fputs("}}", out);
    fputc('}', event(p, 'E', r->hart, TRACK_SBI, r->data[3] + r->number));
}

static void put_irq(struct perfetto *p, const struct trace_record *r)
{
    FILE *out = event(p, 'i', r->hart, TRACK_IRQ, r->data[3]);
    fprintf(out, ",\"s\":\"t\",\"cat\":\"irq\",\"name\":\"%s %s\"}", trap_cause_name(CAUSE_INTERRUPT | r->number),
            r->access & RECORD_FLAG ? "rises" : "falls");
}

static void perfetto_put(void *owner, const struct trace_record *r)
{
    struct perfetto *p = owner;
    if (r->hart >= MAX_HARTS)
        return;
    name_tracks(p, r->hart);
    switch (r->type) {
    case RECORD_TRAP: put_trap(p, r); break;
    case RECORD_XRET: put_xret(p, r); break;
    case RECORD_SBI_CALL: p->hart[r->hart].call = *r; break;
    case RECORD_SBI_RETURN: put_sbi_return(p, r); break;
    case RECORD_IRQ: put_irq(p, r); break;
    default: break;
    }
}

static bool perfetto_flush(void *owner)
{
    struct perfetto *p = owner;
    return trace_file_flush(&p->file);
}

/* The end of the document, whatever ended the run. */
static bool perfetto_finish(void *owner, struct error *err)
{
    struct perfetto *p = owner;
    for (unsigned i = 0; i < MAX_HARTS; i++)
        end_all_spans(p, i, p->last_ns);
    fputs("\n]}\n", p->file.stream);
    return trace_file_close(&p->file, err);
}

static void perfetto_destroy(void *owner)
{
    struct perfetto *p = owner;
    if (p->file.stream != NULL)
        fclose(p->file.stream);
    free(p);
}

bool trace_perfetto_create(const struct trace_target *target, struct trace_output *output, struct error *err)
{
    struct perfetto *p = calloc(1, sizeof *p);
    if (p == NULL)
        return error_set(err, "out of memory");
    p->names = target->names;
    if (!trace_file_open(target, &p->file, err)) {
        free(p);
        return false;
    }
    fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", p->file.stream);
    *output = (struct trace_output){p, perfetto_put, perfetto_flush, perfetto_finish, perfetto_destroy};
    return true;
}
