/* SPDX-License-Identifier: MIT */
/* A trace in the form of Spike's commit log (spike --log-commits), so that the two can be compared line by line: hart,
 * privilege, pc, bits, registers written in the order of their numbers, addresses read, addresses written with values. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/csr.h"
#include "observe/trace_output.h"

#define WRITES_MAX 8

/* A register that an instruction wrote. Spike sorts them by number and then by letter. */
struct written {
    char letter; /* x, f, c */
    unsigned number;
    uint64_t value;
};

struct spike {
    struct trace_file file;
    bool open;
    struct trace_record insn; /* until all that belongs to it has come */
    struct written writes[WRITES_MAX];
    unsigned count;
};

static unsigned sort_key(const struct written *w)
{
    return w->number << 2 | (w->letter == 'x' ? 0 : w->letter == 'f' ? 1 : 2);
}

/* Each register stands there once, with its last value. */
static void add_write(struct spike *s, char letter, unsigned number, uint64_t value)
{
    struct written new = {letter, number, value};
    unsigned at = 0;
    while (at < s->count && sort_key(&s->writes[at]) < sort_key(&new))
        at++;
    bool there = at < s->count && sort_key(&s->writes[at]) == sort_key(&new);
    if (!there && s->count == WRITES_MAX)
        return;
    if (!there) {
        memmove(&s->writes[at + 1], &s->writes[at], (s->count - at) * sizeof new);
        s->count++;
    }
    s->writes[at] = new;
}

static void print_write(FILE *out, const struct written *w)
{
    const char *name = w->letter == 'c' ? csr_name(w->number) : NULL;
    if (w->letter == 'c')
        fprintf(out, " c%u_%s 0x%016" PRIx64, w->number, name != NULL ? name : "unknown", w->value);
    else
        fprintf(out, " %c%-2u 0x%016" PRIx64, w->letter, w->number, w->value);
}

static void end_line(struct spike *s)
{
    const struct trace_record *r = &s->insn;
    FILE *out = s->file.stream;
    if (!s->open)
        return;
    s->open = false;
    int digits = (r->bits & 3) == 3 ? 8 : 4;
    fprintf(out, "core%4u: %u 0x%016" PRIx64 " (0x%0*" PRIx32 ")", r->hart, RECORD_PRIV(r->mode), r->pc, digits,
            r->bits);
    for (unsigned i = 0; i < s->count; i++)
        print_write(out, &s->writes[i]);
    if (r->access & RECORD_LOAD)
        fprintf(out, " mem 0x%016" PRIx64, r->data[1]);
    if (r->access & RECORD_STORE)
        fprintf(out, " mem 0x%016" PRIx64 " 0x%0*" PRIx64, r->data[1], 2 * r->size, r->data[3]);
    fputc('\n', out);
}

static void begin_line(struct spike *s, const struct trace_record *r)
{
    end_line(s);
    s->open = true;
    s->insn = *r;
    s->count = 0;
}

static void put_csr(struct spike *s, const struct trace_record *r)
{
    static const struct {
        uint16_t view, of;
        bool both; /* Spike logs the view, too */
    } views[] = {{CSR_sstatus, CSR_mstatus, false}, {CSR_sie, CSR_mie, true}, {CSR_sip, CSR_mip, false}};
    if (!s->open || s->insn.step != r->step || s->insn.hart != r->hart) {
        begin_line(s, r);
        s->insn.access = 0;
    }
    bool itself = r->number != CSR_fcsr;
    for (unsigned i = 0; i < ARRAY_SIZE(views); i++) {
        if (views[i].view != r->number)
            continue;
        add_write(s, 'c', views[i].of, r->data[2]);
        itself = views[i].both;
    }
    if (itself)
        add_write(s, 'c', r->number, r->data[0]);
    if (r->number == CSR_fcsr) {
        add_write(s, 'c', CSR_fflags, field_get(r->data[0], BITS(4, 0)));
        add_write(s, 'c', CSR_frm, field_get(r->data[0], BITS(7, 5)));
    }
}

static void put_insn(struct spike *s, const struct trace_record *r)
{
    begin_line(s, r);
    if (r->reg >= RECORD_REG_F)
        add_write(s, 'f', r->reg - RECORD_REG_F, r->data[0]);
    else if (r->reg != 0)
        add_write(s, 'x', r->reg, r->data[0]);
}

static void spike_put(void *owner, const struct trace_record *record)
{
    if (record->type == RECORD_INSN)
        put_insn(owner, record);
    else if (record->type == RECORD_CSR)
        put_csr(owner, record);
}

static bool spike_flush(void *owner)
{
    struct spike *s = owner;
    end_line(s);
    return trace_file_flush(&s->file);
}

static bool spike_finish(void *owner, struct error *err)
{
    struct spike *s = owner;
    end_line(s);
    return trace_file_close(&s->file, err);
}

static void spike_destroy(void *owner)
{
    struct spike *s = owner;
    if (s->file.stream != NULL)
        fclose(s->file.stream);
    free(s);
}

bool trace_spike_create(const struct trace_target *target, struct trace_output *output, struct error *err)
{
    struct spike *s = calloc(1, sizeof *s);
    if (s == NULL)
        return error_set(err, "out of memory");
    if (!trace_file_open(target, &s->file, err)) {
        free(s);
        return false;
    }
    *output = (struct trace_output){s, spike_put, spike_flush, spike_finish, spike_destroy};
    return true;
}
