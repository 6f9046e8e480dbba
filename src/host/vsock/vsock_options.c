/* SPDX-License-Identifier: MIT */
/* The text of --vsock. */
#include "host/vsock/vsock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "host/option_text.h"

#define CID_LAST UINT32_C(0xfffffffe)
/* Longest part of a value that a message repeats. */
#define SHOWN 100
/* "_4294967295" behind the path. */
#define PORT_SUFFIX_BYTES 11u
#define PATH_BYTES_MAX (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1 - PORT_SUFFIX_BYTES)

static bool set_cid(const char *value, struct vsock_options *options, struct error *err)
{
    char *end;
    errno = 0;
    unsigned long long cid = strtoull(value, &end, 0);
    bool number = value[0] >= '0' && value[0] <= '9' && *end == '\0' && errno == 0;
    if (!number || cid < VSOCK_CID_FIRST || cid > CID_LAST)
        return error_set(err, "cid '%.*s': give a number from %u to %u", SHOWN, value, VSOCK_CID_FIRST, CID_LAST);
    options->cid = (uint32_t)cid;
    return true;
}

static bool set_path(const char *value, struct vsock_options *options, struct error *err)
{
    size_t length = strlen(value);
    if (length == 0)
        return error_set(err, "path= wants the name of a socket");
    if (length > PATH_BYTES_MAX)
        return error_set(err, "the path %.*s... is longer than %zu bytes, which leave room for the ports' numbers",
                         SHOWN, value, (size_t)PATH_BYTES_MAX);
    memcpy(options->path, value, length + 1);
    return true;
}

static bool set_part(const char *part, struct vsock_options *options, struct error *err)
{
    const char *value;
    if ((value = option_text_value(part, "cid")) != NULL)
        return set_cid(value, options, err);
    if ((value = option_text_value(part, "path")) != NULL)
        return set_path(value, options, err);
    return error_set(err, "unknown option '%.*s'; known are cid=N and path=SOCKET", SHOWN, part);
}

bool vsock_options_parse(const char *text, struct vsock_options *options, struct error *err)
{
    char part[sizeof options->path];
    *options = (struct vsock_options){.cid = VSOCK_CID_FIRST};
    while (text != NULL)
        if (!option_text_next(&text, part, sizeof part, "a path", err) || !set_part(part, options, err))
            return false;
    return true;
}
