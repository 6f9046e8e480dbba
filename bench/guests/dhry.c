/* SPDX-License-Identifier: MIT */
/* What systems programs do most: procedures with few arguments, records assigned, strings compared and copied, small
 * integers, characters and truth values. */
#include "runtime.h"

enum { ROUNDS = 3000000, TEXT_BYTES = 32 };
enum kind { KIND_A, KIND_B, KIND_C };

struct record {
    struct record *next;
    enum kind kind;
    int32_t number;
    int64_t weight;
    char text[TEXT_BYTES];
};

static struct record first, second;
static int32_t table[50], square[50][50];
static int32_t number;
static bool flag;
static char letter_one, letter_two;

__attribute__((noinline)) static int compare_text(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (uint8_t)*a - (uint8_t)*b;
}

__attribute__((noinline)) static void copy_text(char *to, const char *from)
{
    while ((*to++ = *from++) != '\0')
        ;
}

__attribute__((noinline)) static enum kind kind_of(char a, char b)
{
    char c = a;
    if (c != b)
        return KIND_A;
    letter_one = c;
    return KIND_B;
}

__attribute__((noinline)) static int32_t add_with_two(int32_t a, int32_t b)
{
    return b + a + 2;
}

__attribute__((noinline)) static enum kind successor(enum kind kind)
{
    if (kind == KIND_A)
        return number > 100 ? KIND_B : KIND_C;
    return kind == KIND_B ? KIND_C : KIND_A;
}

__attribute__((noinline)) static bool texts_in_order(const char *a, const char *b)
{
    int place = 1;
    char letter = 'A';
    while (place <= 1) {
        if (kind_of(a[place], b[place + 1]) == KIND_A) {
            letter = 'B';
            place++;
        } else {
            place += 2;
        }
    }
    if (letter >= 'W' && letter < 'Z')
        place = 7;
    if (letter == 'R')
        return true;
    return compare_text(a, b) > 0;
}

__attribute__((noinline)) static void change_record(struct record *record)
{
    struct record *next = record->next;
    *next = *record;
    next->number = record->number + 5;
    next->next = record->next;
    if (next->kind == KIND_A) {
        next->number = add_with_two(number, 6);
        next->kind = successor(record->kind);
    } else {
        *record = *next;
    }
}

__attribute__((noinline)) static void fill_tables(int32_t *line, int32_t (*plane)[50], int32_t place, int32_t value)
{
    int32_t at = place + 5;
    line[at] = value;
    line[at + 1] = line[at];
    line[at + 30] = at;
    for (int32_t i = at; i <= at + 1; i++)
        plane[at][i] = at;
    plane[at][at - 1]++;
    plane[at + 20][at] = line[at];
    number = 5;
}

__attribute__((noinline)) static void set_letters(void)
{
    flag = (letter_one == 'A') | flag;
    letter_two = 'B';
}

__attribute__((noinline)) static uint64_t run_round(int32_t round)
{
    char one[TEXT_BYTES], two[TEXT_BYTES];
    letter_one = 'A';
    set_letters();
    copy_text(one, "benchmark: the 1st text of it");
    copy_text(two, "benchmark: the 2nd text of it");
    flag = !texts_in_order(one, two);
    int32_t a = 2, b = 3, c = 0;
    while (a < b) {
        c = 5 * a - b;
        c = add_with_two(a, c);
        a++;
    }
    fill_tables(table, square, a, c);
    first.number = round & 63;
    change_record(&first);
    for (char letter = 'A'; letter <= letter_two; letter++) {
        if (kind_of(letter, 'C') == successor(KIND_B))
            c += round;
    }
    b = b * a;
    a = b / (c | 1);
    b = 7 * (b - c) - a;
    return (uint64_t)(second.number + b + flag + (int)second.kind);
}

int main(void)
{
    first = (struct record){.next = &second, .kind = KIND_A, .weight = 40};
    copy_text(first.text, "benchmark: a record's text");
    uint64_t sum = 0;
    for (int32_t round = 0; round < ROUNDS; round++)
        sum = sum * 31 + run_round(round);
    return is_result(sum ^ (uint64_t)compare_text(first.text, second.text), 0xd3e25148e683d800);
}
