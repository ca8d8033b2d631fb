#include "fact/vocabulary.h"

#include "fact/yaml.h"

#define KINDS_MAX 4096
#define ATTRS_MAX 4096
#define MEANINGS_MAX 64
#define MENTIONS_MAX 32
#define MENTION_EVENTS_MAX 32

static const char *const rung_names[] = { "present", "attempted", "started", "achieved", "persists", NULL };
static const char *const type_names[] = { "text",   "name",   "sid",  "guid", "logon", "pid",
                                          "number", "status", "path", "url",  "hash",  "time", NULL };
static const char *const link_names[] = { "none", "name", "session", "identity", NULL };

const char *rung_name(rung r)
{
    return r < RUNG_COUNT ? rung_names[r] : "none";
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

bool rung_of(dr_str name, rung *out)
{
    size_t i;
    if (!index_of(rung_names, name, &i))
        return false;
    *out = (rung)i;
    return true;
}

const char *fact_type_name(fact_type type)
{
    return type <= FACT_TIME ? type_names[type] : "text";
}

typedef struct loader {
    dr_arena *arena;
    dr_symtab *syms;
    const yaml_file *file;
    vocabulary *out;
    dr_err *err;
} loader;

static dr_status no_memory(const loader *l)
{
    return dr_fail(l->err, DR_NOMEM, "%.*s: out of memory", DR_STR_ARG(l->file->name));
}

/* The map under KEY, with its size in range. */
static dr_status section(const loader *l, const yaml_node *top, const char *key, size_t limit, const yaml_node **out)
{
    *out = yaml_get(top, key);
    if (!*out)
        return yaml_fail(l->err, l->file, top, "expected the key '%s'", key);
    if ((*out)->kind != YAML_MAP || !(*out)->n)
        return yaml_fail(l->err, l->file, *out, "%s: expected a map", key);
    if ((*out)->n > limit)
        return yaml_fail(l->err, l->file, *out, "%s: more than %zu", key, limit);
    return DR_OK;
}

static dr_status flag(const loader *l, const yaml_node *map, const char *key, bool *out)
{
    const yaml_node *node = yaml_get(map, key);
    *out = node && dr_str_is(node->text, "true");
    if (node && !*out && !dr_str_is(node->text, "false"))
        return yaml_fail(l->err, l->file, node, "%s: expected true or false", key);
    return DR_OK;
}

static dr_status read_meanings(loader *l, const yaml_node *map)
{
    vocab_meaning *list = DR_NEW_ARRAY(l->arena, vocab_meaning, map->n + 1);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < map->n; i++) {
        if (map->items[i]->kind != YAML_SCALAR)
            return yaml_fail(l->err, l->file, map->items[i], "expected a phrase");
        list[i + 1] = (vocab_meaning){ map->keys[i]->text, map->items[i]->text };
    }
    l->out->meanings = list;
    l->out->n_meanings = map->n + 1;
    return DR_OK;
}

static dr_status read_attrs(loader *l, const yaml_node *map)
{
    static const char *const keys[] = { "type", "link", NULL };
    vocab_attr *list = DR_NEW_ARRAY(l->arena, vocab_attr, map->n + 1);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < map->n; i++) {
        vocab_attr *a = &list[i + 1];
        dr_str type, link;
        size_t index = 0;
        dr_status status = yaml_only(l->file, map->items[i], keys, l->err);
        if (status == DR_OK)
            status = yaml_text(l->file, map->items[i], "type", true, &type, l->err);
        if (status == DR_OK)
            status = yaml_text(l->file, map->items[i], "link", false, &link, l->err);
        if (status != DR_OK)
            return status;
        a->name = map->keys[i]->text;
        a->sym = dr_sym_of(l->syms, a->name);
        if (!index_of(type_names, type, &index))
            return yaml_fail(l->err, l->file, yaml_get(map->items[i], "type"), "there is no type '%.*s'", DR_STR_ARG(type));
        a->type = (fact_type)index;
        index = 0;
        if (link.p && !index_of(link_names, link, &index))
            return yaml_fail(l->err, l->file, yaml_get(map->items[i], "link"), "expected identity, session, name or none");
        a->link = (fact_link)index;
    }
    l->out->attrs = list;
    l->out->n_attrs = map->n + 1;
    return DR_OK;
}

