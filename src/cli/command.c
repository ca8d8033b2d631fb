#define _POSIX_C_SOURCE 200809L
#include "cli/command.h"

#include "cli/output.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "didrun.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1; /* seen by the next progress; a second one ends the program at once */
}

static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is an error of writing */
    signal(SIGXFSZ, SIG_IGN); /* and so is a limit on the size of files */
}

typedef struct session {
    cli_options *o;
    didrun *d;
    progress bar;
    output out;
    terminal screen;
    unsigned long long limit; /* 0: none */
    int status; /* the highest so far */
} session;

static void raise_status(session *s, int status)
{
    if (status > s->status)
        s->status = status;
}

static int told(session *s, int result)
{
    progress_clear(&s->bar);
    if (interrupted) {
        fputs("didrun: interrupted\n", stderr);
        return CLI_INTERRUPTED;
    }
    if (result != DIDRUN_ERROR_WRITE || !s->out.told)
        fprintf(stderr, "didrun: %s\n", s->d ? didrun_error(s->d) : "out of memory");
    switch (result) {
    case DIDRUN_ERROR_USAGE:
    case DIDRUN_ERROR_DATA:
        return CLI_USAGE;
    case DIDRUN_ERROR_INTERRUPTED:
        return CLI_INTERRUPTED;
    default:
        return CLI_FAILED;
    }
}

/* Takes the answer of the library into the exit status. True when the work goes on. */
static bool goes_on(session *s, int result)
{
    if (result == DIDRUN_DAMAGED)
        raise_status(s, CLI_DAMAGE);
    if (result >= 0)
        return true;
    raise_status(s, told(s, result));
    return false;
}

static int on_progress(void *context, const didrun_progress *p)
{
    session *s = context;
    progress_show(&s->bar, p->stage, p->bytes_done, p->bytes_total, p->files_done, p->files_total);
    return interrupted;
}

static int to_stdout(void *context, const char *bytes, size_t n)
{
    session *s = context;
    progress_clear(&s->bar);
    return interrupted ? -1 : output_write(&s->out, bytes, n);
}

static int to_stderr(void *context, const char *bytes, size_t n)
{
    session *s = context;
    progress_clear(&s->bar);
    return n == 0 || fwrite(bytes, 1, n, stderr) == n ? 0 : -1;
}

static bool exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static bool usage(session *s, const char *what, const char *value)
{
    fprintf(stderr, "didrun: %s%s%s%s\nTry: didrun %s --help\n", what, value ? " '" : "", value ? value : "", value ? "'" : "",
            cli_verb_name(s->o->verb));
    raise_status(s, CLI_USAGE);
    return false;
}

static bool open_library(session *s)
{
    didrun_options options = DIDRUN_OPTIONS_INIT;
    if (s->o->threads) {
        char *end;
        errno = 0;
        unsigned long n = strtoul(s->o->threads, &end, 10);
        if (errno || *end || end == s->o->threads || n < 1 || n > 1024)
            return usage(s, "--threads wants a number from 1 to 1024, not", s->o->threads);
        options.threads = (uint32_t)n;
    }
    options.rules = cli_array(&s->o->rules);
    options.data = cli_array(&s->o->data);
    if (s->o->verb == CLI_PARSE && s->o->data.n == 0)
        options.flags = DIDRUN_OPEN_FOR_PARSE;
    options.progress = on_progress;
    options.progress_context = s;
    return goes_on(s, didrun_open(&s->d, &options));
}

/* --limit, before anything is read. */
static bool read_limit(session *s)
{
    char *end;
    if (!s->o->limit)
        return true;
    errno = 0;
    s->limit = strtoull(s->o->limit, &end, 10);
    if (errno || *end || s->o->limit[0] < '0' || s->o->limit[0] > '9')
        return usage(s, "--limit wants a number, not", s->o->limit);
    return true;
}

