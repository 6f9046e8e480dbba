/* SPDX-License-Identifier: MIT */
#include "machine/device_option.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "host/disk/disk.h"
#include "host/display/gpu_options.h"
#include "host/net/net_options.h"
#include "host/port.h"
#include "host/sound/sound_options.h"
#include "host/vsock/vsock.h"
#include "machine/framebuffer.h"
#include "machine/input_devices.h"
#include "share/share_options.h"

/* Longest part of a value that a message repeats. */
#define SHOWN 200

/* Notes one more of those that there may be several of. */
static bool add(const char **list, unsigned *count, unsigned most, const char *value, const char *what,
                struct error *err)
{
    if (*count == most)
        return error_set(err, "'%.*s': a machine has %u %s at most", SHOWN, value, most, what);
    list[(*count)++] = value;
    return true;
}

static bool set_disk(struct machine_config *config, const char *value, struct error *err)
{
    struct disk_options parsed;
    return disk_options_parse(value, &parsed, err) &&
           add(config->disks, &config->disk_count, MACHINE_MAX_DISKS, value, "disks", err);
}

/* None takes back what was named before. */
static bool set_net(struct machine_config *config, const char *value, struct error *err)
{
    struct net_options parsed;
    if (strcmp(value, "none") == 0) {
        config->net_count = 0;
        return true;
    }
    return net_options_parse(value, config->net_count, &parsed, err) &&
           add(config->nets, &config->net_count, MACHINE_MAX_CARDS, value, "network cards", err);
}

static bool set_hvc(struct machine_config *config, const char *value, struct error *err)
{
    struct port_options parsed;
    return port_options_parse(value, &parsed, err) &&
           add(config->ports, &config->port_count, MACHINE_MAX_PORTS, value, "ports", err);
}

static bool set_share(struct machine_config *config, const char *value, struct error *err)
{
    struct share_options parsed;
    return share_options_parse(value, &parsed, err) &&
           add(config->shares, &config->share_count, MACHINE_MAX_SHARES, value, "shared folders", err);
}

static bool set_framebuffer(struct machine_config *config, const char *value, struct error *err)
{
    return framebuffer_parse(value != NULL ? value : FRAMEBUFFER_USUAL, &config->framebuffer, err);
}

static bool set_vsock(struct machine_config *config, const char *value, struct error *err)
{
    struct vsock_options parsed;
    config->vsock = value;
    return vsock_options_parse(value, &parsed, err) &&
           (parsed.path[0] != '\0' || error_set(err, "'%.*s': path=SOCKET is missing", SHOWN, value));
}

static bool set_balloon(struct machine_config *config, UNUSED const char *value, UNUSED struct error *err)
{
    config->balloon = true;
    return true;
}

static bool set_input(struct machine_config *config, const char *value, struct error *err)
{
    struct input_wanted parsed;
    config->input = value;
    return input_devices_parse(value, &parsed, err);
}

static bool set_audio(struct machine_config *config, const char *value, struct error *err)
{
    struct sound_options parsed;
    config->audio = value;
    return sound_options_parse(value, &parsed, err);
}

static bool set_gpu(struct machine_config *config, const char *value, struct error *err)
{
    struct gpu_options parsed;
    config->gpu = value != NULL ? value : "";
    return gpu_options_parse(config->gpu, &parsed, err);
}

enum value_rule { VALUE_NONE, VALUE_OPTIONAL, VALUE_NEEDED };

static const struct device_option {
    const char *name;
    enum value_rule rule;
    bool (*set)(struct machine_config *config, const char *value, struct error *err);
} options[] = {
    {"disk", VALUE_NEEDED, set_disk},     {"net", VALUE_NEEDED, set_net},
    {"gpu", VALUE_OPTIONAL, set_gpu},     {"framebuffer", VALUE_OPTIONAL, set_framebuffer},
    {"hvc", VALUE_NEEDED, set_hvc},       {"vsock", VALUE_NEEDED, set_vsock},
    {"balloon", VALUE_NONE, set_balloon}, {"share", VALUE_NEEDED, set_share},
    {"input", VALUE_NEEDED, set_input},   {"audio", VALUE_NEEDED, set_audio},
};

static bool no_such_device(const char *name, size_t name_bytes, struct error *err)
{
    char known[128] = "";
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "", options[i].name);
    }
    return error_set(err, "there is no device '%.*s'; known are %s", (int)(name_bytes < SHOWN ? name_bytes : SHOWN),
                     name, known);
}

bool device_option_set(struct machine_config *config, const char *name, size_t name_bytes, const char *value,
                       struct error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        if (strlen(options[i].name) != name_bytes || memcmp(options[i].name, name, name_bytes) != 0)
            continue;
        if (value == NULL && options[i].rule == VALUE_NEEDED)
            return error_set(err, "wants a value");
        if (value != NULL && options[i].rule == VALUE_NONE)
            return error_set(err, "takes no value, but got '%.*s'", SHOWN, value);
        return options[i].set(config, value, err);
    }
    return no_such_device(name, name_bytes, err);
}
