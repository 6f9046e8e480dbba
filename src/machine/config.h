/* SPDX-License-Identifier: MIT */
/* What a machine is to be: the plain record that the command line (or an embedding program) fills in. */
#ifndef MICROVM_MACHINE_CONFIG_H
#define MICROVM_MACHINE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "cpu/ext.h"

enum clock_mode { CLOCK_WALL, CLOCK_VIRTUAL };
enum engine_kind { ENGINE_TAIL, ENGINE_SWITCH, ENGINE_PROFILE };
enum firmware_kind { FIRMWARE_AUTO, FIRMWARE_NONE, FIRMWARE_BUILTIN, FIRMWARE_FILE };
/* What becomes of a guest that is stuck: nothing, an explanation, an explanation and the end of the run; ALL: as ON, with
 * what may be no mistake, too. */
enum explain_mode { EXPLAIN_OFF, EXPLAIN_ON, EXPLAIN_STOP, EXPLAIN_ALL };
enum console_mode { CONSOLE_FILTER, CONSOLE_RAW, CONSOLE_NONE };

/* Disks that a machine may have. */
#define MACHINE_MAX_DISKS 16
#define MACHINE_MAX_HARTS 64 /* the bits of a word */
/* Network cards. */
#define MACHINE_MAX_CARDS 8
/* Ports of its VirtIO console. */
#define MACHINE_MAX_PORTS 15

/* Folders that it shares with the host. */
#define MACHINE_MAX_SHARES 8

/* Of a linear framebuffer, in pixels. */
struct framebuffer_size {
    uint32_t width, height;
};

/* Strings are borrowed and must outlive the machine. */
struct machine_config {
    struct framebuffer_size framebuffer; /* width 0: none */
    const char *kernel;                  /* path; NULL: none */
    const void *image;                   /* or a kernel in memory (the built-in examples), image_bytes long */
    uint64_t image_bytes;
    const char *image_name; /* what messages call it */
    /* Or the start of a saved machine (machine/boot_saved.h): nothing is written to RAM before the guest's first reset, as RAM
     * and state are to be loaded; but for a replay, which begins as any machine does. NULL: none. */
    const uint8_t *saved_boot;
    size_t saved_boot_bytes;
    bool (*saved_boot_check)(void *owner,
                             struct error *err); /* before the pieces in it are read; NULL: they are right */
    void *saved_boot_owner;
    const char *initrd;
    const char *dtb;
    const char *cmdline; /* NULL: the default */
    const char *firmware_path;
    enum firmware_kind firmware;
    uint64_t memory_bytes;
    unsigned cpus; /* 1 to 64 */
    uint64_t load_addr;
    bool has_load_addr;
    struct ext_set ext;
    enum clock_mode clock;
    enum engine_kind engine;
    uint64_t seed;
    bool has_seed;
    uint64_t max_steps;                     /* 0: no budget */
    double timeout_secs;                    /* 0: none */
    const char *disks[MACHINE_MAX_DISKS];   /* as disk_options_parse takes them */
    uint64_t disk_bytes[MACHINE_MAX_DISKS]; /* their sizes, of a replay: it opens no file */
    unsigned disk_count;
    uint32_t disks_overlaid;              /* bit n: as disk_overlays, for disk n alone; of a loaded snapshot */
    bool disk_overlays;                   /* the images stay as they are: what guests write goes beside them */
    const char *disk_log;                 /* file for the log of all disks, or NULL */
    const char *nets[MACHINE_MAX_CARDS];  /* as net_options_parse takes them, but for "none" */
    unsigned net_count;                   /* network cards */
    const char *pcap;                     /* a file for the first one's frames, with .1 for the second's; NULL: none */
    const char *ports[MACHINE_MAX_PORTS]; /* of the VirtIO console, as port_options_parse takes them */
    unsigned port_count;                  /* 0: there is no such device */
    const char *gpu;                      /* as gpu_options_parse takes it; NULL: no graphics card */
    bool balloon;                         /* there is a memory balloon */
    const char *vsock;                    /* as vsock_options_parse takes it; NULL: no such device */
    const char *shares[MACHINE_MAX_SHARES]; /* folders, as share_options_parse takes them */
    unsigned share_count;
    const char *share_program; /* whose processes serve them (share/share_server.h); NULL: none can; "": none is to */
    const char *input;         /* as input_devices_parse takes it; NULL: neither keyboard nor tablet */
    const char *audio;         /* as sound_options_parse takes it; NULL: no sound card */
    bool virtio_legacy;        /* virtio-mmio version 1 */
    bool pmp_open;
    unsigned strict; /* bits by enum strict_trait (cpu/strict.h) */
    bool no_reboot;
    enum console_mode console;
    enum explain_mode explain;
    uint64_t history_bytes;         /* for going back in time; 0: nothing is kept */
    const char *digest_log;         /* file for digests at the ends of slices, or NULL */
    const char *signature;          /* file for HTIF's begin_signature..end_signature, or NULL */
    unsigned signature_granularity; /* 4 or 8 (also 16) bytes a line */
    unsigned verbose;
    struct journal *journal; /* records or replays (host/journal.h); NULL: the machine's own, which does neither */
};

/* All defaults; memory 1 GiB, one hart. */
void machine_config_init(struct machine_config *config);

#endif
