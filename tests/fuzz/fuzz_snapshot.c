/* SPDX-License-Identifier: MIT */
/* Snapshot files: each input is opened as it is, and once more with all of its checksums put right, so that what lies behind
 * them is reached. Whatever is accepted can be read to its end; whatever is refused is refused in one line. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bits.h"
#include "fuzz.h"
#include "snapshot_repair.h"

#define MOST_LOADED (4u << 20)

static void expect_line(const struct error *err)
{
    EXPECT(err->text[0] != '\0' && strchr(err->text, '\n') == NULL && strstr(err->text, "'fuzz'") != NULL);
}

static bool take(void *owner, uint64_t offset, const uint8_t *bytes, size_t count, struct error *err)
{
    const struct container_section *section = owner;
    volatile uint8_t sum = 0;
    (void)err;
    EXPECT(offset % CONTAINER_PIECE_BYTES == 0 && count != 0 && range_fits(offset, count, section->bytes));
    for (size_t i = 0; i < count; i++)
        sum += bytes[i];
    return true;
}

static void read_section(struct container *container, const struct container_section *section)
{
    struct error err = {""};
    bool pages = section->form == CONTAINER_PAGES;
    bool ok = container_each_piece(container, section, take, (void *)(uintptr_t)section, &err);
    EXPECT(ok || pages); /* all else was checked already */
    if (!ok)
        expect_line(&err);
    if (section->bytes > MOST_LOADED)
        return;
    uint8_t *memory = calloc(1, (size_t)section->bytes + 1);
    EXPECT(memory != NULL);
    EXPECT(container_load(container, section, memory, section->bytes, &err) == ok);
    free(memory);
}

static void read_all(struct container *container)
{
    struct container_template template;
    struct error err = {""};
    for (unsigned i = 0; i < container_section_count(container); i++) {
        const struct container_section *section = container_section_at(container, i);
        EXPECT(container_find(container, section->name, section->version, &err) == section);
        read_section(container, section);
    }
    if (!container_template(container, &template))
        return;
    volatile uint32_t sum = 0;
    for (uint64_t i = 0; i < template.bytes / CONTAINER_PAGE_BYTES; i++)
        sum += template.checksums[i];
    EXPECT(template.offset % CONTAINER_PAGE_BYTES == 0);
}

static bool open_and_read(const uint8_t *data, size_t size)
{
    struct error err = {""};
    int fd = memfd_create("snapshot", MFD_CLOEXEC);
    EXPECT(fd >= 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    struct container *container = container_open_fd(fd, "fuzz", file_calls_host(), &err);
    if (container == NULL)
        expect_line(&err);
    else
        read_all(container);
    container_close(container);
    return container != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size + 1);
    EXPECT(copy != NULL);
    if (size != 0)
        memcpy(copy, data, size);
    bool whole = open_and_read(data, size);
    bool repaired = snapshot_repair(copy, size) && open_and_read(copy, size);
    EXPECT(repaired || !whole); /* the repair changes nothing that is right */
    free(copy);
    return 0;
}
