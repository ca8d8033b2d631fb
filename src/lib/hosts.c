#include "lib/engine.h"

#include "fact/path.h"

#define NETBIOS_NAME 15 /* characters that a NetBIOS name keeps */
#define PRINTS_MAX (1u << 20)
#define SIDS_MAX 8 /* of one name: a machine that was installed anew has several */

/* A name under which records of a collection were written. */
typedef struct host_name {
    dr_str name;
    uint32_t group; /* the collection; 0 where there is one only */
    size_t parent;  /* union of equal hosts */
    int64_t first, last; /* times of its records */
    dr_str sids[SIDS_MAX];
    size_t n_sids;
    bool at_rest; /* the SIDs are those of the host's own hive */
} host_name;

typedef struct host_names {
    DR_VEC(host_name) list;
} host_names;

static size_t root_of(const host_names *h, size_t i)
{
    while (h->list.p[i].parent != i)
        i = h->list.p[i].parent;
    return i;
}

static void take_sid(host_name *into, dr_str sid, bool at_rest)
{
    if (at_rest && !into->at_rest)
        into->n_sids = 0; /* the hive knows better than what the records of others say */
    if (into->at_rest && !at_rest)
        return;
    into->at_rest = at_rest;
    for (size_t i = 0; i < into->n_sids; i++) {
        if (dr_str_eq_fold(into->sids[i], sid))
            return;
    }
    if (into->n_sids < SIDS_MAX)
        into->sids[into->n_sids++] = sid;
}

static void unite(host_names *h, size_t a, size_t b)
{
    a = root_of(h, a);
    b = root_of(h, b);
    if (a == b)
        return;
    /* The host is shown under its last name; of two of the same time under the longer, which says more. */
    host_name *x = &h->list.p[a], *y = &h->list.p[b];
    bool keep_a = x->last != y->last ? x->last > y->last : x->name.n != y->name.n ? x->name.n > y->name.n : dr_str_cmp(x->name, y->name) < 0;
    host_name *kept = keep_a ? x : y, *given = keep_a ? y : x;
    given->parent = keep_a ? a : b;
    if (dr_time_is(given->first) && (!dr_time_is(kept->first) || given->first < kept->first))
        kept->first = given->first;
    kept->last = given->last > kept->last ? given->last : kept->last;
    for (size_t i = 0; i < given->n_sids; i++)
        take_sid(kept, given->sids[i], given->at_rest);
}

static bool is_netbios_of(dr_str netbios, dr_str name)
{
    return netbios.n && dr_str_eq_fold(netbios, dr_str_sub(host_first_label(name), 0, NETBIOS_NAME));
}

uint32_t engine_group(const didrun *d, uint32_t number)
{
    const source *s = d->grouped ? source_by_number(d->sources, number) : NULL;
    return s ? s->collection : 0;
}

/* --- what tells machines apart ----------------------------------------------------------------- */

/* "S-1-5-21-1-2-3-1004" without its last part; empty when it is no account of a machine or domain. */
static dr_str machine_of(dr_str sid)
{
    size_t dash = dr_str_rfind_char(sid, '-');
    return dr_str_starts_fold(sid, DR_STR("S-1-5-21-")) && dash != SIZE_MAX && dash > 9 ? dr_str_sub(sid, 0, dash) : DR_STR_NONE;
}

static dr_str attr_of(const fact_attr *attrs, size_t n, dr_sym key)
{
    for (size_t i = 0; i < n; i++) {
        if (attrs[i].key == key)
            return attrs[i].value;
    }
    return DR_STR_NONE;
}

static dr_status note_sid(didrun *d, const fact_draft *head, dr_str host, dr_str sid, bool at_rest)
{
    if (!sid.n)
        return DR_OK;
    for (size_t i = d->identities.n; i-- > 0;) { /* few, and mostly the last one */
        const host_identity *x = &d->identities.p[i];
        if (x->source == head->record.source && dr_str_eq_fold(x->sid, sid) && dr_str_eq_fold(x->host, host))
            return DR_OK;
    }
    host_identity fresh = { head->record.source, dr_arena_str(d->arena, host), dr_arena_str(d->arena, sid), at_rest };
    return dr_arena_failed(d->arena) || !dr_vec_push(&d->identities, fresh) ? DR_NOMEM : DR_OK;
}

