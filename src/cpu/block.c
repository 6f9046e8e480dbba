/* SPDX-License-Identifier: MIT */
/* Blocks are allocated one behind the other in one lazily backed arena; when it is full everything is dropped. They are
 * found by virtual pc in the bank's jump table, behind it by (physical address, virtual pc) in a hash table, so that the
 * same code in another address space is decoded once. */
#include "cpu/block.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/lazy_memory.h"
#include "cpu/block_count.h"
#include "cpu/debug.h"
#include "cpu/decode.h"
#include "cpu/hart.h"
#include "cpu/strict_fence.h"
#include "mmu/mmu.h"
#include "mmu/tlb.h"

#define HASH_BUCKETS 65536
#define MAX_TLBS 64
/* Of guest code in a block; the last instruction may go beyond. */
#define BLOCK_BYTES_MAX 248
/* The longest block must fit. */
#define CACHE_BYTES_MIN 4096

const struct block block_none = {.pc = BLOCK_DEAD_PC};
const struct block block_unlinked = {.pc = BLOCK_DEAD_PC, .steps = INT32_MAX};

struct code_cache {
    struct ram *ram;
    const struct engine_ops *engine;
    uint8_t *arena;
    size_t arena_bytes;
    size_t arena_used;
    struct block **hash;        /* HASH_BUCKETS */
    struct block **page_blocks; /* by number of the RAM page */
    struct tlb *tlbs[MAX_TLBS];
    unsigned tlb_count;
    uint64_t flushes;
    const struct block_tally *tally; /* NULL: blocks do not count */
};

/* A block in the making. */
struct draft {
    struct op ops[BLOCK_OPS_MAX];
    struct op_place place[BLOCK_OPS_MAX];
    unsigned count;
    unsigned steps;
    unsigned bytes;
    unsigned branches;
    bool fp;
    bool counts;
    bool fences; /* FENCE has work to do */
};

static size_t page_table_bytes(const struct ram *ram)
{
    return (ram->size >> PAGE_SHIFT) * sizeof(struct block *);
}

struct code_cache *code_cache_create(struct ram *ram, const struct engine_ops *engine, size_t bytes)
{
    struct code_cache *cache = bytes < CACHE_BYTES_MIN ? NULL : calloc(1, sizeof *cache);
    if (cache == NULL)
        return NULL;
    *cache = (struct code_cache){.ram = ram, .engine = engine, .arena_bytes = bytes};
    cache->arena = lazy_alloc(bytes);
    cache->hash = lazy_alloc(HASH_BUCKETS * sizeof *cache->hash);
    cache->page_blocks = lazy_alloc(page_table_bytes(ram));
    if (cache->arena != NULL && cache->hash != NULL && cache->page_blocks != NULL)
        return cache;
    code_cache_destroy(cache);
    return NULL;
}

void code_cache_destroy(struct code_cache *cache)
{
    if (cache == NULL)
        return;
    lazy_free(cache->arena, cache->arena_bytes);
    lazy_free(cache->hash, HASH_BUCKETS * sizeof *cache->hash);
    lazy_free(cache->page_blocks, page_table_bytes(cache->ram));
    free(cache);
}

bool code_cache_add_tlb(struct code_cache *cache, struct tlb *tlb)
{
    if (cache->tlb_count == MAX_TLBS)
        return false;
    cache->tlbs[cache->tlb_count++] = tlb;
    return true;
}

static unsigned hash_of(uint64_t pa, uint64_t pc)
{
    uint64_t mixed = (pa >> 1 ^ pc >> 12) * UINT64_C(0x9e3779b97f4a7c15);
    return (unsigned)(mixed >> 48) & (HASH_BUCKETS - 1);
}

static uint64_t page_number(const struct code_cache *cache, uint64_t pa)
{
    return (pa - cache->ram->base) >> PAGE_SHIFT;
}

static void unhash(struct code_cache *cache, struct block *block)
{
    struct block **at = &cache->hash[hash_of(block->pa, block->pc)];
    while (*at != block)
        at = &(*at)->hash_next;
    *at = block->hash_next;
}

/* Links lead to blocks of the same page only, so a page's blocks go together and none is left pointing at them; the jump
 * tables compare the pc, which no longer matches. */
