/* SPDX-License-Identifier: MIT */
#include "cli/run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/attach.h"
#include "cli/command.h"
#include "cli/config_save.h"
#include "cli/example.h"
#include "cli/help.h"
#include "cli/load.h"
#include "host/console/console.h"
#include "host/console/terminal.h"
#include "machine/machine.h"
#include "snapshot/recording.h"

static void list_examples(void)
{
    size_t count;
    const struct example *examples = example_table(&count);
    for (size_t i = 0; i < count; i++)
        printf("%-20s %s\n", examples[i].name, examples[i].meaning);
}

bool run_options(const char *command, int count, char *const *arguments, struct options *options, bool *done,
                 struct error *err)
{
    options_init(options);
    if (!options_parse(options, count, arguments, err))
        return false;
    if (options->save_config != NULL && !options->help && !config_save(options, count, arguments, err))
        return false;
    *done = options->help || options->list_examples;
    if (options->help)
        help_command(stdout, command_find(command, NULL));
    else if (options->list_examples)
        list_examples();
    return true;
}

/* The machine's view of the console. */
static void host_write(void *owner, const uint8_t *bytes, size_t count)
{
    console_write(owner, bytes, count);
}

static size_t host_read(void *owner, uint8_t *bytes, size_t size)
{
    return console_read(owner, bytes, size);
}

static void host_skip(void *owner, uint64_t bytes)
{
    console_skip_input(owner, bytes);
}

static void host_wait(void *owner, struct wait_set *set, uint64_t timeout_ns)
{
    console_wait(owner, set, timeout_ns);
}

static bool host_interrupted(void *owner, struct stop *stop)
{
    int number = 0;
    switch (console_poll(owner, &number)) {
    case CONSOLE_GOES_ON: return false;
    case CONSOLE_SIGNAL: *stop = (struct stop){STOP_SIGNAL, (uint64_t)number}; return true;
    case CONSOLE_CLOSED: /* as the signal would do that is ignored */
        *stop = (struct stop){STOP_SIGNAL, SIGPIPE};
        return true;
    case CONSOLE_QUIT:
    case CONSOLE_FAILED: break;
    }
    *stop = (struct stop){STOP_QUIT, 0};
    return true;
}

static void host_message(void *owner, const char *line)
{
    console_message(owner, line);
}

static bool host_terminal_size(void *owner, uint16_t *columns, uint16_t *rows)
{
    (void)owner;
    return terminal_size(columns, rows);
}

bool run_describe_stop(const struct stop *stop, const struct machine_config *config, char *line, size_t size)
{
    switch (stop->reason) {
    case STOP_FAIL: snprintf(line, size, "the guest failed with code %" PRIu64, stop->code); return true;
    case STOP_RESET: snprintf(line, size, "the guest asked for a reset (--no-reboot)"); return true;
    case STOP_BUDGET:
        snprintf(line, size, "stopped after %" PRIu64 " instructions (--max-insns)", config->max_steps);
        return true;
    case STOP_STUCK:
        snprintf(line, size, "%s",
                 stop->code == STUCK_BOARD ? "a board may not forgive what is told above (--strict)"
                                           : "stopped because the guest is stuck (--explain stop)");
        return true;
    case STOP_TIMEOUT: snprintf(line, size, "stopped after %g s (--timeout-secs)", config->timeout_secs); return true;
    case STOP_SIGNAL:
        if (stop->code != SIGPIPE)
            snprintf(line, size, "stopped by signal %" PRIu64 " (%s)", stop->code, strsignal((int)stop->code));
        return stop->code != SIGPIPE;
    default: return false;
    }
}

static void report(const struct stop *stop, const struct options *options, uint64_t steps)
{
    char line[128];
    if (run_describe_stop(stop, &options->config, line, sizeof line))
        fprintf(stderr, "microvm: %s\n", line);
    if (options->config.verbose > 0)
        fprintf(stderr, "microvm: %" PRIu64 " instructions\n", steps);
}

/* What a run is recorded on, or comes from; all NULL: neither. */
struct tape {
    struct recording *recording;
    struct replay *replay;
    struct snapshot *snapshot;
};

static bool check_tape(const struct options *options, struct error *err)
{
    const struct machine_config *config = &options->config;
    const char *contradiction = option_of_machine(options);
    if (options->record != NULL && options->load_snapshot != NULL)
        return error_set(err,
                         "--record '%.200s' and --load-snapshot '%.200s': a recording begins with the machine's start",
                         options->record, options->load_snapshot);
    if (options->replay == NULL)
        return true;
    if (options->record != NULL)
        return error_set(err, "--record and --replay: a replay is recorded already");
    if (config->kernel != NULL)
        return error_set(err, "--replay '%.200s' and kernel '%.200s': the recording has its own", options->replay,
                         config->kernel);
    return contradiction == NULL || error_set(err, "--replay '%.200s' and --%s: the recording says what the machine is",
                                              options->replay, contradiction);
}

