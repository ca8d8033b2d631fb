/* Compiles the files of data/facts. */
#include "fact/map_parts.h"

#include "base/utf.h"

#include <inttypes.h>

#define DOCUMENT_GROUPS_MAX 32
#define MAPS_MAX 16384

typedef struct loader {
    fact_maps *maps;
    const yaml_file *file;
    const yaml_node *groups;     /* named sets of attributes of the document */
    const yaml_node *let;        /* variables of the map being read */
    const fact_map *head;        /* what all maps of the document share */
    size_t known_variables;      /* those that may be used so far */
    dr_err *err;
} loader;

static dr_status no_memory(const loader *l)
{
    return dr_fail(l->err, DR_NOMEM, "%.*s: out of memory", DR_STR_ARG(l->file->name));
}

static dr_status wrong(const loader *l, const yaml_node *at, const char *what)
{
    return yaml_fail(l->err, l->file, at, "%s", what);
}

dr_str fact_maps_key(char buffer[MAP_KEY_MAX], char what, dr_str name, uint32_t event_id)
{
    size_t n = 0, at = 0;
    if (name.n > 80) /* longer than any provider's name, and folding may need three bytes for one */
        return DR_STR_NONE;
    buffer[n++] = what;
    while (at < name.n)
        n += dr_wtf8_put(dr_fold_code(dr_wtf8_next(name, &at)), buffer + n);
    buffer[n++] = '\0';
    for (int shift = 24; shift >= 0; shift -= 8)
        buffer[n++] = (char)(unsigned char)(event_id >> shift);
    return (dr_str){ buffer, n };
}

/* --- expressions ------------------------------------------------------------------------------- */

static const char *const system_names[] = { "$.pid",     "$.tid",  "$.user",  "$.activity", "$.computer", "$.channel", "$.provider",
                                            "$.time", "$.level", "$.version",  "$.place",    "$.record",  NULL };

static dr_status field_slot(loader *l, dr_str name, size_t nth, size_t *slot)
{
    char buffer[MAP_KEY_MAX];
    dr_str key = fact_maps_key(buffer, 'F', name, (uint32_t)nth);
    uint64_t *value;
    bool is_new;
    if (!key.n || dr_map_put(l->maps->field_slots, key, &value, &is_new) != DR_OK)
        return no_memory(l);
    if (is_new) {
        map_field f = { name, nth };
        if (!dr_vec_push(&l->maps->fields, f))
            return no_memory(l);
        *value = l->maps->fields.n;
    }
    *slot = (size_t)*value - 1;
    return DR_OK;
}

static dr_status read_reference(loader *l, const yaml_node *node, expr *out)
{
    dr_str name = dr_str_from(node->text, 1);
    uint64_t position;
    for (size_t i = 0; i < l->known_variables; i++) {
        if (dr_str_eq(l->let->keys[i]->text, name)) {
            *out = (expr){ .kind = EXPR_VARIABLE, .index = i };
            return DR_OK;
        }
    }
    if (name.p[0] == '.') {
        for (size_t i = 0; system_names[i]; i++) {
            if (dr_str_is(node->text, system_names[i])) {
                *out = (expr){ .kind = EXPR_SYSTEM, .index = i };
                return DR_OK;
            }
        }
        dr_str near = yaml_nearest(node->text, system_names);
        return yaml_fail(l->err, l->file, node, "there is no '%.*s'%s%.*s%s", DR_STR_ARG(node->text),
                         near.n ? "; '" : "", DR_STR_ARG(near), near.n ? "' may be meant" : "");
    }
    if (name.n > 80)
        return wrong(l, node, "expected the name of a field");
    *out = (expr){ .kind = EXPR_FIELD };
    if (dr_str_to_u64(name, &position) && position >= 1 && position <= 256)
        return field_slot(l, DR_STR_NONE, (size_t)position - 1, &out->index);
    size_t hash = dr_str_rfind_char(name, '#'); /* $Name#2: the second of that name */
    if (hash != SIZE_MAX && hash > 0 && dr_str_to_u64(dr_str_from(name, hash + 1), &position) && position >= 1 && position <= 256)
        return field_slot(l, dr_str_sub(name, 0, hash), (size_t)position - 1, &out->index);
    return field_slot(l, name, 0, &out->index);
}

