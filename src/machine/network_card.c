/* SPDX-License-Identifier: MIT */
/* The capture shows what passes between card and cable, with its checksums complete and as long as the guest made it, at the
 * guest's time. */
#include "machine/network_card.h"

#include <stdlib.h>
#include <string.h>

#include "bus/net_offload.h"
#include "host/net/net_link.h"
#include "host/net/pcap.h"
#include "virtio/net.h"

struct network_card {
    unsigned number;
    struct time_source time;
    struct virtio_message message;
    struct journal *journal;
    struct net_link link; /* nothing, if the machine is a replay */
    struct virtio_net *net;
    struct net_sink sink;
    bool takes_more;   /* what the latest send said */
    struct pcap *pcap; /* NULL: nobody watches */
    uint8_t completed[NET_FRAME_LIMIT];
};

static void say(void *owner, const char *line)
{
    const struct network_card *card = owner;
    if (card->message.say != NULL)
        card->message.say(card->message.owner, line);
}

static void capture(struct network_card *card, const struct net_offload *offload, const uint8_t *frame, size_t length)
{
    struct error trouble;
    if (card->pcap == NULL)
        return;
    if ((offload->flags & NET_NEEDS_CSUM) != 0) {
        memcpy(card->completed, frame, length);
        net_offload_complete(offload, card->completed, length);
        frame = card->completed;
    }
    if (!pcap_write(card->pcap, card->time.unix_ns(card->time.owner), frame, length, &trouble))
        say(card, trouble.text);
}

/* To the guest. What it refuses is in the journal as well, since it may have noticed. */

static const struct net_offload nothing;

static bool hand_over(struct network_card *card, const uint8_t *frame, size_t length)
{
    if (!card->sink.receive(card->sink.owner, frame, length))
        return false;
    capture(card, &nothing, frame, length);
    return true;
}

static bool hand_over_offloaded(struct network_card *card, const struct net_offload *offload, const uint8_t *frame,
                                size_t length)
{
    if (!net_offload_is_legal(offload, length))
        return true;
    if (!card->sink.receive_offloaded(card->sink.owner, offload, frame, length))
        return false;
    capture(card, offload, frame, length);
    return true;
}

static bool receive(void *owner, const uint8_t *frame, size_t length)
{
    struct network_card *card = owner;
    journal_put(card->journal, JOURNAL_FRAME, card->number, frame, length);
    return hand_over(card, frame, length);
}

/* The words of an offload in the journal. */
enum { WORD_FLAGS, WORD_GSO, WORD_HEADER_BYTES, WORD_GSO_SIZE, WORD_CSUM_START, WORD_CSUM_OFFSET, OFFLOAD_WORDS };

static bool receive_offloaded(void *owner, const struct net_offload *offload, const uint8_t *frame, size_t length)
{
    struct network_card *card = owner;
    uint64_t words[OFFLOAD_WORDS] = {
        [WORD_FLAGS] = offload->flags,
        [WORD_GSO] = offload->gso,
        [WORD_HEADER_BYTES] = offload->header_bytes,
        [WORD_GSO_SIZE] = offload->gso_size,
        [WORD_CSUM_START] = offload->csum_start,
        [WORD_CSUM_OFFSET] = offload->csum_offset,
    };
    journal_put_behind_words(card->journal, JOURNAL_PACKET, card->number, words, OFFLOAD_WORDS, frame, length);
    return hand_over_offloaded(card, offload, frame, length);
}

static void set_link(struct network_card *card, bool up)
{
    journal_put_words(card->journal, JOURNAL_LINK, card->number, &(uint64_t){up}, 1);
    virtio_net_set_link(card->net, up);
}

/* In a replay: what came at this occasion. */

static bool is_frame(size_t length)
{
    return length >= NET_HEADER_BYTES && length <= NET_FRAME_LIMIT;
}

static bool frame_again(struct network_card *card)
{
    struct journal_event event;
    if (!journal_take(card->journal, JOURNAL_FRAME, card->number, &event))
        return false;
    if (is_frame(event.count))
        hand_over(card, event.bytes, event.count);
    return true;
}

static bool packet_again(struct network_card *card)
{
    struct journal_event event;
    uint64_t words[OFFLOAD_WORDS];
    if (!journal_take(card->journal, JOURNAL_PACKET, card->number, &event))
        return false;
    size_t skipped = journal_event_words(&event, words, OFFLOAD_WORDS);
    if (skipped == 0 || !is_frame(event.count - skipped))
        return true;
    struct net_offload offload = {
        .flags = (uint8_t)words[WORD_FLAGS],
        .gso = (uint8_t)words[WORD_GSO],
        .header_bytes = (uint16_t)words[WORD_HEADER_BYTES],
        .gso_size = (uint16_t)words[WORD_GSO_SIZE],
        .csum_start = (uint16_t)words[WORD_CSUM_START],
        .csum_offset = (uint16_t)words[WORD_CSUM_OFFSET],
    };
    hand_over_offloaded(card, &offload, event.bytes + skipped, event.count - skipped);
    return true;
}

static bool link_again(struct network_card *card)
{
    uint64_t up;
    if (!journal_take_words(card->journal, JOURNAL_LINK, card->number, &up, 1))
        return false;
    virtio_net_set_link(card->net, up != 0);
    return true;
}

static bool room_again(struct network_card *card)
{
    uint64_t room;
    if (!journal_take_words(card->journal, JOURNAL_CABLE_ROOM, card->number, &room, 1))
        return false;
    card->takes_more = room != 0;
    if (room != 0)
        virtio_net_go_on(card->net);
    return true;
}

static void replay(struct network_card *card)
{
    while (frame_again(card) || packet_again(card) || link_again(card) || room_again(card))
        continue;
}

/* From the guest. */

