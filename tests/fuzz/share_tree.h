/* SPDX-License-Identifier: MIT */
/* A folder to be shared, for the time of one input, with a secret beside it. */
#ifndef MICROVM_TESTS_FUZZ_SHARE_TREE_H
#define MICROVM_TESTS_FUZZ_SHARE_TREE_H

#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "fuzz.h"

#define SECRET "what no guest may read"

struct share_tree {
    char path[FOLDER_BYTES];
    int at, shared;
};

static inline void tree_file(int at, const char *name, const char *text)
{
    int fd = openat(at, name, O_WRONLY | O_CREAT, 0644);
    EXPECT(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static inline void share_tree_create(struct share_tree *tree)
{
    folder_create(tree->path);
    tree->at = open(tree->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    EXPECT(mkdirat(tree->at, "shared", 0755) == 0);
    tree->shared = openat(tree->at, "shared", O_PATH | O_DIRECTORY | O_CLOEXEC);
    EXPECT(mkdirat(tree->shared, "d", 0755) == 0 && mkfifoat(tree->shared, "fifo", 0644) == 0);
    tree_file(tree->shared, "f", "text");
    tree_file(tree->shared, "d/f", "text");
    tree_file(tree->at, "secret", SECRET);
    EXPECT(symlinkat("../secret", tree->shared, "link") == 0 && symlinkat("..", tree->shared, "up") == 0);
}

static inline int share_tree_remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

/* What lies beside the folder is as it was. */
static inline void share_tree_destroy(struct share_tree *tree)
{
    char text[64] = {0};
    int fd = openat(tree->at, "secret", O_RDONLY);
    EXPECT(fd >= 0 && read(fd, text, sizeof text - 1) == (ssize_t)strlen(SECRET) && strcmp(text, SECRET) == 0);
    close(fd);
    close(tree->shared);
    close(tree->at);
    nftw(tree->path, share_tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