/* "+02:00", "-0530", "Z" to minutes. */
static bool zone(session *s, int32_t *minutes)
{
    const char *z = s->o->tz;
    if (strcmp(z, "Z") == 0 || strcmp(z, "UTC") == 0) {
        *minutes = 0;
        return true;
    }
    unsigned digits[4], n = 0;
    for (const char *c = z + 1; (z[0] == '+' || z[0] == '-') && *c; c++) {
        if (*c == ':' && n == 2)
            continue;
        if (*c < '0' || *c > '9' || n == 4)
            return usage(s, "--tz wants +HH:MM or -HH:MM, not", z);
        digits[n++] = (unsigned)(*c - '0');
    }
    if (n != 4 || digits[0] * 10 + digits[1] > 14 || digits[2] > 5)
        return usage(s, "--tz wants +HH:MM or -HH:MM, not", z);
    *minutes = (int32_t)(digits[0] * 600 + digits[1] * 60 + digits[2] * 10 + digits[3]);
    if (z[0] == '-')
        *minutes = -*minutes;
    return true;
}

/* "a,b,c", to be freed; NULL for no strings (or, with a message, for no memory). */
static char *joined(const cli_strings *list, char between)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        n += strlen(list->p[i]) + 1;
    char *text = n ? malloc(n) : NULL, *at = text;
    for (size_t i = 0; text && i < list->n; i++) {
        size_t length = strlen(list->p[i]);
        memcpy(at, list->p[i], length);
        at += length;
        *at++ = i + 1 < list->n ? between : 0;
    }
    return text;
}

/* Writes ARGUMENT so that it can be copied to a shell, in quotes where it needs them. Answers its end;
 * at most 4 bytes a byte and 2 more. */
static char *put_argument(char *at, const char *argument)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./%@";
    size_t n = strlen(argument);
    bool plain = n > 0;
    for (size_t i = 0; i < n; i++) /* beyond ASCII are letters of other languages */
        plain = plain && ((unsigned char)argument[i] >= 0x80 || strchr(safe, argument[i]));
    if (!plain)
        *at++ = '\'';
    for (size_t i = 0; i < n; i++) {
        if (argument[i] == '\'') {
            memcpy(at, "'\\''", 4);
            at += 4;
        } else {
            *at++ = argument[i];
        }
    }
    if (!plain)
        *at++ = '\'';
    return at;
}

/* The evidence as it would be typed again, to be freed; NULL for none or no memory. */
static char *typed(const cli_strings *evidence)
{
    size_t n = 0;
    for (size_t i = 0; i < evidence->n; i++)
        n += 4 * strlen(evidence->p[i]) + 3;
    char *text = n ? malloc(n) : NULL, *at = text;
    for (size_t i = 0; text && i < evidence->n; i++) {
        at = put_argument(at, evidence->p[i]);
        *at++ = i + 1 < evidence->n ? ' ' : 0;
    }
    return text;
}

static void messages(session *s)
{
    didrun_show_options options = DIDRUN_SHOW_OPTIONS_INIT;
    if (s->o->quiet)
        return;
    if (s->o->verbose)
        options.flags |= DIDRUN_SHOW_VERBOSE;
    goes_on(s, didrun_show(s->d, DIDRUN_SHOW_MESSAGES, &options, to_stderr, s));
}

static uint32_t show_flags(const session *s)
{
    uint32_t flags = 0;
    if (s->o->json)
        flags |= DIDRUN_SHOW_JSON;
    if (s->screen.colour)
        flags |= DIDRUN_SHOW_COLOR;
    if (s->o->all)
        flags |= DIDRUN_SHOW_ALL;
    if (s->o->verbose)
        flags |= DIDRUN_SHOW_VERBOSE;
    if (s->o->damage)
        flags |= DIDRUN_SHOW_DAMAGE;
    if (s->o->csv)
        flags |= DIDRUN_SHOW_CSV;
    return flags;
}

