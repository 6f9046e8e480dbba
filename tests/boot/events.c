/* SPDX-License-Identifier: MIT */
/* A guest's look at its input devices, without a library of its own:
 *   events NAME         takes what the device called NAME sends, up to the release of F24, and then prints it, one event a line
 *   events NAME leds N  lights the LEDs whose bits are set in N, and puts the others out
 *   events NAME repeat N  has keys repeated that are held for so many milliseconds
 *   events NAME bits    prints the codes of its keys */
#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int find(const char *wanted)
{
    char path[64], name[128];
    for (int i = 0; i < 32; i++) {
        snprintf(path, sizeof path, "/dev/input/event%d", i);
        int fd = open(path, O_RDWR);
        if (fd >= 0 && ioctl(fd, EVIOCGNAME(sizeof name), name) >= 0 && strcmp(name, wanted) == 0)
            return fd;
        if (fd >= 0)
            close(fd);
    }
    fprintf(stderr, "there is no device '%s'\n", wanted);
    exit(1);
}

static void light(int fd, int bits)
{
    for (int led = 0; led < 3; led++) {
        struct input_event event = {.type = EV_LED, .code = led, .value = bits >> led & 1};
        if (write(fd, &event, sizeof event) != sizeof event)
            exit(1);
    }
}

static void repeat_after(int fd, unsigned ms)
{
    unsigned delay_and_period[] = {ms, ms};
    if (ioctl(fd, EVIOCSREP, delay_and_period) < 0)
        exit(1);
}

static void list_keys(int fd)
{
    unsigned char bits[KEY_MAX / 8 + 1] = {0};
    ioctl(fd, EVIOCGBIT(EV_KEY, sizeof bits), bits);
    for (int code = 0; code < KEY_MAX; code++)
        if (bits[code / 8] >> code % 8 & 1)
            printf("key %d\n", code);
}

static void print_events(int fd)
{
    static struct input_event events[1 << 16];
    unsigned count = 0, done = 0;
    printf("listening\n");
    fflush(stdout);
    while (!done && count < sizeof events / sizeof events[0] && read(fd, &events[count], sizeof events[0]) > 0) {
        done = events[count].type == EV_KEY && events[count].code == KEY_F24 && events[count].value == 0;
        count++;
    }
    for (unsigned i = 0; i < count; i++)
        printf("event %d %d %d\n", events[i].type, events[i].code, events[i].value);
}

int main(int count, char **words)
{
    int fd = find(words[1]);
    if (count == 2)
        print_events(fd);
    else if (strcmp(words[2], "leds") == 0)
        light(fd, atoi(words[3]));
    else if (strcmp(words[2], "repeat") == 0)
        repeat_after(fd, (unsigned)atoi(words[3]));
    else
        list_keys(fd);
    return 0;
}