static dr_status read_expr(loader *l, const yaml_node *node, expr *out);

static dr_status read_list(loader *l, const yaml_node *node, const expr **items, size_t *n)
{
    if (node->kind != YAML_LIST || !node->n)
        return wrong(l, node, "expected a list of values");
    expr *list = DR_NEW_ARRAY(l->maps->arena, expr, node->n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < node->n; i++)
        DR_TRY(read_expr(l, node->items[i], &list[i]));
    *items = list;
    *n = node->n;
    return DR_OK;
}

static const char *const step_names[STEP_COUNT + 1] = {
    "regex",  "split",     "after",          "before", "after-last", "before-last", "bytes",     "map",
    "default", "xml",      "hex-utf16",      "hex-ascii", "hex-le",  "hex-systemtime", "hex",    "filetime",
    "time",   "guid",      "sid",            "sid-bytes", "number",  "status",      "upper",     "lower",
    "trim",   "basename",  "name-of",        "domain-of", "unescape", "unquote",    "registry-key", "backslashes", NULL,
};

static dr_status read_regex(loader *l, const yaml_node *node, matcher **out)
{
    dr_err why = { "" };
    if (!node || node->kind != YAML_SCALAR)
        return wrong(l, node, "expected a regular expression");
    dr_status status = matcher_create(out, node->text, &why);
    if (status != DR_OK)
        return status == DR_NOMEM ? no_memory(l) : yaml_fail(l->err, l->file, node, "regex: %s", why.text);
    if (!dr_vec_push(&l->maps->matchers, *out)) {
        matcher_destroy(*out);
        return no_memory(l);
    }
    return DR_OK;
}

static dr_status read_index(loader *l, const yaml_node *node, long *out)
{
    int64_t value;
    if (node->kind != YAML_SCALAR || !dr_str_to_i64(node->text, &value) || value < -1024 || value > 1024 * 1024)
        return wrong(l, node, "expected a whole number");
    *out = (long)value;
    return DR_OK;
}

static dr_status read_pairs(loader *l, const yaml_node *node, step *s)
{
    if (node->kind != YAML_MAP)
        return wrong(l, node, "map: expected pairs of values");
    map_pair *pairs = DR_NEW_ARRAY(l->maps->arena, map_pair, node->n);
    if (!pairs)
        return no_memory(l);
    for (size_t i = 0; i < node->n; i++) {
        if (node->items[i]->kind != YAML_SCALAR)
            return wrong(l, node->items[i], "expected text");
        if (dr_str_is(node->keys[i]->text, "else")) {
            if (!dr_str_is(node->items[i]->text, "keep"))
                return wrong(l, node->items[i], "else: expected keep");
            s->keep = true;
            continue;
        }
        pairs[s->n_pairs++] = (map_pair){ node->keys[i]->text, node->items[i]->text };
    }
    s->pairs = pairs;
    return DR_OK;
}

/* The argument of a transform that needs one. */
static dr_status read_argument(loader *l, const yaml_node *at, const yaml_node *arg, step *s)
{
    switch ((int)s->op) {
    case STEP_REGEX: return read_regex(l, arg, &s->regex);
    case STEP_MAP: return read_pairs(l, arg, s);
    case STEP_SPLIT:
        if (arg->kind != YAML_LIST || arg->n != 2 || arg->items[0]->kind != YAML_SCALAR || arg->items[0]->text.n != 1)
            return wrong(l, arg, "split: expected [separator of one character, number of the part]");
        s->text = arg->items[0]->text;
        return read_index(l, arg->items[1], &s->index);
    case STEP_BYTES: {
        long size = 0;
        if (arg->kind != YAML_LIST || arg->n != 2)
            return wrong(l, arg, "bytes: expected [offset, number of bytes]");
        DR_TRY(read_index(l, arg->items[0], &s->index));
        DR_TRY(read_index(l, arg->items[1], &size));
        if (size <= 0 || s->index < 0)
            return wrong(l, arg, "bytes: expected [offset, number of bytes]");
        s->size = (size_t)size;
        return DR_OK;
    }
    case STEP_AFTER:
    case STEP_BEFORE:
    case STEP_AFTER_LAST:
    case STEP_BEFORE_LAST:
    case STEP_DEFAULT:
    case STEP_XML:
        if (arg->kind != YAML_SCALAR || !arg->text.n)
            return yaml_fail(l->err, l->file, arg, "%s: expected text", step_names[s->op]);
        s->text = arg->text;
        return DR_OK;
    default: return yaml_fail(l->err, l->file, at, "%s: takes no argument", step_names[s->op]);
    }
}

