/* SPDX-License-Identifier: MIT */
#include "cpu/opcode_tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"

static const struct {
    const char *name;
    enum ext ext[2];
} files[] = {
    {"rv_i", {EXT_I, EXT_I}},
    {"rv64_i", {EXT_I, EXT_I}},
    {"rv_m", {EXT_M, EXT_M}},
    {"rv64_m", {EXT_M, EXT_M}},
    {"rv_a", {EXT_A, EXT_A}},
    {"rv64_a", {EXT_A, EXT_A}},
    {"rv_f", {EXT_F, EXT_F}},
    {"rv64_f", {EXT_F, EXT_F}},
    {"rv_d", {EXT_D, EXT_D}},
    {"rv64_d", {EXT_D, EXT_D}},
    {"rv_c", {EXT_C, EXT_C}},
    {"rv64_c", {EXT_C, EXT_C}},
    {"rv_c_d", {EXT_C, EXT_D}},
    {"rv_zicsr", {EXT_zicsr, EXT_I}},
    {"rv_zifencei", {EXT_zifencei, EXT_I}},
    {"rv_system", {EXT_I, EXT_I}},
    {"rv_s", {EXT_S, EXT_I}},
    {"rv_svinval", {EXT_svinval, EXT_I}},
    {"rv_zawrs", {EXT_zawrs, EXT_I}},
    {"rv_zba", {EXT_zba, EXT_I}},
    {"rv64_zba", {EXT_zba, EXT_I}},
    {"rv_zbb", {EXT_zbb, EXT_I}},
    {"rv64_zbb", {EXT_zbb, EXT_I}},
    {"rv_zbc", {EXT_zbc, EXT_I}},
    {"rv_zbs", {EXT_zbs, EXT_I}},
    {"rv64_zbs", {EXT_zbs, EXT_I}},
    {"rv_zicond", {EXT_zicond, EXT_I}},
    {"rv_zicbo", {EXT_zicbom, EXT_I}},
    {"rv_h", {EXT_H, EXT_I}},
    {"rv64_h", {EXT_H, EXT_I}},
    {"rv_svinval_h", {EXT_svinval, EXT_H}},
};

/* Pseudo-instructions of the tables that are instructions of their own in an extension of ours. */
static bool pseudo_counts(const char *name)
{
    return strcmp(name, "zext.h") == 0 || strcmp(name, "pause") == 0;
}

/* The fields of 16-bit instructions that must not be zero by name, but where the manual makes the zero a hint (or, c.nop and
 * c.addi, the one the other): the notes at each instruction. */
static const struct {
    const char *name;
    const char *field;
} hints[] = {
    {"c.nop", "c_nzimm6lo"},   {"c.addi", "rd_rs1_n0"},   {"c.addi", "c_nzimm6lo"}, {"c.li", "rd_n0"},
    {"c.srli", "c_nzuimm6lo"}, {"c.srai", "c_nzuimm6lo"}, {"c.slli", "rd_rs1_n0"},  {"c.slli", "c_nzuimm6lo"},
    {"c.mv", "rd_n0"},         {"c.add", "rd_rs1_n0"},
};

static bool zero_is_hint(const struct opcode *opcode, const char *field)
{
    for (unsigned i = 0; i < ARRAY_SIZE(hints); i++)
        if (strcmp(hints[i].name, opcode->name) == 0 && strcmp(hints[i].field, field) == 0)
            return true;
    return false;
}

