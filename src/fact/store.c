#include "fact/store.h"

#include "base/limits.h"
#include "base/table.h"
#include "fact/path.h"

#define RECENT_TEXTS (1u << 14)
#define SHORT_TEXT 16u

/* An index over one attribute of one kind: its facts sorted by host and key, time order kept; first those
 * that do not have the attribute. */
typedef struct index_item {
    dr_sym host;
    fact_id id;
    dr_str value; /* the key; .p NULL: not there */
} index_item;

typedef struct value_index {
    uint16_t kind;
    dr_sym key;
    fact_key_of of;
    index_item *items;
    fact_id *ids; /* of the items, in the same order: what find hands out */
    size_t n;
} value_index;

typedef struct kind_list {
    fact_id *ids;
    size_t n;
} kind_list;

/* Texts of attributes come again and again: names, paths, sessions. What was met lately is kept once. */
typedef struct recent_text {
    uint64_t hash;
    dr_str text;
} recent_text;

struct fact_store {
    const vocabulary *vocab;
    dr_symtab *syms;     /* borrowed: hosts, channels, providers */
    recent_text *recent; /* by hash */
    dr_fold *fold;       /* all that grows with the facts may lie on disk */
    dr_arena *arena;     /* attributes, their texts and records of facts */
    dr_arena *heads;     /* the facts themselves */
    dr_arena *indexes;
    dr_arena *wanted; /* the value that is looked for */
    dr_table facts; /* while adding: in order of coming */
    kind_list *kinds;
    DR_VEC(dr_sym) hosts;
    DR_VEC(value_index) by_value;
    uint32_t *ranks; /* [symbol]: place of its text among those of hosts, channels, providers; while sealing */
    bool sealed, failed;
};

dr_str fact_get(const fact *f, dr_sym key)
{
    size_t low = 0, high = f->n_attrs;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (f->attrs[mid].key < key)
            low = mid + 1;
        else
            high = mid;
    }
    return low < f->n_attrs && f->attrs[low].key == key ? f->attrs[low].value : (dr_str){ NULL, 0 };
}

fact_store *fact_store_create(const vocabulary *vocab, dr_symtab *syms)
{
    fact_store *s = dr_mem_alloc(sizeof *s);
    if (!s)
        return NULL;
    s->vocab = vocab;
    s->syms = syms;
    s->recent = dr_mem_alloc(RECENT_TEXTS * sizeof *s->recent);
    s->fold = dr_fold_create(DR_FOLD_KEEP);
    s->arena = s->fold ? dr_arena_create_folding("attributes of facts", s->fold) : NULL;
    s->heads = s->fold ? dr_arena_create_folding("facts", s->fold) : NULL;
    s->indexes = s->fold ? dr_arena_create_folding("indexes of facts", s->fold) : NULL;
    s->wanted = dr_arena_create("value looked for", 0);
    if (!s->recent || !s->arena || !s->heads || !s->indexes || !s->wanted) {
        fact_store_destroy(s);
        return NULL;
    }
    dr_table_init(&s->facts, s->heads, sizeof(fact));
    return s;
}

void fact_store_destroy(fact_store *s)
{
    if (!s)
        return;
    dr_mem_free(s->recent);
    dr_arena_destroy(s->arena);
    dr_arena_destroy(s->heads);
    dr_arena_destroy(s->indexes);
    dr_arena_destroy(s->wanted);
    dr_fold_destroy(s->fold);
    dr_table_free(&s->facts);
    dr_vec_free(&s->by_value);
    dr_vec_free(&s->hosts);
    dr_mem_free(s->ranks);
    dr_mem_free(s);
}

bool fact_store_failed(const fact_store *s)
{
    return s->failed;
}

dr_fold *fact_store_fold(const fact_store *s)
{
    return s->fold;
}

static fact *at(const fact_store *s, size_t i)
{
    dr_fold_visit(s->fold);
    return dr_table_at(&s->facts, i);
}

/* The store's own copy. An empty value stays a value: .p is not NULL. */
static dr_str keep(fact_store *s, dr_str text)
{
    if (!text.n)
        return DR_STR_NONE;
    if (text.n <= SHORT_TEXT) /* a pid, a number: beside its fact, where it is read with it */
        return dr_arena_str(s->arena, text);
    uint64_t hash = dr_hash64(text.p, text.n);
    recent_text *r = &s->recent[hash % RECENT_TEXTS];
    if (r->hash != hash || !dr_str_eq(r->text, text))
        *r = (recent_text){ hash, dr_arena_str(s->arena, text) };
    return r->text;
}

