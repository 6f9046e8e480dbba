/* SPDX-License-Identifier: MIT */
/* Integer work in turns: a linked list (find, reverse, merge sort), a small matrix, a state machine over text, and a
 * CRC-16 of all results. mix runs it in M mode, mix-sv39 in S mode on pages. */
#ifndef BENCH_MIX_H
#define BENCH_MIX_H

#include "runtime.h"

enum { MIX_NODES = 40, MIX_SIDE = 10, MIX_TEXT_BYTES = 640, MIX_ROUNDS = 40000 };

struct mix_node {
    struct mix_node *next;
    int16_t key, place;
};

static struct mix_node mix_nodes[MIX_NODES];
static int16_t mix_a[MIX_SIDE][MIX_SIDE], mix_b[MIX_SIDE][MIX_SIDE];
static int32_t mix_c[MIX_SIDE][MIX_SIDE];
static char mix_text[MIX_TEXT_BYTES + 1];

static uint16_t mix_crc_byte(uint16_t crc, uint8_t byte)
{
    for (int bit = 0; bit < 8; bit++) {
        bool odd = (crc ^ byte) & 1;
        crc >>= 1;
        byte >>= 1;
        if (odd)
            crc ^= 0xa001;
    }
    return crc;
}

static uint16_t mix_crc(uint16_t crc, uint32_t word)
{
    for (int shift = 0; shift < 32; shift += 8)
        crc = mix_crc_byte(crc, (uint8_t)(word >> shift));
    return crc;
}

static struct mix_node *mix_list(uint32_t seed)
{
    struct mix_node *head = NULL;
    for (int i = 0; i < MIX_NODES; i++) {
        seed = seed * 1103515245 + 12345;
        mix_nodes[i] = (struct mix_node){.next = head, .key = (int16_t)(seed >> 16 & 0x7fff), .place = (int16_t)i};
        head = &mix_nodes[i];
    }
    return head;
}

static struct mix_node *mix_find(struct mix_node *node, int key)
{
    while (node != NULL && (node->key & 0xff) != key)
        node = node->next;
    return node;
}

static struct mix_node *mix_reverse(struct mix_node *node)
{
    struct mix_node *reversed = NULL;
    while (node != NULL) {
        struct mix_node *next = node->next;
        node->next = reversed;
        reversed = node;
        node = next;
    }
    return reversed;
}

enum mix_order { MIX_BY_KEY, MIX_BY_PLACE };

static bool mix_in_order(const struct mix_node *a, const struct mix_node *b, enum mix_order order)
{
    return order == MIX_BY_KEY ? a->key <= b->key : a->place <= b->place;
}

static struct mix_node *mix_merge(struct mix_node *a, struct mix_node *b, enum mix_order order)
{
    struct mix_node *merged = NULL, **end = &merged;
    while (a != NULL && b != NULL) {
        struct mix_node **from = mix_in_order(a, b, order) ? &a : &b;
        *end = *from;
        end = &(*end)->next;
        *from = *end;
    }
    *end = a != NULL ? a : b;
    return merged;
}

static struct mix_node *mix_sort(struct mix_node *head, enum mix_order order)
{
    if (head == NULL || head->next == NULL)
        return head;
    struct mix_node *middle = head;
    for (struct mix_node *end = head->next; end != NULL && end->next != NULL; end = end->next->next)
        middle = middle->next;
    struct mix_node *second = middle->next;
    middle->next = NULL;
    return mix_merge(mix_sort(head, order), mix_sort(second, order), order);
}

static uint16_t mix_lists(uint16_t crc, uint32_t variant)
{
    struct mix_node *head = mix_list(variant);
    for (int key = 0; key < 16; key++) {
        struct mix_node *found = mix_find(head, key * 16);
        crc = mix_crc_byte(crc, found != NULL ? (uint8_t)found->place : 255);
        head = mix_reverse(head);
    }
    head = mix_sort(head, MIX_BY_KEY);
    crc = mix_crc(crc, (uint32_t)head->place << 16 | (uint32_t)head->next->key);
    head = mix_sort(head, MIX_BY_PLACE);
    return mix_crc(crc, (uint32_t)head->key << 16 | (uint32_t)head->next->key);
}

