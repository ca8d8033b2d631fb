/* Process runs: one process from creation to exit, joined from all records that speak of it (process
 * creation by different recorders, exit, own activity, crash, load failure, refusal). Also boots and
 * logon sessions, since pids and logon ids mean something only within one boot, and an elevated and
 * its filtered token are one logon.
 *
 * Built once from the sealed facts; read-only after. Memory belongs to the run table. */
#ifndef DR_ENTITY_RUN_H
#define DR_ENTITY_RUN_H

#include "base/vec.h"
#include "entity/names.h"
#include "fact/store.h"

typedef uint32_t run_id; /* index, 0 = none */

#define RUN_MAX_CREATED 4

typedef enum run_flag {
    RUN_PARENT_DOUBTFUL = 1u << 0, /* its recorded parent had ended before, or runs in another session */
    RUN_CREATION_UNSEEN = 1u << 1  /* known by its own activity or crash only */
} run_flag;

typedef struct run {
    dr_sym host;
    uint32_t flags;
    int64_t start, end;        /* DR_NO_TIME where not known */
    dr_str guid, pid;          /* canonical text, empty where not known */
    dr_str image;              /* path as recorded, or a base name */
    dr_str original_name, command_line;
    dr_str logon_id;           /* of the process itself, else of its creator */
    dr_str creator_logon_id;
    run_id parent;
    run_id first_child, next_sibling;
    fact_id created[RUN_MAX_CREATED];
    uint32_t n_created;
    fact_id exited;            /* 0: no end recorded */
    uint32_t first_fact, n_facts; /* other facts of the run, in run_table.facts, time order */
} run;

typedef struct boot {
    dr_sym host;
    int64_t start, end; /* end: shutdown, or the next boot; DR_NO_TIME when open */
} boot;

typedef struct run_table run_table;

dr_status run_table_build(run_table **out, fact_store *store, const vocabulary *vocab, const entity_names *names, dr_err *err) DR_MUST_CHECK;
void run_table_free(run_table *t);

size_t run_count(const run_table *t); /* ids are 1 .. count */
const run *run_at(const run_table *t, run_id id);
/* Other facts of the run: activity, crashes, load failures, refusals, with what the process did. */
const fact_id *run_facts(const run_table *t, run_id id, size_t *n);
/* The run that a fact belongs to (by GUID, or by pid and time), 0 for none. */
run_id run_of_fact(const run_table *t, fact_id fact);
/* The run with this pid on this host at that time: it started before (or within the tolerance of one
 * second) and had not ended. */
run_id run_by_pid(const run_table *t, dr_sym host, dr_str pid, int64_t time);
run_id run_by_guid(const run_table *t, dr_sym host, dr_str guid);
/* Is A the same run as B or an ancestor of it? */
bool run_is_ancestor(const run_table *t, run_id a, run_id b);

/* Are two logon ids of one logon (equal, or the elevated and filtered token of one)? */
bool session_same(const run_table *t, dr_sym host, dr_str a, dr_str b);
size_t boot_count(const run_table *t);
const boot *boot_at(const run_table *t, size_t i);
/* The end of the boot in which TIME lies: of the next shutdown or boot after it, or DR_NO_TIME. */
int64_t boot_end(const run_table *t, dr_sym host, int64_t time);
/* Number of boots of the host before TIME: equal numbers, same boot. */
uint32_t boot_number(const run_table *t, dr_sym host, int64_t time);

#endif
