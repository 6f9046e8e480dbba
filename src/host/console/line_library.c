/* SPDX-License-Identifier: MIT */
#include "host/console/line_library.h"

#include <fcntl.h>
#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define HISTORY_LINES 200
#define PTY_NAME_BYTES 64
#define LINE_BYTES 2048

struct line_library {
    struct line_library_config config;
    EditLine *el;
    History *history;
    FILE *out;
    int master, terminal; /* the library's own */
    bool begun;
    const char *keys; /* that the library is to read */
    size_t key_count;
    char line[LINE_BYTES];
};

static struct line_library *owner_of(EditLine *el)
{
    void *library = NULL;
    el_get(el, EL_CLIENTDATA, &library);
    return library;
}

static char *prompt(EditLine *el)
{
    return (char *)owner_of(el)->config.prompt; /* the library only reads it */
}

/* There is always one more: only whole keys are handed over. */
static int next_char(EditLine *el, wchar_t *c)
{
    struct line_library *l = owner_of(el);
    if (l->key_count == 0)
        return 0;
    *c = (wchar_t)(unsigned char)*l->keys++;
    l->key_count--;
    return 1;
}

static unsigned char complete(EditLine *el, wint_t key)
{
    struct line_library *l = owner_of(el);
    const LineInfo *info = el_line(el);
    char line[LINE_BYTES];
    bool listed = false;
    (void)key;
    snprintf(line, sizeof line, "%.*s", (int)(info->cursor - info->buffer), info->buffer);
    const char *more = l->config.complete(l->config.owner, line, &listed);
    if (more[0] != '\0' && el_insertstr(el, more) != 0)
        return CC_ERROR;
    return listed ? CC_REDISPLAY : CC_REFRESH;
}

static ssize_t write_out(void *cookie, const char *bytes, size_t count)
{
    struct line_library *l = cookie;
    l->config.write(l->config.owner, bytes, count);
    return (ssize_t)count;
}

static void copy_size(struct line_library *l)
{
    struct winsize size;
    if (ioctl(l->config.size_fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        ioctl(l->terminal, TIOCSWINSZ, &size);
}

static bool open_terminal(struct line_library *l)
{
    char name[PTY_NAME_BYTES];
    l->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (l->master < 0 || grantpt(l->master) != 0 || unlockpt(l->master) != 0 ||
        ptsname_r(l->master, name, sizeof name) != 0)
        return false;
    l->terminal = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return l->terminal >= 0;
}

static bool open_library(struct line_library *l)
{
    HistEvent event;
    l->out = fopencookie(l, "w", (cookie_io_functions_t){.write = write_out});
    if (l->out == NULL)
        return false;
    copy_size(l);
    l->el = el_init_fd("microvm", l->out, l->out, l->out, l->terminal, l->terminal, l->terminal);
    l->history = history_init();
    if (l->el == NULL || l->history == NULL)
        return false;
    history(l->history, &event, H_SETSIZE, HISTORY_LINES);
    history(l->history, &event, H_SETUNIQUE, 1);
    el_set(l->el, EL_CLIENTDATA, l);
    el_wset(l->el, EL_GETCFN, next_char);
    el_set(l->el, EL_PROMPT, prompt);
    el_set(l->el, EL_EDITOR, "emacs");
    el_set(l->el, EL_HIST, history, l->history);
    el_wset(l->el, EL_ADDFN, L"complete", L"complete the word", complete); /* el_set would leak the names */
    el_set(l->el, EL_BIND, "^I", "complete", NULL);
    return true;
}

struct line_library *line_library_create(const struct line_library_config *config)
{
    struct line_library *l = calloc(1, sizeof *l);
    if (l == NULL)
        return NULL;
    l->config = *config;
    l->master = l->terminal = -1;
    if (open_terminal(l) && open_library(l))
        return l;
    line_library_destroy(l);
    return NULL;
}

void line_library_destroy(struct line_library *l)
{
    if (l == NULL)
        return;
    if (l->el != NULL)
        el_end(l->el);
    if (l->history != NULL)
        history_end(l->history);
    if (l->out != NULL)
        fclose(l->out);
    if (l->terminal >= 0)
        close(l->terminal);
    if (l->master >= 0)
        close(l->master);
    free(l);
}

void line_library_begin(struct line_library *l)
{
    copy_size(l);
    if (l->begun)
        el_set(l->el, EL_UNBUFFERED, 0);
    el_set(l->el, EL_UNBUFFERED, 1); /* it draws the prompt */
    l->begun = true;
}

const char *line_library_key(struct line_library *l, const char *bytes, size_t count)
{
    HistEvent event;
    int length = 0;
    l->keys = bytes;
    l->key_count = count;
    const char *line = el_gets(l->el, &length);
    if (line == NULL || length <= 0 || (line[length - 1] != '\n' && line[length - 1] != '\r'))
        return NULL;
    snprintf(l->line, sizeof l->line, "%.*s", length - 1, line);
    if (l->line[0] != '\0')
        history(l->history, &event, H_ENTER, l->line);
    return l->line;
}

void line_library_draw(struct line_library *l)
{
    el_set(l->el, EL_REFRESH);
    fflush(l->out);
}

bool line_library_is_empty(struct line_library *l)
{
    const LineInfo *info = el_line(l->el);
    return info->lastchar == info->buffer;
}
