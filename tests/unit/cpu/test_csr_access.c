/* SPDX-License-Identifier: MIT */
/* Who may access which CSR: every number x {M, HS, U, VS, VU} x {read, write} x what enables it. The expectation is
 * written here from the manual, by number; none of it comes from csr.def. norm:H_csrs_hs_not_vs, norm:H_vscsrs_acc_vs,
 * norm:H_vscsrs_acc_u, norm:H_vscsrs_acc_m_hs, norm:H_virtinst_vu_vs_nonhigh_allowedhs_tvm0,
 * norm:H_virtinst_vu_nonhigh_supervisor_allowedhs_tvm0, norm:hgatp_tvm_illegal, norm:hstatus_vtvm_op,
 * norm:mstateen0_se0_op, norm:hstateen0_SE0_op; the upper halves of RV32 are there for nobody:
 * norm:H_illegal_high_half. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../hart_fixture.h"

static const char *const settings[] = {
    "",
    "sstc=off",
    "f=off",
    "zicntr=off",
    "zihpm=off",
    "s=off",
    "u=off",
    "h=off",
    "sv39=off",
    "c=off,b=off",
    "svade,svadu=off",
    "smstateen=off",
    "smstateen=off,ssstateen=off",
    "h=off,smstateen=off",
    "sscofpmf=off",
};

/* What besides existence and privilege decides. */
enum rule { ALWAYS, FP, COUNTER, SATP, HGATP, COMPARATOR, GUEST_COMPARATOR, ENVIRONMENT, STATE_ENABLES };

/* The manual's lists of allocated CSR addresses, as far as this machine has them; I is always there. */
static const struct allocated {
    uint16_t first, last;
    enum ext ext;
    enum rule rule;
} allocated[] = {
    {0x001, 0x003, EXT_F, FP},
    {0xc00, 0xc02, EXT_zicntr, COUNTER},
    {0xc03, 0xc1f, EXT_zihpm, COUNTER},
    {0x100, 0x100, EXT_S, ALWAYS},
    {0x104, 0x106, EXT_S, ALWAYS},
    {0x10a, 0x10a, EXT_S, ENVIRONMENT},
    {0x10c, 0x10f, EXT_S, STATE_ENABLES},
    {0x140, 0x144, EXT_S, ALWAYS},
    {0x14d, 0x14d, EXT_sstc, COMPARATOR},
    {0x180, 0x180, EXT_S, SATP},
    {0xda0, 0xda0, EXT_sscofpmf, ALWAYS},
    {0x600, 0x600, EXT_H, ALWAYS},
    {0x602, 0x607, EXT_H, ALWAYS},
    {0x60a, 0x60a, EXT_H, ENVIRONMENT},
    {0x60c, 0x60f, EXT_H, STATE_ENABLES},
    {0x643, 0x645, EXT_H, ALWAYS},
    {0x64a, 0x64a, EXT_H, ALWAYS},
    {0x680, 0x680, EXT_H, HGATP},
    {0xe12, 0xe12, EXT_H, ALWAYS},
    {0x200, 0x200, EXT_H, ALWAYS},
    {0x204, 0x205, EXT_H, ALWAYS},
    {0x240, 0x244, EXT_H, ALWAYS},
    {0x24d, 0x24d, EXT_H, GUEST_COMPARATOR},
    {0x280, 0x280, EXT_H, ALWAYS},
    {0x300, 0x301, EXT_I, ALWAYS},
    {0x302, 0x303, EXT_S, ALWAYS},
    {0x304, 0x305, EXT_I, ALWAYS},
    {0x306, 0x306, EXT_U, ALWAYS},
    {0x30a, 0x30a, EXT_U, ALWAYS},
    {0x30c, 0x30f, EXT_smstateen, ALWAYS},
    {0x320, 0x320, EXT_I, ALWAYS},
    {0x323, 0x33f, EXT_I, ALWAYS},
    {0x340, 0x344, EXT_I, ALWAYS},
    {0x34a, 0x34b, EXT_H, ALWAYS},
    {0x3a0, 0x3a0, EXT_I, ALWAYS},
    {0x3a2, 0x3a2, EXT_I, ALWAYS},
    {0x3b0, 0x3bf, EXT_I, ALWAYS},
    {0x7a0, 0x7a2, EXT_I, ALWAYS},
    {0xb00, 0xb00, EXT_I, ALWAYS},
    {0xb02, 0xb1f, EXT_I, ALWAYS},
    {0xf11, 0xf15, EXT_I, ALWAYS},
};

/* The enables, as the test sets them. */
struct enables {
    bool fs, guest_fs, tvm, vtvm, stce, guest_stce;
    uint32_t mcounteren, hcounteren, scounteren;
    bool state[4], guest_state[4]; /* bit 63 of mstateen and hstateen 0 to 3 */
    bool env, guest_env;           /* bit 62 of mstateen0 and hstateen0 */
};