dr_status fact_store_add(fact_store *s, const fact_draft *d)
{
    DR_ASSERT(!s->sealed && d->n_attrs <= FACT_ATTRS_MAX);
    if (s->facts.n >= UINT32_MAX - 1)
        return DR_LIMIT;
    dr_fold_visit(s->fold);
    fact f = { .kind = d->kind,
               .map = d->map,
               .host = dr_sym_of(s->syms, d->host),
               .time = d->time,
               .precision = d->precision > 0 ? d->precision : 1,
               .means = d->means,
               .n_attrs = (uint16_t)d->n_attrs,
               .n_records = 1,
               .flags = d->flags };
    fact_attr *attrs = DR_NEW_ARRAY(s->arena, fact_attr, d->n_attrs);
    fact_record *record = DR_NEW(s->arena, fact_record);
    if (!attrs || !record)
        return DR_NOMEM;
    for (size_t i = 0; i < d->n_attrs; i++) { /* insertion: few, and nearly in order */
        fact_attr a = { d->attrs[i].key, keep(s, d->attrs[i].value) };
        size_t at = i;
        for (; at > 0 && attrs[at - 1].key > a.key; at--)
            attrs[at] = attrs[at - 1];
        attrs[at] = a;
    }
    *record = d->record;
    record->channel = dr_sym_of(s->syms, d->channel);
    record->provider = dr_sym_of(s->syms, d->provider);
    record->host = f.host;
    record->place = keep(s, d->record.place);
    f.attrs = attrs;
    f.records = record;
    fact *place = dr_table_push(&s->facts);
    if (dr_symtab_failed(s->syms) || dr_arena_failed(s->arena) || !place)
        return DR_NOMEM;
    *place = f;
    return DR_OK;
}

void fact_store_set_hosts(fact_store *s, dr_sym (*map)(dr_sym host, uint32_t source, void *context), void *context)
{
    DR_ASSERT(!s->sealed);
    for (size_t i = 0; i < s->facts.n; i++) {
        fact *f = at(s, i);
        dr_sym host = map(f->host, f->records[0].source, context);
        if (host != f->host) /* a page that is not written need not go to disk again */
            f->host = host;
    }
}

/* --- canonical order --------------------------------------------------------------------------- */

static int text_order(const void *a, const void *b, void *context)
{
    const fact_store *s = context;
    return dr_str_cmp(dr_sym_str(s->syms, *(const dr_sym *)a), dr_sym_str(s->syms, *(const dr_sym *)b));
}

/* Symbols are numbered as they come; for an order that depends on the texts each is looked at once. */
static dr_status rank_symbols(fact_store *s)
{
    DR_VEC(dr_sym) used = { 0 };
    dr_sym highest = 0;
    dr_status status = DR_OK;
    for (size_t i = 0; i < s->facts.n; i++) {
        const fact *f = at(s, i);
        const dr_sym syms[] = { f->host, f->records[0].channel, f->records[0].provider };
        for (size_t k = 0; k < 3; k++)
            highest = syms[k] > highest ? syms[k] : highest;
    }
    s->ranks = dr_mem_alloc(((size_t)highest + 1) * sizeof *s->ranks);
    if (!s->ranks)
        return DR_NOMEM;
    for (size_t i = 0; i < s->facts.n && status == DR_OK; i++) {
        const fact *f = at(s, i);
        const dr_sym syms[] = { f->host, f->records[0].channel, f->records[0].provider };
        for (size_t k = 0; k < 3 && status == DR_OK; k++) {
            if (syms[k] && !s->ranks[syms[k]]) {
                s->ranks[syms[k]] = 1;
                status = dr_vec_push(&used, syms[k]) ? DR_OK : DR_NOMEM;
            }
        }
    }
    if (status == DR_OK && !dr_sort(used.p, used.n, sizeof *used.p, text_order, s))
        status = DR_NOMEM;
    for (size_t i = 0; i < used.n; i++)
        s->ranks[used.p[i]] = (uint32_t)i + 1;
    dr_vec_free(&used);
    return status;
}

