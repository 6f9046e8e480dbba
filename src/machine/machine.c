/* SPDX-License-Identifier: MIT */
/* Builds a machine from its parts, wires them, and takes it apart again. */
#include "machine/machine.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "host/host_time.h"
#include "machine/framebuffer.h"
#include "machine/machine_state.h"
#include "machine/map.h"
#include "machine/signature.h"

/* Of translated code. */
#define CODE_CACHE_BYTES (UINT64_C(64) << 20)

uint64_t machine_now_steps(const struct machine *m)
{
    const struct hart *h = &m->harts[m->running];
    return m->steps + (uint64_t)(h->run_steps - h->left);
}

uint64_t machine_steps(const struct machine *m)
{
    return m->steps;
}

void machine_stop(struct machine *m, enum stop_reason reason, uint64_t code)
{
    if (m->stop.reason == STOP_NONE)
        m->stop = (struct stop){reason, code};
    hart_halt(&m->harts[m->running]);
}

void machine_pass_turn(struct machine *m, unsigned hart)
{
    if (hart == m->turn)
        return;
    m->harts[m->turn].reservation.valid = false;
    if (UNLIKELY(m->strict != NULL))
        strict_pass_turn(m->strict, &m->harts[m->turn], &m->harts[hart]);
    m->turn = hart;
}

/* What harts and devices see of the machine. */

static uint64_t ticks_now(void *owner)
{
    const struct machine *m = owner;
    return clock_ticks(&m->clock, machine_now_steps(m));
}

static uint64_t env_time(void *owner, const struct hart *h)
{
    (void)h;
    return ticks_now(owner);
}

static void set_ticks(void *owner, uint64_t ticks)
{
    struct machine *m = owner;
    clock_set(&m->clock, machine_now_steps(m), ticks);
}

static uint64_t unix_ns(void *owner)
{
    const struct machine *m = owner;
    return clock_unix_ns(&m->clock, machine_now_steps(m));
}

static void deadline_changed(void *owner)
{
    struct machine *m = owner;
    m->deadline_moved = true;
    m->round_due |= m->in_run;
    hart_halt(&m->harts[m->running]);
}

void machine_note_timer(struct machine *m, struct hart *h)
{
    m->deadline_moved |= h->timer_moved;
    m->round_due |= h->timer_moved;
    h->timer_moved = false;
}

static bool env_mmio_read(void *owner, struct hart *h, uint64_t pa, unsigned size, uint64_t *value)
{
    const struct machine *m = owner;
    bool answered = bus_read(m->bus, pa, size, value);
    if (UNLIKELY(h->observer != NULL))
        observer_mmio(h, ACCESS_LOAD, pa, size, answered ? *value : 0, answered);
    return answered;
}

static bool env_mmio_write(void *owner, struct hart *h, uint64_t pa, unsigned size, uint64_t value)
{
    struct machine *m = owner;
    m->in_device = true;
    bool answered = bus_write(m->bus, pa, size, value);
    m->in_device = false;
    if (UNLIKELY(h->observer != NULL))
        observer_mmio(h, ACCESS_STORE, pa, size, value, answered);
    return answered;
}

static bool env_mmio_fetch(void *owner, struct hart *h, uint64_t pa, uint64_t *value)
{
    const struct machine *m = owner;
    (void)h;
    return bus_fetch(m->bus, pa, 2, value);
}

static void env_watched_store(void *owner, struct hart *h, uint64_t pa, unsigned size)
{
    const struct machine *m = owner;
    (void)h;
    if (m->htif != NULL)
        htif_wrote(m->htif, pa, size);
}

static bool env_ecall(void *owner, struct hart *h)
{
    struct machine *m = owner;
    if (m->sbi == NULL)
        return false;
    uint64_t eid = h->x[17], fid = h->x[16];
    if (UNLIKELY(h->observer != NULL))
        observer_sbi_call(h);
    bool served = sbi_ecall(m->sbi, h);
    if (UNLIKELY(h->observer != NULL))
        observer_sbi_return(h, eid, fid);
    return served;
}

static bool env_has_peers(void *owner)
{
    const struct machine *m = owner;
    return m->hart_count > 1;
}

static void drive_mip(void *target, unsigned bit, bool level)
{
    hart_set_line(target, BIT(bit), level);
}

static void console_write(void *owner, const uint8_t *bytes, size_t count)
{
    machine_write_console(owner, bytes, count);
}

static void console_wanted(void *owner)
{
    machine_feed_input(owner);
}

