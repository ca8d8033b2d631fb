#include "claim/rule.h"

#include "base/buf.h"
#include "fact/path.h"

#include <inttypes.h>

/* The state of loading one rule document. */
typedef struct loader {
    rule_set *set;
    const yaml_file *file;
    rule *rule;
    dr_err *err;
} loader;

static dr_status no_memory(loader *l)
{
    return dr_fail(l->err, DR_NOMEM, "%.*s: out of memory", DR_STR_ARG(l->file->name));
}

static const char *const param_types[PARAM_TYPE_COUNT] = {
    "text", "name", "sid", "guid", "path", "url", "hash", "number", "task", "key", "host", "object", "secret",
};

size_t rule_param_index(const rule *r, dr_str name)
{
    for (size_t i = 0; i < r->n_params; i++) {
        if (dr_str_eq(r->params[i].name, name))
            return i;
    }
    return SIZE_MAX;
}

static size_t trace_index(const rule *r, dr_str name)
{
    for (size_t i = 0; i < r->n_traces; i++) {
        if (dr_str_eq(r->traces[i].name, name))
            return i;
    }
    return TRACE_NONE_INDEX;
}

static dr_status read_params(loader *l, const yaml_node *node)
{
    if (!node)
        return DR_OK;
    if (node->kind != YAML_MAP)
        return yaml_fail(l->err, l->file, node, "parameters: expected a map of names to types");
    if (node->n > RULE_MAX_PARAMS)
        return yaml_fail(l->err, l->file, node, "more than %d parameters", RULE_MAX_PARAMS);
    for (size_t i = 0; i < node->n; i++) {
        const yaml_node *value = node->items[i];
        rule_param *p = &l->rule->params[l->rule->n_params++];
        if (value->kind != YAML_SCALAR)
            return yaml_fail(l->err, l->file, value, "expected a type");
        dr_str type = value->text;
        p->name = node->keys[i]->text;
        for (; type.n && (type.p[type.n - 1] == '?' || type.p[type.n - 1] == '*'); type.n--) {
            p->optional = p->optional || type.p[type.n - 1] == '?';
            p->several = p->several || type.p[type.n - 1] == '*';
        }
        size_t t = 0;
        while (t < PARAM_TYPE_COUNT && !dr_str_is(type, param_types[t]))
            t++;
        if (t == PARAM_TYPE_COUNT)
            return yaml_fail(l->err, l->file, value,
                             "there is no type '%.*s'; expected text, name, sid, guid, path, url, hash, "
                             "number, task, key, host, object or secret", DR_STR_ARG(type));
        p->type = (param_type)t;
    }
    return DR_OK;
}

static dr_status read_param_ref(loader *l, const yaml_node *at, dr_str name, size_t *out)
{
    *out = rule_param_index(l->rule, name);
    if (*out == SIZE_MAX)
        return yaml_fail(l->err, l->file, at, "there is no parameter '%.*s'", DR_STR_ARG(name));
    return DR_OK;
}

static dr_status read_attr(loader *l, const yaml_node *at, dr_str name, dr_sym *out)
{
    dr_sym sym = dr_sym_find(l->set->vocab->syms, name);
    if (!sym || !vocab_attr_of(l->set->vocab, sym))
        return yaml_fail(l->err, l->file, at, "there is no attribute '%.*s' in the vocabulary", DR_STR_ARG(name));
    *out = sym;
    return DR_OK;
}

static dr_status read_value(loader *l, const yaml_node *at, rule_value *out)
{
    if (at->kind != YAML_SCALAR)
        return yaml_fail(l->err, l->file, at, "expected a value");
    dr_str text = at->text;
    *out = (rule_value){ .op = VALUE_EQUAL, .text = text };
    if (text.n > 1 && text.p[0] == '$') {
        size_t equal = dr_str_find_char(text, '=');
        out->op = VALUE_PARAM;
        if (equal != SIZE_MAX)
            out->globs = dr_str_from(text, equal + 1);
        return read_param_ref(l, at, dr_str_sub(text, 1, equal == SIZE_MAX ? SIZE_MAX : equal - 1), &out->param);
    }
    if (text.n > 2 && text.p[1] == ' ' && (text.p[0] == '>' || text.p[0] == '<')) {
        out->op = text.p[0] == '>' ? VALUE_MORE : VALUE_LESS;
        out->text = dr_str_trim(dr_str_from(text, 2));
        if (!dr_str_to_i64(out->text, &out->number))
            return yaml_fail(l->err, l->file, at, "expected a number after '%c'", text.p[0]);
        return DR_OK;
    }
    if (text.n >= 2 && text.p[0] == '!' && text.p[1] == '=') {
        out->op = VALUE_NOT;
        out->text = dr_str_trim(dr_str_from(text, 2));
        if (out->text.n > 1 && out->text.p[0] == '$') /* '!= $account' */
            return read_param_ref(l, at, dr_str_from(out->text, 1), &out->param);
        out->param = SIZE_MAX;
        return DR_OK;
    }
    if (dr_str_find_char(text, '*') != SIZE_MAX)
        out->op = VALUE_GLOB;
    return DR_OK;
}

static dr_status read_where(loader *l, const yaml_node *node, const rule_where **out, size_t *n)
{
    *out = NULL;
    *n = 0;
    if (!node)
        return DR_OK;
    if (node->kind != YAML_MAP)
        return yaml_fail(l->err, l->file, node, "where: expected a map of attributes to values");
    rule_where *list = DR_NEW_ARRAY(l->set->arena, rule_where, node->n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < node->n; i++) {
        const yaml_node *value = node->items[i];
        size_t count = value->kind == YAML_LIST ? value->n : 1;
        rule_value *values = DR_NEW_ARRAY(l->set->arena, rule_value, count);
        if (!values)
            return no_memory(l);
        DR_TRY(read_attr(l, node->keys[i], node->keys[i]->text, &list[i].key));
        for (size_t v = 0; v < count; v++)
            DR_TRY(read_value(l, value->kind == YAML_LIST ? value->items[v] : value, &values[v]));
        list[i].key_text = node->keys[i]->text;
        list[i].values = values;
        list[i].n = count;
    }
    *out = list;
    *n = node->n;
    return DR_OK;
}