#define ORDER(a, b)                                                                                \
    do {                                                                                           \
        if ((a) != (b))                                                                            \
            return (a) < (b) ? -1 : 1;                                                             \
    } while (0)

/* What makes two records one: without record ids the same statement has to be compared in full. */
static int identity_order(const fact_store *s, const fact *x, const fact *y)
{
    const fact_record *a = &x->records[0], *b = &y->records[0];
    ORDER(s->ranks[x->host], s->ranks[y->host]);
    ORDER(s->ranks[a->channel], s->ranks[b->channel]);
    if (!a->channel) /* rows that are no event records */
        ORDER(a->source, b->source);
    ORDER(a->record_id, b->record_id);
    ORDER(s->ranks[a->provider], s->ranks[b->provider]);
    ORDER(a->event_id, b->event_id);
    return 0;
}

static int attrs_order(const fact *x, const fact *y)
{
    for (size_t i = 0; i < x->n_attrs && i < y->n_attrs; i++) {
        ORDER(x->attrs[i].key, y->attrs[i].key);
        int c = dr_str_cmp(x->attrs[i].value, y->attrs[i].value);
        if (c)
            return c;
    }
    ORDER(x->n_attrs, y->n_attrs);
    return 0;
}

/* What decides between two facts in nearly all cases, apart from the facts: they may lie on disk. */
typedef struct sort_key {
    uint64_t log;  /* ranks of host and channel */
    uint64_t item; /* record id, or the source of a row that is no event record */
    uint32_t place;
} sort_key;

static int fact_order(const void *px, const void *py, void *context)
{
    const fact_store *s = context;
    const sort_key *kx = px, *ky = py;
    ORDER(kx->log, ky->log);
    ORDER(kx->item, ky->item);
    const fact *x = at(s, kx->place), *y = at(s, ky->place);
    const fact_record *a = &x->records[0], *b = &y->records[0];
    int c = identity_order(s, x, y);
    if (c)
        return c;
    ORDER(x->time, y->time);
    if (!a->record_id && a->source == b->source)
        ORDER(a->offset, b->offset);
    ORDER(x->map, y->map);
    c = attrs_order(x, y);
    if (c)
        return c;
    ORDER(a->source, b->source);
    ORDER(a->offset, b->offset);
    return dr_str_cmp(a->place, b->place);
}

static sort_key key_of(const fact_store *s, size_t place)
{
    const fact *f = at(s, place);
    const fact_record *r = &f->records[0];
    return (sort_key){ .log = (uint64_t)s->ranks[f->host] << 32 | s->ranks[r->channel],
                       .item = r->channel ? r->record_id : r->source,
                       .place = (uint32_t)place };
}

/* Facts are large: keys are sorted, then each fact is moved once. */
static dr_status sort_facts(fact_store *s)
{
    size_t n = s->facts.n;
    sort_key *keys = dr_mem_alloc(n * sizeof *keys);
    dr_arena *heads = dr_arena_create_folding("facts", s->fold);
    dr_table sorted;
    dr_table_init(&sorted, heads, sizeof(fact));
    dr_status status = keys && heads ? DR_OK : DR_NOMEM;
    for (size_t i = 0; i < n && status == DR_OK; i++)
        keys[i] = key_of(s, i);
    if (status == DR_OK && !dr_sort(keys, n, sizeof *keys, fact_order, s))
        status = DR_NOMEM;
    for (size_t i = 0; i < n && status == DR_OK; i++) {
        fact *f = dr_table_push(&sorted);
        if (f)
            *f = *at(s, keys[i].place);
        else
            status = DR_NOMEM;
    }
    dr_mem_free(keys);
    if (status != DR_OK) {
        dr_table_free(&sorted);
        dr_arena_destroy(heads);
        return status;
    }
    dr_table_free(&s->facts);
    dr_arena_destroy(s->heads);
    s->facts = sorted;
    s->heads = heads;
    return DR_OK;
}

/* --- the same record seen twice ---------------------------------------------------------------- */

static bool attrs_agree(const fact *x, const fact *y)
{
    size_t i = 0, j = 0;
    while (i < x->n_attrs && j < y->n_attrs) {
        if (x->attrs[i].key < y->attrs[j].key)
            i++;
        else if (x->attrs[i].key > y->attrs[j].key)
            j++;
        else if (!dr_str_eq(x->attrs[i++].value, y->attrs[j++].value))
            return false;
    }
    return true;
}

