/* SPDX-License-Identifier: MIT */
#include "project/changes.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"

/* Deeper than sources lie; a link that leads in a circle ends there. */
#define DEPTH_MAX 16

/* A file counts when it is whole: closed, or moved here. Links are made without being opened. */
#define EVENTS (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ONLYDIR | IN_EXCL_UNLINK)

struct watched {
    int number; /* inotify's */
    bool deep;  /* folders in it are watched, too */
    char *path;
};

struct changes {
    int fd;
    struct watched *list; /* the first is the project's folder */
    unsigned count, capacity;
    char name[NAME_MAX + 1]; /* of the last change */
};

static const char *const endings[] = {".c", ".h", ".S", ".s", ".inc", ".ld", ".rs", ".toml"};

static bool is_source(const char *name)
{
    const char *dot = strrchr(name, '.');
    if (name[0] == '.' || dot == NULL)
        return false;
    for (unsigned i = 0; i < ARRAY_SIZE(endings); i++)
        if (strcmp(dot, endings[i]) == 0)
            return true;
    return false;
}

/* Where builds put what they make. */
static bool is_for_results(const char *name)
{
    const char *dot = strrchr(name, '.');
    return name[0] == '.' || strcmp(name, "build") == 0 || strcmp(name, "target") == 0 ||
           (dot != NULL && strcmp(dot, ".objects") == 0);
}

static bool grow(struct changes *changes)
{
    if (changes->count < changes->capacity)
        return true;
    unsigned capacity = changes->capacity * 2 + 16;
    struct watched *list = realloc(changes->list, capacity * sizeof *list);
    if (list == NULL)
        return false;
    changes->list = list;
    changes->capacity = capacity;
    return true;
}

static struct watched *find(struct changes *changes, int number)
{
    for (unsigned i = 0; i < changes->count; i++)
        if (changes->list[i].number == number)
            return &changes->list[i];
    return NULL;
}

/* False, with errno, if it is not watched. */
static bool watch(struct changes *changes, const char *path, bool deep)
{
    int number = inotify_add_watch(changes->fd, path, EVENTS);
    if (number < 0)
        return false;
    struct watched *known = find(changes, number);
    if (known != NULL) {
        known->deep |= deep;
        return true;
    }
    char *copy = strdup(path);
    if (copy == NULL || !grow(changes)) {
        free(copy);
        errno = ENOMEM;
        return false;
    }
    changes->list[changes->count++] = (struct watched){number, deep, copy};
    return true;
}

static bool is_folder(const char *path)
{
    struct stat stat_of_it;
    return lstat(path, &stat_of_it) == 0 && S_ISDIR(stat_of_it.st_mode);
}

/* Watches the folders in this one, and in those; *found: there is a source in one of them. */
static void watch_below(struct changes *changes, const char *path, unsigned depth, bool *found)
{
    char inner[PATH_MAX];
    DIR *directory = depth < DEPTH_MAX ? opendir(path) : NULL;
    if (directory == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (is_source(entry->d_name))
            *found = true;
        if (is_for_results(entry->d_name) ||
            (size_t)snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) >= sizeof inner)
            continue;
        if (is_folder(inner) && watch(changes, inner, true))
            watch_below(changes, inner, depth + 1, found);
    }
    closedir(directory);
}

struct changes *changes_open(const char *folder, struct error *err)
{
    struct changes *changes = calloc(1, sizeof *changes);
    bool found = false;
    if (changes == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    changes->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (changes->fd < 0 || !watch(changes, folder, true)) {
        error_set(err, "cannot watch the folder '%.400s': %s", folder,
                  errno == EMFILE || errno == ENOSPC ? "too many are watched (sysctl fs.inotify)" : strerror(errno));
        changes_close(changes);
        return NULL;
    }
    watch_below(changes, folder, 0, &found);
    return changes;
}

void changes_add(struct changes *changes, const char *folder)
{
    watch(changes, folder, false);
}

int changes_descriptor(const struct changes *changes)
{
    return changes->fd;
}

static void forget(struct changes *changes, struct watched *gone)
{
    free(gone->path);
    *gone = changes->list[--changes->count];
}

/* A link of either kind is a file at once. */
static bool is_link(const char *path)
{
    struct stat stat_of_it;
    return lstat(path, &stat_of_it) == 0 &&
           (S_ISLNK(stat_of_it.st_mode) || (S_ISREG(stat_of_it.st_mode) && stat_of_it.st_nlink > 1));
}

/* Whether the event in the folder is a change. */
static bool judge(struct changes *changes, const struct watched *folder, const struct inotify_event *event)
{
    char path[PATH_MAX];
    bool found = false;
    if (event->len == 0 || (size_t)snprintf(path, sizeof path, "%s/%s", folder->path, event->name) >= sizeof path)
        return false;
    if ((event->mask & IN_ISDIR) == 0)
        return is_source(event->name) && ((event->mask & IN_CREATE) == 0 || is_link(path));
    if (!folder->deep || is_for_results(event->name))
        return false;
    if ((event->mask & (IN_CREATE | IN_MOVED_TO)) == 0)
        return (event->mask & IN_MOVED_FROM) != 0;
    if (watch(changes, path, true)) /* and what came into it before it was watched */
        watch_below(changes, path, 0, &found);
    return found;
}

/* False: the project's folder is gone. */
static bool take(struct changes *changes, const struct inotify_event *event, bool *changed)
{
    struct watched *folder = find(changes, event->wd);
    if ((event->mask & IN_Q_OVERFLOW) != 0)
        *changed = true;
    if (folder == NULL)
        return true;
    bool is_first = folder == changes->list;
    if ((event->mask & IN_IGNORED) == 0 && judge(changes, folder, event)) {
        *changed = true;
        snprintf(changes->name, sizeof changes->name, "%s", event->name);
    }
    if ((event->mask & IN_IGNORED) != 0 && !is_first)
        forget(changes, folder);
    return (event->mask & IN_IGNORED) == 0 || !is_first;
}

bool changes_take(struct changes *changes, bool *changed, struct error *err)
{
    _Alignas(struct inotify_event) char events[16384];
    *changed = false;
    for (ssize_t got; (got = read(changes->fd, events, sizeof events)) > 0;) {
        for (ssize_t at = 0; at < got;) {
            const struct inotify_event *event = (const struct inotify_event *)(events + at);
            at += (ssize_t)(sizeof *event + event->len);
            if (!take(changes, event, changed))
                return error_set(err, "the folder '%.400s' is gone", changes->list[0].path);
        }
    }
    return true;
}

const char *changes_name(const struct changes *changes)
{
    return changes->name;
}

void changes_close(struct changes *changes)
{
    if (changes == NULL)
        return;
    for (unsigned i = 0; i < changes->count; i++)
        free(changes->list[i].path);
    free(changes->list);
    if (changes->fd >= 0)
        close(changes->fd);
    free(changes);
}
