/* SPDX-License-Identifier: MIT */
/* A second page walker, slow and plain, written from the manual's text (supervisor chapter: the translation process; hypervisor
 * chapter: two-stage translation; machine chapter: PMP and MPRV). It shares no code and no constant with src/mmu, and works
 * on a memory of its own, so that what it writes can be compared. */
#ifndef MICROVM_TESTS_FUZZ_SLOW_WALK_H
#define MICROVM_TESTS_FUZZ_SLOW_WALK_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum slow_type { SLOW_LOAD, SLOW_STORE, SLOW_FETCH };

/* Who accesses: the present mode, or the guest by HLV or HLVX. */
enum slow_way { SLOW_PRESENT, SLOW_HLV, SLOW_HLVX };

#define SLOW_WRITES_MAX 16

struct slow_machine {
    uint8_t *memory;
    uint64_t base, bytes;
    unsigned priv;
    bool virt;
    uint64_t mstatus, satp, menvcfg, hstatus, hgatp, henvcfg, vsstatus, vsatp;
    uint64_t pmpaddr[16];
    uint8_t pmpcfg[16];
    bool has_svnapot;
    /* The table entries changed by the latest access. */
    unsigned writes;
    uint64_t written[SLOW_WRITES_MAX];
};

struct slow_answer {
    unsigned cause; /* 0: granted */
    uint64_t tval2, tinst;
    bool gva;
    uint64_t pa;
    unsigned first_bits, second_bits;
};

/* Outcome of a part. */
enum slow_part { SLOW_FINE, SLOW_PAGE_FAULT, SLOW_GUEST_FAULT, SLOW_ACCESS_FAULT };

/* PMP, byte by byte: the lowest entry that matches any byte decides, and must match all. */
static bool slow_pmp_matches(const struct slow_machine *m, unsigned i, uint64_t byte)
{
    switch (m->pmpcfg[i] >> 3 & 3) {
    case 0: return false;
    case 1: return byte >= (i ? m->pmpaddr[i - 1] << 2 : 0) && byte < m->pmpaddr[i] << 2;
    case 2: return byte >> 2 == m->pmpaddr[i];
    default: break;
    }
    uint64_t address = m->pmpaddr[i], ignored = 3;
    while (address & 1) {
        ignored = ignored << 1 | 1;
        address >>= 1;
    }
    ignored = ignored << 1 | 1;
    return (byte & ~ignored) == (m->pmpaddr[i] << 2 & ~ignored);
}

static bool slow_pmp(const struct slow_machine *m, uint64_t pa, unsigned size, char right, unsigned priv)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned matching = 0;
        for (unsigned b = 0; b < size; b++)
            matching += slow_pmp_matches(m, i, pa + b);
        if (matching == 0)
            continue;
        if (matching != size)
            return false;
        if (priv == 3 && !(m->pmpcfg[i] & 0x80))
            return true;
        return m->pmpcfg[i] & (right == 'r' ? 1 : right == 'w' ? 2 : 4);
    }
    return priv == 3;
}

static bool slow_in_memory(const struct slow_machine *m, uint64_t pa, unsigned size)
{
    return pa >= m->base && pa - m->base <= m->bytes - size;
}

/* One stage: the manual's steps. `guest` is the G stage; `virt` says that tables stand at guest physical addresses. */
struct slow_stage {
    bool guest, virt;
    uint64_t atp;
    bool adue, pbmte;
};

struct slow_access {
    char right; /* r, w or x */
    bool user, sum, mxr, instead_x;
};

static enum slow_part slow_guest(struct slow_machine *m, uint64_t gpa, const struct slow_access *how, bool implicit,
                                 struct slow_answer *out, uint64_t *pa);

