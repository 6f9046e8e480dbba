/* SPDX-License-Identifier: MIT */
/* A folder for the time of a test, with a secret beside what is shared. Include cmocka.h first. */
#ifndef MICROVM_TESTS_UNIT_SHARE_TREE_H
#define MICROVM_TESTS_UNIT_SHARE_TREE_H

#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET "what no guest may read"

struct tree {
    char path[64];
    int at;     /* of the whole */
    int shared; /* of the folder "shared" in it */
};

static inline void tree_write(int at, const char *name, const char *text)
{
    int fd = openat(at, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

/* Whether the file holds this text. */
static inline bool tree_holds(int at, const char *name, const char *text)
{
    char bytes[256] = {0};
    int fd = openat(at, name, O_RDONLY);
    ssize_t got = fd >= 0 ? read(fd, bytes, sizeof bytes - 1) : -1;
    if (fd >= 0)
        close(fd);
    return got >= 0 && strcmp(bytes, text) == 0;
}

static inline void tree_create(struct tree *tree)
{
    strcpy(tree->path, "/tmp/microvm-share-XXXXXX");
    assert_non_null(mkdtemp(tree->path));
    tree->at = open(tree->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(tree->at, "shared", 0755), 0);
    tree->shared = openat(tree->at, "shared", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(tree->shared >= 0);
    tree_write(tree->at, "secret", SECRET);
}

static inline int tree_remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline void tree_destroy(struct tree *tree)
{
    close(tree->shared);
    close(tree->at);
    nftw(tree->path, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
