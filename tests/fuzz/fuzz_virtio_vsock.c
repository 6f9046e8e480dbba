/* SPDX-License-Identifier: MIT */
/* The socket device with its host side, real sockets and all: a guest that sends any packet at any time, clients and a server that
 * write, read, leave. What the guest gets is always a packet, it is never sent more on a connection than it has room for, and the
 * loop always comes to rest. */
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/bits.h"
#include "folder.h"
#include "host/vsock/vsock.h"
#include "virtio/vsock.h"
#include "virtio_slot.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x200000)
#define RINGS (RAM_BASE + 0x10000)
#define RINGS_BYTES 0x4000u /* of one queue */
#define BUFFERS (RAM_BASE + 0x40000)
#define BUFFER_BYTES UINT64_C(0x2000)
#define QUEUE_SIZE 16u
#define CID 3u
#define ENDS 6u
#define GUEST_PORTS 4u
#define ROUNDS_MAX 400u

enum { RECEIVE, TRANSMIT, EVENT, QUEUES };

struct rig {
    struct fuzz_slot slot;
    struct virtio_vsock *vsock;
    struct vsock_host *host;
    struct wait_set set;
    char folder[FOLDER_BYTES];
    int server;
    int ends[ENDS]; /* processes of the host: clients, and what the server has accepted; -1: none */
    struct driver drivers[QUEUES];
    bool driven;
    uint32_t windows[GUEST_PORTS]; /* the widest that the guest has said since it was driven */
    uint32_t last_host_port;
};

static struct sockaddr_un address_of(const struct rig *rig, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", rig->folder, name);
    return address;
}

/* The guest. */

static void start_queue(struct rig *rig, unsigned queue, unsigned choice)
{
    uint64_t place = RINGS + queue * RINGS_BYTES;
    struct virtq_config config = {(choice & 1) != 0, (choice & 2) != 0, true, QUEUE_SIZE, place,
                                  place + 0x1000,    place + 0x2000};
    driver_start(&rig->drivers[queue], &rig->slot.mem, &config);
    slot_set(&rig->slot, 0x30, queue);
    slot_set(&rig->slot, 0x38, QUEUE_SIZE);
    slot_ready_queue(&rig->slot, &config);
}

static void drive(struct rig *rig, unsigned choice)
{
    slot_set(&rig->slot, 0x70, 0);
    slot_set(&rig->slot, 0x70, 3);
    slot_set(&rig->slot, 0x24, 0);
    slot_set(&rig->slot, 0x20, (choice & 2) != 0 ? BIT(VIRTIO_F_EVENT_IDX) : 0);
    slot_set(&rig->slot, 0x24, 1);
    slot_set(&rig->slot, 0x20, 1 | ((choice & 1) != 0 ? BIT(VIRTIO_F_RING_PACKED - 32) : 0));
    slot_set(&rig->slot, 0x70, 11);
    for (unsigned i = 0; i < QUEUES; i++)
        start_queue(rig, i, choice);
    memset(rig->windows, 0, sizeof rig->windows);
    slot_set(&rig->slot, 0x70, 15);
    rig->driven = true;
}

static uint64_t buffer_of(unsigned queue, unsigned n)
{
    return BUFFERS + (queue * QUEUE_SIZE + n % QUEUE_SIZE) * BUFFER_BYTES;
}

static void offer_room(struct rig *rig, unsigned choice)
{
    static const uint32_t sizes[] = {44, 45, 60, 300, 1000, 4096 + 44, 8192, 100};
    struct driver *d = &rig->drivers[RECEIVE];
    struct model_buffer buffer = {buffer_of(RECEIVE, d->avail), sizes[choice % 8], true};
    driver_add(d, &buffer, 1, 0);
    slot_set(&rig->slot, 0x50, RECEIVE);
}

static void offer_event(struct rig *rig)
{
    struct model_buffer buffer = {BUFFERS + 3 * QUEUE_SIZE * BUFFER_BYTES, 4, true};
    driver_add(&rig->drivers[EVENT], &buffer, 1, 0);
    slot_set(&rig->slot, 0x50, EVENT);
}

