/* SPDX-License-Identifier: MIT */
#include "cpu/csr.h"

#include <stddef.h>

#include "base/compiler.h"
#include "cpu/csr_rows.h"
#include "mmu/walk.h"

struct row {
    struct csr_info info;
    enum csr_access (*gate)(const struct hart *h, unsigned number);
    uint64_t (*reset)(const struct hart *h);
    uint64_t (*read)(const struct hart *h);
    void (*write)(struct hart *h, uint64_t value, bool *effect);
    uint64_t (*legalize)(const struct hart *h, uint64_t old, uint64_t want); /* NULL: no storage */
    void (*store)(struct hart *h, uint64_t value);                           /* likewise */
};

/* The kinds of field, see csr_field.def. `present` says whether the field's extension is there. */
ALWAYS_INLINE uint64_t legal_RW(const struct hart *h, uint64_t mask, bool present, uint64_t old, uint64_t want)
{
    (void)h, (void)old;
    return present ? want : want & ~mask;
}

ALWAYS_INLINE uint64_t legal_RO(const struct hart *h, uint64_t mask, bool present, uint64_t old, uint64_t want)
{
    (void)h, (void)present;
    return (want & ~mask) | (old & mask);
}

static bool privilege_exists(const struct hart *h, uint64_t priv)
{
    return priv == PRIV_M || (priv == PRIV_S && hart_has(h, EXT_S)) || (priv == PRIV_U && hart_has(h, EXT_U));
}

ALWAYS_INLINE uint64_t legal_PRIV(const struct hart *h, uint64_t mask, bool present, uint64_t old, uint64_t want)
{
    return legal_RO(h, privilege_exists(h, field_get(want, mask)) ? 0 : mask, present, old, want);
}

ALWAYS_INLINE uint64_t legal_TVEC(const struct hart *h, uint64_t mask, bool present, uint64_t old, uint64_t want)
{
    return legal_RO(h, field_get(want, mask) <= TVEC_VECTORED ? 0 : mask, present, old, want);
}

ALWAYS_INLINE uint64_t legal_GATP(const struct hart *h, uint64_t mask, bool present, uint64_t old, uint64_t want)
{
    return legal_RO(h, walk_mode_supported(h, (unsigned)field_get(want, mask)) ? 0 : mask, present, old, want);
}

ALWAYS_INLINE uint64_t legal_CBIE(const struct hart *h, uint64_t mask, bool present, uint64_t old, uint64_t want)
{
    return legal_RW(h, mask, present, old, field_get(want, mask) == 2 ? (want & ~mask) | (old & mask) : want);
}