static dr_status read_kinds(loader *l, const yaml_node *node, const uint16_t **out, size_t *n)
{
    dr_str *names;
    DR_TRY(yaml_texts(l->file, node, l->set->arena, &names, n, l->err));
    uint16_t *kinds = DR_NEW_ARRAY(l->set->arena, uint16_t, *n);
    if (!kinds)
        return no_memory(l);
    for (size_t i = 0; i < *n; i++) {
        kinds[i] = vocab_kind_of(l->set->vocab, names[i]);
        if (!kinds[i])
            return yaml_fail(l->err, l->file, node->kind == YAML_LIST ? node->items[i] : node,
                             "there is no kind of fact '%.*s' in the vocabulary", DR_STR_ARG(names[i]));
    }
    *out = kinds;
    return DR_OK;
}

static dr_status read_link(loader *l, const yaml_node *at, rule_link *out)
{
    const yaml_node *own = at, *other = NULL;
    if (at->kind == YAML_MAP && at->n == 1) {
        own = at->keys[0];
        other = at->items[0];
    } else if (at->kind != YAML_SCALAR)
        return yaml_fail(l->err, l->file, at, "link: expected an attribute, or {attribute: attribute}");
    *out = (rule_link){ 0 };
    DR_TRY(read_attr(l, own, own->text, &out->fact_key));
    out->strength = vocab_attr_of(l->set->vocab, out->fact_key)->link;
    out->other_key = out->fact_key;
    if (other) {
        dr_str name = other->text;
        if (dr_str_is(name, "trigger.run")) {
            out->other_key = 0;
            out->strength = FACT_LINK_IDENTITY;
        } else {
            if (dr_str_starts(name, DR_STR("trigger.")))
                name = dr_str_from(name, 8);
            DR_TRY(read_attr(l, other, name, &out->other_key));
        }
    }
    if (out->strength == FACT_LINK_NONE)
        return yaml_fail(l->err, l->file, own, "'%.*s' identifies nothing and cannot be a link", DR_STR_ARG(own->text));
    return DR_OK;
}

static dr_status read_duration(loader *l, const yaml_node *at, int64_t *out)
{
    if (at->kind != YAML_SCALAR || !dr_duration_parse(at->text, out))
        return yaml_fail(l->err, l->file, at, "expected a duration such as 500ms, 10s, 5m, 2h or 3d");
    return DR_OK;
}

static dr_status read_flag(loader *l, const yaml_node *map, const char *key, bool *out)
{
    const yaml_node *node = yaml_get(map, key);
    if (!node)
        return DR_OK;
    if (node->kind != YAML_SCALAR || (!dr_str_is(node->text, "true") && !dr_str_is(node->text, "false")))
        return yaml_fail(l->err, l->file, node, "%s: expected true or false", key);
    *out = dr_str_is(node->text, "true");
    return DR_OK;
}

static dr_status read_trace_ref(loader *l, const yaml_node *map, const char *key, size_t *out)
{
    const yaml_node *node = yaml_get(map, key);
    *out = TRACE_NONE_INDEX;
    if (!node)
        return DR_OK;
    if (node->kind == YAML_SCALAR)
        *out = trace_index(l->rule, node->text);
    if (*out == TRACE_NONE_INDEX)
        return yaml_fail(l->err, l->file, node, "%s: there is no trace '%.*s'", key, DR_STR_ARG(node->text));
    return DR_OK;
}

static dr_status read_role(loader *l, const yaml_node *map, rule_trace *t)
{
    static const char *const roles[] = { "proves", "refutes", "other", "companion", "part", "context" };
    const yaml_node *node = yaml_get(map, "role");
    for (size_t i = 0; node && node->kind == YAML_SCALAR && i < sizeof roles / sizeof roles[0]; i++) {
        if (dr_str_is(node->text, roles[i])) {
            t->role = (trace_role)i;
            return DR_OK;
        }
    }
    return yaml_fail(l->err, l->file, node ? node : map, "role: expected proves, refutes, other, companion, part or context");
}