static void send_packet(struct rig *rig, struct fuzz_input *input)
{
    uint8_t bytes[VSOCK_HEADER_BYTES];
    unsigned choice = (unsigned)fuzz_take(input, 1), ports = (unsigned)fuzz_take(input, 1);
    uint32_t length = (uint32_t)fuzz_take(input, 2) % 0x1800, window = (uint32_t)fuzz_take(input, 2);
    struct vsock_header header = {
        .source_cid = choice < 0xfc ? CID : choice,
        .target_cid = (ports & 0x80) == 0 ? VSOCK_CID_HOST : ports,
        .source_port = 1000 + ports % GUEST_PORTS,
        .target_port = (ports & 0x10) != 0 ? rig->last_host_port : 1 + (ports >> 2) % 2,
        .length = (choice & 7) == VSOCK_OP_RW ? length : 0,
        .type = choice < 0xf8 ? VSOCK_STREAM : 2,
        .op = choice < 0xf0 ? choice & 7 : choice,
        .flags = window & 3,
        .window = window,
        .taken = (uint32_t)fuzz_take(input, 1),
    };
    struct driver *d = &rig->drivers[TRANSMIT];
    if (rig->windows[ports % GUEST_PORTS] < window + header.taken)
        rig->windows[ports % GUEST_PORTS] = window + header.taken;
    struct model_buffer buffer = {buffer_of(TRANSMIT, d->avail), VSOCK_HEADER_BYTES + header.length, false};
    vsock_header_put(bytes, &header);
    guest_mem_write(&rig->slot.mem, buffer.gpa, bytes, sizeof bytes);
    if ((ports & 0x60) == 0x60 && header.length != 0)
        buffer.bytes--; /* less than the header says */
    driver_add(d, &buffer, 1, 0);
    slot_set(&rig->slot, 0x50, TRANSMIT);
    uint32_t id, written;
    while (!rig->slot.wild && driver_used(d, &id, &written))
        EXPECT(written == 0);
}

static void check_packet(struct rig *rig, uint64_t gpa, uint32_t written)
{
    uint8_t bytes[VSOCK_HEADER_BYTES];
    EXPECT(written >= sizeof bytes && guest_mem_read(&rig->slot.mem, gpa, bytes, sizeof bytes));
    struct vsock_header header = vsock_header_get(bytes);
    EXPECT(header.target_cid == CID && written == VSOCK_HEADER_BYTES + header.length);
    EXPECT(header.op >= VSOCK_OP_REQUEST && header.op <= VSOCK_OP_CREDIT_REQUEST);
    EXPECT(header.length == 0 || header.op == VSOCK_OP_RW);
    EXPECT(header.source_cid == VSOCK_CID_HOST || header.op == VSOCK_OP_RST);
    if (header.op == VSOCK_OP_REQUEST)
        rig->last_host_port = header.source_port;
    if (header.op == VSOCK_OP_RW)
        EXPECT(header.target_port - 1000 >= GUEST_PORTS || header.length <= rig->windows[header.target_port - 1000]);
}

/* Buffers come back in their order, so the places are known. */
static void take_packets(struct rig *rig)
{
    struct driver *d = &rig->drivers[RECEIVE];
    uint32_t id, written;
    uint16_t used = d->used;
    while (rig->driven && !rig->slot.wild && driver_used(d, &id, &written)) {
        check_packet(rig, buffer_of(RECEIVE, used), written);
        used = d->used;
    }
    while (rig->driven && !rig->slot.wild && driver_used(&rig->drivers[EVENT], &id, &written))
        EXPECT(written == 4);
}

/* The host. */

/* True if there was something to do. */
static bool go_round(struct rig *rig)
{
    uint64_t timeout = UINT64_MAX;
    wait_set_clear(&rig->set);
    vsock_host_watch(rig->host, &rig->set, &timeout);
    bool ready = wait_set_look(&rig->set);
    vsock_host_serve(rig->host, &rig->set);
    virtio_vsock_poll(rig->vsock);
    vsock_host_poll(rig->host);
    take_packets(rig);
    return ready || timeout == 0;
}