static void console_unread(void *owner, const uint8_t *bytes, size_t count)
{
    machine_unread_input(owner, bytes, count);
}

static void syscon_stop(void *owner, enum syscon_request request, uint32_t code)
{
    if (request == SYSCON_REQUEST_PASS)
        machine_stop(owner, STOP_POWEROFF, 0);
    else if (request == SYSCON_REQUEST_RESET)
        machine_stop(owner, STOP_RESET, 0);
    else
        machine_stop(owner, STOP_FAIL, code);
}

static void htif_stop(void *owner, uint64_t code)
{
    machine_stop(owner, code == 0 ? STOP_POWEROFF : STOP_FAIL, code);
}

/* SBI's console is the UART, as any firmware's is: LSR says whether RBR holds a byte. */
static size_t sbi_console_read(void *owner, uint8_t *bytes, size_t count)
{
    const struct machine *m = owner;
    const struct device *uart = uart16550_device(m->uart);
    for (size_t i = 0; i < count; i++) {
        uint64_t status = 0, byte = 0;
        if (!device_read(uart, 5, 1, &status) || !(status & 1) || !device_read(uart, 0, 1, &byte))
            return i;
        bytes[i] = (uint8_t)byte;
    }
    return count;
}

static void sbi_end(void *owner, enum sbi_end end, uint64_t code)
{
    static const enum stop_reason reason[] = {
        [SBI_END_POWEROFF] = STOP_POWEROFF, [SBI_END_REBOOT] = STOP_RESET, [SBI_END_FAIL] = STOP_FAIL};
    machine_stop(owner, reason[end], code);
}

/* Parts, in the order in which they are made; destroyed in reverse. */

static bool make_memory(struct machine *m, struct error *err)
{
    struct ram_place place = framebuffer_memory(&m->config);
    if (!ram_create(&m->ram, place.base, place.bytes, err))
        return false;
    m->mem = (struct guest_mem){&m->ram};
    m->decoder = decoder_create(&m->config.ext);
    m->cache = code_cache_create(&m->ram, &m->engine->ops, CODE_CACHE_BYTES);
    if (m->config.engine == ENGINE_PROFILE)
        m->profile = calloc(1, sizeof *m->profile);
    bool all = m->decoder != NULL && m->cache != NULL && (m->profile != NULL || m->config.engine != ENGINE_PROFILE);
    return all || error_set(err, "out of memory");
}

static bool make_harts(struct machine *m, struct error *err)
{
    m->harts = calloc(m->hart_count, sizeof *m->harts);
    m->tlbs = calloc(m->hart_count, sizeof *m->tlbs);
    if (m->harts == NULL || m->tlbs == NULL)
        return error_set(err, "out of memory for %u harts", m->hart_count);
    for (unsigned i = 0; i < m->hart_count; i++) {
        struct hart *h = &m->harts[i];
        if (!tlb_create(&m->tlbs[i]) || !code_cache_add_tlb(m->cache, &m->tlbs[i]))
            return error_set(err, "out of memory for the TLB of hart %u", i);
        h->id = i;
        h->ext = m->config.ext;
        h->ram = &m->ram;
        h->tlb = &m->tlbs[i];
        h->cache = m->cache;
        h->decoder = m->decoder;
        h->profile = m->profile;
        h->pmp_open = m->config.pmp_open;
        h->pass_step = UINT64_MAX;
        h->env = (struct cpu_env){m,         env_time, env_mmio_read, env_mmio_write, env_mmio_fetch, env_watched_store,
                                  env_ecall, NULL,     env_has_peers};
    }
    return true;
}

static struct irq_line mip_line(struct machine *m, unsigned hart, unsigned irq)
{
    return (struct irq_line){&m->harts[hart], drive_mip, irq};
}

static bool make_interrupt_controllers(struct machine *m, struct error *err)
{
    struct irq_line msip[MACHINE_MAX_HARTS], mtip[MACHINE_MAX_HARTS], external[2 * MACHINE_MAX_HARTS];
    for (unsigned i = 0; i < m->hart_count; i++) {
        msip[i] = mip_line(m, i, IRQ_machine_software);
        mtip[i] = mip_line(m, i, IRQ_machine_timer);
        external[2 * i] = mip_line(m, i, IRQ_machine_external);
        external[2 * i + 1] = mip_line(m, i, IRQ_supervisor_external);
    }
    m->time = (struct time_source){m, ticks_now, set_ticks, unix_ns, deadline_changed};
    m->clint = clint_create(m->hart_count, &m->time, msip, mtip);
    m->plic = plic_create(m->hart_count, external);
    return (m->clint != NULL && m->plic != NULL) || error_set(err, "out of memory");
}

