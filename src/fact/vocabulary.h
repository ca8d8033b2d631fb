/* data/vocabulary.yml, loaded: kinds of facts with their roles and ceilings, the types and link
 * classes of attributes, the meanings of time, the names of the ladder's rungs. */
#ifndef DR_FACT_VOCABULARY_H
#define DR_FACT_VOCABULARY_H

#include "base/arena.h"
#include "base/map.h"
#include "base/status.h"
#include "fact/fact.h"

/* The rungs of the ladder, lowest first: one set of names everywhere. */
typedef enum rung { RUNG_PRESENT, RUNG_ATTEMPTED, RUNG_STARTED, RUNG_ACHIEVED, RUNG_PERSISTS, RUNG_COUNT } rung;
const char *rung_name(rung r);
bool rung_of(dr_str name, rung *out);

typedef struct vocab_kind {
    dr_str name;  /* "account.created" */
    dr_sym sym;
    rung ceiling; /* the highest rung that a fact of this kind may ever carry */
    bool control; /* speaks for a control (AppLocker, Defender, ...) */
    bool at_rest; /* state at rest */
    bool launch;  /* its time is that of a launch of the program it names */
    dr_str shown; /* short phrase for people: "account created" */
    const dr_str *detail; /* attributes that say what exactly, for the text of an evidence row */
    size_t n_detail;
} vocab_kind;

typedef struct vocab_attr {
    dr_str name;
    dr_sym sym;
    fact_type type;
    fact_link link;
} vocab_attr;

typedef struct vocab_meaning {
    dr_str name;  /* "occurred" */
    dr_str shown; /* "happened at" */
} vocab_meaning;

/* An artefact that mentions programs: a column of `didrun programs`. */
typedef struct vocab_mention {
    dr_str name;    /* "Sysmon 1" */
    dr_str shown;   /* the same in full */
    dr_str channel; /* of events: their channel, with a * at its end for all that begin so; empty: any record */
    dr_str text;    /* of rows of files: what their attribute `text` says */
    const uint32_t *events; /* none: all of the channel */
    size_t n_events;
    dr_str one, many; /* what is counted: "launch", "launches"; empty: nothing */
} vocab_mention;

typedef struct vocabulary {
    const vocab_kind *kinds; /* [0] is "no kind" */
    size_t n_kinds;
    const vocab_attr *attrs; /* [0] is "no attribute" */
    size_t n_attrs;
    const vocab_meaning *meanings;
    size_t n_meanings;
    const vocab_mention *mentions; /* in the order of their columns */
    size_t n_mentions;
    dr_symtab *syms; /* the run's symbol table, borrowed */
    const uint16_t *kind_by_sym, *attr_by_sym; /* [symbol], for symbols below n_by_sym */
    size_t n_by_sym;
} vocabulary;

/* Loads TEXT; all memory is the arena's. Symbols of all names are made in SYMS. NAME is for messages. */
dr_status vocabulary_load(dr_arena *arena, dr_symtab *syms, dr_str name, dr_str text, vocabulary *out, dr_err *err) DR_MUST_CHECK;
const char *fact_type_name(fact_type type);

/* 0 when there is no such kind, attribute, meaning. */
uint16_t vocab_kind_of(const vocabulary *v, dr_str name);
uint16_t vocab_meaning_of(const vocabulary *v, dr_str name);
/* The first artefact of the list that fits a record: of CHANNEL and EVENT, or (CHANNEL empty) a row that says TEXT.
 * n_mentions when none does. */
size_t vocab_mention_of(const vocabulary *v, dr_str channel, uint32_t event, dr_str text);
/* NULL when the attribute is not in the vocabulary. */
const vocab_attr *vocab_attr_of(const vocabulary *v, dr_sym sym);

#endif