void code_cache_drop_page(struct code_cache *cache, uint64_t page)
{
    for (struct block *block = cache->page_blocks[page]; block != NULL; block = block->page_next) {
        unhash(cache, block);
        block->pc = BLOCK_DEAD_PC;
    }
    cache->page_blocks[page] = NULL;
}

void code_cache_fence(struct code_cache *cache)
{
    struct ram *ram = cache->ram;
    if (UNLIKELY(ram->stale_watcher != NULL)) {
        ram->stale_watcher->fence_all(ram->stale_watcher->owner);
        return;
    }
    for (uint32_t i = 0; i < ram->stale_count; i++) {
        code_cache_drop_page(cache, ram->stale[i]);
        ram->page_state[ram->stale[i]] &= (uint8_t) ~(RAM_PAGE_CODE | RAM_PAGE_STALE);
    }
    ram->stale_count = 0;
    ram->fences++;
}

void code_fence_i(struct hart *h)
{
    if (UNLIKELY(h->strict != NULL))
        strict_fence_i(h);
    else
        code_cache_fence(h->cache);
}

/* Of a block of so many ops, with its link, up to where its counts are. */
static size_t counts_offset(unsigned ops)
{
    return align_up(sizeof(struct block) + (ops + 1) * sizeof(struct op) + ops * sizeof(struct op_place), 16);
}

/* Of a block with as many counts as it has instructions, and one more for leaving behind the last. */
static size_t block_bytes(const struct code_cache *cache, unsigned ops, unsigned steps)
{
    size_t counts = sizeof(struct block_counts) + (steps + 1) * sizeof(uint64_t);
    return counts_offset(ops) + (cache->tally != NULL ? align_up(counts, 16) : 0);
}

/* By the blocks, not by the pages: RAM may be terabytes. What is stale stays so for whoever keeps the code as it was. */
static void let_blocks_go(struct code_cache *cache)
{
    size_t at = 0;
    bool keeps = cache->ram->stale_watcher != NULL;
    uint8_t gone = keeps ? 0 : RAM_PAGE_CODE | RAM_PAGE_STALE;
    while (at < cache->arena_used) {
        const struct block *block = (const struct block *)(cache->arena + at);
        if (cache->tally != NULL)
            cache->tally->take(cache->tally->owner, block, block_counts(block->ops));
        cache->ram->page_state[page_number(cache, block->pa)] &= (uint8_t)~gone;
        at += block_bytes(cache, block->op_count, (unsigned)block->steps);
    }
    if (!keeps)
        cache->ram->stale_count = 0;
    cache->ram->fences++;
}

void code_cache_flush(struct code_cache *cache)
{
    let_blocks_go(cache);
    for (unsigned i = 0; i < cache->tlb_count; i++)
        for (unsigned b = 0; b < cache->tlbs[i]->used; b++)
            tlb_empty(&cache->tlbs[i]->banks[b]);
    madvise(cache->hash, HASH_BUCKETS * sizeof *cache->hash, MADV_DONTNEED);
    madvise(cache->page_blocks, page_table_bytes(cache->ram), MADV_DONTNEED);
    madvise(cache->arena, cache->arena_bytes, MADV_DONTNEED);
    cache->arena_used = 0;
    cache->flushes++;
}

void code_cache_count(struct code_cache *cache, const struct block_tally *tally)
{
    code_cache_flush(cache);
    cache->tally = tally;
}

uint64_t code_cache_flushes(const struct code_cache *cache)
{
    return cache->flushes;
}

/* id: what the engine is to make of the op, a row or a pseudo-op. */
static void draft_add(struct draft *draft, const struct engine_ops *engine, const struct op *op, struct op_place place,
                      unsigned id)
{
    struct op *slot = &draft->ops[draft->count];
    *slot = *op;
    slot->index = (uint8_t)draft->count;
    engine->set(slot, id);
    draft->place[draft->count++] = place;
}

static void draft_pseudo(struct draft *draft, const struct engine_ops *engine, enum pseudo_op id)
{
    struct op_place place = {(uint16_t)id, (uint8_t)draft->bytes, (uint8_t)draft->steps, 0};
    draft_add(draft, engine, &(struct op){0}, place, id);
}

