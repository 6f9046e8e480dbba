/* SPDX-License-Identifier: MIT */
#include "machine/signature.h"

#include "devices/htif.h"

bool signature_check(const struct machine_config *config, const struct boot_plan *plan, struct error *err)
{
    bool named = plan->begin_signature != BOOT_ABSENT && plan->end_signature != BOOT_ABSENT;
    return config->signature == NULL || named ||
           error_set(err, "--signature %s: the kernel has no symbols begin_signature and end_signature",
                     config->signature);
}

bool signature_write(const struct machine_config *config, const struct boot_plan *plan, const struct guest_mem *mem,
                     struct error *err)
{
    if (config->signature == NULL)
        return true;
    return htif_write_signature(config->signature, mem, plan->begin_signature, plan->end_signature,
                                config->signature_granularity, err);
}
