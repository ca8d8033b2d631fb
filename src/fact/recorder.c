#include "fact/recorder.h"

#include "base/vec.h"
#include "fact/yaml.h"

#define RECORDERS_MAX 4096
#define SETTINGS_MAX 64

static const char *const mark_names[] = { "up",       "down", "crashed",  "slept", "resumed", "cleared",
                                          "archived", "full", "replaced", "lost",  "clock",   "version", "client", "server", "active",
                                          "first",    "silent", NULL };
static const char *const filter_names[] = { "none", "known", "unseen", NULL };
static const char *const edition_names[] = { "client", "server", "dc", NULL };

typedef DR_VEC(recorder) recorder_list;
typedef DR_VEC(recorder_setting) setting_list;

typedef struct loader {
    dr_arena *arena;
    const vocabulary *vocab;
    const yaml_file *file;
    recorder_set *set;
    recorder_list recorders;
    setting_list settings;
    dr_err *err;
} loader;

static dr_status no_memory(const loader *l)
{
    return dr_fail(l->err, DR_NOMEM, "%.*s: out of memory", DR_STR_ARG(l->file->name));
}

static bool index_of(const char *const *names, dr_str name, size_t *out)
{
    for (size_t i = 0; names[i]; i++) {
        if (dr_str_is(name, names[i])) {
            *out = i;
            return true;
        }
    }
    return false;
}

static dr_status read_attribute(const loader *l, const yaml_node *node, dr_sym *out)
{
    if (node->kind != YAML_SCALAR)
        return yaml_fail(l->err, l->file, node, "expected the name of an attribute");
    const vocab_attr *attr = vocab_attr_of(l->vocab, dr_sym_find(l->vocab->syms, node->text));
    if (!attr)
        return yaml_fail(l->err, l->file, node, "'%.*s' is no attribute of the vocabulary", DR_STR_ARG(node->text));
    *out = attr->sym;
    return DR_OK;
}

static dr_status read_kind(const loader *l, const yaml_node *node, uint16_t *out)
{
    if (node->kind != YAML_SCALAR)
        return yaml_fail(l->err, l->file, node, "expected a kind of fact");
    *out = vocab_kind_of(l->vocab, node->text);
    if (!*out)
        return yaml_fail(l->err, l->file, node, "'%.*s' is no kind of fact of the vocabulary", DR_STR_ARG(node->text));
    return DR_OK;
}

/* A list, or one item that stands for a list of one. */
static const yaml_node *const *items_of(const yaml_node *const *node, size_t *n)
{
    if ((*node)->kind == YAML_LIST) {
        *n = (*node)->n;
        return (const yaml_node *const *)(*node)->items;
    }
    *n = 1;
    return node;
}

static dr_status read_attributes(const loader *l, const yaml_node *node, const dr_sym **out, size_t *n)
{
    const yaml_node *const *items = items_of(&node, n);
    dr_sym *list = DR_NEW_ARRAY(l->arena, dr_sym, *n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < *n; i++) {
        dr_status status = read_attribute(l, items[i], &list[i]);
        if (status != DR_OK)
            return status;
    }
    *out = list;
    return DR_OK;
}

static dr_status read_where_one(const loader *l, const yaml_node *key, const yaml_node *node, recorder_where *out)
{
    dr_str *texts;
    size_t n, n_values = 0, n_others = 0;
    dr_status status = read_attribute(l, key, &out->key);
    if (status == DR_OK)
        status = yaml_texts(l->file, node, l->arena, &texts, &n, l->err);
    if (status != DR_OK)
        return status;
    dr_str *others = DR_NEW_ARRAY(l->arena, dr_str, n);
    if (!others)
        return no_memory(l);
    for (size_t i = 0; i < n; i++) {
        if (dr_str_starts(texts[i], DR_STR("!=")))
            others[n_others++] = dr_str_trim(dr_str_from(texts[i], 2));
        else
            texts[n_values++] = texts[i];
    }
    if (n == 0)
        return yaml_fail(l->err, l->file, node, "expected a value");
    out->values = texts;
    out->n_values = n_values;
    out->others = others;
    out->n_others = n_others;
    return DR_OK;
}

static dr_status read_where(const loader *l, const yaml_node *node, recorder_match *out)
{
    if (!node)
        return DR_OK;
    if (node->kind != YAML_MAP)
        return yaml_fail(l->err, l->file, node, "where: expected a map of attributes");
    recorder_where *list = DR_NEW_ARRAY(l->arena, recorder_where, node->n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < node->n; i++) {
        dr_status status = read_where_one(l, node->keys[i], node->items[i], &list[i]);
        if (status != DR_OK)
            return status;
    }
    out->where = list;
    out->n_where = node->n;
    return DR_OK;
}