static dr_status read_trace(loader *l, const yaml_node *map, rule_trace *t)
{
    static const char *const keys[] = {
        "role",  "rung",   "fact",   "state", "where", "link",   "within", "of",     "direct",  "silent", "opens",
        "claim", "all",    "after",  "before", "during", "until", "latest", "first",  "unless",  "control", "crash",
        "say",   "via",    "after_exit", "dated", "written", NULL
    };
    if (map->kind != YAML_MAP)
        return yaml_fail(l->err, l->file, map, "expected a trace: a map with role and fact");
    DR_TRY(yaml_only(l->file, map, keys, l->err));
    DR_TRY(read_role(l, map, t));
    t->line = map->line;
    t->direct = true;

    const yaml_node *node = yaml_get(map, "rung");
    t->has_rung = node != NULL;
    if (node && !rung_of(node->text, &t->rung))
        return yaml_fail(l->err, l->file, node, "expected present, attempted, started, achieved or persists");
    if (!node && (t->role == TRACE_PROVES || t->role == TRACE_REFUTES))
        return yaml_fail(l->err, l->file, map, "a trace that proves or refutes needs a rung");

    const yaml_node *source = yaml_get(map, "fact"), *state = yaml_get(map, "state"), *all = yaml_get(map, "all");
    if ((source != NULL) + (state != NULL) + (all != NULL) != 1)
        return yaml_fail(l->err, l->file, map, "expected one of fact, state or all");
    t->at_rest = state != NULL;
    if (!all)
        DR_TRY(read_kinds(l, source ? source : state, &t->kinds, &t->n_kinds));
    for (size_t i = 0; i < t->n_kinds; i++) {
        const vocab_kind *kind = &l->set->vocab->kinds[t->kinds[i]];
        if (t->role == TRACE_PROVES && t->rung > kind->ceiling)
            return yaml_fail(l->err, l->file, source ? source : state,
                             "'%.*s' never carries more than %s; it cannot prove %s", DR_STR_ARG(kind->name),
                             rung_name(kind->ceiling), rung_name(t->rung));
        if (kind->at_rest != t->at_rest)
            return yaml_fail(l->err, l->file, source ? source : state, "'%.*s' is %s: write '%s:'", DR_STR_ARG(kind->name),
                             kind->at_rest ? "state at rest" : "no state at rest", kind->at_rest ? "state" : "fact");
    }
    DR_TRY(read_where(l, yaml_get(map, "where"), &t->where, &t->n_where));

    node = yaml_get(map, "link");
    if (node) {
        size_t n = node->kind == YAML_LIST ? node->n : 1;
        rule_link *links = DR_NEW_ARRAY(l->set->arena, rule_link, n);
        if (!links)
            return no_memory(l);
        for (size_t i = 0; i < n; i++)
            DR_TRY(read_link(l, node->kind == YAML_LIST ? node->items[i] : node, &links[i]));
        t->links = links;
        t->n_links = n;
    }
    node = yaml_get(map, "within");
    if (node) {
        t->has_window = true;
        if (node->kind == YAML_LIST && node->n == 2) {
            DR_TRY(read_duration(l, node->items[0], &t->from));
            DR_TRY(read_duration(l, node->items[1], &t->to));
        } else {
            DR_TRY(read_duration(l, node, &t->to));
            t->from = -t->to;
        }
        if (t->from > t->to)
            return yaml_fail(l->err, l->file, node, "the window ends before it begins");
    }
    node = yaml_get(map, "after_exit");
    t->after_exit = -1;
    if (node)
        DR_TRY(read_duration(l, node, &t->after_exit));
    node = yaml_get(map, "of");
    if (node && !dr_str_is(node->text, "trigger"))
        return yaml_fail(l->err, l->file, node, "of: expected trigger");
    t->of_trigger = node != NULL;
    node = yaml_get(map, "silent");
    if (node && !dr_str_is(node->text, "counts"))
        return yaml_fail(l->err, l->file, node, "silent: expected counts");
    t->silent_counts = node != NULL;
    DR_TRY(read_flag(l, map, "direct", &t->direct));
    DR_TRY(read_flag(l, map, "opens", &t->opens));
    DR_TRY(read_flag(l, map, "dated", &t->dated));
    if (t->dated && !t->at_rest)
        return yaml_fail(l->err, l->file, yaml_get(map, "dated"), "dated: only of state at rest");
    const yaml_node *written = yaml_get(map, "written");
    if (written && !t->at_rest)
        return yaml_fail(l->err, l->file, written, "written: only of state at rest");
    if (written)
        DR_TRY(read_attr(l, written, written->text, &t->written));
    if (t->written && vocab_attr_of(l->set->vocab, t->written)->type != FACT_TIME)
        return yaml_fail(l->err, l->file, written, "written: expected an attribute that is a time");
    DR_TRY(read_flag(l, map, "control", &t->control));
    DR_TRY(read_flag(l, map, "crash", &t->crash));
    DR_TRY(yaml_text(l->file, map, "claim", false, &t->claim, l->err));
    DR_TRY(yaml_text(l->file, map, "latest", false, &t->latest, l->err));
    DR_TRY(yaml_text(l->file, map, "say", false, &t->say, l->err));
    if (t->role == TRACE_OTHER && !t->claim.n)
        return yaml_fail(l->err, l->file, map, "a trace of another effect has to name its claim");
    if (t->role == TRACE_OTHER && !t->n_links && !t->of_trigger)
        return yaml_fail(l->err, l->file, map, "a trace of another effect needs a link");

    node = yaml_get(map, "until");
    if (node) {
        t->until = dr_str_is(node->text, "covered") ? UNTIL_COVERED
                   : dr_str_is(node->text, "boot")  ? UNTIL_BOOT
                   : dr_str_is(node->text, "undone") ? UNTIL_UNDONE
                                                     : UNTIL_NONE;
        if (t->until == UNTIL_NONE)
            return yaml_fail(l->err, l->file, node, "until: expected covered, boot or undone");
    }
    node = yaml_get(map, "first");
    if (node) {
        dr_str *names;
        DR_TRY(yaml_texts(l->file, node, l->set->arena, &names, &t->n_first, l->err));
        dr_sym *first = DR_NEW_ARRAY(l->set->arena, dr_sym, t->n_first);
        if (!first)
            return no_memory(l);
        for (size_t i = 0; i < t->n_first; i++)
            DR_TRY(read_attr(l, node, names[i], &first[i]));
        t->first = first;
    }
    return DR_OK;
}

/* Lists of trace names: `all` and `unless`. The second may also hold not-covered-before. */
static dr_status read_trace_list(loader *l, const yaml_node *node, const size_t **out, size_t *n, bool *not_covered)
{
    dr_str *names;
    size_t count;
    *out = NULL;
    *n = 0;
    if (!node)
        return DR_OK;
    DR_TRY(yaml_texts(l->file, node, l->set->arena, &names, &count, l->err));
    size_t *list = DR_NEW_ARRAY(l->set->arena, size_t, count);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < count; i++) {
        if (not_covered && dr_str_is(names[i], "not-covered-before")) {
            *not_covered = true;
            continue;
        }
        size_t index = trace_index(l->rule, names[i]);
        if (index == TRACE_NONE_INDEX)
            return yaml_fail(l->err, l->file, node, "there is no trace '%.*s'", DR_STR_ARG(names[i]));
        list[(*n)++] = index;
    }
    *out = list;
    return DR_OK;
}

