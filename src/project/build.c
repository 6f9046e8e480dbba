/* SPDX-License-Identifier: MIT */
#include "project/build.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "project/builtin.h"
#include "project/child.h"
#include "project/elf_view.h"
#include "project/file.h"
#include "project/flat_image.h"
#include "project/toolchain.h"

struct building {
    const struct build_request *request;
    struct project *project;
    struct toolchain toolchain;
    struct words flags;   /* the user's */
    struct words objects; /* in the order in which they are linked */
    int lock;             /* the folder for objects, which one build at a time may use; -1: it is not ours yet */
    struct error *err;
};

/* build.sh ends so if a compiler is missing. */
#define STATUS_OF_LACK 125

/* What library.S has. */
static const char *const helpers[] = {"memcpy",     "memmove",    "memset",        "memcmp",
                                      "__bswapsi2", "__bswapdi2", "__popcountdi2", "__paritydi2",
                                      "__clzdi2",   "__ctzdi2",   "__ffsdi2"};

static enum build_end run(struct building *b, struct words *command)
{
    int status = 0;
    if (b->request->verbose)
        words_print(command, stderr);
    bool ran = child_run(command, CHILD_SPEAKS, &status, b->err);
    enum build_end end = !ran                       ? BUILD_FAILED
                         : status == 0              ? BUILD_DONE
                         : status == STATUS_OF_LACK ? BUILD_LACKED
                                                    : BUILD_REFUSED;
    if (ran && status > 128) {
        error_set(b->err, "'%.200s' was ended by signal %d", command->list[0], status - 128);
        end = BUILD_FAILED;
    }
    words_destroy(command);
    return end;
}

static bool is_taken(const struct words *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->list[i], name) == 0)
            return true;
    return false;
}

/* trap.o of trap.c, as linker scripts have it; trap.S.o where that is taken; then numbers. */
static void add_object(struct building *b, const char *source)
{
    const char *slash = strrchr(source, '/');
    const char *name = slash != NULL ? slash + 1 : source;
    int length = (int)strlen(name);
    struct words tried = {.list = NULL};
    words_add_format(&tried, "%s/%.*s.o", b->project->work, length - 2, name);
    for (unsigned n = 1; !tried.failed && is_taken(&b->objects, tried.list[tried.count - 1]); n++)
        words_add_format(&tried, n > 1 ? "%s/%.*s.%u.o" : "%s/%.*s.o", b->project->work, length, name, n);
    if (!tried.failed)
        words_add(&b->objects, tried.list[tried.count - 1]);
    b->objects.failed |= tried.failed;
    words_destroy(&tried);
}

/* Compiles the source into an object of its own, the last in the list. */
static enum build_end compile(struct building *b, const char *source)
{
    struct words command = {.list = NULL};
    add_object(b, source);
    if (b->objects.failed) {
        error_set(b->err, "out of memory");
        return BUILD_FAILED;
    }
    words_add_all(&command, &b->toolchain.compile);
    words_add_format(&command, "-I%s", b->project->folder);
    words_add_all(&command, &b->flags);
    if (b->request->dependencies)
        words_add(&command, "-MMD");
    words_add(&command, "-c");
    words_add(&command, source);
    words_add(&command, "-o");
    words_add(&command, b->objects.list[b->objects.count - 1]);
    return run(b, &command);
}

/* Puts a file of ours beside the objects. NULL: err says why not. */
static char *unpack(struct building *b, const char *name, const char *begin, const char *end)
{
    char *path;
    if (asprintf(&path, "%s/%s", b->project->work, name) < 0) {
        error_set(b->err, "out of memory");
        return NULL;
    }
    if (file_write(path, begin, (uint64_t)(end - begin), b->err))
        return path;
    free(path);
    return NULL;
}

static enum build_end compile_ours(struct building *b, const char *name, const char *begin, const char *end)
{
    char *path = unpack(b, name, begin, end);
    enum build_end result = path != NULL ? compile(b, path) : BUILD_FAILED;
    free(path);
    return result;
}

/* What the file says of the symbol. Objects that cannot be read as such (-flto) have none: the linker has the last word. */
static enum symbol_presence presence_in(const char *path, const char *symbol)
{
    struct elf_view elf;
    uint64_t size;
    uint8_t *bytes = file_read(path, &size, NULL);
    enum symbol_presence presence = SYMBOL_ABSENT;
    if (bytes != NULL && elf_view_open(&elf, bytes, size, NULL))
        presence = elf_view_symbol(&elf, symbol);
    free(bytes);
    return presence;
}

