/* didrun: did the program run, did it achieve what it was meant to, is the effect still there?
 *
 * The public interface, and the only one that the command itself uses. Handles are opaque; there is no
 * global state; one handle belongs to one thread at a time. Functions return 0 or more when done, and a
 * negative DIDRUN_ERROR_* otherwise; didrun_error() then says what is wrong, in one line without the
 * program's name. Text is UTF-8. Before version 1.0 the interface may change.
 *
 *     didrun *d;
 *     if (didrun_open(&d, NULL) < 0 || didrun_add(d, "collection.zip") < 0 || didrun_examine(d) < 0)
 *         fprintf(stderr, "%s\n", didrun_error(d));
 *     else
 *         didrun_show(d, DIDRUN_SHOW_EXAMINE, NULL, write_to_stdout, NULL);
 *     didrun_close(d);
 */
#ifndef DIDRUN_H
#define DIDRUN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DIDRUN_API __attribute__((visibility("default")))
#else
#define DIDRUN_API
#endif

#define DIDRUN_VERSION "0.1.0"

enum {
    DIDRUN_OK = 0,
    DIDRUN_DAMAGED = 1,         /* done, but some evidence was unreadable or damaged */
    DIDRUN_ERROR_MEMORY = -1,
    DIDRUN_ERROR_LIMIT = -2,
    DIDRUN_ERROR_IO = -3,
    DIDRUN_ERROR_USAGE = -4,    /* an argument is wrong */
    DIDRUN_ERROR_DATA = -5,     /* an error in a rule or data file of the user's */
    DIDRUN_ERROR_NOTHING = -6,  /* nothing usable among the evidence */
    DIDRUN_ERROR_WRITE = -7,    /* the write callback refused */
    DIDRUN_ERROR_INTERRUPTED = -8
};

typedef struct didrun didrun;

/* How far the work is; called now and then from the thread that called didrun. Return 0 to go on,
 * anything else to interrupt (DIDRUN_ERROR_INTERRUPTED). */
typedef struct didrun_progress {
    size_t size;
    const char *stage; /* "listing", "reading", "reasoning", "saving" */
    uint64_t bytes_done, bytes_total;
    uint64_t files_done, files_total;
} didrun_progress;

typedef struct didrun_options {
    size_t size;              /* sizeof(didrun_options); set by DIDRUN_OPTIONS_INIT */
    uint32_t threads;         /* 0: one for each processor */
    const char *const *rules; /* folders with rules of the user's, beside the built-in ones; ended by NULL */
    const char *const *data;  /* folders that override built-in data; ended by NULL */
    int (*progress)(void *context, const didrun_progress *progress);
    void *progress_context;
    uint32_t flags;
} didrun_options;

#define DIDRUN_OPTIONS_INIT { sizeof(didrun_options), 0, NULL, NULL, NULL, NULL, 0 }

enum {                              /* flags of didrun_options */
    DIDRUN_OPEN_FOR_PARSE = 1u << 0 /* for didrun_parse and its messages: no rules and data are loaded,
                                       and what would need them is DIDRUN_ERROR_USAGE */
};

/* OPTIONS may be NULL. Rules and data are loaded here: DIDRUN_ERROR_DATA names file, line and column.
 * *out is valid for didrun_error() and must be closed even then, unless memory ran out. */
DIDRUN_API int didrun_open(didrun **out, const didrun_options *options);
DIDRUN_API void didrun_close(didrun *d); /* NULL is fine */
DIDRUN_API const char *didrun_error(const didrun *d);
DIDRUN_API const char *didrun_version(void);

/* Adds a file, a folder or an archive to the evidence. What cannot be read becomes a message (see
 * didrun_messages); only an argument that does not exist at all is an error. A case (didrun_save) is
 * given alone: what it holds is shown as it was found. With other rules or data than it was made with,
 * and for didrun_check, its sources are read again: DIDRUN_ERROR_IO when they are not what they were. */
DIDRUN_API int didrun_add(didrun *d, const char *path);
/* Reads all that was added and derives the verdicts. DIDRUN_DAMAGED when some evidence was not whole. */
DIDRUN_API int didrun_examine(didrun *d);
/* Reads only: facts and coverage, no verdicts. */
DIDRUN_API int didrun_read(didrun *d);