/* Makes config that of the tape, or for it. */
static bool open_tape(struct options *options, struct tape *tape, struct error *err)
{
    struct machine_config *config = &options->config;
    bool cut = false;
    *tape = (struct tape){NULL, NULL, NULL};
    if (!check_tape(options, err))
        return false;
    if (options->record != NULL)
        tape->recording = recording_create(options->record, config, err);
    if (options->replay != NULL)
        tape->replay = replay_open(options->replay, config, &cut, err);
    if (cut)
        fprintf(stderr, "microvm: recording '%s' ends before its run did: what there is of it is replayed\n",
                options->replay);
    if (options->load_snapshot != NULL)
        tape->snapshot = load_open(options, err);
    return (options->record == NULL || tape->recording != NULL) && (options->replay == NULL || tape->replay != NULL) &&
           (options->load_snapshot == NULL || tape->snapshot != NULL);
}

static bool finish_tape(const struct tape *tape, struct machine *machine, const struct stop *stop, struct error *err)
{
    return (tape->recording == NULL || recording_finish(tape->recording, machine, stop, err)) &&
           (tape->replay == NULL || replay_finish(tape->replay, machine, stop, err));
}

static void close_tape(const struct tape *tape)
{
    recording_destroy(tape->recording);
    replay_close(tape->replay);
    snapshot_close(tape->snapshot);
}

/* A new machine, or a saved one. */
static struct machine *make_machine(const struct options *options, const struct tape *tape,
                                    const struct machine_host *host, struct error *err)
{
    struct machine *machine = machine_create(&options->config, host, err);
    if (machine == NULL || tape->snapshot == NULL || snapshot_load(tape->snapshot, machine, true, err))
        return machine;
    machine_destroy(machine);
    return NULL;
}

static bool run_on_console(struct console *console, const struct options *options, const struct tape *tape,
                           struct stop *stop, uint64_t *steps, struct error *err)
{
    struct machine_host host = {console,          host_write,   host_read,          host_wait,
                                host_interrupted, host_message, host_terminal_size, host_skip};
    struct machine *machine = make_machine(options, tape, &host, err);
    if (machine == NULL)
        return false;
    if (tape->recording != NULL && !recording_begin(tape->recording, machine, err)) {
        machine_destroy(machine);
        return false;
    }
    struct attachments *attachments = attach_create(&options->attach, machine, console, err);
    if (attachments != NULL && machine_note(machine) != NULL)
        fprintf(stderr, "microvm: %s\n", machine_note(machine));
    if (attachments != NULL && options->config.verbose > 0)
        fprintf(stderr, "microvm: %s\n", machine_choice(machine));
    bool ok = attachments != NULL && machine_run(machine, stop, err) && attach_finish(attachments, err) &&
              finish_tape(tape, machine, stop, err);
    if (ok && stop->reason == STOP_POWEROFF && attach_found_bugs(attachments))
        *stop = (struct stop){STOP_STUCK, STUCK_BOARD};
    if (ok && options->config.verbose > 1)
        fprintf(stderr, "microvm: state digest %016" PRIx64 "\n", machine_state_hash(machine));
    if (ok)
        machine_print_profile(machine, stderr);
    *steps = machine_steps(machine);
    attach_destroy(attachments);
    machine_destroy(machine);
    return ok;
}

static bool run(const struct options *options, const struct tape *tape, int silent_signal, struct stop *stop,
                struct error *err)
{
    struct console_config config = {
        .input_fd = STDIN_FILENO,
        .output_fd = STDOUT_FILENO,
        .connected = options->config.console != CONSOLE_NONE,
        .filtered = options->config.console == CONSOLE_FILTER,
    };
    uint64_t steps = 0;
    struct console *console = console_open(&config, err);
    if (console == NULL)
        return false;
    bool ran = run_on_console(console, options, tape, stop, &steps, err);
    struct error close_error;
    if (!console_close(console, &close_error)) {
        if (ran) /* else the first error is the one to tell */
            *err = close_error;
        return false;
    }
    if (ran && (stop->reason != STOP_SIGNAL || stop->code != (uint64_t)silent_signal))
        report(stop, options, steps);
    return ran;
}

static bool has_guest(const struct options *options)
{
    const struct machine_config *config = &options->config;
    return options->replay != NULL || options->load_snapshot != NULL || config->kernel != NULL ||
           config->image != NULL || config->firmware == FIRMWARE_FILE;
}

static bool run_machine(struct options *options, int silent_signal, struct stop *stop, struct error *err)
{
    struct tape tape;
    if (!has_guest(options) && options->save_config != NULL)
        return true;
    if (!has_guest(options))
        return error_set(err, "nothing to run: name a kernel (microvm run FILE) or try --example minimal-kernel");
    bool ran = open_tape(options, &tape, err) && run(options, &tape, silent_signal, stop, err);
    close_tape(&tape);
    return ran;
}

bool run_guest(int count, char *const *arguments, int silent_signal, struct stop *stop, struct error *err)
{
    struct options options;
    bool done = false;
    *stop = (struct stop){STOP_NONE, 0};
    bool ok = run_options("run", count, arguments, &options, &done, err) &&
              (done || run_machine(&options, silent_signal, stop, err));
    options_reset(&options);
    return ok;
}

bool command_run(int count, char *const *arguments, int *status, struct error *err)
{
    struct stop stop;
    if (!run_guest(count, arguments, 0, &stop, err))
        return false;
    *status = stop_exit_status(&stop);
    return true;
}
