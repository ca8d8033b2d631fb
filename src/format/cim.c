#include "format/cim.h"

#include "base/buf.h"
#include "base/hash.h"
#include "format/cim_repo.h"

#define TOC_ENTRY 16u
#define TOC_MAX (CIM_PAGE / TOC_ENTRY)

void cim_name_hash(const cim_repo *repo, dr_str name, char out[CIM_HASH_TEXT])
{
    dr_arena_mark mark = dr_arena_save(repo->arena);
    dr_str folded = dr_arena_fold(repo->arena, name);
    size_t n = 0;
    uint8_t *units = dr_wtf8_to_utf16(repo->arena, folded, &n);
    out[0] = '\0';
    if (units)
        dr_hash_hex(repo->hash_text == 32 ? DR_HASH_MD5 : DR_HASH_SHA256, (dr_bytes){ units, n }, out);
    for (size_t i = 0; out[i]; i++) {
        if (out[i] >= 'a' && out[i] <= 'f')
            out[i] = (char)(out[i] - 'a' + 'A');
    }
    dr_arena_restore(repo->arena, mark);
}

/* --- records --- */

static bool object_page(const cim_repo *repo, uint32_t logical, dr_cur *out, uint64_t *off)
{
    const cim_table *t = &repo->mapping.objects;
    dr_cur whole = dr_cur_over(repo->objects, 0);
    if (logical >= t->n || t->page[logical] == CIM_NO_PAGE)
        return false;
    *off = (uint64_t)t->page[logical] * CIM_PAGE;
    *out = dr_cur_at(&whole, *off, CIM_PAGE);
    return dr_cur_ok(out);
}

typedef struct toc_entry {
    uint32_t id, off, size;
} toc_entry;

/* The next entry of a page's table; false at its end, or where it makes no sense. */
static bool toc_next(dr_cur *c, toc_entry *out)
{
    out->id = dr_u32(c);
    out->off = dr_u32(c);
    out->size = dr_u32(c);
    (void)dr_u32(c);
    return dr_cur_ok(c) && out->id && out->size && out->off >= c->pos && out->off < CIM_PAGE;
}

bool cim_record(const cim_repo *repo, uint32_t page, uint32_t id, uint32_t size, dr_arena *arena, dr_bytes *out,
                uint64_t *off, bool *whole)
{
    dr_cur c, toc;
    uint64_t page_off;
    toc_entry e = { .id = 0 };
    *whole = true;
    if (!object_page(repo, page, &c, &page_off))
        return false;
    toc = c;
    for (size_t i = 0; e.id != id; i++) {
        if (i == TOC_MAX || !toc_next(&toc, &e))
            return false;
    }
    *off = page_off + e.off;
    if (size == 0 || size > DR_CIM_MAX_RECORD || size > repo->objects.n)
        return false;
    size_t first = CIM_PAGE - e.off < size ? CIM_PAGE - e.off : size;
    dr_bytes piece = dr_bytes_sub(c.in, e.off, first);
    if (first == size) {
        *out = piece;
        return true;
    }
    uint8_t *bytes = dr_arena_array(arena, size, 1);
    if (!bytes)
        return false;
    size_t n = 0;
    for (uint32_t next = page + 1; ; next++) {
        memcpy(bytes + n, piece.p, piece.n); /* bounded: piece.n is at most size - n */
        n += piece.n;
        uint64_t at;
        if (n == size || !object_page(repo, next, &c, &at))
            break;
        piece = dr_bytes_sub(c.in, 0, size - n);
    }
    *out = (dr_bytes){ bytes, n };
    *whole = n == size;
    return true;
}

/* --- choosing the mapping --- */

/* Of the keys, spread over all, how many name records that are not there? In thousandths. */
static unsigned misses(const cim_repo *repo, const cim_keys *keys)
{
    size_t step = keys->list.n / 512 + 1, n = 0, missed = 0;
    for (size_t i = 0; i < keys->list.n; i += step, n++) {
        const cim_key *k = &keys->list.p[i];
        dr_cur c;
        uint64_t off;
        toc_entry e = { .id = 0 };
        bool found = object_page(repo, k->page, &c, &off);
        for (size_t t = 0; found && e.id != k->id; t++)
            found = t < TOC_MAX && toc_next(&c, &e);
        missed += !found;
    }
    return n ? (unsigned)(missed * 1000 / n) : 1000;
}

