/* SPDX-License-Identifier: MIT */
#include "fs.h"

#include <stddef.h>

#include "console.h"
#include "disk.h"

/* Sector 0 holds the magic text, sector 1 the map, sector 2 the directory; the rest is the files'. */
enum { MAP_SECTOR = 1, DIRECTORY_SECTOR = 2, FIRST_DATA_SECTOR = 3 };
enum { SECTORS = 256, FILES = 16, NAME_BYTES = 24 };
enum { FREE = 0, LAST = 1 };       /* in the map; any other number is the file's next sector */

static const char magic[8] = {'t', 'i', 'n', 'y', 'f', 's', '0', '1'};

struct entry {
    char name[NAME_BYTES];         /* ends with a zero; an empty name: a free entry */
    uint32_t size;
    uint32_t first;                /* its first sector, or LAST for a file of no bytes */
};

static uint16_t map[SECTORS];
static struct entry directory[FILES];
static char buffer[SECTOR_BYTES];
static uint32_t sectors;           /* that the disk has, and the map tells of */

_Static_assert(sizeof map == SECTOR_BYTES, "the map fills its sector");
_Static_assert(sizeof directory == SECTOR_BYTES, "the directory, too");

bool fs_mount(void)
{
    sectors = disk_sectors() < SECTORS ? disk_sectors() : SECTORS;
    if (!disk_read(0, buffer))
        return false;
    for (unsigned i = 0; i < sizeof magic; i++) {
        if (buffer[i] != magic[i])
            return false;
    }
    return disk_read(MAP_SECTOR, map) && disk_read(DIRECTORY_SECTOR, directory);
}

void fs_list(void)
{
    for (struct entry *e = directory; e < directory + FILES; e++) {
        if (e->name[0])
            printf("%u %s\n", e->size, e->name);
    }
}

static bool is_name(const struct entry *e, const char *name)
{
    unsigned i = 0;
    while (i < NAME_BYTES - 1 && e->name[i] && e->name[i] == name[i])
        i++;
    return e->name[i] == name[i];
}

static struct entry *find(const char *name)
{
    for (struct entry *e = directory; e < directory + FILES; e++) {
        if (is_name(e, name))
            return e;
    }
    return NULL;
}

bool fs_print(const char *name)
{
    struct entry *e = name[0] ? find(name) : NULL;
    if (!e)
        return false;
    uint32_t left = e->size;
    for (uint32_t sector = e->first; left != 0; sector = map[sector]) {
        if (sector < FIRST_DATA_SECTOR || sector >= sectors || !disk_read(sector, buffer))
            return false;          /* the chain is too short, or leads nowhere */
        for (unsigned i = 0; i < SECTOR_BYTES && left != 0; i++, left--)
            put_char(buffer[i]);
    }
    return true;
}

/* Gives the sectors of a chain back, in memory. */
static void release(uint32_t sector)
{
    while (sector >= FIRST_DATA_SECTOR && sector < sectors) {
        uint32_t next = map[sector];
        map[sector] = FREE;
        sector = next;
    }
}

/* Makes a chain of free sectors, in memory. Its first sector, or FREE: there are not so many. */
static uint32_t allocate(uint32_t count)
{
    uint32_t chain = LAST;
    for (uint32_t sector = sectors - 1; sector >= FIRST_DATA_SECTOR && count != 0; sector--) {
        if (map[sector] == FREE) {
            map[sector] = chain;
            chain = sector;
            count--;
        }
    }
    if (count == 0)
        return chain;
    release(chain);
    return FREE;
}

static bool write_chain(uint32_t sector, const char *bytes, uint32_t size)
{
    for (uint32_t done = 0; done < size; sector = map[sector]) {
        for (unsigned i = 0; i < SECTOR_BYTES; i++, done++)
            buffer[i] = done < size ? bytes[done] : 0;
        if (!disk_write(sector, buffer))
            return false;
    }
    return true;
}

static bool set_entry(struct entry *e, const char *name, uint32_t size, uint32_t first)
{
    for (unsigned i = 0; i < NAME_BYTES; i++)
        e->name[i] = *name ? *name++ : 0;
    e->size = size;
    e->first = first;
    return disk_write(DIRECTORY_SECTOR, directory);
}

static bool is_legal(const char *name)
{
    unsigned length = 0;
    while (name[length])
        length++;
    return length != 0 && length < NAME_BYTES;
}

bool fs_write(const char *name, const char *bytes, uint32_t size)
{
    struct entry *e = find(name);
    if (!e)
        e = find("");              /* a free entry has no name */
    if (!e || !is_legal(name))
        return false;
    uint32_t first = allocate((size + SECTOR_BYTES - 1) / SECTOR_BYTES);
    if (first == FREE)
        return false;
    if (!write_chain(first, bytes, size) || !disk_write(MAP_SECTOR, map)) {
        release(first);
        return false;
    }
    uint32_t old = e->name[0] ? e->first : LAST;
    if (!set_entry(e, name, size, first))
        return false;
    release(old);
    return disk_write(MAP_SECTOR, map);
}

/* The directory first: if the power fails behind it, the sectors are lost, but no file has them. */
bool fs_remove(const char *name)
{
    struct entry *e = name[0] ? find(name) : NULL;
    if (!e)
        return false;
    uint32_t first = e->first;
    if (!set_entry(e, "", 0, 0))
        return false;
    release(first);
    return disk_write(MAP_SECTOR, map);
}

/* Reads a whole file; false: its chain is too short, or leads nowhere, or the disk could not. */
static bool read_chain(const struct entry *e, char *bytes)
{
    uint32_t done = 0;
    for (uint32_t sector = e->first; done < e->size; sector = map[sector]) {
        if (sector < FIRST_DATA_SECTOR || sector >= sectors || !disk_read(sector, buffer))
            return false;
        for (unsigned i = 0; i < SECTOR_BYTES && done < e->size; i++, done++)
            bytes[done] = buffer[i];
    }
    return true;
}

/* Writes the file anew, with what is added: so a crash leaves the old file or the new one, and lost
 * sectors at worst, as fs_write does. It takes room for both until it is done. */
bool fs_append(const char *name, const char *bytes, uint32_t size)
{
    static char whole[SECTORS * SECTOR_BYTES];
    struct entry *e = name[0] ? find(name) : NULL;
    uint32_t old = e ? e->size : 0;
    if (old > sizeof whole || size > sizeof whole - old || (e && !read_chain(e, whole)))
        return false;
    for (uint32_t i = 0; i < size; i++)
        whole[old + i] = bytes[i];
    return fs_write(name, whole, old + size);
}

unsigned fs_free(void)
{
    unsigned count = 0;
    for (uint32_t sector = FIRST_DATA_SECTOR; sector < sectors; sector++)
        count += map[sector] == FREE;
    return count;
}

unsigned fs_lost(void)
{
    static bool reached[SECTORS];
    for (unsigned i = 0; i < SECTORS; i++)
        reached[i] = false;
    for (struct entry *e = directory; e < directory + FILES; e++) {
        uint32_t sector = e->name[0] ? e->first : LAST;
        while (sector >= FIRST_DATA_SECTOR && sector < sectors && !reached[sector]) {
            reached[sector] = true;
            sector = map[sector];
        }
    }
    unsigned count = 0;
    for (uint32_t sector = FIRST_DATA_SECTOR; sector < sectors; sector++)
        count += map[sector] != FREE && !reached[sector];
    return count;
}
