/* SPDX-License-Identifier: MIT */
#include "quiz.h"

#include "board.h"
#include "console.h"
#include "csr.h"

/* 1: the mean of five measurements. It should be 100. */
static const uint8_t measured[] = {90, 110, 100, 95, 105};

static void print_mean(void)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < 5; i++)
        sum += measured[i];
    printf("mean %u\n", sum / 5u);
}

/* 2: the last word of a line. */
static const char *last_word(const char *line)
{
    const char *p = line;
    while (*p)
        p++;
    while (p > line && p[-1] != ' ')
        p--;
    return p;
}

static void print_last_words(void)
{
    printf("last word: %s\n", last_word("once upon a time"));
    printf("last word: %s\n", last_word("hello"));
}

/* 3: a shelf with room for four, which is cleared and stays as large as it was. */
struct shelf {
    unsigned places[4], size;
};

static struct shelf shelf = {.places = {1, 2, 3, 4}, .size = 4};

static void clear(unsigned *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        words[i] = 0;
}

static void print_shelf(void)
{
    clear(shelf.places, shelf.size);
    printf("shelf of %u, %u in the first place\n", shelf.size, shelf.places[0]);
}

/* 4: events are counted: one at each tick by the handler, and one behind each tick by quiz. After three ticks there were six. */
static volatile unsigned events;
static volatile int counting;

void quiz_tick(void)
{
    if (counting)
        events++;
}

static void print_events(void)
{
    counting = 1;
    for (unsigned i = 0; i < 3; i++) {
        asm volatile("wfi");
        csr_clear(mstatus, MSTATUS_MIE); /* the handler writes it, too */
        events++;
        csr_set(mstatus, MSTATUS_MIE);
    }
    counting = 0;
    printf("events %u\n", events);
}

void quiz(void)
{
    print_mean();
    print_last_words();
    print_shelf();
    print_events();
}
