/* measure [-n ROUNDS] [-b MIB] [-o FILE] LABEL COMMAND [ARGUMENT...] [--- LABEL COMMAND...]...
 *
 * Runs the commands in turn, ROUNDS (5) times after one round that does not count, and prints for each
 * the median and the best of its times from start to end, the processor time and the peak memory of the
 * median round, MiB per second when -b says how much it reads, and how many times as long as the first
 * one it took: the median over the rounds of the ratio within one round. What the commands print goes
 * to /dev/null, or to FILE, which is written anew each time. "!" behind a label: its exit status was
 * not 0 (damage that a reader reports, or a program that gives up). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS 16
#define ROUNDS 99

typedef struct run {
    double wall, cpu, peak_mib;
} run;

typedef struct command {
    char *label, **argv;
    run runs[ROUNDS];
    bool failed;
} command;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void once(command *c, const char *out, run *result)
{
    double start = now();
    pid_t pid = vfork(); /* the child is nothing of this program's size */
    if (pid == 0) {
        int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0666),
            nothing = open("/dev/null", O_WRONLY);
        dup2(fd, 1);
        dup2(nothing, 2);
        execvp(c->argv[0], c->argv);
        _exit(127);
    }
    int status = 0;
    struct rusage used = { 0 };
    if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
        exit(1);
    c->failed |= !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    *result = (run){ .wall = now() - start,
                     .cpu = seconds(used.ru_utime) + seconds(used.ru_stime),
                     .peak_mib = (double)used.ru_maxrss / 1024 };
}

static int by_wall(const void *a, const void *b)
{
    const run *x = a, *y = b;
    return x->wall < y->wall ? -1 : x->wall > y->wall;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void report(command *c, const command *first, int rounds, double mib)
{
    double ratios[ROUNDS];
    run sorted[ROUNDS];
    for (int i = 0; i < rounds; i++) {
        ratios[i] = c->runs[i].wall / first->runs[i].wall;
        sorted[i] = c->runs[i];
    }
    qsort(ratios, (size_t)rounds, sizeof *ratios, by_value);
    qsort(sorted, (size_t)rounds, sizeof *sorted, by_wall);
    run middle = sorted[rounds / 2];
    printf("  %-34s %8.3f s", c->label, middle.wall);
    if (mib > 0)
        printf(" %7.0f MiB/s", mib / middle.wall);
    printf("  best %8.3f  cpu %8.3f  peak %7.1f MiB", sorted[0].wall, middle.cpu, middle.peak_mib);
    if (c != first)
        printf("  %5.2f times", ratios[rounds / 2]);
    printf("%s\n", c->failed ? "  !" : "");
}

int main(int argc, char **argv)
{
    static command commands[COMMANDS];
    int rounds = 5, n = 0, i = 1;
    double mib = 0;
    const char *out = "/dev/null";
    for (; i + 1 < argc && argv[i][0] == '-' && strcmp(argv[i], "---") != 0; i += 2) {
        if (strcmp(argv[i], "-n") == 0)
            rounds = atoi(argv[i + 1]);
        else if (strcmp(argv[i], "-b") == 0)
            mib = strtod(argv[i + 1], NULL);
        else if (strcmp(argv[i], "-o") == 0)
            out = argv[i + 1];
        else
            return 2;
    }
    while (i + 1 < argc && n < COMMANDS) {
        commands[n].label = argv[i++];
        commands[n++].argv = argv + i;
        while (i < argc && strcmp(argv[i], "---") != 0)
            i++;
        if (i < argc)
            argv[i++] = NULL;
    }
    if (n == 0 || rounds < 1 || rounds > ROUNDS)
        return 2;
    for (int round = -1; round < rounds; round++)
        for (int k = 0; k < n; k++)
            once(&commands[k], out, &commands[k].runs[round < 0 ? 0 : round]);
    for (int k = 0; k < n; k++)
        report(&commands[k], &commands[0], rounds, mib);
    return 0;
}
