/* SPDX-License-Identifier: MIT */
/* Console input on its way from the host into the guest: to whom, when and how fast. HTIF gets what it asked for; the rest goes
 * to the port of the VirtIO console that has the terminal, once the guest has opened it, else to the UART. */
#include "machine/machine_state.h"
#include "machine/ports.h"

#include <string.h>

static size_t input_room(const struct machine *m)
{
    size_t room = m->htif != NULL ? htif_room(m->htif) : 0;
    return m->terminal_open ? room : room + uart16550_room(m->uart);
}

static uint64_t ticks_per_byte(const struct machine *m)
{
    return uart16550_handshakes(m->uart) ? INPUT_TICKS_PER_BYTE_HANDSHAKE : INPUT_TICKS_PER_BYTE;
}

/* What the UART may get now. A guest that polls takes what it can use; one that is interrupted gets a burst, then no more
 * than a line would bring, or it would be kept from ever handling what it took. */
static size_t input_allowance(struct machine *m)
{
    uint64_t now = clock_ticks(&m->clock, m->steps), fresh = (now - m->input_ticks) / ticks_per_byte(m);
    m->input_ticks += fresh * ticks_per_byte(m);
    m->input_credit += fresh;
    if (m->input_credit > INPUT_BURST_BYTES)
        m->input_credit = INPUT_BURST_BYTES;
    return uart16550_polled(m->uart) ? INPUT_BYTES : (size_t)m->input_credit;
}

static size_t feed_uart(struct machine *m)
{
    size_t allowed = input_allowance(m);
    size_t taken =
        uart16550_receive(m->uart, m->input + m->input_first, m->input_count < allowed ? m->input_count : allowed);
    m->input_credit -= taken < m->input_credit ? taken : m->input_credit;
    return taken;
}

static size_t fetch_from_host(struct machine *m, uint8_t *place)
{
    size_t count = m->tap != NULL ? m->tap->read(m->tap->owner, place, INPUT_BYTES) : 0;
    if (count == 0)
        count = m->host.console_read(m->host.owner, place, INPUT_BYTES);
    if (count != 0)
        journal_put(m->journal, JOURNAL_CONSOLE, 0, place, count);
    return count;
}

static size_t fetch_again(struct machine *m, uint8_t *place)
{
    struct journal_event event;
    if (!journal_take(m->journal, JOURNAL_CONSOLE, 0, &event))
        return 0;
    size_t count = event.count < INPUT_BYTES ? event.count : INPUT_BYTES;
    memcpy(place, event.bytes, count);
    return count;
}

static void fetch(struct machine *m)
{
    if (m->input_count != 0)
        return;
    m->input_first = UART16550_FIFO_BYTES; /* room for what the UART may give back */
    uint8_t *place = m->input + m->input_first;
    journal_ask(m->journal);
    m->input_count = journal_replays(m->journal) ? fetch_again(m, place) : fetch_from_host(m, place);
    m->input_taken += m->input_count;
}

static void drop(struct machine *m, size_t taken)
{
    m->input_first += taken;
    m->input_count -= taken;
}

void machine_feed_input(struct machine *m)
{
    if (input_room(m) == 0)
        return;
    fetch(m);
    if (m->input_count == 0)
        return;
    size_t taken = m->htif != NULL ? htif_receive(m->htif, m->input + m->input_first, m->input_count) : 0;
    if (taken == 0 && !m->terminal_open)
        taken = feed_uart(m);
    drop(m, taken);
}

void machine_unread_input(struct machine *m, const uint8_t *bytes, size_t count)
{
    if (count > m->input_first)
        return; /* more than it took */
    m->input_first -= count;
    m->input_count += count;
    memcpy(m->input + m->input_first, bytes, count);
}

uint64_t machine_input_deadline(const struct machine *m, uint64_t now)
{
    bool ready = m->input_count > 0 && input_room(m) > 0;
    return ready ? now + UART16550_FIFO_BYTES * ticks_per_byte(m) : UINT64_MAX;
}

void machine_write_console(struct machine *m, const uint8_t *bytes, size_t count)
{
    m->console_bytes += count;
    if (m->quiet)
        return;
    m->host.console_write(m->host.owner, bytes, count);
    if (m->tap != NULL)
        m->tap->wrote(m->tap->owner, bytes, count);
    for (unsigned i = 0; i < m->control.listener_count; i++)
        if (m->control.listeners[i]->wrote != NULL)
            m->control.listeners[i]->wrote(m->control.listeners[i]->owner, bytes, count);
}

/* The terminal as a port sees it. */

static size_t terminal_room(void *owner)
{
    (void)owner;
    return SIZE_MAX;
}

static size_t terminal_write(void *owner, const uint8_t *bytes, size_t count)
{
    machine_write_console(owner, bytes, count);
    return count;
}

static size_t terminal_waiting(void *owner)
{
    struct machine *m = owner;
    fetch(m);
    return m->input_count;
}

static size_t terminal_read(void *owner, uint8_t *bytes, size_t size)
{
    struct machine *m = owner;
    fetch(m);
    size_t count = size < m->input_count ? size : m->input_count;
    memcpy(bytes, m->input + m->input_first, count);
    drop(m, count);
    return count;
}

static bool terminal_is_connected(void *owner)
{
    (void)owner;
    return true;
}

static void terminal_set_open(void *owner, bool open)
{
    ((struct machine *)owner)->terminal_open = open;
}

struct port_backend machine_terminal(struct machine *m)
{
    return (struct port_backend){
        .owner = m,
        .room = terminal_room,
        .write = terminal_write,
        .waiting = terminal_waiting,
        .read = terminal_read,
        .is_connected = terminal_is_connected,
        .set_open = terminal_set_open,
    };
}

static void look_at_terminal_again(struct machine *m)
{
    uint64_t words[2];
    if (journal_take_words(m->journal, JOURNAL_SIZE, 0, words, ARRAY_SIZE(words)))
        peripherals_resize(m->peripherals, (uint16_t)words[0], (uint16_t)words[1]);
}

void machine_look_at_terminal(struct machine *m)
{
    uint16_t columns, rows;
    if (journal_replays(m->journal)) {
        look_at_terminal_again(m);
        return;
    }
    if (m->host.terminal_size == NULL || !m->host.terminal_size(m->host.owner, &columns, &rows))
        return;
    uint64_t words[] = {columns, rows};
    journal_put_words(m->journal, JOURNAL_SIZE, 0, words, ARRAY_SIZE(words));
    peripherals_resize(m->peripherals, columns, rows);
}