/* With a constant number the compiler keeps that row's fields alone. */
ALWAYS_INLINE uint64_t legalize_fields(const struct hart *h, unsigned number, uint64_t old, uint64_t want)
{
#define CSR_FIELD(csr, field, mask, kind, ext, tag, meaning)                                                           \
    if (number == CSR_##csr)                                                                                           \
        want = legal_##kind(h, mask, hart_has(h, EXT_##ext), old, want);
#include "cpu/csr_field.def"
#undef CSR_FIELD
    return want;
}

static void write_ignored(struct hart *h, uint64_t value, bool *effect)
{
    (void)h, (void)value, (void)effect;
}

/* The functions that follow from a row's kind. */
#define RESET(name, value)                                                                                             \
    static uint64_t reset_##name(const struct hart *h)                                                                 \
    {                                                                                                                  \
        (void)h;                                                                                                       \
        return value;                                                                                                  \
    }
#define READ_STORED(name)                                                                                              \
    static uint64_t stored_##name(const struct hart *h)                                                                \
    {                                                                                                                  \
        return h->csr.name;                                                                                            \
    }
#define STORAGE(name, number, mask)                                                                                    \
    static void store_##name(struct hart *h, uint64_t value)                                                           \
    {                                                                                                                  \
        h->csr.name = value;                                                                                           \
    }                                                                                                                  \
    static uint64_t legalize_##name(const struct hart *h, uint64_t old, uint64_t want)                                 \
    {                                                                                                                  \
        return legalize_fields(h, number, old, (old & ~(mask)) | (want & (mask)));                                     \
    }
#define DEFINE_PLAIN(name, number, mask)                                                                               \
    READ_STORED(name)                                                                                                  \
    STORAGE(name, number, mask)                                                                                        \
    static void write_##name(struct hart *h, uint64_t value, bool *effect)                                             \
    {                                                                                                                  \
        (void)effect;                                                                                                  \
        h->csr.name = legalize_##name(h, h->csr.name, value);                                                          \
    }
#define DEFINE_WORD(name, number, mask) DEFINE_PLAIN(name, number, mask)
#define DEFINE_EPC(name, number, mask) DEFINE_PLAIN(name, number, mask)
#define DEFINE_HOOKED(name, number, mask)                                                                              \
    READ_STORED(name)                                                                                                  \
    STORAGE(name, number, mask)                                                                                        \
    static void write_##name(struct hart *h, uint64_t value, bool *effect)                                             \
    {                                                                                                                  \
        uint64_t old = h->csr.name;                                                                                    \
        h->csr.name = legalize_##name(h, old, value);                                                                  \
        if (h->csr.name != old)                                                                                        \
            csr_changed_##name(h, old, effect);                                                                        \
    }
#define DEFINE_CUSTOM(name, number, mask) READ_STORED(name) STORAGE(name, number, mask)
#define DEFINE_COOKED(name, number, mask) STORAGE(name, number, mask)
#define DEFINE_VIEW(name, number, mask)
#define DEFINE_READOUT(name, number, mask)
#define DEFINE_FIXED(name, number, mask)

#define CSR(number, name, kind, reset, writable, vs_twin, gate, tag, meaning)                                          \
    RESET(name, reset)                                                                                                 \
    DEFINE_##kind(name, number, writable)
#include "cpu/csr.def"
#undef CSR

#define STORED(name) .legalize = legalize_##name, .store = store_##name
#define FUNCTIONS_PLAIN(name) .read = stored_##name, .write = write_##name, STORED(name)
#define FUNCTIONS_WORD(name) FUNCTIONS_PLAIN(name)
#define FUNCTIONS_EPC(name) FUNCTIONS_PLAIN(name)
#define FUNCTIONS_HOOKED(name) .read = stored_##name, .write = write_##name, STORED(name)
#define FUNCTIONS_CUSTOM(name) .read = stored_##name, .write = csr_write_##name, STORED(name)
#define FUNCTIONS_COOKED(name) .read = csr_read_##name, .write = csr_write_##name, STORED(name)
#define FUNCTIONS_VIEW(name) .read = csr_read_##name, .write = csr_write_##name
#define FUNCTIONS_READOUT(name) .read = csr_read_##name, .write = write_ignored
#define FUNCTIONS_FIXED(name) .read = reset_##name, .write = write_ignored

static const struct row rows[] = {
#define CSR(number, name, kind, reset_value, writable, vs_twin, gate_name, tag, meaning)                               \
    {.info = {#name, number, CSR_##vs_twin, tag, meaning},                                                             \
     .gate = csr_gate_##gate_name,                                                                                     \
     .reset = reset_##name,                                                                                            \
     FUNCTIONS_##kind(name)},
#include "cpu/csr.def"
#undef CSR
};

enum row_index {
#define CSR(number, name, kind, reset, writable, vs_twin, gate, tag, meaning) ROW_##name,
#include "cpu/csr.def"
#undef CSR
    ROW_COUNT
};

_Static_assert(ROW_COUNT < 256, "row_of holds an index plus one in a byte");

static const uint8_t row_of[4096] = {
#define CSR(number, name, kind, reset, writable, vs_twin, gate, tag, meaning) [number] = ROW_##name + 1,
#include "cpu/csr.def"
#undef CSR
};

static const struct csr_field_info fields[] = {
#define CSR_FIELD(csr, field, mask, kind, ext, tag, meaning) {CSR_##csr, #field, mask, EXT_##ext, tag, meaning},
#include "cpu/csr_field.def"
#undef CSR_FIELD
};

static const struct row *find(unsigned number)
{
    unsigned index = number < ARRAY_SIZE(row_of) ? row_of[number] : 0;
    return index == 0 ? NULL : &rows[index - 1];
}

/* The row that an access by number reaches from the hart's present mode: norm:H_vscsrs_sub. */
static const struct row *find_in_mode(const struct hart *h, unsigned number)
{
    const struct row *row = find(number);
    return h->virt && row != NULL && row->info.twin != CSR_none ? find(row->info.twin) : row;
}

/* norm:Zicsr_access: bits 9:8 are the lowest privilege that has access, bits 11:10 = 3 mean read-only. Level 2 is HS-mode's. */
static unsigned level_of(unsigned number)
{
    return number >> 8 & 3;
}

/* Whether not even HS-mode could do it (seen from V = 1), or not the mode itself (from V = 0). */
static bool out_of_reach(const struct hart *h, unsigned number, bool write)
{
    unsigned level = level_of(number);
    if (write && number >> 10 == 3)
        return true;
    if (h->priv == PRIV_M)
        return false;
    return level == PRIV_M || (!h->virt && h->priv == PRIV_U && level != PRIV_U);
}

/* norm:H_virtinst_vu_vs_nonhigh_allowedhs_tvm0, norm:H_virtinst_vu_nonhigh_supervisor_allowedhs_tvm0: what HS-mode could
 * do, and V = 1 prevents. */
static bool above_guest(const struct hart *h, unsigned number)
{
    return h->virt && level_of(number) > h->priv;
}

enum csr_access csr_check(const struct hart *h, unsigned number, bool write)
{
    const struct row *row = find(number);
    if (row == NULL || out_of_reach(h, number, write))
        return CSR_ILLEGAL;
    enum csr_access access = row->gate(h, number);
    return access == CSR_OK && above_guest(h, number) ? CSR_VIRTUAL : access;
}

/* A comparator may have come due since the last slice: what is read must be true now (norm:mip_sip_stip_op). */
static void refresh(struct hart *h, unsigned number)
{
    bool shows_pending = number == CSR_mip || number == CSR_sip || number == CSR_hip || number == CSR_vsip;
    if (shows_pending && (h->csr.menvcfg & ENVCFG_STCE))
        csr_update_timer(h, hart_time(h));
}

uint64_t csr_get(struct hart *h, unsigned number)
{
    refresh(h, number);
    return find_in_mode(h, number)->read(h);
}

enum csr_access csr_read(struct hart *h, unsigned number, uint64_t *value)
{
    enum csr_access access = csr_check(h, number, false);
    if (access == CSR_OK)
        *value = csr_get(h, number);
    return access;
}

uint64_t csr_modify_base(const struct hart *h, unsigned number, uint64_t value)
{
    return number == CSR_mip ? (value & ~MIP_SEIP) | (h->csr.mip & MIP_SEIP) : value;
}

void csr_set(struct hart *h, unsigned number, uint64_t value, bool *effect)
{
    find_in_mode(h, number)->write(h, value, effect);
}

enum csr_access csr_write(struct hart *h, unsigned number, uint64_t value, bool *effect)
{
    enum csr_access access = csr_check(h, number, true);
    if (access == CSR_OK)
        csr_set(h, number, value, effect);
    return access;
}

bool csr_peek(const struct hart *h, unsigned number, uint64_t *value)
{
    const struct row *row = find(number);
    if (row == NULL)
        return false;
    *value = row->read(h);
    return true;
}

bool csr_poke(struct hart *h, unsigned number, uint64_t value, bool *effect)
{
    const struct row *row = find(number);
    if (row == NULL)
        return false;
    row->write(h, value, effect);
    return true;
}

uint64_t csr_legalize(const struct hart *h, unsigned number, uint64_t old, uint64_t want)
{
    return find(number)->legalize(h, old, want);
}

/* hvip writes bits of mip that mip itself shows read-only: norm:hvip_acc. */
static uint64_t without_guest_bits(const struct hart *h, uint64_t mip)
{
    return mip & ~csr_guest_interrupts(h);
}

static bool stored_is_legal(const struct hart *h, unsigned number, uint64_t value)
{
    const struct row *row = find(number);
    switch (number) {
    case CSR_satp:
    case CSR_vsatp:
        if (!walk_mode_supported(h, (unsigned)field_get(value, SATP_MODE)))
            return false;
        break;
    case CSR_pmpcfg0:
    case CSR_pmpcfg2: return csr_pmpcfg_is_legal(value);
    case CSR_mip: value = without_guest_bits(h, value); break;
    }
    return row->legalize(h, row->reset(h), value) == value;
}

bool csr_state_is_legal(const struct hart *h)
{
    bool ok = true;
#define CSR(number, name, kind, reset, writable, vs_twin, gate, tag, meaning)                                          \
    CSR_STORED_##kind(ok &= stored_is_legal(h, number, h->csr.name);)
#include "cpu/csr.def"
#undef CSR
    return ok;
}

void csr_reset(struct hart *h)
{
    h->csr = (struct csr_state){0};
    h->fflags = 0;
    h->frm = 0;
    for (unsigned i = 0; i < ROW_COUNT; i++)
        if (rows[i].store != NULL)
            rows[i].store(h, rows[i].reset(h));
}

const struct csr_info *csr_info(unsigned n)
{
    return n < ARRAY_SIZE(rows) ? &rows[n].info : NULL;
}

const char *csr_name(unsigned number)
{
    const struct row *row = find(number);
    return row != NULL ? row->info.name : NULL;
}

const struct csr_field_info *csr_field_info(unsigned n)
{
    return n < ARRAY_SIZE(fields) ? &fields[n] : NULL;
}
