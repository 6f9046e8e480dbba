/* SPDX-License-Identifier: MIT */
#include "grade/outcome.h"

#include <stdlib.h>
#include <string.h>

/* In front of findings, output and message. */
struct packed_head {
    uint64_t kind, end, reason, code, output_bytes, message_bytes;
    struct probe_time time;
};

void outcome_destroy(struct grade_outcome *o)
{
    free(o->findings);
    grade_buffer_destroy(&o->output);
    grade_buffer_destroy(&o->message);
    *o = (struct grade_outcome){.kind = OUTCOME_NONE};
}

void outcome_pack(const struct grade_outcome *o, unsigned check_count, struct grade_buffer *bytes)
{
    struct packed_head head = {
        .kind = o->kind,
        .end = o->end,
        .reason = o->stop.reason,
        .code = o->stop.code,
        .output_bytes = o->output.length,
        .message_bytes = o->message.length,
        .time = o->time,
    };
    grade_buffer_add(bytes, &head, sizeof head);
    grade_buffer_add(bytes, o->findings, check_count * sizeof *o->findings);
    grade_buffer_add(bytes, o->output.bytes, o->output.length);
    grade_buffer_add(bytes, o->message.bytes, o->message.length);
}

bool outcome_unpack(struct grade_outcome *o, unsigned check_count, const void *bytes, size_t size)
{
    struct packed_head head;
    size_t findings_bytes = check_count * sizeof *o->findings;
    const uint8_t *at = bytes;
    *o = (struct grade_outcome){.kind = OUTCOME_NONE};
    if (size < sizeof head + findings_bytes)
        return false;
    memcpy(&head, at, sizeof head);
    at += sizeof head;
    size_t left = size - sizeof head - findings_bytes;
    if (head.output_bytes > left || head.message_bytes != left - head.output_bytes)
        return false;
    o->findings = calloc(check_count + 1, sizeof *o->findings);
    if (o->findings == NULL)
        return false;
    memcpy(o->findings, at, findings_bytes);
    at += findings_bytes;
    grade_buffer_add(&o->output, at, head.output_bytes);
    grade_buffer_add(&o->message, at + head.output_bytes, head.message_bytes);
    o->kind = (enum outcome_kind)head.kind;
    o->end = (enum outcome_end)head.end;
    o->stop = (struct stop){(enum stop_reason)head.reason, head.code};
    o->time = head.time;
    return true;
}
