/* SPDX-License-Identifier: MIT */
/* A byte-code machine with a stack, whose every byte code ends in an indirect jump of its own to the next one's
 * code. Its program counts primes with a sieve, then the steps of Collatz sequences. */
#include "runtime.h"

enum { ROUNDS = 80, SIEVE_END = 4096, COLLATZ_END = 700, PROGRAM_BYTES = 256, STACK = 8 };

enum code { CONSTANT, LOAD, STORE, ADD, AND, HALVE, LESS, EQUAL, FETCH, MARK, JUMP, JUMP_UNLESS, HALT, CODES };

enum local { I, J, PRIMES, STEPS, LOCALS };

static uint8_t program[PROGRAM_BYTES];
static size_t program_end;
static uint8_t sieve[SIEVE_END];

static void put(enum code code)
{
    program[program_end++] = (uint8_t)code;
}

static void put_local(enum code code, enum local local)
{
    put(code);
    program[program_end++] = (uint8_t)local;
}

/* CONSTANT, JUMP and JUMP_UNLESS have 16 bits behind them. */
static size_t put_number(enum code code, size_t number)
{
    put(code);
    program[program_end++] = (uint8_t)number;
    program[program_end++] = (uint8_t)(number >> 8);
    return program_end - 2;
}

static void land_here(size_t number_at)
{
    program[number_at] = (uint8_t)program_end;
    program[number_at + 1] = (uint8_t)(program_end >> 8);
}

static void put_set(enum local local, size_t number)
{
    put_number(CONSTANT, number);
    put_local(STORE, local);
}

static void put_add_to(enum local local, enum local added)
{
    put_local(LOAD, local);
    put_local(LOAD, added);
    put(ADD);
    put_local(STORE, local);
}

static void put_count(enum local local)
{
    put_local(LOAD, local);
    put_number(CONSTANT, 1);
    put(ADD);
    put_local(STORE, local);
}

/* Where the loop begins; *leave is the jump out of it. */
static size_t put_while_less(enum local local, size_t end, size_t *leave)
{
    size_t begin = program_end;
    put_local(LOAD, local);
    put_number(CONSTANT, end);
    put(LESS);
    *leave = put_number(JUMP_UNLESS, 0);
    return begin;
}

static void put_loop_end(size_t begin, size_t leave)
{
    put_number(JUMP, begin);
    land_here(leave);
}

static void put_sieve(void)
{
    size_t leave, leave_inner;
    put_set(I, 2);
    size_t begin = put_while_less(I, SIEVE_END, &leave);
    put_local(LOAD, I);
    put(FETCH);
    put_number(CONSTANT, 0);
    put(EQUAL);
    size_t not_prime = put_number(JUMP_UNLESS, 0);
    put_count(PRIMES);
    put_set(J, 0);
    put_add_to(J, I);
    size_t inner = put_while_less(J, SIEVE_END, &leave_inner);
    put_local(LOAD, J);
    put(MARK);
    put_add_to(J, I);
    put_loop_end(inner, leave_inner);
    land_here(not_prime);
    put_count(I);
    put_loop_end(begin, leave);
}

static void put_collatz(void)
{
    size_t leave;
    put_set(I, 1);
    size_t begin = put_while_less(I, COLLATZ_END, &leave);
    put_local(LOAD, I);
    put_local(STORE, J);
    size_t chain = program_end;
    put_number(CONSTANT, 1);
    put_local(LOAD, J);
    put(LESS);
    size_t leave_chain = put_number(JUMP_UNLESS, 0);
    put_count(STEPS);
    put_local(LOAD, J);
    put_number(CONSTANT, 1);
    put(AND);
    size_t even = put_number(JUMP_UNLESS, 0);
    put_local(LOAD, J);
    put_add_to(J, J);
    put_local(LOAD, J);
    put(ADD);
    put_local(STORE, J);
    put_count(J);
    put_number(JUMP, chain);
    land_here(even);
    put_local(LOAD, J);
    put(HALVE);
    put_local(STORE, J);
    put_loop_end(chain, leave_chain);
    put_count(I);
    put_loop_end(begin, leave);
}

#define NUMBER (code[0] | (uint32_t)code[1] << 8)
#define NEXT goto *handlers[*code++]

__attribute__((noinline, optimize("no-gcse", "no-crossjumping"))) static uint64_t interpret(const uint8_t *code)
{
    static const void *const handlers[CODES] = {
        [CONSTANT] = &&constant, [LOAD] = &&load,   [STORE] = &&store, [ADD] = &&add,
        [AND] = &&and,           [HALVE] = &&halve, [LESS] = &&less,   [EQUAL] = &&equal,
        [FETCH] = &&fetch,       [MARK] = &&mark,   [JUMP] = &&jump,   [JUMP_UNLESS] = &&jump_unless,
        [HALT] = &&halt,
    };
    uint64_t stack[STACK], *top = stack, locals[LOCALS] = {0};
    NEXT;
constant:
    *top++ = NUMBER;
    code += 2;
    NEXT;
load:
    *top++ = locals[*code++];
    NEXT;
store:
    locals[*code++] = *--top;
    NEXT;
add:
    top--;
    top[-1] += top[0];
    NEXT;
    and : top--;
    top[-1] &= top[0];
    NEXT;
halve:
    top[-1] >>= 1;
    NEXT;
less:
    top--;
    top[-1] = top[-1] < top[0];
    NEXT;
equal:
    top--;
    top[-1] = top[-1] == top[0];
    NEXT;
fetch:
    top[-1] = sieve[top[-1]];
    NEXT;
mark:
    sieve[*--top] = 1;
    NEXT;
jump:
    code = program + NUMBER;
    NEXT;
jump_unless:
    code = *--top == 0 ? program + NUMBER : code + 2;
    NEXT;
halt:
    return locals[PRIMES] << 32 | locals[STEPS];
}

int main(void)
{
    put_sieve();
    put_collatz();
    put(HALT);
    uint64_t sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < SIEVE_END; i++)
            sieve[i] = 0;
        sum += interpret(program);
    }
    return is_result(sum, ROUNDS * (564ULL << 32 | 39198));
}