/* Shows WHAT, with every id (or, of the verb find, every text) in turn where there are any. */
static void show(session *s, int what, const cli_strings *evidence, const cli_strings *ids)
{
    didrun_show_options options = DIDRUN_SHOW_OPTIONS_INIT;
    char *claims = joined(&s->o->claims, ','), *words = joined(&s->o->words, ','), *title = typed(evidence);
    options.flags = show_flags(s);
    /* Into a file or a pipe, what is one a line stays on one line, for grep and the like. */
    bool one_a_line = s->o->verb == CLI_VERDICTS || s->o->verb == CLI_PROGRAMS || s->o->verb == CLI_TIMELINE || s->o->verb == CLI_FIND;
    options.width = s->screen.width ? (uint32_t)s->screen.width : one_a_line ? DIDRUN_WIDTH_NONE : 0;
    options.host = s->o->host;
    options.claim = claims;
    options.word = words;
    options.from = s->o->from;
    options.to = s->o->to;
    options.last = s->o->last;
    options.title = title;
    options.limit = s->limit;
    if (!s->o->tz || zone(s, &options.tz_minutes)) {
        size_t n = ids && ids->n > 0 ? ids->n : 1;
        for (size_t i = 0; i < n; i++) {
            const char *one = ids && ids->n > 0 ? ids->p[i] : NULL;
            *(s->o->verb == CLI_FIND ? &options.find : &options.id) = one;
            if (i > 0 && !s->o->json && to_stdout(s, "\n", 1) != 0)
                break;
            if (!goes_on(s, didrun_show(s->d, what, &options, to_stdout, s)))
                break;
        }
    }
    free(claims);
    free(words);
    free(title);
}

static bool is_id(const char *text)
{
    if ((text[0] != 'v' && text[0] != 'V') || text[1] != '-')
        return false;
    size_t n = strspn(text + 2, "0123456789abcdefABCDEF");
    return n > 0 && n <= 16 && text[2 + n] == 0;
}

static bool add_all(session *s, const cli_strings *evidence)
{
    if (evidence->n == 0)
        return usage(s, "there is no evidence on the command line", NULL);
    for (size_t i = 0; i < evidence->n; i++) {
        int result = didrun_add(s->d, evidence->p[i]);
        if (!goes_on(s, result)) {
            if (result == DIDRUN_ERROR_IO && !exists(evidence->p[i])) /* no such file: told before anything is read */
                s->status = CLI_USAGE;
            return false;
        }
    }
    return true;
}

/* Where a case goes is looked at before anything is read. */
static bool may_keep(session *s)
{
    const cli_options *o = s->o;
    if (o->into && o->output)
        return usage(s, "-o and --into exclude each other", NULL);
    if (o->overwrite && !o->output)
        return usage(s, "-C wants -o CASE", NULL);
    if (o->into)
        return goes_on(s, didrun_extend(s->d, o->into)) && goes_on(s, didrun_may_save(s->d, o->into, DIDRUN_SAVE_OVERWRITE));
    return !o->output || goes_on(s, didrun_may_save(s->d, o->output, o->overwrite ? DIDRUN_SAVE_OVERWRITE : 0));
}

/* Times that cannot be read are told before the evidence is. */
static bool may_show(session *s)
{
    didrun_show_options options = DIDRUN_SHOW_OPTIONS_INIT;
    options.from = s->o->from;
    options.to = s->o->to;
    options.last = s->o->last;
    char *claims = joined(&s->o->claims, ','), *words = joined(&s->o->words, ',');
    options.claim = claims;
    options.word = words;
    bool may = goes_on(s, didrun_may_show(s->d, &options));
    free(claims);
    free(words);
    return may;
}

static bool keep(session *s)
{
    if (s->o->into)
        return goes_on(s, didrun_save(s->d, s->o->into, DIDRUN_SAVE_OVERWRITE));
    return !s->o->output || goes_on(s, didrun_save(s->d, s->o->output, s->o->overwrite ? DIDRUN_SAVE_OVERWRITE : 0));
}

