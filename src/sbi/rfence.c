/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "RFENCE Extension": fences on other harts, done before the call returns. */
#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/block.h"
#include "mmu/mmu.h"
#include "sbi/impl.h"

/* Beyond so many pages it costs less to drop everything than to look for each. */
#define MAX_SINGLE_PAGES 64
#define MAX_ASID 0xffff
#define MAX_VMID 0x3fff

void sbi_fence_i(struct sbi *sbi, uint64_t set)
{
    for (; set != 0; set &= set - 1)
        code_fence_i(&sbi->host.harts[count_trailing_zeros64(set)]);
}

/* As the chapter has it (0 and 0, or a size of all ones), and for any other large range. */
static bool covers_everything(uint64_t start, uint64_t size)
{
    return (start == 0 && size == 0) || size / PAGE_BYTES >= MAX_SINGLE_PAGES;
}

/* size is less than UINT64_MAX here, and the range may end at the top of the address space. */
static void fence_pages(struct hart *h, uint64_t start, uint64_t size, bool has_asid, uint64_t asid)
{
    uint64_t page = align_down(start, PAGE_BYTES);
    uint64_t bytes = start - page + size;
    for (uint64_t done = 0; done < bytes; done += PAGE_BYTES)
        mmu_sfence(h, true, page + done, has_asid, asid);
}

void sbi_sfence(struct sbi *sbi, uint64_t set, uint64_t start, uint64_t size, bool has_asid, uint64_t asid)
{
    for (; set != 0; set &= set - 1) {
        struct hart *target = &sbi->host.harts[count_trailing_zeros64(set)];
        if (covers_everything(start, size))
            mmu_sfence(target, false, 0, has_asid, asid);
        else
            fence_pages(target, start, size, has_asid, asid);
    }
}

static struct sbi_ret remote_fence_i(struct sbi *sbi, struct hart *h)
{
    uint64_t set;
    if (!sbi_hart_set(sbi, h->x[A0], h->x[A1], &set))
        return sbi_fail(SBI_ERR_INVALID_PARAM);
    sbi_fence_i(sbi, set);
    return sbi_ok(0);
}

/* A range that goes on past the top of the address space is no range. */
static bool range_valid(uint64_t start, uint64_t size)
{
    return size == UINT64_MAX || size == 0 || start <= UINT64_MAX - (size - 1);
}

static struct sbi_ret sfence(struct sbi *sbi, const struct hart *h, bool has_asid, uint64_t asid)
{
    uint64_t set, start = h->x[A2], size = h->x[A3];
    if (!sbi_hart_set(sbi, h->x[A0], h->x[A1], &set) || asid > MAX_ASID)
        return sbi_fail(SBI_ERR_INVALID_PARAM);
    if (!range_valid(start, size))
        return sbi_fail(SBI_ERR_INVALID_ADDRESS);
    sbi_sfence(sbi, set, start, size, has_asid, asid);
    return sbi_ok(0);
}

static struct sbi_ret remote_sfence_vma(struct sbi *sbi, struct hart *h)
{
    return sfence(sbi, h, false, 0);
}

static struct sbi_ret remote_sfence_vma_asid(struct sbi *sbi, struct hart *h)
{
    return sfence(sbi, h, true, h->x[A4]);
}

/* HFENCE.GVMA of a range of guest physical addresses on a set of harts, or HFENCE.VVMA of one of guest virtual ones. */
typedef void hfence_page(struct hart *target, const struct mmu_fence *fence, uint64_t vmid);

static void hfence_gvma(struct hart *target, const struct mmu_fence *fence, uint64_t vmid)
{
    (void)vmid;
    mmu_hfence_gvma(target, fence);
}

/* Of the guest that the caller has in its hgatp. */
static void hfence_vvma(struct hart *target, const struct mmu_fence *fence, uint64_t vmid)
{
    mmu_hfence_vvma(target, vmid, fence);
}

static void hfence_range(struct hart *target, hfence_page *one, struct mmu_fence fence, uint64_t size, uint64_t vmid)
{
    uint64_t start = fence.address, page = align_down(start, PAGE_BYTES);
    fence.has_address = !covers_everything(start, size);
    uint64_t bytes = fence.has_address ? start - page + size : PAGE_BYTES;
    for (uint64_t done = 0; done < bytes; done += PAGE_BYTES) {
        fence.address = page + done;
        one(target, &fence, vmid);
    }
}

/* has_id: the range is that of one ASID or VMID, in a4. */
static struct sbi_ret hfence(struct sbi *sbi, const struct hart *h, hfence_page *one, bool has_id, uint64_t max_id)
{
    uint64_t set, start = h->x[A2], size = h->x[A3];
    if (!hart_has(h, EXT_H))
        return sbi_fail(SBI_ERR_NOT_SUPPORTED);
    if (!sbi_hart_set(sbi, h->x[A0], h->x[A1], &set) || (has_id && h->x[A4] > max_id))
        return sbi_fail(SBI_ERR_INVALID_PARAM);
    if (!range_valid(start, size))
        return sbi_fail(SBI_ERR_INVALID_ADDRESS);
    struct mmu_fence fence = {.has_id = has_id, .address = start, .id = has_id ? h->x[A4] : 0};
    for (; set != 0; set &= set - 1)
        hfence_range(&sbi->host.harts[count_trailing_zeros64(set)], one, fence, size, mmu_vmid(h));
    return sbi_ok(0);
}

static struct sbi_ret remote_hfence_gvma_vmid(struct sbi *sbi, struct hart *h)
{
    return hfence(sbi, h, hfence_gvma, true, MAX_VMID);
}

static struct sbi_ret remote_hfence_gvma(struct sbi *sbi, struct hart *h)
{
    return hfence(sbi, h, hfence_gvma, false, 0);
}

static struct sbi_ret remote_hfence_vvma_asid(struct sbi *sbi, struct hart *h)
{
    return hfence(sbi, h, hfence_vvma, true, MAX_ASID);
}

static struct sbi_ret remote_hfence_vvma(struct sbi *sbi, struct hart *h)
{
    return hfence(sbi, h, hfence_vvma, false, 0);
}

static const struct sbi_function functions[] = {
    {"remote_fence_i", remote_fence_i, 2},
    {"remote_sfence_vma", remote_sfence_vma, 4},
    {"remote_sfence_vma_asid", remote_sfence_vma_asid, 5},
    {"remote_hfence_gvma_vmid", remote_hfence_gvma_vmid, 5},
    {"remote_hfence_gvma", remote_hfence_gvma, 4},
    {"remote_hfence_vvma_asid", remote_hfence_vvma_asid, 5},
    {"remote_hfence_vvma", remote_hfence_vvma, 4},
};

const struct sbi_extension sbi_rfence = {
    .id = 0x52464e43,
    .name = "RFENCE",
    .functions = functions,
    .count = ARRAY_SIZE(functions),
};