/* The strongest of all objects; *where: the object that defines it. */
static enum symbol_presence presence(const struct building *b, const char *symbol, size_t *where)
{
    enum symbol_presence strongest = SYMBOL_ABSENT;
    for (size_t i = 0; i < b->objects.count; i++) {
        enum symbol_presence here = presence_in(b->objects.list[i], symbol);
        if (here > strongest) {
            strongest = here;
            *where = i;
        }
    }
    return strongest;
}

/* What begins is linked first, so that a script which names no section for it begins with it, and so does the flat image. */
static void move_start_first(struct building *b, size_t start)
{
    char *first = b->objects.list[start];
    memmove(b->objects.list + 1, b->objects.list, start * sizeof first);
    b->objects.list[0] = first;
}

static enum build_end add_what_lacks(struct building *b)
{
    enum build_end end = BUILD_DONE;
    size_t where = 0;
    bool wanted = false;
    for (size_t i = 0; i < ARRAY_SIZE(helpers); i++)
        wanted |= presence(b, helpers[i], &where) == SYMBOL_WANTED;
    if (wanted)
        end = compile_ours(b, "microvm-library.S", builtin_library_s_begin, builtin_library_s_end);
    if (end == BUILD_DONE && presence(b, "_start", &where) == SYMBOL_DEFINED)
        move_start_first(b, where);
    else if (end == BUILD_DONE && b->project->script == NULL && presence(b, "main", &where) == SYMBOL_DEFINED)
        end = compile_ours(b, "microvm-start.S", builtin_start_s_begin, builtin_start_s_end);
    return end;
}

static void blank_comments(char *text)
{
    for (char *begin = text; (begin = strstr(begin, "/*")) != NULL;) {
        char *end = strstr(begin + 2, "*/");
        size_t length = end != NULL ? (size_t)(end + 2 - begin) : strlen(begin);
        memset(begin, ' ', length);
    }
}

/* The word in ENTRY(word) of the linker script, which it may write with blanks and in quotes; malloc'd. NULL: there is none, or it is a
 * number. */
static char *entry_of_script(const char *path)
{
    static const char around[] = " \t\r\n\"";
    uint64_t size;
    char *text = (char *)file_read(path, &size, NULL);
    char *name = NULL;
    if (text != NULL)
        blank_comments(text);
    for (char *at = text; at != NULL && name == NULL && (at = strstr(at, "ENTRY")) != NULL; at += strlen("ENTRY")) {
        const char *word = at + strlen("ENTRY");
        word += strspn(word, around);
        if (*word != '(')
            continue;
        word += 1 + strspn(word + 1, around);
        if (*word < '0' || *word > '9')
            name = strndup(word, strcspn(word, " \t\r\n\")"));
    }
    free(text);
    return name;
}

/* Linkers only warn of an entry that is not there, and take whatever comes first; where main is missing, too, they name a file of ours. */
static enum build_end check_entry(const struct building *b, const char *script, enum build_end end)
{
    char *entry = entry_of_script(script);
    size_t where;
    bool ours = b->project->script == NULL;
    bool linked = end == BUILD_DONE;
    bool entry_is_there = entry == NULL || (linked ? presence_in(b->project->elf, entry) == SYMBOL_DEFINED
                                                   : presence(b, entry, &where) == SYMBOL_DEFINED);
    if (!entry_is_there && ours)
        fputs("microvm: no source defines main, or _start, where a kernel begins\n", stderr);
    else if (!entry_is_there && linked)
        fprintf(stderr, "microvm: the kernel is to begin at %s (ENTRY in %s), but no source has such a global symbol\n",
                entry, script);
    if (!entry_is_there)
        end = BUILD_REFUSED;
    free(entry);
    return end;
}

static enum build_end link_with(struct building *b, const char *script)
{
    struct words command = {.list = NULL};
    words_add_all(&command, &b->toolchain.link);
    words_add_all(&command, &b->flags);
    words_add_format(&command, "-L%s", b->project->folder); /* where the script's INCLUDE looks */
    words_add(&command, "-T");
    words_add(&command, script);
    words_add(&command, "-o");
    words_add(&command, b->project->elf);
    words_add_all(&command, &b->objects);
    words_add_all(&command, &b->toolchain.behind);
    return run(b, &command);
}

static enum build_end link_all(struct building *b)
{
    char *ours = NULL;
    const char *script = b->project->script;
    if (script == NULL)
        script = ours = unpack(b, "microvm-kernel.ld", builtin_kernel_ld_begin, builtin_kernel_ld_end);
    if (script == NULL)
        return BUILD_FAILED;
    enum build_end end = link_with(b, script);
    if (end != BUILD_FAILED)
        end = check_entry(b, script, end);
    free(ours);
    return end;
}