static int newest_first(const void *a, const void *b, void *context)
{
    (void)context;
    const cim_table *x = &((const cim_mapping *)a)->objects, *y = &((const cim_mapping *)b)->objects;
    if (x->version != y->version)
        return x->version > y->version ? -1 : 1;
    return x->first_id > y->first_id ? -1 : x->first_id < y->first_id;
}

typedef struct mappings {
    DR_VEC(cim_mapping) list;
    dr_bytes index;
    bool bad; /* a mapping was there that could not be used */
} mappings;

static dr_status gather(cim_repo *repo, const cim_part *parts, size_t n, mappings *m)
{
    const cim_mapping *objects = NULL, *index = NULL; /* of XP, in files of their own */
    for (size_t i = 0; i < n; i++) {
        cim_mapping one;
        dr_cur c = dr_cur_over(parts[i].bytes, 0);
        uint32_t mark = dr_u32(&c);
        if (dr_str_ends_fold(parts[i].name, DR_STR("INDEX.BTR")) || mark == 0xaccc || mark == 0xaddd || mark == 0xbadd) {
            m->index = parts[i].bytes;
            continue;
        }
        if (dr_str_ends_fold(parts[i].name, DR_STR(".VER")))
            continue;
        dr_status status = cim_mapping_read(&one, &parts[i], repo->arena);
        if (status == DR_NOMEM)
            return status;
        if (status == DR_OK && !dr_vec_push(&m->list, one))
            return DR_NOMEM;
        if (status != DR_OK) {
            m->bad = true;
            dr_diag_add(repo->diags, DR_DIAG_CIM_MAPPING, 0, 0, "%.*s is not whole", DR_STR_ARG(parts[i].name));
        }
    }
    /* A pair of single tables counts as one mapping, and goes before the copies that MAPPINGn.MAP are. */
    for (size_t i = 0; i < m->list.n; i++) {
        if (!m->list.p[i].index.page)
            objects = &m->list.p[i];
        if (!m->list.p[i].objects.page)
            index = &m->list.p[i];
    }
    if (objects && index) {
        cim_mapping pair = *objects;
        pair.index = index->index;
        m->list.p[0] = pair;
        m->list.n = 1;
    } else if (!dr_sort(m->list.p, m->list.n, sizeof *m->list.p, newest_first, NULL)) {
        return DR_NOMEM;
    }
    return DR_OK;
}

/* The newest mapping whose index fits its objects; of several that do not fit well, the best. */
static dr_status choose(cim_repo *repo, const cim_part *parts, size_t n)
{
    mappings m = { .index = { (const uint8_t *)"", 0 } };
    dr_status status = gather(repo, parts, n, &m);
    unsigned best = 1001;
    size_t chosen = 0;
    for (size_t i = 0; i < m.list.n && status == DR_OK && best > 20; i++) {
        cim_mapping before = repo->mapping;
        repo->mapping = m.list.p[i];
        if (!repo->mapping.objects.page)
            continue;
        cim_keys keys = { .walked = false };
        if (repo->mapping.index.page && m.index.n)
            status = cim_index_walk(&keys, m.index, &repo->mapping.index, repo->mapping.xp, repo->diags);
        unsigned missed = status == DR_OK ? misses(repo, &keys) : 1001;
        if (missed < best) {
            dr_vec_free(&repo->keys.list);
            repo->keys = keys;
            best = missed;
            chosen = i;
        } else {
            dr_vec_free(&keys.list);
            repo->mapping = before;
        }
    }
    cim_state *s = &repo->state;
    if (status == DR_OK && best <= 1000) {
        s->mapped = true;
        s->newest = chosen == 0 && !m.bad;
        s->mapping = repo->mapping.name;
        s->version = repo->mapping.objects.version;
        s->first_id = repo->mapping.objects.first_id;
        s->indexed = repo->keys.walked && best < 1000;
        s->xp = repo->mapping.xp;
        if (chosen > 0)
            dr_diag_add(repo->diags, DR_DIAG_CIM_MAPPING, 0, 0, "the newest does not fit the pages; %.*s was used",
                        DR_STR_ARG(s->mapping));
    } else if (status == DR_OK) {
        dr_diag_add(repo->diags, DR_DIAG_CIM_MAPPING, 0, 0, "%s", n ? "none fits" : "there is none");
    }
    if (status == DR_OK && !s->indexed)
        dr_diag_add(repo->diags, DR_DIAG_CIM_INDEX, 0, 0, "%s",
                    m.index.n ? "its tree could not be walked" : "there is no INDEX.BTR");
    dr_vec_free(&m.list);
    return status;
}