/* Reads, then shows. What is no evidence among the arguments: ids of explain, texts of find. */
static void run_show(session *s, int what)
{
    cli_strings evidence = { 0 }, ids = { 0 };
    bool ok = true;
    for (size_t i = 0; i < s->o->arguments.n && ok; i++) {
        const char *text = s->o->arguments.p[i];
        bool other = !exists(text) && (s->o->verb == CLI_FIND || (s->o->verb == CLI_EXPLAIN && is_id(text)));
        ok = cli_strings_add(other ? &ids : &evidence, text) == 0;
    }
    if (ok && s->o->verb == CLI_FIND && ids.n == 0)
        ok = usage(s, "find wants a text to look for", NULL);
    if (ok && read_limit(s) && may_show(s) && may_keep(s) && add_all(s, &evidence)) {
        bool reasons = what != DIDRUN_SHOW_COVERAGE;
        if (goes_on(s, reasons ? didrun_examine(s->d) : didrun_read(s->d)) && keep(s)) {
            progress_clear(&s->bar);
            messages(s);
            show(s, what, &evidence, &ids);
        }
    }
    free(evidence.p);
    free(ids.p);
}

/* NAME=VALUE: a command line has a space, a slash or nothing before its first equals sign. */
static bool is_parameter(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return n > 0 && text[n] == '=';
}

static void run_check(session *s)
{
    cli_strings evidence = { 0 }, parameters = { 0 };
    didrun_question q = DIDRUN_QUESTION_INIT;
    bool by_claim = s->o->claims.n > 0, ok = true;
    q.claim = by_claim ? s->o->claims.p[0] : NULL;
    q.host = s->o->host;
    q.at = s->o->at;
    if (s->o->claims.n > 1)
        ok = usage(s, "check asks about one claim; there is also", s->o->claims.p[1]);
    for (size_t i = 0; i < s->o->arguments.n && ok; i++) {
        const char *text = s->o->arguments.p[i];
        if (exists(text))
            ok = cli_strings_add(&evidence, text) == 0;
        else if (by_claim && is_parameter(text))
            ok = cli_strings_add(&parameters, text) == 0;
        else if (!q.command)
            q.command = text;
        else
            ok = usage(s, "this is neither evidence nor part of the question:", text);
    }
    if (ok && !by_claim && !q.command)
        ok = usage(s, "check wants a command line or --claim", NULL);
    q.parameters = cli_array(&parameters);
    if (ok && add_all(s, &evidence) && goes_on(s, didrun_read(s->d))) {
        messages(s);
        int result = didrun_check(s->d, &q);
        if (goes_on(s, result)) {
            if (result == CLI_CONTRADICTED)
                raise_status(s, CLI_CONTRADICTED);
            s->o->claims.n = 0; /* it was the question, no filter */
            show(s, DIDRUN_SHOW_CHECK, &evidence, NULL);
        }
    }
    free(evidence.p);
    free(parameters.p);
}

static void run_parse(session *s)
{
    didrun_parse_options options = DIDRUN_PARSE_OPTIONS_INIT;
    options.flags = (s->o->xml ? DIDRUN_PARSE_XML : 0u) | (s->o->offsets ? DIDRUN_PARSE_OFFSETS : 0u) |
                    (s->o->recovered ? DIDRUN_PARSE_RECOVERED : 0u);
    options.key = s->o->key;
    if (s->o->arguments.n == 0)
        usage(s, "there is no file on the command line", NULL);
    for (size_t i = 0; i < s->o->arguments.n; i++) {
        if (i > 0) { /* a handle is for one file */
            didrun_close(s->d);
            s->d = NULL;
            if (!open_library(s))
                return;
        }
        if (!goes_on(s, didrun_parse(s->d, s->o->arguments.p[i], &options, to_stdout, s)))
            return;
        messages(s);
    }
}

static int by_text(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;
    return strcmp(*x, *y);
}