static dr_status read_match(const loader *l, const yaml_node *node, bool writes, recorder_match *out)
{
    static const char *const all[] = { "fact", "where", "since", "observed_for", NULL };
    static const char *const two[] = { "fact", "where", NULL };
    if (node->kind == YAML_SCALAR)
        return read_kind(l, node, &out->kind);
    dr_status status = yaml_only(l->file, node, writes ? all : two, l->err);
    if (status != DR_OK)
        return status;
    const yaml_node *kind = yaml_get(node, "fact"), *since = yaml_get(node, "since"), *observed = yaml_get(node, "observed_for");
    if (!kind)
        return yaml_fail(l->err, l->file, node, "expected the key 'fact'");
    status = read_kind(l, kind, &out->kind);
    if (status == DR_OK)
        status = read_where(l, yaml_get(node, "where"), out);
    if (status == DR_OK && observed)
        status = read_attributes(l, observed, &out->observed_for, &out->n_observed_for);
    uint64_t build = 0;
    if (status == DR_OK && since && (since->kind != YAML_SCALAR || !dr_str_to_u64(since->text, &build) || build > 1000000))
        return yaml_fail(l->err, l->file, since, "since: expected the number of a build of Windows");
    out->since = (uint32_t)build;
    return status;
}

static dr_status read_matches(const loader *l, const yaml_node *map, const char *key, bool writes, recorder_matches *out)
{
    const yaml_node *node = yaml_get(map, key);
    if (!node)
        return DR_OK;
    size_t n;
    const yaml_node *const *items = items_of(&node, &n);
    recorder_match *list = DR_NEW_ARRAY(l->arena, recorder_match, n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < n; i++) {
        dr_status status = read_match(l, items[i], writes, &list[i]);
        if (status != DR_OK)
            return status;
    }
    *out = (recorder_matches){ list, n };
    return DR_OK;
}

static dr_status read_source(const loader *l, const yaml_node *map, recorder *r)
{
    static const char *const keys[] = { "channel", "artefact", "shown", NULL };
    const yaml_node *node = yaml_get(map, "source");
    if (!node)
        return yaml_fail(l->err, l->file, map, "expected the key 'source'");
    dr_status status = yaml_only(l->file, node, keys, l->err);
    if (status == DR_OK)
        status = yaml_text(l->file, node, "channel", false, &r->channel, l->err);
    if (status == DR_OK)
        status = yaml_text(l->file, node, "artefact", false, &r->artefact, l->err);
    if (status == DR_OK)
        status = yaml_text(l->file, node, "shown", false, &r->source_shown, l->err);
    if (status != DR_OK)
        return status;
    if ((r->channel.n > 0) == (r->artefact.n > 0))
        return yaml_fail(l->err, l->file, node, "source: expected a channel or an artefact");
    if (!r->source_shown.n)
        r->source_shown = r->channel.n ? r->channel : r->artefact;
    return DR_OK;
}

static dr_status read_asked(const loader *l, const yaml_node *map, recorder *r)
{
    static const char *const keys[] = { "setting", "needs", NULL };
    const yaml_node *node = yaml_get(map, "asked"), *defaults = yaml_get(map, "default");
    r->setting = SIZE_MAX;
    if (!node)
        return defaults ? yaml_fail(l->err, l->file, defaults, "default: it has no setting (expected the key 'asked')") : DR_OK;
    dr_str setting, family;
    dr_status status = yaml_only(l->file, node, keys, l->err);
    if (status == DR_OK)
        status = yaml_text(l->file, node, "setting", true, &setting, l->err);
    if (status == DR_OK)
        status = yaml_text(l->file, node, "needs", true, &r->needs, l->err);
    if (status != DR_OK)
        return status;
    dr_str rest = setting;
    if (!dr_str_split(&rest, '.', &family) || !rest.n)
        return yaml_fail(l->err, l->file, node, "setting: expected FAMILY.NAME");
    r->setting_key = rest;
    for (size_t i = 0; i < l->settings.n && r->setting == SIZE_MAX; i++)
        if (dr_str_eq(l->settings.p[i].family, family))
            r->setting = i;
    if (r->setting == SIZE_MAX)
        return yaml_fail(l->err, l->file, node, "there is no family of settings '%.*s'", DR_STR_ARG(family));
    if (!defaults)
        return DR_OK;
    status = yaml_only(l->file, defaults, edition_names, l->err);
    for (size_t i = 0; status == DR_OK && i < EDITION_COUNT; i++)
        status = yaml_text(l->file, defaults, edition_names[i], true, &r->defaults[i], l->err);
    return status;
}

