/* SPDX-License-Identifier: MIT */
#include "project/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "project/file.h"

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);
    return length > tail && strcmp(name + length - tail, end) == 0;
}

static bool is_source(const char *name)
{
    return ends_with(name, ".c") || ends_with(name, ".S");
}

/* What a compiler would take for an option, or for a file of options, is named from the folder that it lies in. */
static char *safe_name(const char *name)
{
    char *safe;
    return asprintf(&safe, "%s%s", name[0] == '-' || name[0] == '@' ? "./" : "", name) < 0 ? NULL : safe;
}

static char *in_folder(const char *folder, const char *name)
{
    char *path;
    size_t length = strlen(folder);
    if (strcmp(folder, ".") == 0)
        return safe_name(name);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    return asprintf(&path, "%s%s%s", folder, slash, name) < 0 ? NULL : path;
}

/* A folder, a pipe and the like are no sources, whatever they are called; what is unreadable is the compiler's to tell. */
static bool is_file(const char *path)
{
    struct stat stat_of_it;
    return stat(path, &stat_of_it) != 0 || S_ISREG(stat_of_it.st_mode);
}

/* The folder's files that the test takes, sorted; not the hidden ones. */
static bool list(const char *folder, bool (*test)(const char *name), struct words *found, struct error *err)
{
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return error_set(err, "cannot look into the folder '%.400s': %s", folder, strerror(errno));
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char *path = entry->d_name[0] != '.' && test(entry->d_name) ? in_folder(folder, entry->d_name) : NULL;
        if (path != NULL && is_file(path))
            words_add(found, path);
        free(path);
    }
    closedir(directory);
    words_sort(found);
    return !found->failed || error_set(err, "out of memory");
}

static bool is_script(const char *name)
{
    return ends_with(name, ".ld");
}

static bool take_source(struct project *project, const char *operand, struct error *err)
{
    struct stat stat_of_it;
    if (stat(operand, &stat_of_it) != 0)
        return error_set(err, "'%.400s': %s", operand, strerror(errno));
    if (!is_source(operand) || !S_ISREG(stat_of_it.st_mode))
        return error_set(err, "'%.400s' is neither a folder nor a source in C (.c) or assembly (.S)", operand);
    char *name = safe_name(operand);
    if (name != NULL)
        words_add(&project->sources, name);
    free(name);
    return (name != NULL && !project->sources.failed) || error_set(err, "out of memory");
}

static bool has_cargo(const char *folder)
{
    char *path = in_folder(folder, "Cargo.toml");
    bool has = path != NULL && access(path, F_OK) == 0;
    free(path);
    return has;
}

static bool take_operands(struct project *project, const struct project_names *names, struct error *err)
{
    const char *first = names->operand_count > 0 ? names->operands[0] : ".";
    bool folder = file_is_folder(first);
    project->folder = safe_name(folder ? first : ".");
    if (project->folder == NULL)
        return error_set(err, "out of memory");
    for (unsigned i = folder ? 1 : 0; i < names->operand_count; i++) {
        if (folder || file_is_folder(names->operands[i]))
            return error_set(err, "'%.200s' and '%.200s': build takes one folder, or sources, not both", first,
                             names->operands[i]);
        if (!take_source(project, names->operands[i], err))
            return false;
    }
    if (!folder)
        return true;
    project->is_rust = has_cargo(project->folder);
    if (project->is_rust)
        return true;
    if (!list(project->folder, is_source, &project->sources, err))
        return false;
    return project->sources.count > 0 || error_set(err,
                                                   "nothing to build: the folder '%.400s' has no *.c and no *.S; "
                                                   "microvm init NAME makes a project to begin with",
                                                   project->folder);
}

/* The only one, or among several the one that is called kernel.ld. */
static bool choose_script(struct project *project, const struct words *scripts, struct error *err)
{
    const char *chosen = scripts->count == 1 ? scripts->list[0] : NULL;
    for (size_t i = 0; i < scripts->count; i++) {
        const char *slash = strrchr(scripts->list[i], '/');
        if (strcmp(slash != NULL ? slash + 1 : scripts->list[i], "kernel.ld") == 0)
            chosen = scripts->list[i];
    }
    if (chosen == NULL && scripts->count > 1)
        return error_set(err, "which linker script? '%.200s', '%.200s'%s: name one by --script", scripts->list[0],
                         scripts->list[1], scripts->count > 2 ? " and more" : "");
    if (chosen != NULL)
        project->script = strdup(chosen);
    return chosen == NULL || project->script != NULL || error_set(err, "out of memory");
}

static bool find_script(struct project *project, const char *named, struct error *err)
{
    struct words scripts = {.list = NULL};
    if (project->is_rust && named == NULL)
        return true;
    if (project->is_rust)
        return error_set(err, "--script is for C; .cargo/config.toml in '%.400s' says how Rust is linked",
                         project->folder);
    if (named != NULL) {
        struct stat stat_of_it;
        if (stat(named, &stat_of_it) != 0)
            return error_set(err, "--script: '%.400s': %s", named, strerror(errno));
        if (!S_ISREG(stat_of_it.st_mode))
            return error_set(err, "--script: '%.400s' is no regular file", named);
        project->script = safe_name(named);
        return project->script != NULL || error_set(err, "out of memory");
    }
    bool ok = list(project->folder, is_script, &scripts, err) && choose_script(project, &scripts, err);
    words_destroy(&scripts);
    return ok;
}

static bool name_output(struct project *project, const char *named, struct error *err)
{
    if (named != NULL && (!ends_with(named, ".elf") || ends_with(named, "/.elf")))
        return error_set(err, "--output: '%.400s' is no name of an ELF file, such as build/kernel.elf", named);
    project->elf = named != NULL ? safe_name(named) : in_folder(project->folder, "build/kernel.elf");
    if (project->elf == NULL)
        return error_set(err, "out of memory");
    int stem = (int)(strlen(project->elf) - strlen(".elf"));
    if (asprintf(&project->flat, "%.*s.bin", stem, project->elf) < 0)
        project->flat = NULL;
    if (asprintf(&project->work, "%.*s.objects", stem, project->elf) < 0)
        project->work = NULL;
    return (project->flat != NULL && project->work != NULL) || error_set(err, "out of memory");
}

bool project_find(struct project *project, const struct project_names *names, struct error *err)
{
    *project = (struct project){.folder = NULL};
    return take_operands(project, names, err) && find_script(project, names->script, err) &&
           name_output(project, names->output, err);
}

void project_destroy(struct project *project)
{
    words_destroy(&project->sources);
    free(project->folder);
    free(project->script);
    free(project->elf);
    free(project->flat);
    free(project->work);
    *project = (struct project){.folder = NULL};
}