static dr_status read_kinds(loader *l, const yaml_node *map)
{
    static const char *const keys[] = { "shown", "ceiling", "control", "at_rest", "launch", "detail", NULL };
    vocab_kind *list = DR_NEW_ARRAY(l->arena, vocab_kind, map->n + 1);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < map->n; i++) {
        const yaml_node *item = map->items[i];
        vocab_kind *k = &list[i + 1];
        dr_str ceiling;
        k->name = map->keys[i]->text;
        k->sym = dr_sym_of(l->syms, k->name);
        if (dr_str_find_char(k->name, '.') == SIZE_MAX)
            return yaml_fail(l->err, l->file, map->keys[i], "expected a kind of the form noun.verb");
        dr_status status = yaml_only(l->file, item, keys, l->err);
        if (status == DR_OK)
            status = yaml_text(l->file, item, "shown", true, &k->shown, l->err);
        if (status == DR_OK)
            status = yaml_text(l->file, item, "ceiling", true, &ceiling, l->err);
        if (status == DR_OK)
            status = flag(l, item, "control", &k->control);
        if (status == DR_OK)
            status = flag(l, item, "at_rest", &k->at_rest);
        if (status == DR_OK)
            status = flag(l, item, "launch", &k->launch);
        const yaml_node *detail = yaml_get(item, "detail");
        dr_str *names = NULL;
        if (status == DR_OK && detail)
            status = yaml_texts(l->file, detail, l->arena, &names, &k->n_detail, l->err);
        k->detail = names;
        for (size_t d = 0; status == DR_OK && d < k->n_detail; d++) {
            if (!dr_sym_find(l->syms, names[d]))
                status = yaml_fail(l->err, l->file, detail, "there is no attribute '%.*s'", DR_STR_ARG(names[d]));
        }
        if (status != DR_OK)
            return status;
        if (!rung_of(ceiling, &k->ceiling))
            return yaml_fail(l->err, l->file, yaml_get(item, "ceiling"),
                             "expected present, attempted, started, achieved or persists");
    }
    l->out->kinds = list;
    l->out->n_kinds = map->n + 1;
    return DR_OK;
}

static dr_status read_events(loader *l, const yaml_node *node, vocab_mention *m)
{
    dr_str *texts = NULL;
    dr_status status = node ? yaml_texts(l->file, node, l->arena, &texts, &m->n_events, l->err) : DR_OK;
    uint32_t *events = DR_NEW_ARRAY(l->arena, uint32_t, m->n_events);
    if (status == DR_OK && !events)
        return no_memory(l);
    for (size_t i = 0; status == DR_OK && i < m->n_events; i++) {
        uint64_t id;
        if (m->n_events > MENTION_EVENTS_MAX || !dr_str_to_u64(texts[i], &id) || id > UINT16_MAX)
            return yaml_fail(l->err, l->file, node, "expected ids of events, %d at most", MENTION_EVENTS_MAX);
        events[i] = (uint32_t)id;
    }
    m->events = events;
    return status;
}

static dr_status read_mentions(loader *l, const yaml_node *map)
{
    static const char *const keys[] = { "shown", "channel", "events", "text", "counts", NULL };
    vocab_mention *list = DR_NEW_ARRAY(l->arena, vocab_mention, map->n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < map->n; i++) {
        const yaml_node *item = map->items[i];
        vocab_mention *m = &list[i];
        m->name = map->keys[i]->text;
        dr_status status = yaml_only(l->file, item, keys, l->err);
        if (status == DR_OK)
            status = yaml_text(l->file, item, "shown", true, &m->shown, l->err);
        if (status == DR_OK)
            status = yaml_text(l->file, item, "channel", false, &m->channel, l->err);
        if (status == DR_OK)
            status = yaml_text(l->file, item, "text", false, &m->text, l->err);
        const yaml_node *counts = yaml_get(item, "counts");
        dr_str *phrases = NULL;
        size_t n = 0;
        if (status == DR_OK && counts)
            status = yaml_texts(l->file, counts, l->arena, &phrases, &n, l->err);
        if (status == DR_OK && counts && n != 2)
            return yaml_fail(l->err, l->file, counts, "expected two phrases: of one, of many");
        if (status == DR_OK && counts) {
            m->one = phrases[0];
            m->many = phrases[1];
        }
        if (status == DR_OK)
            status = read_events(l, yaml_get(item, "events"), m);
        if (status != DR_OK)
            return status;
        if (m->n_events && !m->channel.n)
            return yaml_fail(l->err, l->file, item, "events need the key 'channel'");
        if (m->channel.n && m->text.n)
            return yaml_fail(l->err, l->file, item, "expected 'channel' or 'text', not both");
    }
    l->out->mentions = list;
    l->out->n_mentions = map->n;
    return DR_OK;
}