static dr_status read_duration(const loader *l, const yaml_node *map, const char *key, int64_t *out)
{
    const yaml_node *node = yaml_get(map, key);
    if (node && (node->kind != YAML_SCALAR || !dr_duration_parse(node->text, out) || *out < 0))
        return yaml_fail(l->err, l->file, node, "%s: expected a duration (5s, 1h)", key);
    return DR_OK;
}

static dr_status read_filter(const loader *l, const yaml_node *map, recorder *r)
{
    static const char *const keys[] = { "fact", "every", NULL };
    const yaml_node *filter = yaml_get(map, "filter"), *beat = yaml_get(map, "heartbeat"), *core = yaml_get(map, "core");
    size_t index = 0;
    if (filter && (filter->kind != YAML_SCALAR || !index_of(filter_names, filter->text, &index)))
        return yaml_fail(l->err, l->file, filter, "filter: expected none, known or unseen");
    r->filter = (recorder_filter)index;
    if (core && !dr_str_is(core->text, "true") && !dr_str_is(core->text, "false"))
        return yaml_fail(l->err, l->file, core, "core: expected true or false");
    r->core = core && dr_str_is(core->text, "true");
    if (!beat)
        return DR_OK;
    dr_status status = yaml_only(l->file, beat, keys, l->err);
    if (status != DR_OK)
        return status;
    if (!yaml_get(beat, "fact") || !yaml_get(beat, "every"))
        return yaml_fail(l->err, l->file, beat, "heartbeat: expected the keys 'fact' and 'every'");
    status = read_kind(l, yaml_get(beat, "fact"), &r->heartbeat);
    return status == DR_OK ? read_duration(l, beat, "every", &r->heartbeat_every) : status;
}

static dr_status read_recorder(loader *l, const yaml_node *map)
{
    static const char *const keys[] = { "recorder", "shown", "source", "writes", "routes", "asked", "default", "unlike",
                                        "filter", "unfiltered", "on", "off", "lost", "heartbeat", "latency", "life",
                                        "core", "examples", NULL };
    recorder r = { .file = l->file, .examples = yaml_get(map, "examples"), .setting = SIZE_MAX, .latency = 5 * DR_TICKS_PER_S, .any_route = true };
    dr_status status = yaml_only(l->file, map, keys, l->err);
    if (status == DR_OK)
        status = yaml_text(l->file, map, "recorder", true, &r.id, l->err);
    if (status == DR_OK)
        status = yaml_text(l->file, map, "shown", true, &r.shown, l->err);
    if (status == DR_OK)
        status = yaml_text(l->file, map, "life", false, &r.life, l->err);
    if (status == DR_OK)
        status = read_source(l, map, &r);
    if (status == DR_OK)
        status = read_asked(l, map, &r);
    if (status == DR_OK)
        status = read_filter(l, map, &r);
    if (status == DR_OK)
        status = read_duration(l, map, "latency", &r.latency);
    if (status != DR_OK)
        return status;
    const struct { const char *key; recorder_matches *out; } lists[] = {
        { "writes", &r.writes }, { "unlike", &r.unlike }, { "unfiltered", &r.unfiltered },
        { "on", &r.on },         { "off", &r.off },       { "lost", &r.lost },
    };
    for (size_t i = 0; status == DR_OK && i < sizeof lists / sizeof *lists; i++)
        status = read_matches(l, map, lists[i].key, i == 0, lists[i].out);
    const yaml_node *routes = yaml_get(map, "routes");
    if (status == DR_OK && routes) {
        dr_str *texts;
        status = yaml_texts(l->file, routes, l->arena, &texts, &r.n_routes, l->err);
        r.routes = texts;
        r.any_route = false;
    }
    if (status != DR_OK)
        return status;
    if (r.examples && r.examples->kind != YAML_LIST)
        return yaml_fail(l->err, l->file, r.examples, "examples: expected a list");
    if (!r.writes.n)
        return yaml_fail(l->err, l->file, map, "expected the key 'writes'");
    for (size_t i = 0; i < l->recorders.n; i++)
        if (dr_str_eq(l->recorders.p[i].id, r.id))
            return yaml_fail(l->err, l->file, map, "the recorder '%.*s' is there already", DR_STR_ARG(r.id));
    if (l->recorders.n >= RECORDERS_MAX)
        return yaml_fail(l->err, l->file, map, "more than %d recorders", RECORDERS_MAX);
    return dr_vec_push(&l->recorders, r) ? DR_OK : no_memory(l);
}