/* --- classes --- */

static dr_status map_key(dr_buf *buf, dr_str space, const char *hash)
{
    dr_buf_clear(buf);
    dr_buf_str_add(buf, space);
    dr_buf_char(buf, '|');
    dr_buf_z(buf, hash);
    return buf->failed ? DR_NOMEM : DR_OK;
}

static dr_status add_definition(cim_repo *repo, cim_definition *d)
{
    dr_buf key = { 0 };
    uint64_t *slot;
    bool is_new;
    dr_status status = dr_vec_push(&repo->classes, *d) ? DR_OK : DR_NOMEM;
    if (status == DR_OK)
        status = map_key(&key, d->space, d->hash);
    if (status == DR_OK)
        status = dr_map_put(repo->by_key, dr_buf_str(&key), &slot, &is_new);
    if (status == DR_OK && is_new)
        *slot = repo->classes.n;
    if (status == DR_OK)
        status = dr_map_put(repo->by_hash, dr_str_of(d->hash), &slot, &is_new);
    if (status == DR_OK && is_new)
        *slot = repo->classes.n;
    dr_buf_free(&key);
    return status;
}

static dr_status list_indexed(cim_repo *repo)
{
    for (size_t i = 0; i < repo->keys.list.n; i++) {
        const cim_key *k = &repo->keys.list.p[i];
        dr_bytes record;
        uint64_t off;
        bool whole;
        dr_arena_reset(repo->records);
        if (k->instance) {
            size_t head = 2 * repo->hash_text + 8;
            repo->state.instances++;
            if (k->size < head || !cim_record(repo, k->page, k->id, (uint32_t)head, repo->records, &record, &off, &whole))
                continue;
            dr_cur c = dr_cur_over(record, off);
            dr_skip(&c, head - 8);
            int64_t stamp = dr_time_clean(dr_filetime(&c));
            if (dr_time_is(stamp) && (!dr_time_is(repo->state.newest_stamp) || stamp > repo->state.newest_stamp))
                repo->state.newest_stamp = stamp;
            continue;
        }
        repo->state.classes++;
        cim_definition d = { .space = k->space, .page = k->page, .id = k->id, .size = k->size };
        if (k->class_hash.n >= sizeof d.hash)
            continue;
        memcpy(d.hash, k->class_hash.p, k->class_hash.n); /* bounded: shorter than d.hash */
        d.missing = !cim_record(repo, k->page, k->id, k->size, repo->records, &record, &off, &whole) || !whole;
        if (!d.missing && !cim_class_names(record, repo->arena, &d.name, &d.super)) {
            d.missing = true;
            dr_diag_add(repo->diags, DR_DIAG_CIM_OBJECT, off, k->size, "the definition of a class");
        }
        repo->state.missing += d.missing;
        dr_status status = add_definition(repo, &d);
        if (status != DR_OK)
            return status;
    }
    return DR_OK;
}