/* The case: one SQLite file with all that was found (docs/case.md). */
enum { DIDRUN_SAVE_OVERWRITE = 1u << 0 }; /* a case or an empty file may stand there; nothing else ever */
/* Could one be written there? To be told before anything is read: DIDRUN_ERROR_USAGE when something is
 * in the way, DIDRUN_ERROR_IO when nothing can be written there. */
DIDRUN_API int didrun_may_save(didrun *d, const char *path, uint32_t flags);
/* Keeps what didrun_examine found. The file comes to its place whole or not at all. */
DIDRUN_API int didrun_save(didrun *d, const char *path, uint32_t flags);
/* Before any didrun_add: the sources of this case are evidence, too; didrun_save then keeps its notes. */
DIDRUN_API int didrun_extend(didrun *d, const char *path);

/* An examiner's note beside a verdict of a case; it alters nothing of the verdict. */
typedef struct didrun_note {
    size_t size;
    const char *verdict; /* its id, or a unique beginning of it */
    const char *stance;  /* "accept", "dispute" or "remark" */
    const char *because; /* the examiner's words */
    const char *by;      /* who, or NULL */
} didrun_note;
#define DIDRUN_NOTE_INIT { sizeof(didrun_note), NULL, "remark", NULL, NULL }
/* Puts it into the case at PATH, which changes in one step or not at all; two at a time wait for each
 * other. *number (may be NULL) is what it can be removed by. Any handle will do. */
DIDRUN_API int didrun_is_case(const char *path); /* 1 or 0 */
DIDRUN_API int didrun_note_add(didrun *d, const char *path, const didrun_note *note, uint64_t *number);
DIDRUN_API int didrun_note_remove(didrun *d, const char *path, uint64_t number);

/* One claim asked about, after didrun_read or didrun_examine. */
typedef struct didrun_question {
    size_t size;
    const char *command;                /* a command line, or NULL */
    const char *claim;                  /* a claim id, or NULL: what the command asserts */
    const char *host;                   /* or NULL: any */
    const char *at;                     /* RFC 3339 time, or NULL: any */
    const char *const *parameters;      /* "name=value", ended by NULL; or NULL */
} didrun_question;
#define DIDRUN_QUESTION_INIT { sizeof(didrun_question), NULL, NULL, NULL, NULL, NULL }

/* Answers it; didrun_show(DIDRUN_SHOW_CHECK) then shows the answer. Returns 4 when the asked claim is
 * contradicted or overclaimed, 1 for damaged evidence, 0 otherwise. */
DIDRUN_API int didrun_check(didrun *d, const didrun_question *question);

enum { /* what didrun_show writes */
    DIDRUN_SHOW_EXAMINE,  /* the first screen: what needs a decision, and counts */
    DIDRUN_SHOW_EXPLAIN,  /* one verdict, or all that match, with everything it rests on */
    DIDRUN_SHOW_COVERAGE, /* what could not have been seen, per host and recorder */
    DIDRUN_SHOW_CHECK,
    DIDRUN_SHOW_MESSAGES, /* one line for each message about the evidence (stderr of the command) */
    DIDRUN_SHOW_PROGRAMS, /* one program a row, with the artefacts that mention it as columns */
    DIDRUN_SHOW_RULES,
    DIDRUN_SHOW_RULE,     /* one rule, by options.id */
    DIDRUN_SHOW_VERDICTS, /* all verdicts, one a line */
    DIDRUN_SHOW_TIMELINE, /* facts in the order of time; with options.find those that hold the text */
    DIDRUN_SHOW_NOTES     /* of a case: an examiner's notes, one a line */
};

enum { /* flags of didrun_show_options */
    DIDRUN_SHOW_JSON = 1u << 0,    /* JSON Lines as docs/json.md describes */
    DIDRUN_SHOW_COLOR = 1u << 1,
    DIDRUN_SHOW_ALL = 1u << 2,     /* also what is expected or only counted */
    DIDRUN_SHOW_VERBOSE = 1u << 3,
    DIDRUN_SHOW_DAMAGE = 1u << 4,  /* coverage: the damage, place by place */
    DIDRUN_SHOW_BARS = 1u << 5,    /* coverage: bars over time (the default for people) */
    DIDRUN_SHOW_CSV = 1u << 6      /* verdicts, programs, timeline: as CSV */
};

