/* SPDX-License-Identifier: MIT */
/* What a kernel or firmware file means: its segments at their physical addresses, its entry and its symbols. Works on
 * bytes in memory that nobody has checked, and writes nothing. */
#ifndef MICROVM_MACHINE_BOOT_IMAGE_H
#define MICROVM_MACHINE_BOOT_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "machine/boot_symbol.h"

/* More than any linker script makes; so that comparing all with all costs nothing. */
#define BOOT_MAX_SEGMENTS 128

enum boot_format { BOOT_FORMAT_ELF, BOOT_FORMAT_LINUX, BOOT_FORMAT_RAW };

struct boot_segment {
    uint64_t gpa;
    uint64_t gva;       /* as linked */
    uint64_t mem_bytes; /* at least file_bytes; the rest is zero */
    uint64_t file_bytes;
    const uint8_t *bytes; /* within the input */
};

/* The bytes, and the RAM that they are for. base: where an image goes that may go anywhere (raw, or
 * position-independent); base_given: because the user says so. */
struct boot_image_input {
    const uint8_t *bytes;
    uint64_t size;
    uint64_t ram_base, ram_size;
    uint64_t base;
    bool base_given;
};

struct boot_image {
    enum boot_format format;
    unsigned segment_count;
    struct boot_segment segments[BOOT_MAX_SEGMENTS]; /* by address, without overlap, all within RAM */
    uint64_t entry;                                  /* physical */
    struct boot_symtab symtab;                       /* count 0: none */
};

/* ELF by its magic, Linux Image by its header, else raw; refuses what is recognisably something else, unless base_given. False: err
 * says what is wrong and what to do, without the file's name. */
bool boot_image_parse(struct boot_image *image, const struct boot_image_input *input, struct error *err);

/* Looks at the first bytes of a file: false, with a message, for what boot_image_parse would refuse after all of it has
 * been read. Passes gzip. */
bool boot_image_glance(const uint8_t *bytes, uint64_t size, struct error *err);

/* From the lowest byte to the highest, BSS included. */
void boot_image_range(const struct boot_image *image, uint64_t *base, uint64_t *size);

/* The physical address of one as linked: through its segment, or as it is outside all. */
uint64_t boot_image_translate(const struct boot_image *image, uint64_t gva);

/* The address as linked of one that is either physical or as linked; false: it is in no segment. */
bool boot_image_as_linked(const struct boot_image *image, uint64_t addr, uint64_t *gva);

/* The parts of boot_image_parse, which alone holds segments against RAM and each other. */
bool boot_elf_recognize(const uint8_t *bytes, uint64_t size);
bool boot_elf_glance(const uint8_t *bytes, uint64_t size, struct error *err);
/* Whether it is for this machine, be it a program or not. */
bool boot_elf_check_target(const uint8_t *bytes, uint64_t size, struct error *err);
bool boot_elf_parse(struct boot_image *image, const struct boot_image_input *input, struct error *err);
/* The n-th section of code of an ELF file that has been parsed: its address as linked, and its bytes. */
bool boot_elf_code(const uint8_t *bytes, uint64_t size, unsigned n, uint64_t *gva, uint64_t *code_bytes,
                   const uint8_t **code);
bool boot_linux_recognize(const uint8_t *bytes, uint64_t size);
bool boot_linux_parse(struct boot_image *image, const struct boot_image_input *input, struct error *err);
/* The text_offset of a Linux Image header. */
uint64_t boot_linux_text_offset(const uint8_t *bytes);
bool boot_raw_glance(const uint8_t *bytes, uint64_t size, struct error *err);
bool boot_raw_parse(struct boot_image *image, const struct boot_image_input *input, struct error *err);

#endif