/* Without an index: every record of every page that reads as the definition of a class. */
static dr_status list_carved(cim_repo *repo)
{
    size_t pages = repo->objects.n / CIM_PAGE;
    dr_cur file = dr_cur_over(repo->objects, 0);
    for (size_t p = 0; p < pages; p++) {
        dr_cur page = dr_cur_at(&file, (uint64_t)p * CIM_PAGE, CIM_PAGE), toc = page;
        toc_entry e;
        for (size_t i = 0; i < TOC_MAX && toc_next(&toc, &e); i++) {
            cim_definition d = { .space = DR_STR_NONE, .off = p * CIM_PAGE + e.off, .size = e.size, .carved = true };
            /* Longer ones go on in the next page of the file, if they were lucky. */
            dr_bytes record = dr_bytes_sub(repo->objects, (size_t)d.off, e.size);
            dr_arena_mark mark = dr_arena_save(repo->arena);
            if (!cim_class_names(record, repo->arena, &d.name, &d.super)) {
                dr_arena_restore(repo->arena, mark);
                continue;
            }
            cim_name_hash(repo, d.name, d.hash);
            dr_status status = add_definition(repo, &d);
            if (status != DR_OK)
                return status;
        }
    }
    return DR_OK;
}

size_t cim_class_find(const cim_repo *repo, dr_str space, dr_str name)
{
    char hash[CIM_HASH_TEXT], system[CIM_HASH_TEXT];
    dr_buf key = { 0 };
    const uint64_t *slot = NULL;
    cim_name_hash(repo, name, hash);
    cim_name_hash(repo, DR_STR("__SystemClass"), system);
    if (map_key(&key, space, hash) == DR_OK)
        slot = dr_map_get(repo->by_key, dr_buf_str(&key));
    if (!slot && map_key(&key, dr_str_of(system), hash) == DR_OK)
        slot = dr_map_get(repo->by_key, dr_buf_str(&key));
    if (!slot)
        slot = dr_map_get(repo->by_hash, dr_str_of(hash));
    dr_buf_free(&key);
    return slot ? (size_t)*slot - 1 : SIZE_MAX;
}

static size_t find_by_hash(const cim_repo *repo, dr_str space, dr_str hash)
{
    dr_buf key = { 0 };
    char system[CIM_HASH_TEXT];
    const uint64_t *slot = NULL;
    char text[CIM_HASH_TEXT] = "";
    if (hash.n >= sizeof text)
        return SIZE_MAX;
    memcpy(text, hash.p, hash.n); /* bounded: shorter than text */
    cim_name_hash(repo, DR_STR("__SystemClass"), system);
    if (map_key(&key, space, text) == DR_OK)
        slot = dr_map_get(repo->by_key, dr_buf_str(&key));
    if (!slot && map_key(&key, dr_str_of(system), text) == DR_OK)
        slot = dr_map_get(repo->by_key, dr_buf_str(&key));
    if (!slot)
        slot = dr_map_get(repo->by_hash, hash);
    dr_buf_free(&key);
    return slot ? (size_t)*slot - 1 : SIZE_MAX;
}

/* What a class is by what it is derived from. */
static cim_kind kind_of(cim_repo *repo, size_t i, unsigned depth)
{
    static const struct {
        const char *name;
        cim_kind kind;
    } roots[] = { { "__EventFilter", CIM_FILTER },
                  { "__EventConsumer", CIM_CONSUMER },
                  { "__FilterToConsumerBinding", CIM_BINDING },
                  { "__Namespace", CIM_NAMESPACE } };
    cim_definition *d = &repo->classes.p[i];
    if (d->kind_known)
        return d->kind;
    d->kind_known = true; /* before going up: a circle ends here */
    for (size_t k = 0; k < sizeof roots / sizeof *roots; k++) {
        if (dr_str_eq_fold(d->name, dr_str_of(roots[k].name)))
            return d->kind = roots[k].kind;
    }
    if (d->super.n && depth < DR_CIM_MAX_CLASS_DEPTH) {
        size_t up = cim_class_find(repo, d->space, d->super);
        if (up != SIZE_MAX && up != i)
            d->kind = kind_of(repo, up, depth + 1);
    }
    return d->kind;
}

