/* SPDX-License-Identifier: MIT */
#include "host/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool descriptors_complete(struct error *err)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        /* The lowest free number is fd: those below it are open by now. */
        if (open("/dev/null", O_RDWR) != fd)
            return error_set(err, "descriptor %d is closed and /dev/null cannot take its place: %s", fd,
                             strerror(errno));
    }
    return true;
}
