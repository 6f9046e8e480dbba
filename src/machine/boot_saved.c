/* SPDX-License-Identifier: MIT */
#include "machine/boot_saved.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/little_endian.h"
#include "machine/boot_files.h"

enum piece_of { OF_FIRMWARE, OF_KERNEL, OF_DTB, OF_INITRD, PIECE_KINDS };

static const struct state_field range_fields[] = {
    STATE(struct boot_range, base, STATE_ANY, "physical address"),
    STATE(struct boot_range, size, STATE_ANY, "in bytes; 0: there is none"),
    STATE_END,
};

static const struct state_field plan_fields[] = {
    STATE(struct boot_plan, entry, STATE_ANY, "where the program starts"),
    STATE(struct boot_plan, reset_pc, STATE_ANY,
          "where the harts start, if it is not the built-in SBI that starts them"),
    STATE(struct boot_plan, priv, BOOT_MACHINE, "the mode that it starts in: 1 S, 3 M"),
    STATE(struct boot_plan, builtin_sbi, 1, "on the built-in SBI"),
    STATE(struct boot_plan, dtb_addr, STATE_ANY, "of the device tree"),
    STATE(struct boot_plan, dynamic_info_addr, STATE_ANY, "of what OpenSBI is told, in the ROM"),
    STATE_BYTES(struct boot_plan, rom, "the reset ROM"),
    STATE_INNER(struct boot_plan, kernel, range_fields, "where the kernel lies"),
    STATE_INNER(struct boot_plan, initrd, range_fields, "where the initrd lies"),
    STATE_INNER(struct boot_plan, dtb, range_fields, "where the device tree lies"),
    STATE_INNER(struct boot_plan, firmware, range_fields, "what firmware from a file has for itself"),
    STATE(struct boot_plan, tohost, STATE_ANY, "HTIF's word; all ones: there is no HTIF"),
    STATE(struct boot_plan, fromhost, STATE_ANY, "HTIF's other word; all ones: there is none"),
    STATE(struct boot_plan, begin_signature, STATE_ANY, "of the compliance tests' signature; all ones: there is none"),
    STATE(struct boot_plan, end_signature, STATE_ANY, "of the compliance tests' signature; all ones: there is none"),
    STATE_NOT(struct boot_plan, note, "of the start, for the user"),
    STATE_NOT(struct boot_plan, choice, "of the start, for the user"),
    STATE_NOT(struct boot_plan, dtb_bytes, "a piece"),
    STATE_NOT(struct boot_plan, files, "pieces"),
    STATE_END,
};

const struct state_table boot_plan_saved = {.fields = plan_fields, .bytes = sizeof(struct boot_plan)};

/* A piece of what boot_load writes. */
struct piece {
    enum piece_of of;
    struct boot_segment segment;
};

/* The n-th; false: there are no more. Bytes NULL: the initrd's, which are in its file. */
static bool piece_at(const struct boot_plan *plan, unsigned n, struct piece *piece)
{
    const struct boot_image *images[] = {&plan->files->firmware.image, &plan->files->kernel.image};
    for (unsigned of = OF_FIRMWARE; of <= OF_KERNEL; n -= images[of++]->segment_count)
        if (n < images[of]->segment_count) {
            *piece = (struct piece){of, images[of]->segments[n]};
            return true;
        }
    const struct boot_range *range = n == 0 ? &plan->dtb : &plan->initrd;
    *piece = (struct piece){n == 0 ? OF_DTB : OF_INITRD,
                            {.gpa = range->base,
                             .mem_bytes = range->size,
                             .file_bytes = range->size,
                             .bytes = n == 0 ? plan->dtb_bytes : NULL}};
    return n == 0 || (n == 1 && range->size != 0);
}

size_t boot_plan_bytes(const struct boot_plan *plan)
{
    size_t bytes = state_saved_bytes(&boot_plan_saved, plan);
    struct piece piece;
    for (unsigned n = 0; piece_at(plan, n, &piece); n++)
        bytes += BOOT_PIECE_HEAD_BYTES + (size_t)piece.segment.file_bytes;
    return bytes;
}

static bool save_piece(const struct boot_plan *plan, const struct piece *piece, uint8_t *bytes, struct error *err)
{
    const struct boot_segment *segment = &piece->segment;
    little_put(bytes, 8, piece->of);
    little_put(bytes + 8, 8, segment->gpa);
    little_put(bytes + 16, 8, segment->mem_bytes);
    little_put(bytes + 24, 8, segment->file_bytes);
    if (piece->of == OF_INITRD)
        return boot_payload_copy(&plan->files->initrd, bytes + BOOT_PIECE_HEAD_BYTES, err);
    if (segment->file_bytes != 0)
        memcpy(bytes + BOOT_PIECE_HEAD_BYTES, segment->bytes, segment->file_bytes);
    return true;
}

bool boot_plan_save(const struct boot_plan *plan, uint8_t *bytes, struct error *err)
{
    struct piece piece;
    state_save(&boot_plan_saved, plan, bytes);
    bytes += state_saved_bytes(&boot_plan_saved, plan);
    for (unsigned n = 0; piece_at(plan, n, &piece); n++) {
        if (!save_piece(plan, &piece, bytes, err))
            return false;
        bytes += BOOT_PIECE_HEAD_BYTES + piece.segment.file_bytes;
    }
    return true;
}