static dr_status read_traces(loader *l, const yaml_node *node)
{
    rule *r = l->rule;
    if (!node || node->kind != YAML_MAP)
        return yaml_fail(l->err, l->file, node, "traces: expected a map of names to traces");
    if (node->n > RULE_MAX_TRACES)
        return yaml_fail(l->err, l->file, node, "more than %d traces", RULE_MAX_TRACES);
    for (size_t i = 0; i < node->n; i++) {
        r->traces[i] = (rule_trace){ .name = node->keys[i]->text };
        r->n_traces++;
    }
    for (size_t i = 0; i < node->n; i++)
        DR_TRY(read_trace(l, node->items[i], &r->traces[i]));
    for (size_t i = 0; i < node->n; i++) { /* what refers to other traces */
        rule_trace *t = &r->traces[i];
        const yaml_node *map = node->items[i];
        DR_TRY(read_trace_list(l, yaml_get(map, "all"), &t->all, &t->n_all, NULL));
        DR_TRY(read_trace_list(l, yaml_get(map, "unless"), &t->unless, &t->n_unless, &t->unless_not_covered_before));
        DR_TRY(read_trace_ref(l, map, "after", &t->after));
        DR_TRY(read_trace_ref(l, map, "before", &t->before));
        DR_TRY(read_trace_ref(l, map, "during", &t->during));
        DR_TRY(read_trace_ref(l, map, "via", &t->via));
        for (size_t a = 0; a < t->n_all; a++) {
            if (r->traces[t->all[a]].n_all || t->all[a] == i)
                return yaml_fail(l->err, l->file, map, "all: '%.*s' is itself made of other traces",
                                 DR_STR_ARG(r->traces[t->all[a]].name));
        }
    }
    return DR_OK;
}

/* Pattern parameters: name -> type, as pattern_types wants it. */
static bool param_known(const void *context, dr_str name, pattern_type *type)
{
    const rule *r = context;
    size_t i = rule_param_index(r, name);
    if (i == SIZE_MAX)
        return false;
    static const pattern_type types[PARAM_TYPE_COUNT] = {
        [PARAM_TEXT] = PATTERN_TEXT, [PARAM_NAME] = PATTERN_NAME, [PARAM_SID] = PATTERN_SID,
        [PARAM_GUID] = PATTERN_GUID, [PARAM_PATH] = PATTERN_PATH, [PARAM_URL] = PATTERN_URL,
        [PARAM_HASH] = PATTERN_HASH, [PARAM_NUMBER] = PATTERN_NUMBER, [PARAM_TASK] = PATTERN_TEXT,
        [PARAM_KEY] = PATTERN_TEXT, [PARAM_HOST] = PATTERN_NAME, [PARAM_OBJECT] = PATTERN_TEXT, [PARAM_SECRET] = PATTERN_TEXT,
    };
    *type = types[r->params[i].type];
    return true;
}

static dr_status read_trigger(loader *l, const yaml_node *map, rule_trigger *t)
{
    static const char *const keys[] = { "tool", "arguments", "cmdlet", "script", "route", "idempotent", "with", NULL };
    if (map->kind != YAML_MAP)
        return yaml_fail(l->err, l->file, map, "expected a trigger: {tool, arguments}, {cmdlet} or {script}");
    DR_TRY(yaml_only(l->file, map, keys, l->err));
    const yaml_node *tool_node = yaml_get(map, "tool"), *cmdlet_node = yaml_get(map, "cmdlet"), *script = yaml_get(map, "script");
    const yaml_node *arguments = yaml_get(map, "arguments");
    if ((tool_node != NULL) + (cmdlet_node != NULL) + (script != NULL) != 1)
        return yaml_fail(l->err, l->file, map, "expected one of tool, cmdlet or script");
    if ((tool_node != NULL) != (arguments != NULL))
        return yaml_fail(l->err, l->file, map, "tool and arguments belong together");
    t->line = map->line;
    pattern_types types = { l->rule, param_known };
    dr_err inner = { "" };
    size_t column = 0;
    if (tool_node) {
        t->kind = TRIGGER_TOOL;
        t->name = tool_node->text;
        if (!toolset_find(l->set->tools, t->name))
            return yaml_fail(l->err, l->file, tool_node, "there is no tool '%.*s' in tools.yml", DR_STR_ARG(t->name));
        t->pattern = pattern_compile(l->set->arena, arguments->text, &types, &inner, &column);
        if (!t->pattern)
            return yaml_fail(l->err, l->file, arguments, "in the pattern at character %zu: %s", column + 1, inner.text);
    } else if (cmdlet_node) {
        t->kind = TRIGGER_CMDLET;
        t->pattern = pattern_compile_cmdlet(l->set->arena, cmdlet_node->text, &types, &inner, &column);
        if (!t->pattern)
            return yaml_fail(l->err, l->file, cmdlet_node, "in the pattern at character %zu: %s", column + 1, inner.text);
        t->name = pattern_cmdlet(t->pattern);
    } else {
        t->kind = TRIGGER_SCRIPT;
        t->script = script->text;
        if (t->script.n < 4)
            return yaml_fail(l->err, l->file, script, "script: a text of at least 4 characters");
    }
    DR_TRY(yaml_text(l->file, map, "route", false, &t->route, l->err));
    DR_TRY(read_flag(l, map, "idempotent", &t->idempotent));
    const yaml_node *with = yaml_get(map, "with");
    if (with) {
        if (with->kind != YAML_MAP)
            return yaml_fail(l->err, l->file, with, "with: expected a map of parameters to values");
        rule_fixed *fixed = DR_NEW_ARRAY(l->set->arena, rule_fixed, with->n);
        if (!fixed)
            return no_memory(l);
        for (size_t i = 0; i < with->n; i++) {
            DR_TRY(read_param_ref(l, with->keys[i], with->keys[i]->text, &fixed[i].param));
            fixed[i].value = with->items[i]->text;
        }
        t->fixed = fixed;
        t->n_fixed = with->n;
    }
    return DR_OK;
}

static dr_status read_triggers(loader *l, const yaml_node *node)
{
    if (!node)
        return DR_OK;
    if (node->kind != YAML_LIST)
        return yaml_fail(l->err, l->file, node, "triggers: expected a list");
    rule_trigger *list = DR_NEW_ARRAY(l->set->arena, rule_trigger, node->n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < node->n; i++)
        DR_TRY(read_trigger(l, node->items[i], &list[i]));
    l->rule->triggers = list;
    l->rule->n_triggers = node->n;
    return DR_OK;
}

