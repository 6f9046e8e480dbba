/* SPDX-License-Identifier: MIT */
/* microvm init: begins a project, and says what to type next. */
#include "cli/command.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "cli/flag.h"
#include "project/child.h"
#include "project/scaffold.h"

struct request {
    const char *folder, *template; /* NULL: not given */
    bool rust, list;
};

static bool set_template(void *owner, const char *value, UNUSED struct error *err)
{
    ((struct request *)owner)->template = value;
    return true;
}

static bool set_rust(void *owner, UNUSED const char *value, UNUSED struct error *err)
{
    return ((struct request *)owner)->rust = true;
}

static bool set_list(void *owner, UNUSED const char *value, UNUSED struct error *err)
{
    return ((struct request *)owner)->list = true;
}

static const struct flag flags[] = {
    {"rust", false, set_rust},
    {"template", true, set_template},
    {"list", false, set_list},
};

static bool set_folder(void *owner, const char *word, struct error *err)
{
    struct request *r = owner;
    if (r->folder != NULL)
        return error_set(err, "init: two names given, '%.100s' and '%.100s'; quote one that has spaces", r->folder,
                         word);
    if (word[0] == '-')
        return error_set(err, "init: '%.100s' begins with a dash; if the folder is to be called so, write ./%.100s",
                         word, word);
    r->folder = word;
    return true;
}

static bool parse(struct request *r, int count, char *const *arguments, struct error *err)
{
    const struct flag_command command = {"init", flags, ARRAY_SIZE(flags), set_folder};
    if (!flags_parse(&command, r, count, arguments, err))
        return false;
    if (r->rust && r->template != NULL)
        return error_set(err, "init: --rust is --template " TEMPLATE_RUST ", so --template '%.100s' is too much",
                         r->template);
    if (r->list && r->folder != NULL)
        return error_set(err, "init: --list makes nothing, so '%.100s' is too much", r->folder);
    return r->list || r->folder != NULL ||
           error_set(err, "init: what is the project's folder to be called? For example: microvm init my-os");
}

static void print_list(void)
{
    size_t count;
    const struct template *table = template_table(&count);
    for (size_t i = 0; i < count; i++)
        printf("%-20s %s\n", table[i].name, table[i].meaning);
}

/* Where the shell does not find a command of ours by its name. */
static void print_path(void)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash = length > 0 ? memrchr(self, '/', (size_t)length) : NULL;
    if (child_exists("microvm") || slash == NULL)
        return;
    *slash = '\0';
    fputs("    PATH=$PATH:", stdout);
    words_print_one(self, stdout);
    putchar('\n');
}

static void print_next(const struct request *r, const struct template *template)
{
    printf("%s is ready, as the template %s. Next:\n\n", strcmp(r->folder, ".") == 0 ? "The project" : r->folder,
           template->name);
    print_path();
    if (strcmp(r->folder, ".") != 0) {
        fputs("    cd ", stdout);
        words_print_one(r->folder, stdout);
        putchar('\n');
    }
    if (template->before[0] != '\0')
        printf("    %s\n", template->before);
    printf("    microvm build --run%s\n    microvm test kernel.test\n", template->behind);
}

bool command_init(int count, char *const *arguments, UNUSED int *status, struct error *err)
{
    struct request request = {.rust = false};
    if (!parse(&request, count, arguments, err))
        return false;
    if (request.list) {
        print_list();
        return true;
    }
    const char *name = request.rust ? TEMPLATE_RUST : request.template != NULL ? request.template : TEMPLATE_USUAL;
    const struct template *template = template_find(name, err);
    if (template == NULL || !scaffold_create(request.folder, template, err))
        return false;
    print_next(&request, template);
    return true;
}
