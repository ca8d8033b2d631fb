/* Recorders: the files of data/recorders, loaded. A recorder is what writes facts of certain kinds on a
 * host: under which setting, through which filter, by which ways of doing the thing, into which log or
 * store, and for how long. Coverage is computed from this table; it knows no channel and no product.
 *
 * A file holds documents, one a recorder:
 *
 *   recorder: security.user-accounts     # id
 *   shown: user accounts                 # few words for people
 *   source: {channel: Security}          # or {artefact: sam}; shown: a shorter name
 *   writes: [account.created, {fact: ..., where: {attribute: value}, since: BUILD, observed_for: [attribute]}]
 *   routes: [sam]                        # ways of doing it that it sees; without the key: all of them
 *   asked: {setting: audit.0cce9235, needs: success}
 *   default: {client: success, server: success, dc: success}
 *   unlike: [{fact: ..., where: {...}}]  # records that do not show that the setting is on
 *   filter: none | known | unseen
 *   unfiltered: {fact: ..., where: {...}} # from this record to the next of its kind there is no filter
 *   on: [{fact, where}], off: [{fact, where}], lost: [{fact, where}]
 *   heartbeat: {fact: ..., every: 1h}
 *   latency: 5s
 *   life: ring                           # words
 *   core: true                           # people are shown it first, and also where its source is not there
 *   examples: [...]                      # coverage/cov_example.h
 *
 * `where` compares attributes with values: `*` and `?` stand for anything, '!= x' for anything else, a
 * list for any of them, '' for an attribute that is not there.
 *
 * Two documents are of their own: `marks` (which kinds of facts mean boot, shutdown, a cleared log, a
 * clock step, ...) and `settings` (families of settings: which facts change them, or show them at rest). */
#ifndef DR_FACT_RECORDER_H
#define DR_FACT_RECORDER_H

#include "fact/vocabulary.h"
#include "fact/yaml.h"

typedef struct recorder_where {
    dr_sym key;
    const dr_str *values; /* any of these ... */
    size_t n_values;
    const dr_str *others; /* ... and none of these */
    size_t n_others;
} recorder_where;

typedef struct recorder_match { /* facts of one kind */
    uint16_t kind;
    const recorder_where *where;
    size_t n_where;
    uint32_t since;             /* build of Windows, 0: always */
    const dr_sym *observed_for; /* absence counts only between records of the same value */
    size_t n_observed_for;
} recorder_match;

typedef struct recorder_matches {
    const recorder_match *p;
    size_t n;
} recorder_matches;

typedef enum recorder_filter { RECORDER_FILTER_NONE, RECORDER_FILTER_KNOWN, RECORDER_FILTER_UNSEEN } recorder_filter;

typedef enum recorder_edition { EDITION_CLIENT, EDITION_SERVER, EDITION_DC, EDITION_COUNT, EDITION_UNKNOWN = EDITION_COUNT } recorder_edition;

typedef struct recorder {
    dr_str id, shown;
    dr_str channel, artefact; /* exactly one of them is not empty */
    dr_str source_shown;
    recorder_matches writes;
    bool any_route;
    const dr_str *routes;
    size_t n_routes;
    size_t setting; /* index into recorder_set.settings, SIZE_MAX: it has no switch */
    dr_str setting_key, needs;
    dr_str defaults[EDITION_COUNT]; /* empty: not known */
    recorder_matches unlike, unfiltered, on, off, lost;
    recorder_filter filter;
    uint16_t heartbeat; /* kind, 0: none */
    int64_t heartbeat_every;
    int64_t latency; /* ticks */
    dr_str life;
    bool core;
    const yaml_node *examples; /* a list, or NULL; coverage/cov_example.h runs them */
    const yaml_file *file;
} recorder;

/* A family of settings: "audit" of the setting "audit.0cce9235". */
typedef struct recorder_setting {
    dr_str family, shown;
    recorder_matches changed_by, at_rest;
    dr_sym key;    /* attribute that names the setting; its value begins with the setting's own part */
    dr_sym change; /* attribute of the change: clauses "success and failure added, ..." */
    dr_str added, removed; /* the words that end such a clause */
    dr_sym value;  /* attribute at rest: the words of what is on */
} recorder_setting;

/* What marks the timeline of a host and of its logs. */
typedef enum recorder_mark {
    MARK_UP,         /* the system or its log service started */
    MARK_DOWN,       /* it stopped, in an orderly way */
    MARK_CRASHED,    /* the last stop was not orderly; told afterwards */
    MARK_SLEPT,
    MARK_RESUMED,
    MARK_CLEARED,    /* a log, named by log.name */
    MARK_ARCHIVED,
    MARK_FULL,
    MARK_REPLACED,   /* as damaged */
    MARK_LOST,       /* records of the log that it stands in were lost */
    MARK_CLOCK,      /* clock.old, clock.new */
    MARK_VERSION,    /* host.version */
    MARK_CLIENT,     /* edition of Windows */
    MARK_SERVER,     /* a domain controller among them is not told apart */
    MARK_ACTIVE,     /* told by something other than a log: the host was in use */
    MARK_FIRST,      /* made, not read: the first record of a whole log that was cleared */
    MARK_SILENT,     /* made, not read: a log took no records while the host was active */
    MARK_COUNT
} recorder_mark;

typedef struct recorder_set {
    dr_arena *arena;
    const recorder *recorders; /* in the order of their files */
    size_t n;
    const recorder_setting *settings;
    size_t n_settings;
    recorder_matches marks[MARK_COUNT];
    /* Recorders by kind of fact: those of kind k are order[first[k]] .. order[first[k + 1] - 1]. */
    const uint32_t *order, *first;
    size_t n_kinds;
} recorder_set;

typedef struct recorder_file {
    dr_str name; /* for messages: "recorders/security.yml" */
    dr_str text; /* borrowed as long as the set lives */
} recorder_file;

/* DR_DATA with file, line, column and what was expected. VOCAB is borrowed while loading. */
dr_status recorder_set_load(recorder_set **out, const vocabulary *vocab, const recorder_file *files, size_t n, dr_err *err) DR_MUST_CHECK;
void recorder_set_free(recorder_set *set);

/* Indexes of the recorders that write facts of KIND. */
const uint32_t *recorder_set_of(const recorder_set *set, uint16_t kind, size_t *n);
/* Does the fact have what the match asks for? Its kind too. */
bool recorder_match_fits(const recorder_match *m, const fact *f);
bool recorder_matches_fit(recorder_matches list, const fact *f);
/* The same for attributes alone: an attribute that is not among them is not known and decides nothing. */
bool recorder_match_may_fit(const recorder_match *m, const fact_attr *attrs, size_t n);

#endif