dr_status cim_class_load(cim_repo *repo, size_t i, unsigned depth, cim_class **out)
{
    cim_definition *d = &repo->classes.p[i];
    *out = d->loaded;
    if (d->loaded || d->failed || d->missing)
        return DR_OK;
    d->failed = true; /* until it is there: a circle ends here */
    dr_bytes record;
    uint64_t off = d->off;
    bool whole = true;
    dr_arena *scratch = dr_arena_create("class", 0);
    cim_class *c = DR_NEW(repo->arena, cim_class);
    dr_status status = scratch && c ? DR_OK : DR_NOMEM;
    bool ok = false;
    if (status == DR_OK) {
        if (d->carved)
            record = dr_bytes_sub(repo->objects, (size_t)d->off, d->size);
        else
            whole = cim_record(repo, d->page, d->id, d->size, scratch, &record, &off, &whole) && whole;
        ok = whole && cim_class_read(c, record, repo->arena);
        if (dr_arena_failed(repo->arena) || dr_arena_failed(scratch))
            status = DR_NOMEM;
    }
    dr_arena_destroy(scratch);
    if (status != DR_OK || !ok)
        return status;
    if (c->super.n) {
        size_t up = depth < DR_CIM_MAX_CLASS_DEPTH ? cim_class_find(repo, d->space, c->super) : SIZE_MAX;
        if (up != SIZE_MAX && up != i)
            status = cim_class_load(repo, up, depth + 1, &c->parent);
        if (status != DR_OK || !c->parent)
            return status; /* without its parents the layout cannot be known */
    }
    status = cim_class_layout(c, repo->arena);
    if (status == DR_OK) {
        d = &repo->classes.p[i];
        d->failed = false;
        *out = d->loaded = c;
    }
    return status;
}

/* --- namespaces --- */

static dr_status name_space(cim_repo *repo, dr_str name, bool *is_new)
{
    char hash[CIM_HASH_TEXT];
    uint64_t *slot;
    cim_name_hash(repo, name, hash);
    dr_status status = dr_map_put(repo->spaces, dr_str_of(hash), &slot, is_new);
    if (status == DR_OK && *is_new) {
        if (!dr_vec_push(&repo->names, name))
            return DR_NOMEM;
        *slot = repo->names.n;
    }
    return status;
}

/* Namespaces by name: root, and what instances of __NAMESPACE name below those known. Others stay nameless. */
static dr_status list_spaces(cim_repo *repo)
{
    char namespace_hash[CIM_HASH_TEXT], hash[CIM_HASH_TEXT];
    bool is_new;
    cim_name_hash(repo, DR_STR("__NAMESPACE"), namespace_hash);
    dr_status status = name_space(repo, DR_STR("root"), &is_new);
    for (size_t s = 0; s < repo->names.n && status == DR_OK; s++) {
        cim_name_hash(repo, repo->names.p[s], hash);
        for (size_t i = 0; i < repo->keys.list.n && status == DR_OK; i++) {
            const cim_key *k = &repo->keys.list.p[i];
            if (!k->instance || !dr_str_is(k->class_hash, namespace_hash) || !dr_str_is(k->space, hash))
                continue;
            dr_bytes record;
            uint64_t off;
            bool whole;
            cim_class *c = NULL;
            dr_arena_reset(repo->records);
            size_t def = find_by_hash(repo, k->space, k->class_hash);
            if (def != SIZE_MAX)
                status = cim_class_load(repo, def, 0, &c);
            cim_instance o = { .class_name = DR_STR_NONE };
            if (status != DR_OK || !cim_record(repo, k->page, k->id, k->size, repo->records, &record, &off, &whole) ||
                !cim_instance_read(&o, record, repo, c, repo->records))
                continue;
            const cim_property *p = cim_get(&o, "Name");
            if (!p && o.n_properties)
                p = &o.properties[0]; /* texts only */
            if (p && p->n_items == 1) {
                dr_str full = dr_arena_printf(repo->arena, "%.*s\\%.*s", DR_STR_ARG(repo->names.p[s]), DR_STR_ARG(p->items[0]));
                status = name_space(repo, full, &is_new);
            }
        }
    }
    return status;
}

