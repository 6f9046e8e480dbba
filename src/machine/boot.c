/* SPDX-License-Identifier: MIT */
#include "machine/boot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "machine/boot_files.h"
#include "machine/boot_place.h"
#include "machine/boot_rom.h"
#include "machine/boot_saved.h"
#include "machine/entropy.h"
#include "machine/fdt.h"
#include "machine/peripherals.h"

/* Device trees lie below it, for guests that keep the address in 32 bits. */
#define DTB_LIMIT (UINT64_C(1) << 32)
/* Kept free behind the device tree: OpenSBI enlarges it where it lies. */
#define DTB_GROWTH_BYTES (UINT64_C(64) << 10)
/* Where OpenSBI's fw_jump copies the device tree to, from the start of RAM. */
#define FW_JUMP_DTB_OFFSET UINT64_C(0x2200000)

struct draft {
    const struct machine_config *config;
    uint64_t ram_base, ram_size;
    struct boot_files *files;
    struct boot_plan *plan;
    struct boot_space space;
};

static bool has_program(const struct boot_program *program)
{
    return program->image.segment_count != 0;
}

/* Who runs first, and in which mode. Without a word from the user it is the address that tells: what lies where
 * firmware would lie is its own firmware (M mode), and anything else expects one (S mode). So a Linux Image starts in S
 * mode, but for one that was built for M mode, whose header says offset 0. */
static bool decide_mode(struct draft *d, struct error *err)
{
    const struct machine_config *config = d->config;
    const struct boot_files *files = d->files;
    bool has_s = config->ext.has[EXT_S];
    struct boot_plan *plan = d->plan;
    plan->priv = BOOT_MACHINE;
    plan->entry = config->firmware == FIRMWARE_FILE ? files->firmware.image.entry : files->kernel.image.entry;
    if (config->firmware == FIRMWARE_FILE || config->firmware == FIRMWARE_NONE)
        return true;
    if (config->firmware == FIRMWARE_BUILTIN && !has_s)
        return error_set(err, "--firmware builtin wants S mode, which --cpu has switched off");
    bool in_firmware_place = plan->kernel.base - d->ram_base < BOOT_FIRMWARE_BYTES;
    if (config->firmware == FIRMWARE_AUTO && (in_firmware_place || !has_s))
        return true;
    plan->priv = BOOT_SUPERVISOR;
    plan->builtin_sbi = true;
    return true;
}

static void open_space(struct draft *d)
{
    struct boot_files *files = d->files;
    uint64_t end = d->ram_base + d->ram_size;
    d->space = (struct boot_space){.base = d->ram_base, .end = end < DTB_LIMIT ? end : DTB_LIMIT};
    boot_space_take_image(&d->space, &files->kernel.image);
    if (!has_program(&files->firmware))
        return;
    boot_space_take_image(&d->space, &files->firmware.image);
    boot_space_take(&d->space, d->plan->firmware.base, d->plan->firmware.size);
    boot_space_take(&d->space, d->ram_base + FW_JUMP_DTB_OFFSET, DTB_GROWTH_BYTES);
}

static bool no_room(const struct draft *d, const char *what, uint64_t size, struct error *err)
{
    const struct boot_range *kernel = &d->plan->kernel;
    return error_set(err,
                     "%s of %llu bytes does not fit into RAM at %#llx to %#llx beside the kernel at %#llx to %#llx; "
                     "give the machine more with --memory",
                     what, (unsigned long long)size, (unsigned long long)d->space.base,
                     (unsigned long long)d->space.end - 1, (unsigned long long)kernel->base,
                     (unsigned long long)(kernel->base + kernel->size - (kernel->size != 0)));
}

static bool place_initrd(struct draft *d, struct error *err)
{
    struct boot_range *initrd = &d->plan->initrd;
    if (d->files->initrd.size == 0)
        return true;
    initrd->size = d->files->initrd.size;
    if (boot_space_place(&d->space, initrd->size, &initrd->base))
        return true;
    char what[512];
    snprintf(what, sizeof what, "initrd '%.480s'", d->config->initrd);
    return no_room(d, what, initrd->size, err);
}