static FILE *open_table(const char *name)
{
    char path[4096];
    int folder = (int)(strrchr(__FILE__, '/') - __FILE__);
    snprintf(path, sizeof path, "%.*s/opcodes/%s", folder, __FILE__, name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("cannot open %s", path);
    return file;
}

static struct opcode_field lut[256];
static unsigned lut_count;

static void read_lut(void)
{
    char line[128];
    FILE *file = open_table("arg_lut.csv");
    lut_count = 0;
    while (fgets(line, sizeof line, file) != NULL && lut_count < ARRAY_SIZE(lut)) {
        struct opcode_field *f = &lut[lut_count];
        if (sscanf(line, "\"%15[^\"]\", %u , %u", f->name, &f->high, &f->low) == 3)
            lut_count++;
    }
    fclose(file);
}

/* A word of a table's line: bits that are fixed, or a field. */
static void add_word(struct opcode *opcode, const char *word)
{
    unsigned high, low;
    char number[24];
    int got = sscanf(word, "%u..%u=%23s", &high, &low, number);
    if (got != 3 && sscanf(word, "%u=%23s", &high, number) == 2) {
        low = high;
        got = 3;
    }
    if (got == 3) {
        bool binary = strncmp(number, "0b", 2) == 0;
        uint32_t value = (uint32_t)strtoul(binary ? number + 2 : number, NULL, binary ? 2 : 0);
        opcode->mask |= (uint32_t)((UINT64_C(1) << (high - low + 1)) - 1) << low;
        opcode->match |= value << low;
        return;
    }
    for (unsigned i = 0; i < lut_count; i++) {
        if (strcmp(lut[i].name, word) != 0)
            continue;
        assert_true(opcode->fields < OPCODE_FIELDS_MAX);
        opcode->field[opcode->fields++] = lut[i];
        return;
    }
    fail_msg("%s: unknown word %s", opcode->name, word);
}

static void read_line(struct opcode_tables *tables, char *line, unsigned file)
{
    char *rest, *word = strtok_r(line, " \t\n", &rest);
    if (word == NULL || *word == '#')
        return;
    bool pseudo = strcmp(word, "$pseudo_op") == 0;
    if (pseudo) {
        strtok_r(NULL, " \t\n", &rest);
        word = strtok_r(NULL, " \t\n", &rest);
        if (!pseudo_counts(word))
            return;
    }
    assert_true(tables->count < ARRAY_SIZE(tables->opcode));
    struct opcode *opcode = &tables->opcode[tables->count++];
    *opcode = (struct opcode){.ext = {files[file].ext[0], files[file].ext[1]}};
    snprintf(opcode->name, sizeof opcode->name, "%s", word);
    while ((word = strtok_r(NULL, " \t\n", &rest)) != NULL && *word != '#')
        add_word(opcode, word);
    opcode->narrow = (opcode->match & 3) != 3;
    if (strcmp(opcode->name, "pause") == 0)
        opcode->ext[0] = EXT_zihintpause;
    if (strcmp(opcode->name, "cbo.zero") == 0)
        opcode->ext[0] = EXT_zicboz;
}

const struct opcode_tables *opcode_tables_read(void)
{
    static struct opcode_tables tables;
    if (tables.count != 0)
        return &tables;
    read_lut();
    for (unsigned i = 0; i < ARRAY_SIZE(files); i++) {
        char line[256];
        FILE *file = open_table(files[i].name);
        while (fgets(line, sizeof line, file) != NULL)
            read_line(&tables, line, i);
        fclose(file);
    }
    return &tables;
}

static uint32_t field_of(uint32_t bits, const struct opcode_field *field)
{
    return bits >> field->low & (uint32_t)((UINT64_C(1) << (field->high - field->low + 1)) - 1);
}

/* True if a 16-bit instruction's field holds what its name forbids; the pieces of a scattered immediate count together. */
static bool forbidden(const struct opcode *opcode, const struct opcode_field *field, uint32_t bits)
{
    uint32_t value = field_of(bits, field);
    size_t length = strlen(field->name);
    if (strcmp(field->name, "rd_n2") == 0)
        return value == 2;
    if (value != 0 || zero_is_hint(opcode, field->name))
        return false;
    if (strcmp(field->name + length - 3, "_n0") == 0 || strcmp(field->name, "c_nzuimm10") == 0)
        return true;
    if (strncmp(field->name, "c_nz", 4) != 0 || strcmp(field->name + length - 2, "lo") != 0)
        return false;
    return (bits & 0x1000) == 0; /* the other piece of every such immediate is bit 12 */
}

static bool matches(const struct opcode *opcode, uint32_t bits)
{
    if ((bits & opcode->mask) != opcode->match)
        return false;
    for (unsigned i = 0; opcode->narrow && i < opcode->fields; i++)
        if (forbidden(opcode, &opcode->field[i], bits))
            return false;
    return true;
}

const struct opcode *opcode_find(const struct opcode_tables *tables, const struct ext_set *set, uint32_t bits)
{
    const struct opcode *found = NULL;
    bool narrow = (bits & 3) != 3;
    bits = narrow ? bits & 0xffff : bits;
    for (unsigned i = 0; i < tables->count; i++) {
        const struct opcode *o = &tables->opcode[i];
        if (o->narrow != narrow || !matches(o, bits) || !set->has[o->ext[0]] || !set->has[o->ext[1]])
            continue;
        /* pause is a fence, and c.nop a c.addi: the one with more fixed bits is meant. */
        if (found == NULL || (found->mask & o->mask) == found->mask)
            found = o;
    }
    return found;
}

const struct opcode *opcode_named(const struct opcode_tables *tables, const char *name)
{
    for (unsigned i = 0; i < tables->count; i++)
        if (strcmp(tables->opcode[i].name, name) == 0)
            return &tables->opcode[i];
    return NULL;
}

const struct opcode_field *opcode_field(const struct opcode *opcode, const char *name)
{
    for (unsigned i = 0; i < opcode->fields; i++)
        if (strcmp(opcode->field[i].name, name) == 0)
            return &opcode->field[i];
    return NULL;
}