static int new_end(const struct rig *rig, unsigned choice)
{
    struct sockaddr_un address = address_of(rig, "v");
    if (choice & 1)
        return accept4(rig->server, NULL, NULL, SOCK_NONBLOCK);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static void write_line(int fd, unsigned choice)
{
    static const char *const lines[] = {
        "CONNECT 1000\n", "CONNECT 1001\nand more", "CONNECT", " 1002\n",
        "connect 1003\n", "CONNECT 99999999999\n",  "\n",      "nonsense without an end of any kind at all"};
    const char *line = lines[choice % 8];
    (void)!send(fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void use_end(struct rig *rig, struct fuzz_input *input)
{
    static uint8_t bytes[0x4000];
    unsigned choice = (unsigned)fuzz_take(input, 1), what = choice >> 5;
    int *end = &rig->ends[choice % ENDS];
    if (*end < 0) {
        *end = new_end(rig, what);
    } else if (what == 0) {
        close(*end);
        *end = -1;
    } else if (what == 1) {
        shutdown(*end, SHUT_WR);
    } else if (what == 2) {
        write_line(*end, (unsigned)fuzz_take(input, 1));
    } else if (what <= 4) {
        (void)!send(*end, bytes, fuzz_take(input, 2) % sizeof bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    } else {
        (void)!recv(*end, bytes, sizeof bytes, MSG_DONTWAIT);
    }
}

static void step(struct rig *rig, struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    if (choice == 0xff)
        slot_go_wild(&rig->slot, input, RINGS, QUEUES * RINGS_BYTES);
    else if (choice >= 0xfc || !rig->driven)
        drive(rig, (unsigned)fuzz_take(input, 1));
    else if (choice >= 0xf8)
        offer_event(rig);
    else if (choice >= 0xc0)
        offer_room(rig, choice);
    else if (choice >= 0x80)
        use_end(rig, input);
    else if (choice >= 0x40)
        go_round(rig);
    else
        send_packet(rig, input);
}

static void come_to_rest(struct rig *rig)
{
    unsigned rounds = 0;
    while (rounds < ROUNDS_MAX && go_round(rig))
        rounds++;
    EXPECT(rounds < ROUNDS_MAX);
}

static void set_up(struct rig *rig)
{
    struct vsock_options options = {.cid = CID};
    folder_create(rig->folder);
    EXPECT(ram_create(&rig->slot.ram, RAM_BASE, RAM_BYTES, NULL));
    rig->slot.mem = (struct guest_mem){&rig->slot.ram};
    strcpy(options.path, address_of(rig, "v").sun_path);
    rig->host = vsock_host_create(&options, NULL);
    EXPECT(rig->host != NULL);
    struct vsock_backend backend = vsock_host_backend(rig->host);
    rig->vsock = virtio_vsock_create(&backend, CID);
    EXPECT(rig->vsock != NULL);
    struct vsock_sink sink = virtio_vsock_sink(rig->vsock);
    vsock_host_connect(rig->host, &sink);
    struct virtio_mmio_config config = {.mem = rig->slot.mem, .device = virtio_vsock_device(rig->vsock)};
    rig->slot.mmio = virtio_mmio_create(&config);
    EXPECT(rig->slot.mmio != NULL);
    struct sockaddr_un address = address_of(rig, "v_1");
    rig->server = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    EXPECT(bind(rig->server, (struct sockaddr *)&address, sizeof address) == 0 && listen(rig->server, 4) == 0);
    for (unsigned i = 0; i < ENDS; i++)
        rig->ends[i] = -1;
}

static void tear_down(struct rig *rig)
{
    for (unsigned i = 0; i < ENDS; i++)
        if (rig->ends[i] >= 0)
            close(rig->ends[i]);
    close(rig->server);
    virtio_mmio_destroy(rig->slot.mmio);
    vsock_host_destroy(rig->host);
    virtio_vsock_destroy(rig->vsock);
    wait_set_destroy(&rig->set);
    ram_destroy(&rig->slot.ram);
    unlink(address_of(rig, "v_1").sun_path);
    EXPECT(rmdir(rig->folder) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .left = size};
    struct rig *rig = calloc(1, sizeof *rig);
    EXPECT(rig != NULL);
    set_up(rig);
    while (input.left != 0)
        step(rig, &input);
    come_to_rest(rig);
    tear_down(rig);
    free(rig);
    return 0;
}
