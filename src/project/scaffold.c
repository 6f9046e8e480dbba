/* SPDX-License-Identifier: MIT */
/* The files are made in a hidden folder beside the place where they belong, and moved there when all of them are complete. */
#include "project/scaffold.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/text.h"
#include "project/file.h"

enum { SHOWN = 200 }; /* bytes of a name in a message */

struct scaffold {
    const struct template *template;
    char target[PATH_MAX];  /* without slashes at its end */
    char name[PATH_MAX];    /* the project's: the last part of the target's full name */
    bool exists;            /* an empty folder: it stays, and its content comes */
    char stage[PATH_MAX];   /* the hidden folder */
    char content[PATH_MAX]; /* in it, what becomes the target or its content */
};

static bool refuse(const struct scaffold *s, struct error *err)
{
    return error_set(err, "init: cannot make the project '%.*s': %s; nothing was made", SHOWN, s->target,
                     strerror(errno));
}

static bool join(char path[PATH_MAX], const char *folder, const char *name)
{
    int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    errno = ENAMETOOLONG;
    return length < PATH_MAX;
}

/* "a/b" as "a", "b" as "." and "/b" as "/". */
static void parent_of(const char *path, char parent[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    int length = slash == NULL || slash == path ? 1 : (int)(slash - path);
    snprintf(parent, PATH_MAX, "%.*s", length, slash == NULL ? "." : path);
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static bool take_target(struct scaffold *s, const char *target, struct error *err)
{
    size_t length = strlen(target);
    while (length > 1 && target[length - 1] == '/')
        length--;
    if (length == 0 || length >= PATH_MAX)
        return error_set(err, "init: %s", length == 0 ? "the project's folder wants a name" : "this name is too long");
    for (const char *c = target; *c != '\0'; c++)
        if (text_is_control(*c))
            return error_set(err, "init: '%.*s' has a control character in it; choose another name", SHOWN, target);
    snprintf(s->target, PATH_MAX, "%.*s", (int)length, target);
    return true;
}

static bool is_empty(const char *path, bool *empty)
{
    DIR *folder = opendir(path);
    if (folder == NULL)
        return false;
    *empty = true;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            *empty = false;
    closedir(folder);
    return true;
}

/* There is nothing of that name, or an empty folder. */
static bool check_free(struct scaffold *s, struct error *err)
{
    struct stat st;
    bool empty = false;
    if (lstat(s->target, &st) != 0)
        return errno == ENOENT || refuse(s, err);
    if (stat(s->target, &st) != 0 || !S_ISDIR(st.st_mode))
        return error_set(err, "init: '%.*s' is there already and is no folder; choose another name", SHOWN, s->target);
    if (!is_empty(s->target, &empty))
        return refuse(s, err);
    s->exists = true;
    return empty || error_set(err, "init: the folder '%.*s' is there already and is not empty; choose another name",
                              SHOWN, s->target);
}

/* "." and "a/.." are folders with a name, too. */
static bool take_name(struct scaffold *s, struct error *err)
{
    char full[PATH_MAX];
    if (!s->exists)
        snprintf(s->name, PATH_MAX, "%s", last_part(s->target));
    else if (realpath(s->target, full) != NULL)
        snprintf(s->name, PATH_MAX, "%s", last_part(full));
    else
        return refuse(s, err);
    return true;
}

static bool make_stage(struct scaffold *s, struct error *err)
{
    char folder[PATH_MAX];
    struct stat st;
    if (s->exists)
        memcpy(folder, s->target, PATH_MAX);
    else
        parent_of(s->target, folder);
    if (stat(folder, &st) != 0)
        return error_set(err, "init: cannot make the project '%.*s': the folder '%.*s': %s", SHOWN, s->target, SHOWN,
                         folder, strerror(errno));
    if (!join(s->stage, folder, ".microvm-init-XXXXXX") || mkdtemp(s->stage) == NULL)
        return refuse(s, err);
    if (join(s->content, s->stage, "project") && mkdir(s->content, 0777) == 0)
        return true;
    refuse(s, err);
    rmdir(s->stage);
    return false;
}

static int remove_one(const char *path, UNUSED const struct stat *st, UNUSED int kind, UNUSED struct FTW *place)
{
    return remove(path);
}

/* The length of the place holder that text begins with, and in *value what it stands for; 0: it is plain text. */
static size_t placeholder(const struct scaffold *s, const char *text, size_t size, const char **value)
{
    const struct {
        const char *word, *value;
    } words[] = {{"@NAME@", s->name},
                 {"@TEMPLATE@", s->template->name},
                 {"@MEANING@", s->template->meaning},
                 {"@MORE@", s->template->more},
                 {"@BEFORE@", s->template->also},
                 {"@OPTIONS@", s->template->behind},
                 {"@ARGUMENTS@", s->template->arguments}};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        size_t length = strlen(words[i].word);
        *value = words[i].value;
        if (length <= size && memcmp(text, words[i].word, length) == 0)
            return length;
    }
    return 0;
}

static void write_text(const struct scaffold *s, const struct template_file *file, FILE *out)
{
    for (const char *c = file->begin; c < file->end;) {
        const char *value;
        size_t length = placeholder(s, c, (size_t)(file->end - c), &value);
        if (length > 0)
            fputs(value, out);
        else
            fputc(*c, out);
        c += length > 0 ? length : 1;
    }
}

static bool write_file(const struct scaffold *s, const struct template_file *file)
{
    char path[PATH_MAX];
    if (!join(path, s->content, file->path) || !file_make_parents(path))
        return false;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file->executable ? 0777 : 0666);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (out == NULL) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    write_text(s, file, out);
    bool written = fflush(out) == 0 && ferror(out) == 0;
    int reason = errno;
    bool closed = fclose(out) == 0;
    if (!written)
        errno = reason;
    return written && closed;
}

static bool write_files(const struct scaffold *s)
{
    size_t count;
    const struct template_file *files = template_files(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(files[i].template, s->template->name) == 0 && !write_file(s, &files[i]))
            return false;
    return true;
}

/* Never in the place of something else; some file systems cannot promise that. */
static bool move(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return true;
    return (errno == EINVAL || errno == ENOSYS) && rename(from, to) == 0;
}

/* Each file and folder of the template that is in `from` and not in `to` yet. */
static bool move_content(const struct scaffold *s, const char *from, const char *to)
{
    size_t count;
    const struct template_file *files = template_files(&count);
    for (size_t i = 0; i < count; i++) {
        char name[PATH_MAX], old[PATH_MAX], new[PATH_MAX];
        if (strcmp(files[i].template, s->template->name) != 0)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(files[i].path, "/"), files[i].path);
        if (!join(old, from, name) || !join(new, to, name))
            return false;
        if (access(old, F_OK) == 0 && !move(old, new))
            return false;
    }
    return true;
}

static bool move_into_place(const struct scaffold *s)
{
    if (!s->exists)
        return move(s->content, s->target);
    if (move_content(s, s->content, s->target))
        return true;
    int reason = errno;
    move_content(s, s->target, s->content);
    errno = reason;
    return false;
}

bool scaffold_create(const char *target, const struct template *template, struct error *err)
{
    struct scaffold s = {.template = template};
    if (!take_target(&s, target, err) || !check_free(&s, err) || !take_name(&s, err) || !make_stage(&s, err))
        return false;
    bool ok = (write_files(&s) && move_into_place(&s)) || refuse(&s, err);
    nftw(s.stage, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return ok;
}