static dr_status read_step(loader *l, const yaml_node *node, step *s)
{
    const yaml_node *arg = NULL;
    const yaml_node *at = node;
    if (node->kind == YAML_MAP && node->n == 1) {
        at = node->keys[0];
        arg = node->items[0];
    } else if (node->kind != YAML_SCALAR)
        return wrong(l, node, "expected a transform, or {transform: argument}");
    size_t op = 0;
    while (step_names[op] && !dr_str_is(at->text, step_names[op]))
        op++;
    if (!step_names[op]) {
        dr_str near = yaml_nearest(at->text, step_names);
        return yaml_fail(l->err, l->file, at, "there is no transform '%.*s'%s%.*s%s", DR_STR_ARG(at->text),
                         near.n ? "; '" : "", DR_STR_ARG(near), near.n ? "' may be meant" : "");
    }
    *s = (step){ .op = (step_op)op };
    if (!arg && s->op <= STEP_XML)
        return yaml_fail(l->err, l->file, at, "%s: needs an argument", step_names[op]);
    return arg ? read_argument(l, at, arg, s) : DR_OK;
}

static dr_status read_chain(loader *l, const yaml_node *node, expr *out)
{
    static const char *const keys[] = { "from", "do", "join", "minus", NULL };
    const yaml_node *from = yaml_get(node, "from"), *steps = yaml_get(node, "do");
    const yaml_node *join = yaml_get(node, "join"), *minus = yaml_get(node, "minus");
    DR_TRY(yaml_only(l->file, node, keys, l->err));
    if ((from != NULL) + (join != NULL) + (minus != NULL) != 1)
        return wrong(l, node, "expected one of from, join and minus");
    expr inner = { 0 };
    if (from) {
        DR_TRY(read_expr(l, from, &inner));
    } else {
        inner.kind = join ? EXPR_JOIN : EXPR_MINUS;
        DR_TRY(read_list(l, join ? join : minus, &inner.items, &inner.n));
        if (minus && inner.n != 2)
            return wrong(l, minus, "minus: expected two values");
    }
    if (!steps) {
        *out = inner;
        return DR_OK;
    }
    size_t n = steps->kind == YAML_LIST ? steps->n : 1;
    step *list = DR_NEW_ARRAY(l->maps->arena, step, n);
    expr *item = DR_NEW(l->maps->arena, expr);
    if (!list || !item)
        return no_memory(l);
    for (size_t i = 0; i < n; i++)
        DR_TRY(read_step(l, steps->kind == YAML_LIST ? steps->items[i] : steps, &list[i]));
    *item = inner;
    *out = (expr){ .kind = EXPR_CHAIN, .items = item, .n = 1, .steps = list, .n_steps = n };
    return DR_OK;
}

static dr_status read_expr(loader *l, const yaml_node *node, expr *out)
{
    if (node->kind == YAML_MAP)
        return read_chain(l, node, out);
    if (node->kind == YAML_LIST) {
        *out = (expr){ .kind = EXPR_FIRST };
        return read_list(l, node, &out->items, &out->n);
    }
    if (node->text.n > 1 && node->text.p[0] == '$')
        return read_reference(l, node, out);
    *out = (expr){ .kind = EXPR_LITERAL, .text = node->text };
    return DR_OK;
}

/* --- conditions -------------------------------------------------------------------------------- */