static dr_str space_name(const cim_repo *repo, dr_str hash, dr_arena *arena)
{
    const uint64_t *slot = dr_map_get(repo->spaces, hash);
    return slot ? repo->names.p[*slot - 1] : dr_arena_printf(arena, "(namespace %.*s)", DR_STR_ARG(hash));
}

static size_t find_hash(const cim_repo *repo, size_t from, size_t *def);

/* Without an index the length of the hashes is not known: what finds anything is right. */
static dr_status list_unknown(cim_repo *repo)
{
    size_t def;
    dr_status status = list_carved(repo);
    if (status != DR_OK || repo->classes.n == 0 || find_hash(repo, 0, &def) != SIZE_MAX)
        return status;
    repo->hash_text = repo->hash_text == 64 ? 32 : 64;
    dr_vec_clear(&repo->classes);
    dr_map_destroy(repo->by_key);
    dr_map_destroy(repo->by_hash);
    repo->by_key = dr_map_create();
    repo->by_hash = dr_map_create();
    return repo->by_key && repo->by_hash ? list_carved(repo) : DR_NOMEM;
}

/* --- the whole --- */

dr_status cim_open(cim_repo **out, dr_bytes objects, const cim_part *parts, size_t n_parts, dr_arena *arena,
                   dr_diags *diags, dr_err *err)
{
    *out = NULL;
    if (objects.n < CIM_PAGE)
        return dr_fail(err, DR_FORMAT, "%zu bytes are less than one page of a repository", objects.n);
    cim_repo *repo = dr_mem_alloc(sizeof *repo);
    if (!repo)
        return dr_fail(err, DR_NOMEM, "out of memory");
    repo->objects = objects;
    repo->arena = arena;
    repo->diags = diags;
    repo->state.mapping = DR_STR_NONE;
    repo->state.newest_stamp = DR_NO_TIME;
    repo->by_key = dr_map_create();
    repo->by_hash = dr_map_create();
    repo->spaces = dr_map_create();
    repo->current = dr_map_create();
    repo->contents = dr_map_create();
    repo->records = dr_arena_create("records", 0);
    bool made = repo->by_key && repo->by_hash && repo->spaces && repo->current && repo->contents && repo->records;
    if (objects.n % CIM_PAGE)
        dr_diag_add(diags, DR_DIAG_TRUNCATED, objects.n - objects.n % CIM_PAGE, objects.n % CIM_PAGE, "its last page");
    dr_status status = made ? choose(repo, parts, n_parts) : DR_NOMEM;
    repo->hash_text = 64;
    if (status == DR_OK && repo->keys.list.n)
        repo->hash_text = repo->keys.list.p[0].space.n == 32 ? 32 : 64;
    else if (repo->state.xp)
        repo->hash_text = 32;
    if (status == DR_OK)
        status = repo->state.indexed ? list_indexed(repo) : list_unknown(repo);
    if (status == DR_OK && repo->state.indexed)
        status = list_spaces(repo);
    cim_state *s = &repo->state;
    s->whole = s->mapped && s->newest && s->indexed && repo->keys.lost == 0 && s->missing == 0;
    if (status == DR_OK && dr_arena_failed(arena))
        status = DR_NOMEM;
    if (status != DR_OK) {
        cim_close(repo);
        return dr_fail(err, status, "out of memory");
    }
    *out = repo;
    return DR_OK;
}

void cim_close(cim_repo *repo)
{
    if (!repo)
        return;
    dr_vec_free(&repo->keys.list);
    dr_vec_free(&repo->classes);
    dr_vec_free(&repo->names);
    dr_map_destroy(repo->by_key);
    dr_map_destroy(repo->by_hash);
    dr_map_destroy(repo->spaces);
    dr_map_destroy(repo->current);
    dr_map_destroy(repo->contents);
    dr_arena_destroy(repo->records);
    dr_mem_free(repo);
}

