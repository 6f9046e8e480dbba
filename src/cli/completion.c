/* SPDX-License-Identifier: MIT */
/* Completion scripts for bash and zsh, made from the tables of commands and options. */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "cli/example.h"

/* "a|b" as "a b". */
static void words(const char *alternatives)
{
    for (const char *c = alternatives; *c != '\0'; c++)
        putchar(*c == '|' ? ' ' : *c);
}

/* Where a file is wanted, the words that are accepted instead: "none builtin" of "none|builtin|FILE". False: none are. */
static bool file_alternatives(const char *argument)
{
    const char *file = strstr(argument, "|FILE");
    if (file == NULL)
        return false;
    for (const char *c = argument; c < file; c++)
        putchar(*c == '|' ? ' ' : *c);
    return true;
}

static void example_words(void)
{
    size_t count;
    const struct example *examples = example_table(&count);
    printf("LIST");
    for (size_t i = 0; i < count; i++)
        printf(" %s", examples[i].name);
}

static void command_words(void)
{
    size_t count;
    const struct command *commands = command_table(&count);
    for (size_t i = 0; i < count; i++)
        printf("%s%s", i > 0 ? " " : "", commands[i].name);
}

static void candidates(enum completer completer, const char *argument)
{
    if (completer == COMPLETE_WORDS)
        words(argument);
    else if (completer == COMPLETE_EXAMPLE)
        example_words();
    else if (completer == COMPLETE_COMMAND)
        command_words();
}

static void bash_values(const struct option_row *row)
{
    if (row->argument == NULL || option_argument_is_optional(row))
        return; /* the next word is another's */
    printf("    --%s", row->name);
    if (row->letter != 0)
        printf("|-%c", row->letter);
    if (row->completer == COMPLETE_FILE) {
        printf(") _microvm_files '");
        file_alternatives(row->argument);
        puts("'; return ;;");
        return;
    }
    printf(") _microvm_words '");
    candidates(row->completer, row->argument);
    puts("'; return ;;");
}

static void bash_option_words(void)
{
    size_t count;
    const struct option_row *rows = option_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].name == NULL)
            continue;
        printf("--%s ", rows[i].name);
        if (rows[i].letter != 0)
            printf("-%c ", rows[i].letter);
    }
}

/* The options that a command reads itself, as its text names them; each once, behind `before`. */
static void own_option_words(const struct command *command, const char *before, const char *behind)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz-";
    for (const char *at = strstr(command->text, "--"); at != NULL; at = strstr(at, "--")) {
        int length = (int)(2 + strspn(at + 2, letters));
        char name[64];
        snprintf(name, sizeof name, "%.*s", length, at);
        if (length > 2 && strstr(command->text, name) == at)
            printf("%s%s%s", before, name, behind);
        at += length;
    }
}

static void bash_command(const struct command *command)
{
    printf("    %s) ", command->name);
    if (command->takes == TAKES_OPTIONS) {
        printf("if [[ $cur == -* ]]; then _microvm_words '");
        bash_option_words();
        puts("'; else _microvm_files; fi ;;");
        return;
    }
    if (command->takes == TAKES_OWN) {
        printf("if [[ $cur == -* ]]; then _microvm_words '");
        own_option_words(command, "", " ");
        puts("'; else _microvm_files; fi ;;");
        return;
    }
    printf("_microvm_words '");
    candidates(command->completer, command->operand);
    puts("' ;;");
}

/* bash splits --name=value at '='; the word before the sign is the option's name then. */
static void print_bash(void)
{
    size_t option_count, command_count;
    const struct option_row *rows = option_table(&option_count);
    const struct command *commands = command_table(&command_count);
    puts("# bash completion for microvm");
    puts("_microvm_words()\n{\n    local IFS=$' \\t\\n'\n    COMPREPLY=($(compgen -W \"$1\" -- \"$cur\"))\n}");
    puts("_microvm_files()\n{\n    _microvm_words \"${1-}\"\n    compopt -o filenames\n    local IFS=$'\\n'\n"
         "    COMPREPLY+=($(compgen -f -- \"$cur\"))\n}");
    puts("_microvm()\n{\n    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n    COMPREPLY=()");
    puts("    if [[ $cur == '=' ]]; then cur=; "
         "elif [[ $prev == '=' ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi");
    printf("    if ((COMP_CWORD == 1)); then _microvm_words '");
    command_words();
    puts(" --help --version'; return; fi\n    case $prev in");
    for (size_t i = 0; i < option_count; i++)
        bash_values(&rows[i]);
    puts("    esac\n    case ${COMP_WORDS[1]} in");
    for (size_t i = 0; i < command_count; i++)
        bash_command(&commands[i]);
    puts("    esac\n}\ncomplete -F _microvm microvm");
}