static dr_status read_marks(loader *l, const yaml_node *map)
{
    dr_status status = yaml_only(l->file, map, mark_names, l->err);
    for (size_t i = 0; status == DR_OK && i < MARK_COUNT; i++)
        status = read_matches(l, map, mark_names[i], false, &l->set->marks[i]);
    return status;
}

static dr_status read_setting(loader *l, dr_str family, const yaml_node *map)
{
    static const char *const keys[] = { "shown", "changed_by", "key", "change", "added", "removed", "at_rest", "value", NULL };
    recorder_setting s = { .family = family };
    dr_status status = yaml_only(l->file, map, keys, l->err);
    if (status == DR_OK)
        status = yaml_text(l->file, map, "shown", true, &s.shown, l->err);
    if (status == DR_OK)
        status = yaml_text(l->file, map, "added", false, &s.added, l->err);
    if (status == DR_OK)
        status = yaml_text(l->file, map, "removed", false, &s.removed, l->err);
    if (status == DR_OK)
        status = read_matches(l, map, "changed_by", false, &s.changed_by);
    if (status == DR_OK)
        status = read_matches(l, map, "at_rest", false, &s.at_rest);
    const struct { const char *key; dr_sym *out; } attrs[] = { { "key", &s.key }, { "change", &s.change }, { "value", &s.value } };
    for (size_t i = 0; status == DR_OK && i < sizeof attrs / sizeof *attrs; i++) {
        const yaml_node *node = yaml_get(map, attrs[i].key);
        if (node)
            status = read_attribute(l, node, attrs[i].out);
    }
    if (status != DR_OK)
        return status;
    if (l->settings.n >= SETTINGS_MAX)
        return yaml_fail(l->err, l->file, map, "more than %d families of settings", SETTINGS_MAX);
    return dr_vec_push(&l->settings, s) ? DR_OK : no_memory(l);
}

static dr_status read_settings(loader *l, const yaml_node *map)
{
    if (map->kind != YAML_MAP)
        return yaml_fail(l->err, l->file, map, "settings: expected a map of families");
    dr_status status = DR_OK;
    for (size_t i = 0; status == DR_OK && i < map->n; i++)
        status = read_setting(l, map->keys[i]->text, map->items[i]);
    return status;
}

/* Marks and settings come first, whichever file they stand in: recorders refer to them. */
static dr_status read_documents(loader *l, bool recorders)
{
    static const char *const tables[] = { "marks", "settings", NULL };
    for (size_t i = 0; i < l->file->n; i++) {
        const yaml_node *d = l->file->documents[i];
        bool table = yaml_get(d, "marks") || yaml_get(d, "settings");
        dr_status status = DR_OK;
        if (table == recorders)
            continue;
        if (recorders) {
            status = read_recorder(l, d);
        } else {
            status = yaml_only(l->file, d, tables, l->err);
            if (status == DR_OK && yaml_get(d, "marks"))
                status = read_marks(l, yaml_get(d, "marks"));
            if (status == DR_OK && yaml_get(d, "settings"))
                status = read_settings(l, yaml_get(d, "settings"));
        }
        if (status != DR_OK)
            return status;
    }
    return DR_OK;
}

/* Which recorders write a kind: a counting sort, so that their order stays. */
static bool index_kinds(recorder_set *set, size_t n_kinds)
{
    size_t total = 0;
    for (size_t i = 0; i < set->n; i++)
        total += set->recorders[i].writes.n;
    uint32_t *first = DR_NEW_ARRAY(set->arena, uint32_t, n_kinds + 2), *order = DR_NEW_ARRAY(set->arena, uint32_t, total + 1);
    if (!first || !order)
        return false;
    /* One entry for a recorder and kind, however many forms of it the recorder writes. */
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < set->n; i++) {
            recorder_matches w = set->recorders[i].writes;
            for (size_t k = 0; k < w.n; k++) {
                bool again = false;
                for (size_t e = 0; e < k; e++)
                    again = again || w.p[e].kind == w.p[k].kind;
                if (again)
                    continue;
                if (pass == 0)
                    first[w.p[k].kind + 1]++;
                else
                    order[first[w.p[k].kind]++] = (uint32_t)i;
            }
        }
        if (pass == 0)
            for (size_t k = 1; k <= n_kinds; k++)
                first[k] += first[k - 1];
    }
    for (size_t k = n_kinds; k > 0; k--)
        first[k] = first[k - 1];
    first[0] = 0;
    set->order = order;
    set->first = first;
    set->n_kinds = n_kinds;
    return true;
}

