/* SPDX-License-Identifier: MIT */
/* Memory, registers, points and names. */
#include "api/vm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "cpu/disasm.h"
#include "cpu/register.h"
#include "gdbstub/registers.h"

#define CSR_COUNT 4096u

static bool space_of(struct microvm *vm, enum microvm_space from, enum address_space *space)
{
    *space = from == MICROVM_VIRTUAL ? SPACE_VIRTUAL : SPACE_PHYSICAL;
    return from == MICROVM_VIRTUAL || from == MICROVM_PHYSICAL ||
           error_set(&vm->error, "%d is no address space", (int)from);
}

static bool no_memory(struct microvm *vm, enum microvm_space space, uint64_t address)
{
    return error_set(&vm->error, "nothing is at the %s address 0x%" PRIx64,
                     space == MICROVM_VIRTUAL ? "virtual" : "physical", address);
}

bool microvm_read(struct microvm *vm, unsigned hart, enum microvm_space space, uint64_t address, void *bytes,
                  size_t count)
{
    enum address_space from;
    const struct hart *h = vm_hart(vm, hart);
    if (h == NULL || !space_of(vm, space, &from))
        return false;
    size_t done = machine_peek(vm->machine, h, from, address, bytes, count);
    return done == count || no_memory(vm, space, address + done);
}

/* While a hart runs: as a device would write, without dropping the very code that runs. */
static size_t write_as_device(struct microvm *vm, const struct hart *h, enum address_space space, uint64_t address,
                              const uint8_t *bytes, size_t count)
{
    struct guest_mem mem = machine_memory(vm->machine);
    size_t done = 0;
    while (done < count) {
        uint64_t pa;
        size_t room = (size_t)(PAGE_BYTES - ((address + done) & (PAGE_BYTES - 1)));
        size_t piece = count - done < room ? count - done : room;
        if (!machine_translate(vm->machine, h, space, address + done, &pa) ||
            !guest_mem_write(&mem, pa, bytes + done, piece))
            break;
        done += piece;
    }
    return done;
}

bool microvm_write(struct microvm *vm, unsigned hart, enum microvm_space space, uint64_t address, const void *bytes,
                   size_t count)
{
    enum address_space to;
    const struct hart *h = vm_hart(vm, hart);
    if (h == NULL || !space_of(vm, space, &to))
        return false;
    size_t done = vm->runs ? write_as_device(vm, h, to, address, bytes, count)
                           : machine_poke(vm->machine, h, to, address, bytes, count);
    return done == count || no_memory(vm, space, address + done);
}

bool microvm_translate(struct microvm *vm, unsigned hart, uint64_t address, uint64_t *physical)
{
    const struct hart *h = vm_hart(vm, hart);
    if (h == NULL)
        return false;
    return machine_translate(vm->machine, h, SPACE_VIRTUAL, address, physical) ||
           no_memory(vm, MICROVM_VIRTUAL, address);
}

/* Registers, by debuggers' numbers. */

static bool number_of(struct microvm *vm, const char *name, uint64_t *number)
{
    static const unsigned first[] = {
        [REGISTER_X] = GDB_X, [REGISTER_F] = GDB_F, [REGISTER_PC] = GDB_PC, [REGISTER_CSR] = GDB_CSR};
    struct register_ref ref;
    if (name == NULL)
        return error_set(&vm->error, "the register's name is NULL");
    *number = GDB_PRIV;
    if (strcmp(name, "priv") == 0)
        return true;
    *number = GDB_VIRT;
    if (strcmp(name, "virt") == 0)
        return true;
    if (!register_find(name, &ref))
        return error_set(&vm->error, "no register is called '%.100s'", name);
    *number = first[ref.kind] + ref.number;
    return true;
}

static bool get(struct microvm *vm, unsigned hart, uint64_t number, const char *name, uint64_t *value)
{
    const struct hart *h = vm_hart(vm, hart);
    if (h == NULL)
        return false;
    return gdb_register_read(h, number, value) ||
           error_set(&vm->error, "hart %u has no register %.100s: its extension is off", hart, name);
}

static bool may_set(struct microvm *vm, unsigned hart, uint64_t number)
{
    bool plain = number < GDB_PC || (number >= GDB_F && number < GDB_CSR);
    return (vm->serves && vm->serving == hart && plain) || vm_is_free(vm);
}

