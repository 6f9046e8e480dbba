/* SPDX-License-Identifier: MIT */
/* How a machine starts: reads and checks every file that the configuration names, decides where each goes and in which
 * mode the first instruction runs, and puts it all into guest RAM. Owns the files' bytes, the device tree and the
 * kernel's symbols. Nothing is written to RAM before everything has been checked. */
#ifndef MICROVM_MACHINE_BOOT_H
#define MICROVM_MACHINE_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bus/guest_mem.h"
#include "machine/config.h"

/* An address that an image does not name (the same as HTIF_ABSENT). */
#define BOOT_ABSENT UINT64_MAX
#define BOOT_ROM_BYTES 128

enum { BOOT_SUPERVISOR = 1, BOOT_MACHINE = 3 }; /* the numbers that the ISA gives the modes */

/* size 0: there is none. */
struct boot_range {
    uint64_t base;
    uint64_t size;
};

struct boot_files;

struct boot_plan {
    /* The start. With builtin_sbi hart 0 begins at entry in S mode with a0 = its number and a1 = dtb_addr, and the
     * others wait to be started by SBI calls. Otherwise every hart begins at reset_pc, in the ROM, in M mode; the ROM's
     * code sets a0 = mhartid, a1 = dtb_addr, a2 = dynamic_info_addr and jumps to entry. */
    uint64_t entry;
    uint64_t reset_pc;
    unsigned priv; /* BOOT_SUPERVISOR or BOOT_MACHINE */
    bool builtin_sbi;
    uint64_t dtb_addr;
    uint64_t dynamic_info_addr;  /* struct fw_dynamic_info, within the ROM */
    uint8_t rom[BOOT_ROM_BYTES]; /* the contents of MAP_reset_rom; zeros follow */

    /* What lies where, in physical addresses. kernel covers the image with its BSS. firmware is what is
     * kept free for a firmware file: RAM below the payload's place. */
    struct boot_range kernel;
    struct boot_range initrd;
    struct boot_range dtb;
    struct boot_range firmware;

    /* Of the kernel's ELF symbols, physical; BOOT_ABSENT where there is no such symbol. */
    uint64_t tohost, fromhost;
    uint64_t begin_signature, end_signature;

    char note[512];   /* one line that the user should see in any case; empty: none */
    char choice[512]; /* one line for -v: what was loaded where, and which mode was chosen */

    const void *dtb_bytes; /* the device tree as the guest gets it, dtb.size bytes */
    struct boot_files *files;
};

/* Reads, checks and places everything for a machine with RAM at ram_base. Without a kernel file, an image in memory
 * (config->image) is taken; without either a firmware file must be named. What config->saved_boot has is taken as it is. The guest's rng-seed is made from
 * config->seed. False: err names the file and the fault, and the plan is empty. */
bool boot_prepare(const struct machine_config *config, uint64_t ram_base, uint64_t ram_size, struct boot_plan *plan,
                  struct error *err);

/* Frees what the plan owns; an empty plan (all zeros) may be destroyed. */
void boot_destroy(struct boot_plan *plan);

/* Writes kernel, firmware, initrd and device tree to RAM; may be repeated at each reset. ram_is_zero: RAM is fresh, so
 * that the kernel's BSS need not be touched. False: RAM is not the one that was planned for, or the initrd's file is not
 * what it was. */
bool boot_load(const struct boot_plan *plan, const struct guest_mem *mem, bool ram_is_zero, struct error *err);

/* The function that addr (virtual or physical) lies in, and how far; NULL: unknown. The name lives as long as the plan.
 */
const char *boot_symbol(const struct boot_plan *plan, uint64_t addr, uint64_t *offset);

/* A section of the kernel's code. */
struct boot_text {
    uint64_t gpa;
    uint64_t size;
    const uint8_t *bytes; /* as loaded; live as long as the plan */
};

/* The n-th of an ELF kernel that has a table of sections; false: there are no more. */
bool boot_text(const struct boot_plan *plan, unsigned n, struct boot_text *text);

/* Whether the kernel's file says for which addresses it was linked: ELF. */
bool boot_is_linked(const struct boot_plan *plan);

/* True if addr, where the kernel is not, is one that it was linked for (ELF alone): *at is where that byte was loaded. */
bool boot_linked_at(const struct boot_plan *plan, uint64_t addr, uint64_t *at);

/* The physical address of the symbol called name, of the kernel or else of the firmware; false: there is none. */
bool boot_symbol_address(const struct boot_plan *plan, const char *name, uint64_t *gpa);

/* The device tree alone, as a machine of this configuration would get it (`microvm dts`), with or without a kernel.
 * *blob is the caller's, to be given to free(). */
bool boot_device_tree(const struct machine_config *config, uint64_t ram_base, uint64_t ram_size, void **blob,
                      size_t *size, struct error *err);

#endif
