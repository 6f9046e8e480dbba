/* SPDX-License-Identifier: MIT */
/* docs/monitor.md shows the commands that there are. With --print: what has to stand in it. */
#include "monitor/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE_BYTES (1u << 16)

struct text {
    size_t used;
    char bytes[PAGE_BYTES];
};

static void keep(void *owner, const char *bytes, size_t count)
{
    struct text *text = owner;
    assert_true(text->used + count < sizeof text->bytes);
    memcpy(text->bytes + text->used, bytes, count);
    text->used += count;
    text->bytes[text->used] = '\0';
}

static void print(void *owner, const char *bytes, size_t count)
{
    fwrite(bytes, 1, count, owner);
}

static void the_page_holds_the_table_of_the_commands(void **state)
{
    static struct text reference, page;
    const struct monitor_out out = {&reference, keep, false};
    const char *path = getenv("MONITOR_PAGE");
    (void)state;
    if (path == NULL)
        skip();
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    page.used = fread(page.bytes, 1, sizeof page.bytes - 1, file);
    fclose(file);
    monitor_reference(&out);
    if (strstr(page.bytes, reference.bytes) == NULL)
        fail_msg("docs/monitor.md is out of date: its tables are what unit.monitor.reference --print prints");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_page_holds_the_table_of_the_commands)};
    if (argc > 1 && strcmp(argv[1], "--print") == 0) {
        monitor_reference(&(struct monitor_out){stdout, print, false});
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