/* Too many: half of them are enough, whichever came first. */
static void thin_prints(didrun *d)
{
    while (d->prints.n >= PRINTS_MAX) {
        size_t n = 0;
        d->print_mask = d->print_mask << 1 | 1;
        for (size_t i = 0; i < d->prints.n; i++) {
            if (!(d->prints.p[i].hash & d->print_mask))
                d->prints.p[n++] = d->prints.p[i];
        }
        d->prints.n = n;
    }
}

dr_status engine_note_identity(didrun *d, const fact_draft *head, const fact_attr *attrs, size_t n)
{
    const entity_names *a = &d->names;
    if (head->flags & (FACT_FORGED | FACT_RECOVERED))
        return DR_OK;
    if (!head->channel.n) /* a hive: its accounts are the machine's own */
        return head->kind == a->kind_sam_account ? note_sid(d, head, DR_STR_NONE, machine_of(attr_of(attrs, n, a->account_sid)), true) : DR_OK;
    const dr_sym pairs[][2] = { { a->account_domain, a->account_sid }, { a->actor_domain, a->actor_sid } };
    dr_status status = DR_OK;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0] && status == DR_OK; i++) { /* a local account bears the machine's name */
        if (is_netbios_of(attr_of(attrs, n, pairs[i][0]), head->host))
            status = note_sid(d, head, head->host, machine_of(attr_of(attrs, n, pairs[i][1])), false);
    }
    if (status != DR_OK || !head->record.record_id)
        return status;
    const uint64_t parts[] = { dr_hash64(head->channel.p, head->channel.n), head->record.record_id, (uint64_t)head->time, head->record.event_id };
    host_print print = { dr_hash64(parts, sizeof parts), head->record.source, dr_sym_of(d->syms, head->host) };
    if (print.hash & d->print_mask || (d->prints.n && dr_vec_last(&d->prints).hash == print.hash))
        return DR_OK;
    if (!dr_vec_push(&d->prints, print))
        return DR_NOMEM;
    thin_prints(d);
    return DR_OK;
}

/* --- names ------------------------------------------------------------------------------------- */

static size_t find_name(const host_names *h, dr_str name, uint32_t group)
{
    for (size_t i = 0; i < h->list.n; i++) {
        if (h->list.p[i].group == group && dr_str_eq(h->list.p[i].name, name))
            return i;
    }
    return SIZE_MAX;
}

static dr_status add_name(host_names *h, dr_str name, uint32_t group, int64_t first, int64_t last)
{
    size_t at = find_name(h, name, group);
    if (at == SIZE_MAX) {
        host_name fresh = { .name = name, .group = group, .parent = h->list.n, .first = first, .last = last };
        return dr_vec_push(&h->list, fresh) ? DR_OK : DR_NOMEM;
    }
    host_name *n = &h->list.p[at];
    if (dr_time_is(first) && (!dr_time_is(n->first) || first < n->first))
        n->first = first;
    n->last = last > n->last ? last : n->last;
    return DR_OK;
}

static dr_str computer_of(const didrun *d, dr_str computer, uint32_t *group)
{
    *group = 0;
    return d->grouped ? census_computer(computer, group) : computer;
}

static dr_status collect(didrun *d, host_names *h)
{
    for (size_t i = 0; i < d->named.n; i++) {
        dr_status status = add_name(h, d->named.p[i].name, engine_group(d, d->named.p[i].source), DR_NO_TIME, DR_NO_TIME);
        if (status != DR_OK)
            return status;
    }
    for (size_t i = 0; i < census_count(d->census); i++) {
        const census_log *log = census_at(d->census, i);
        int64_t first = DR_NO_TIME, last = DR_NO_TIME;
        uint32_t group;
        dr_str name = computer_of(d, log->computer, &group);
        if (!log->computer.n)
            continue;
        for (size_t k = 0; k < log->runs.n; k++) {
            int64_t begin = log->runs.p[k].first_time;
            first = dr_time_is(begin) && (first == DR_NO_TIME || begin < first) ? begin : first;
            last = log->runs.p[k].last_time > last ? log->runs.p[k].last_time : last;
        }
        dr_status status = add_name(h, name, group, first, last);
        if (status != DR_OK)
            return status;
    }
    return DR_OK;
}