static dr_status read_test(loader *l, const yaml_node *node, test *t)
{
    *t = (test){ 0 };
    if (node->kind == YAML_MAP && node->n == 1 && dr_str_is(node->keys[0]->text, "regex")) {
        t->op = TEST_REGEX;
        return read_regex(l, node->items[0], &t->regex);
    }
    if (node->kind != YAML_SCALAR)
        return wrong(l, node, "expected a value, '!= value', '> number', '< number', '*part*' or {regex: expression}");
    dr_str text = node->text;
    if (dr_str_starts(text, DR_STR("!="))) {
        t->text = dr_str_trim(dr_str_from(text, 2));
        t->op = t->text.n ? TEST_NOT : TEST_FILLED;
        if (dr_str_find_char(t->text, '*') != SIZE_MAX)
            t->op = TEST_NOT_GLOB;
    } else if (text.n > 2 && (text.p[0] == '>' || text.p[0] == '<') && text.p[1] == ' ') {
        t->op = text.p[0] == '>' ? TEST_MORE : TEST_LESS;
        t->text = dr_str_trim(dr_str_from(text, 2));
    } else {
        t->text = text;
        t->op = !text.n ? TEST_EMPTY : dr_str_find_char(text, '*') != SIZE_MAX ? TEST_GLOB : TEST_EQUAL;
    }
    t->has_number = !dr_str_starts(t->text, DR_STR("%%")) && (dr_str_to_i64(t->text, &t->number) ||
                    dr_str_to_u64(t->text, (uint64_t *)&t->number));
    if ((t->op == TEST_MORE || t->op == TEST_LESS) && !t->has_number)
        return yaml_fail(l->err, l->file, node, "expected a number after '%c'", text.p[0]);
    return DR_OK;
}

static dr_status read_where(loader *l, const yaml_node *node, fact_map *map)
{
    if (!node)
        return DR_OK;
    if (node->kind != YAML_MAP)
        return wrong(l, node, "where: expected a map of $fields to values");
    condition *list = DR_NEW_ARRAY(l->maps->arena, condition, node->n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < node->n; i++) {
        const yaml_node *value = node->items[i];
        size_t n = value->kind == YAML_LIST ? value->n : 1;
        if (node->keys[i]->text.n < 2 || node->keys[i]->text.p[0] != '$')
            return wrong(l, node->keys[i], "expected the name of a field, with a $ before it");
        DR_TRY(read_reference(l, node->keys[i], &list[i].of));
        test *tests = DR_NEW_ARRAY(l->maps->arena, test, n);
        if (!tests)
            return no_memory(l);
        for (size_t t = 0; t < n; t++) {
            DR_TRY(read_test(l, value->kind == YAML_LIST ? value->items[t] : value, &tests[t]));
            bool negated = tests[t].op == TEST_NOT || tests[t].op == TEST_NOT_GLOB || tests[t].op == TEST_FILLED;
            if (t > 0 && negated != list[i].negated)
                return wrong(l, value, "a list is either of values or of '!= value'");
            list[i].negated = negated;
        }
        list[i].tests = tests;
        list[i].n = n;
    }
    map->where = list;
    map->n_where = node->n;
    return DR_OK;
}

/* --- attributes -------------------------------------------------------------------------------- */

typedef DR_VEC(map_attr) attr_list;

static dr_status put_attr(loader *l, const yaml_node *key, const yaml_node *value, attr_list *attrs)
{
    dr_sym sym = dr_sym_find(l->maps->vocab->syms, key->text);
    const vocab_attr *attr = vocab_attr_of(l->maps->vocab, sym);
    if (!attr)
        return yaml_fail(l->err, l->file, key, "there is no attribute '%.*s' in the vocabulary", DR_STR_ARG(key->text));
    map_attr a = { .key = sym, .type = attr->type };
    DR_TRY(read_expr(l, value, &a.value));
    for (size_t i = 0; i < attrs->n; i++) {
        if (attrs->p[i].key == sym) { /* what the map says itself goes before its groups */
            attrs->p[i] = a;
            return DR_OK;
        }
    }
    if (attrs->n >= FACT_ATTRS_MAX)
        return yaml_fail(l->err, l->file, key, "more than %d attributes", FACT_ATTRS_MAX);
    return dr_vec_push(attrs, a) ? DR_OK : no_memory(l);
}

