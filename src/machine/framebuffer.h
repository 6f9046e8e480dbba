/* SPDX-License-Identifier: MIT */
/* A linear framebuffer for kernels that want to draw without a driver: --framebuffer. It is memory like RAM, and lies right below
 * it: rows of words 0x00RRGGBB from the top left on, without gaps. Behind the picture there is memory up to where RAM begins. A
 * device tree has it as "simple-framebuffer" under /chosen. */
#ifndef MICROVM_MACHINE_FRAMEBUFFER_H
#define MICROVM_MACHINE_FRAMEBUFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "bus/guest_mem.h"
#include "machine/config.h"

#define FRAMEBUFFER_PIXEL_BYTES 4u
#define FRAMEBUFFER_FORMAT "x8r8g8b8"
/* What an option without a size means. */
#define FRAMEBUFFER_USUAL "1024x768"

/* "WIDTHxHEIGHT"; at least 16x16, and no more than fits below RAM. */
bool framebuffer_parse(const char *text, struct framebuffer_size *size, struct error *err);

/* Whether a size from elsewhere is one that framebuffer_parse takes, or none (width and height 0). */
bool framebuffer_is_legal(const struct framebuffer_size *size);

/* Bytes of the picture, and where it is; base and bytes of the memory that a machine of this configuration has: RAM and, if
 * there is one, the framebuffer below it. */
uint64_t framebuffer_bytes(const struct framebuffer_size *size);
uint64_t framebuffer_base(void);
bool framebuffer_contains(uint64_t address);
/* Whether an address is where a picture of usual size would be, and not just below RAM, where stacks run over. */
bool framebuffer_is_near(uint64_t address);
struct ram_place {
    uint64_t base, bytes;
};
struct ram_place framebuffer_memory(const struct machine_config *config);

#endif
