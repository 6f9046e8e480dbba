/* SPDX-License-Identifier: MIT */
#include "machine/shares.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "virtio/p9.h"

/* Stands in recordings for the folder, which a replay does not open. */
#define RECORDED_PATH "folder"

struct shared {
    struct virtio_message message;
    struct share *share;
    struct virtio_p9 *device;
};

static bool options_of(const struct machine_config *config, unsigned n, struct share_options *options,
                       struct error *err)
{
    if (!share_options_parse(config->shares[n], options, err))
        return false;
    if (options->tag[0] == '\0' && n == 0)
        strcpy(options->tag, "share");
    else if (options->tag[0] == '\0')
        snprintf(options->tag, sizeof options->tag, "share%u", n);
    return true;
}

/* Two of one name could not be told apart. */
static bool tag_is_new(const struct machine_config *config, unsigned n, const char *tag, struct error *err)
{
    struct share_options other;
    for (unsigned i = 0; i < n; i++)
        if (options_of(config, i, &other, NULL) && strcmp(other.tag, tag) == 0)
            return error_set(err,
                             "--share '%.200s': another folder has the tag '%s' already; give it one with ,tag=TAG",
                             config->shares[n], tag);
    return true;
}

static bool shares_slots(const struct machine_config *config, uint64_t *slots, struct error *err)
{
    struct share_options options;
    for (unsigned i = 0; i < config->share_count; i++) {
        if (!options_of(config, i, &options, err) || !tag_is_new(config, i, options.tag, err))
            return false;
        *slots |= BIT(VIRTIO_SLOT_SHARE + i);
    }
    return true;
}

static void say_trouble(struct shared *shared)
{
    struct error warning;
    if (share_take_warning(shared->share, &warning))
        shared->message.say(shared->message.owner, warning.text);
}

static void watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    const struct shared *shared = owner;
    share_watch(shared->share, set, timeout_ns);
}

static void serve(void *owner, const struct wait_set *set)
{
    const struct shared *shared = owner;
    (void)set;
    share_serve(shared->share);
}

static void poll_share(void *owner)
{
    struct shared *shared = owner;
    virtio_p9_poll(shared->device);
    say_trouble(shared);
}

static void settle(void *owner)
{
    const struct shared *shared = owner;
    share_settle(shared->share);
}

/* What is on its way is done; what the guest did not sync is as safe as what the host's own programs write. */
static bool finish(void *owner, struct error *err)
{
    (void)err;
    settle(owner);
    return true;
}

static void destroy(void *owner)
{
    struct shared *shared = owner;
    virtio_p9_destroy(shared->device);
    share_destroy(shared->share);
    free(shared);
}

static bool fill(struct shared *shared, const struct peripherals_parts *parts, unsigned n, struct error *err)
{
    struct share_config config = {
        .program = parts->config->share_program,
        .journal = parts->journal,
        .number = n,
        .at_once = parts->config->clock == CLOCK_VIRTUAL,
    };
    if (!options_of(parts->config, n, &config.options, err))
        return false;
    if (config.program == NULL && !journal_replays(parts->journal))
        return error_set(err, "share '%s': this program cannot start the process that serves a folder",
                         config.options.path);
    shared->message = parts->message;
    shared->share = share_create(&config, err);
    if (shared->share == NULL)
        return false;
    shared->device = virtio_p9_create(shared->share);
    return shared->device != NULL || error_set(err, "out of memory");
}

static const char *const names[] = {"share0", "share1", "share2", "share3", "share4", "share5", "share6", "share7"};
_Static_assert(ARRAY_SIZE(names) == MACHINE_MAX_SHARES, "each has a name");

static bool make_share(struct peripherals *p, unsigned n, struct error *err)
{
    struct shared *shared = calloc(1, sizeof *shared);
    if (shared == NULL)
        return error_set(err, "out of memory");
    if (!fill(shared, peripherals_parts(p), n, err)) {
        destroy(shared);
        return false;
    }
    struct peripheral made = {
        .owner = shared,
        .events = {.owner = shared, .watch = watch, .serve = serve, .poll = poll_share},
        .part = share_part(shared->share),
        .settle = settle,
        .finish = finish,
        .destroy = destroy,
    };
    made.part.name = names[n];
    return peripherals_add(p, &made, err) &&
           peripherals_plug(p, VIRTIO_SLOT_SHARE + n, virtio_p9_device(shared->device), err);
}

static bool create(struct peripherals *p, struct error *err)
{
    for (unsigned i = 0; i < peripherals_parts(p)->config->share_count; i++)
        if (!make_share(p, i, err))
            return false;
    return true;
}

static bool recorded(const struct machine_config *config, unsigned n, char *text, size_t size)
{
    struct share_options options;
    if (n >= config->share_count || !options_of(config, n, &options, NULL))
        return false;
    /* A comma in a tag is written twice. */
    int used = snprintf(text, size, RECORDED_PATH "%s,tag=", options.writable ? ",rw" : "");
    for (const char *c = options.tag; *c != '\0'; c++)
        used += snprintf(text + used, size - (size_t)used, *c == ',' ? ",," : "%c", *c);
    return true;
}

static bool replay(struct machine_config *config, const char *text, struct error *err)
{
    struct share_options options;
    if (config->share_count == MACHINE_MAX_SHARES)
        return error_set(err, "more than %d shares", MACHINE_MAX_SHARES);
    config->shares[config->share_count++] = text;
    return options_of(config, config->share_count - 1, &options, err);
}

const struct peripheral_kind shares_peripheral = {
    .name = "share",
    .option = "--share",
    .places = BITS(VIRTIO_SLOT_SHARE + MACHINE_MAX_SHARES - 1, VIRTIO_SLOT_SHARE),
    .slots = shares_slots,
    .create = create,
    .recorded = recorded,
    .replay = replay,
};