static bool times_agree(const fact *x, const fact *y)
{
    if (x->time == y->time)
        return true;
    int64_t precision = x->precision > y->precision ? x->precision : y->precision;
    if (x->time == DR_NO_TIME || y->time == DR_NO_TIME)
        return false;
    return (x->time > y->time ? x->time - y->time : y->time - x->time) < precision;
}

static bool same_statement(const fact_store *s, const fact *x, const fact *y)
{
    if (x->kind != y->kind || !times_agree(x, y) || identity_order(s, x, y) != 0)
        return false;
    const fact_record *a = &x->records[0], *b = &y->records[0];
    if (a->record_id && a->channel)
        return x->map == y->map || attrs_agree(x, y);
    return a->channel ? attrs_agree(x, y) : a->offset == b->offset && x->map == y->map && attrs_agree(x, y);
}

/* X takes what Y has more. */
static dr_status unite(fact_store *s, fact *x, const fact *y)
{
    if (y->precision < x->precision) {
        x->precision = y->precision;
        x->time = y->time;
    }
    x->flags &= y->flags | FACT_CLASSIC | FACT_AT_REST; /* recovered, exported, forged: only if both are */
    size_t i = 0, j = 0, n = 0;
    fact_attr *attrs = NULL;
    if (attrs_order(x, y) != 0) {
        attrs = DR_NEW_ARRAY(s->arena, fact_attr, (size_t)x->n_attrs + y->n_attrs);
        if (!attrs)
            return DR_NOMEM;
        while (i < x->n_attrs || j < y->n_attrs) {
            bool mine = j == y->n_attrs || (i < x->n_attrs && x->attrs[i].key <= y->attrs[j].key);
            if (mine && j < y->n_attrs && x->attrs[i].key == y->attrs[j].key)
                j++;
            attrs[n++] = mine ? x->attrs[i++] : y->attrs[j++];
        }
        x->attrs = attrs;
        x->n_attrs = (uint16_t)n;
    }
    for (uint32_t r = 0; r < x->n_records; r++) { /* a copy of the same file gives nothing new */
        if (x->records[r].source == y->records[0].source && x->records[r].offset == y->records[0].offset)
            return DR_OK;
    }
    fact_record *records = DR_NEW_ARRAY(s->arena, fact_record, (size_t)x->n_records + y->n_records);
    if (!records)
        return DR_NOMEM;
    size_t a = 0, b = 0, total = (size_t)x->n_records + y->n_records;
    for (size_t k = 0; k < total; k++) {
        const fact_record *p = a < x->n_records ? &x->records[a] : NULL, *q = b < y->n_records ? &y->records[b] : NULL;
        bool first = !q || (p && (p->source < q->source || (p->source == q->source && p->offset <= q->offset)));
        records[k] = first ? *p : *q;
        if (first)
            a++;
        else
            b++;
    }
    x->records = records;
    x->n_records = (uint32_t)total;
    return DR_OK;
}

/* Copies of one record stand next to each other; a coarser time may put one fact of another map between
 * them, so a few places back are looked at. */
#define LOOK_BACK 16

static dr_status join(fact_store *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->facts.n; i++) {
        const fact *f = at(s, i);
        bool joined = false;
        for (size_t back = 1; back <= LOOK_BACK && back <= n && !joined; back++) {
            fact *earlier = at(s, n - back);
            if (identity_order(s, earlier, f) != 0)
                break;
            if (same_statement(s, earlier, f)) {
                dr_status status = unite(s, earlier, f);
                if (status != DR_OK)
                    return status;
                joined = true;
            }
        }
        if (!joined) {
            if (i != n)
                *at(s, n) = *f;
            n++;
        }
    }
    dr_table_cut(&s->facts, n);
    return DR_OK;
}

static int time_order(const void *px, const void *py, void *context)
{
    const fact_store *s = context;
    ORDER(at(s, *(const fact_id *)px - 1)->time, at(s, *(const fact_id *)py - 1)->time);
    return 0;
}