static dr_status put_attrs(loader *l, const yaml_node *map, attr_list *attrs)
{
    if (map->kind != YAML_MAP)
        return wrong(l, map, "expected a map of attributes to values");
    for (size_t i = 0; i < map->n; i++)
        DR_TRY(put_attr(l, map->keys[i], map->items[i], attrs));
    return DR_OK;
}

static dr_status collect_attrs(loader *l, const yaml_node *node, attr_list *attrs)
{
    const yaml_node *use = yaml_get(node, "use"), *set = yaml_get(node, "set");
    dr_str *names = NULL;
    size_t n = 0;
    if (use)
        DR_TRY(yaml_texts(l->file, use, l->maps->arena, &names, &n, l->err));
    for (size_t i = 0; i < n; i++) {
        const yaml_node *group = NULL;
        for (size_t g = 0; l->groups && g < l->groups->n; g++) {
            if (dr_str_eq(l->groups->keys[g]->text, names[i]))
                group = l->groups->items[g];
        }
        if (!group)
            return yaml_fail(l->err, l->file, use->kind == YAML_LIST ? use->items[i] : use, "there is no group '%.*s'",
                             DR_STR_ARG(names[i]));
        DR_TRY(put_attrs(l, group, attrs));
    }
    return set ? put_attrs(l, set, attrs) : DR_OK;
}

static dr_status read_attrs(loader *l, const yaml_node *node, fact_map *map)
{
    attr_list attrs = { 0 };
    dr_status status = collect_attrs(l, node, &attrs);
    map_attr *list = status == DR_OK ? DR_NEW_ARRAY(l->maps->arena, map_attr, attrs.n) : NULL;
    if (status == DR_OK && !list)
        status = no_memory(l);
    for (size_t i = 0; status == DR_OK && i < attrs.n; i++)
        list[i] = attrs.p[i];
    map->attrs = list;
    map->n_attrs = attrs.n;
    dr_vec_free(&attrs);
    return status;
}

static dr_status read_needs(loader *l, const yaml_node *node, fact_map *map)
{
    dr_str *names;
    size_t n;
    if (!node)
        return DR_OK;
    DR_TRY(yaml_texts(l->file, node, l->maps->arena, &names, &n, l->err));
    dr_sym *needs = DR_NEW_ARRAY(l->maps->arena, dr_sym, n);
    if (!needs)
        return no_memory(l);
    for (size_t i = 0; i < n; i++) {
        bool set = false;
        needs[i] = dr_sym_find(l->maps->vocab->syms, names[i]);
        for (size_t a = 0; a < map->n_attrs; a++)
            set = set || (needs[i] && map->attrs[a].key == needs[i]);
        if (!set)
            return yaml_fail(l->err, l->file, node->kind == YAML_LIST ? node->items[i] : node,
                             "needs: this map does not set '%.*s'", DR_STR_ARG(names[i]));
    }
    map->needs = needs;
    map->n_needs = n;
    return DR_OK;
}

/* --- maps -------------------------------------------------------------------------------------- */

static dr_status read_meaning(loader *l, const yaml_node *node, uint16_t *out)
{
    *out = node->kind == YAML_SCALAR ? vocab_meaning_of(l->maps->vocab, node->text) : 0;
    return *out ? DR_OK : wrong(l, node, "expected a meaning of time that is in the vocabulary");
}

static dr_status read_time(loader *l, const yaml_node *node, fact_map *map)
{
    static const char *const keys[] = { "value", "means", "precision", NULL };
    if (!node)
        return DR_OK;
    if (node->kind == YAML_SCALAR)
        return read_meaning(l, node, &map->means);
    DR_TRY(yaml_only(l->file, node, keys, l->err));
    const yaml_node *value = yaml_get(node, "value"), *means = yaml_get(node, "means"), *precision = yaml_get(node, "precision");
    if (value) {
        map->has_time = true;
        DR_TRY(read_expr(l, value, &map->time));
    }
    if (precision && (precision->kind != YAML_SCALAR || !dr_duration_parse(precision->text, &map->precision) || map->precision <= 0))
        return wrong(l, precision, "precision: expected a duration such as 500ms or 1s");
    return means ? read_meaning(l, means, &map->means) : DR_OK;
}

