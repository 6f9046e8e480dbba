/* SPDX-License-Identifier: MIT */
#include "book.h"

#include "board.h"
#include "console.h"
#include "csr.h"

struct guest {
    char name[16];
    unsigned visits, age;
};

extern struct guest free_memory[]; /* kernel.ld: from here on RAM is nobody's */
struct guest *guests = free_memory;
static unsigned count;

/* The timer's handler reads the book, too: while it is locked no interrupt is taken. */
static void lock(void)
{
    csr_clear(mstatus, MSTATUS_MIE);
}

static void unlock(void)
{
    csr_set(mstatus, MSTATUS_MIE);
}

/* What does not fit is cut off. */
static void copy(char *to, const char *from, size_t size)
{
    size_t i = 0;
    for (; i + 1 < size && from[i]; i++)
        to[i] = from[i];
    to[i] = 0;
}

static int is_equal(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static struct guest *find(const char *name)
{
    for (unsigned i = 0; i < count; i++)
        if (is_equal(guests[i].name, name))
            return &guests[i];
    return NULL;
}

void book_add(const char *name)
{
    lock();
    struct guest *guest = &guests[count++];
    *guest = (struct guest){0};
    copy(guest->name, name, sizeof guest->name);
    unlock();
}

void book_visit(const char *name)
{
    lock();
    struct guest *guest = find(name);
    if (guest)
        guest->visits++;
    else
        printf("%s is not in the book.\n", name);
    unlock();
}

void book_print(void)
{
    for (unsigned i = 0; i < count; i++) {
        lock();
        printf("%s: %u visits, %u ticks\n", guests[i].name, guests[i].visits, guests[i].age);
        unlock();
        asm volatile("wfi");
    }
}

void book_tick(void)
{
    for (unsigned i = 0; i < count; i++)
        guests[i].age++;
}
