/* SPDX-License-Identifier: MIT */
/* Adds one to the first byte of the disk in the first slot, says what it was, and powers off: "the disk said A". */
#include <stdint.h>

#define SLOT ((volatile uint32_t *)0x10001000)
#define UART ((volatile uint8_t *)0x10000000)
#define FINISHER ((volatile uint32_t *)0x100000)
enum {
    MAGIC,
    VERSION,
    DEVICE_ID,
    DRIVER_FEATURES = 8,
    DRIVER_FEATURES_SEL,
    QUEUE_SEL = 12,
    QUEUE_NUM = 14,
    QUEUE_READY = 17,
    QUEUE_NOTIFY = 20,
    STATUS = 28,
    QUEUE_DESC = 32,
    QUEUE_DRIVER = 36,
    QUEUE_DEVICE = 40
};
enum { NEXT = 1, WRITE = 2, IN = 0, OUT = 1 };

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};

static struct {
    struct descriptor desc[4];
    uint16_t avail[8];
    struct {
        volatile uint16_t flags, index;
        uint32_t ring[8];
    } used;
} queue __attribute__((aligned(16)));
static struct {
    uint32_t type, reserved;
    uint64_t sector;
} header;
static uint8_t sector[512];
static volatile uint8_t status;

static void print(const char *text)
{
    while (*text != '\0')
        *UART = (uint8_t)*text++;
}

static void set_address(int where, const volatile void *address)
{
    SLOT[where] = (uint32_t)(uintptr_t)address;
    SLOT[where + 1] = (uint32_t)((uint64_t)(uintptr_t)address >> 32);
}

/* Acknowledged, driver, VERSION_1, one queue of four, ready. */
static void start_device(void)
{
    SLOT[STATUS] = 0;
    SLOT[STATUS] = 3;
    SLOT[DRIVER_FEATURES_SEL] = 1;
    SLOT[DRIVER_FEATURES] = 1;
    SLOT[STATUS] = 11;
    SLOT[QUEUE_SEL] = 0;
    SLOT[QUEUE_NUM] = 4;
    set_address(QUEUE_DESC, queue.desc);
    set_address(QUEUE_DRIVER, queue.avail);
    set_address(QUEUE_DEVICE, &queue.used);
    SLOT[QUEUE_READY] = 1;
    SLOT[STATUS] = 15;
}

/* True if the sector was moved. */
static int move(uint32_t type)
{
    uint16_t before = queue.used.index;
    header.type = type;
    queue.desc[0] = (struct descriptor){(uintptr_t)&header, sizeof header, NEXT, 1};
    queue.desc[1] = (struct descriptor){(uintptr_t)sector, sizeof sector, NEXT | (type == IN ? WRITE : 0), 2};
    queue.desc[2] = (struct descriptor){(uintptr_t)&status, 1, WRITE, 0};
    queue.avail[2 + queue.avail[1] % 4] = 0;
    __asm__ volatile("fence" ::: "memory");
    queue.avail[1]++;
    __asm__ volatile("fence" ::: "memory");
    SLOT[QUEUE_NOTIFY] = 0;
    while (queue.used.index == before)
        continue;
    __asm__ volatile("fence" ::: "memory");
    return status == 0;
}

void disk(void)
{
    char said[2] = "?";
    start_device();
    if (!move(IN))
        print("no read ");
    said[0] = (char)sector[0]++;
    if (!move(OUT))
        print("no write ");
    sector[0] = 0;
    move(IN);
    print("the disk said ");
    print(said);
    print(sector[0] == said[0] + 1 ? " and kept what was written\n" : " and forgot\n");
    *FINISHER = 0x5555;
}
