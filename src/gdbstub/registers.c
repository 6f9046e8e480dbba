/* SPDX-License-Identifier: MIT */
#include "gdbstub/registers.h"

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/csr.h"
#include "cpu/register.h"

/* Whether the machine has it: M-mode, which may access all there is, could read it with its floating-point unit on. */
static bool has_csr(const struct hart *h, unsigned number)
{
    struct hart machine_mode = *h;
    machine_mode.priv = PRIV_M;
    machine_mode.virt = false;
    machine_mode.csr.mstatus |= MSTATUS_FS;
    return csr_check(&machine_mode, number, false) == CSR_OK;
}

static bool is_csr(uint64_t number)
{
    return number >= GDB_CSR && number < GDB_PRIV;
}

bool gdb_register_read(const struct hart *h, uint64_t number, uint64_t *value)
{
    if (number < GDB_PC)
        *value = h->x[number];
    else if (number == GDB_PC)
        *value = h->pc;
    else if (number < GDB_CSR && hart_has(h, EXT_F))
        *value = h->f[number - GDB_F];
    else if (is_csr(number))
        return has_csr(h, (unsigned)number - GDB_CSR) && csr_peek(h, (unsigned)number - GDB_CSR, value);
    else if (number == GDB_PRIV)
        *value = h->priv;
    else if (number == GDB_VIRT && hart_has(h, EXT_H))
        *value = h->virt;
    else
        return false;
    return true;
}

static bool mode_exists(const struct hart *h, uint64_t priv, uint64_t virt)
{
    if (virt > 1 || (virt == 1 && priv == PRIV_M))
        return false;
    return priv == PRIV_M || (priv == PRIV_S && hart_has(h, EXT_S)) || (priv == PRIV_U && hart_has(h, EXT_U));
}

/* M-mode is never virtualized: entering it leaves the guest. */
static bool set_mode(struct hart *h, uint64_t priv, uint64_t virt)
{
    if (!mode_exists(h, priv, virt))
        return false;
    h->priv = (uint8_t)priv;
    h->virt = virt == 1;
    csr_status_changed(h);
    return true;
}

static bool write_csr(struct hart *h, unsigned number, uint64_t value)
{
    bool effect = false;
    if (!has_csr(h, number) || !csr_poke(h, number, value, &effect))
        return false;
    h->look |= effect;
    return true;
}

bool gdb_register_write(struct hart *h, uint64_t number, uint64_t value)
{
    if (number == 0)
        return true; /* debuggers write back all that they read */
    if (number < GDB_PC)
        h->x[number] = value;
    else if (number == GDB_PC)
        h->pc = value & ~BIT(0);
    else if (number < GDB_CSR && hart_has(h, EXT_F))
        h->f[number - GDB_F] = value;
    else if (is_csr(number))
        return write_csr(h, (unsigned)number - GDB_CSR, value);
    else if (number == GDB_PRIV)
        return set_mode(h, value, value == PRIV_M ? 0 : h->virt);
    else if (number == GDB_VIRT && hart_has(h, EXT_H))
        return set_mode(h, h->priv, value);
    else
        return false;
    return true;
}

unsigned gdb_registers_general(const struct hart *h)
{
    return hart_has(h, EXT_F) ? GDB_CSR : GDB_F;
}

static void describe(FILE *out, const char *name, unsigned number, const char *type, const char *group)
{
    fprintf(out, "<reg name=\"%s\" bitsize=\"64\" regnum=\"%u\" type=\"%s\" group=\"%s\"/>\n", name, number, type,
            group);
}

static void describe_integers(FILE *out)
{
    fputs("<feature name=\"org.gnu.gdb.riscv.cpu\">\n", out);
    for (unsigned i = 0; i < 32; i++) {
        bool data_pointer = i == 2 || i == 3 || i == 4 || i == 8;
        describe(out, i == 8 ? "fp" : register_x_name(i), GDB_X + i,
                 data_pointer ? "data_ptr"
                 : i == 1     ? "code_ptr"
                              : "int",
                 "general");
    }
    describe(out, "pc", GDB_PC, "code_ptr", "general");
    fputs("</feature>\n", out);
}

static void describe_floats(FILE *out)
{
    fputs("<feature name=\"org.gnu.gdb.riscv.fpu\">\n"
          "<union id=\"riscv_double\"><field name=\"float\" type=\"ieee_single\"/>"
          "<field name=\"double\" type=\"ieee_double\"/></union>\n",
          out);
    for (unsigned i = 0; i < 32; i++)
        describe(out, register_f_name(i), GDB_F + i, "riscv_double", "float");
    fputs("</feature>\n", out);
}

static bool is_float_csr(unsigned number)
{
    return number == CSR_fflags || number == CSR_frm || number == CSR_fcsr;
}

static void describe_csrs(const struct hart *h, FILE *out)
{
    fputs("<feature name=\"org.gnu.gdb.riscv.csr\">\n", out);
    const struct csr_info *info;
    for (unsigned n = 0; (info = csr_info(n)) != NULL; n++)
        if (has_csr(h, info->number))
            describe(out, info->name, GDB_CSR + info->number, "int", is_float_csr(info->number) ? "float" : "csr");
    fputs("</feature>\n", out);
}

static void describe_modes(const struct hart *h, FILE *out)
{
    fputs("<feature name=\"org.gnu.gdb.riscv.virtual\">\n", out);
    describe(out, "priv", GDB_PRIV, "int", "system");
    if (hart_has(h, EXT_H))
        describe(out, "virt", GDB_VIRT, "int", "system");
    fputs("</feature>\n", out);
}

void gdb_registers_describe(const struct hart *h, FILE *out)
{
    /* Under Linux GDB would predict where a step leads, and set a breakpoint there: it would miss traps. */
    fputs("<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
          "<target version=\"1.0\">\n<architecture>riscv:rv64</architecture>\n<osabi>none</osabi>\n",
          out);
    describe_integers(out);
    if (hart_has(h, EXT_F))
        describe_floats(out);
    describe_csrs(h, out);
    describe_modes(h, out);
    fputs("</target>\n", out);
}
