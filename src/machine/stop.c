/* SPDX-License-Identifier: MIT */
#include "machine/stop.h"

static int guest_status(uint64_t code)
{
    return code >= 1 && code <= EXIT_STATUS_MAX_GUEST ? (int)code : EXIT_STATUS_MAX_GUEST;
}

int stop_exit_status(const struct stop *stop)
{
    switch (stop->reason) {
    case STOP_FAIL: return guest_status(stop->code);
    case STOP_STUCK: return EXIT_STATUS_STUCK;
    case STOP_BUDGET: return EXIT_STATUS_BUDGET;
    case STOP_RESET: return EXIT_STATUS_RESET;
    case STOP_TIMEOUT: return EXIT_STATUS_TIMEOUT;
    case STOP_SIGNAL: return EXIT_STATUS_SIGNAL + (int)stop->code;
    case STOP_NONE:
    case STOP_POWEROFF:
    case STOP_QUIT: break;
    }
    return 0;
}
