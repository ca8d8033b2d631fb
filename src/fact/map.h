/* Fact maps: the files of data/facts, compiled. What a record states is said there: match, kind of fact,
 * meaning of its time, attributes and where in the record they stand. docs/facts.md describes the
 * language for authors.
 *
 * Loaded maps are read-only and shared by all threads. A mapper belongs to one thread; what it hands
 * out lives until the next record. */
#ifndef DR_FACT_MAP_H
#define DR_FACT_MAP_H

#include "artefact/record.h"
#include "fact/store.h"
#include "fact/vocabulary.h"

typedef struct fact_maps fact_maps;
typedef struct fact_mapper fact_mapper;

typedef struct fact_maps_file {
    dr_str name; /* for messages: "facts/security-auditing.yml" */
    dr_str text; /* borrowed while loading */
} fact_maps_file;

/* DR_DATA with file, line, column and what was expected. VOCAB is borrowed as long as the maps live. */
dr_status fact_maps_load(fact_maps **out, const vocabulary *vocab, const fact_maps_file *files, size_t n, dr_err *err) DR_MUST_CHECK;
void fact_maps_destroy(fact_maps *maps);

/* Does any map ask for event records of this provider (by name or EventSourceName) and id? */
bool fact_maps_want(const fact_maps *maps, dr_str provider, dr_str alias, uint32_t event_id);
/* Does any map ask for rows of this schema? */
bool fact_maps_want_schema(const fact_maps *maps, dr_str schema);
size_t fact_maps_count(const fact_maps *maps);
/* "facts/sysmon.yml:12": where the map of that index (fact.map) stands. */
dr_str fact_maps_place(const fact_maps *maps, uint16_t map);

fact_mapper *fact_mapper_create(const fact_maps *maps); /* NULL: no memory */
void fact_mapper_destroy(fact_mapper *mapper);
/* Takes one fact; a status other than DR_OK ends the run. */
typedef dr_status (*fact_taker)(void *context, const fact_draft *draft);
/* Hands over the facts that the record states, in the order of their maps. */
dr_status fact_mapper_run(fact_mapper *mapper, const record *r, fact_taker take, void *context) DR_MUST_CHECK;

/* Runs the examples of all files. FAIL is called for each that does not come out, with its place and
 * what is different; it may be NULL. */
typedef struct fact_maps_result {
    size_t passed, failed;
} fact_maps_result;
dr_status fact_maps_test(const fact_maps *maps, void (*fail)(void *context, dr_str place, dr_str text), void *context,
                         fact_maps_result *result, dr_err *err) DR_MUST_CHECK;

#endif