static bool add_segment(struct boot_program *program, const struct boot_segment *segment)
{
    struct boot_image *image = &program->image;
    if (image->segment_count == BOOT_MAX_SEGMENTS)
        return false;
    image->format = BOOT_FORMAT_RAW;
    image->segments[image->segment_count++] = *segment;
    return true;
}

/* Of what there is one, at the target that the plan's numbers say. */
static bool is_only(const struct boot_range *range, const struct boot_segment *segment, bool had)
{
    return !had && range->size != 0 && segment->gpa == range->base && segment->file_bytes == range->size &&
           segment->mem_bytes == range->size;
}

static bool add_piece(struct boot_plan *plan, uint64_t of, const struct boot_segment *segment)
{
    struct boot_files *files = plan->files;
    switch (of) {
    case OF_FIRMWARE: return add_segment(&files->firmware, segment);
    case OF_KERNEL: return add_segment(&files->kernel, segment);
    case OF_DTB:
        if (!is_only(&plan->dtb, segment, plan->dtb_bytes != NULL))
            return false;
        plan->dtb_bytes = segment->bytes;
        return true;
    case OF_INITRD:
        if (!is_only(&plan->initrd, segment, files->initrd.size != 0))
            return false;
        files->initrd = (struct boot_payload){.size = segment->file_bytes, .fd = -1, .what = "initrd", .path = ""};
        files->initrd.held = (struct boot_file){.bytes = segment->bytes, .size = segment->file_bytes};
        return true;
    default: return false;
    }
}

/* From bytes + at on; *at moves on. */
static bool load_piece(struct boot_plan *plan, const uint8_t *bytes, size_t count, size_t *at,
                       const struct boot_target *target)
{
    const uint8_t *head = bytes + *at;
    if (count - *at < BOOT_PIECE_HEAD_BYTES)
        return false;
    struct boot_segment segment = {
        .gpa = little_get(head + 8, 8),
        .gva = little_get(head + 8, 8),
        .mem_bytes = little_get(head + 16, 8),
        .file_bytes = little_get(head + 24, 8),
        .bytes = head + BOOT_PIECE_HEAD_BYTES,
    };
    uint64_t offset = segment.gpa - target->ram_base;
    bool in_ram = segment.mem_bytes <= target->ram_size && offset <= target->ram_size - segment.mem_bytes;
    if (!in_ram || segment.file_bytes > segment.mem_bytes || segment.file_bytes > count - *at - BOOT_PIECE_HEAD_BYTES)
        return false;
    *at += BOOT_PIECE_HEAD_BYTES + (size_t)segment.file_bytes;
    return add_piece(plan, little_get(head, 8), &segment);
}

size_t boot_plan_next_head(const uint8_t *bytes, size_t count, size_t at)
{
    static const struct boot_plan none;
    size_t first = state_saved_bytes(&boot_plan_saved, &none);
    if (at == 0)
        return first < count ? first : count;
    if (count - at < BOOT_PIECE_HEAD_BYTES)
        return count;
    uint64_t piece = little_get(bytes + at + 24, 8);
    return piece < count - at - BOOT_PIECE_HEAD_BYTES ? at + BOOT_PIECE_HEAD_BYTES + (size_t)piece : count;
}

static bool numbers_are_legal(const struct boot_plan *plan, const struct boot_target *target)
{
    uint64_t ialign = target->ext->has[EXT_C] ? 2 : 4;
    return is_aligned(plan->entry, ialign) && is_aligned(plan->reset_pc, ialign) &&
           (!plan->builtin_sbi || target->ext->has[EXT_S]);
}

static bool load(struct boot_plan *plan, const uint8_t *bytes, size_t count, const struct boot_target *target,
                 struct error *err)
{
    size_t at = state_saved_bytes(&boot_plan_saved, plan);
    if (count < at)
        return error_set(err, "saved start: %zu bytes are too few", count);
    if (!state_load(&boot_plan_saved, plan, bytes, at, err))
        return false;
    if (!numbers_are_legal(plan, target))
        return error_set(err, "saved start: it starts where no hart can");
    while (at < count)
        if (!load_piece(plan, bytes, count, &at, target))
            return error_set(err, "saved start: a bad piece before byte %zu", at);
    bool all = plan->dtb_bytes != NULL && (plan->initrd.size != 0) == (plan->files->initrd.size != 0);
    return all || error_set(err, "saved start: a piece is missing");
}

bool boot_plan_load(struct boot_plan *plan, const uint8_t *bytes, size_t count, const struct boot_target *target,
                    struct error *err)
{
    *plan = (struct boot_plan){.files = calloc(1, sizeof *plan->files)};
    if (plan->files == NULL)
        return error_set(err, "out of memory");
    if (load(plan, bytes, count, target, err)) {
        strcpy(plan->choice, "a saved machine goes on");
        return true;
    }
    boot_destroy(plan);
    return false;
}
