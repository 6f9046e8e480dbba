/* SPDX-License-Identifier: MIT */
/* What the options of devices do with their values: one function for each row of option.def's group "Devices". */
#include "cli/option_set.h"

#include <string.h>

#include "machine/device_option.h"

static bool set_device(struct options *options, const struct option_row *row, const char *value, struct error *err)
{
    return device_option_set(&options->config, row->name, strlen(row->name), value, err) ||
           error_prefix(err, "--%s", row->name);
}

SET(disk)
{
    return set_device(options, row, value, err);
}

SET(net)
{
    return set_device(options, row, value, err);
}

SET(gpu)
{
    return set_device(options, row, value, err);
}

SET(framebuffer)
{
    return set_device(options, row, value, err);
}

SET(hvc)
{
    return set_device(options, row, value, err);
}

SET(vsock)
{
    return set_device(options, row, value, err);
}

SET(balloon)
{
    return set_device(options, row, value, err);
}

SET(input)
{
    return set_device(options, row, value, err);
}

SET(audio)
{
    return set_device(options, row, value, err);
}

/* The program itself, started anew, serves it. */
SET(share)
{
    options->config.share_program = "/proc/self/exe";
    return set_device(options, row, value, err);
}

SET(disk_log)
{
    options->config.disk_log = value;
    return true;
}

SET(pcap)
{
    options->config.pcap = value;
    return true;
}