/* The slot behind a branch. */
static void draft_link(struct draft *draft)
{
    struct op_place place = {PSEUDO_LINK, (uint8_t)draft->bytes, (uint8_t)draft->steps, 0};
    draft->place[draft->count] = place;
    *(struct link *)&draft->ops[draft->count++] = (struct link){&block_unlinked, {&block_unlinked}};
    draft->branches++;
}

static bool is_fp(enum insn_class class)
{
    return class == CLASS_FLOAD || class == CLASS_FSTORE || (class >= CLASS_FPF_RM && class <= CLASS_FPX);
}

/* norm:jump_misaligned_exception: only without the C extension can a jump's target be misaligned. */
static bool may_misalign(const struct decoder *decoder, enum insn_class class, const struct op *op)
{
    if (decoder_has(decoder, EXT_C))
        return false;
    return class == CLASS_JALR || ((class == CLASS_JAL || class == CLASS_BRANCH) && (op->imm & 2));
}

/* Whether the block goes on: behind branches as long as they are few and lead forwards, for those that lead back are mostly
 * taken; and not where leaving it there would have to be counted. */
static bool goes_on_behind(const struct draft *draft, enum insn_class class, const struct decoded *d)
{
    if (class == CLASS_BRANCH)
        return d->op.imm > 0 && draft->branches < BLOCK_BRANCHES_MAX && !draft->counts;
    return !insn_ends_block(class, d->id);
}

/* Decodes from `code`, at most `room` bytes to the end of the page, until something ends the block. */
static void draft_fill(struct draft *draft, const struct engine_ops *engine, const struct decoder *decoder,
                       const uint8_t *code, size_t room)
{
    bool open = true, falls = false;
    if (draft->counts)
        draft_pseudo(draft, engine, PSEUDO_COUNT);
    while (open && draft->steps < BLOCK_STEPS_MAX && draft->bytes + 2 <= room && draft->bytes < BLOCK_BYTES_MAX) {
        uint32_t bits = 0;
        memcpy(&bits, code + draft->bytes, draft->bytes + 4 <= room ? 4 : 2);
        struct decoded d;
        decode(decoder, bits, &d);
        if (draft->bytes + d.length > room)
            break;
        enum insn_class class = insn_info(decoder, d.id)->class;
        if (is_fp(class) && !draft->fp) {
            draft->fp = true;
            draft_pseudo(draft, engine, PSEUDO_FP_ENTER);
        }
        struct op_place place = {d.id, (uint8_t)draft->bytes, (uint8_t)draft->steps, d.length};
        bool checked = may_misalign(decoder, class, &d.op) || (draft->fences && class == CLASS_NOP);
        draft_add(draft, engine, &d.op, place, checked ? PSEUDO_CHECKED : d.id);
        draft->steps++;
        draft->bytes += d.length;
        if (class == CLASS_BRANCH)
            draft_link(draft);
        open = goes_on_behind(draft, class, &d);
        falls = open || class == CLASS_BRANCH;
    }
    if (falls)
        draft_pseudo(draft, engine, PSEUDO_FALL);
}

/* Drops everything first if the arena is full. */
static struct block *arena_take(struct code_cache *cache, unsigned ops, unsigned steps)
{
    size_t bytes = block_bytes(cache, ops, steps);
    if (cache->arena_used + bytes > cache->arena_bytes)
        code_cache_flush(cache);
    struct block *block = (struct block *)(cache->arena + cache->arena_used);
    cache->arena_used += bytes;
    return block;
}

void code_cache_mark(struct code_cache *cache, uint64_t pa)
{
    uint8_t *state = &cache->ram->page_state[page_number(cache, pa)];
    if (*state & RAM_PAGE_CODE)
        return;
    *state |= RAM_PAGE_CODE;
    const uint8_t *host_page = ram_at(cache->ram, align_down(pa, PAGE_BYTES), PAGE_BYTES);
    for (unsigned i = 0; i < cache->tlb_count; i++)
        tlb_drop_stores_to(cache->tlbs[i], host_page);
}

/* What a taken branch gives back. */
static void note_steps_behind(struct draft *draft, const struct decoder *decoder)
{
    for (unsigned i = 0; i < draft->count; i++)
        if (draft->place[i].length != 0 && insn_info(decoder, draft->place[i].id)->class == CLASS_BRANCH)
            draft->ops[i].rd = (uint8_t)(draft->steps - draft->place[i].step - 1);
}

