/* SPDX-License-Identifier: MIT */
#include "project/toolchain.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "project/advice.h"
#include "project/child.h"
#include "project/file.h"

/* In the order in which they are tried. The last makes riscv64 code where this very machine does. */
static const char *const usual[] = {
    "riscv64-unknown-elf-gcc",
    "riscv64-linux-gnu-gcc",
    "riscv64-elf-gcc",
    "riscv-none-elf-gcc",
    "clang-19",
    "clang-18",
    "clang-17",
    "clang-16",
    "clang-15",
    "clang-14",
    "clang",
    "cc",
};

/* The kernel is for RAM, which begins where no 32-bit sign-extended address reaches (medany). Nobody saves floating-point registers, so
 * nobody may use them. Frame pointers make backtraces; what relaxes code would want gp to be set. */
static const char *const flags[] = {
    "-mabi=lp64",
    "-mcmodel=medany",
    "-std=gnu17",
    "-O1",
    "-g",
    "-Wall",
    "-Wextra",
    "-ffreestanding",
    "-fno-pic",
    "-mno-relax",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-fno-omit-frame-pointer",
};

/* Older compilers count the CSR instructions and FENCE.I to the base and do not know their names. */
static const char *const marches[] = {"-march=rv64imac_zicsr_zifencei", "-march=rv64imac"};

enum dialect { GCC = 1, CLANG = 2 };

/* Of the compilers' own library only what fits the ABI will do, and older linkers do not know the warning about segments. */
static const struct {
    unsigned dialects;
    const char *option, *library;
} links[] = {
    {CLANG, "-fuse-ld=lld", NULL},
    {GCC, "-Wl,--no-warn-rwx-segments", "-lgcc"},
    {GCC, "-Wl,--no-warn-rwx-segments", NULL},
    {GCC, NULL, "-lgcc"},
    {GCC | CLANG, NULL, NULL},
};

/* What a kernel needs of its compiler; and a function of libgcc, if there are such. */
static const char trial[] = "int word;\n"
                            "void _start(void)\n"
                            "{\n"
                            "    __asm__ volatile(\"csrw mscratch, %0\\nfence.i\" : : \"r\"(word));\n"
                            "    word = (int)__builtin_bswap32((unsigned)word);\n"
                            "}\n";

enum verdict { FITS, MAKES_NO_RISCV, HAS_NO_LINKER };

/* Where the trial's files are. */
struct trial_files {
    char source[4096], object[4096], program[4096];
};

/* Also of "ccache clang". */
static enum dialect dialect_of(const struct words *compiler)
{
    for (size_t i = 0; i < compiler->count; i++) {
        const char *slash = strrchr(compiler->list[i], '/');
        if (strstr(slash != NULL ? slash : compiler->list[i], "clang") != NULL)
            return CLANG;
    }
    return GCC;
}

static bool works(struct words *command, struct error *err)
{
    int status = 0;
    bool ran = child_run(command, CHILD_IS_MUTE, &status, err);
    words_destroy(command);
    return ran && status == 0;
}

static void set_compile(struct toolchain *toolchain, const struct words *compiler, const char *march,
                        enum dialect dialect)
{
    words_destroy(&toolchain->compile);
    words_add_all(&toolchain->compile, compiler);
    if (dialect == CLANG)
        words_add(&toolchain->compile, "--target=riscv64-unknown-elf");
    words_add(&toolchain->compile, march);
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
        words_add(&toolchain->compile, flags[i]);
}

static bool compiles(const struct toolchain *toolchain, const struct trial_files *files)
{
    struct words command = {.list = NULL};
    words_add_all(&command, &toolchain->compile);
    words_add(&command, "-c");
    words_add(&command, files->source);
    words_add(&command, "-o");
    words_add(&command, files->object);
    return works(&command, NULL);
}

/* The architecture is that of the objects; here it chooses among the compiler's libraries. */
static void set_link(struct toolchain *toolchain, const struct words *compiler, size_t i, enum dialect dialect)
{
    words_destroy(&toolchain->link);
    words_destroy(&toolchain->behind);
    words_add_all(&toolchain->link, compiler);
    if (dialect == CLANG) {
        words_add(&toolchain->link, "--target=riscv64-unknown-elf");
        words_add(&toolchain->link, "-Wno-unused-command-line-argument");
    }
    words_add(&toolchain->link, "-march=rv64imac");
    words_add(&toolchain->link, "-mabi=lp64");
    words_add(&toolchain->link, "-nostdlib");
    words_add(&toolchain->link, "-static");
    words_add(&toolchain->link, "-Wl,--build-id=none");
    if (links[i].option != NULL)
        words_add(&toolchain->link, links[i].option);
    if (links[i].library != NULL)
        words_add(&toolchain->behind, links[i].library);
}