/* A log that is a copy of one in another collection was read once: its hosts are those of both. */
static dr_status join_copies(const didrun *d, host_names *h)
{
    dr_status status = DR_OK;
    for (size_t i = 0; i < source_count(d->sources) && status == DR_OK; i++) {
        const source *s = source_at(d->sources, i);
        if (!s->same_as || engine_group(d, s->same_as) == s->collection)
            continue;
        for (size_t k = 0; k < census_count(d->census) && status == DR_OK; k++) {
            const census_log *log = census_at(d->census, k);
            uint32_t group;
            dr_str name = computer_of(d, log->computer, &group);
            size_t r = 0;
            while (r < log->runs.n && log->runs.p[r].source != s->same_as)
                r++;
            if (r == log->runs.n || !name.n)
                continue;
            status = add_name(h, name, s->collection, DR_NO_TIME, DR_NO_TIME);
            if (status == DR_OK)
                unite(h, find_name(h, name, group), find_name(h, name, s->collection));
        }
    }
    return status;
}

/* Does a record tell that one of the names became the other? */
static bool renamed(const didrun *d, const host_name *a, const host_name *b)
{
    for (size_t r = 0; r < d->renames.n; r++) {
        const host_rename *x = &d->renames.p[r];
        if (is_netbios_of(x->old_name, a->name) && is_netbios_of(x->new_name, b->name))
            return true;
        if (is_netbios_of(x->old_name, b->name) && is_netbios_of(x->new_name, a->name))
            return true;
    }
    return false;
}

/* Inside a collection equal names are one host, and one that was renamed is. */
static void join_inside(didrun *d, host_names *h)
{
    for (size_t i = 0; i < h->list.n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (h->list.p[i].group == h->list.p[k].group && host_same(h->list.p[i].name, h->list.p[k].name))
                unite(h, i, k);
        }
    }
    for (size_t r = 0; r < d->renames.n; r++) {
        uint32_t group = engine_group(d, d->renames.p[r].source);
        size_t at = find_name(h, d->renames.p[r].host, group); /* the host that wrote the record */
        for (size_t i = 0; i < h->list.n && at != SIZE_MAX; i++) {
            if (h->list.p[i].group == group &&
                (is_netbios_of(d->renames.p[r].old_name, h->list.p[i].name) || is_netbios_of(d->renames.p[r].new_name, h->list.p[i].name)))
                unite(h, i, at);
        }
    }
}

/* The only host of a collection; SIZE_MAX when it has none or several. */
static size_t only_name(const host_names *h, uint32_t group)
{
    size_t only = SIZE_MAX;
    for (size_t i = 0; i < h->list.n; i++) {
        if (h->list.p[i].group != group)
            continue;
        if (only != SIZE_MAX && only != root_of(h, i))
            return SIZE_MAX;
        only = root_of(h, i);
    }
    return only;
}

static void take_sids(didrun *d, host_names *h)
{
    for (size_t i = 0; i < d->identities.n; i++) {
        const host_identity *x = &d->identities.p[i];
        uint32_t group = engine_group(d, x->source);
        size_t at = x->host.n ? find_name(h, x->host, group) : only_name(h, group);
        if (at != SIZE_MAX)
            take_sid(&h->list.p[root_of(h, at)], x->sid, x->at_rest);
    }
}

static bool sids_meet(const host_name *a, const host_name *b)
{
    for (size_t i = 0; i < a->n_sids; i++) {
        for (size_t k = 0; k < b->n_sids; k++) {
            if (dr_str_eq_fold(a->sids[i], b->sids[k]))
                return true;
        }
    }
    return false;
}

static bool sids_contradict(const host_name *a, const host_name *b)
{
    return a->n_sids && b->n_sids && !sids_meet(a, b);
}

/* Equal machine SIDs: one host of that name, or one that was renamed. */
static void join_by_sid(didrun *d, host_names *h)
{
    for (size_t i = 0; i < h->list.n; i++) {
        for (size_t k = 0; k < i; k++) {
            const host_name *a = &h->list.p[i], *b = &h->list.p[k];
            if ((host_same(a->name, b->name) || renamed(d, a, b)) && sids_meet(&h->list.p[root_of(h, i)], &h->list.p[root_of(h, k)]))
                unite(h, i, k);
        }
    }
}

static int print_order(const void *a, const void *b, void *context)
{
    const host_print *x = a, *y = b;
    (void)context;
    return x->hash != y->hash ? x->hash < y->hash ? -1 : 1 : x->source < y->source ? -1 : x->source > y->source;
}

/* A record that two collections share: one host, unless the SIDs say otherwise (a clone brings the records of
 * the machine that it was made of). */
