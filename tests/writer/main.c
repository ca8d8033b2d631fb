/* didrun-sample: writes the sample host, its twins and the clean host, or the small samples. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "writer/evtx_writer.h"
#include "writer/rest.h"
#include "writer/small.h"
#include "writer/story.h"

static _Noreturn void stop(const char *what, const char *path)
{
    fprintf(stderr, "didrun-sample: %s %s: %s\n", what, path, strerror(errno));
    exit(3);
}

static void make_folder(const char *path)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        stop("cannot make", path);
}

static FILE *open_list(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *list = fopen(path, "wb");
    if (!list)
        stop("cannot write", path);
    return list;
}

static void close_list(FILE *list)
{
    if (fclose(list) != 0)
        stop("cannot write", "a list");
}

static void write_small(const char *folder)
{
    make_folder(folder);
    FILE *list = open_list(folder, "small.tsv");
    fprintf(list, "file\trecords\tpartial\trecovered\twhat\n");
    for (size_t i = 0; i < small_count(); i++) {
        const small_sample *s = small_at(i);
        char path[4096];
        size_t n;
        uint8_t *bytes = small_make(i, &n);
        snprintf(path, sizeof path, "%s/%s.evtx", folder, s->name);
        ew_save(path, bytes, n);
        free(bytes);
        fprintf(list, "%s.evtx\t%u\t%u\t%u\t%s\n", s->name, s->n_records, s->n_partial,
                s->n_recovered, s->what);
    }
    close_list(list);
}

/* --- hosts ------------------------------------------------------------------------------------ */

static const story *const books[] = {account_stories, product_stories, program_stories,
                                     defender_stories, system_stories};

static void set_scene(scene *s, const host_options *options)
{
    host *h = s->h = host_new(options);
    everyday(h);
    if (options->last < host_at(h, DAY_OF_ATTACK + 1, 0, 0, 0))
        return; /* nobody comes */
    ticks t = host_near(h, host_at(h, DAY_OF_ATTACK, 12, 1, 33));
    s->eve = remote_desktop(h, t, &eve, "10.0.0.5", &s->eve_explorer);
    s->eve_shell = host_start(h, t + 70 * TICKS_S, s->eve_explorer, s->eve, "C:\\Windows\\System32\\cmd.exe",
                              "\"C:\\Windows\\system32\\cmd.exe\" ");
    host_exit(h, host_at(h, DAY_OF_ATTACK, 14, 2, 0), s->eve_shell, 0);
    host_exit(h, host_at(h, DAY_OF_ATTACK, 14, 2, 4), s->eve_explorer, 1);
    log_off(h, host_at(h, DAY_OF_ATTACK, 14, 2, 5), s->eve);
}

static host_options ordinary(void)
{
    return (host_options){.computer = "WS07", .machine_sid = "S-1-5-21-3107422881-2044110973-1590367742",
                          .first = ew_time(2025, 5, 26, 0, 0, 0, 0),
                          .last = ew_time(2025, 6, 2, 17, 40, 0, 0),
                          .audited = ew_time(2025, 5, 27, 9, 40, 0, 5000000), .sysmon = true, .seed = 7};
}

static ticks off_from(const host_options *o)
{
    return o->first + DAY_OF_ATTACK * TICKS_DAY + 13 * TICKS_HOUR + 15 * TICKS_MIN;
}

/* Writes a row of truth, with times and record ids as they came out. */
static void write_truth(FILE *list, host *h, const char *story_name, const char *folder, const truth *t)
{
    char tags[512] = "", records[1024] = "";
    ticks when = 0;
    snprintf(tags, sizeof tags, "%s", t->tags ? t->tags : "");
    size_t at = 0;
    unsigned n = 0;
    for (char *p = tags; *p || n == 0; n++) {
        size_t length = strcspn(p, "|");
        bool more = p[length] == '|';
        p[length] = 0;
        if (n == 0 && *p)
            when = host_tag_time(h, p);
        const char *record = *p ? host_record(h, p) : NULL;
        if (*p && !record)
            fprintf(stderr, "didrun-sample: %s: no record %s\n", folder, p);
        if (record)
            at += (size_t)snprintf(records + at, sizeof records - at, "%s%s", at ? "|" : "", record);
        p += length + more;
        if (!more)
            break;
    }
    fprintf(list, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", story_name, folder, t->claim,
            t->parameters ? t->parameters : "", t->words ? t->words : "", t->forbidden ? t->forbidden : "",
            when ? host_iso_text(h, when) : "", records, t->says ? t->says : "", t->check ? t->check : "");
}