static bool make_devices(struct machine *m, struct error *err)
{
    struct char_backend output = {m, console_write, console_wanted, console_unread};
    struct irq_line uart_irq = plic_line(m->plic, map_row(MAP_uart)->irq),
                    rtc_irq = plic_line(m->plic, map_row(MAP_rtc)->irq);
    m->uart = uart16550_create(&output, &uart_irq);
    m->rtc = goldfish_rtc_create(&m->time, &rtc_irq);
    m->syscon = syscon_create(syscon_stop, m);
    if (m->uart == NULL || m->rtc == NULL || m->syscon == NULL)
        return error_set(err, "out of memory");
    if (m->plan.tohost != BOOT_ABSENT) {
        m->htif = htif_create(&m->mem, m->plan.tohost, m->plan.fromhost, &output, htif_stop, m, err);
        if (m->htif == NULL)
            return false;
        m->ram.page_state[(m->plan.tohost - m->ram.base) >> PAGE_SHIFT] |= RAM_PAGE_WATCHED;
    }
    return true;
}

static bool attach(struct machine *m, enum map_id id, const struct device *device, struct error *err)
{
    return bus_attach(m->bus, map_row(id)->base, map_row(id)->size, device, err);
}

static bool make_bus(struct machine *m, struct error *err)
{
    m->bus = bus_create();
    if (m->bus == NULL)
        return error_set(err, "out of memory");
    const struct map_row *rom = map_row(MAP_reset_rom);
    return bus_attach_rom(m->bus, rom->name, rom->base, rom->size, m->plan.rom, sizeof m->plan.rom, err) &&
           attach(m, MAP_test, syscon_device(m->syscon), err) && attach(m, MAP_rtc, goldfish_rtc_device(m->rtc), err) &&
           attach(m, MAP_rtc_alias, goldfish_rtc_device(m->rtc), err) &&
           attach(m, MAP_clint, clint_device(m->clint), err) && attach(m, MAP_plic, plic_device(m->plic), err) &&
           attach(m, MAP_uart, uart16550_device(m->uart), err);
}

static bool make_peripherals(struct machine *m, struct error *err)
{
    struct peripherals_parts parts = {
        .config = &m->config,
        .mem = m->mem,
        .bus = m->bus,
        .plic = m->plic,
        .time = m->time,
        .message = machine_message(m),
        .wait_for_host = control_wait_for_host,
        .machine = m,
        .journal = m->journal,
        .steps = &m->steps,
        .terminal = machine_terminal(m),
        .quit = {m, control_quit},
    };
    m->peripherals = peripherals_create(&parts, err);
    return m->peripherals != NULL;
}

static bool make_sbi(struct machine *m, struct error *err)
{
    if (!m->plan.builtin_sbi)
        return true;
    struct sbi_host host = {
        .harts = m->harts,
        .hart_count = m->hart_count,
        .mem = m->mem,
        .console = {.owner = m, .write = console_write},
        .owner = m,
        .console_read = sbi_console_read,
        .end = sbi_end,
        .time = m->time,
    };
    m->sbi = sbi_create(&host);
    return m->sbi != NULL || error_set(err, "out of memory");
}

static bool make_digest_log(struct machine *m, struct error *err)
{
    if (m->config.digest_log == NULL)
        return true;
    m->digest_log = digest_log_create(m->config.digest_log, err);
    return m->digest_log != NULL;
}

static bool make_history(struct machine *m, struct error *err)
{
    if (m->config.history_bytes == 0)
        return true;
    m->history = history_create(m, m->config.history_bytes, err);
    return m->history != NULL;
}

static bool build(struct machine *m, struct error *err)
{
    if (m->config.strict & STRICT_BIT(svade))
        m->config.ext.has[EXT_svade] = true;
    return machine_begin(m, err) &&
           boot_prepare(&m->config, map_row(MAP_dram)->base, m->config.memory_bytes, &m->plan, err) &&
           signature_check(&m->config, &m->plan, err) && make_memory(m, err) && make_harts(m, err) &&
           machine_make_strict(m, err) && make_interrupt_controllers(m, err) && make_devices(m, err) &&
           make_bus(m, err) && make_peripherals(m, err) && make_sbi(m, err) && make_digest_log(m, err) &&
           make_history(m, err) && machine_start(m, true, err);
}

