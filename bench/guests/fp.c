/* SPDX-License-Identifier: MIT */
/* Double precision: LU decomposition of 200 by 200, five bodies under gravity, and the Mandelbrot set. */
#include "runtime.h"

enum { SIDE = 200, LU_ROUNDS = 20, BODIES = 5, BODY_STEPS = 200000, PLANE = 280, MOST_STEPS = 200 };

static double matrix[SIDE][SIDE];

static double sqrt_of(double x)
{
    double root;
    __asm__("fsqrt.d %0, %1" : "=f"(root) : "f"(x));
    return root;
}

/* A large diagonal, so that no row needs to change places. */
static void fill_matrix(uint32_t seed)
{
    for (int i = 0; i < SIDE; i++) {
        for (int j = 0; j < SIDE; j++) {
            seed = seed * 1664525 + 1013904223;
            matrix[i][j] = (double)(seed >> 8) / (1 << 24) + (i == j ? SIDE : 0);
        }
    }
}

/* The product of the pivots' quotients by SIDE. */
static double decompose(void)
{
    double determinant = 1;
    for (int k = 0; k < SIDE; k++) {
        determinant *= matrix[k][k] / SIDE;
        for (int i = k + 1; i < SIDE; i++) {
            double factor = matrix[i][k] /= matrix[k][k];
            for (int j = k + 1; j < SIDE; j++)
                matrix[i][j] -= factor * matrix[k][j];
        }
    }
    return determinant;
}

struct body {
    double place[3], speed[3], mass;
};

static struct body bodies[BODIES];

static void place_bodies(void)
{
    for (int i = 0; i < BODIES; i++) {
        bodies[i] = (struct body){
            .place = {i * 1.5, 1 - i * 0.75, i * i * 0.25},
            .speed = {0.01 * i, 0.4 - 0.1 * i, 0.02},
            .mass = 1.0 / (1 + 3 * i),
        };
    }
}

static void attract(struct body *a, struct body *b, double duration)
{
    double way[3], square = 0.01;
    for (int i = 0; i < 3; i++) {
        way[i] = a->place[i] - b->place[i];
        square += way[i] * way[i];
    }
    double pull = duration / (square * sqrt_of(square));
    for (int i = 0; i < 3; i++) {
        a->speed[i] -= way[i] * b->mass * pull;
        b->speed[i] += way[i] * a->mass * pull;
    }
}

static void move_bodies(double duration)
{
    for (int i = 0; i < BODIES; i++) {
        for (int j = i + 1; j < BODIES; j++)
            attract(&bodies[i], &bodies[j], duration);
    }
    for (int i = 0; i < BODIES; i++) {
        for (int k = 0; k < 3; k++)
            bodies[i].place[k] += duration * bodies[i].speed[k];
    }
}

static int escape_steps(double x, double y)
{
    double a = 0, b = 0;
    int steps = 0;
    while (steps < MOST_STEPS && a * a + b * b < 4) {
        double c = a * a - b * b + x;
        b = 2 * a * b + y;
        a = c;
        steps++;
    }
    return steps;
}

static uint64_t mandelbrot(void)
{
    uint64_t steps = 0;
    for (int i = 0; i < PLANE; i++) {
        for (int j = 0; j < PLANE; j++)
            steps += (uint64_t)escape_steps(-2 + 2.5 * i / PLANE, -1.25 + 2.5 * j / PLANE);
    }
    return steps;
}

static uint64_t bits_of(double x)
{
    union {
        double number;
        uint64_t bits;
    } both = {.number = x};
    return both.bits;
}

int main(void)
{
    uint64_t sum = mandelbrot();
    for (uint32_t round = 0; round < LU_ROUNDS; round++) {
        fill_matrix(round);
        sum = sum * 31 + bits_of(decompose());
    }
    place_bodies();
    for (int step = 0; step < BODY_STEPS; step++)
        move_bodies(0.001);
    return is_result(sum ^ bits_of(bodies[0].place[0]), 0xcc45e5b7a5f1a5a0);
}