static void write_truths(FILE *list, host *h, const char *story_name, const char *folder, const truth *truths)
{
    for (size_t i = 0; i < STORY_TRUTHS && truths[i].claim; i++)
        write_truth(list, h, story_name, folder, &truths[i]);
}

static void tell_baseline(scene *s)
{
    for (const story *st = system_stories; st->name; st++)
        if (strcmp(st->name, "audit-baseline") == 0)
            st->tell(s);
}

static void write_main(const char *folder, FILE *list)
{
    host_options options = ordinary();
    options.full = true;
    options.unprotected = off_from(&options);
    scene s;
    set_scene(&s, &options);
    for (size_t b = 0; b < sizeof books / sizeof books[0]; b++)
        for (const story *st = books[b]; st->name; st++)
            st->tell(&s);
    static const cut cuts[] = {{CUT_SINCE, "Security", "clearing.1102"},
                               {CUT_SINCE, "Windows PowerShell", "console.5"},
                               {CUT_END, NULL, NULL}};
    char path[4096];
    snprintf(path, sizeof path, "%s/main", folder);
    host_write(s.h, path, cuts);
    for (size_t b = 0; b < sizeof books / sizeof books[0]; b++)
        for (const story *st = books[b]; st->name; st++)
            write_truths(list, s.h, st->name, "main", st->truths);
    /* The same logs, and what else is left on the host. */
    snprintf(path, sizeof path, "%s/rest", folder);
    host_write(s.h, path, cuts);
    write_rest(s.h, path);
    for (size_t i = 0; rest_truths[i].claim; i++)
        write_truth(list, s.h, "rest", "rest", &rest_truths[i]);
    snprintf(path, sizeof path, "%s/extra/wmi-undone", folder);
    host_write(s.h, path, cuts);
    write_undone(s.h, path);
    for (size_t i = 0; undone_truths[i].claim; i++)
        write_truth(list, s.h, "wmi-undone", "extra/wmi-undone", &undone_truths[i]);
    host_free(s.h);
}

static void write_twin(const char *folder, FILE *list, const story *st, const twin *t)
{
    host_options options = ordinary();
    if (strcmp(st->name, "defender-disabled") == 0 && strcmp(t->name, "defender-stays-on") != 0)
        options.unprotected = off_from(&options);
    scene s;
    set_scene(&s, &options);
    tell_baseline(&s);
    st->tell(&s);
    char path[4096], name[256];
    snprintf(name, sizeof name, "twins/%s", t->name);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    host_write(s.h, path, t->cuts);
    write_truths(list, s.h, st->name, name, t->truths);
    host_free(s.h);
}

static void write_special(const char *folder, FILE *list, FILE *twins, const special *sp, const twin *t)
{
    host_options options = ordinary();
    if (sp->set)
        sp->set(&options);
    scene s;
    set_scene(&s, &options);
    if (options.audited && options.audited < options.last)
        tell_baseline(&s);
    sp->tell(&s);
    char path[4096], name[256];
    snprintf(name, sizeof name, "%s/%s", t ? "twins" : "extra", t ? t->name : sp->name);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    host_write(s.h, path, t ? t->cuts : sp->cuts);
    write_truths(list, s.h, sp->name, !t && sp->folders ? sp->folders : name, t ? t->truths : sp->truths);
    fprintf(twins, "%s\t%s\t%s\t%s\n", sp->name, name, sp->tells, t ? t->why : "");
    host_free(s.h);
}

