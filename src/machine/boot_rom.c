/* SPDX-License-Identifier: MIT */
#include "machine/boot_rom.h"

#include <string.h>

#include "base/little_endian.h"
#include "machine/map.h"

/* Offsets in the ROM. fw_dynamic_info is OpenSBI's interface to what runs before it, version 2. */
enum { ROM_ENTRY = 24, ROM_DTB = 32, ROM_DYNAMIC_INFO = 40, ROM_END = ROM_DYNAMIC_INFO + 48 };

#define DYNAMIC_INFO_MAGIC 0x4942534f /* "OSBI" */
#define DYNAMIC_INFO_VERSION 2

_Static_assert(ROM_END <= BOOT_ROM_BYTES, "the reset ROM is full");

static const uint32_t code[] = {
    0x00000297, /* auipc t0, 0 */
    0x02828613, /* addi a2, t0, ROM_DYNAMIC_INFO */
    0xf1402573, /* csrr a0, mhartid */
    0x0202b583, /* ld a1, ROM_DTB(t0) */
    0x0182b283, /* ld t0, ROM_ENTRY(t0) */
    0x00028067, /* jr t0 */
};

_Static_assert(sizeof code == ROM_ENTRY, "the reset ROM's data follows its code");

void boot_rom_fill(struct boot_plan *plan, uint64_t payload)
{
    const uint64_t dynamic_info[] = {
        DYNAMIC_INFO_MAGIC, DYNAMIC_INFO_VERSION, payload, BOOT_SUPERVISOR, 0 /* options */, 0 /* boot hart */,
    };
    memset(plan->rom, 0, sizeof plan->rom);
    for (unsigned i = 0; i < sizeof code / sizeof code[0]; i++)
        little_put(plan->rom + 4 * i, 4, code[i]);
    little_put(plan->rom + ROM_ENTRY, 8, plan->entry);
    little_put(plan->rom + ROM_DTB, 8, plan->dtb_addr);
    for (unsigned i = 0; i < sizeof dynamic_info / sizeof dynamic_info[0]; i++)
        little_put(plan->rom + ROM_DYNAMIC_INFO + 8 * i, 8, dynamic_info[i]);
    plan->reset_pc = map_row(MAP_reset_rom)->base;
    plan->dynamic_info_addr = plan->reset_pc + ROM_DYNAMIC_INFO;
}
