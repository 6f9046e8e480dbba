/* SPDX-License-Identifier: MIT */
/* vsock connect CID PORT | listen PORT: a guest's program without a C library. What it reads goes to the other end, and what comes from
 * there to its output, until both have ended. */
#define AF_VSOCK 40
#define SOCK_STREAM 1
#define SHUT_WR 1
#define CID_ANY 0xffffffffu
#define POLLIN 1
enum {
    SYS_read = 63,
    SYS_write,
    SYS_ppoll = 73,
    SYS_exit = 93,
    SYS_socket = 198,
    SYS_bind = 200,
    SYS_listen,
    SYS_accept,
    SYS_connect,
    SYS_shutdown = 210
};

struct address {
    unsigned short family, zero;
    unsigned port, cid, nothing;
};

struct poll {
    int fd;
    short events, revents;
};

static long call(long number, long a, long b, long c, long d)
{
    register long a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c, a3 __asm__("a3") = d;
    register long a4 __asm__("a4") = 0, a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7) : "memory");
    return a0;
}

static void say(const char *what)
{
    long length = 0;
    while (what[length] != '\0')
        length++;
    call(SYS_write, 2, (long)what, length, 0);
}

static _Noreturn void leave(const char *why)
{
    say(why);
    call(SYS_exit, 1, 0, 0, 0);
    __builtin_unreachable();
}

static unsigned number(const char *text)
{
    unsigned value = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        value = 10 * value + (unsigned)(*text - '0');
    return value;
}

static int dial(unsigned cid, unsigned port)
{
    struct address to = {AF_VSOCK, 0, port, cid, 0};
    int fd = (int)call(SYS_socket, AF_VSOCK, SOCK_STREAM, 0, 0);
    if (fd < 0 || call(SYS_connect, fd, (long)&to, sizeof to, 0) != 0)
        leave("vsock: cannot connect\n");
    return fd;
}

static int answer(unsigned port)
{
    struct address at = {AF_VSOCK, 0, port, CID_ANY, 0};
    int fd = (int)call(SYS_socket, AF_VSOCK, SOCK_STREAM, 0, 0);
    if (fd < 0 || call(SYS_bind, fd, (long)&at, sizeof at, 0) != 0 || call(SYS_listen, fd, 8, 0, 0) != 0)
        leave("vsock: cannot listen\n");
    say("vsock: listening\n");
    return (int)call(SYS_accept, fd, 0, 0, 0);
}

static char bytes[65536];

/* False: there is no more. */
static int move(int from, int to)
{
    long got = call(SYS_read, from, (long)bytes, sizeof bytes, 0);
    for (long done = 0; done < got;) {
        long piece = call(SYS_write, to, (long)(bytes + done), got - done, 0);
        if (piece <= 0)
            leave("vsock: cannot write\n");
        done += piece;
    }
    if (got < 0)
        leave("vsock: cannot read\n");
    return got > 0;
}

static void relay(int fd)
{
    struct poll polls[2] = {{0, POLLIN, 0}, {fd, POLLIN, 0}};
    while (polls[0].fd >= 0 || polls[1].fd >= 0) {
        call(SYS_ppoll, (long)polls, 2, 0, 0);
        if (polls[1].revents != 0 && !move(fd, 1))
            polls[1].fd = -1;
        if (polls[0].revents == 0 || move(0, fd))
            continue;
        polls[0].fd = -1;
        call(SYS_shutdown, fd, SHUT_WR, 0, 0);
    }
}

__attribute__((used)) static _Noreturn void start(long *stack)
{
    char **words = (char **)(stack + 1);
    if (stack[0] == 4 && words[1][0] == 'c')
        relay(dial(number(words[2]), number(words[3])));
    else if (stack[0] == 3 && words[1][0] == 'l')
        relay(answer(number(words[2])));
    else
        leave("usage: vsock connect CID PORT | listen PORT\n");
    call(SYS_exit, 0, 0, 0, 0);
    __builtin_unreachable();
}

__asm__(".globl _start\n_start: mv a0, sp\n andi sp, sp, -16\n j start\n");
