/* SPDX-License-Identifier: MIT */
/* Builds the machine's own device tree. Node names, compatibles and properties are those of QEMU's virt board, so that
 * what runs there finds the same here; only what works is described. */
#include "machine/fdt.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "bus/time_source.h"
#include "devices/plic.h"
#include "devices/syscon.h"
#include "machine/framebuffer.h"
#include "machine/map.h"
#include "virtio/slots.h"

#define UART_CLOCK_HZ 3686400
#define CACHE_BLOCK_BYTES 64
#define MAX_CPUS 64
#define MAX_BLOB_BYTES (UINT64_C(1) << 22)

enum { PHANDLE_PLIC = 1, PHANDLE_TEST, PHANDLE_INTC };

/* Interrupts of a hart's local controller, by cause. No context there: all ones. */
enum { LOCAL_MSI = 3, LOCAL_MTI = 7, LOCAL_SEI = 9, LOCAL_MEI = 11 };
#define LOCAL_NONE UINT32_MAX

/* libfdt's sequential writer. The first failure stays in rc, and later calls do nothing. */
struct writer {
    void *blob;
    int rc;
    const struct fdt_input *input;
};

static void begin(struct writer *w, const char *name)
{
    if (w->rc == 0)
        w->rc = fdt_begin_node(w->blob, name);
}

static void begin_at(struct writer *w, const char *name, uint64_t address)
{
    char full[64];
    snprintf(full, sizeof full, "%s@%" PRIx64, name, address);
    begin(w, full);
}

static void end(struct writer *w)
{
    if (w->rc == 0)
        w->rc = fdt_end_node(w->blob);
}

static void put_bytes(struct writer *w, const char *name, const void *bytes, size_t count)
{
    if (w->rc == 0)
        w->rc = fdt_property(w->blob, name, bytes, (int)count);
}

static void put_flag(struct writer *w, const char *name)
{
    put_bytes(w, name, "", 0);
}

static void put_string(struct writer *w, const char *name, const char *text)
{
    put_bytes(w, name, text, strlen(text) + 1);
}

static void put_u32(struct writer *w, const char *name, uint32_t value)
{
    fdt32_t cell = cpu_to_fdt32(value);
    put_bytes(w, name, &cell, sizeof cell);
}

static void put_u64(struct writer *w, const char *name, uint64_t value)
{
    fdt64_t cell = cpu_to_fdt64(value);
    put_bytes(w, name, &cell, sizeof cell);
}

static void put_reg(struct writer *w, uint64_t base, uint64_t size)
{
    fdt64_t cells[] = {cpu_to_fdt64(base), cpu_to_fdt64(size)};
    put_bytes(w, "reg", cells, sizeof cells);
}

static void put_cells(struct writer *w, uint32_t address_cells, uint32_t size_cells)
{
    put_u32(w, "#address-cells", address_cells);
    put_u32(w, "#size-cells", size_cells);
}

static void begin_device(struct writer *w, const char *name, enum map_id id)
{
    const struct map_row *row = map_row(id);
    begin_at(w, name, row->base);
    put_reg(w, row->base, row->size);
    if (row->irq == 0)
        return;
    put_u32(w, "interrupts", row->irq);
    put_u32(w, "interrupt-parent", PHANDLE_PLIC);
}

/* The cpus. */

static void put_isa(struct writer *w)
{
    const struct ext_set *ext = w->input->ext;
    char isa[1024], names[1024];
    size_t used = 0;
    if (w->rc == 0 && !ext_isa_string(ext, isa, sizeof isa))
        w->rc = -FDT_ERR_INTERNAL;
    if (w->rc != 0)
        return;
    for (unsigned i = 0; i < EXT_COUNT; i++) {
        const struct ext_info *info = ext_info((enum ext)i);
        bool told = info->announced == EXT_LETTER || info->announced == EXT_NAME;
        if (ext->has[i] && told)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s", info->name) + 1; /* with its NUL */
    }
    put_string(w, "riscv,isa", isa);
    put_string(w, "riscv,isa-base", "rv64i");
    put_bytes(w, "riscv,isa-extensions", names, used);
}

static void put_mmu(struct writer *w)
{
    const bool *has = w->input->ext->has;
    const char *type = has[EXT_sv39] ? "riscv,sv39" : "riscv,none";
    type = has[EXT_sv48] ? "riscv,sv48" : type;
    type = has[EXT_sv57] ? "riscv,sv57" : type;
    put_string(w, "mmu-type", type);
}

static void put_cache_blocks(struct writer *w)
{
    const bool *has = w->input->ext->has;
    if (has[EXT_zicbom])
        put_u32(w, "riscv,cbom-block-size", CACHE_BLOCK_BYTES);
    if (has[EXT_zicboz])
        put_u32(w, "riscv,cboz-block-size", CACHE_BLOCK_BYTES);
    if (has[EXT_zicbop])
        put_u32(w, "riscv,cbop-block-size", CACHE_BLOCK_BYTES);
}

