/* SPDX-License-Identifier: MIT */
/* A guest's sound card by the kernel's own calls, without a library:
 *   pcm play FORMAT RATE CHANNELS PERIOD    plays standard input, raw frames, to its end, and says how long that took
 *   pcm record FORMAT RATE CHANNELS PERIOD FRAMES    writes so many frames to standard output
 * FORMAT: U8, S16, S32 or FLOAT; PERIOD in frames. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <sound/asound.h>

static void check(int result, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static void set_mask(struct snd_pcm_hw_params *p, int parameter, unsigned bit)
{
    struct snd_mask *mask = &p->masks[parameter - SNDRV_PCM_HW_PARAM_FIRST_MASK];
    memset(mask, 0, sizeof *mask);
    mask->bits[bit / 32] |= 1u << bit % 32;
}

static void set_number(struct snd_pcm_hw_params *p, int parameter, unsigned value)
{
    p->intervals[parameter - SNDRV_PCM_HW_PARAM_FIRST_INTERVAL] =
        (struct snd_interval){.min = value, .max = value, .integer = 1};
}

static void any(struct snd_pcm_hw_params *p)
{
    memset(p, 0, sizeof *p);
    for (int i = SNDRV_PCM_HW_PARAM_FIRST_MASK; i <= SNDRV_PCM_HW_PARAM_LAST_MASK; i++)
        memset(&p->masks[i - SNDRV_PCM_HW_PARAM_FIRST_MASK], 0xff, sizeof p->masks[0]);
    for (int i = SNDRV_PCM_HW_PARAM_FIRST_INTERVAL; i <= SNDRV_PCM_HW_PARAM_LAST_INTERVAL; i++)
        p->intervals[i - SNDRV_PCM_HW_PARAM_FIRST_INTERVAL].max = ~0u;
    p->rmask = ~0u;
    p->info = ~0u;
}

static const struct {
    const char *name;
    unsigned format, bytes;
} formats[] = {{"U8", SNDRV_PCM_FORMAT_U8, 1},
               {"S16", SNDRV_PCM_FORMAT_S16_LE, 2},
               {"S32", SNDRV_PCM_FORMAT_S32_LE, 4},
               {"FLOAT", SNDRV_PCM_FORMAT_FLOAT_LE, 4}};

static unsigned find_format(const char *name)
{
    for (unsigned i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i].name, name) == 0)
            return i;
    fprintf(stderr, "unknown format\n");
    exit(1);
}

/* The stream, prepared; *frame: bytes of a frame. */
static int set_up(const char *path, char **words, unsigned *frame, unsigned *period)
{
    struct snd_pcm_hw_params hw;
    struct snd_pcm_sw_params sw = {.avail_min = 1, .start_threshold = 1u << 30, .period_step = 1};
    unsigned format = find_format(words[0]), channels = atoi(words[2]);
    int fd = open(path, O_RDWR);
    check(fd, path);
    any(&hw);
    set_mask(&hw, SNDRV_PCM_HW_PARAM_ACCESS, SNDRV_PCM_ACCESS_RW_INTERLEAVED);
    set_mask(&hw, SNDRV_PCM_HW_PARAM_FORMAT, formats[format].format);
    set_number(&hw, SNDRV_PCM_HW_PARAM_RATE, atoi(words[1]));
    set_number(&hw, SNDRV_PCM_HW_PARAM_CHANNELS, channels);
    set_number(&hw, SNDRV_PCM_HW_PARAM_PERIOD_SIZE, atoi(words[3]));
    set_number(&hw, SNDRV_PCM_HW_PARAM_PERIODS, 4);
    check(ioctl(fd, SNDRV_PCM_IOCTL_HW_PARAMS, &hw), "hw_params");
    *frame = formats[format].bytes * channels;
    *period = atoi(words[3]);
    sw.stop_threshold = *period * 4;
    sw.start_threshold = *period * 2;
    sw.boundary = *period * 4;
    check(ioctl(fd, SNDRV_PCM_IOCTL_SW_PARAMS, &sw), "sw_params");
    check(ioctl(fd, SNDRV_PCM_IOCTL_PREPARE), "prepare");
    return fd;
}

/* A period of samples, or what there is and silence: the driver plays whole periods alone, and aplay does the same. */
static int fill(char *bytes, size_t size, char silence)
{
    size_t got = fread(bytes, 1, size, stdin);
    memset(bytes + got, silence, size - got);
    return got > 0;
}

static void play(char **words)
{
    static char bytes[1 << 20];
    unsigned frame, period, gaps = 0;
    struct timespec begin, end;
    int fd = set_up("/dev/snd/pcmC0D0p", words, &frame, &period);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    while (fill(bytes, (size_t)period * frame, strcmp(words[0], "U8") == 0 ? 0x80 : 0)) {
        struct snd_xferi transfer = {.buf = bytes, .frames = period};
        while (ioctl(fd, SNDRV_PCM_IOCTL_WRITEI_FRAMES, &transfer) < 0) {
            check(errno == EPIPE ? 0 : -1, "write");
            gaps++;
            check(ioctl(fd, SNDRV_PCM_IOCTL_PREPARE), "prepare");
        }
    }
    check(ioctl(fd, SNDRV_PCM_IOCTL_DRAIN), "drain");
    clock_gettime(CLOCK_MONOTONIC, &end);
    long ms = (end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000;
    printf("played in %ld ms with %u gaps\n", ms, gaps);
}

static void record(char **words)
{
    static char bytes[1 << 20];
    unsigned frame, period, left = atoi(words[4]);
    int fd = set_up("/dev/snd/pcmC0D0c", words, &frame, &period);
    check(ioctl(fd, SNDRV_PCM_IOCTL_START), "start");
    while (left > 0) {
        struct snd_xferi transfer = {.buf = bytes, .frames = left < period ? left : period};
        check(ioctl(fd, SNDRV_PCM_IOCTL_READI_FRAMES, &transfer), "read");
        fwrite(bytes, frame, transfer.result, stdout);
        left -= transfer.result;
    }
    check(ioctl(fd, SNDRV_PCM_IOCTL_DROP), "drop");
}

int main(int count, char **words)
{
    if (count == 6 && strcmp(words[1], "play") == 0)
        play(words + 2);
    else if (count == 7 && strcmp(words[1], "record") == 0)
        record(words + 2);
    else
        return 2;
    return 0;
}
