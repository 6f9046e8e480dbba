/* SPDX-License-Identifier: MIT */
/* One writev for each frame, so that the end of the process loses none. */
#include "host/net/pcap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host_time.h"
#include "host/write_parts.h"

#define MAGIC_NANOSECONDS 0xa1b23c4du
#define LINKTYPE_ETHERNET 1u
#define LONGEST_FRAME 262144u

/* The layouts of the format, in the byte order that the magic shows. */
struct file_header {
    uint32_t magic;
    uint16_t version_major, version_minor;
    uint32_t zone, accuracy;
    uint32_t longest;
    uint32_t link_type;
};
_Static_assert(sizeof(struct file_header) == 24, "as the format has it");

struct frame_header {
    uint32_t seconds, nanoseconds;
    uint32_t stored, length;
};
_Static_assert(sizeof(struct frame_header) == 16, "as the format has it");

struct pcap {
    int fd;
    bool failed;
    char path[];
};

/* All or nothing: what was written of a frame that did not fit is cut off again. */
static bool write_all(struct pcap *pcap, const void *header, size_t header_bytes, const void *frame, size_t length)
{
    struct iovec pieces[] = {{(void *)header, header_bytes}, {(void *)frame, length}};
    size_t done;
    if (write_parts(pcap->fd, pieces, 2, &done))
        return true;
    int reason = errno;
    pcap->failed = true;
    off_t end = lseek(pcap->fd, 0, SEEK_CUR);
    bool whole = end < (off_t)done || ftruncate(pcap->fd, end - (off_t)done) == 0;
    errno = reason != 0 || whole ? reason : EIO;
    return false;
}

static bool begin(struct pcap *pcap)
{
    struct file_header header = {
        .magic = MAGIC_NANOSECONDS,
        .version_major = 2,
        .version_minor = 4,
        .longest = LONGEST_FRAME,
        .link_type = LINKTYPE_ETHERNET,
    };
    pcap->fd = open(pcap->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return pcap->fd >= 0 && write_all(pcap, &header, sizeof header, NULL, 0);
}

struct pcap *pcap_open(const char *path, struct error *err)
{
    struct pcap *pcap = calloc(1, sizeof *pcap + strlen(path) + 1);
    if (pcap == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    memcpy(pcap->path, path, strlen(path) + 1);
    if (begin(pcap))
        return pcap;
    error_set(err, "cannot write '%.500s': %s", path, strerror(errno));
    pcap_close(pcap);
    return NULL;
}

bool pcap_write(struct pcap *pcap, uint64_t unix_ns, const uint8_t *frame, size_t length, struct error *err)
{
    struct frame_header header = {
        .seconds = (uint32_t)(unix_ns / NS_PER_SECOND),
        .nanoseconds = (uint32_t)(unix_ns % NS_PER_SECOND),
        .stored = (uint32_t)length,
        .length = (uint32_t)length,
    };
    if (pcap->failed || write_all(pcap, &header, sizeof header, frame, length))
        return true;
    return error_set(err, "cannot write '%.500s': %s; the capture ends here", pcap->path, strerror(errno));
}

void pcap_close(struct pcap *pcap)
{
    if (pcap == NULL)
        return;
    if (pcap->fd >= 0)
        close(pcap->fd);
    free(pcap);
}