static const struct allocated *find(const struct hart *h, unsigned n)
{
    for (unsigned i = 0; i < ARRAY_SIZE(allocated); i++) {
        const struct allocated *a = &allocated[i];
        if (n < a->first || n > a->last || !hart_has(h, a->ext))
            continue;
        if (a->rule == GUEST_COMPARATOR && !hart_has(h, EXT_sstc))
            return NULL;
        if (a->rule == STATE_ENABLES && !hart_has(h, EXT_smstateen) && !hart_has(h, EXT_ssstateen))
            return NULL;
        return a;
    }
    return NULL;
}

static bool bit_of(uint32_t counteren, unsigned n)
{
    return counteren >> (n & 31) & 1;
}

/* "HS-qualified": whether HS-mode could, mstatus.TVM being 0. */
static bool hs_could(const struct hart *h, const struct enables *e, unsigned n, bool write)
{
    const struct allocated *a = find(h, n);
    if (a == NULL || (n >> 8 & 3) == 3 || (write && n >> 10 == 3))
        return false;
    bool m_state = !hart_has(h, EXT_smstateen);
    switch (a->rule) {
    case FP: return e->fs;
    case COUNTER: return bit_of(e->mcounteren, n);
    case COMPARATOR:
    case GUEST_COMPARATOR: return e->stce && bit_of(e->mcounteren, 1);
    case ENVIRONMENT: return m_state || e->env;
    case STATE_ENABLES: return m_state || e->state[n & 3];
    default: return true;
    }
}

/* Whether something that concerns guests alone stands in the way of VS-mode's own registers and VU-mode's. */
static bool guest_is_stopped(const struct hart *h, const struct enables *e, const struct allocated *a, unsigned n)
{
    bool has_hstateen = hart_has(h, EXT_smstateen) || hart_has(h, EXT_ssstateen);
    switch (a->rule) {
    case COUNTER: return !bit_of(e->hcounteren, n) || (h->priv == PRIV_U && !bit_of(e->scounteren, n));
    case COMPARATOR: return !e->guest_stce || !bit_of(e->hcounteren, 1);
    case SATP: return e->vtvm;
    case ENVIRONMENT: return has_hstateen && !e->guest_env;
    case STATE_ENABLES: return !e->guest_state[n & 3];
    default: return false;
    }
}

/* norm:H_cause_virtual_instruction and the list after it; norm:H_illegalinst_xstatus_fs_vs */
static enum csr_access expect_guest(const struct hart *h, const struct enables *e, unsigned n, bool write)
{
    if (!hs_could(h, e, n, write))
        return CSR_ILLEGAL;
    const struct allocated *a = find(h, n);
    if (a->rule == FP)
        return e->guest_fs ? CSR_OK : CSR_ILLEGAL;
    unsigned level = n >> 8 & 3;
    if (level == 2 || (level == 1 && h->priv == PRIV_U))
        return CSR_VIRTUAL;
    return guest_is_stopped(h, e, a, n) ? CSR_VIRTUAL : CSR_OK;
}

static bool expect_user(const struct hart *h, const struct enables *e, const struct allocated *a, unsigned n)
{
    if (n >> 8 & 3)
        return false;
    if (a->rule == FP)
        return e->fs;
    return bit_of(e->mcounteren, n) && (!hart_has(h, EXT_S) || bit_of(e->scounteren, n));
}

static enum csr_access expect_access(const struct hart *h, const struct enables *e, unsigned n, bool write)
{
    const struct allocated *a = find(h, n);
    if (a == NULL || (write && n >> 10 == 3))
        return CSR_ILLEGAL;
    if (h->virt)
        return expect_guest(h, e, n, write);
    if (h->priv == PRIV_M)
        return a->rule == FP && !e->fs ? CSR_ILLEGAL : CSR_OK;
    if (h->priv == PRIV_U)
        return expect_user(h, e, a, n) ? CSR_OK : CSR_ILLEGAL;
    bool hidden = e->tvm && (a->rule == SATP || a->rule == HGATP);
    return hs_could(h, e, n, write) && !hidden ? CSR_OK : CSR_ILLEGAL;
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 16;
}

static bool flip(uint64_t *state)
{
    return next_random(state) >> 20 & 1;
}

/* Mostly all or nothing, sometimes anything. */
static uint32_t some_counters(uint64_t *state)
{
    uint64_t choice = next_random(state) >> 8 & 3;
    return choice == 0 ? 0 : choice == 1 ? (uint32_t)next_random(state) : 0xffffffff;
}

