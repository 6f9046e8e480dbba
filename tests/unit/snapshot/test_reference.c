/* SPDX-License-Identifier: MIT */
/* docs/snapshot-format.md shows the tables that snapshots are made by. With --write PAGE: puts what has to stand behind the
 * page's mark there. */
#include "snapshot/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/boot_saved.h"
#include "machine/saved.h"
#include "quiet_machine.h"
#include "snapshot/configuration.h"

#define TEXT_BYTES (1u << 18)
#define DISK_BYTES 65536
#define MARK "<!-- What follows is made from the tables: unit.snapshot.reference --write docs/snapshot-format.md -->\n"

struct text {
    size_t used;
    char bytes[TEXT_BYTES];
};

static void keep(void *owner, const char *bytes, size_t count)
{
    struct text *text = owner;
    if (count >= sizeof text->bytes - text->used)
        count = 0;
    memcpy(text->bytes + text->used, bytes, count);
    text->used += count;
    text->bytes[text->used] = '\0';
}

static void say(const struct reference_out *out, const char *text)
{
    out->write(out->owner, text, strlen(text));
}

/* Has each kind of device, so that each kind of section is there. */
static struct machine *make_machine(const char *disk)
{
    static const uint8_t loop[] = {0x6f, 0, 0, 0};
    struct machine_host host = quiet_host();
    struct machine_config config = quiet_config(loop, sizeof loop, 2);
    struct error err = {""};
    config.disks[config.disk_count++] = disk;
    config.ports[config.port_count++] = "console";
    config.nets[config.net_count++] = "unplugged";
    config.vsock = "cid=3";
    config.gpu = "";
    config.balloon = true;
    config.shares[config.share_count++] = ".";
    config.share_program = getenv("MICROVM");
    config.audio = "wav:/dev/null";
    struct machine *machine = machine_create(&config, &host, &err);
    if (machine == NULL)
        fprintf(stderr, "%s\n", err.text);
    return machine;
}

static const struct state_blob boot_pieces = {
    .meaning =
        "the pieces that a reset writes to RAM again. Each: u32 what it is of (0 firmware, 1 kernel, 2 device tree, 3 "
        "initrd), u32 0, u64 its physical address, u64 its bytes in RAM, u64 its bytes here, and these; what RAM has "
        "more is zeros"};

static void write_parts(const struct reference_out *out, const struct machine *machine)
{
    struct state_part parts[MACHINE_MAX_PARTS + 2] = {
        {.name = "configuration", .table = &configuration_table},
        {.name = "boot", .table = &boot_plan_saved, .blob = &boot_pieces}};
    unsigned count = 2 + machine_parts(machine, parts + 2);
    reference_parts(out, parts, count);
}

static bool write_reference(const struct reference_out *out)
{
    char disk[] = "/tmp/microvm-reference-XXXXXX";
    int fd = mkstemp(disk);
    if (fd < 0 || ftruncate(fd, DISK_BYTES) != 0 || close(fd) != 0)
        return false;
    struct machine *machine = make_machine(disk);
    say(out, "\n## Container\n");
    reference_layout(out);
    say(out, "\n## Sections\n");
    if (machine != NULL)
        write_parts(out, machine);
    machine_destroy(machine);
    unlink(disk);
    return machine != NULL;
}

static bool read_page(const char *path, struct text *page)
{
    FILE *file = path != NULL ? fopen(path, "r") : NULL;
    if (file == NULL)
        return false;
    page->used = fread(page->bytes, 1, sizeof page->bytes - 1, file);
    fclose(file);
    page->bytes[page->used] = '\0';
    return strstr(page->bytes, MARK) != NULL;
}

static void the_page_holds_the_tables_that_snapshots_are_made_by(void **state)
{
    static struct text reference, page;
    const struct reference_out out = {&reference, keep};
    (void)state;
    if (getenv("SNAPSHOT_PAGE") == NULL)
        skip();
    assert_true(read_page(getenv("SNAPSHOT_PAGE"), &page));
    assert_true(write_reference(&out));
    if (strcmp(strstr(page.bytes, MARK) + strlen(MARK), reference.bytes) != 0)
        fail_msg("docs/snapshot-format.md is out of date: unit.snapshot.reference --write docs/snapshot-format.md");
}

static int write_page(const char *path)
{
    static struct text page;
    const struct reference_out out = {&page, keep};
    if (!read_page(path, &page)) {
        fprintf(stderr, "%s cannot be read, or has not the mark\n", path);
        return 1;
    }
    page.used = (size_t)(strstr(page.bytes, MARK) + strlen(MARK) - page.bytes);
    FILE *file = write_reference(&out) ? fopen(path, "w") : NULL;
    if (file == NULL || fputs(page.bytes, file) < 0 || fclose(file) != 0) {
        fprintf(stderr, "%s cannot be written\n", path);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_page_holds_the_tables_that_snapshots_are_made_by)};
    if (argc == 3 && strcmp(argv[1], "--write") == 0)
        return write_page(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