static void put_cpu(struct writer *w, unsigned hart)
{
    begin_at(w, "cpu", hart);
    put_string(w, "device_type", "cpu");
    put_u32(w, "reg", hart);
    put_string(w, "status", "okay");
    put_string(w, "compatible", "riscv");
    put_isa(w);
    put_mmu(w);
    put_cache_blocks(w);
    begin(w, "interrupt-controller");
    put_u32(w, "#address-cells", 0);
    put_u32(w, "#interrupt-cells", 1);
    put_flag(w, "interrupt-controller");
    put_string(w, "compatible", "riscv,cpu-intc");
    put_u32(w, "phandle", PHANDLE_INTC + hart);
    end(w);
    end(w);
}

static void put_cpus(struct writer *w)
{
    begin(w, "cpus");
    put_cells(w, 1, 0);
    put_u32(w, "timebase-frequency", (uint32_t)TIMEBASE_HZ);
    for (unsigned i = 0; i < w->input->cpus; i++)
        put_cpu(w, i);
    end(w);
}

/* The devices. */

/* Two of every hart's local interrupts. */
static void put_local_interrupts(struct writer *w, uint32_t first, uint32_t second)
{
    fdt32_t cells[MAX_CPUS][4];
    for (unsigned i = 0; i < w->input->cpus; i++) {
        cells[i][0] = cells[i][2] = cpu_to_fdt32(PHANDLE_INTC + i);
        cells[i][1] = cpu_to_fdt32(first);
        cells[i][3] = cpu_to_fdt32(second);
    }
    put_bytes(w, "interrupts-extended", cells, sizeof cells[0] * w->input->cpus);
}

static void put_clint(struct writer *w)
{
    static const char compatible[] = "sifive,clint0\0riscv,clint0";
    begin_device(w, "clint", MAP_clint);
    put_bytes(w, "compatible", compatible, sizeof compatible);
    put_local_interrupts(w, LOCAL_MSI, LOCAL_MTI);
    end(w);
}

static void put_plic(struct writer *w)
{
    static const char compatible[] = "sifive,plic-1.0.0\0riscv,plic0";
    begin_device(w, "plic", MAP_plic);
    put_bytes(w, "compatible", compatible, sizeof compatible);
    put_u32(w, "#address-cells", 0);
    put_u32(w, "#interrupt-cells", 1);
    put_flag(w, "interrupt-controller");
    put_local_interrupts(w, LOCAL_MEI, w->input->ext->has[EXT_S] ? LOCAL_SEI : LOCAL_NONE);
    put_u32(w, "riscv,ndev", PLIC_SOURCES);
    put_u32(w, "phandle", PHANDLE_PLIC);
    end(w);
}

static void put_uart(struct writer *w)
{
    begin_device(w, "serial", MAP_uart);
    put_string(w, "compatible", "ns16550a");
    put_u32(w, "clock-frequency", UART_CLOCK_HZ);
    end(w);
}

static void put_rtc(struct writer *w)
{
    begin_device(w, "rtc", MAP_rtc);
    put_string(w, "compatible", "google,goldfish-rtc");
    end(w);
}

static void put_test(struct writer *w)
{
    static const char compatible[] = "sifive,test1\0sifive,test0\0syscon";
    begin_device(w, "test", MAP_test);
    put_bytes(w, "compatible", compatible, sizeof compatible);
    put_u32(w, "phandle", PHANDLE_TEST);
    end(w);
}

/* Linux numbers disks in the order of these nodes. */
static void put_virtio(struct writer *w)
{
    for (unsigned i = 0; i < VIRTIO_SLOT_COUNT; i++) {
        struct virtio_slot slot = virtio_slot(i);
        if (!(w->input->virtio_slots & BIT(i)))
            continue;
        begin_at(w, VIRTIO_SLOT_NODE, slot.base);
        put_reg(w, slot.base, slot.size);
        put_u32(w, "interrupts", slot.irq);
        put_u32(w, "interrupt-parent", PHANDLE_PLIC);
        put_string(w, "compatible", VIRTIO_SLOT_COMPATIBLE);
        end(w);
    }
}

static void put_soc(struct writer *w)
{
    begin(w, "soc");
    put_cells(w, 2, 2);
    put_string(w, "compatible", "simple-bus");
    put_flag(w, "ranges");
    put_test(w);
    put_rtc(w);
    put_clint(w);
    put_plic(w);
    put_uart(w);
    put_virtio(w);
    end(w);
}

/* OpenSBI 1.6 and Linux end the machine through these. */
static void put_syscon_user(struct writer *w, const char *name, const char *compatible, uint32_t value)
{
    begin(w, name);
    put_string(w, "compatible", compatible);
    put_u32(w, "regmap", PHANDLE_TEST);
    put_u32(w, "offset", 0);
    put_u32(w, "value", value);
    end(w);
}