/* Writes the registers behind the gates and tells what was written. Fields that the hart lacks stay 0. */
static struct enables set_enables(struct fixture *f, uint64_t *random)
{
    struct hart *h = &f->hart;
    struct enables e = {0};
    e.fs = flip(random) && hart_has(h, EXT_F);
    e.guest_fs = flip(random) && hart_has(h, EXT_F);
    e.tvm = flip(random) && hart_has(h, EXT_sv39);
    e.vtvm = flip(random);
    e.stce = flip(random) && hart_has(h, EXT_sstc);
    e.guest_stce = flip(random) && e.stce;
    e.mcounteren = some_counters(random);
    e.hcounteren = some_counters(random);
    e.scounteren = some_counters(random);
    fixture_set(f, 0x300, (e.fs ? UINT64_C(1) << 13 : 0) | (e.tvm ? UINT64_C(1) << 20 : 0));
    fixture_set(f, 0x200, e.guest_fs ? UINT64_C(1) << 13 : 0);
    fixture_set(f, 0x600, e.vtvm ? UINT64_C(1) << 20 : 0);
    fixture_set(f, 0x30a, e.stce ? UINT64_C(1) << 63 : 0);
    fixture_set(f, 0x60a, e.guest_stce ? UINT64_C(1) << 63 : 0);
    h->csr.mcounteren = e.mcounteren;
    h->csr.hcounteren = e.hcounteren;
    h->csr.scounteren = e.scounteren;
    e.env = flip(random);
    for (unsigned n = 0; n < 4; n++) {
        e.state[n] = flip(random);
        fixture_set(f, 0x30c + n, (e.state[n] ? UINT64_C(1) << 63 : 0) | (n == 0 && e.env ? UINT64_C(1) << 62 : 0));
    }
    e.guest_env = flip(random) && (e.env || !hart_has(h, EXT_smstateen));
    for (unsigned n = 0; n < 4; n++) {
        e.guest_state[n] = flip(random) && (e.state[n] || !hart_has(h, EXT_smstateen));
        fixture_set(f, 0x60c + n,
                    (e.guest_state[n] ? UINT64_C(1) << 63 : 0) | (n == 0 && e.guest_env ? UINT64_C(1) << 62 : 0));
    }
    return e;
}

static const char *word(enum csr_access access)
{
    static const char *const words[] = {[CSR_OK] = "ok", [CSR_ILLEGAL] = "illegal", [CSR_VIRTUAL] = "virtual"};
    return words[access];
}

static void compare(struct hart *h, const struct enables *e, unsigned n)
{
    uint64_t value;
    enum csr_access reads = expect_access(h, e, n, false), writes = expect_access(h, e, n, true);
    enum csr_access got_read = csr_check(h, n, false), got_write = csr_check(h, n, true);
    if (got_read != reads || got_write != writes || csr_read(h, n, &value) != reads)
        fail_msg("CSR 0x%03x in mode %u, V %u: read is %s, not %s; write is %s, not %s", n, h->priv, h->virt,
                 word(got_read), word(reads), word(got_write), word(writes));
}

#define STATES 150

static void each_csr_is_accessible_exactly_where_the_manual_says(void **state)
{
    (void)state;
    static const struct {
        uint8_t priv;
        bool virt;
    } modes[] = {{PRIV_U, false}, {PRIV_S, false}, {PRIV_M, false}, {PRIV_U, true}, {PRIV_S, true}};
    uint64_t random = 1;
    for (unsigned s = 0; s < ARRAY_SIZE(settings); s++) {
        struct fixture *f = fixture_create(settings[s]);
        unsigned mode_count = hart_has(&f->hart, EXT_H) ? 5 : 3;
        for (unsigned i = 0; i < STATES; i++) {
            struct enables e = set_enables(f, &random);
            /* All numbers for some states; those of the lists for all. */
            for (unsigned n = 0; n < 0x1002; n++)
                for (unsigned m = 0; (i < 4 || find(&f->hart, n) != NULL) && m < mode_count; m++) {
                    f->hart.priv = modes[m].priv;
                    f->hart.virt = modes[m].virt;
                    compare(&f->hart, &e, n);
                }
            f->hart.virt = false;
        }
        fixture_destroy(f);
    }
}

/* norm:Zicsr_access: HS-mode's registers exist for M-mode as well, but for nobody once H is off. */
static void without_h_no_number_of_level_2_is_there(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("h=off");
    for (unsigned n = 0; n < 0x1000; n++)
        if ((n >> 8 & 3) == 2)
            assert_int_equal(csr_check(&f->hart, n, false), CSR_ILLEGAL);
    fixture_destroy(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_csr_is_accessible_exactly_where_the_manual_says),
        cmocka_unit_test(without_h_no_number_of_level_2_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
