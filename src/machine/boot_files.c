/* SPDX-License-Identifier: MIT */
#include "machine/boot_files.h"

#include <stdlib.h>

#include "base/bits.h"
#include "machine/boot_place.h"
#include "machine/fdt.h"

/* Of an ELF file's bytes: with debug information they are many times what is loaded. */
#define MAX_ELF_BYTES (UINT64_C(1) << 30)
/* Linux maps no more of one. */
#define MAX_DTB_BYTES (UINT64_C(2) << 20)

const char *boot_files_kernel_path(const struct machine_config *config)
{
    const char *path = config->kernel != NULL ? config->kernel : config->image_name;
    return path != NULL ? path : "in memory";
}

/* Makes of the file's bytes what they mean, unpacked if need be. */
static bool understand(struct boot_program *program, struct boot_image_input *input,
                       const struct boot_file_limit *limit, bool has_compressed, struct error *err)
{
    program->gzipped = boot_file_is_gzip(&program->file);
    if (program->gzipped && !boot_file_gunzip(&program->file, limit, err))
        return false;
    input->bytes = program->file.bytes;
    input->size = program->file.size;
    if (!boot_image_parse(&program->image, input, err))
        return false;
    uint64_t align = has_compressed ? 2 : 4;
    if (!is_aligned(program->image.entry, align))
        return error_set(err, "starts at %#llx, where no instruction can be: it is not a multiple of %d",
                         (unsigned long long)program->image.entry, (int)align);
    return boot_functions_create(&program->functions, &program->image.symtab) ||
           error_set(err, "out of memory for its symbols");
}

static bool read_kernel(struct boot_files *files, const struct machine_config *config, struct boot_image_input *input,
                        const struct boot_file_limit *limit, struct error *err)
{
    struct boot_program *kernel = &files->kernel;
    if (config->kernel == NULL)
        kernel->file = (struct boot_file){.bytes = config->image, .size = config->image_bytes};
    else if (!boot_file_read(&kernel->file, "kernel", config->kernel, limit, err))
        return false;
    /* What goes anywhere goes to the start of RAM, or where firmware expects it. */
    bool payload = config->firmware == FIRMWARE_FILE || config->firmware == FIRMWARE_BUILTIN;
    input->base = config->has_load_addr ? config->load_addr : input->ram_base + (payload ? BOOT_FIRMWARE_BYTES : 0);
    input->base_given = config->has_load_addr;
    return understand(kernel, input, limit, config->ext.has[EXT_C], err) ||
           boot_file_blame(err, "kernel", boot_files_kernel_path(config));
}

static bool read_firmware(struct boot_files *files, const struct machine_config *config, struct boot_image_input *input,
                          const struct boot_file_limit *limit, struct error *err)
{
    if (config->firmware_path == NULL)
        return error_set(err, "no firmware file is named");
    if (!boot_file_read(&files->firmware.file, "firmware", config->firmware_path, limit, err))
        return false;
    input->base = input->ram_base;
    input->base_given = false;
    return understand(&files->firmware, input, limit, config->ext.has[EXT_C], err) ||
           boot_file_blame(err, "firmware", config->firmware_path);
}

static bool check_apart(const struct boot_files *files, const struct machine_config *config, struct error *err)
{
    const struct boot_segment *k, *f;
    if (!boot_images_overlap(&files->kernel.image, &files->firmware.image, &k, &f))
        return true;
    return error_set(err, "kernel '%.384s' at %#llx to %#llx overlaps firmware '%.384s' at %#llx to %#llx",
                     boot_files_kernel_path(config), (unsigned long long)k->gpa,
                     (unsigned long long)(k->gpa + k->mem_bytes - 1), config->firmware_path, (unsigned long long)f->gpa,
                     (unsigned long long)(f->gpa + f->mem_bytes - 1));
}

static bool read_dtb(struct boot_files *files, const char *path, struct error *err)
{
    const struct boot_file_limit limit = {.bytes = MAX_DTB_BYTES, .advice = "too much for a device tree"};
    if (!boot_file_read(&files->dtb, "device tree", path, &limit, err))
        return false;
    return fdt_check(files->dtb.bytes, files->dtb.size, err) || boot_file_blame(err, "device tree", path);
}

bool boot_files_read(struct boot_files *files, const struct machine_config *config, uint64_t ram_base,
                     uint64_t ram_size, struct error *err)
{
    static const char advice[] = "too much for this machine (see --memory)";
    const struct boot_file_limit program = {
        .bytes = ram_size, .elf_bytes = MAX_ELF_BYTES, .advice = advice, .glance = boot_image_glance};
    const struct boot_file_limit initrd = {.bytes = ram_size, .advice = advice};
    struct boot_image_input input = {.ram_base = ram_base, .ram_size = ram_size};
    bool has_kernel = config->kernel != NULL || config->image != NULL;
    struct boot_file_limit kernel = program;
    if (config->has_load_addr)
        kernel.glance = NULL; /* any file will do */
    if (has_kernel && !read_kernel(files, config, &input, &kernel, err))
        return false;
    if (config->firmware == FIRMWARE_FILE &&
        (!read_firmware(files, config, &input, &program, err) || !check_apart(files, config, err)))
        return false;
    if (config->initrd != NULL && !boot_payload_open(&files->initrd, "initrd", config->initrd, &initrd, err))
        return false;
    return config->dtb == NULL || read_dtb(files, config->dtb, err);
}

static void release_program(struct boot_program *program)
{
    boot_functions_destroy(&program->functions);
    boot_file_release(&program->file);
}

void boot_files_release(struct boot_files *files)
{
    release_program(&files->kernel);
    release_program(&files->firmware);
    boot_payload_close(&files->initrd);
    boot_file_release(&files->dtb);
    free(files->blob);
    files->blob = NULL;
}
