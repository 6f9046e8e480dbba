/* SPDX-License-Identifier: MIT */
#include "snapshot/saver.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "host/signal_watch.h"
#include "machine/control.h"
#include "machine/inspect.h"
#include "machine/travel.h"

struct saver {
    struct saver_options options;
    struct machine *machine;
    struct control_listener listener;
    struct event_source source;
    int signal; /* descriptor of SIGUSR1's watch; -1: none */
    bool signalled;
    bool step_is_due, output_is_due; /* asked for and not saved yet */
    bool output_seen;
    size_t matched;       /* bytes of the text that the console's latest are */
    size_t *fallback;     /* for each count of matched bytes, how many are left of them when the next differs */
    struct error failure; /* of a save that the options asked for; empty: none */
};

/* The past has other disks than the present. */
static bool save(struct saver *s, struct error *err)
{
    if (machine_in_the_past(s->machine))
        return error_set(err, "the machine is in its past, at step %" PRIu64 ": only the present can be saved",
                         machine_steps(s->machine));
    return snapshot_save(s->machine, s->options.path, s->options.format, err);
}

/* One that nobody waits for: the run goes on whatever becomes of it, and the user is told. */
static void save_and_say(struct saver *s, bool asked_by_option)
{
    struct error err, line;
    if (save(s, &err))
        return;
    error_set(&line, "no snapshot was saved: %.900s", err.text);
    machine_say(s->machine, line.text);
    if (asked_by_option)
        error_set(&s->failure, "the snapshot that the options ask for was not saved, as said above");
}

/* Text that the console shows. */

/* Knuth, Morris and Pratt: no byte is looked at twice, whatever the text. */
static bool prepare_text(struct saver *s, struct error *err)
{
    const char *text = s->options.at_output;
    size_t length = strlen(text);
    s->fallback = calloc(length + 1, sizeof *s->fallback);
    if (s->fallback == NULL)
        return error_set(err, "out of memory");
    for (size_t i = 1, k = 0; i < length; i++) {
        while (k > 0 && text[i] != text[k])
            k = s->fallback[k];
        k += text[i] == text[k];
        s->fallback[i + 1] = k;
    }
    return true;
}

static void on_output(void *owner, const uint8_t *bytes, size_t count)
{
    struct saver *s = owner;
    const char *text = s->options.at_output;
    for (size_t i = 0; i < count && !s->output_seen; i++) {
        while (s->matched > 0 && (uint8_t)text[s->matched] != bytes[i])
            s->matched = s->fallback[s->matched];
        s->matched += (uint8_t)text[s->matched] == bytes[i];
        s->output_seen = text[s->matched] == '\0';
    }
    if (s->output_seen && s->output_is_due)
        machine_cut_at(s->machine, 0);
}

/* Between two instructions. */

static void look(void *owner)
{
    struct saver *s = owner;
    bool step = s->step_is_due && machine_steps(s->machine) >= s->options.at_step;
    bool output = s->output_is_due && s->output_seen;
    if (!step && !output && !s->signalled)
        return;
    s->step_is_due &= !step;
    s->output_is_due &= !output;
    s->signalled = false;
    machine_cut_at(s->machine, s->step_is_due ? s->options.at_step : UINT64_MAX);
    save_and_say(s, step || output);
}

static void watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    const struct saver *s = owner;
    (void)timeout_ns;
    wait_set_add(set, s->signal, POLLIN);
}

static void serve(void *owner, const struct wait_set *set)
{
    struct saver *s = owner;
    (void)set;
    s->signalled |= signal_watch_take(s->signal);
}

static void on_end(void *owner, const struct stop *stop)
{
    struct saver *s = owner;
    (void)stop;
    if (!machine_go_home(s->machine, &s->failure))
        return;
    look(s); /* the end may have come at the very step */
    if (!s->options.has_at_step && s->options.at_output == NULL)
        save(s, &s->failure);
    else if (s->step_is_due)
        error_set(&s->failure, "no snapshot was saved: the run ended with step %" PRIu64 ", before --at-step %" PRIu64,
                  machine_steps(s->machine), s->options.at_step);
    else if (s->output_is_due)
        error_set(&s->failure, "no snapshot was saved: the run ended before the console showed '%.200s' (--at-output)",
                  s->options.at_output);
}

static bool check(const struct saver_options *options, const struct machine *machine, struct error *err)
{
    if (options->path == NULL && options->has_at_step)
        return error_set(err, "--at-step %" PRIu64 ": nothing is saved; give --save-snapshot, too", options->at_step);
    if (options->path == NULL && options->at_output != NULL)
        return error_set(err, "--at-output '%.200s': nothing is saved; give --save-snapshot, too", options->at_output);
    if (options->has_at_step && options->at_step < machine_steps(machine))
        return error_set(err, "--at-step %" PRIu64 ": the loaded machine has made %" PRIu64 " steps already",
                         options->at_step, machine_steps(machine));
    return true;
}

static bool attach(struct saver *s, struct error *err)
{
    s->signal = signal_watch_open(SIGUSR1, err);
    if (s->signal < 0)
        return false;
    s->source = (struct event_source){.owner = s, .watch = watch, .serve = serve, .poll = look};
    s->listener = (struct control_listener){.owner = s, .ended = on_end};
    if (s->options.at_output != NULL)
        s->listener.wrote = on_output;
    if (s->step_is_due)
        machine_cut_at(s->machine, s->options.at_step);
    return (machine_add_source(s->machine, &s->source) && machine_add_listener(s->machine, &s->listener)) ||
           error_set(err, "--save-snapshot: too much is attached to the machine");
}

struct saver *saver_create(const struct saver_options *options, struct machine *machine, struct error *err)
{
    if (!check(options, machine, err))
        return NULL;
    struct saver *s = calloc(1, sizeof *s);
    if (s == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    s->options = *options;
    s->machine = machine;
    s->signal = -1;
    s->step_is_due = options->has_at_step;
    s->output_is_due = options->at_output != NULL;
    if ((options->at_output == NULL || prepare_text(s, err)) && (options->path == NULL || attach(s, err)))
        return s;
    saver_destroy(s);
    return NULL;
}

void saver_destroy(struct saver *s)
{
    if (s == NULL)
        return;
    signal_watch_close(s->signal, SIGUSR1);
    free(s->fallback);
    free(s);
}

bool saver_save(struct saver *s, const char **path, struct error *err)
{
    *path = s->options.path;
    if (s->options.path == NULL)
        return error_set(err, "no file was named for snapshots: start with --save-snapshot FILE");
    return save(s, err);
}

bool saver_finish(struct saver *s, struct error *err)
{
    return s->failure.text[0] == '\0' || error_set(err, "%s", s->failure.text);
}