#define DIDRUN_WIDTH_NONE UINT32_MAX

typedef struct didrun_show_options {
    size_t size;
    uint32_t flags;
    uint32_t width;        /* columns of the terminal; 0: 100; DIDRUN_WIDTH_NONE: lines are not wrapped */
    const char *id;        /* verdict id or a unique beginning of it, or rule id; NULL: all */
    const char *host;      /* only this host */
    const char *claim;     /* only this claim id, several with commas between */
    const char *word;      /* only verdicts of this word, several with commas between */
    const char *from, *to; /* RFC 3339 times */
    int32_t tz_minutes;    /* a second column of local time beside UTC; INT32_MIN: none */
    const char *title;     /* how the evidence was named, for the first line and hints */
    const char *find;      /* timeline: only facts with this text in a value, without case; NULL: all */
    const char *last;      /* "36h", "7d": only so long before the end of the evidence; NULL: all */
    uint64_t limit;        /* programs: only so many of them; 0: all */
} didrun_show_options;
#define DIDRUN_SHOW_OPTIONS_INIT { sizeof(didrun_show_options), 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, INT32_MIN, NULL, NULL, NULL, 0 }

/* Writes N bytes; returns 0, or anything else to stop (DIDRUN_ERROR_WRITE). */
typedef int (*didrun_write)(void *context, const char *bytes, size_t n);

/* Can the times among the options be read? To be told before any evidence is: DIDRUN_ERROR_USAGE. */
DIDRUN_API int didrun_may_show(didrun *d, const didrun_show_options *options);
/* DIDRUN_ERROR_USAGE when options.id matches nothing or several. */
DIDRUN_API int didrun_show(didrun *d, int what, const didrun_show_options *options, didrun_write write, void *context);

enum { /* flags of didrun_parse_options */
    DIDRUN_PARSE_XML = 1u << 0,      /* event logs: XML instead of JSON Lines */
    DIDRUN_PARSE_OFFSETS = 1u << 1,  /* file offset, chunk and header of each record */
    DIDRUN_PARSE_RECOVERED = 1u << 2 /* records of slack and unused chunks, deleted keys, too */
};

typedef struct didrun_parse_options {
    size_t size;
    uint32_t flags;
    const char *key; /* registry: only this key and what is below it */
} didrun_parse_options;
#define DIDRUN_PARSE_OPTIONS_INIT { sizeof(didrun_parse_options), 0, NULL }

/* Prints the records of one file (or of all files of a folder or archive) as they are, in blocks of
 * whole lines. Messages about damage: didrun_show(DIDRUN_SHOW_MESSAGES) afterwards. */
DIDRUN_API int didrun_parse(didrun *d, const char *path, const didrun_parse_options *options, didrun_write write, void *context);

/* Runs the examples of all rules and data files, users' own included; writes one line for each that
 * fails. Returns the number of failed examples (0: all pass); *passed gets the number that passed. */
DIDRUN_API int didrun_test_rules(didrun *d, didrun_write write, void *context, size_t *passed);

/* Examines the program itself: versions, hashes of the data files, a self-test (all examples, a small event
 * log that it carries). FLAGS: DIDRUN_SHOW_JSON, DIDRUN_SHOW_VERBOSE. Returns how many tests failed. */
DIDRUN_API int didrun_doctor(didrun *d, uint32_t flags, didrun_write write, void *context);

/* Checks one rule or data file without anything else; DIDRUN_ERROR_DATA with file, line and column. */
DIDRUN_API int didrun_check_rule_file(didrun *d, const char *path);

/* Numbers of the run, for the last line and for exit statuses. */
typedef struct didrun_counts {
    size_t size;
    uint64_t sources, sources_read, damaged, unknown, bytes, records, facts, verdicts, to_decide;
} didrun_counts;
#define DIDRUN_COUNTS_INIT { sizeof(didrun_counts), 0, 0, 0, 0, 0, 0, 0, 0, 0 }
DIDRUN_API int didrun_count(const didrun *d, didrun_counts *out);

#ifdef __cplusplus
}
#endif

#endif