/* The script knows of no other place than build/kernel.elf. */
static enum build_end fetch_result(struct building *b)
{
    char *made;
    uint64_t size = 0;
    if (b->request->names.output == NULL)
        return BUILD_DONE;
    if (asprintf(&made, "%s/build/kernel.elf", b->project->folder) < 0)
        made = NULL;
    uint8_t *bytes = made != NULL ? file_read(made, &size, b->err) : NULL;
    bool ok = bytes != NULL && file_write(b->project->elf, bytes, size, b->err);
    free(bytes);
    free(made);
    return ok ? BUILD_DONE : BUILD_FAILED;
}

/* By the script that the kernel in Rust has, too: with cargo or with rustc alone, whichever is there. */
static enum build_end build_rust(struct building *b)
{
    struct words command = {.list = NULL};
    char *script = unpack(b, "microvm-rust", builtin_build_sh_begin, builtin_build_sh_end);
    if (script == NULL)
        return BUILD_FAILED;
    words_add(&command, "env");
    words_add(&command, "CARGO_TERM_QUIET=true");
    words_add(&command, "sh");
    words_add(&command, script);
    words_add(&command, b->project->folder);
    free(script);
    enum build_end end = run(b, &command);
    return end == BUILD_DONE ? fetch_result(b) : end;
}

static enum build_end flatten(struct building *b)
{
    struct elf_view elf;
    struct flat_image image = {0, 0, NULL};
    uint64_t size = 0;
    struct error err = {""};
    uint8_t *bytes = file_read(b->project->elf, &size, b->err);
    if (bytes == NULL)
        return BUILD_FAILED;
    bool made = elf_view_open(&elf, bytes, size, &err) && flat_image_make(&image, &elf, &err);
    if (!made)
        fprintf(stderr, "microvm: %s is not made: '%s' %s\n", b->project->flat, b->project->elf, err.text);
    bool ok = !made || file_write(b->project->flat, image.bytes, image.size, b->err);
    flat_image_destroy(&image);
    free(bytes);
    return ok ? BUILD_DONE : BUILD_FAILED;
}

/* The folder for results, as the first of the commands. */
static bool make_folder(struct building *b)
{
    struct words command = {.list = NULL};
    words_add(&command, "mkdir");
    words_add(&command, "-p");
    words_add(&command, b->project->work);
    if (b->request->verbose)
        words_print(&command, stderr);
    words_destroy(&command);
    if (!file_make_folder(b->project->work, b->err))
        return false;
    b->lock = open(b->project->work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (b->lock >= 0) /* where there are no locks it goes without */
        flock(b->lock, LOCK_EX);
    return true;
}

static bool prepare(struct building *b)
{
    const struct build_request *request = b->request;
    struct project *project = b->project;
    if (!project_find(project, &request->names, b->err) ||
        (request->flags != NULL && !words_split(&b->flags, "--cflags", request->flags, b->err)))
        return false;
    if (project->is_rust && (request->flags != NULL || request->compiler != NULL))
        return error_set(b->err, "--%s is for C; '%.400s/Cargo.toml' says how Rust is compiled",
                         request->flags != NULL ? "cflags" : "cc", project->folder);
    if (!make_folder(b))
        return false;
    unlink(project->elf);
    unlink(project->flat);
    return project->is_rust || toolchain_find(&b->toolchain, request->compiler, project->work, b->err);
}

static enum build_end build_c(struct building *b)
{
    enum build_end end = BUILD_DONE;
    for (size_t i = 0; i < b->project->sources.count && end == BUILD_DONE; i++)
        end = compile(b, b->project->sources.list[i]);
    if (end == BUILD_DONE)
        end = add_what_lacks(b);
    return end == BUILD_DONE ? link_all(b) : end;
}

enum build_end build(const struct build_request *request, struct project *project, struct error *err)
{
    struct building b = {.request = request, .project = project, .lock = -1, .err = err};
    enum build_end end = prepare(&b) ? BUILD_DONE : BUILD_FAILED;
    if (end == BUILD_DONE)
        end = project->is_rust ? build_rust(&b) : build_c(&b);
    if (end == BUILD_DONE)
        end = flatten(&b);
    if (end != BUILD_DONE && project->elf != NULL)
        unlink(project->elf);
    if (b.lock >= 0)
        close(b.lock);
    toolchain_destroy(&b.toolchain);
    words_destroy(&b.flags);
    words_destroy(&b.objects);
    return end;
}