static uint16_t mix_matrices(uint16_t crc, uint32_t variant)
{
    for (int i = 0; i < MIX_SIDE; i++) {
        for (int j = 0; j < MIX_SIDE; j++) {
            mix_a[i][j] = (int16_t)((int)variant * (i + 1) + j);
            mix_b[i][j] = (int16_t)(i * j + (int)variant);
        }
    }
    int32_t sum = 0;
    for (int i = 0; i < MIX_SIDE; i++) {
        for (int j = 0; j < MIX_SIDE; j++) {
            int32_t cell = 0;
            for (int k = 0; k < MIX_SIDE; k++) {
                int32_t product = mix_a[i][k] * mix_b[k][j];
                cell += (product >> 2 & 0xf) * (product >> 5 & 0x7f);
            }
            mix_c[i][j] = cell;
            sum = sum > 100000 ? sum - cell : sum + cell;
        }
    }
    return mix_crc(mix_crc(crc, (uint32_t)sum), (uint32_t)mix_c[3][7]);
}

enum mix_state {
    MIX_START,
    MIX_SIGN,
    MIX_DIGITS,
    MIX_POINT,
    MIX_FRACTION,
    MIX_EXPONENT,
    MIX_POWER,
    MIX_WRONG,
    MIX_STATES
};

static bool mix_digit(char c)
{
    return c >= '0' && c <= '9';
}

static enum mix_state mix_next(enum mix_state state, char c)
{
    switch (state) {
    case MIX_START:
        return c == '+' || c == '-' ? MIX_SIGN : mix_digit(c) ? MIX_DIGITS : c == '.' ? MIX_POINT : MIX_WRONG;
    case MIX_SIGN: return mix_digit(c) ? MIX_DIGITS : c == '.' ? MIX_POINT : MIX_WRONG;
    case MIX_DIGITS: return mix_digit(c) ? MIX_DIGITS : c == '.' ? MIX_FRACTION : c == 'e' ? MIX_EXPONENT : MIX_WRONG;
    case MIX_POINT: return mix_digit(c) ? MIX_FRACTION : MIX_WRONG;
    case MIX_FRACTION: return mix_digit(c) ? MIX_FRACTION : c == 'e' ? MIX_EXPONENT : MIX_WRONG;
    case MIX_EXPONENT: return mix_digit(c) || c == '-' ? MIX_POWER : MIX_WRONG;
    case MIX_POWER: return mix_digit(c) ? MIX_POWER : MIX_WRONG;
    default: return MIX_WRONG;
    }
}

static void mix_fill_text(void)
{
    static const char words[] =
        "5012,1234.500,-874,+122,35.54400,.1234500,-110.700,+0.64400,5.500e3,-.123e-2,-87e+832,T0.3e-1F,";
    for (int i = 0; i < MIX_TEXT_BYTES; i++)
        mix_text[i] = words[i % (sizeof words - 1)];
}

/* Counts in which state each word of the text ends, and each state's visits. */
static uint16_t mix_states(uint16_t crc)
{
    uint32_t ends[MIX_STATES] = {0}, visits[MIX_STATES] = {0};
    enum mix_state state = MIX_START;
    for (const char *c = mix_text; *c != '\0'; c++) {
        if (*c == ',') {
            ends[state]++;
            state = MIX_START;
        } else {
            state = mix_next(state, *c);
            visits[state]++;
        }
    }
    for (int i = 0; i < MIX_STATES; i++)
        crc = mix_crc(mix_crc_byte(crc, (uint8_t)ends[i]), visits[i]);
    return crc;
}

/* What is worked on changes every 256 rounds: as programs do, it repeats itself. */
static bool mix_runs(void)
{
    uint16_t crc = 0;
    mix_fill_text();
    for (uint32_t round = 1; round <= MIX_ROUNDS; round++) {
        uint32_t variant = round >> 8;
        crc ^= mix_lists(0, variant);
        crc ^= mix_matrices(0, variant) >> 1;
        crc ^= mix_states(0) << 1;
        mix_text[variant % MIX_TEXT_BYTES] ^= 1;
    }
    return is_result(crc, 0x6848);
}

#endif