/* A Linux that has a disk and nothing else to start from looks for its root there. */
static const char *bootargs(const struct draft *d)
{
    const struct machine_config *config = d->config;
    bool is_linux = has_program(&d->files->kernel) && d->files->kernel.image.format == BOOT_FORMAT_LINUX;
    bool has_disk_alone = config->disk_count > 0 && config->initrd == NULL && config->dtb == NULL;
    return config->cmdline == NULL && is_linux && has_disk_alone ? "root=/dev/vda rw" : config->cmdline;
}

static bool make_dtb(struct draft *d, size_t *size, struct error *err)
{
    const struct machine_config *config = d->config;
    const struct boot_plan *plan = d->plan;
    struct fdt_input input = {
        .cpus = config->cpus,
        .ext = &config->ext,
        .memory_base = d->ram_base,
        .memory_bytes = d->ram_size,
        .initrd_base = plan->initrd.base,
        .initrd_bytes = plan->initrd.size,
        .bootargs = bootargs(d),
        .framebuffer = config->framebuffer,
    };
    entropy_from_seed(config->seed, input.rng_seed, sizeof input.rng_seed);
    if (!peripherals_slots(config, &input.virtio_slots, err))
        return false;
    if (config->dtb == NULL)
        return fdt_build(&input, &d->files->blob, size, err);
    const void *dtb = d->files->dtb.bytes;
    return (fdt_match(dtb, &input, err) && fdt_edit(dtb, &input, &d->files->blob, size, err)) ||
           boot_file_blame(err, "device tree", config->dtb);
}

static bool place_dtb(struct draft *d, size_t size, struct error *err)
{
    struct boot_plan *plan = d->plan;
    uint64_t base;
    if (!boot_space_place(&d->space, size + DTB_GROWTH_BYTES, &base))
        return no_room(d, "the device tree", size + DTB_GROWTH_BYTES, err);
    plan->dtb = (struct boot_range){base, size};
    plan->dtb_addr = base;
    plan->dtb_bytes = d->files->blob;
    return true;
}

/* The rest of what the plan says about places, known once the files have been understood. */
static void note_ranges(struct draft *d)
{
    const struct boot_files *files = d->files;
    if (has_program(&files->kernel))
        boot_image_range(&files->kernel.image, &d->plan->kernel.base, &d->plan->kernel.size);
    uint64_t firmware_bytes = d->ram_size < BOOT_FIRMWARE_BYTES ? d->ram_size : BOOT_FIRMWARE_BYTES;
    if (has_program(&files->firmware))
        d->plan->firmware = (struct boot_range){d->ram_base, firmware_bytes};
}

static uint64_t kernel_symbol(const struct boot_image *image, const char *name)
{
    uint64_t value;
    return boot_symtab_find(&image->symtab, name, &value) ? boot_image_translate(image, value) : BOOT_ABSENT;
}

static void note_symbols(struct draft *d)
{
    const struct boot_image *image = &d->files->kernel.image;
    d->plan->tohost = kernel_symbol(image, "tohost");
    d->plan->fromhost = kernel_symbol(image, "fromhost");
    d->plan->begin_signature = kernel_symbol(image, "begin_signature");
    d->plan->end_signature = kernel_symbol(image, "end_signature");
}

static const char *format_name(const struct boot_program *program)
{
    static const char *const names[][2] = {
        [BOOT_FORMAT_ELF] = {"ELF", "gzip'd ELF"},
        [BOOT_FORMAT_LINUX] = {"Linux Image", "gzip'd Linux Image"},
        [BOOT_FORMAT_RAW] = {"raw", "gzip'd raw"},
    };
    return names[program->image.format][program->gzipped];
}