static dr_status read_condition(loader *l, const yaml_node *key, const yaml_node *value, rule_condition *out)
{
    dr_str *texts;
    size_t n;
    rung step;
    DR_TRY(yaml_texts(l->file, value, l->set->arena, &texts, &n, l->err));
    *out = (rule_condition){ 0 };
    if (rung_of(key->text, &step)) {
        out->kind = COND_RUNG;
        out->index = step;
    } else if (dr_str_is(key->text, "mark"))
        out->kind = COND_MARK;
    else if (dr_str_is(key->text, "word"))
        out->kind = COND_WORD;
    else if ((out->index = trace_index(l->rule, key->text)) != TRACE_NONE_INDEX)
        out->kind = COND_TRACE;
    else if ((out->index = rule_param_index(l->rule, key->text)) != SIZE_MAX)
        out->kind = COND_PARAM;
    else
        return yaml_fail(l->err, l->file, key, "'%.*s' is no rung, trace, parameter, word or mark", DR_STR_ARG(key->text));
    for (size_t i = 0; i < n; i++) {
        rung_state state;
        trace_state trace;
        verdict_word word;
        unsigned mark;
        if (out->kind == COND_RUNG && state_of(texts[i], &state))
            out->states |= 1u << state;
        else if (out->kind == COND_TRACE && trace_state_of(texts[i], &trace))
            out->states |= 1u << trace;
        else if (out->kind == COND_WORD && word_of(texts[i], &word))
            out->states |= 1u << word;
        else if (out->kind == COND_MARK && mark_of(texts[i], &mark))
            out->states |= mark;
        else if (out->kind == COND_PARAM && dr_str_is(texts[i], "known"))
            out->states = 1;
        else
            return yaml_fail(l->err, l->file, value, "'%.*s' is no state that '%.*s' can have", DR_STR_ARG(texts[i]),
                             DR_STR_ARG(key->text));
    }
    return DR_OK;
}

/* {parameter} in a text must be a parameter of the rule; of {one|other|"words"} the first that is known stands there. */
static dr_status check_say(loader *l, const yaml_node *at, dr_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '{')
            continue;
        size_t end = dr_str_find_char(dr_str_from(text, i), '}');
        if (end == SIZE_MAX)
            return yaml_fail(l->err, l->file, at, "a '{' without its '}'");
        for (dr_str names = dr_str_sub(text, i + 1, end - 1); names.n;) {
            size_t bar = dr_str_find_char(names, '|');
            dr_str name = bar == SIZE_MAX ? names : dr_str_sub(names, 0, bar);
            names = bar == SIZE_MAX ? DR_STR_NONE : dr_str_from(names, bar + 1);
            if (name.n > 2 && name.p[0] == '"' && name.p[name.n - 1] == '"' && !names.n)
                continue;
            if (rule_param_index(l->rule, name) == SIZE_MAX)
                return yaml_fail(l->err, l->file, at, "there is no parameter '%.*s'", DR_STR_ARG(name));
        }
    }
    return DR_OK;
}

static dr_status read_labels(loader *l, const yaml_node *node)
{
    static const char *const keys[] = { "if", "say", NULL };
    if (!node)
        return DR_OK;
    if (node->kind != YAML_LIST)
        return yaml_fail(l->err, l->file, node, "labels: expected a list");
    rule_label *list = DR_NEW_ARRAY(l->set->arena, rule_label, node->n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < node->n; i++) {
        const yaml_node *map = node->items[i], *conditions = yaml_get(map, "if");
        if (map->kind != YAML_MAP)
            return yaml_fail(l->err, l->file, map, "expected {if: {...}, say: ...}");
        DR_TRY(yaml_only(l->file, map, keys, l->err));
        DR_TRY(yaml_text(l->file, map, "say", true, &list[i].say, l->err));
        DR_TRY(check_say(l, yaml_get(map, "say"), list[i].say));
        if (!conditions)
            continue;
        if (conditions->kind != YAML_MAP)
            return yaml_fail(l->err, l->file, conditions, "if: expected a map of rungs and traces to states");
        rule_condition *c = DR_NEW_ARRAY(l->set->arena, rule_condition, conditions->n);
        if (!c)
            return no_memory(l);
        for (size_t k = 0; k < conditions->n; k++)
            DR_TRY(read_condition(l, conditions->keys[k], conditions->items[k], &c[k]));
        list[i].conditions = c;
        list[i].n = conditions->n;
    }
    l->rule->labels = list;
    l->rule->n_labels = node->n;
    return DR_OK;
}

static dr_status read_act(loader *l, const yaml_node *node)
{
    static const char *const keys[] = { "by", "within", NULL };
    if (!node)
        return DR_OK;
    if (node->kind != YAML_MAP)
        return yaml_fail(l->err, l->file, node, "act: expected {by: [...], within: ...}");
    DR_TRY(yaml_only(l->file, node, keys, l->err));
    const yaml_node *by = yaml_get(node, "by"), *within = yaml_get(node, "within");
    dr_str *names;
    size_t n;
    if (!by || !within)
        return yaml_fail(l->err, l->file, node, "act: needs by and within");
    DR_TRY(yaml_texts(l->file, by, l->set->arena, &names, &n, l->err));
    size_t *list = DR_NEW_ARRAY(l->set->arena, size_t, n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < n; i++)
        DR_TRY(read_param_ref(l, by, names[i], &list[i]));
    l->rule->act_by = list;
    l->rule->n_act_by = n;
    return read_duration(l, within, &l->rule->act_within);
}

