/* SPDX-License-Identifier: MIT */
/* A guest that never ends and is never the same: hart 0 drives a disk with eight requests in flight and polls for input,
 * hart 1 counts by LR and SC and divides, hart 2 runs a guest of its own through two stages, hart 3 sleeps until its timer rings. */
#include "lib/guest.h"
#include "lib/mmio.h"

#define SLOT 0x10001000
#define REQUESTS 8
#define ENTRIES 32
#define DATA_BYTES 4096
#define SECTORS 512
#define LSR_DATA_READY 1
#define MIE_MTIE (1 << 7)

enum { DESC_NEXT = 1, DESC_WRITE = 2 };
enum { BLK_IN = 0, BLK_OUT = 1, BLK_FLUSH = 4 };
enum { STATUS = 0x70, QUEUE_SEL = 0x30, QUEUE_NUM = 0x38, QUEUE_READY = 0x44, NOTIFY = 0x50 };

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};

struct header {
    uint32_t type, reserved;
    uint64_t sector;
};

static volatile struct descriptor descriptors[ENTRIES] __attribute__((aligned(PAGE)));
static volatile uint16_t available[2 + ENTRIES] __attribute__((aligned(PAGE)));
static volatile struct {
    uint16_t flags, index;
    struct {
        uint32_t id, length;
    } ring[ENTRIES];
} used __attribute__((aligned(PAGE)));
static volatile struct header headers[REQUESTS];
static volatile uint8_t status[REQUESTS];
static uint64_t data[REQUESTS][DATA_BYTES / 8] __attribute__((aligned(PAGE)));
static uint64_t checksum, random_state = 1, counter;
static volatile uint64_t rounds[MAX_HARTS];
static double quotient = 1;

static uint64_t next_random(void)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return random_state >> 33;
}

static void mmio_set_pair(uint64_t offset, volatile void *address)
{
    write32(SLOT + offset, (uint64_t)address & UINT32_MAX);
    write32(SLOT + offset + 4, (uint64_t)address >> 32);
}

static void start_disk(void)
{
    write32(SLOT + STATUS, 0);
    write32(SLOT + STATUS, 3);
    write32(SLOT + 0x24, 1);
    write32(SLOT + 0x20, 1); /* VIRTIO_F_VERSION_1 */
    write32(SLOT + STATUS, 11);
    write32(SLOT + QUEUE_SEL, 0);
    write32(SLOT + QUEUE_NUM, ENTRIES);
    mmio_set_pair(0x80, descriptors);
    mmio_set_pair(0x90, available);
    mmio_set_pair(0xa0, &used);
    write32(SLOT + QUEUE_READY, 1);
    write32(SLOT + STATUS, 15);
}

static void describe(unsigned at, volatile void *address, uint32_t length, uint16_t flags)
{
    descriptors[at].address = (uint64_t)address;
    descriptors[at].length = length;
    descriptors[at].flags = flags;
    descriptors[at].next = (uint16_t)(at + 1);
}

static void offer(unsigned n)
{
    static const uint32_t types[] = {BLK_IN, BLK_OUT, BLK_IN, BLK_FLUSH};
    unsigned at = 3 * n;
    headers[n].type = types[next_random() % 4];
    headers[n].sector = next_random() % (SECTORS - DATA_BYTES / 512);
    describe(at, &headers[n], sizeof headers[n], DESC_NEXT);
    if (headers[n].type != BLK_FLUSH)
        describe(at + 1, data[n], DATA_BYTES, DESC_NEXT | (headers[n].type == BLK_IN ? DESC_WRITE : 0));
    else
        descriptors[at].next = (uint16_t)(at + 2);
    describe(at + 2, &status[n], 1, DESC_WRITE);
    available[2 + available[1] % ENTRIES] = (uint16_t)at;
    __sync_synchronize();
    available[1]++;
    write32(SLOT + NOTIFY, 0);
}

static void take(unsigned n)
{
    for (unsigned i = 0; i < DATA_BYTES / 8; i += 16)
        checksum = checksum * 31 + data[n][i];
    data[n][next_random() % (DATA_BYTES / 8)] = checksum + status[n];
}

static void take_input(void)
{
    if ((uart_read(UART_LSR) & LSR_DATA_READY) == 0)
        return;
    checksum = checksum * 31 + uart_read(UART_RBR);
    uart_write(UART_THR, 'a' + checksum % 26);
}

void test(void)
{
    start_disk();
    for (unsigned n = 0; n < REQUESTS; n++)
        offer(n);
    for (uint16_t seen = 0;; take_input()) {
        if (seen == used.index)
            continue;
        unsigned n = used.ring[seen++ % ENTRIES].id / 3;
        take(n);
        offer(n);
        rounds[0]++;
    }
}

static void count_and_divide(void)
{
    for (;;) {
        __asm__ volatile("1: lr.d t0, (%0)\n .rept 10\n addi t0, t0, 1\n .endr\n sc.d t1, t0, (%0)\n bnez t1, 1b\n" ::"r"(&counter)
                         : "t0", "t1", "memory");
        quotient = (quotient + (double)counter) / 3.0;
        rounds[1]++;
    }
}

static uint64_t in_the_guest(uint64_t n)
{
    static volatile uint64_t cells[4][PAGE / 8];
    uint64_t sum = 0;
    for (uint64_t i = 0; i < 2000; i++)
        sum += cells[i & 3][(i * 7 + n) & 511]++;
    return sum;
}

static void run_guest(void)
{
    hypervisor_setup();
    CSR_WRITE(hgatp, guest_hgatp(guest_create(3), 3, 1));
    CSR_WRITE(vsatp, deep_satp(deep_create(3, 0), 3, 1));
    for (;; rounds[2]++)
        checksum ^= run_in_mode(IN_VS, in_the_guest, rounds[2]);
}

static void sleep_and_wake(void)
{
    CSR_WRITE(mie, MIE_MTIE);
    for (uint64_t wait = 7;; wait = wait * 5 % 997) {
        write64(MTIMECMP_OF(3), read64(CLINT_MTIME) + wait);
        __asm__ volatile("wfi");
        __asm__ volatile("amoadd.d x0, %1, (%0)" ::"r"(&counter), "r"(UINT64_C(5)) : "memory");
        rounds[3]++;
    }
}

void other_hart(void);
void other_hart(void)
{
    static void (*const roles[])(void) = {count_and_divide, run_guest, sleep_and_wake};
    roles[(self()->hart - 1) % 3]();
}
