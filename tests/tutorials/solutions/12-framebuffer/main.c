/* SPDX-License-Identifier: MIT */
#include "board.h"
#include "console.h"
#include "csr.h"
#include "keyboard.h"
#include "screen.h"
#include "text.h"
#include "timer.h"
#include "trap.h"

enum { BAND = 32, SIDE = 24, STEP = 4 }; /* pixels: the stripes' height, the box's side, its way in a tick */

enum { RADIUS = 40, BAR = 8, BAR_TICKS = 50 }; /* pixels, and how long the progress bar grows */

static int box_x, box_y, box_dx, box_dy;
static int progress = BAR_TICKS;   /* ticks of the bar so far */

/* White, yellow, cyan, green, magenta, red, blue and black: each is without blue, red or green, or with it. */
static void draw_stripes(int top)
{
    int width = screen_width();
    for (int i = 0; i < 8; i++) {
        uint32_t colour = (i & 1 ? 0 : 0x0000ff) | (i & 2 ? 0 : 0xff0000) | (i & 4 ? 0 : 0x00ff00);
        screen_fill((struct rect){i * width / 8, top, (i + 1) * width / 8, screen_height()}, colour);
    }
}

static void place_box(int x, int y)
{
    box_x = x;
    box_y = y;
    screen_set_box((struct rect){x, y, x + SIDE, y + SIDE});
}

/* A tick's way; the edge ends it. */
static void glide(void)
{
    int x = box_x + box_dx, y = box_y + box_dy;
    if (x < 0 || x + SIDE > screen_width() || y < 0 || y + SIDE > screen_height()) {
        box_dx = box_dy = 0;
        printf("At the edge: %d, %d\n", box_x, box_y);
    } else if (box_dx || box_dy) {
        place_box(x, y);
    }
}

static void steer(int dx, int dy)
{
    box_dx = dx * STEP;
    box_dy = dy * STEP;
}

static void draw_circle(void)
{
    int centre_x = screen_width() / 2, centre_y = screen_height() / 2;
    for (int y = -RADIUS; y <= RADIUS; y++)
        for (int x = -RADIUS; x <= RADIUS; x++)
            if (x * x + y * y <= RADIUS * RADIUS)
                screen_put(centre_x + x, centre_y + y, 0xffffff);
}

static void grow_bar(void)
{
    if (progress == BAR_TICKS)
        return;
    progress++;
    screen_fill((struct rect){0, screen_height() - BAR, progress * screen_width() / BAR_TICKS, screen_height()}, 0x00ff00);
    if (progress == BAR_TICKS / 2)
        printf("half\n");
    if (progress == BAR_TICKS)
        printf("done\n");
}

static void obey(int key)
{
    switch (key) {
    case 'c': text_clear(); break;
    case 'h': steer(-1, 0); break;
    case 'j': steer(0, 1); break;
    case 'k': steer(0, -1); break;
    case 'l': steer(1, 0); break;
    case 'o': draw_circle(); break;
    case 'p': progress = 0; break;
    case 'q': power_off(0);
    case 'r': printf("\033[31mred\033[0m and not red\n"); break;
    }
}

void main(uint64_t hart, const void *fdt)
{
    (void)hart;
    trap_init();
    if (!screen_init(fdt)) {
        printf("There is no framebuffer: start with --framebuffer=320x240\n");
        power_off(1);
    }
    draw_stripes(screen_height() - BAND);
    text_init((screen_height() - BAND) / CELL);
    for (int i = 0; i < 32; i++)
        printf("2^%d = %u\n", i, 1u << i);
    place_box((screen_width() - SIDE) / 2, (screen_height() - SIDE) / 2);
    printf("h j k l steer the box, q quits.\n");
    timer_init();
    keyboard_init();

    for (unsigned seen = 0;;) {
        asm volatile("wfi");           /* sleeps until an interrupt is pending, */
        csr_set(mstatus, MSTATUS_MIE); /* which is taken here */
        csr_clear(mstatus, MSTATUS_MIE);
        for (int c; (c = keyboard_read()) >= 0;)
            obey(c);
        for (; seen != timer_ticks(); seen++) {
            glide();
            grow_bar();
        }
    }
}