static bool does_link(const struct toolchain *toolchain, const struct trial_files *files)
{
    struct words command = {.list = NULL};
    words_add_all(&command, &toolchain->link);
    if (toolchain->behind.count == 0) /* then nothing of a library is wanted */
        words_add(&command, "-Wl,--defsym=__bswapsi2=0");
    words_add(&command, files->object);
    words_add_all(&command, &toolchain->behind);
    words_add(&command, "-o");
    words_add(&command, files->program);
    return works(&command, NULL);
}

static enum verdict try_as(struct toolchain *toolchain, const struct words *compiler, enum dialect dialect,
                           const struct trial_files *files)
{
    bool compiled = false;
    for (size_t i = 0; i < ARRAY_SIZE(marches) && !compiled; i++) {
        set_compile(toolchain, compiler, marches[i], dialect);
        compiled = compiles(toolchain, files);
    }
    if (!compiled)
        return MAKES_NO_RISCV;
    for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
        if ((links[i].dialects & dialect) == 0)
            continue;
        set_link(toolchain, compiler, i, dialect);
        if (does_link(toolchain, files))
            return FITS;
    }
    return HAS_NO_LINKER;
}

static enum verdict try(struct toolchain *toolchain, const struct words *compiler, const struct trial_files *files)
{
    enum dialect dialect = dialect_of(compiler);
    enum verdict verdict = try_as(toolchain, compiler, dialect, files);
    if (verdict == MAKES_NO_RISCV && dialect == GCC) /* some are called cc and are clang */
        verdict = try_as(toolchain, compiler, CLANG, files);
    return verdict;
}

/* The compiler that the user has named, by `what`, must do. */
static bool try_wanted(struct toolchain *toolchain, const char *what, const char *wanted,
                       const struct trial_files *files, struct error *err)
{
    struct words compiler = {.list = NULL};
    bool ok = words_split(&compiler, what, wanted, err);
    enum verdict verdict = MAKES_NO_RISCV;
    if (ok && compiler.count == 0)
        ok = error_set(err, "%s: wants a compiler", what);
    if (ok && !child_exists(compiler.list[0]))
        ok = error_set(err, "%s: there is no program '%.200s'", what, compiler.list[0]);
    if (ok)
        verdict = try(toolchain, &compiler, files);
    if (ok && verdict != FITS)
        ok = error_set(err, "%s: '%.200s' %s", what, wanted,
                       verdict == HAS_NO_LINKER ? "finds no linker for RISC-V" : "makes no riscv64 code");
    words_destroy(&compiler);
    return ok;
}

/* CC is mostly set for programs of this very machine, and then no matter here. */
static const char *wanted_by_environment(const struct trial_files *files)
{
    const char *wanted = getenv("CC");
    struct toolchain toolchain = {.compile = {.list = NULL}};
    if (wanted == NULL || strstr(wanted, "riscv") != NULL)
        return wanted;
    bool will_do = try_wanted(&toolchain, "CC", wanted, files, NULL);
    toolchain_destroy(&toolchain);
    return will_do ? wanted : NULL;
}

static bool try_usual(struct toolchain *toolchain, const struct trial_files *files, struct error *err)
{
    char found[256] = "";
    for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
        struct words compiler = {.list = NULL};
        if (!child_exists(usual[i]))
            continue;
        words_add(&compiler, usual[i]);
        enum verdict verdict = compiler.failed ? MAKES_NO_RISCV : try(toolchain, &compiler, files);
        words_destroy(&compiler);
        if (verdict == FITS)
            return true;
        size_t length = strlen(found);
        snprintf(found + length, sizeof found - length, "%s%s %s", length > 0 ? ", " : "; ", usual[i],
                 verdict == HAS_NO_LINKER ? "finds no linker" : "makes no riscv64 code");
    }
    return error_set(err, "there is no compiler for RISC-V here%s; to get one: %s", found, advice_compiler());
}

bool toolchain_find(struct toolchain *toolchain, const char *wanted, const char *work, struct error *err)
{
    struct trial_files files;
    snprintf(files.source, sizeof files.source, "%s/trial.c", work);
    snprintf(files.object, sizeof files.object, "%s/trial.o", work);
    snprintf(files.program, sizeof files.program, "%s/trial.elf", work);
    *toolchain = (struct toolchain){.compile = {.list = NULL}};
    bool ok = file_write(files.source, trial, sizeof trial - 1, err);
    const char *from_environment = ok && wanted == NULL ? wanted_by_environment(&files) : NULL;
    if (ok && wanted != NULL)
        ok = try_wanted(toolchain, "--cc", wanted, &files, err);
    else if (ok && from_environment != NULL)
        ok = try_wanted(toolchain, "CC", from_environment, &files, err);
    else if (ok)
        ok = try_usual(toolchain, &files, err);
    unlink(files.source);
    unlink(files.object);
    unlink(files.program);
    return ok;
}

void toolchain_destroy(struct toolchain *toolchain)
{
    words_destroy(&toolchain->compile);
    words_destroy(&toolchain->link);
    words_destroy(&toolchain->behind);
}