static dr_status list_kinds(fact_store *s)
{
    s->kinds = DR_NEW_ARRAY(s->indexes, kind_list, s->vocab->n_kinds);
    if (!s->kinds)
        return DR_NOMEM;
    for (size_t i = 0; i < s->facts.n; i++)
        s->kinds[at(s, i)->kind].n++;
    for (size_t k = 0; k < s->vocab->n_kinds; k++) {
        s->kinds[k].ids = DR_NEW_ARRAY(s->indexes, fact_id, s->kinds[k].n);
        if (!s->kinds[k].ids)
            return DR_NOMEM;
        s->kinds[k].n = 0;
    }
    for (size_t i = 0; i < s->facts.n; i++) {
        kind_list *list = &s->kinds[at(s, i)->kind];
        list->ids[list->n++] = (fact_id)(i + 1);
    }
    for (size_t k = 0; k < s->vocab->n_kinds; k++) {
        if (!dr_sort(s->kinds[k].ids, s->kinds[k].n, sizeof(fact_id), time_order, s))
            return DR_NOMEM;
    }
    return DR_OK;
}

dr_status fact_store_seal(fact_store *s)
{
    DR_ASSERT(!s->sealed);
    dr_status status = rank_symbols(s);
    if (status == DR_OK)
        status = sort_facts(s);
    if (status == DR_OK)
        status = join(s);
    dr_mem_free(s->ranks);
    s->ranks = NULL;
    return status == DR_OK ? fact_store_restored(s) : status;
}

static int key_order(const void *a, const void *b, void *context)
{
    (void)context;
    ORDER(((const fact_attr *)a)->key, ((const fact_attr *)b)->key);
    return 0;
}

dr_status fact_store_restore(fact_store *s, const fact *f)
{
    DR_ASSERT(!s->sealed && f->n_records && f->kind < s->vocab->n_kinds);
    if (s->facts.n >= UINT32_MAX - 1)
        return DR_LIMIT;
    fact_attr *attrs = DR_NEW_ARRAY(s->arena, fact_attr, f->n_attrs);
    fact_record *records = DR_NEW_ARRAY(s->arena, fact_record, f->n_records);
    fact copy = *f;
    if (!attrs || !records)
        return DR_NOMEM;
    for (size_t i = 0; i < f->n_attrs; i++)
        attrs[i] = (fact_attr){ f->attrs[i].key, keep(s, f->attrs[i].value) };
    for (size_t i = 0; i < f->n_records; i++) {
        records[i] = f->records[i];
        records[i].place = keep(s, f->records[i].place);
    }
    copy.attrs = attrs;
    copy.records = records;
    fact *place = dr_table_push(&s->facts);
    if (!place || dr_arena_failed(s->arena) || !dr_sort(attrs, f->n_attrs, sizeof *attrs, key_order, NULL))
        return DR_NOMEM;
    *place = copy;
    return DR_OK;
}

dr_status fact_store_restored(fact_store *s)
{
    DR_ASSERT(!s->sealed);
    dr_sym last = 0;
    dr_vec_clear(&s->hosts);
    for (size_t i = 0; i < s->facts.n; i++) {
        fact *f = at(s, i);
        f->id = (fact_id)(i + 1);
        if (f->host && f->host != last && !dr_vec_push(&s->hosts, f->host)) /* facts stand host by host */
            return DR_NOMEM;
        last = f->host;
    }
    dr_status status = list_kinds(s);
    s->sealed = status == DR_OK;
    return status;
}

void fact_store_reopen(fact_store *s)
{
    DR_ASSERT(s->sealed);
    dr_vec_clear(&s->by_value);
    dr_arena_reset(s->indexes);
    s->kinds = NULL;
    s->sealed = false;
}

size_t fact_store_count(const fact_store *s)
{
    return s->facts.n;
}

const fact *fact_store_at(const fact_store *s, fact_id id)
{
    DR_ASSERT(s->sealed && id && id <= s->facts.n);
    return at(s, id - 1);
}

const dr_sym *fact_store_hosts(const fact_store *s, size_t *n)
{
    *n = s->hosts.n;
    return s->hosts.p;
}

const fact_id *fact_store_kind(const fact_store *s, uint16_t kind, size_t *n)
{
    DR_ASSERT(s->sealed && kind < s->vocab->n_kinds);
    *n = s->kinds[kind].n;
    return s->kinds[kind].ids;
}

