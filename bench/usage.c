/* SPDX-License-Identifier: MIT */
/* usage COMMAND...: runs it and prints, as the last line of standard error, its user CPU in seconds and the most
 * memory it had resident in KiB. Its exit status is the command's, 128 + n if signal n ended it. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **arguments)
{
    if (count < 2)
        return 127;
    pid_t child = fork();
    if (child == 0) {
        execvp(arguments[1], arguments + 1);
        perror(arguments[1]);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        perror("usage");
        return 127;
    }
    fprintf(stderr, "%ld.%03ld %ld\n", (long)usage.ru_utime.tv_sec, (long)usage.ru_utime.tv_usec / 1000,
            usage.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