const cim_state *cim_state_of(const cim_repo *repo)
{
    return &repo->state;
}

void cim_walk_start(cim_walk *walk, cim_repo *repo, unsigned flags)
{
    *walk = (cim_walk){ .repo = repo, .flags = flags };
}

static dr_status remember(dr_map *map, uint64_t key)
{
    uint64_t *slot;
    bool is_new;
    return dr_map_put(map, (dr_str){ (const char *)&key, sizeof key }, &slot, &is_new);
}

static bool remembered(const dr_map *map, uint64_t key)
{
    return dr_map_get(map, (dr_str){ (const char *)&key, sizeof key }) != NULL;
}

/* The instance of a key; *skip when it is none that is wanted. */
static dr_status read_current(cim_walk *w, const cim_key *k, dr_arena *arena, cim_instance *out, bool *skip)
{
    cim_repo *repo = w->repo;
    size_t def = find_by_hash(repo, k->space, k->class_hash);
    cim_kind kind = def == SIZE_MAX ? CIM_OTHER : kind_of(repo, def, 0);
    bool subscription = kind == CIM_FILTER || kind == CIM_CONSUMER || kind == CIM_BINDING;
    *skip = true;
    /* Of a class that is not there it cannot be told: its texts are shown. */
    if (!subscription && !(w->flags & CIM_ALL_CLASSES))
        return DR_OK;
    cim_class *c = NULL;
    dr_status status = def == SIZE_MAX ? DR_OK : cim_class_load(repo, def, 0, &c);
    if (status != DR_OK)
        return status;
    *out = (cim_instance){ .kind = kind, .life = CIM_CURRENT, .page = k->page, .id = k->id };
    out->space = space_name(repo, k->space, arena);
    out->class_name = def == SIZE_MAX ? DR_STR_NONE : repo->classes.p[def].name;
    out->path = DR_STR_NONE;
    out->stamp = DR_NO_TIME;
    dr_bytes record;
    bool whole;
    if (!cim_record(repo, k->page, k->id, k->size, arena, &record, &out->off, &whole)) {
        dr_diag_add(repo->diags, DR_DIAG_CIM_OBJECT, 0, k->size, "the index names record %u of page %u: it is not there", k->id, k->page);
        repo->state.missing++;
        repo->state.whole = false;
        return dr_arena_failed(arena) ? DR_NOMEM : DR_OK;
    }
    status = remember(repo->current, out->off);
    if (status == DR_OK)
        status = remember(repo->contents, dr_hash64(record.p, record.n));
    if (status != DR_OK)
        return status;
    if (!cim_instance_read(out, record, repo, c, arena) || !whole) {
        dr_diag_add(repo->diags, DR_DIAG_CIM_OBJECT, out->off, k->size, "an instance%s%.*s", out->class_name.n ? " of " : "",
                    DR_STR_ARG(out->class_name));
        repo->state.missing++;
        repo->state.whole = false;
        out->partial = true;
        if (out->n_properties == 0)
            return dr_arena_failed(arena) ? DR_NOMEM : DR_OK;
    }
    *skip = false;
    return dr_arena_failed(arena) ? DR_NOMEM : DR_OK;
}

static bool is_hex(const uint8_t *p)
{
    return p[1] == 0 && ((p[0] >= '0' && p[0] <= '9') || (p[0] >= 'A' && p[0] <= 'F'));
}

/* From FROM on, the next place where the hash of a class stands in UTF-16LE. A run of its length covers a
 * probe in every 64 bytes, so that most bytes are never looked at. SIZE_MAX: none. */