static void make_link(struct link *link, const struct draft *draft, uint64_t pc)
{
    unsigned last = draft->place[draft->count - 1].id;
    *link = (struct link){&block_unlinked, {&block_unlinked}};
    if (last == INSN_jal || last == INSN_jalr)
        link->pc_behind = pc + draft->bytes;
}

static void begin_counts(struct block *block)
{
    size_t offset = counts_offset(block->op_count);
    struct block_counts *counts = (struct block_counts *)((char *)block + offset);
    block->ops[0].imm = (int32_t)(offset - offsetof(struct block, ops));
    counts->pc = block->pc;
    memset(counts->at, 0, ((size_t)block->steps + 1) * sizeof counts->at[0]);
}

/* How much of the code at pc may go into one block: to the end of the page, or to the next breakpoint. */
static size_t room_at(const struct hart *h)
{
    size_t room = PAGE_BYTES - (h->pc & (PAGE_BYTES - 1));
    for (size_t at = 2; UNLIKELY(h->points != NULL) && at < room && at < BLOCK_BYTES_MAX; at += 2)
        if (debug_breaks_at(h->points, h->pc + at))
            return at;
    return room;
}

static const struct block *block_make(struct code_cache *cache, const struct hart *h, uint64_t pa, const uint8_t *code)
{
    struct draft draft;
    draft.count = draft.steps = draft.bytes = draft.branches = 0;
    draft.fp = false;
    draft.counts = cache->tally != NULL;
    draft.fences = h->strict != NULL;
    draft_fill(&draft, cache->engine, h->decoder, code, room_at(h));
    if (draft.steps == 0)
        return NULL;
    note_steps_behind(&draft, h->decoder);
    if (cache->engine->finish != NULL)
        cache->engine->finish(draft.ops, draft.place, draft.count);
    struct block *block = arena_take(cache, draft.count, draft.steps);
    struct op_place *place = (struct op_place *)&block->ops[draft.count + 1];
    memcpy(block->ops, draft.ops, draft.count * sizeof(struct op));
    memcpy(place, draft.place, draft.count * sizeof *place);
    make_link(block_link(&block->ops[draft.count - 1]), &draft, h->pc);
    block->pc = h->pc;
    block->pa = pa;
    block->place = place;
    block->steps = (int32_t)draft.steps;
    block->op_count = (uint8_t)draft.count;
    block->bytes = (uint8_t)draft.bytes;
    if (draft.counts)
        begin_counts(block);
    struct block **bucket = &cache->hash[hash_of(pa, block->pc)];
    block->hash_next = *bucket;
    *bucket = block;
    struct block **page = &cache->page_blocks[page_number(cache, pa)];
    block->page_next = *page;
    *page = block;
    code_cache_mark(cache, pa);
    return block;
}

/* No block has it, for its halves' pages come and go apart. */
static bool is_across_pages(uint64_t pc, const uint8_t *code)
{
    return (pc & (PAGE_BYTES - 1)) == PAGE_BYTES - 2 && (*code & 3) == 3;
}

const struct block *code_cache_find(struct code_cache *cache, struct hart *h)
{
    uint64_t pc = h->pc;
    const struct block *block = h->code->jump[jump_slot(pc)];
    if (LIKELY(block->pc == pc))
        return block;
    if (UNLIKELY(h->points != NULL) && debug_breaks_at(h->points, pc))
        return NULL;
    uint8_t *code = mmu_code_at(h, pc);
    if (code == NULL || UNLIKELY(is_across_pages(pc, code)))
        return NULL;
    uint64_t pa = (uint64_t)(code - cache->ram->host) + cache->ram->base;
    block = cache->hash[hash_of(pa, pc)];
    while (block != NULL && (block->pc != pc || block->pa != pa))
        block = block->hash_next;
    if (block == NULL && LIKELY(h->strict == NULL || strict_fetches_from_ram(h, pa)))
        block = block_make(cache, h, pa, code);
    if (block != NULL)
        tlb_fill_jump(h->code, pc, block);
    return block;
}
