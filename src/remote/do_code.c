/* SPDX-License-Identifier: MIT */
/* The method that reads memory as instructions. */
#include <inttypes.h>

#include "cpu/disasm.h"
#include "remote/call.h"

/* The bytes of the instruction at address, of which memory may end in the midst. Returns how many there are, 0: none. */
static size_t fetch(struct remote_call *call, const struct hart *hart, uint64_t address, uint32_t *bits)
{
    *bits = 0;
    size_t got = machine_peek(call->parts->machine, hart, remote_space(call), address, bits, sizeof *bits);
    return got & ~(size_t)1;
}

static json_t *insn_json(const struct remote_call *call, uint64_t address, uint32_t bits, unsigned *length)
{
    struct disasm insn;
    disasm(machine_decoder(call->parts->machine), bits, address, &insn);
    *length = insn.length;
    uint32_t shown = insn.length == 2 ? bits & 0xffff : bits;
    return json_pack("{s:o, s:o, s:i, s:s}", "address", remote_json_word(address), "bits", remote_json_word(shown),
                     "length", (int)insn.length, "text", insn.text);
}

bool remote_do_disassemble(struct remote_call *call)
{
    uint32_t bits;
    unsigned length;
    const struct hart *hart = remote_hart(call);
    uint64_t address = hart != NULL ? hart->pc : 0, count = remote_count(call, "count", 1);
    if (hart == NULL || (remote_has(call, "address") && !remote_address(call, "address", &address)))
        return false;
    json_t *list = json_array();
    for (uint64_t i = 0; i < count; i++, address += length) {
        size_t got = fetch(call, hart, address, &bits);
        json_t *insn = insn_json(call, address, bits, &length);
        if (got < length) {
            json_decref(insn);
            break;
        }
        json_array_append_new(list, insn);
    }
    json_object_set_new(call->result, "instructions", list);
    return json_array_size(list) > 0 || remote_fail(call, REMOTE_FAILED, "nothing can be read at 0x%" PRIx64, address);
}