static bool join_by_records(didrun *d, host_names *h)
{
    if (!dr_sort(d->prints.p, d->prints.n, sizeof *d->prints.p, print_order, NULL))
        return false;
    const host_print *met = NULL; /* the pair of hosts of the last shared record: most are of the same */
    for (size_t i = 1; i < d->prints.n; i++) {
        const host_print *x = &d->prints.p[i - 1], *y = &d->prints.p[i];
        if (x->hash != y->hash || x->host != y->host || engine_group(d, x->source) == engine_group(d, y->source))
            continue;
        if (met && met->host == x->host && met[0].source == x->source && met[1].source == y->source)
            continue;
        met = x;
        size_t a = find_name(h, dr_sym_str(d->syms, x->host), engine_group(d, x->source));
        size_t b = find_name(h, dr_sym_str(d->syms, y->host), engine_group(d, y->source));
        if (a != SIZE_MAX && b != SIZE_MAX && !sids_contradict(&h->list.p[root_of(h, a)], &h->list.p[root_of(h, b)]))
            unite(h, a, b);
    }
    return true;
}

/* Of machines of one name that with the earlier records is the first. */
static bool stands_before(const host_name *a, const host_name *b)
{
    if (a->first != b->first)
        return b->first == DR_NO_TIME || (a->first != DR_NO_TIME && a->first < b->first);
    int c = dr_str_cmp(a->n_sids ? a->sids[0] : DR_STR_NONE, b->n_sids ? b->sids[0] : DR_STR_NONE);
    return c ? c < 0 : a->group < b->group;
}

/* "PC01", "PC01#2.corp.example": the name under which the host is shown. */
static dr_str shown_name(didrun *d, host_names *h, size_t root)
{
    const host_name *own = &h->list.p[root], *first = own;
    unsigned before = 0;
    for (size_t i = 0; i < h->list.n; i++) {
        const host_name *other = &h->list.p[i];
        if (other->parent != i || i == root || !host_same(other->name, own->name) || !stands_before(other, own))
            continue;
        before++;
        first = stands_before(other, first) ? other : first;
    }
    if (!before)
        return own->name;
    dr_str label = host_first_label(own->name);
    dr_str name = dr_arena_printf(d->arena, "%.*s#%u%.*s", DR_STR_ARG(label), before + 1, DR_STR_ARG(dr_str_from(own->name, label.n)));
    host_apart apart = { dr_sym_of(d->syms, name), DR_STR_NONE };
    if (sids_contradict(own, first))
        apart.why = dr_arena_printf(d->arena, "another machine than %.*s: its SID is %.*s, not %.*s", DR_STR_ARG(first->name),
                                    DR_STR_ARG(own->sids[0]), DR_STR_ARG(first->sids[0]));
    else
        apart.why = dr_arena_printf(d->arena, "not taken for %.*s: nothing shows that they are one machine", DR_STR_ARG(first->name));
    return dr_vec_push(&d->apart, apart) ? name : DR_STR_NONE;
}

/* --- hosts of names and sources ---------------------------------------------------------------- */

static dr_sym host_in(const didrun *d, dr_sym name, uint32_t group)
{
    if (group >= d->n_host_maps || name >= d->n_host_map || !d->host_maps[group][name])
        return name;
    return d->host_maps[group][name];
}

dr_sym engine_host(const didrun *d, dr_str computer)
{
    uint32_t group;
    dr_str name = computer_of(d, computer, &group);
    return host_in(d, dr_sym_of(d->syms, name), group);
}

static dr_sym named_host(const didrun *d, const source_host *named)
{
    return host_in(d, dr_sym_of(d->syms, named->name), engine_group(d, named->source));
}

#define UNNAMED '\x01' /* no computer's name begins with it */

dr_str engine_unnamed_host(dr_arena *arena, uint32_t number)
{
    return dr_arena_printf(arena, "%c%u", UNNAMED, number);
}

/* The only host that the logs and hives of a collection name; 0 when they name none or several. */
static dr_sym only_host(const didrun *d, uint32_t collection)
{
    dr_sym only = 0;
    if (d->grouped)
        return d->only_hosts[collection];
    for (size_t i = 0; i < d->named.n; i++) {
        const source *s = source_by_number(d->sources, d->named.p[i].source);
        dr_sym host = named_host(d, &d->named.p[i]);
        if (!s || s->collection != collection)
            continue;
        if (only && only != host)
            return 0;
        only = host;
    }
    for (size_t i = 0; i < census_count(d->census); i++) {
        const census_log *log = census_at(d->census, i);
        for (size_t k = 0; k < log->runs.n && log->computer.n; k++) {
            const source *s = source_by_number(d->sources, log->runs.p[k].source);
            dr_sym host = engine_host(d, log->computer);
            if (!s || s->collection != collection)
                continue;
            if (only && only != host)
                return 0;
            only = host;
        }
    }
    return only;
}