static dr_status read_rungs(loader *l, const yaml_node *node)
{
    if (!node)
        return DR_OK;
    if (node->kind != YAML_MAP)
        return yaml_fail(l->err, l->file, node, "rungs: expected a map of rungs to not-applicable");
    for (size_t i = 0; i < node->n; i++) {
        rung step;
        if (!rung_of(node->keys[i]->text, &step))
            return yaml_fail(l->err, l->file, node->keys[i], "there is no rung '%.*s'", DR_STR_ARG(node->keys[i]->text));
        if (step == RUNG_STARTED && dr_str_is(node->items[i]->text, "own-traces")) {
            l->rule->own_started = true;
            continue;
        }
        bool applies = dr_str_is(node->items[i]->text, "applicable");
        if (!applies && !dr_str_is(node->items[i]->text, "not-applicable"))
            return yaml_fail(l->err, l->file, node->items[i], "expected applicable or not-applicable; for started also own-traces");
        l->rule->not_applicable[step] = !applies;
    }
    return DR_OK;
}

static dr_status read_lookups(loader *l, const yaml_node *node)
{
    static const char *const keys[] = { "fact", "where", "take", NULL };
    if (!node)
        return DR_OK;
    if (node->kind != YAML_MAP)
        return yaml_fail(l->err, l->file, node, "lookup: expected a map of parameters to {fact, where, take}");
    rule_lookup *list = DR_NEW_ARRAY(l->set->arena, rule_lookup, node->n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < node->n; i++) {
        const yaml_node *map = node->items[i];
        dr_str take;
        if (map->kind != YAML_MAP || !yaml_get(map, "fact"))
            return yaml_fail(l->err, l->file, map, "expected {fact, where, take}");
        DR_TRY(yaml_only(l->file, map, keys, l->err));
        DR_TRY(read_param_ref(l, node->keys[i], node->keys[i]->text, &list[i].param));
        DR_TRY(read_kinds(l, yaml_get(map, "fact"), &list[i].kinds, &list[i].n_kinds));
        DR_TRY(read_where(l, yaml_get(map, "where"), &list[i].where, &list[i].n_where));
        DR_TRY(yaml_text(l->file, map, "take", true, &take, l->err));
        DR_TRY(read_attr(l, map, take, &list[i].take));
    }
    l->rule->lookups = list;
    l->rule->n_lookups = node->n;
    return DR_OK;
}

static dr_status read_strings(loader *l, const yaml_node *map, const char *key, const dr_str **out, size_t *n)
{
    dr_str *texts = NULL;
    const yaml_node *node = yaml_get(map, key);
    *n = 0;
    if (node)
        DR_TRY(yaml_texts(l->file, node, l->set->arena, &texts, n, l->err));
    *out = texts;
    return DR_OK;
}

static dr_status read_urgent(loader *l, const yaml_node *node)
{
    dr_str *words;
    size_t n;
    if (!node)
        return DR_OK;
    DR_TRY(yaml_texts(l->file, node, l->set->arena, &words, &n, l->err));
    for (size_t i = 0; i < n; i++) {
        verdict_word word;
        if (!word_of(words[i], &word))
            return yaml_fail(l->err, l->file, node, "urgent: there is no word '%.*s'", DR_STR_ARG(words[i]));
        l->rule->urgent |= 1u << word;
    }
    return DR_OK;
}

static dr_status read_quiet(loader *l, const yaml_node *doc)
{
    const yaml_node *node = yaml_get(doc, "quiet");
    l->rule->quiet_at_rest = node && node->kind == YAML_SCALAR && dr_str_is(node->text, "at-rest");
    return l->rule->quiet_at_rest ? DR_OK : read_flag(l, doc, "quiet", &l->rule->quiet);
}

static dr_status read_notable(loader *l, const yaml_node *node)
{
    if (!node)
        return DR_OK;
    if (node->kind != YAML_LIST || !l->rule->quiet_at_rest)
        return yaml_fail(l->err, l->file, node, "notable: expected a list of conditions, beside 'quiet: at-rest'");
    rule_notable *list = DR_NEW_ARRAY(l->set->arena, rule_notable, node->n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < node->n; i++) {
        DR_TRY(read_where(l, node->items[i], &list[i].where, &list[i].n));
        for (size_t w = 0; w < list[i].n; w++) {
            for (size_t v = 0; v < list[i].where[w].n; v++) {
                value_op op = list[i].where[w].values[v].op;
                if (op != VALUE_EQUAL && op != VALUE_GLOB && op != VALUE_NOT)
                    return yaml_fail(l->err, l->file, node->items[i], "notable: expected texts, with wildcards or with '!='");
            }
        }
    }
    l->rule->notable = list;
    l->rule->n_notable = node->n;
    return DR_OK;
}

static dr_status read_rule(loader *l, const yaml_node *doc)
{
    static const char *const keys[] = { "id",    "title",  "attack", "parameters", "act",    "triggers", "traces",
                                        "rungs", "lookup", "alternatives", "labels", "effect", "many", "quiet", "notable", "urgent", "examples",
                                        NULL };
    rule *r = l->rule;
    if (doc->kind != YAML_MAP)
        return yaml_fail(l->err, l->file, doc, "expected a rule: a map with id, title, parameters and traces");
    DR_TRY(yaml_only(l->file, doc, keys, l->err));
    DR_TRY(yaml_text(l->file, doc, "id", true, &r->id, l->err));
    DR_TRY(yaml_text(l->file, doc, "title", true, &r->title, l->err));
    DR_TRY(yaml_text(l->file, doc, "effect", false, &r->effect, l->err));
    r->file = l->file->name;
    r->yaml = l->file;
    r->not_applicable[RUNG_PRESENT] = true; /* of a claim with an effect, unless the rule says otherwise */
    DR_TRY(read_strings(l, doc, "attack", &r->attack, &r->n_attack));
    DR_TRY(read_params(l, yaml_get(doc, "parameters")));
    DR_TRY(read_act(l, yaml_get(doc, "act")));
    DR_TRY(read_flag(l, doc, "many", &r->many));
    DR_TRY(read_quiet(l, doc));
    DR_TRY(read_notable(l, yaml_get(doc, "notable")));
    DR_TRY(read_urgent(l, yaml_get(doc, "urgent")));
    DR_TRY(read_triggers(l, yaml_get(doc, "triggers")));
    DR_TRY(read_traces(l, yaml_get(doc, "traces")));
    DR_TRY(read_rungs(l, yaml_get(doc, "rungs")));
    DR_TRY(read_lookups(l, yaml_get(doc, "lookup")));
    DR_TRY(read_strings(l, doc, "alternatives", &r->alternatives, &r->n_alternatives));
    DR_TRY(read_labels(l, yaml_get(doc, "labels")));
    if (r->effect.n)
        DR_TRY(check_say(l, yaml_get(doc, "effect"), r->effect));
    r->examples = yaml_get(doc, "examples");
    if (r->examples && r->examples->kind != YAML_LIST)
        return yaml_fail(l->err, l->file, r->examples, "examples: expected a list");
    return DR_OK;
}

