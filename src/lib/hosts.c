#include "lib/engine.h"

#define NETBIOS_NAME 15 /* characters that a NetBIOS name keeps */

/* A name under which records were written. */
typedef struct host_name {
    dr_str name;
    size_t parent; /* union of equal hosts */
    int64_t last;  /* time of its newest record */
} host_name;

typedef struct host_names {
    DR_VEC(host_name) list;
    dr_symtab *syms;
    dr_sym *map; /* by symbol, 0: stays */
    size_t n_map;
} host_names;

static size_t root_of(const host_names *h, size_t i)
{
    while (h->list.p[i].parent != i)
        i = h->list.p[i].parent;
    return i;
}

static void unite(host_names *h, size_t a, size_t b)
{
    a = root_of(h, a);
    b = root_of(h, b);
    if (a == b)
        return;
    /* The host is shown under its last name; of two of the same time under the longer, which says more. */
    const host_name *x = &h->list.p[a], *y = &h->list.p[b];
    bool keep_a = x->last != y->last ? x->last > y->last : x->name.n != y->name.n ? x->name.n > y->name.n : dr_str_cmp(x->name, y->name) < 0;
    if (keep_a)
        h->list.p[b].parent = a;
    else
        h->list.p[a].parent = b;
}

static dr_str first_label(dr_str name)
{
    return dr_str_sub(name, 0, dr_str_find_char(name, '.'));
}

/* One name is the other's first label, or they differ in case only. */
static bool same_name(dr_str a, dr_str b)
{
    if (dr_str_eq_fold(a, b))
        return true;
    bool long_a = dr_str_find_char(a, '.') != SIZE_MAX, long_b = dr_str_find_char(b, '.') != SIZE_MAX;
    return long_a != long_b && dr_str_eq_fold(first_label(a), first_label(b));
}

static bool is_netbios_of(dr_str netbios, dr_str name)
{
    return netbios.n && dr_str_eq_fold(netbios, dr_str_sub(first_label(name), 0, NETBIOS_NAME));
}

static dr_status add_name(host_names *h, dr_str name, int64_t last)
{
    size_t at = 0;
    while (at < h->list.n && !dr_str_eq(h->list.p[at].name, name))
        at++;
    if (at == h->list.n) {
        host_name fresh = { name, at, last };
        return dr_vec_push(&h->list, fresh) ? DR_OK : DR_NOMEM;
    }
    if (last > h->list.p[at].last)
        h->list.p[at].last = last;
    return DR_OK;
}

static dr_status collect(didrun *d, host_names *h)
{
    for (size_t i = 0; i < d->named.n; i++) {
        dr_status status = add_name(h, d->named.p[i].name, DR_NO_TIME);
        if (status != DR_OK)
            return status;
    }
    for (size_t i = 0; i < census_count(d->census); i++) {
        const census_log *log = census_at(d->census, i);
        int64_t last = DR_NO_TIME;
        if (!log->computer.n)
            continue;
        for (size_t k = 0; k < log->runs.n; k++)
            last = log->runs.p[k].last_time > last ? log->runs.p[k].last_time : last;
        dr_status status = add_name(h, log->computer, last);
        if (status != DR_OK)
            return status;
    }
    return DR_OK;
}

static void join(didrun *d, host_names *h)
{
    for (size_t i = 0; i < h->list.n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (same_name(h->list.p[i].name, h->list.p[k].name))
                unite(h, i, k);
        }
    }
    for (size_t r = 0; r < d->renames.n; r++) {
        size_t at = SIZE_MAX; /* the host that wrote the record */
        for (size_t i = 0; i < h->list.n && at == SIZE_MAX; i++) {
            if (dr_str_eq(h->list.p[i].name, d->renames.p[r].host))
                at = i;
        }
        for (size_t i = 0; i < h->list.n && at != SIZE_MAX; i++) {
            if (is_netbios_of(d->renames.p[r].old_name, h->list.p[i].name) || is_netbios_of(d->renames.p[r].new_name, h->list.p[i].name))
                unite(h, i, at);
        }
    }
}

dr_sym engine_host(const didrun *d, dr_str computer)
{
    dr_sym sym = dr_sym_of(d->syms, computer);
    return sym < d->n_host_map && d->host_map[sym] ? d->host_map[sym] : sym;
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
    for (size_t i = 0; i < d->named.n; i++) {
        const source *s = source_by_number(d->sources, d->named.p[i].source);
        dr_sym host = engine_host(d, d->named.p[i].name);
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
            return engine_host(d, d->named.p[i].name);
    }
    return s ? only_host(d, s->collection) : 0;
}

/* What the store calls for every fact's host. */
typedef struct host_resolution {
    const didrun *d;
    const host_names *names;
    dr_sym *of_source; /* by number of the source */
    size_t n_sources;
} host_resolution;

static dr_sym resolve(dr_sym host, void *context)
{
    const host_resolution *r = context;
    dr_str name = dr_sym_str(r->d->syms, host);
    uint64_t number;
    if (name.n > 1 && name.p[0] == UNNAMED && dr_str_to_u64(dr_str_from(name, 1), &number))
        return number < r->n_sources ? r->of_source[number] : 0;
    return host < r->names->n_map && r->names->map[host] ? r->names->map[host] : host;
}

dr_status engine_join_hosts(didrun *d)
{
    host_names h = { .syms = d->syms };
    dr_status status = collect(d, &h);
    if (status == DR_OK) {
        join(d, &h);
        dr_sym highest = 0;
        for (size_t i = 0; i < h.list.n; i++) {
            dr_sym sym = dr_sym_of(d->syms, h.list.p[i].name);
            highest = sym > highest ? sym : highest;
        }
        h.n_map = (size_t)highest + 1;
        h.map = DR_NEW_ARRAY(d->arena, dr_sym, h.n_map);
        status = h.map && !dr_symtab_failed(d->syms) ? DR_OK : DR_NOMEM;
    }
    for (size_t i = 0; i < h.list.n && status == DR_OK; i++) {
        dr_str name = h.list.p[root_of(&h, i)].name;
        h.map[dr_sym_of(d->syms, h.list.p[i].name)] = dr_sym_of(d->syms, name);
    }
    if (status == DR_OK) {
        d->host_map = h.map;
        d->n_host_map = h.n_map;
        host_resolution r = { .d = d, .names = &h, .n_sources = source_count(d->sources) + 1 };
        r.of_source = DR_NEW_ARRAY(d->arena, dr_sym, r.n_sources);
        for (size_t i = 1; r.of_source && i < r.n_sources; i++)
            r.of_source[i] = engine_source_host(d, (uint32_t)i);
        status = r.of_source ? DR_OK : DR_NOMEM;
        if (status == DR_OK)
            fact_store_set_hosts(d->store, resolve, &r);
    }
    dr_vec_free(&h.list);
    return status;
}