/* Text within '...[...]' of zsh's _arguments. */
static void zsh_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '[' || *text == ']' || *text == ':')
            putchar('\\');
        if (*text == '\'')
            fputs("'\\'", stdout);
        putchar(*text);
    }
}

static void zsh_files(const char *argument)
{
    if (strstr(argument, "|FILE") == NULL) {
        printf(":file:_files");
        return;
    }
    printf(":value:{compadd ");
    file_alternatives(argument);
    printf("; _files}");
}

static void zsh_action(enum completer completer, const char *argument)
{
    if (completer == COMPLETE_FILE) {
        zsh_files(argument);
    } else if (completer == COMPLETE_NOTHING) {
        printf(":%s: ", argument);
    } else {
        printf(":value:(");
        candidates(completer, argument);
        putchar(')');
    }
}

static void zsh_option(const struct option_row *row, const char *name)
{
    bool optional = option_argument_is_optional(row);
    printf("        '*%s%s[", name, row->argument == NULL ? "" : optional ? "=-" : name[1] == '-' ? "=" : "+");
    zsh_text(row->meaning);
    putchar(']');
    if (optional)
        putchar(':'); /* and zsh_action's own: the argument may be left out */
    if (row->argument != NULL)
        zsh_action(row->completer, row->argument);
    puts("' \\");
}

static void zsh_options(void)
{
    size_t count;
    const struct option_row *rows = option_table(&count);
    for (size_t i = 0; i < count; i++) {
        char name[64];
        if (rows[i].name == NULL)
            continue;
        snprintf(name, sizeof name, "--%s", rows[i].name);
        zsh_option(&rows[i], name);
        snprintf(name, sizeof name, "-%c", rows[i].letter);
        if (rows[i].letter != 0)
            zsh_option(&rows[i], name);
    }
}

static void zsh_command(const struct command *command)
{
    if (command->operand == NULL) {
        printf("    %s) ;;\n", command->name);
        return;
    }
    printf("    %s)\n        _arguments -s \\\n", command->name);
    if (command->takes == TAKES_OPTIONS)
        zsh_options();
    if (command->takes == TAKES_OWN)
        own_option_words(command, "        '*", "' \\\n");
    printf("        '%s", command->takes == TAKES_OWN ? "*" : "1");
    zsh_action(command->completer, command->operand);
    puts("' ;;");
}

static void print_zsh(void)
{
    size_t count;
    const struct command *commands = command_table(&count);
    puts("#compdef microvm\n_microvm()\n{\n    local -a commands=(");
    for (size_t i = 0; i < count; i++) {
        printf("        '%s:", commands[i].name);
        zsh_text(commands[i].summary);
        puts("'");
    }
    puts("    )\n    if ((CURRENT == 2)); then\n        _describe command commands\n"
         "        compadd -- --help --version\n        return\n    fi");
    puts("    local command=$words[2]\n    shift words\n    ((CURRENT--))\n    case $command in");
    for (size_t i = 0; i < count; i++)
        zsh_command(&commands[i]);
    puts("    esac\n}");
    puts("# Run by compinit's autoload, or sourced.");
    puts("if [[ $funcstack[1] == _microvm ]]; then _microvm \"$@\"; else compdef _microvm microvm; fi");
}

bool command_completion(int count, char *const *arguments, int *status, struct error *err)
{
    (void)status;
    if (count != 1)
        return error_set(err, "completion: name one shell, bash or zsh");
    bool zsh = strcmp(arguments[0], "zsh") == 0;
    if (!zsh && strcmp(arguments[0], "bash") != 0)
        return error_set(err, "completion: '%.100s' is not one of bash|zsh", arguments[0]);
    if (zsh)
        print_zsh();
    else
        print_bash();
    return true;
}