dr_status rule_set_init(rule_set *set, const vocabulary *vocab, const toolset *tools)
{
    *set = (rule_set){ .vocab = vocab, .tools = tools };
    set->arena = dr_arena_create("rules", 0);
    set->trigger_index = dr_map_create();
    return set->arena && set->trigger_index ? DR_OK : DR_NOMEM;
}

void rule_set_free(rule_set *set)
{
    dr_arena_destroy(set->arena);
    dr_map_destroy(set->trigger_index);
    dr_vec_free(&set->rules);
    dr_vec_free(&set->trigger_refs);
}

dr_status rule_set_add(rule_set *set, dr_str file, dr_str text, dr_err *err)
{
    yaml_file *yaml = DR_NEW(set->arena, yaml_file);
    if (!yaml)
        return dr_fail(err, DR_NOMEM, "out of memory");
    DR_TRY(yaml_load(set->arena, dr_arena_str(set->arena, file), dr_arena_str(set->arena, text), yaml, err));
    for (size_t i = 0; i < yaml->n; i++) {
        loader l = { .set = set, .file = yaml, .rule = DR_NEW(set->arena, rule), .err = err };
        if (!l.rule)
            return no_memory(&l);
        DR_TRY(read_rule(&l, yaml->documents[i]));
        snprintf(l.rule->hash, sizeof l.rule->hash, "%016" PRIx64, dr_hash64(text.p, text.n));
        size_t at = 0;
        while (at < set->rules.n && !dr_str_eq(set->rules.p[at]->id, l.rule->id))
            at++;
        if (at < set->rules.n)
            set->rules.p[at] = l.rule;
        else if (!dr_vec_push(&set->rules, l.rule))
            return no_memory(&l);
    }
    return DR_OK;
}

static int by_id(const void *a, const void *b, void *context)
{
    (void)context;
    return dr_str_cmp((*(rule *const *)a)->id, (*(rule *const *)b)->id);
}

static dr_str index_key(dr_arena *arena, trigger_kind kind, dr_str name)
{
    return dr_arena_fold(arena, dr_arena_printf(arena, "%d:%.*s", (int)kind, DR_STR_ARG(name)));
}

static dr_status index_trigger(rule_set *set, const rule *r, const rule_trigger *t)
{
    uint64_t *slot;
    struct rule_trigger_ref ref = { r, t, 0 };
    dr_str key = index_key(set->arena, t->kind, t->kind == TRIGGER_SCRIPT ? DR_STR_NONE : t->name);
    DR_TRY(dr_map_put(set->trigger_index, key, &slot, NULL));
    ref.next = (uint32_t)*slot;
    if (!dr_vec_push(&set->trigger_refs, ref))
        return DR_NOMEM;
    *slot = set->trigger_refs.n;
    return DR_OK;
}

dr_status rule_set_seal(rule_set *set, dr_err *err)
{
    if (!dr_sort(set->rules.p, set->rules.n, sizeof *set->rules.p, by_id, NULL))
        return dr_fail(err, DR_NOMEM, "out of memory");
    for (size_t i = set->rules.n; i-- > 0;) { /* backwards: chains then run in the order of ids */
        const rule *r = set->rules.p[i];
        for (size_t t = r->n_triggers; t-- > 0;) {
            if (index_trigger(set, r, &r->triggers[t]) != DR_OK)
                return dr_fail(err, DR_NOMEM, "out of memory");
        }
        for (size_t t = 0; t < r->n_traces; t++) {
            const rule_trace *trace = &r->traces[t];
            if (trace->claim.n && !rule_set_find(set, trace->claim) && !dr_str_is(trace->claim, "program-ran"))
                return dr_fail(err, DR_DATA, "%.*s:%u: there is no claim '%.*s'", DR_STR_ARG(r->file), trace->line,
                               DR_STR_ARG(trace->claim));
        }
    }
    return DR_OK;
}

const rule *rule_set_find(const rule_set *set, dr_str id)
{
    for (size_t i = 0; i < set->rules.n; i++) {
        if (dr_str_eq(set->rules.p[i]->id, id))
            return set->rules.p[i];
    }
    return NULL;
}

uint32_t rule_set_triggers(const rule_set *set, trigger_kind kind, dr_str name)
{
    char key[160];
    int n = snprintf(key, sizeof key, "%d:", (int)kind);
    if (n < 0 || name.n > sizeof key - (size_t)n)
        return 0;
    for (size_t i = 0; i < name.n; i++) /* names of tools and cmdlets are ASCII */
        key[(size_t)n + i] = (char)dr_fold_unit((unsigned char)name.p[i]);
    const uint64_t *slot = dr_map_get(set->trigger_index, (dr_str){ key, (size_t)n + name.n });
    return slot ? (uint32_t)*slot : 0;
}

/* HKLM, HKEY_LOCAL_MACHINE, \REGISTRY\MACHINE and an optional Registry:: or HKLM: prefix are one;
 * what follows is compared. *user is set for a key of some user; *sid is whose, where the key says it. */
