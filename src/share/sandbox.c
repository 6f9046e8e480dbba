/* SPDX-License-Identifier: MIT */
#include "share/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/compiler.h"

/* More than a guest needs at a time; what it has in mind beyond them is opened anew. */
#define MOST_FILES 65536u
/* Those that do not belong to guests. */
#define OWN_FILES 16u

static bool limit_files(unsigned *files, struct error *err)
{
    struct rlimit limit, none = {0, 0};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return error_set(err, "RLIMIT_NOFILE: %s", strerror(errno));
    limit.rlim_cur = limit.rlim_max < MOST_FILES ? limit.rlim_max : MOST_FILES;
    if (limit.rlim_cur < 4 * OWN_FILES || setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return error_set(err, "no more than %llu files may be open (RLIMIT_NOFILE)",
                         (unsigned long long)limit.rlim_max);
    *files = (unsigned)limit.rlim_cur - OWN_FILES;
    return setrlimit(RLIMIT_CORE, &none) == 0 || error_set(err, "RLIMIT_CORE: %s", strerror(errno));
}

/* Landlock. What later kernels can forbid beyond this concerns no server that may only make the calls below. */

#define READING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITING                                                                                                        \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                  \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define FORBIDDEN                                                                                                      \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK |                        \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK)
#define ACCESS_REFER (UINT64_C(1) << 13)    /* since version 2 */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14) /* since version 3 */

static bool restrict_files(int root, bool writable, long version)
{
    uint64_t later = (version >= 2 ? ACCESS_REFER : 0) | (version >= 3 ? ACCESS_TRUNCATE : 0);
    struct landlock_ruleset_attr rules = {.handled_access_fs = READING | WRITING | FORBIDDEN | later};
    struct landlock_path_beneath_attr folder = {.allowed_access = READING | (writable ? WRITING | later : 0),
                                                .parent_fd = root};
    int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules.handled_access_fs, 0);
    if (fd < 0)
        return false;
    bool ok = syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &folder, 0) == 0 &&
              syscall(SYS_landlock_restrict_self, fd, 0) == 0;
    close(fd);
    return ok;
}

/* A kernel without it leaves what openat2 and the calls below see to. */
static bool enter_landlock(int root, bool writable, struct error *err)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1 || restrict_files(root, writable, version))
        return true;
    return error_set(err, "Landlock: %s", strerror(errno));
}

bool sandbox_enter(int root, bool writable, unsigned *files, struct error *err)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* what is too large is an error of one message */
    umask(0);                 /* the guest's programs have their own */
    setsid();                 /* no key of the user's terminal is for this process */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set(err, "PR_SET_NO_NEW_PRIVS: %s", strerror(errno));
    return limit_files(files, err) && enter_landlock(root, writable, err);
}

/* System calls. */

#define ALLOW(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#define ALLOW_POLL ALLOW(poll),
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#define ALLOW_POLL
#endif

#if defined(OUR_ARCHITECTURE) && !RUNS_UNDER_A_SANITIZER
/* Memory never becomes code. */
static bool enter_filter(struct error *err)
{
    static const struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        /* The most frequent first. */
        ALLOW(pread64),
        ALLOW(pwrite64),
        ALLOW(sched_yield),
        ALLOW(openat2),
        ALLOW(openat),
        ALLOW(close),
        ALLOW(newfstatat),
        ALLOW(fstat),
        ALLOW(getdents64),
        ALLOW(lseek),
        ALLOW(sendto),
        ALLOW(recvfrom),
        ALLOW(ppoll),
        ALLOW(unlinkat),
        ALLOW(mkdirat),
        ALLOW(renameat),
        ALLOW(renameat2),
        ALLOW(linkat),
        ALLOW(symlinkat),
        ALLOW(readlinkat),
        ALLOW(fchmodat),
        ALLOW(utimensat),
        ALLOW(ftruncate),
        ALLOW(fstatfs),
        ALLOW(fsync),
        ALLOW(fdatasync),
        ALLOW(statx),
        ALLOW(brk),
        ALLOW(munmap),
        ALLOW(mremap),
        ALLOW(madvise),
        ALLOW(futex),
        ALLOW(clock_gettime),
        ALLOW(restart_syscall),
        ALLOW(rt_sigreturn),
        ALLOW(rt_sigprocmask),
        ALLOW(getpid),
        ALLOW(gettid),
        ALLOW(exit),
        ALLOW(exit_group),
        ALLOW_POLL
            /* mmap(2), mprotect(2): not with PROT_EXEC */
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {.len = ARRAY_SIZE(filter), .filter = (struct sock_filter *)(uintptr_t)filter};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ||
           error_set(err, "PR_SET_SECCOMP: %s", strerror(errno));
}
#else
static bool enter_filter(UNUSED struct error *err)
{
    return true;
}
#endif

bool sandbox_close(struct error *err)
{
    return enter_filter(err);
}