/* The YAML files of a folder, sorted; other names are passed over. Paths are to be freed. */
static bool yaml_files(session *s, const char *folder, cli_strings *out)
{
    DIR *dir = opendir(folder);
    bool ok = true;
    if (!dir) {
        fprintf(stderr, "didrun: %s: cannot be listed: %s\n", folder, strerror(errno));
        raise_status(s, CLI_FAILED);
        return false;
    }
    for (struct dirent *entry; ok && (entry = readdir(dir)) != NULL;) {
        size_t n = strlen(entry->d_name), room = strlen(folder) + n + 2;
        if (n < 5 || strcmp(entry->d_name + n - 4, ".yml") != 0)
            continue;
        char *path = malloc(room);
        ok = path && cli_strings_add(out, path) == 0;
        if (path)
            snprintf(path, room, "%s/%s", folder, entry->d_name);
        if (!ok) {
            free(path);
            raise_status(s, CLI_FAILED);
        }
    }
    closedir(dir);
    if (out->n > 0)
        qsort(out->p, out->n, sizeof out->p[0], by_text);
    return ok;
}

static bool check_file(session *s, const char *path)
{
    int result = didrun_check_rule_file(s->d, path);
    if (result < 0) {
        raise_status(s, told(s, result));
        return false;
    }
    if (!s->o->quiet)
        fprintf(stderr, "%s: right\n", path);
    return true;
}

static void rules_check(session *s)
{
    if (s->o->arguments.n < 2)
        usage(s, "rules check wants files or folders", NULL);
    for (size_t i = 1; i < s->o->arguments.n; i++) {
        const char *path = s->o->arguments.p[i];
        struct stat st;
        if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
            cli_strings files = { 0 };
            if (yaml_files(s, path, &files) && files.n == 0)
                fprintf(stderr, "didrun: %s: holds no .yml file\n", path);
            for (size_t k = 0; k < files.n; k++) {
                check_file(s, files.p[k]);
                free((void *)(uintptr_t)files.p[k]);
            }
            free(files.p);
        } else {
            check_file(s, path);
        }
    }
}

static void rules_test(session *s)
{
    size_t passed = 0;
    int failed = didrun_test_rules(s->d, to_stdout, s, &passed);
    char line[64];
    if (!goes_on(s, failed < 0 ? failed : 0))
        return;
    int n = snprintf(line, sizeof line, "%zu passed, %d failed\n", passed, failed);
    to_stdout(s, line, (size_t)n);
    if (failed > 0)
        raise_status(s, CLI_CONTRADICTED);
}

static void run_rules(session *s)
{
    const cli_strings *words = &s->o->arguments;
    const char *what = words->n > 0 ? words->p[0] : "list";
    cli_strings none = { 0 };
    if (strcmp(what, "list") == 0 && words->n <= 1) {
        show(s, DIDRUN_SHOW_RULES, &none, NULL);
    } else if (strcmp(what, "show") == 0 && words->n > 1) {
        cli_strings ids = { words->p + 1, words->n - 1 };
        show(s, DIDRUN_SHOW_RULE, &none, &ids);
    } else if (strcmp(what, "check") == 0) {
        rules_check(s);
    } else if (strcmp(what, "test") == 0) {
        rules_test(s);
    } else {
        usage(s, "rules wants list, show ID, check PATH or test, not", what);
    }
}

/* Folders behind `rules test` are rules of the user's. */
static bool take_rule_folders(session *s)
{
    cli_strings *words = &s->o->arguments;
    if (s->o->verb != CLI_RULES || words->n < 2 || strcmp(words->p[0], "test") != 0)
        return true;
    for (size_t i = 1; i < words->n; i++) {
        if (cli_strings_add(&s->o->rules, words->p[i]) != 0)
            return false;
    }
    return true;
}

static void run_doctor(session *s)
{
    if (s->o->arguments.n > 0) {
        usage(s, "doctor takes no evidence, but there is", s->o->arguments.p[0]);
        return;
    }
    int failed = didrun_doctor(s->d, show_flags(s), to_stdout, s);
    if (goes_on(s, failed < 0 ? failed : 0) && failed > 0)
        raise_status(s, CLI_CONTRADICTED);
}