/* Symbols are small numbers, so a name is found by its place in an array. */
static dr_status make_index(loader *l)
{
    vocabulary *v = l->out;
    dr_sym highest = 0;
    for (size_t i = 1; i < v->n_kinds; i++)
        highest = v->kinds[i].sym > highest ? v->kinds[i].sym : highest;
    for (size_t i = 1; i < v->n_attrs; i++)
        highest = v->attrs[i].sym > highest ? v->attrs[i].sym : highest;
    v->n_by_sym = (size_t)highest + 1;
    uint16_t *kinds = DR_NEW_ARRAY(l->arena, uint16_t, v->n_by_sym), *attrs = DR_NEW_ARRAY(l->arena, uint16_t, v->n_by_sym);
    if (!kinds || !attrs || dr_symtab_failed(l->syms))
        return no_memory(l);
    for (size_t i = 1; i < v->n_kinds; i++)
        kinds[v->kinds[i].sym] = (uint16_t)i;
    for (size_t i = 1; i < v->n_attrs; i++)
        attrs[v->attrs[i].sym] = (uint16_t)i;
    v->kind_by_sym = kinds;
    v->attr_by_sym = attrs;
    return DR_OK;
}

dr_status vocabulary_load(dr_arena *arena, dr_symtab *syms, dr_str name, dr_str text, vocabulary *out, dr_err *err)
{
    static const char *const keys[] = { "meanings", "attributes", "kinds", "mentions", NULL };
    yaml_file file;
    loader l = { arena, syms, &file, out, err };
    const yaml_node *node = NULL;
    *out = (vocabulary){ .syms = syms };
    dr_status status = yaml_load(arena, name, text, &file, err);
    if (status == DR_OK && file.n != 1)
        status = yaml_fail(err, &file, NULL, "expected one document");
    if (status == DR_OK)
        status = yaml_only(&file, file.documents[0], keys, err);
    if (status == DR_OK)
        status = section(&l, file.documents[0], "meanings", MEANINGS_MAX, &node);
    if (status == DR_OK)
        status = read_meanings(&l, node);
    if (status == DR_OK)
        status = section(&l, file.documents[0], "attributes", ATTRS_MAX, &node);
    if (status == DR_OK)
        status = read_attrs(&l, node);
    if (status == DR_OK)
        status = section(&l, file.documents[0], "kinds", KINDS_MAX, &node);
    if (status == DR_OK)
        status = read_kinds(&l, node);
    if (status == DR_OK && yaml_get(file.documents[0], "mentions")) {
        status = section(&l, file.documents[0], "mentions", MENTIONS_MAX, &node);
        if (status == DR_OK)
            status = read_mentions(&l, node);
    }
    return status == DR_OK ? make_index(&l) : status;
}

uint16_t vocab_kind_of(const vocabulary *v, dr_str name)
{
    dr_sym sym = dr_sym_find(v->syms, name);
    return sym < v->n_by_sym ? v->kind_by_sym[sym] : 0;
}

uint16_t vocab_meaning_of(const vocabulary *v, dr_str name)
{
    for (size_t i = 1; i < v->n_meanings; i++) {
        if (dr_str_eq(v->meanings[i].name, name))
            return (uint16_t)i;
    }
    return 0;
}

const vocab_attr *vocab_attr_of(const vocabulary *v, dr_sym sym)
{
    return sym && sym < v->n_by_sym && v->attr_by_sym[sym] ? &v->attrs[v->attr_by_sym[sym]] : NULL;
}

static bool channel_fits(dr_str pattern, dr_str channel)
{
    if (dr_str_ends(pattern, DR_STR("*")))
        return dr_str_starts_fold(channel, dr_str_sub(pattern, 0, pattern.n - 1));
    return dr_str_eq_fold(pattern, channel);
}

size_t vocab_mention_of(const vocabulary *v, dr_str channel, uint32_t event, dr_str text)
{
    for (size_t i = 0; i < v->n_mentions; i++) {
        const vocab_mention *m = &v->mentions[i];
        if (m->channel.n && (!channel.n || !channel_fits(m->channel, channel)))
            continue;
        if (m->text.n && (channel.n || !dr_str_eq(m->text, text)))
            continue;
        bool asked = m->n_events == 0;
        for (size_t k = 0; k < m->n_events && !asked; k++)
            asked = m->events[k] == event;
        if (asked)
            return i;
    }
    return v->n_mentions;
}
