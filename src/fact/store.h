/* The facts of a run. Adding takes copies; the same record seen twice (copies, archives, exports)
 * gives one fact with two records. After all sources are read, fact_store_seal() puts the facts into
 * canonical order and numbers them anew, so that ids do not depend on the order of reading. */
#ifndef DR_FACT_STORE_H
#define DR_FACT_STORE_H

#include "base/status.h"
#include "fact/fact.h"
#include "fact/vocabulary.h"

typedef struct fact_store fact_store;

fact_store *fact_store_create(const vocabulary *vocab, dr_symtab *syms);
void fact_store_destroy(fact_store *store);

/* Where facts are folded to disk when there are many: for others whose memory grows with the facts. */
dr_fold *fact_store_fold(const fact_store *store);

#define FACT_ATTRS_MAX 64

/* A fact under construction; strings are borrowed until fact_store_add returns. Made in worker threads,
 * so host, channel and provider are still text: the store interns them (record.channel and
 * record.provider are not read). Keys are symbols of the vocabulary, any order, each at most once. */
typedef struct fact_draft {
    uint16_t kind, map, means;
    uint32_t flags;
    dr_str host, channel, provider;
    int64_t time, precision;
    fact_record record;
    fact_attr attrs[FACT_ATTRS_MAX];
    size_t n_attrs;
} fact_draft;

dr_status fact_store_add(fact_store *store, const fact_draft *draft) DR_MUST_CHECK;
/* Joins duplicates and sorts: host, channel (records without one: by source), record id, time, offset,
 * map. Before this the reading functions must not be called. Two records are one when host, channel,
 * record id, provider and event id are equal and the times differ by less than the poorer precision;
 * records without an id when all that both have is equal. The attributes of both are united. */
dr_status fact_store_seal(fact_store *store) DR_MUST_CHECK;
/* Instead of adding and sealing: facts of a sealed store that were kept elsewhere, in their order. The
 * symbols are those of this store's table; texts are copied. At least one record each. */
dr_status fact_store_restore(fact_store *store, const fact *f) DR_MUST_CHECK;
dr_status fact_store_restored(fact_store *store) DR_MUST_CHECK; /* after the last one */

/* Opens a sealed store again, for facts that are made from those that it has. Ids and lists that were
 * handed out before are void; seal once more. */
void fact_store_reopen(fact_store *store);

size_t fact_store_count(const fact_store *store);          /* ids are 1 .. count */
const fact *fact_store_at(const fact_store *store, fact_id id);
/* All facts of one kind, in time order (equal times: canonical order). */
const fact_id *fact_store_kind(const fact_store *store, uint16_t kind, size_t *n);
/* Place in a list of fact_store_kind() of the first fact that does not stand before TIME; N: none. */
size_t fact_store_not_before(const fact_store *store, const fact_id *ids, size_t n, int64_t time);
/* Of the first that stands after TIME. */
size_t fact_store_after(const fact_store *store, const fact_id *ids, size_t n, int64_t time);
/* The hosts that facts are of, each once, in canonical order; without those of no known host. */
const dr_sym *fact_store_hosts(const fact_store *store, size_t *n);
/* What two values have in common when they may be equal: facts are found by it. Into the arena. */
typedef dr_str (*fact_key_of)(dr_arena *arena, dr_str value);
/* Facts of a kind on one host whose attribute has a value with the key of VALUE, in time order: those
 * that may be equal, the caller compares. OF NULL: canonical text without case, paths by fact/path.h's
 * key. The index is made when first asked for. NULL and *n == 0 when there is none, or no memory
 * (fact_store_failed). */
const fact_id *fact_store_find(fact_store *store, uint16_t kind, dr_sym host, dr_sym key, fact_key_of of, dr_str value, size_t *n);
/* The others of that index: facts that do not have the attribute. */
const fact_id *fact_store_without(fact_store *store, uint16_t kind, dr_sym host, dr_sym key, fact_key_of of, size_t *n);
/* For hosts that are told apart or joined: every fact's host, with the source of its record, is passed through
 * the function once, before sealing is done. */
bool fact_store_failed(const fact_store *store);
void fact_store_set_hosts(fact_store *store, dr_sym (*map)(dr_sym host, uint32_t source, void *context), void *context);

#endif