static void list_notes(session *s, const char *path)
{
    cli_strings one = { 0 };
    if (cli_strings_add(&one, path) == 0 && goes_on(s, didrun_add(s->d, path)))
        show(s, DIDRUN_SHOW_NOTES, &one, NULL);
    free(one.p);
}

/* The case, then a verdict's id and the words of the note. */
static void run_note(session *s)
{
    const cli_strings *words = &s->o->arguments;
    didrun_note note = DIDRUN_NOTE_INIT;
    uint64_t number = 0;
    if (words->n == 0 || !exists(words->p[0])) {
        usage(s, words->n ? "note wants a case first; there is no file" : "note wants a case", words->n ? words->p[0] : NULL);
    } else if (!didrun_is_case(words->p[0])) {
        usage(s, "notes stand in a case (examine -o CASE), and this is none:", words->p[0]);
    } else if (s->o->remove) {
        char *end;
        errno = 0;
        number = strtoull(s->o->remove, &end, 10);
        if (errno || *end || end == s->o->remove || s->o->remove[0] == '-')
            usage(s, "--remove wants the number of a note, not", s->o->remove);
        else if (words->n > 1)
            usage(s, "with --remove there is nothing to add:", words->p[1]);
        else
            goes_on(s, didrun_note_remove(s->d, words->p[0], number));
    } else if (words->n == 1) {
        if (s->o->accept || s->o->dispute || s->o->by)
            usage(s, "a note needs an id and a text", NULL);
        else
            list_notes(s, words->p[0]);
    } else if (words->n != 3) {
        usage(s, "note wants a case, an id and one text (in quotes)", NULL);
    } else if (s->o->accept && s->o->dispute) {
        usage(s, "--accept and --dispute exclude each other", NULL);
    } else {
        note.verdict = words->p[1];
        note.because = words->p[2];
        note.by = s->o->by;
        note.stance = s->o->accept ? "accept" : s->o->dispute ? "dispute" : "remark";
        if (goes_on(s, didrun_note_add(s->d, words->p[0], &note, &number)) && !s->o->quiet)
            fprintf(stderr, "note %llu\n", (unsigned long long)number);
    }
}

int command_run(cli_options *o)
{
    session s = { .o = o, .screen = terminal_of_stdout(o->no_color) };
    catch_signals();
    progress_start(&s.bar, o->progress, o->quiet);
    if (!take_rule_folders(&s))
        return CLI_FAILED;
    if (open_library(&s)) {
        switch (o->verb) {
        case CLI_EXAMINE:
            run_show(&s, DIDRUN_SHOW_EXAMINE);
            break;
        case CLI_VERDICTS:
            run_show(&s, DIDRUN_SHOW_VERDICTS);
            break;
        case CLI_TIMELINE:
        case CLI_FIND:
            run_show(&s, DIDRUN_SHOW_TIMELINE);
            break;
        case CLI_EXPLAIN:
            run_show(&s, DIDRUN_SHOW_EXPLAIN);
            break;
        case CLI_COVERAGE:
            run_show(&s, DIDRUN_SHOW_COVERAGE);
            break;
        case CLI_PROGRAMS:
            run_show(&s, DIDRUN_SHOW_PROGRAMS);
            break;
        case CLI_CHECK:
            run_check(&s);
            break;
        case CLI_PARSE:
            run_parse(&s);
            break;
        case CLI_RULES:
            run_rules(&s);
            break;
        case CLI_DOCTOR:
            run_doctor(&s);
            break;
        case CLI_NOTE:
            run_note(&s);
            break;
        case CLI_VERB_COUNT:
            break;
        }
    }
    progress_clear(&s.bar);
    if (output_end(&s.out) != 0)
        raise_status(&s, CLI_FAILED);
    didrun_close(s.d);
    return s.status;
}