static const char *mode_name(const struct boot_plan *plan)
{
    return plan->builtin_sbi ? "S mode on the built-in SBI" : "M mode";
}

static void write_choice(struct draft *d)
{
    const struct boot_program *kernel = &d->files->kernel;
    struct boot_plan *plan = d->plan;
    char name[192] = "no kernel", initrd[64] = "", firmware[192] = "";
    if (has_program(kernel))
        snprintf(name, sizeof name, "kernel '%.128s' (%s) at %#llx", boot_files_kernel_path(d->config),
                 format_name(kernel), (unsigned long long)plan->kernel.base);
    if (plan->initrd.size != 0)
        snprintf(initrd, sizeof initrd, ", initrd at %#llx", (unsigned long long)plan->initrd.base);
    if (has_program(&d->files->firmware))
        snprintf(firmware, sizeof firmware, ", firmware '%.128s'", d->config->firmware_path);
    snprintf(plan->choice, sizeof plan->choice, "%s%s%s, device tree at %#llx; starts at %#llx in %s", name, firmware,
             initrd, (unsigned long long)plan->dtb_addr, (unsigned long long)plan->entry, mode_name(plan));
}

/* A raw image says nothing about itself: the user should know what was assumed. */
static void write_note(struct draft *d)
{
    const struct boot_program *kernel = &d->files->kernel;
    struct boot_plan *plan = d->plan;
    bool assumed = has_program(kernel) && kernel->image.format == BOOT_FORMAT_RAW && !d->config->has_load_addr;
    if (!assumed || d->config->kernel == NULL)
        return;
    snprintf(plan->note, sizeof plan->note, "kernel '%.300s' is a raw image: loaded at %#llx, started in %s%s",
             d->config->kernel, (unsigned long long)plan->kernel.base,
             d->config->firmware == FIRMWARE_FILE ? "S mode by the firmware" : mode_name(plan),
             " (see --load-addr and --firmware)");
}

static bool make_plan(struct draft *d, struct error *err)
{
    const struct machine_config *config = d->config;
    size_t dtb_size = 0;
    if (!boot_files_read(d->files, config, d->ram_base, d->ram_size, err))
        return false;
    if (!has_program(&d->files->kernel) && !has_program(&d->files->firmware))
        return error_set(err, "no kernel to run: name a file, or take --example minimal-kernel");
    note_ranges(d);
    if (!decide_mode(d, err))
        return false;
    open_space(d);
    if (!place_initrd(d, err) || !make_dtb(d, &dtb_size, err) || !place_dtb(d, dtb_size, err))
        return false;
    uint64_t default_payload = d->ram_base + BOOT_FIRMWARE_BYTES;
    bool starts_kernel = config->firmware == FIRMWARE_FILE && has_program(&d->files->kernel);
    boot_rom_fill(d->plan, starts_kernel ? d->files->kernel.image.entry : default_payload);
    if (d->plan->builtin_sbi)
        d->plan->reset_pc = d->plan->entry;
    note_symbols(d);
    write_choice(d);
    write_note(d);
    return true;
}

bool boot_prepare(const struct machine_config *config, uint64_t ram_base, uint64_t ram_size, struct boot_plan *plan,
                  struct error *err)
{
    struct boot_target target = {ram_base, ram_size, &config->ext};
    if (config->saved_boot != NULL)
        return boot_plan_load(plan, config->saved_boot, config->saved_boot_bytes, &target, err);
    *plan = (struct boot_plan){.files = calloc(1, sizeof *plan->files)};
    struct draft draft = {.config = config, .ram_base = ram_base, .ram_size = ram_size, .plan = plan};
    draft.files = plan->files;
    if (plan->files == NULL)
        return error_set(err, "out of memory");
    if (make_plan(&draft, err))
        return true;
    boot_destroy(plan);
    return false;
}

void boot_destroy(struct boot_plan *plan)
{
    if (plan->files != NULL)
        boot_files_release(plan->files);
    free(plan->files);
    *plan = (struct boot_plan){.files = NULL};
}

