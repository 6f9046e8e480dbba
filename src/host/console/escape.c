/* SPDX-License-Identifier: MIT */
#include "host/console/escape.h"

static enum escape_action feed_armed(uint8_t byte, bool *pass)
{
    *pass = byte == 'a' || byte == ESCAPE_KEY;
    if (byte == 'h' || byte == '?')
        return ESCAPE_HELP;
    if (byte == 'c')
        return ESCAPE_MONITOR;
    return byte == 'x' ? ESCAPE_QUIT : ESCAPE_NOTHING;
}

enum escape_action escape_feed(struct escape *escape, uint8_t byte, bool *pass, uint8_t *out)
{
    if (escape->armed) {
        escape->armed = false;
        *out = ESCAPE_KEY;
        return feed_armed(byte, pass);
    }
    escape->armed = byte == ESCAPE_KEY;
    *pass = !escape->armed;
    *out = byte;
    return ESCAPE_NOTHING;
}

const char *escape_help(void)
{
    return "\r\nCtrl-A h  this help\r\nCtrl-A c  the monitor, and back\r\nCtrl-A x  quit\r\nCtrl-A a  send Ctrl-A to "
           "the guest\r\n";
}
