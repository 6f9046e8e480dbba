/* SPDX-License-Identifier: MIT */
/* Methods that look at registers, memory, symbols and page tables, or write them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nearest.h"
#include "cpu/csr.h"
#include "cpu/register.h"
#include "machine/inspect.h"
#include "mmu/context.h"
#include "observe/symbols.h"
#include "remote/call.h"
#include "remote/table.h"

/* Of data in one request. */
#define DATA_BYTES 65536

static json_t *x_json(const struct hart *hart)
{
    json_t *object = json_object();
    for (unsigned i = 0; i < 32; i++)
        json_object_set_new(object, register_x_name(i), remote_json_word(hart->x[i]));
    return object;
}

static json_t *f_json(const struct hart *hart)
{
    json_t *object = json_object();
    for (unsigned i = 0; i < 32; i++)
        json_object_set_new(object, register_f_name(i), remote_json_word(hart->f[i]));
    return object;
}

static json_t *csr_json(const struct hart *hart)
{
    json_t *object = json_object();
    const struct csr_info *row;
    for (unsigned i = 0; (row = csr_info(i)) != NULL; i++) {
        uint64_t value;
        if (csr_peek(hart, row->number, &value))
            json_object_set_new(object, row->name, remote_json_word(value));
    }
    return object;
}

bool remote_do_registers(struct remote_call *call)
{
    static const struct {
        const char *name;
        json_t *(*json)(const struct hart *hart);
    } sets[] = {{"x", x_json}, {"f", f_json}, {"csr", csr_json}};
    const struct hart *hart = remote_hart(call);
    if (hart == NULL)
        return false;
    json_object_set_new(call->result, "hart", json_integer((json_int_t)hart->id));
    json_object_set_new(call->result, "pc", remote_json_word(hart->pc));
    json_object_set_new(call->result, "mode", json_string(remote_mode(hart)));
    for (unsigned i = 0; i < ARRAY_SIZE(sets); i++)
        if (remote_chosen(call, "sets", sets[i].name, true))
            json_object_set_new(call->result, sets[i].name, sets[i].json(hart));
    return true;
}

static bool no_such_register(struct remote_call *call, const char *typed)
{
    struct nearest nearest = {.typed = typed};
    const char *name;
    for (unsigned i = 0; (name = register_name(i)) != NULL; i++)
        nearest_offer(&nearest, name);
    if (nearest.best != NULL)
        return remote_fail(call, REMOTE_BAD_PARAMS, "params.name: there is no register '%.100s'; did you mean %s?",
                           typed, nearest.best);
    return remote_fail(call, REMOTE_BAD_PARAMS, "params.name: there is no register '%.100s'", typed);
}

bool remote_do_set_register(struct remote_call *call)
{
    struct register_ref which;
    struct hart *hart = remote_hart(call);
    if (hart == NULL || !remote_wants_pause(call))
        return false;
    if (!register_find(remote_text(call, "name"), &which))
        return no_such_register(call, remote_text(call, "name"));
    if (!remote_wants_change(call))
        return false;
    if (!register_set(hart, which, remote_word(call, "value")))
        return remote_fail(call, REMOTE_FAILED, "%s cannot be written", remote_text(call, "name"));
    machine_hart_changed(call->parts->machine, (unsigned)hart->id);
    json_object_set_new(call->result, "value", remote_json_word(register_get(hart, which)));
    return true;
}

bool remote_do_read_memory(struct remote_call *call)
{
    uint64_t address;
    const struct hart *hart = remote_hart(call);
    if (hart == NULL || !remote_address(call, "address", &address))
        return false;
    size_t count = (size_t)remote_count(call, "length", 1);
    uint8_t *bytes = calloc(count, 1);
    if (bytes == NULL)
        return remote_fail(call, REMOTE_FAILED, "out of memory");
    count = machine_peek(call->parts->machine, hart, remote_space(call), address, bytes, count);
    json_object_set_new(call->result, "address", remote_json_word(address));
    json_object_set_new(call->result, "data", remote_json_bytes(bytes, count));
    free(bytes);
    return count > 0 || remote_fail(call, REMOTE_FAILED, "nothing can be read at 0x%" PRIx64, address);
}