static size_t find_hash(const cim_repo *repo, size_t from, size_t *def)
{
    dr_bytes b = repo->objects;
    size_t length = 2 * repo->hash_text;
    for (size_t at = from; length <= b.n && at <= b.n - 2;) {
        size_t run = SIZE_MAX;
        for (size_t odd = 0; odd < 2 && run == SIZE_MAX; odd++) {
            if (at + odd + 2 <= b.n && is_hex(b.p + at + odd))
                run = at + odd;
        }
        if (run == SIZE_MAX) {
            at += 64;
            continue;
        }
        size_t begin = run, end = run + 2;
        while (begin >= from + 2 && is_hex(b.p + begin - 2))
            begin -= 2;
        while (end + 2 <= b.n && is_hex(b.p + end))
            end += 2;
        for (; end - begin >= length; begin += 2) {
            char text[CIM_HASH_TEXT] = "";
            for (size_t i = 0; i < repo->hash_text; i++)
                text[i] = (char)b.p[begin + 2 * i];
            const uint64_t *slot = dr_map_get(repo->by_hash, dr_str_of(text));
            if (slot) {
                *def = (size_t)*slot - 1;
                return begin;
            }
        }
        at = end > at + 64 ? end : at + 64;
    }
    return SIZE_MAX;
}

static bool plausible(dr_bytes record, size_t hash_text)
{
    dr_cur c = dr_cur_over(record, 0);
    dr_skip(&c, 2 * hash_text);
    int64_t written = dr_filetime(&c), defined = dr_filetime(&c);
    uint32_t size = dr_u32(&c);
    int64_t from = DR_TICKS_1970 + 30 * 365 * DR_TICKS_PER_DAY, to = from + 100 * 365 * DR_TICKS_PER_DAY;
    return dr_cur_ok(&c) && written > from && written < to && defined > from && defined < to && size >= 9 &&
           size < 16u << 20;
}

static dr_status next_carved(cim_walk *w, dr_arena *arena, cim_instance *out)
{
    cim_repo *repo = w->repo;
    while (w->carved < DR_CIM_MAX_CARVED) {
        size_t def = 0, at = find_hash(repo, w->scan, &def);
        if (at == SIZE_MAX)
            return DR_END;
        w->scan = at + 2 * repo->hash_text;
        cim_kind kind = kind_of(repo, def, 0);
        if (kind != CIM_FILTER && kind != CIM_CONSUMER && kind != CIM_BINDING)
            continue;
        if (remembered(repo->current, at))
            continue;
        /* To the end of its page: what follows in the file need not be its continuation. */
        size_t page_end = (at / CIM_PAGE + 1) * CIM_PAGE;
        dr_bytes record = dr_bytes_sub(repo->objects, at, page_end - at);
        if (!plausible(record, repo->hash_text))
            continue;
        cim_class *c = NULL;
        dr_status status = cim_class_load(repo, def, 0, &c);
        if (status != DR_OK)
            return status;
        *out = (cim_instance){ .kind = kind, .life = repo->state.indexed ? CIM_CARVED : CIM_UNKNOWN, .off = at };
        out->space = out->path = DR_STR_NONE;
        out->class_name = repo->classes.p[def].name;
        bool ok = cim_instance_read(out, record, repo, c, arena);
        if (dr_arena_failed(arena))
            return DR_NOMEM;
        if (!ok)
            continue;
        dr_cur length = dr_cur_over(record, 0);
        dr_skip(&length, 2 * repo->hash_text + 16);
        size_t size = 2 * repo->hash_text + 16 + dr_u32(&length);
        dr_bytes own = dr_bytes_sub(record, 0, size);
        out->copy = own.n == size && remembered(repo->contents, dr_hash64(own.p, own.n));
        w->carved++;
        return DR_OK;
    }
    dr_diag_add(repo->diags, DR_DIAG_LIMIT, w->scan, 0, "more than %d carved objects", DR_CIM_MAX_CARVED);
    return DR_END;
}

dr_status cim_next(cim_walk *w, dr_arena *arena, cim_instance *out)
{
    cim_repo *repo = w->repo;
    while (repo->state.indexed && w->next_key < repo->keys.list.n) {
        const cim_key *k = &repo->keys.list.p[w->next_key++];
        bool skip = true;
        dr_status status = k->instance ? read_current(w, k, arena, out, &skip) : DR_OK;
        if (status != DR_OK || !skip)
            return status;
    }
    return next_carved(w, arena, out);
}