static dr_str key_tail(dr_str key, bool *user, dr_str *sid)
{
    static const struct {
        const char *prefix;
        bool user, sid;
    } roots[] = {
        { "HKEY_LOCAL_MACHINE", false, false }, { "\\REGISTRY\\MACHINE", false, false }, { "HKLM", false, false },
        { "HKEY_CURRENT_USER", true, false },   { "HKCU", true, false },                 { "HKEY_USERS", true, true },
        { "HKU", true, true },                  { "\\REGISTRY\\USER", true, true },
    };
    *user = false;
    *sid = DR_STR_NONE;
    size_t colons = dr_str_find(key, DR_STR("::"));
    if (colons != SIZE_MAX)
        key = dr_str_from(key, colons + 2);
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        dr_str prefix = dr_str_of(roots[i].prefix);
        if (!dr_str_starts_fold(key, prefix) ||
            (key.n > prefix.n && key.p[prefix.n] != '\\' && key.p[prefix.n] != ':'))
            continue;
        key = dr_str_from(key, prefix.n);
        while (key.n && (key.p[0] == '\\' || key.p[0] == ':'))
            key = dr_str_from(key, 1);
        *user = roots[i].user;
        if (roots[i].sid) {
            size_t at = dr_str_find_char(key, '\\');
            *sid = dr_str_sub(key, 0, at);
            key = at == SIZE_MAX ? DR_STR_NONE : dr_str_from(key, at + 1);
        }
        break;
    }
    while (key.n && key.p[key.n - 1] == '\\')
        key.n--;
    return key;
}

/* Class.Name="X" -> X; the quotes may be single, escaped or gone. */
static dr_str object_name(dr_str s)
{
    size_t at = dr_str_find_fold(s, DR_STR(".Name="));
    if (at != SIZE_MAX)
        s = dr_str_from(s, at + 6);
    while (s.n && strchr(" \t\"'\\", s.p[0]) != NULL)
        s = dr_str_from(s, 1);
    while (s.n && strchr(" \t\"'\\,", s.p[s.n - 1]) != NULL)
        s.n--;
    return s;
}

dr_str param_value(dr_arena *arena, param_type type, dr_str value)
{
    if (type == PARAM_TASK && arena && value.n && value.p[0] != '\\')
        return dr_arena_concat(arena, DR_STR("\\"), value);
    return type == PARAM_OBJECT ? object_name(value) : value;
}

static dr_str url_tail(dr_str url)
{
    while (url.n && url.p[url.n - 1] == '/')
        url.n--;
    return url;
}

static dr_str without_braces(dr_str guid)
{
    return guid.n > 1 && guid.p[0] == '{' ? dr_str_sub(guid, 1, guid.n - 2) : guid;
}

static dr_str without_root(dr_str task)
{
    return task.n && task.p[0] == '\\' ? dr_str_from(task, 1) : task;
}

bool param_equal(param_type type, dr_str a, dr_str b)
{
    switch (type) {
    case PARAM_NAME: return name_same(a, b);
    case PARAM_PATH: return path_same(a, b);
    case PARAM_URL: return dr_str_eq_fold(url_tail(a), url_tail(b));
    case PARAM_OBJECT: return dr_str_eq_fold(object_name(a), object_name(b));
    case PARAM_TASK: return dr_str_eq_fold(without_root(a), without_root(b));
    case PARAM_KEY: {
        bool user_a, user_b;
        dr_str sid_a, sid_b, tail_a = key_tail(a, &user_a, &sid_a), tail_b = key_tail(b, &user_b, &sid_b);
        return user_a == user_b && dr_str_eq_fold(tail_a, tail_b) && (!sid_a.n || !sid_b.n || dr_str_eq_fold(sid_a, sid_b));
    }
    case PARAM_GUID: return dr_str_eq_fold(without_braces(a), without_braces(b));
    case PARAM_NUMBER: {
        int64_t x, y;
        return dr_str_to_i64(a, &x) && dr_str_to_i64(b, &y) ? x == y : dr_str_eq(a, b);
    }
    case PARAM_HOST: return host_same(a, b);
    case PARAM_TEXT:
    case PARAM_SID:
    case PARAM_HASH:
    case PARAM_SECRET:
    case PARAM_TYPE_COUNT: break;
    }
    return dr_str_eq_fold(a, b);
}

static dr_str key_of_name(dr_arena *arena, dr_str value)
{
    return dr_arena_fold(arena, name_without_domain(value));
}

/* Of two paths one may be the other's end: the last part is what they share. */
static dr_str key_of_path(dr_arena *arena, dr_str value)
{
    return dr_str_basename(path_key(arena, value));
}

static dr_str key_of_url(dr_arena *arena, dr_str value)
{
    return dr_arena_fold(arena, url_tail(value));
}

static dr_str key_of_object(dr_arena *arena, dr_str value)
{
    return dr_arena_fold(arena, object_name(value));
}

static dr_str key_of_task(dr_arena *arena, dr_str value)
{
    return dr_arena_fold(arena, without_root(value));
}

static dr_str key_of_key(dr_arena *arena, dr_str value)
{
    bool user;
    dr_str sid; /* may be known on one side only: no part of the key */
    return dr_arena_fold(arena, key_tail(value, &user, &sid));
}

static dr_str key_of_guid(dr_arena *arena, dr_str value)
{
    return dr_arena_fold(arena, without_braces(value));
}

static dr_str key_of_number(dr_arena *arena, dr_str value)
{
    int64_t number;
    return dr_str_to_i64(value, &number) ? dr_arena_printf(arena, "%" PRId64, number) : value;
}

static dr_str key_of_host(dr_arena *arena, dr_str value)
{
    return dr_arena_fold(arena, host_first_label(value));
}

fact_key_of param_key_of(param_type type)
{
    switch (type) {
    case PARAM_NAME: return key_of_name;
    case PARAM_PATH: return key_of_path;
    case PARAM_URL: return key_of_url;
    case PARAM_OBJECT: return key_of_object;
    case PARAM_TASK: return key_of_task;
    case PARAM_KEY: return key_of_key;
    case PARAM_GUID: return key_of_guid;
    case PARAM_NUMBER: return key_of_number;
    case PARAM_HOST: return key_of_host;
    case PARAM_TEXT:
    case PARAM_SID:
    case PARAM_HASH:
    case PARAM_SECRET:
    case PARAM_TYPE_COUNT: break;
    }
    return dr_arena_fold;
}