static const struct engine *engine_of(enum engine_kind kind)
{
    switch (kind) {
    case ENGINE_SWITCH: return &engine_switch;
    case ENGINE_PROFILE: return &engine_profile;
    default: return &engine_tail;
    }
}

struct machine *machine_create(const struct machine_config *config, const struct machine_host *host, struct error *err)
{
    struct machine *m = calloc(1, sizeof *m);
    if (m == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    m->config = *config;
    m->host = *host;
    m->ram.fd = -1;
    m->history_due = m->leg_end = m->control.cut_step = UINT64_MAX;
    m->hart_count = config->cpus;
    m->engine = m->chosen_engine = engine_of(config->engine);
    if (build(m, err))
        return m;
    machine_destroy(m);
    return NULL;
}

void machine_destroy(struct machine *m)
{
    if (m == NULL)
        return;
    travel_destroy(m);
    history_destroy(m->history);
    sbi_destroy(m->sbi);
    peripherals_destroy(m->peripherals);
    bus_destroy(m->bus);
    htif_destroy(m->htif);
    syscon_destroy(m->syscon);
    goldfish_rtc_destroy(m->rtc);
    uart16550_destroy(m->uart);
    plic_destroy(m->plic);
    clint_destroy(m->clint);
    strict_destroy(m->strict);
    for (unsigned i = 0; m->tlbs != NULL && i < m->hart_count; i++)
        tlb_destroy(&m->tlbs[i]);
    free(m->tlbs);
    free(m->harts);
    code_cache_destroy(m->cache);
    decoder_destroy(m->decoder);
    free(m->profile);
    digest_log_destroy(m->digest_log);
    ram_destroy(&m->ram);
    boot_destroy(&m->plan);
    wait_set_destroy(&m->wait_set);
    if (m->own_journal)
        journal_destroy(m->journal);
    free(m);
}

bool machine_start(struct machine *m, bool fresh, struct error *err)
{
    bool restored = fresh && m->config.saved_boot != NULL && !journal_replays(m->journal);
    if (!fresh && m->config.saved_boot_check != NULL && !m->config.saved_boot_check(m->config.saved_boot_owner, err))
        return false;
    if (!restored && !boot_load(&m->plan, &m->mem, fresh, err))
        return false;
    code_cache_flush(m->cache);
    if (m->strict != NULL)
        strict_forget(m->strict);
    for (unsigned i = 0; i < m->hart_count; i++)
        hart_reset(&m->harts[i], m->plan.reset_pc);
    bus_reset(m->bus);
    if (m->htif != NULL)
        htif_reset(m->htif);
    if (fresh)
        clock_init(&m->clock, m->config.clock, host_now_ns(), machine_epoch_ns(m));
    if (m->sbi != NULL)
        sbi_enter(m->sbi, &m->harts[0], m->plan.entry, m->plan.dtb_addr);
    m->turn = m->running = 0;
    m->stop = (struct stop){0};
    m->console_bytes = 0;
    if (m->supervisor != NULL && m->supervisor->started != NULL)
        m->supervisor->started(m->supervisor->owner);
    m->deadline_moved = m->round_due = true;
    if (m->history != NULL)
        history_restart(m->history);
    m->sync_due = m->steps; /* loading takes long compared to what a guest that keeps resetting runs */
    return true;
}

/* The error that ended the run is the one to tell, but what the guest has written is made stable all the same. */
static bool finish(struct machine *m, struct error *err)
{
    bool stable = peripherals_finish(m->peripherals, err);
    if (m->failure.text[0] != '\0')
        return error_set(err, "%s", m->failure.text);
    return stable && signature_write(&m->config, &m->plan, &m->mem, err) && digest_log_finish(m->digest_log, m, err);
}

bool machine_run(struct machine *m, struct stop *stop, struct error *err)
{
    m->started_ns = host_now_ns();
    control_come_back(m);
    if (!m->control.selective)
        m->held = 0;              /* whoever held a hart of a loaded machine is gone */
    if (m->config.max_steps != 0) /* what a loaded machine made before does not count */
        m->config.max_steps = m->config.max_steps > UINT64_MAX - m->steps ? UINT64_MAX : m->config.max_steps + m->steps;
    machine_loop(m);
    while (m->stop.reason == STOP_RESET && !m->config.no_reboot) {
        if (!machine_start(m, false, err))
            return false;
        machine_loop(m);
    }
    *stop = m->stop;
    if (m->stop.reason == STOP_NONE) {
        control_left(m);
        return true;
    }
    control_ended(m);
    return finish(m, err);
}
