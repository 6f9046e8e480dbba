/* SPDX-License-Identifier: MIT */
#include "remote/event.h"

#include "remote/call.h"

json_t *remote_event_ended(const struct stop *stop)
{
    static const char *const reasons[] = {
        [STOP_POWEROFF] = "powered-off", [STOP_FAIL] = "failed",   [STOP_RESET] = "reset", [STOP_BUDGET] = "budget",
        [STOP_TIMEOUT] = "timeout",      [STOP_SIGNAL] = "signal", [STOP_QUIT] = "quit",   [STOP_STUCK] = "stuck"};
    return json_pack("{s:s, s:s, s:o, s:i}", "event", "ended", "reason", reasons[stop->reason], "code",
                     remote_json_word(stop->code), "status", stop_exit_status(stop));
}