static bool load_image(const struct boot_image *image, const struct guest_mem *mem, bool ram_is_zero)
{
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct boot_segment *segment = &image->segments[i];
        if (!guest_mem_contains(mem, segment->gpa, segment->mem_bytes))
            return false;
        guest_mem_write(mem, segment->gpa, segment->bytes, segment->file_bytes);
        if (!ram_is_zero)
            guest_mem_fill(mem, segment->gpa + segment->file_bytes, 0, segment->mem_bytes - segment->file_bytes);
    }
    return true;
}

static bool load_initrd(const struct boot_plan *plan, const struct guest_mem *mem, struct error *err)
{
    const struct boot_range *initrd = &plan->initrd;
    if (initrd->size == 0)
        return true;
    uint8_t *to = guest_mem_target(mem, initrd->base, initrd->size);
    if (to == NULL)
        return error_set(err, "the initrd does not fit into RAM");
    bool ok = boot_payload_copy(&plan->files->initrd, to, err);
    guest_mem_wrote(mem, initrd->base, initrd->size);
    return ok;
}

bool boot_load(const struct boot_plan *plan, const struct guest_mem *mem, bool ram_is_zero, struct error *err)
{
    const struct boot_files *files = plan->files;
    bool ok = load_image(&files->firmware.image, mem, ram_is_zero) &&
              load_image(&files->kernel.image, mem, ram_is_zero) &&
              guest_mem_write(mem, plan->dtb.base, plan->dtb_bytes, plan->dtb.size);
    boot_file_cool(&files->kernel.file);
    boot_file_cool(&files->firmware.file);
    boot_file_cool(&files->dtb);
    if (!ok)
        return error_set(err, "the guest's image does not fit into RAM");
    return load_initrd(plan, mem, err);
}

static const char *symbol_in(const struct boot_program *program, uint64_t addr, uint64_t *offset)
{
    uint64_t gva;
    if (!boot_image_as_linked(&program->image, addr, &gva))
        return NULL;
    const struct boot_function *function = boot_functions_at(&program->functions, gva);
    if (function == NULL)
        return NULL;
    *offset = gva - function->addr;
    return function->name;
}

const char *boot_symbol(const struct boot_plan *plan, uint64_t addr, uint64_t *offset)
{
    if (plan->files == NULL)
        return NULL;
    const char *name = symbol_in(&plan->files->kernel, addr, offset);
    return name != NULL ? name : symbol_in(&plan->files->firmware, addr, offset);
}

static bool address_in(const struct boot_program *program, const char *name, uint64_t *gpa)
{
    if (!boot_symtab_find(&program->image.symtab, name, gpa))
        return false;
    *gpa = boot_image_translate(&program->image, *gpa);
    return true;
}

bool boot_symbol_address(const struct boot_plan *plan, const char *name, uint64_t *gpa)
{
    return plan->files != NULL &&
           (address_in(&plan->files->kernel, name, gpa) || address_in(&plan->files->firmware, name, gpa));
}

bool boot_device_tree(const struct machine_config *config, uint64_t ram_base, uint64_t ram_size, void **blob,
                      size_t *size, struct error *err)
{
    struct boot_files *files = calloc(1, sizeof *files);
    struct boot_plan plan = {.files = files};
    struct draft draft = {.config = config, .ram_base = ram_base, .ram_size = ram_size, .files = files, .plan = &plan};
    if (files == NULL)
        return error_set(err, "out of memory");
    bool ok = boot_files_read(files, config, ram_base, ram_size, err);
    if (ok) {
        note_ranges(&draft);
        open_space(&draft);
        ok = place_initrd(&draft, err) && make_dtb(&draft, size, err);
    }
    if (ok) {
        *blob = files->blob;
        files->blob = NULL;
    }
    boot_destroy(&plan);
    return ok;
}
