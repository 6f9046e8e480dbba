/* SPDX-License-Identifier: MIT */
#include "host/display/display_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct display_options parsed(const char *text)
{
    struct display_options options;
    struct error err;
    assert_true(display_options_parse(text, &options, &err));
    return options;
}

static void refused(const char *text, const char *part)
{
    struct display_options options;
    struct error err;
    assert_false(display_options_parse(text, &options, &err));
    assert_non_null(strstr(err.text, part));
}

static void nothing_is_shown_if_none_is_said(void **state)
{
    (void)state;
    assert_int_equal(parsed("none").kind, DISPLAY_NONE);
    refused("none,full-screen", "none has no options");
    refused("", "there is no display ''");
    refused("nothing", "there is no display 'nothing'");
}

static void a_window_has_a_scale_and_may_be_the_full_screen(void **state)
{
    (void)state;
    assert_int_equal(parsed("sdl").kind, DISPLAY_SDL);
    assert_int_equal(parsed("sdl").scale, 0);
    assert_int_equal(parsed("sdl,scale=3").scale, 3);
    assert_int_equal(parsed("sdl,scale=3,scale=fit").scale, 0);
    assert_true(parsed("sdl,scale=2,full-screen").full_screen);
    assert_false(parsed("sdl").full_screen);
    refused("sdl,scale=0", "scale '0'");
    refused("sdl,scale=17", "scale '17'");
    refused("sdl,scale=2x", "scale '2x'");
    refused("sdl,scale=-1", "scale '-1'");
    refused("sdl=1", "there is no display");
    refused("sdl,password-file=x", "unknown display option");
}

static void vnc_is_on_a_port_or_on_a_socket(void **state)
{
    (void)state;
    assert_int_equal(parsed("vnc").kind, DISPLAY_VNC);
    assert_false(parsed("vnc").has_port);
    assert_int_equal(parsed("vnc=5901").port, 5901);
    assert_string_equal(parsed("vnc=unix:a/b").path, "a/b");
    assert_string_equal(parsed("vnc=unix:a,,b,password-file=c,,d").path, "a,b");
    assert_string_equal(parsed("vnc=unix:a,,b,password-file=c,,d").password, "c,d");
    refused("vnc=", "wants a port");
    refused("vnc=0", "wants a port");
    refused("vnc=65536", "wants a port");
    refused("vnc=18446744073709551617", "wants a port");
    refused("vnc=+1", "wants a port");
    refused("vnc=0.0.0.0:5900", "wants a port");
    refused("vnc=unix:", "wants a path");
    refused("vnc,password-file=", "wants a file");
    refused("vnc,scale=2", "unknown display option");
}

static void a_text_that_is_too_long_is_refused(void **state)
{
    char text[6000] = "vnc=unix:";
    (void)state;
    memset(text + strlen(text), 'a', 5000);
    refused(text, "a path of more than");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_shown_if_none_is_said),
        cmocka_unit_test(a_window_has_a_scale_and_may_be_the_full_screen),
        cmocka_unit_test(vnc_is_on_a_port_or_on_a_socket),
        cmocka_unit_test(a_text_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
