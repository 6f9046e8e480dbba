/* SPDX-License-Identifier: MIT */
/* A kernel to be looked at: what debuggers' sessions stop in, step through and print. The debugger chooses what it does by
 * `task`, which is 0 for a kernel that powers off. */
#include <stdint.h>

#define UART ((volatile uint8_t *)0x10000000)
#define FINISHER ((volatile uint32_t *)0x100000)
#define HIGH (-UINT64_C(0x4000000000)) /* the same memory as from 0 on, once translation is on */

struct point {
    int x, y;
};

uint8_t stacks[8 * 4096] __attribute__((aligned(4096)));
static uint64_t root[512] __attribute__((aligned(4096)));

volatile int task;
volatile uint64_t counts[8];
volatile uint64_t written, read_only = 7;
volatile struct point corner = {3, 4};
volatile uint64_t result;
volatile double half = 0.5;
struct {
    volatile uint64_t buffer[4], limit;
} table = {{1, 2, 3, 4}, 100};

uint64_t in_s_mode(uint64_t value);
void become_a_guest(void);

static void print(const char *text)
{
    for (; *text != '\0'; text++)
        *UART = (uint8_t)*text;
}

int square(int number)
{
    int product = number * number;
    return product;
}

int length_squared(volatile struct point *point)
{
    int sum = square(point->x);
    sum += square(point->y);
    return sum;
}

void count_for_ever(uint64_t hart)
{
    for (;;)
        counts[hart]++;
}

void use_memory(void)
{
    written = 1;
    result = read_only;
    result += 1;
    written = 2;
    result = written;
}

/* One word too many. */
void clear(volatile uint64_t *words, int count)
{
    for (int i = 0; i <= count; i++)
        words[i] = 0;
}

/* Runs at its high address. */
void high_function(void)
{
    written = 3;
}

/* Gigapages: memory as it is, and once more from HIGH on. */
void turn_paging_on(void)
{
    for (uint64_t i = 0; i < 4; i++)
        root[i] = root[256 + i] = i << 28 | 0xcf;
    asm volatile("csrw satp, %0\n sfence.vma" ::"r"(UINT64_C(8) << 60 | (uintptr_t)root >> 12));
    /* M mode does not translate, so its loads and stores alone do as S mode's. */
    uint64_t as_supervisor = 0x800;
    asm volatile(
        "csrs mstatus, %0\n la t0, 1f\n li t1, %1\n add t0, t0, t1\n csrw mepc, t0\n mret\n1:" ::"r"(as_supervisor),
        "i"(HIGH)
        : "t0", "t1", "memory");
    high_function();
}

void end(uint32_t code)
{
    *FINISHER = code == 0 ? 0x5555 : code << 16 | 0x3333;
    for (;;)
        ;
}

void kernel_main(uint64_t hart)
{
    if (hart != 0)
        count_for_ever(hart);
    print("kernel\n");
    switch (task) {
    case 1:
        print("counting\n");
        count_for_ever(hart);
        break;
    case 2: result = (uint64_t)length_squared(&corner); break;
    case 3: use_memory(); break;
    case 4: turn_paging_on(); break;
    case 5: result = in_s_mode(21); break;
    case 6: end(3); break;
    case 7:
        result = (uint64_t)square(2);
        become_a_guest();
        result = (uint64_t)square(3);
        break;
    case 8:
        clear(table.buffer, 4);
        end(table.limit == 0);
        break;
    default: break;
    }
    end(0);
}