static bool send_segment(void *owner, const uint8_t *segment, size_t length)
{
    struct network_card *card = owner;
    card->takes_more &= card->link.backend.send(card->link.backend.owner, segment, length);
    return true;
}

/* What is to be cut and cannot be is lost. */
static void pass_on(struct network_card *card, const struct net_offload *offload, uint8_t *frame, size_t length)
{
    const struct net_backend *backend = &card->link.backend;
    if (backend->send_offloaded != NULL) {
        card->takes_more = backend->send_offloaded(backend->owner, offload, frame, length);
    } else if (offload->gso != NET_GSO_NONE && !card->link.takes_long) {
        net_offload_cut(offload, frame, length, send_segment, card);
    } else {
        net_offload_complete(offload, frame, length);
        send_segment(card, frame, length);
    }
    if (!card->takes_more)
        journal_put_words(card->journal, JOURNAL_CABLE_ROOM, card->number, &(uint64_t){0}, 1);
}

static bool send_offloaded(void *owner, const struct net_offload *offload, uint8_t *frame, size_t length)
{
    struct network_card *card = owner;
    capture(card, offload, frame, length);
    journal_ask(card->journal);
    card->takes_more = true;
    if (journal_replays(card->journal))
        replay(card);
    else
        pass_on(card, offload, frame, length);
    return card->takes_more;
}

static void flush(void *owner)
{
    const struct network_card *card = owner;
    if (!journal_replays(card->journal) && card->link.backend.flush != NULL)
        card->link.backend.flush(card->link.backend.owner);
}

static void has_room(void *owner)
{
    struct network_card *card = owner;
    journal_ask(card->journal);
    if (journal_replays(card->journal))
        replay(card);
    else
        card->link.backend.has_room(card->link.backend.owner);
}

/* The event loop. */

static void card_watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    const struct network_card *card = owner;
    const struct event_source *events = &card->link.events;
    events->watch(events->owner, set, timeout_ns);
}

/* The card is as its cable is: after a load, too, which knew another one. */
static void tell_card(struct network_card *card)
{
    const struct net_link *link = &card->link;
    bool up = link->is_up == NULL || link->is_up(link->owner);
    if (up != virtio_net_link(card->net))
        set_link(card, up);
    if (!virtio_net_is_stalled(card->net) || (link->takes_more != NULL && !link->takes_more(link->owner)))
        return;
    journal_put_words(card->journal, JOURNAL_CABLE_ROOM, card->number, &(uint64_t){1}, 1);
    virtio_net_go_on(card->net);
}

static void card_serve(void *owner, const struct wait_set *set)
{
    struct network_card *card = owner;
    journal_ask(card->journal);
    if (journal_replays(card->journal)) {
        replay(card);
        return;
    }
    card->link.events.serve(card->link.events.owner, set);
    tell_card(card);
}

/* While frames flow, more often than serve is called. */
static void card_poll(void *owner)
{
    struct network_card *card = owner;
    journal_ask(card->journal);
    if (journal_replays(card->journal)) {
        replay(card);
    } else if (card->link.events.poll != NULL) {
        card->link.events.poll(card->link.events.owner);
        tell_card(card);
    }
}

static bool is_open(void *owner)
{
    const struct network_card *card = owner;
    return card->sink.is_open(card->sink.owner);
}

static unsigned offloads(void *owner)
{
    const struct network_card *card = owner;
    return card->sink.offloads(card->sink.owner);
}

static uint32_t mtu(void *owner)
{
    const struct network_card *card = owner;
    return card->sink.mtu(card->sink.owner);
}

/* Making and ending. */

static bool make_link(struct network_card *card, const struct net_options *options, struct error *err)
{
    struct net_message message = {card, say};
    return journal_replays(card->journal) || net_link_create(options, &message, &card->link, err) ||
           error_prefix(err, "--net");
}

static bool make_net(struct network_card *card, const struct net_options *options, struct error *err)
{
    struct net_backend towards_host = {
        .owner = card, .send_offloaded = send_offloaded, .flush = flush, .has_room = has_room};
    struct net_sink towards_guest = {
        .owner = card,
        .receive = receive,
        .receive_offloaded = receive_offloaded,
        .offloads = offloads,
        .is_open = is_open,
        .mtu = mtu,
    };
    card->net = virtio_net_create(&towards_host, options->address, options->mtu);
    if (card->net == NULL)
        return error_set(err, "out of memory");
    card->sink = virtio_net_sink(card->net);
    if (card->link.connect != NULL)
        card->link.connect(card->link.owner, &towards_guest);
    return true;
}

static bool make_capture(struct network_card *card, const char *path, struct error *err)
{
    if (path == NULL)
        return true;
    card->pcap = pcap_open(path, err);
    return card->pcap != NULL || error_prefix(err, "--pcap");
}

struct network_card *network_card_create(const struct network_card_parts *parts, struct error *err)
{
    struct network_card *card = calloc(1, sizeof *card);
    if (card == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    card->number = parts->number;
    card->time = parts->time;
    card->message = parts->message;
    card->journal = parts->journal;
    if (make_link(card, parts->options, err) && make_net(card, parts->options, err) &&
        make_capture(card, parts->pcap, err))
        return card;
    network_card_destroy(card);
    return NULL;
}

void network_card_destroy(struct network_card *card)
{
    if (card == NULL)
        return;
    net_link_destroy(&card->link);
    virtio_net_destroy(card->net);
    pcap_close(card->pcap);
    free(card);
}

struct virtio_device network_card_device(struct network_card *card)
{
    return virtio_net_device(card->net);
}

struct event_source network_card_events(struct network_card *card)
{
    return (struct event_source){.owner = card, .watch = card_watch, .serve = card_serve, .poll = card_poll};
}
