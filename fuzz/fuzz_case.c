/* Reading a case that somebody has altered. An input with SQLite's own first bytes is the file. Any other
 * is text that fills the tables of a new case: a line is a table's letter and its values, parted by
 * bars; so every row of the readers is within reach. The case is refused, or what it hands over is whole:
 * facts have records of sources that are there, verdicts stand on facts that are there. */
#include "casedb/case_sql.h"
#include "fact/embedded.h"
#include "fact/store.h"
#include "reason/reason.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COLUMNS_MAX 20

static char path[64];

static void tidy(void)
{
    if (path[0])
        (void)unlink(path);
}

/* The file that all inputs are written to, in memory where the system has such a place. */
static const char *place(void)
{
    if (!path[0]) {
        (void)snprintf(path, sizeof path, "%s/didrun-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        int fd = mkstemp(path);
        if (fd < 0)
            abort();
        (void)close(fd);
        (void)atexit(tidy);
    }
    return path;
}

static void write_file(const uint8_t *p, size_t n)
{
    FILE *out = fopen(place(), "wb");
    if (!out || (n && fwrite(p, 1, n, out) != n) || fclose(out) != 0)
        abort();
}

/* An empty case with small pages, made once. */
static const uint8_t *empty_case(size_t *n)
{
    static uint8_t *bytes;
    static size_t size;
    if (!bytes) {
        sqlite3 *db = NULL;
        char head[96];
        sqlite3_int64 got = 0;
        (void)snprintf(head, sizeof head, "PRAGMA page_size=512; PRAGMA application_id=%d; PRAGMA user_version=%d;", CASE_APPLICATION_ID,
                       CASE_SCHEMA_VERSION);
        if (sqlite3_open(":memory:", &db) != SQLITE_OK || sqlite3_exec(db, head, NULL, NULL, NULL) != SQLITE_OK ||
            sqlite3_exec(db, case_schema(), NULL, NULL, NULL) != SQLITE_OK)
            abort();
        bytes = sqlite3_serialize(db, "main", &got, 0);
        if (!bytes)
            abort();
        size = (size_t)got;
        (void)sqlite3_close(db);
    }
    *n = size;
    return bytes;
}

static const char *const tables[] = { "meta",     "data_file",       "argument",   "source",        "damage",       "damage_count",
                                      "host",     "host_note",       "boot",       "fact",          "fact_record",  "fact_attribute",
                                      "session",  "process",         "coverage",   "coverage_span", "coverage_proof", "claim",
                                      "claim_parameter", "verdict",  "rung",       "evidence",      "missing",      "constellation",
                                      "verdict_item", "secret",      "note" };

/* One line into one table; SQLite refuses what does not suit its column. */
static void insert(sqlite3 *db, dr_str line)
{
    dr_str values[COLUMNS_MAX], rest = dr_str_from(line, 1);
    size_t n = 0, letter = (size_t)(unsigned char)line.p[0] - 'A';
    char sql[128];
    sqlite3_stmt *q = NULL;
    if (letter >= sizeof tables / sizeof tables[0])
        return;
    while (n < COLUMNS_MAX && dr_str_split(&rest, '|', &values[n]))
        n++;
    int at = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (", tables[letter]);
    for (size_t i = 0; i < n; i++)
        at += snprintf(sql + at, sizeof sql - (size_t)at, i ? ",?" : "?");
    (void)snprintf(sql + at, sizeof sql - (size_t)at, ")");
    if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        if (dr_str_is(values[i], "~"))
            (void)sqlite3_bind_null(q, (int)i + 1);
        else /* a column of numbers takes the text as its number */
            (void)sqlite3_bind_text(q, (int)i + 1, values[i].p, (int)values[i].n, SQLITE_TRANSIENT);
    }
    (void)sqlite3_step(q);
    (void)sqlite3_finalize(q);
}

static void write_rows(dr_str text)
{
    size_t n;
    const uint8_t *bytes = empty_case(&n);
    sqlite3 *db = NULL;
    dr_str line;
    write_file(bytes, n);
    if (sqlite3_open(place(), &db) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        abort();
    while (text.n && dr_str_split(&text, '\n', &line)) {
        if (line.n)
            insert(db, line);
    }
    (void)sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    (void)sqlite3_close(db);
}

/* Symbols pile up in the table: it is made anew now and then. */
typedef struct ground {
    dr_arena *arena;
    dr_symtab *syms;
    vocabulary vocab;
    unsigned uses;
} ground;

static ground *stand(void)
{
    static ground g;
    dr_err err = { "" };
    if (g.arena && g.uses++ < 500)
        return &g;
    if (g.arena) {
        dr_symtab_destroy(g.syms);
        dr_arena_destroy(g.arena);
    }
    g = (ground){ .arena = dr_arena_create("ground", 0), .syms = dr_symtab_create() };
    for (const struct didrun_embedded *e = didrun_embedded_data; g.arena && g.syms && e->name; e++) {
        if (dr_str_is(dr_str_of(e->name), "vocabulary.yml") &&
            vocabulary_load(g.arena, g.syms, DR_STR("vocabulary.yml"), (dr_str){ (const char *)e->p, e->n }, &g.vocab, &err) != DR_OK)
            abort();
    }
    return &g;
}

static void check_facts(const ground *g, const fact_store *store, const case_image *image)
{
    for (fact_id id = 1; id <= fact_store_count(store); id++) {
        const fact *f = fact_store_at(store, id);
        if (f->id != id || !f->kind || f->kind >= g->vocab.n_kinds || !f->n_records)
            abort();
        for (size_t i = 0; i < f->n_records; i++) {
            if (f->records[i].source < 1 || f->records[i].source > image->n_sources)
                abort();
        }
    }
}

static void check_verdicts(const verdict_list *list, size_t n_facts)
{
    for (size_t i = 0; i < list->verdicts.n; i++) {
        const verdict *v = &list->verdicts.p[i];
        if (v->word >= WORD_COUNT || v->grade > GRADE_A || v->id[VERDICT_ID_TEXT - 1])
            abort();
        for (size_t k = 0; k < v->n_evidence; k++) {
            if (v->evidence[k].fact < 1 || v->evidence[k].fact > n_facts || v->evidence[k].rung >= RUNG_COUNT)
                abort();
        }
        for (size_t k = 0; k < v->n_missing; k++) {
            if (v->missing[k].rung >= RUNG_COUNT || v->missing[k].reason >= COV_REASON_COUNT)
                abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dr_err err = { "" };
    case_file *c = NULL;
    ground *g = stand();
    if (size >= 16 && memcmp(data, "SQLite format 3", 16) == 0)
        write_file(data, size);
    else
        write_rows((dr_str){ (const char *)data, size });
    (void)case_is(place());
    dr_status status = case_open(&c, place(), &err);
    if (status != DR_OK && !err.text[0])
        abort();
    if (status == DR_OK) {
        fact_store *store = fact_store_create(&g->vocab, g->syms);
        verdict_list list = { 0 };
        const case_image *image = case_shown(c);
        for (size_t i = 0; i < image->n_coverage; i++) {
            for (size_t k = 0; k < image->coverage[i].n_spans; k++) {
                if (image->coverage[i].spans[k].reason >= COV_REASON_COUNT)
                    abort();
            }
        }
        if (store && case_read_facts(c, &g->vocab, g->syms, store, &err) == DR_OK) {
            check_facts(g, store, image);
            if (verdict_list_init(&list) == DR_OK && case_read_verdicts(c, &g->vocab, g->syms, &list, &err) == DR_OK)
                check_verdicts(&list, fact_store_count(store));
        }
        if (list.arena)
            verdict_list_free(&list);
        if (store)
            fact_store_destroy(store);
    }
    case_close(c);
    return 0;
}
