/* SPDX-License-Identifier: MIT */
#include "machine/config.h"

void machine_config_init(struct machine_config *config)
{
    *config = (struct machine_config){
        .memory_bytes = UINT64_C(1) << 30,
        .cpus = 1,
        .ext = ext_set_default(),
        .clock = CLOCK_WALL,
        .engine = ENGINE_TAIL,
        .firmware = FIRMWARE_AUTO,
        .console = CONSOLE_FILTER,
        .explain = EXPLAIN_ON,
        .history_bytes = UINT64_C(128) << 20,
        .signature_granularity = 4,
    };
}