static void put_memory(struct writer *w)
{
    begin_at(w, "memory", w->input->memory_base);
    put_string(w, "device_type", "memory");
    put_reg(w, w->input->memory_base, w->input->memory_bytes);
    end(w);
}

static void put_serial_path(struct writer *w, const char *name, const char *options)
{
    char path[64];
    snprintf(path, sizeof path, "/soc/serial@%" PRIx64 "%s", map_row(MAP_uart)->base, options);
    put_string(w, name, path);
}

/* As Linux' binding simple-framebuffer has it. */
static void put_framebuffer(struct writer *w)
{
    const struct framebuffer_size *size = &w->input->framebuffer;
    begin_at(w, "framebuffer", framebuffer_base());
    put_string(w, "compatible", "simple-framebuffer");
    put_reg(w, framebuffer_base(), framebuffer_bytes(size));
    put_u32(w, "width", size->width);
    put_u32(w, "height", size->height);
    put_u32(w, "stride", size->width * FRAMEBUFFER_PIXEL_BYTES);
    put_string(w, "format", FRAMEBUFFER_FORMAT);
    end(w);
}

/* Linux takes its console from stdout-path when the command line names none: Debian's 6.12 then enables ttyS0 and makes
 * it /dev/console, so the default is no command line at all. The r among the options makes Linux work the RTS handshake: its
 * terminal layer then loses nothing of a long paste. */
static void put_chosen(struct writer *w)
{
    const struct fdt_input *input = w->input;
    begin(w, "chosen");
    put_serial_path(w, "stdout-path", ":115200n8r");
    put_bytes(w, "rng-seed", input->rng_seed, sizeof input->rng_seed);
    if (input->bootargs != NULL)
        put_string(w, "bootargs", input->bootargs);
    if (input->initrd_bytes != 0) {
        put_u64(w, "linux,initrd-start", input->initrd_base);
        put_u64(w, "linux,initrd-end", input->initrd_base + input->initrd_bytes);
    }
    if (input->framebuffer.width != 0) {
        put_cells(w, 2, 2);
        put_flag(w, "ranges");
        put_framebuffer(w);
    }
    end(w);
}

static void put_root(struct writer *w)
{
    static const char compatible[] = "microvm\0riscv-virtio";
    begin(w, "");
    put_cells(w, 2, 2);
    put_bytes(w, "compatible", compatible, sizeof compatible);
    put_string(w, "model", "microvm");
    begin(w, "aliases");
    put_serial_path(w, "serial0", "");
    end(w);
    put_chosen(w);
    put_memory(w);
    put_cpus(w);
    put_soc(w);
    put_syscon_user(w, "poweroff", "syscon-poweroff", SYSCON_PASS);
    put_syscon_user(w, "reboot", "syscon-reboot", SYSCON_RESET);
    end(w);
}

/* Firmware in a file marks its own memory under /reserved-memory: a reservation of ours would overlap it, and U-Boot then
 * refuses the firmware's. */
static void reserve_nothing(struct writer *w)
{
    if (w->rc == 0)
        w->rc = fdt_finish_reservemap(w->blob);
}

/* Writes the tree into bytes of memory; 0 or libfdt's error. */
static int write_tree(const struct fdt_input *input, void *blob, size_t bytes)
{
    struct writer w = {.blob = blob, .input = input};
    w.rc = fdt_create(blob, (int)bytes);
    reserve_nothing(&w);
    put_root(&w);
    return w.rc == 0 ? fdt_finish(blob) : w.rc;
}

bool fdt_build(const struct fdt_input *input, void **blob, size_t *size, struct error *err)
{
    if (input->cpus == 0 || input->cpus > MAX_CPUS)
        return error_set(err, "a device tree for %u harts cannot be made; 1 to %d can", input->cpus, MAX_CPUS);
    int rc = -FDT_ERR_NOSPACE;
    for (size_t bytes = 1 << 14; rc == -FDT_ERR_NOSPACE && bytes <= MAX_BLOB_BYTES; bytes *= 2) {
        void *memory = calloc(1, bytes);
        if (memory == NULL)
            return error_set(err, "out of memory for the device tree");
        rc = write_tree(input, memory, bytes - FDT_SLACK_BYTES);
        if (rc == 0)
            rc = fdt_open_into(memory, memory,
                               (int)(((size_t)fdt_totalsize(memory) + FDT_SLACK_BYTES + 7) & ~(size_t)7));
        if (rc == 0) {
            *blob = memory;
            *size = fdt_totalsize(memory);
            return true;
        }
        free(memory);
    }
    return error_set(err, "cannot make the device tree: %s", fdt_strerror(rc));
}
