/* SPDX-License-Identifier: MIT */
/* stress SECONDS: a process for each CPU forks, sends signals and wakes threads by futexes for so long, and counts: each
 * child's status must arrive, each signal, and each increment under the lock. Prints the totals, or what was wrong. */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 3
#define TURNS 200
#define SIGNALS 50

struct ring {
    pthread_mutex_t lock;
    pthread_cond_t turned;
    unsigned turn, turns[THREADS];
};

struct place {
    struct ring *ring;
    unsigned number;
};

static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
    (void)signal;
    caught++;
}

static void fail(const char *what)
{
    fprintf(stderr, "wrong: %s\n", what);
    exit(1);
}

/* Each thread waits for its turn, so that every turn is a wait and a wake. */
static void *take_turns(void *argument)
{
    const struct place *place = argument;
    struct ring *ring = place->ring;
    for (unsigned i = 0; i < TURNS; i++) {
        pthread_mutex_lock(&ring->lock);
        while (ring->turn % THREADS != place->number)
            pthread_cond_wait(&ring->turned, &ring->lock);
        ring->turn++;
        ring->turns[place->number]++;
        pthread_cond_broadcast(&ring->turned);
        pthread_mutex_unlock(&ring->lock);
    }
    return NULL;
}

static void futexes(void)
{
    struct ring ring = {.lock = PTHREAD_MUTEX_INITIALIZER, .turned = PTHREAD_COND_INITIALIZER};
    struct place places[THREADS];
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        places[i] = (struct place){&ring, i};
        if (pthread_create(&threads[i], NULL, take_turns, &places[i]) != 0)
            fail("no thread");
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    if (ring.turn != THREADS * TURNS || ring.turns[1] != TURNS)
        fail("turns are lost");
}

/* A child answers each signal by one, blocked until it waits for it. */
static void signals(void)
{
    sigset_t usr, before;
    sigemptyset(&usr);
    sigaddset(&usr, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr, &before);
    pid_t parent = getpid(), child = fork();
    if (child < 0)
        fail("no child");
    caught = 0;
    for (int i = 0; i < SIGNALS; i++) {
        if (child != 0)
            kill(child, SIGUSR1);
        while (caught == i)
            sigsuspend(&before);
        if (child == 0)
            kill(parent, SIGUSR1);
    }
    if (child == 0)
        _exit(7);
    int status;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 7)
        fail("a child's status");
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Children that write to pages which they share with the parent until then. */
static void forks(void)
{
    static uint64_t pages[16][512];
    for (uint64_t i = 0; i < 8; i++) {
        pages[i][0] = i;
        pid_t child = fork();
        if (child == 0) {
            pages[i][0] = 100 + i;
            _exit(pages[i][0] == 100 + i && pages[(i + 1) % 16][0] < 100 ? (int)i : 99);
        }
        int status;
        if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != (int)i || pages[i][0] != i)
            fail("a fork");
    }
}

static void work(time_t seconds)
{
    struct timespec start, now;
    unsigned long rounds = 0;
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        forks();
        signals();
        futexes();
        rounds++;
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec - start.tv_sec < seconds);
    printf("rounds %lu\n", rounds);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    for (long i = 0; i < cpus; i++)
        if (fork() == 0) {
            work(argc > 1 ? atoi(argv[1]) : 10);
            exit(0);
        }
    int status, good = 0;
    for (long i = 0; i < cpus; i++)
        if (wait(&status) > 0 && status == 0)
            good++;
    printf("good %d of %ld\n", good, cpus);
    return good == cpus ? 0 : 1;
}