/* The same machine in a month in which nothing happened: people look at things, updates come. */
static void write_clean(const char *folder)
{
    static const char *const looks[][2] = {
        {"C:\\Windows\\System32\\ipconfig.exe", "ipconfig  /all"},
        {"C:\\Windows\\System32\\schtasks.exe", "schtasks  /query /fo list"},
        {"C:\\Windows\\System32\\sc.exe", "sc  query WinDefend"},
        {"C:\\Windows\\System32\\wevtutil.exe", "wevtutil  qe System /c:5 /rd:true /f:text"},
        {"C:\\Windows\\System32\\auditpol.exe", "auditpol  /get /category:*"},
        {"C:\\Windows\\System32\\msiexec.exe", "msiexec  /?"},
    };
    host_options options = ordinary();
    options.first = ew_time(2025, 4, 14, 0, 0, 0, 0);
    options.last = ew_time(2025, 4, 16, 16, 30, 0, 0);
    options.audited = 0;
    options.sysmon = false;
    options.full = true;
    scene s = {.h = host_new(&options)};
    host *h = s.h;
    everyday(h);
    ticks t = host_near(h, host_at(h, 1, 11, 2, 9));
    const boot *b = host_boot(h, t);
    const process *shell = host_start(h, t, b->explorer, b->user_admin, "C:\\Windows\\System32\\cmd.exe",
                                      "\"C:\\Windows\\system32\\cmd.exe\" ");
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
        run_tool(&s, t + (30 + 20 * i) * TICKS_S, shell, b->user_admin, looks[i][0], looks[i][1], 400 * TICKS_MS, 0);
    const process *net1 = run_net(&s, t + 4 * TICKS_MIN, shell, b->user_admin, "user maria", 0);
    host_event(h, t + 4 * TICKS_MIN + 60 * TICKS_MS, &kind_sec_4798, b->lsass->pid, NULL, b->user_admin->who.name, b->user_admin->who.domain,
               b->user_admin->who.sid,
               SUBJECT_OF(h, b->user_admin), host_text(h, "0x%x", net1->pid), net1->image);
    host_exit(h, t + 9 * TICKS_MIN, shell, 0);
    char path[4096];
    snprintf(path, sizeof path, "%s/clean", folder);
    host_write(h, path, NULL);
    host_free(h);
}

static void write_all(const char *folder)
{
    char path[4096];
    make_folder(folder);
    snprintf(path, sizeof path, "%s/twins", folder);
    make_folder(path);
    FILE *list = open_list(folder, "truth.tsv"), *twins = open_list(folder, "twins.tsv");
    fprintf(list, "story\tfolder\tclaim\tparameters\twords\tforbidden\ttime\trecords\tsays\tcheck\n");
    fprintf(twins, "story\tfolder\twhat is told\twhat is other here\n");
    write_main(folder, list);
    for (size_t b = 0; b < sizeof books / sizeof books[0]; b++)
        for (const story *st = books[b]; st->name; st++) {
            fprintf(twins, "%s\tmain\t%s\t\n", st->name, st->tells);
            for (size_t i = 0; i < STORY_TWINS && st->twins[i].name; i++) {
                write_twin(folder, list, st, &st->twins[i]);
                fprintf(twins, "%s\ttwins/%s\t%s\t%s\n", st->name, st->twins[i].name, st->tells, st->twins[i].why);
            }
        }
    for (const special *sp = specials; sp->name; sp++) {
        write_special(folder, list, twins, sp, NULL);
        for (size_t i = 0; i < STORY_TWINS && sp->twins[i].name; i++)
            write_special(folder, list, twins, sp, &sp->twins[i]);
    }
    write_clean(folder);
    close_list(list);
    close_list(twins);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--small") == 0) {
        write_small(argv[2]);
        return 0;
    }
    if (argc == 2 && argv[1][0] != '-') {
        write_all(argv[1]);
        return 0;
    }
    fprintf(stderr, "usage: didrun-sample FOLDER\n       didrun-sample --small FOLDER\n");
    return 2;
}
