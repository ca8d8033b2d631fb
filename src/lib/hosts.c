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

static dr_status collect(didrun *d, host_names *h)
{
    for (size_t i = 0; i < census_count(d->census); i++) {
        const census_log *log = census_at(d->census, i);
        int64_t last = DR_NO_TIME;
        size_t at = 0;
        if (!log->computer.n)
            continue;
        for (size_t k = 0; k < log->runs.n; k++)
            last = log->runs.p[k].last_time > last ? log->runs.p[k].last_time : last;
        while (at < h->list.n && !dr_str_eq(h->list.p[at].name, log->computer))
            at++;
        if (at == h->list.n) {
            host_name fresh = { log->computer, at, last };
            if (!dr_vec_push(&h->list, fresh))
                return DR_NOMEM;
        } else if (last > h->list.p[at].last)
            h->list.p[at].last = last;
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

static dr_sym last_name(dr_sym host, void *context)
{
    const host_names *h = context;
    return host < h->n_map && h->map[host] ? h->map[host] : host;
}

dr_sym engine_host(const didrun *d, dr_str computer)
{
    dr_sym sym = dr_sym_of(d->syms, computer);
    return sym < d->n_host_map && d->host_map[sym] ? d->host_map[sym] : sym;
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
        fact_store_set_hosts(d->store, last_name, &h);
    }
    dr_vec_free(&h.list);
    return status;
}