static dr_status read_numbers(loader *l, const yaml_node *node, const char *what, const uint32_t **out, size_t *n)
{
    dr_str *texts;
    *out = NULL;
    *n = 0;
    if (!node)
        return DR_OK;
    DR_TRY(yaml_texts(l->file, node, l->maps->arena, &texts, n, l->err));
    uint32_t *numbers = DR_NEW_ARRAY(l->maps->arena, uint32_t, *n);
    if (!numbers)
        return no_memory(l);
    for (size_t i = 0; i < *n; i++) {
        uint64_t value;
        if (!dr_str_to_u64(texts[i], &value) || value > UINT32_MAX)
            return yaml_fail(l->err, l->file, node->kind == YAML_LIST ? node->items[i] : node, "%s: expected a number", what);
        numbers[i] = (uint32_t)value;
    }
    *out = numbers;
    return DR_OK;
}

static dr_status read_audit(loader *l, const yaml_node *node, fact_map *map)
{
    if (!node)
        return DR_OK;
    if (dr_str_is(node->text, "success"))
        map->audit = AUDIT_SUCCESS;
    else if (dr_str_is(node->text, "failure"))
        map->audit = AUDIT_FAILURE;
    else
        return wrong(l, node, "audit: expected success or failure");
    return DR_OK;
}

static dr_status index_map(loader *l, char what, dr_str name, uint32_t event_id, uint16_t map)
{
    char buffer[MAP_KEY_MAX];
    dr_str key = fact_maps_key(buffer, what, name, event_id);
    uint64_t *slot;
    struct map_chain link = { map, 0 };
    if (!key.n || dr_map_put(l->maps->index, key, &slot, NULL) != DR_OK || !dr_vec_push(&l->maps->chains, link))
        return no_memory(l);
    uint32_t fresh = (uint32_t)l->maps->chains.n;
    if (!*slot) {
        *slot = fresh;
        return DR_OK;
    }
    struct map_chain *last = &l->maps->chains.p[*slot - 1];
    while (last->next)
        last = &l->maps->chains.p[last->next - 1];
    last->next = fresh;
    return DR_OK;
}

static dr_status add_map(loader *l, const fact_map *map)
{
    if (l->maps->maps.n >= MAPS_MAX || !dr_vec_push(&l->maps->maps, *map))
        return no_memory(l);
    uint16_t index = (uint16_t)(l->maps->maps.n - 1);
    if (map->schema.n)
        return index_map(l, 'S', map->schema, 0, index);
    for (size_t i = 0; i < map->n_providers; i++)
        DR_TRY(index_map(l, 'E', map->providers[i], map->event_id, index));
    return DR_OK;
}

static dr_status read_variables(loader *l, const yaml_node *node, fact_map *map)
{
    l->let = node;
    l->known_variables = 0;
    if (!node)
        return DR_OK;
    if (node->kind != YAML_MAP || node->n > MAP_VARIABLES_MAX)
        return yaml_fail(l->err, l->file, node, "let: expected a map of at most %d names to values", MAP_VARIABLES_MAX);
    for (size_t i = 0; i < node->n; i++) {
        DR_TRY(read_expr(l, node->items[i], &map->variables[i]));
        l->known_variables = i + 1;
    }
    map->n_variables = node->n;
    return DR_OK;
}

