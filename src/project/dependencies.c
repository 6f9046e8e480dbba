/* SPDX-License-Identifier: MIT */
#include "project/dependencies.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "project/file.h"

/* Takes the name that begins at *at into `name`, without make's escapes. False: it is the rule's target, or nothing. */
static bool take_name(const char **at, char *name)
{
    const char *c = *at;
    char *end = name;
    bool is_target = false;
    for (; *c != '\0' && strchr(" \t\n", *c) == NULL; c++) {
        bool escaped =
            (c[0] == '\\' && c[1] != '\0' && strchr(" #:\\\n", c[1]) != NULL) || (c[0] == '$' && c[1] == '$');
        if (escaped && c[1] == '\n')
            break;
        c += escaped;
        *end++ = *c;
        is_target = !escaped && *c == ':';
    }
    *end = '\0';
    *at = c;
    return end > name && !is_target;
}

void dependencies_parse(const char *rule, struct words *files)
{
    const char *at = rule;
    char *name = malloc(strlen(rule) + 1);
    while (name != NULL && *at != '\0') {
        if (at[0] == '\\' && at[1] == '\n')
            at += 2;
        else if (strchr(" \t\n", *at) != NULL)
            at++;
        else if (take_name(&at, name))
            words_add(files, name);
    }
    files->failed |= name == NULL;
    free(name);
}

static bool lies_in(const char *file, const char *folder)
{
    size_t length = strlen(folder);
    return strncmp(file, folder, length) == 0 && file[length] == '/';
}

static void read_one(const char *folder, const char *name, struct words *files)
{
    struct words all = {.list = NULL};
    char path[4096];
    uint64_t size;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    char *rule = (char *)file_read(path, &size, NULL);
    if (rule != NULL)
        dependencies_parse(rule, &all);
    for (size_t i = 0; i < all.count; i++)
        if (!lies_in(all.list[i], folder))
            words_add(files, all.list[i]);
    words_destroy(&all);
    free(rule);
}

void dependencies_read(const char *folder, struct words *files)
{
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        size_t length = strlen(entry->d_name);
        if (length > 2 && strcmp(entry->d_name + length - 2, ".d") == 0)
            read_one(folder, entry->d_name, files);
    }
    closedir(directory);
}
