/* SPDX-License-Identifier: MIT */
/* The snapshot file: named sections in a file whose name always holds a whole old one or a whole new one, and which is
 * checked whole before anybody sees a byte of it. Knows nothing of machines. docs/snapshot-format.md has the layout.
 *
 * A section is a sequence of bytes; what is zero in it costs next to nothing, in the file and in memory. One section may
 * be stored as plain pages instead, to be mapped: those are checked when they are used. */
#ifndef MICROVM_SNAPSHOT_CONTAINER_H
#define MICROVM_SNAPSHOT_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "host/file_calls.h"

#define CONTAINER_VERSION 1        /* of the layout; each section has a version of its own besides */
#define CONTAINER_PAGE_BYTES 4096u /* of sections that are mapped */
#define CONTAINER_NAME_BYTES 24    /* of a section: lower-case letters, digits, '.', '-'; the last byte is 0 */
#define CONTAINER_DIGEST_BYTES 32

enum container_compression { CONTAINER_PLAIN, CONTAINER_ZLIB, CONTAINER_ZSTD, CONTAINER_COMPRESSIONS };
enum container_form { CONTAINER_CHUNKS, CONTAINER_PAGES };

/* The best that this build has: zstd, else zlib. */
enum container_compression container_best_compression(void);

struct container_options {
    enum container_compression compression;
    const struct file_calls *calls; /* NULL: the system's */
};

/* Writing. The file gets its name, and what had it is gone, when container_commit succeeds and not before. After an error
 * nothing but container_abort is left to do. */
struct container_writer;

/* NULL on failure. A link is followed; what stands there and is no regular file is refused. */
struct container_writer *container_writer_open(const char *path, const struct container_options *options,
                                               struct error *err);

/* A whole section. */
bool container_section(struct container_writer *writer, const char *name, uint32_t version, const void *bytes,
                       size_t count, struct error *err);

/* A long one, piece by piece. CONTAINER_PAGES at most once in a file. */
bool container_section_begin(struct container_writer *writer, const char *name, uint32_t version,
                             enum container_form form, struct error *err);
bool container_append(struct container_writer *writer, const void *bytes, size_t count, struct error *err);
bool container_append_zeros(struct container_writer *writer, uint64_t count, struct error *err);
bool container_section_end(struct container_writer *writer, struct error *err);

/* Both release the writer, whatever happens. */
bool container_commit(struct container_writer *writer, struct error *err);
void container_abort(struct container_writer *writer); /* NULL is accepted */

/* Reading. */
struct container;

struct container_section {
    const char *name;
    uint32_t version;
    enum container_form form;
    uint64_t
        bytes; /* of its contents; whatever the file says, so ask for no memory before knowing how many are right */
    uint64_t stored; /* in the file; zero pages of a mapped section count */
};

/* Checks all of the file but mapped pages: nothing is wrong with it if this succeeds. NULL on failure; err names the file,
 * the section and the fault. The second takes the descriptor over, also on failure, and name is for messages. */
struct container *container_open(const char *path, struct error *err);
struct container *container_open_fd(int fd, const char *name, const struct file_calls *calls, struct error *err);
void container_close(struct container *container); /* NULL is accepted */

const char *container_path(const struct container *container);
/* Of all bytes before the digest itself but mapped pages and their checksums (those have checksums that are in it). */
const uint8_t *container_digest(const struct container *container);

unsigned container_section_count(const struct container *container);
const struct container_section *container_section_at(const struct container *container, unsigned index);

/* NULL: there is none. */
const struct container_section *container_look_for(const struct container *container, const char *name);

/* One that has to be there, in this version; NULL if not so. */
const struct container_section *container_find(const struct container *container, const char *name, uint32_t version,
                                               struct error *err);

/* The section's contents, into memory that is zero; its pages of zeros are not touched. bytes are how many are expected,
 * and any other number is an error. Fails also if the file was changed since it was opened. */
bool container_load(struct container *container, const struct container_section *section, void *zeros, uint64_t bytes,
                    struct error *err);

/* The same piece by piece, in ascending order: at most CONTAINER_PIECE_BYTES each, at multiples of it; pieces that are all
 * zero are left out. take returns false, with err filled, to end it. */
#define CONTAINER_PIECE_BYTES (256u << 10)
bool container_each_piece(struct container *container, const struct container_section *section,
                          bool (*take)(void *owner, uint64_t offset, const uint8_t *bytes, size_t count,
                                       struct error *err),
                          void *owner, struct error *err);

/* The section that is to be mapped: from offset, a multiple of the page's size, in the container's own descriptor. Its
 * pages are NOT checked: compare container_page_checksum of each with checksums[page] before it is used. All of it is
 * valid until container_close. False: it has none. */
struct container_template {
    const struct container_section *section;
    int fd;
    uint64_t offset, bytes;
    const uint32_t *checksums;
};
bool container_template(const struct container *container, struct container_template *result);

/* 0 for a page of zeros. */
uint32_t container_page_checksum(const uint8_t page[CONTAINER_PAGE_BYTES]);

/* Checks all pages of the mapped section, if there is one. */
bool container_check_pages(struct container *container, struct error *err);

#endif