bool remote_do_write_memory(struct remote_call *call)
{
    uint64_t address;
    size_t count;
    const struct hart *hart = remote_hart(call);
    if (hart == NULL || !remote_address(call, "address", &address) || !remote_wants_change(call))
        return false;
    uint8_t *bytes = remote_bytes(call, "data", &count);
    if (bytes == NULL)
        return false;
    bool fits = count >= 1 && count <= DATA_BYTES;
    size_t written = fits ? machine_poke(call->parts->machine, hart, remote_space(call), address, bytes, count) : 0;
    free(bytes);
    json_object_set_new(call->result, "written", json_integer((json_int_t)written));
    if (!fits)
        return remote_fail(call, REMOTE_BAD_PARAMS, "params.data: wants 1 to %d bytes, not %zu", DATA_BYTES, count);
    return written > 0 || remote_fail(call, REMOTE_FAILED, "nothing can be written at 0x%" PRIx64, address);
}

bool remote_do_find_symbol(struct remote_call *call)
{
    uint64_t address;
    const char *name = remote_text(call, "name");
    if (!symbols_value(call->parts->symbols, name, &address))
        return remote_fail(call, REMOTE_FAILED, "there is no symbol '%.200s'", name);
    json_object_set_new(call->result, "address", remote_json_word(address));
    return true;
}

bool remote_do_symbol_at(struct remote_call *call)
{
    uint64_t address;
    struct symbol_place place;
    const char *file;
    unsigned line;
    if (!remote_address(call, "address", &address))
        return false;
    if (!symbols_at(call->parts->symbols, address, &place))
        return remote_fail(call, REMOTE_FAILED, "0x%" PRIx64 " lies in no symbol", address);
    json_object_set_new(call->result, "name", remote_json_text(place.name, strlen(place.name)));
    json_object_set_new(call->result, "start", remote_json_word(place.start));
    json_object_set_new(call->result, "offset", remote_json_word(place.offset));
    if (!symbols_line(call->parts->symbols, address, &file, &line))
        return true;
    json_object_set_new(call->result, "file", remote_json_text(file, strlen(file)));
    json_object_set_new(call->result, "line", json_integer((json_int_t)line));
    return true;
}

/* The hart as if it were in another mode. */
static void enter_mode(struct hart *hart, unsigned mode)
{
    static const struct {
        uint8_t priv;
        bool virt;
    } modes[] = {{PRIV_M, false}, {PRIV_S, false}, {PRIV_U, false}, {PRIV_S, true}, {PRIV_U, true}};
    hart->priv = modes[mode].priv;
    hart->virt = modes[mode].virt;
    hart->csr.mstatus &= ~MSTATUS_MPRV;
}

static json_t *steps_json(const struct walk_trace *trace)
{
    static const char *const stages[] = {[WALK_S] = "S", [WALK_VS] = "VS", [WALK_G] = "G", [WALK_PMP] = "PMP"};
    json_t *list = json_array();
    for (unsigned i = 0; i < trace->count; i++) {
        const struct walk_step *step = &trace->step[i];
        char text[WALK_STEP_TEXT_BYTES];
        walk_step_text(step, text);
        json_array_append_new(list, json_pack("{s:s, s:i, s:o, s:o, s:s}", "stage", stages[step->stage], "level",
                                              (int)step->level, "address", remote_json_word(step->address), "entry",
                                              remote_json_word(step->pte), "text", text));
    }
    return list;
}

bool remote_do_translate(struct remote_call *call)
{
    static const enum access_type types[] = {ACCESS_LOAD, ACCESS_STORE, ACCESS_FETCH};
    uint64_t address;
    struct walk_trace trace = {0};
    struct hart *hart = remote_hart(call);
    if (hart == NULL || !remote_address(call, "address", &address))
        return false;
    bool guest_mode = remote_has(call, "mode") && remote_text(call, "mode")[0] == 'V';
    if (guest_mode && !hart_has(hart, EXT_H))
        return remote_fail(call, REMOTE_BAD_PARAMS, "params.mode: the hart has no hypervisor extension");
    struct hart as = *hart;
    enum access_type type = types[remote_choice(call, "access", "load|store|fetch", 0)];
    if (remote_has(call, "mode"))
        enter_mode(&as, remote_choice(call, "mode", REMOTE_MODES, 0));
    struct mmu_context context = type == ACCESS_FETCH ? mmu_code_context(&as) : mmu_data_context(&as);
    bool granted = walk_explain(hart, &context, address, type, &trace);
    json_object_set_new(call->result, "granted", json_boolean(granted));
    if (trace.count > 0 && trace.step[trace.count - 1].stage == WALK_PMP)
        json_object_set_new(call->result, "physical", remote_json_word(trace.step[trace.count - 1].address));
    json_object_set_new(call->result, "steps", steps_json(&trace));
    return true;
}