static dr_status read_map(loader *l, const yaml_node *node)
{
    static const char *const keys[] = { "event", "version", "audit", "where", "let", "fact", "choice", "time",
                                        "use", "set", "expects", "needs", "classic", NULL };
    fact_map map = *l->head;
    const uint32_t *events;
    size_t n;
    dr_str kind;
    DR_TRY(yaml_only(l->file, node, keys, l->err));
    DR_TRY(read_numbers(l, yaml_get(node, "event"), "event", &events, &n));
    if (map.schema.n ? n > 0 : n == 0)
        return wrong(l, node, map.schema.n ? "rows have no event" : "expected the key 'event'");
    DR_TRY(read_numbers(l, yaml_get(node, "version"), "version", &map.versions, &map.n_versions));
    DR_TRY(read_audit(l, yaml_get(node, "audit"), &map));
    DR_TRY(read_variables(l, yaml_get(node, "let"), &map));
    DR_TRY(read_where(l, yaml_get(node, "where"), &map));
    DR_TRY(yaml_text(l->file, node, "fact", true, &kind, l->err));
    map.kind = vocab_kind_of(l->maps->vocab, kind);
    if (!map.kind)
        return yaml_fail(l->err, l->file, yaml_get(node, "fact"), "there is no kind of fact '%.*s' in the vocabulary", DR_STR_ARG(kind));
    DR_TRY(yaml_text(l->file, node, "choice", false, &map.choice, l->err));
    DR_TRY(read_time(l, yaml_get(node, "time"), &map));
    DR_TRY(read_attrs(l, node, &map));
    DR_TRY(read_needs(l, yaml_get(node, "needs"), &map));
    const yaml_node *expects = yaml_get(node, "expects");
    if (expects)
        DR_TRY(read_list(l, expects, &map.expects, &map.n_expects));
    map.place = dr_arena_printf(l->maps->arena, "%.*s:%" PRIu32, DR_STR_ARG(l->file->name), node->line);
    for (size_t i = 0; i < (map.schema.n ? 1 : n); i++) {
        map.event_id = map.schema.n ? 0 : events[i];
        DR_TRY(add_map(l, &map));
    }
    return DR_OK;
}

static dr_status read_flag(loader *l, const yaml_node *map, const char *key, bool *out)
{
    const yaml_node *node = yaml_get(map, key);
    *out = node && dr_str_is(node->text, "true");
    if (node && !*out && !dr_str_is(node->text, "false"))
        return yaml_fail(l->err, l->file, node, "%s: expected true or false", key);
    return DR_OK;
}

static dr_status read_head(loader *l, const yaml_node *top, fact_map *head)
{
    const yaml_node *provider = yaml_get(top, "provider"), *channel = yaml_get(top, "channel");
    dr_str *texts;
    *head = (fact_map){ .precision = 1 };
    DR_TRY(yaml_text(l->file, top, "schema", false, &head->schema, l->err));
    if (!head->schema.n == !provider)
        return wrong(l, top, "expected either a provider or a schema");
    if (provider) {
        DR_TRY(yaml_texts(l->file, provider, l->maps->arena, &texts, &head->n_providers, l->err));
        head->providers = texts;
    }
    if (channel) {
        DR_TRY(yaml_texts(l->file, channel, l->maps->arena, &texts, &head->n_channels, l->err));
        head->channels = texts;
    }
    DR_TRY(read_flag(l, top, "marked", &head->marked));
    DR_TRY(read_flag(l, top, "classic", &head->classic));
    head->means = vocab_meaning_of(l->maps->vocab, DR_STR("occurred"));
    return read_time(l, yaml_get(top, "time"), head);
}

static dr_status read_examples(loader *l, const yaml_node *node, const fact_map *head)
{
    if (!node)
        return DR_OK;
    if (node->kind != YAML_LIST)
        return wrong(l, node, "examples: expected a list");
    for (size_t i = 0; i < node->n; i++) {
        map_example e = { l->file, node->items[i], head };
        if (node->items[i]->kind != YAML_MAP || !yaml_get(node->items[i], "given") || !yaml_get(node->items[i], "expect"))
            return wrong(l, node->items[i], "expected an example: {given, expect}");
        if (!dr_vec_push(&l->maps->examples, e))
            return no_memory(l);
    }
    return DR_OK;
}

