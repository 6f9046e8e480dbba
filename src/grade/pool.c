/* SPDX-License-Identifier: MIT */
#include "grade/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* No job has more to say; one that goes on is broken, and ended. */
#define SENT_BYTES_MAX ((size_t)128 << 20)

struct worker {
    pid_t pid;
    int fd; /* of its pipe, to read from */
    unsigned job;
    struct grade_buffer sent;
};

struct pool {
    const struct pool_calls *calls;
    unsigned count, next, parallel;
    struct worker workers[POOL_JOBS_MAX];
    unsigned running;
};

static void send_all(int fd, const struct grade_buffer *bytes)
{
    size_t sent = 0;
    while (sent < bytes->length) {
        ssize_t written = write(fd, bytes->bytes + sent, bytes->length - sent);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* nobody reads any more */
        sent += (size_t)written;
    }
}

/* The process of a job, which ends with the one that started it. */
static void do_job(const struct pool *pool, unsigned job, int fd, pid_t parent)
{
    struct grade_buffer bytes = {.bytes = NULL};
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        return;
    pool->calls->job(pool->calls->owner, job, &bytes);
    if (!bytes.failed)
        send_all(fd, &bytes);
    grade_buffer_destroy(&bytes);
    close(fd);
}

/* In the process of a job: the others are not its own. */
static void forget_workers(struct pool *pool)
{
    for (unsigned i = 0; i < pool->running; i++) {
        close(pool->workers[i].fd);
        grade_buffer_destroy(&pool->workers[i].sent);
    }
    pool->running = 0;
}

/* Starts the next job. */
static enum pool_end start(struct pool *pool, struct error *err)
{
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0) {
        error_set(err, "a pipe for a test: %s", strerror(errno));
        return POOL_FAILED;
    }
    fflush(NULL); /* or what waits in the buffers would be written twice */
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        forget_workers(pool);
        do_job(pool, pool->next, ends[1], parent);
        return POOL_IN_A_JOB;
    }
    close(ends[1]);
    if (pid < 0) {
        error_set(err, "a process for a test: %s", strerror(errno));
        close(ends[0]);
        return POOL_FAILED;
    }
    pool->workers[pool->running++] = (struct worker){.pid = pid, .fd = ends[0], .job = pool->next++};
    return POOL_DONE;
}

static void finish(struct pool *pool, unsigned place)
{
    struct worker worker = pool->workers[place];
    int status = 0;
    close(worker.fd);
    while (waitpid(worker.pid, &status, 0) < 0 && errno == EINTR)
        continue;
    pool->workers[place] = pool->workers[--pool->running];
    pool->calls->done(pool->calls->owner, worker.job, &worker.sent, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    grade_buffer_destroy(&worker.sent);
}

/* Takes what the worker has sent; true: it has ended. */
static bool receive(struct worker *worker)
{
    char bytes[65536];
    ssize_t got = read(worker->fd, bytes, sizeof bytes);
    if (got < 0)
        return errno != EINTR && errno != EAGAIN;
    if (got > 0)
        grade_buffer_add(&worker->sent, bytes, (size_t)got);
    if (worker->sent.failed || worker->sent.length > SENT_BYTES_MAX)
        kill(worker->pid, SIGKILL);
    return got == 0;
}

static void wait_for_some(struct pool *pool)
{
    struct pollfd fds[POOL_JOBS_MAX];
    unsigned count = pool->running;
    for (unsigned i = 0; i < count; i++)
        fds[i] = (struct pollfd){.fd = pool->workers[i].fd, .events = POLLIN};
    if (poll(fds, count, -1) <= 0)
        return;
    while (count-- > 0) /* from the last on, since the last takes the place of one that ends */
        if (fds[count].revents != 0 && receive(&pool->workers[count]))
            finish(pool, count);
}

enum pool_end pool_run(unsigned count, unsigned parallel, const struct pool_calls *calls, struct error *err)
{
    struct pool pool = {.calls = calls, .count = count, .parallel = parallel};
    if (pool.parallel > POOL_JOBS_MAX)
        pool.parallel = POOL_JOBS_MAX;
    while (pool.next < count || pool.running > 0) {
        while (pool.next < count && pool.running < pool.parallel) {
            enum pool_end end = start(&pool, err);
            if (end == POOL_IN_A_JOB)
                return end;
            if (end == POOL_FAILED && pool.running == 0)
                return end;
            if (end == POOL_FAILED)
                pool.parallel = pool.running; /* the host has no room for more */
        }
        wait_for_some(&pool);
    }
    return POOL_DONE;
}
