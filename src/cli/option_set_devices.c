/* SPDX-License-Identifier: MIT */
/* What the options of devices do with their values: one function for each row of option.def's group "Devices". */
#include "cli/option_set.h"

#include <string.h>

#include "host/disk.h"
#include "host/gpu_options.h"
#include "host/net_options.h"
#include "host/port.h"
#include "host/sound_options.h"
#include "host/vsock.h"
#include "machine/framebuffer.h"
#include "machine/input_devices.h"
#include "share/share_options.h"

SET(disk)
{
    struct disk_options parsed;
    struct machine_config *config = &options->config;
    if (!disk_options_parse(value, &parsed, err))
        return error_prefix(err, "--%s", row->name);
    if (config->disk_count == MACHINE_MAX_DISKS)
        return error_set(err, "--%s '%.200s': a machine has %d disks at most", row->name, value, MACHINE_MAX_DISKS);
    config->disks[config->disk_count++] = value;
    return true;
}

SET(disk_log)
{
    options->config.disk_log = value;
    return true;
}

/* None takes back what was named before. */
SET(net)
{
    struct net_options parsed;
    struct machine_config *config = &options->config;
    if (strcmp(value, "none") == 0) {
        config->net_count = 0;
        return true;
    }
    if (!net_options_parse(value, config->net_count, &parsed, err))
        return error_prefix(err, "--%s", row->name);
    if (config->net_count == MACHINE_MAX_CARDS)
        return error_set(err, "--%s '%.200s': a machine has %d network cards at most", row->name, value,
                         MACHINE_MAX_CARDS);
    config->nets[config->net_count++] = value;
    return true;
}

SET(pcap)
{
    options->config.pcap = value;
    return true;
}

SET(hvc)
{
    struct port_options parsed;
    struct machine_config *config = &options->config;
    if (!port_options_parse(value, &parsed, err))
        return error_prefix(err, "--%s", row->name);
    if (config->port_count == MACHINE_MAX_PORTS)
        return error_set(err, "--%s '%.200s': a machine has %d ports at most", row->name, value, MACHINE_MAX_PORTS);
    config->ports[config->port_count++] = value;
    return true;
}

SET(share)
{
    struct share_options parsed;
    struct machine_config *config = &options->config;
    if (!share_options_parse(value, &parsed, err))
        return error_prefix(err, "--%s", row->name);
    if (config->share_count == MACHINE_MAX_SHARES)
        return error_set(err, "--%s '%.200s': a machine has %d shared folders at most", row->name, value,
                         MACHINE_MAX_SHARES);
    config->shares[config->share_count++] = value;
    config->share_program = "/proc/self/exe";
    return true;
}

SET(framebuffer)
{
    return framebuffer_parse(value != NULL ? value : FRAMEBUFFER_USUAL, &options->config.framebuffer, err) ||
           error_prefix(err, "--%s", row->name);
}

SET(vsock)
{
    struct vsock_options parsed;
    if (!vsock_options_parse(value, &parsed, err))
        return error_prefix(err, "--%s", row->name);
    options->config.vsock = value;
    return parsed.path[0] != '\0' || error_set(err, "--%s '%.200s': path=SOCKET is missing", row->name, value);
}

SET(balloon)
{
    options->config.balloon = true;
    return true;
}

SET(input)
{
    struct input_wanted parsed;
    if (!input_devices_parse(value, &parsed, err))
        return error_prefix(err, "--%s", row->name);
    options->config.input = value;
    return true;
}

SET(audio)
{
    struct sound_options parsed;
    if (!sound_options_parse(value, &parsed, err))
        return error_prefix(err, "--%s", row->name);
    options->config.audio = value;
    return true;
}

SET(gpu)
{
    struct gpu_options parsed;
    if (value != NULL && !gpu_options_parse(value, &parsed, err))
        return error_prefix(err, "--%s", row->name);
    options->config.gpu = value != NULL ? value : "";
    return true;
}