/* The physical place of a table entry. */
static enum slow_part slow_entry(struct slow_machine *m, const struct slow_stage *s, uint64_t address, char right,
                                 struct slow_answer *out, uint64_t *pa)
{
    *pa = address;
    if (s->virt && !s->guest) {
        struct slow_access how = {.right = right, .user = true};
        enum slow_part part = slow_guest(m, address, &how, true, out, pa);
        if (part != SLOW_FINE)
            return part;
    }
    if (!slow_pmp(m, *pa, 8, right, 1) || !slow_in_memory(m, *pa, 8))
        return SLOW_ACCESS_FAULT;
    return SLOW_FINE;
}

static enum slow_part slow_stage(struct slow_machine *m, const struct slow_stage *s, uint64_t input,
                                 const struct slow_access *how, struct slow_answer *out, uint64_t *result,
                                 unsigned *bits)
{
    int levels = (int)(s->atp >> 60) == 8 ? 3 : (int)(s->atp >> 60) == 9 ? 4 : (int)(s->atp >> 60) == 10 ? 5 : 0;
    *result = input;
    *bits = 64;
    if (levels == 0)
        return SLOW_FINE;
    int width = 12 + 9 * levels + (s->guest ? 2 : 0);
    if (s->guest && input >> width != 0)
        return SLOW_PAGE_FAULT;
    for (int b = width; !s->guest && b < 64; b++)
        if ((input >> b & 1) != (input >> (width - 1) & 1))
            return SLOW_PAGE_FAULT;
    uint64_t a = (s->atp & 0xfffffffffff) * 4096;
    if (s->guest)
        a &= ~UINT64_C(0x3fff);
    for (int i = levels - 1; i >= 0; i--) {
        uint64_t index = input >> (12 + 9 * i) & (s->guest && i == levels - 1 ? 0x7ff : 0x1ff);
        uint64_t where = a + index * 8, place, pte;
        enum slow_part part = slow_entry(m, s, where, 'r', out, &place);
        if (part != SLOW_FINE)
            return part;
        memcpy(&pte, m->memory + (place - m->base), 8);
        bool v = pte & 1, r = pte & 2, w = pte & 4, x = pte & 8, u = pte & 16, n = pte >> 63;
        bool accessed = pte & 64, dirty = pte & 128;
        unsigned pbmt = pte >> 61 & 3;
        uint64_t ppn = pte >> 10 & 0xfffffffffff;
        if (!v || (!r && w))
            return SLOW_PAGE_FAULT;
        if ((pte >> 54 & 0x7f) != 0 || (n && !m->has_svnapot) || (pbmt != 0 && !s->pbmte) || pbmt == 3)
            return SLOW_PAGE_FAULT;
        if (!r && !x) {
            if (i == 0 || accessed || dirty || u || n || pbmt != 0)
                return SLOW_PAGE_FAULT;
            a = ppn * 4096;
            continue;
        }
        if (how->user && !u)
            return SLOW_PAGE_FAULT;
        if (!how->user && u && (!how->sum || how->right == 'x'))
            return SLOW_PAGE_FAULT;
        bool granted = how->right == 'w' ? w : how->right == 'x' || how->instead_x ? x : r || (x && how->mxr);
        if (!granted)
            return SLOW_PAGE_FAULT;
        for (int lower = 0; lower < i; lower++)
            if ((ppn >> 9 * lower & 0x1ff) != 0)
                return SLOW_PAGE_FAULT;
        if (n && (i != 0 || (ppn & 15) != 8))
            return SLOW_PAGE_FAULT;
        if (!accessed || (how->right == 'w' && !dirty)) {
            if (!s->adue)
                return SLOW_PAGE_FAULT;
            part = slow_entry(m, s, where, 'w', out, &place);
            if (part != SLOW_FINE)
                return part;
            uint64_t now;
            memcpy(&now, m->memory + (place - m->base), 8);
            if (now != pte) { /* changed meanwhile: the same level once more */
                i++;
                continue;
            }
            pte |= how->right == 'w' ? 64 | 128 : 64;
            memcpy(m->memory + (place - m->base), &pte, 8);
            m->written[m->writes++ % SLOW_WRITES_MAX] = place;
        }
        *bits = n ? 16 : 12 + 9 * (unsigned)i;
        *result = 0;
        for (unsigned b = 0; b < 56; b++)
            *result |= (b < *bits ? input >> b & 1 : ppn * 4096 >> b & 1) << b;
        return SLOW_FINE;
    }
    return SLOW_PAGE_FAULT;
}

