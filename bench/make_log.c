/* make_log [options] FILE: a big event log for benches, of kinds and lengths as real logs have them.
 * Written by the tests' own writer, chunk by chunk; the same bytes every time.
 *   --log NAME      security, system, application; starts (Security 4688 alone), sysmon (Sysmon 1
 *                   alone); mixed (the default): stretches of the first three, many templates
 *   --kept PERCENT  how many of the records become facts in `didrun examine` (default 1; 100 of
 *                   `starts` and `sysmon` in any case)
 *   --mib N         how large, in MiB (default 64); --records N says it in records
 *   --claims K      of 1000 process starts, K add an account with `net user` (default 1) */
#include "log_mix.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRETCH 2000u /* records of one log before the next begins, in `mixed` */
#define MAX_VALUES 32u
#define TEXT_BYTES 8192u /* of all values of one record */

typedef struct maker {
    ew_log *log;
    uint64_t random, count;
    unsigned kept, claims;
    char texts[TEXT_BYTES];
} maker;

static uint32_t draw(maker *m, uint32_t below)
{
    m->random = m->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((m->random >> 32) * below >> 32);
}

/* Appends what the word in braces stands for; NULL when it is none of ours. */
static char *fill(maker *m, const char *word, size_t n, char *out, const char *end)
{
    size_t room = (size_t)(end - out);
    uint32_t r = draw(m, 1u << 30);
#define IS(text) (n == sizeof(text) - 1 && memcmp(word, text, sizeof(text) - 1) == 0)
    if (IS("n"))
        return out + snprintf(out, room, "%u", r % 9000 + 1000);
    if (IS("pid"))
        return out + snprintf(out, room, "0x%x", 4 * (r % 4000 + 1));
    if (IS("parent")) /* few processes start nearly all others */
        return out + snprintf(out, room, "0x%x", 4 * (r % 30 + 1));
    if (IS("service"))
        return out + snprintf(out, room, "Service%u", r % 400);
    if (IS("logon"))
        return out + snprintf(out, room, "0x%x", 0x3e7 + 977 * (r % 5000));
    if (IS("port"))
        return out + snprintf(out, room, "%u", 49152 + r % 16000);
    if (IS("guid"))
        return out + snprintf(out, room, "{%08x-1234-5678-9abc-%012" PRIx64 "}", r, m->count);
    if (IS("user"))
        return out + snprintf(out, room, "%s", mix_users[r % mix_users_n]);
    if (IS("sid"))
        return out +
               snprintf(out, room, "S-1-5-21-1004336348-1177238915-682003330-%u", 1000 + r % 40);
    if (IS("host"))
        return out + snprintf(out, room, "WS%02u", r % 60);
    if (IS("ip"))
        return out + snprintf(out, room, "10.%u.%u.%u", r & 3, r >> 8 & 15, r >> 16 & 255);
    if (IS("image"))
        return out + snprintf(out, room, "%s", mix_images[r % mix_images_n]);
#undef IS
    return NULL;
}

static char *expand(maker *m, const char *text, char *out, const char *end)
{
    while (*text && out < end) {
        const char *close = *text == '{' ? strchr(text, '}') : NULL;
        if (close && close - text == 8 && memcmp(text + 1, "command", 7) == 0) {
            const char *command = draw(m, 1000) < m->claims
                                      ? "net user account{n} Pw{n}! /add"
                                      : mix_commands[draw(m, (uint32_t)mix_commands_n)];
            out = expand(m, command, out, end);
            text = close + 1;
            continue;
        }
        char *filled = close ? fill(m, text + 1, (size_t)(close - text - 1), out, end) : NULL;
        if (filled) {
            out = filled;
            text = close + 1;
        } else {
            *out++ = *text++;
        }
    }
    return out;
}

static const mix_kind *pick(maker *m, mix_list list)
{
    unsigned all = 0;
    for (size_t i = 0; i < list.n; i++)
        all += list.p[i].weight;
    unsigned at = draw(m, all);
    const mix_kind *k = list.p;
    for (; at >= k->weight; k++)
        at -= k->weight;
    return k;
}

static void append(maker *m, const mix_log *of)
{
    const mix_kind *k = pick(m, draw(m, 100) < m->kept ? of->kept : of->other);
    const char *values[MAX_VALUES];
    size_t n = 0;
    char *end = expand(m, k->values, m->texts, m->texts + TEXT_BYTES - 1);
    *end = '\0';
    for (char *p = m->texts; *k->values && p && n < MAX_VALUES; n++) {
        values[n] = p;
        p = strchr(p, '|');
        if (p)
            *p++ = '\0';
    }
    ew_event e = { .kind = k->kind,
                   .time = 131202000271663025u + m->count * 3000000u + draw(m, 2000000),
                   .computer = "WS01.example.test",
                   .pid = 600 + draw(m, 9),
                   .tid = 604 + 4 * draw(m, 90),
                   .values = values,
                   .n_values = n };
    (void)ew_append(m->log, &e);
    m->count++;
}

static const mix_log *log_named(const char *name)
{
    for (size_t i = 0; i < mix_logs_n; i++)
        if (strcmp(mix_logs[i].name, name) == 0)
            return &mix_logs[i];
    return NULL;
}

static int usage(void)
{
    fputs(
        "usage: make_log [--log NAME] [--kept PERCENT] [--mib N | --records N] [--claims K] FILE\n",
        stderr);
    return 2;
}

int main(int argc, char **argv)
{
    maker m = { .random = 1, .kept = 1, .claims = 1 };
    const char *name = "mixed", *path = NULL;
    uint64_t bytes = UINT64_C(64) << 20, records = UINT64_MAX;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (argv[i][0] != '-') {
            path = argv[i];
            continue;
        }
        if (!value)
            return usage();
        if (strcmp(argv[i], "--log") == 0)
            name = value;
        else if (strcmp(argv[i], "--kept") == 0)
            m.kept = (unsigned)atoi(value);
        else if (strcmp(argv[i], "--claims") == 0)
            m.claims = (unsigned)atoi(value);
        else if (strcmp(argv[i], "--mib") == 0)
            bytes = strtoull(value, NULL, 10) << 20;
        else if (strcmp(argv[i], "--records") == 0)
            records = strtoull(value, NULL, 10), bytes = UINT64_MAX;
        else
            return usage();
        i++;
    }
    const mix_log *log = log_named(name);
    if (!path || (!log && strcmp(name, "mixed") != 0))
        return usage();
    ew_options options = { .minor = 1, .path = path };
    m.log = ew_open(&options);
    while (m.count < records && ew_size(m.log) < bytes)
        append(&m, log ? log : &mix_logs[m.count / STRETCH % 3]);
    ew_close(m.log);
    return 0;
}