size_t fact_store_not_before(const fact_store *s, const fact_id *ids, size_t n, int64_t time)
{
    size_t low = 0;
    for (size_t high = n; low < high;) {
        size_t mid = (low + high) / 2;
        if (fact_store_at(s, ids[mid])->time < time)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

size_t fact_store_after(const fact_store *s, const fact_id *ids, size_t n, int64_t time)
{
    return time == INT64_MAX ? n : fact_store_not_before(s, ids, n, time + 1);
}

/* --- finding by value -------------------------------------------------------------------------- */

/* The arena's, and never without .p. */
static dr_str index_key(const fact_store *s, dr_arena *arena, dr_sym key, fact_key_of of, dr_str value)
{
    const vocab_attr *attr = vocab_attr_of(s->vocab, key);
    dr_str k = of ? of(arena, value) : attr && attr->type == FACT_PATH ? path_key(arena, value) : dr_arena_fold(arena, value);
    return k.n ? k : DR_STR("");
}

static int item_order(const void *px, const void *py, void *context)
{
    const index_item *x = px, *y = py;
    (void)context;
    ORDER(x->host, y->host);
    ORDER(x->value.p != NULL, y->value.p != NULL);
    return dr_str_cmp(x->value, y->value);
}

static const value_index *make_index(fact_store *s, uint16_t kind, dr_sym key, fact_key_of of)
{
    for (size_t i = 0; i < s->by_value.n; i++) {
        const value_index *known = &s->by_value.p[i];
        if (known->kind == kind && known->key == key && known->of == of)
            return known;
    }
    const kind_list *list = &s->kinds[kind];
    value_index index = { .kind = kind, .key = key, .of = of };
    index.items = DR_NEW_ARRAY(s->indexes, index_item, list->n);
    index.ids = DR_NEW_ARRAY(s->indexes, fact_id, list->n);
    for (size_t i = 0; index.items && index.ids && i < list->n; i++) {
        const fact *f = fact_store_at(s, list->ids[i]);
        dr_str value = fact_get(f, key);
        index.items[index.n++] = (index_item){ f->host, f->id, value.p ? index_key(s, s->indexes, key, of, value) : (dr_str){ NULL, 0 } };
    }
    bool sorted = !dr_arena_failed(s->indexes) && dr_sort(index.items, index.n, sizeof *index.items, item_order, NULL);
    for (size_t i = 0; sorted && i < index.n; i++)
        index.ids[i] = index.items[i].id;
    if (!sorted || !dr_vec_push(&s->by_value, index)) {
        s->failed = true;
        return NULL;
    }
    return &dr_vec_last(&s->by_value);
}

/* Place of the first item that does not stand before WANTED. */
static size_t lower_bound(const value_index *index, const index_item *wanted)
{
    size_t low = 0, high = index->n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (item_order(&index->items[mid], wanted, NULL) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static const fact_id *range_of(const value_index *index, const index_item *wanted, size_t *n)
{
    size_t low = lower_bound(index, wanted), end = low, step = 1;
    /* The end is looked for from the beginning in growing steps: most ranges are short. */
    while (end + step <= index->n && item_order(&index->items[end + step - 1], wanted, NULL) == 0) {
        end += step;
        step *= 2;
    }
    for (; step; step /= 2) {
        if (end + step <= index->n && item_order(&index->items[end + step - 1], wanted, NULL) == 0)
            end += step;
    }
    *n = end - low;
    return *n ? index->ids + low : NULL;
}

const fact_id *fact_store_find(fact_store *s, uint16_t kind, dr_sym host, dr_sym key, fact_key_of of, dr_str value, size_t *n)
{
    DR_ASSERT(s->sealed && kind < s->vocab->n_kinds);
    *n = 0;
    const value_index *index = make_index(s, kind, key, of);
    if (!index)
        return NULL;
    dr_arena_mark mark = dr_arena_save(s->wanted);
    index_item wanted = { .host = host, .value = index_key(s, s->wanted, key, of, value) };
    const fact_id *found = range_of(index, &wanted, n);
    dr_arena_restore(s->wanted, mark);
    return found;
}

const fact_id *fact_store_without(fact_store *s, uint16_t kind, dr_sym host, dr_sym key, fact_key_of of, size_t *n)
{
    DR_ASSERT(s->sealed && kind < s->vocab->n_kinds);
    *n = 0;
    const value_index *index = make_index(s, kind, key, of);
    index_item wanted = { .host = host };
    return index ? range_of(index, &wanted, n) : NULL;
}