static dr_status read_document(loader *l, const yaml_node *top)
{
    static const char *const keys[] = { "provider", "channel", "schema", "marked", "classic", "time", "groups", "maps", "examples", NULL };
    fact_map *head = DR_NEW(l->maps->arena, fact_map);
    if (!head)
        return no_memory(l);
    DR_TRY(yaml_only(l->file, top, keys, l->err));
    DR_TRY(read_head(l, top, head));
    l->head = head;
    l->groups = yaml_get(top, "groups");
    if (l->groups && (l->groups->kind != YAML_MAP || l->groups->n > DOCUMENT_GROUPS_MAX))
        return yaml_fail(l->err, l->file, l->groups, "groups: expected a map of at most %d groups", DOCUMENT_GROUPS_MAX);
    const yaml_node *maps = yaml_get(top, "maps");
    if (!maps || maps->kind != YAML_LIST)
        return wrong(l, maps ? maps : top, "expected the key 'maps' with a list");
    for (size_t i = 0; i < maps->n; i++)
        DR_TRY(read_map(l, maps->items[i]));
    return read_examples(l, yaml_get(top, "examples"), head);
}

static dr_status read_file(fact_maps *maps, const fact_maps_file *from, dr_err *err)
{
    yaml_file *file = DR_NEW(maps->arena, yaml_file);
    if (!file)
        return dr_fail(err, DR_NOMEM, "out of memory");
    DR_TRY(yaml_load(maps->arena, from->name, from->text, file, err));
    for (size_t i = 0; i < file->n; i++) {
        loader l = { .maps = maps, .file = file, .err = err };
        DR_TRY(read_document(&l, file->documents[i]));
    }
    return DR_OK;
}

dr_status fact_maps_load(fact_maps **out, const vocabulary *vocab, const fact_maps_file *files, size_t n, dr_err *err)
{
    fact_maps *maps = dr_mem_alloc(sizeof *maps);
    *out = NULL;
    if (!maps)
        return dr_fail(err, DR_NOMEM, "out of memory");
    maps->vocab = vocab;
    maps->arena = dr_arena_create("fact maps", 0);
    maps->index = dr_map_create();
    maps->field_slots = dr_map_create();
    dr_status status = maps->arena && maps->index && maps->field_slots ? DR_OK : dr_fail(err, DR_NOMEM, "out of memory");
    for (size_t i = 0; i < n && status == DR_OK; i++)
        status = read_file(maps, &files[i], err);
    if (status == DR_OK && dr_arena_failed(maps->arena))
        status = dr_fail(err, DR_NOMEM, "out of memory");
    if (status != DR_OK) {
        fact_maps_destroy(maps);
        return status;
    }
    *out = maps;
    return DR_OK;
}

void fact_maps_destroy(fact_maps *maps)
{
    if (!maps)
        return;
    for (size_t i = 0; i < maps->matchers.n; i++)
        matcher_destroy(maps->matchers.p[i]);
    dr_vec_free(&maps->matchers);
    dr_vec_free(&maps->maps);
    dr_vec_free(&maps->fields);
    dr_vec_free(&maps->examples);
    dr_vec_free(&maps->chains);
    dr_map_destroy(maps->index);
    dr_map_destroy(maps->field_slots);
    dr_arena_destroy(maps->arena);
    dr_mem_free(maps);
}

size_t fact_maps_count(const fact_maps *maps)
{
    return maps->maps.n;
}

dr_str fact_maps_place(const fact_maps *maps, uint16_t map)
{
    return map < maps->maps.n ? maps->maps.p[map].place : DR_STR_NONE;
}

static uint32_t find(const fact_maps *maps, char what, dr_str name, uint32_t event_id)
{
    char buffer[MAP_KEY_MAX];
    dr_str key = fact_maps_key(buffer, what, name, event_id);
    const uint64_t *slot = key.n ? dr_map_get(maps->index, key) : NULL;
    return slot ? (uint32_t)*slot : 0;
}

bool fact_maps_want(const fact_maps *maps, dr_str provider, dr_str alias, uint32_t event_id)
{
    return find(maps, 'E', provider, event_id) || (alias.n && find(maps, 'E', alias, event_id));
}

bool fact_maps_want_schema(const fact_maps *maps, dr_str schema)
{
    return find(maps, 'S', schema, 0) != 0;
}

uint32_t fact_maps_first(const fact_maps *maps, const record *r)
{
    if (!r->provider.n)
        return find(maps, 'S', r->schema, 0);
    uint32_t first = find(maps, 'E', r->provider, r->event_id);
    return !first && r->provider_alias.n ? find(maps, 'E', r->provider_alias, r->event_id) : first;
}