static dr_status load_files(loader *l, const recorder_file *files, size_t n)
{
    yaml_file *parsed = DR_NEW_ARRAY(l->arena, yaml_file, n + 1);
    if (!parsed)
        return dr_fail(l->err, DR_NOMEM, "out of memory for recorders");
    for (size_t i = 0; i < n; i++) {
        dr_status status = yaml_load(l->arena, files[i].name, files[i].text, &parsed[i], l->err);
        if (status != DR_OK)
            return status;
    }
    for (int recorders = 0; recorders < 2; recorders++) {
        for (size_t i = 0; i < n; i++) {
            l->file = &parsed[i];
            dr_status status = read_documents(l, recorders == 1);
            if (status != DR_OK)
                return status;
        }
    }
    return DR_OK;
}

static dr_status finish(loader *l)
{
    recorder *recorders = DR_NEW_ARRAY(l->arena, recorder, l->recorders.n + 1);
    recorder_setting *settings = DR_NEW_ARRAY(l->arena, recorder_setting, l->settings.n + 1);
    if (!recorders || !settings)
        return dr_fail(l->err, DR_NOMEM, "out of memory for recorders");
    if (l->recorders.n)
        memcpy(recorders, l->recorders.p, l->recorders.n * sizeof *recorders);
    if (l->settings.n)
        memcpy(settings, l->settings.p, l->settings.n * sizeof *settings);
    l->set->recorders = recorders;
    l->set->n = l->recorders.n;
    l->set->settings = settings;
    l->set->n_settings = l->settings.n;
    return index_kinds(l->set, l->vocab->n_kinds) ? DR_OK : dr_fail(l->err, DR_NOMEM, "out of memory for recorders");
}

dr_status recorder_set_load(recorder_set **out, const vocabulary *vocab, const recorder_file *files, size_t n, dr_err *err)
{
    *out = NULL;
    dr_arena *arena = dr_arena_create("recorders", 0);
    recorder_set *set = arena ? DR_NEW(arena, recorder_set) : NULL;
    if (!set) {
        dr_arena_destroy(arena);
        return dr_fail(err, DR_NOMEM, "out of memory for recorders");
    }
    set->arena = arena;
    loader l = { .arena = arena, .vocab = vocab, .set = set, .err = err };
    dr_status status = load_files(&l, files, n);
    if (status == DR_OK)
        status = finish(&l);
    dr_vec_free(&l.recorders);
    dr_vec_free(&l.settings);
    if (status == DR_OK)
        *out = set;
    else
        dr_arena_destroy(arena);
    return status;
}

void recorder_set_free(recorder_set *set)
{
    if (set)
        dr_arena_destroy(set->arena);
}

const uint32_t *recorder_set_of(const recorder_set *set, uint16_t kind, size_t *n)
{
    if (kind >= set->n_kinds) {
        *n = 0;
        return NULL;
    }
    *n = set->first[kind + 1] - set->first[kind];
    return set->order + set->first[kind];
}

static bool where_fits(const recorder_where *w, dr_str value)
{
    bool fits = w->n_values == 0;
    for (size_t i = 0; i < w->n_values && !fits; i++)
        fits = dr_str_glob_fold(w->values[i], value);
    for (size_t i = 0; i < w->n_others && fits; i++)
        fits = !dr_str_glob_fold(w->others[i], value);
    return fits;
}

bool recorder_match_fits(const recorder_match *m, const fact *f)
{
    if (m->kind != f->kind)
        return false;
    for (size_t i = 0; i < m->n_where; i++) {
        dr_str value = fact_get(f, m->where[i].key);
        if (!where_fits(&m->where[i], value.p ? value : DR_STR_NONE))
            return false;
    }
    return true;
}

bool recorder_matches_fit(recorder_matches list, const fact *f)
{
    for (size_t i = 0; i < list.n; i++)
        if (recorder_match_fits(&list.p[i], f))
            return true;
    return false;
}

bool recorder_match_may_fit(const recorder_match *m, const fact_attr *attrs, size_t n)
{
    for (size_t i = 0; i < m->n_where; i++)
        for (size_t k = 0; k < n; k++)
            if (attrs[k].key == m->where[i].key && !where_fits(&m->where[i], attrs[k].value))
                return false;
    return true;
}