static enum slow_part slow_guest(struct slow_machine *m, uint64_t gpa, const struct slow_access *how, bool implicit,
                                 struct slow_answer *out, uint64_t *pa)
{
    struct slow_stage g = {
        .guest = true, .virt = true, .atp = m->hgatp, .adue = m->menvcfg >> 61 & 1, .pbmte = m->menvcfg >> 62 & 1};
    unsigned bits;
    enum slow_part part = slow_stage(m, &g, gpa, how, out, pa, &bits);
    if (!implicit)
        out->second_bits = bits;
    if (part != SLOW_PAGE_FAULT)
        return part;
    out->tval2 = gpa / 4;
    out->tinst = !implicit ? 0 : how->right == 'w' ? 0x3020 : 0x3000;
    return SLOW_GUEST_FAULT;
}

static unsigned slow_cause(enum slow_part part, enum slow_type type)
{
    static const unsigned causes[][3] = {{0, 0, 0}, {13, 15, 12}, {21, 23, 20}, {5, 7, 1}};
    return causes[part][type];
}

static enum slow_part slow_translate(struct slow_machine *m, enum slow_way way, uint64_t va, unsigned size,
                                     enum slow_type type, struct slow_answer *out)
{
    unsigned priv = m->priv;
    bool virt = m->virt;
    if (way != SLOW_PRESENT) {
        virt = true;
        priv = m->hstatus >> 8 & 1;
    } else if (type != SLOW_FETCH && (m->mstatus >> 17 & 1)) {
        priv = m->mstatus >> 11 & 3;
        virt = priv != 3 && (m->mstatus >> 39 & 1);
    }
    uint64_t status = virt ? m->vsstatus : m->mstatus;
    char right = type == SLOW_LOAD ? 'r' : type == SLOW_STORE ? 'w' : 'x';
    struct slow_access first = {
        .right = right, .user = priv == 0, .sum = status >> 18 & 1, .instead_x = way == SLOW_HLVX};
    struct slow_access second = {
        .right = right, .user = true, .mxr = m->mstatus >> 19 & 1, .instead_x = way == SLOW_HLVX};
    first.mxr = (status | m->mstatus) >> 19 & 1;
    bool adue = m->menvcfg >> 61 & 1, pbmte = m->menvcfg >> 62 & 1;
    struct slow_stage s = {.virt = virt, .atp = virt ? m->vsatp : m->satp, .adue = adue, .pbmte = pbmte};
    if (virt) {
        s.adue &= m->henvcfg >> 61 & 1;
        s.pbmte &= m->henvcfg >> 62 & 1;
    }
    out->gva = virt;
    out->pa = va;
    out->first_bits = out->second_bits = 64;
    if (priv != 3) {
        uint64_t middle;
        enum slow_part part = slow_stage(m, &s, va, &first, out, &middle, &out->first_bits);
        if (part == SLOW_FINE && virt)
            part = slow_guest(m, middle, &second, false, out, &out->pa);
        else
            out->pa = middle;
        if (part != SLOW_FINE)
            return part;
    }
    if (!slow_pmp(m, out->pa, size, right, priv) || (way == SLOW_HLVX && !slow_pmp(m, out->pa, size, 'x', priv)))
        return SLOW_ACCESS_FAULT;
    return slow_in_memory(m, out->pa, size) ? SLOW_FINE : SLOW_ACCESS_FAULT;
}

/* What an access of `size` bytes within one page comes to. */
static inline struct slow_answer slow_access(struct slow_machine *m, enum slow_way way, uint64_t va, unsigned size,
                                             enum slow_type type)
{
    struct slow_answer out = {0};
    m->writes = 0;
    out.cause = slow_cause(slow_translate(m, way, va, size, type, &out), type);
    return out;
}

#endif