static bool set(struct microvm *vm, unsigned hart, uint64_t number, const char *name, uint64_t value)
{
    struct hart *h = vm_hart(vm, hart);
    if (h == NULL || !may_set(vm, hart, number))
        return false;
    if (!gdb_register_write(h, number, value))
        return error_set(&vm->error, "register %.100s of hart %u cannot be set to 0x%" PRIx64, name, hart, value);
    if (!vm->runs)
        machine_hart_changed(vm->machine, hart);
    return true;
}

bool microvm_get_register(struct microvm *vm, unsigned hart, const char *name, uint64_t *value)
{
    uint64_t number;
    return number_of(vm, name, &number) && get(vm, hart, number, name, value);
}

bool microvm_set_register(struct microvm *vm, unsigned hart, const char *name, uint64_t value)
{
    uint64_t number;
    return number_of(vm, name, &number) && set(vm, hart, number, name, value);
}

static bool name_csr(struct microvm *vm, unsigned number, char name[16])
{
    snprintf(name, 16, "0x%x", number);
    return number < CSR_COUNT || error_set(&vm->error, "CSR %s: their numbers end at 0xfff", name);
}

bool microvm_get_csr(struct microvm *vm, unsigned hart, unsigned number, uint64_t *value)
{
    char name[16];
    return name_csr(vm, number, name) && get(vm, hart, (uint64_t)GDB_CSR + number, name, value);
}

bool microvm_set_csr(struct microvm *vm, unsigned hart, unsigned number, uint64_t value)
{
    char name[16];
    return name_csr(vm, number, name) && set(vm, hart, (uint64_t)GDB_CSR + number, name, value);
}

/* Points. */

static bool point_of(struct microvm *vm, enum microvm_point kind, struct debug_point *point)
{
    static const enum debug_kind kinds[] = {[MICROVM_EXECUTE] = DEBUG_BREAK,
                                            [MICROVM_WRITE] = DEBUG_WATCH_WRITE,
                                            [MICROVM_READ] = DEBUG_WATCH_READ,
                                            [MICROVM_ACCESS] = DEBUG_WATCH_ACCESS};
    if ((unsigned)kind >= ARRAY_SIZE(kinds))
        return error_set(&vm->error, "%d is no kind of point", (int)kind);
    point->kind = kinds[kind];
    return vm_is_free(vm) && vm_is_loaded(vm);
}

bool microvm_set_point(struct microvm *vm, enum microvm_point kind, uint64_t address, uint64_t bytes)
{
    struct debug_point point = {.address = address, .length = bytes};
    return point_of(vm, kind, &point) && machine_set_point(vm->machine, &point, &vm->error);
}

bool microvm_clear_point(struct microvm *vm, enum microvm_point kind, uint64_t address, uint64_t bytes)
{
    struct debug_point point = {.address = address, .length = bytes};
    if (!point_of(vm, kind, &point))
        return false;
    machine_clear_point(vm->machine, &point);
    return true;
}

/* Names. */

bool microvm_symbol_address(struct microvm *vm, const char *name, uint64_t *address)
{
    if (!vm_is_loaded(vm))
        return false;
    return (name != NULL && symbols_value(vm->symbols, name, address)) ||
           error_set(&vm->error, "the program has no symbol '%.200s'", name != NULL ? name : "");
}

bool microvm_symbol_at(struct microvm *vm, uint64_t address, const char **name, uint64_t *offset)
{
    struct symbol_place place;
    if (!vm_is_loaded(vm))
        return false;
    if (!symbols_at(vm->symbols, address, &place))
        return error_set(&vm->error, "no symbol covers 0x%" PRIx64, address);
    *name = place.name;
    *offset = place.offset;
    return true;
}

unsigned microvm_disassemble(struct microvm *vm, uint32_t bits, uint64_t address, char *text, size_t text_bytes)
{
    struct disasm out;
    if (!vm_is_loaded(vm))
        return 0;
    disasm(machine_decoder(vm->machine), bits, address, &out);
    if (text_bytes != 0)
        snprintf(text, text_bytes, "%s", out.text);
    return out.length;
}
