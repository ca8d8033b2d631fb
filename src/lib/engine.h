/* What a didrun handle holds: the data files compiled, the evidence read, what was derived. The layers
 * are wired here and nowhere else. */
#ifndef DR_LIB_ENGINE_H
#define DR_LIB_ENGINE_H

#include "didrun.h"

#include "artefact/artefact.h"
#include "artefact/files.h"
#include "casedb/case.h"
#include "claim/expected.h"
#include "claim/rule.h"
#include "entity/run.h"
#include "format/regf.h"
#include "fact/map.h"
#include "fact/store.h"
#include "io/source.h"
#include "lib/dataset.h"
#include "reason/reason.h"

/* A computer that got another name (the record's host, both NetBIOS names). */
typedef struct host_rename {
    uint32_t source;
    dr_str host, old_name, new_name;
} host_rename;

/* The name that a source without event records gives its host (a SYSTEM hive). */
typedef struct source_host {
    uint32_t source;
    dr_str name;
} source_host;

/* What tells machines of one name apart, where the evidence has more than one collection. */
typedef struct host_identity { /* a machine SID that a record or hive gives */
    uint32_t source;
    dr_str host; /* as recorded; empty: the host of the source */
    dr_str sid;  /* without the last part */
    bool at_rest;
} host_identity;

typedef struct host_print { /* a record that is met again in another collection is of the same machine */
    uint64_t hash; /* of log, record id, time, event */
    uint32_t source;
    dr_sym host;   /* as recorded */
} host_print;

/* Why a host is not taken for another one of its name. */
typedef struct host_apart {
    dr_sym host;
    dr_str why;
} host_apart;

/* State at rest that an artefact found in a source. */
typedef struct source_rest {
    uint32_t source;
    const char *artefact;
    int64_t as_of;
    bool whole, replayed;
    bool user; /* the hive of one user */
} source_rest;

typedef enum engine_stage { ENGINE_OPEN, ENGINE_READ, ENGINE_EXAMINED } engine_stage;

struct didrun {
    dr_err err;
    dr_arena *arena; /* as long as the handle */
    unsigned threads;
    int (*progress)(void *context, const didrun_progress *progress);
    void *progress_context;
    const char *stage_name;
    bool interrupted;

    dataset data;
    bool for_parse; /* opened without rules and data */
    bool own_data; /* rules or data of the user's were given */
    dr_symtab *syms;
    vocabulary vocab;
    entity_names names;
    toolset *tools;
    fact_maps *maps;
    struct recorder_set *recorders;
    rule_set rules;
    expected_set expected;

    case_file *kase; /* NULL: none was given */
    bool from_case;  /* what is shown is what it holds; its sources are not read */
    bool extends;    /* evidence is added to it */
    source_set *sources;
    bool sealed;
    engine_stage stage;
    fact_store *store;
    census *census;
    DR_VEC(host_rename) renames;
    DR_VEC(source_host) named;
    DR_VEC(source_rest) at_rest;
    DR_VEC(fact_draft *) derived; /* facts that the logs themselves show */
    bool grouped;      /* there are several collections: equal names are not always one host */
    uint64_t print_mask; /* of the hashes of prints, only those without these bits are kept */
    DR_VEC(host_print) prints;
    DR_VEC(host_identity) identities;
    DR_VEC(host_apart) apart;
    dr_sym **host_maps; /* by collection (one: 0), then by symbol of a recorded name: the host; 0 for none */
    size_t n_host_maps, n_host_map;
    dr_sym *only_hosts; /* by collection: its only host, 0: it has none or several */
    run_table *runs;
    struct coverage *coverage;
    verdict_list verdicts; /* arena NULL: none yet */
    verdict_list answer;   /* of didrun_check */
    uint64_t records;
    uint64_t started; /* clock, for the first line of the screen */
    uint64_t elapsed_ms;
};

/* Data files to tables (load.c). */
dr_status engine_load(didrun *d, const didrun_options *options) DR_MUST_CHECK;
dr_status engine_compile(didrun *d) DR_MUST_CHECK; /* the data files that it has */
/* DR_USAGE when it was opened for didrun_parse alone. */
dr_status engine_has_rules(didrun *d) DR_MUST_CHECK;
void engine_forget(didrun *d);                     /* all that engine_load made */
/* Evidence to sealed facts, runs, coverage (read.c). */
dr_status engine_read(didrun *d) DR_MUST_CHECK;
/* Opens a source by its format and runs every artefact on it (open.c). */
dr_status engine_read_opened(didrun *d, source *s, const artefact_input *in, const record_sink *sink) DR_MUST_CHECK;
/* A hive with the transaction logs that stand beside it; the bytes stay until engine_close_source. */
dr_status engine_open_hive(didrun *d, source *s, dr_arena *arena, dr_diags *diags, regf_hive **out) DR_MUST_CHECK;
/* A file that is read whole, with its companions; the bytes stay until engine_close_source. */
dr_status engine_load_file(didrun *d, source *s, dr_arena *arena, artefact_file *file, artefact_file **parts, size_t *n) DR_MUST_CHECK;
void engine_close_source(source *s);
/* Coverage from facts, census and sources (cover.c). */
dr_status engine_cover(didrun *d) DR_MUST_CHECK;
/* Facts that no record states, but the logs do; to be called with sealed facts, which it seals anew. */
dr_status engine_derive(didrun *d) DR_MUST_CHECK;
void engine_uncover(didrun *d);
/* A case as evidence (keep.c): what it holds, or with other rules or data its sources. */
dr_status engine_open_case(didrun *d, const char *path) DR_MUST_CHECK;
/* From what a case holds to its sources, to be read (again). */
dr_status engine_read_sources_of_case(didrun *d) DR_MUST_CHECK;
/* After reading: are they those that the case was made of? */
dr_status engine_verify_sources(didrun *d) DR_MUST_CHECK;
/* Names of hosts joined: renames, short and long names (hosts.c). */
dr_status engine_join_hosts(didrun *d) DR_MUST_CHECK;
/* Host of the facts of a source whose records name none, until the names are joined. */
dr_str engine_unnamed_host(dr_arena *arena, uint32_t source);
/* The host of a source: the one that it names itself, else the only one of its collection; 0: not known. */
dr_sym engine_source_host(const didrun *d, uint32_t source);
/* The host that wrote under that name of the census. */
dr_sym engine_host(const didrun *d, dr_str computer);
/* Its collection, where names of several are told apart; 0 else. */
uint32_t engine_group(const didrun *d, uint32_t source);
/* Notes what tells its machine from others of that name. */
dr_status engine_note_identity(didrun *d, const fact_draft *head, const fact_attr *attrs, size_t n) DR_MUST_CHECK;
/* What reasoning reads, with coverage behind the port for silence (cover.c). */
void engine_reason_input(didrun *d, reason_input *in);
/* Tells the caller how far the work is; DR_IO and didrun.interrupted when he wants it ended. */
dr_status engine_tick(didrun *d, uint64_t done, uint64_t total, uint64_t files_done, uint64_t files_total);
/* Is evidence of this run damaged or unreadable? */
bool engine_damaged(const didrun *d);
/* A status of the layers as the public one. */
int engine_result(didrun *d, dr_status status);

#endif