dr_sym engine_source_host(const didrun *d, uint32_t number)
{
    const source *s = source_by_number(d->sources, number);
    for (size_t i = 0; i < d->named.n; i++) {
        if (d->named.p[i].source == number)
            return named_host(d, &d->named.p[i]);
    }
    return s ? only_host(d, s->collection) : 0;
}

/* What the store calls for every fact's host. */
typedef struct host_resolution {
    const didrun *d;
    dr_sym *of_source;   /* by number of the source */
    uint32_t *group_of;
    size_t n_sources;
} host_resolution;

static dr_sym resolve(dr_sym host, uint32_t from, void *context)
{
    const host_resolution *r = context;
    dr_str name = dr_sym_str(r->d->syms, host);
    uint64_t number;
    if (name.n > 1 && name.p[0] == UNNAMED && dr_str_to_u64(dr_str_from(name, 1), &number))
        return number < r->n_sources ? r->of_source[number] : 0;
    return host_in(r->d, host, from < r->n_sources ? r->group_of[from] : 0);
}

static dr_status make_maps(didrun *d, host_names *h)
{
    dr_sym highest = 0;
    for (size_t i = 0; i < h->list.n; i++) {
        dr_sym sym = dr_sym_of(d->syms, h->list.p[i].name);
        highest = sym > highest ? sym : highest;
    }
    d->n_host_map = (size_t)highest + 1;
    d->n_host_maps = d->grouped ? source_collections(d->sources) + 1 : 1;
    d->host_maps = DR_NEW_ARRAY(d->arena, dr_sym *, d->n_host_maps);
    d->only_hosts = DR_NEW_ARRAY(d->arena, dr_sym, d->n_host_maps);
    if (!d->only_hosts)
        return DR_NOMEM;
    for (size_t g = 0; d->host_maps && g < d->n_host_maps; g++) {
        d->host_maps[g] = DR_NEW_ARRAY(d->arena, dr_sym, d->n_host_map);
        if (!d->host_maps[g])
            return DR_NOMEM;
    }
    if (!d->host_maps)
        return DR_NOMEM;
    for (size_t i = 0; i < h->list.n; i++) {
        if (h->list.p[i].parent != i)
            continue;
        dr_str shown = shown_name(d, h, i);
        if (!shown.p)
            return DR_NOMEM;
        dr_sym host = dr_sym_of(d->syms, shown);
        for (size_t k = 0; k < h->list.n; k++) {
            if (root_of(h, k) == i)
                d->host_maps[h->list.p[k].group][dr_sym_of(d->syms, h->list.p[k].name)] = host;
        }
    }
    for (uint32_t g = 0; g < d->n_host_maps; g++) {
        size_t only = only_name(h, g);
        if (only != SIZE_MAX)
            d->only_hosts[g] = host_in(d, dr_sym_of(d->syms, h->list.p[only].name), h->list.p[only].group);
    }
    return dr_symtab_failed(d->syms) || dr_arena_failed(d->arena) ? DR_NOMEM : DR_OK;
}

static dr_status set_hosts(didrun *d)
{
    host_resolution r = { .d = d, .n_sources = source_count(d->sources) + 1 };
    r.of_source = DR_NEW_ARRAY(d->arena, dr_sym, r.n_sources);
    r.group_of = DR_NEW_ARRAY(d->arena, uint32_t, r.n_sources);
    if (!r.of_source || !r.group_of)
        return DR_NOMEM;
    for (uint32_t i = 1; i < r.n_sources; i++) {
        r.of_source[i] = engine_source_host(d, i);
        r.group_of[i] = engine_group(d, i);
    }
    fact_store_set_hosts(d->store, resolve, &r);
    return DR_OK;
}

dr_status engine_join_hosts(didrun *d)
{
    host_names h = { 0 };
    dr_status status = collect(d, &h);
    if (status == DR_OK && d->grouped)
        status = join_copies(d, &h);
    if (status == DR_OK) {
        join_inside(d, &h);
        take_sids(d, &h);
        if (d->grouped) {
            join_by_sid(d, &h);
            status = join_by_records(d, &h) ? DR_OK : DR_NOMEM;
            dr_vec_free(&d->prints);
        }
    }
    if (status == DR_OK)
        status = make_maps(d, &h);
    if (status == DR_OK)
        status = set_hosts(d);
    dr_vec_free(&h.list);
    return status;
}
