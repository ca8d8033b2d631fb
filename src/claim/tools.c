#include "claim/tools.h"

#include "base/vec.h"
#include "claim/argv.h"
#include "fact/yaml.h"

typedef struct named { /* image, original, cmdlet or alias: sorted by name without case */
    dr_str name;
    size_t index;
} named;

typedef struct names {
    const named *list;
    size_t n;
} names;

struct toolset {
    const tool *tools;
    size_t n_tools;
    names images, originals, cmdlet_names;
    const cmdlet *cmdlets;
    size_t n_cmdlets;
    const cmdlet_wrap *wraps;
    size_t n_wraps;
    const dr_str *logons, *companions, *local_hosts, *flags, *hosts, *dry, *domain;
    size_t n_logons, n_companions, n_local_hosts, n_flags, n_hosts, n_dry, n_domain;
};

typedef DR_VEC(named) named_vec;

typedef struct loader {
    dr_arena *arena;
    yaml_file file;
    toolset *set;
    dr_err *err;
    named_vec images, originals, cmdlets;
} loader;

static dr_status no_memory(loader *l)
{
    return dr_fail(l->err, DR_NOMEM, "%.*s: out of memory", DR_STR_ARG(l->file.name));
}

static dr_status texts(loader *l, const yaml_node *map, const char *key, const dr_str **out, size_t *n)
{
    const yaml_node *node = yaml_get(map, key);
    dr_str *list = NULL;
    *n = 0;
    if (node)
        DR_TRY(yaml_texts(&l->file, node, l->arena, &list, n, l->err));
    *out = list;
    return DR_OK;
}

static dr_status flag(loader *l, const yaml_node *map, const char *key, bool *out)
{
    const yaml_node *node = yaml_get(map, key);
    if (!node)
        return DR_OK;
    if (node->kind != YAML_SCALAR || (!dr_str_is(node->text, "true") && !dr_str_is(node->text, "false")))
        return yaml_fail(l->err, &l->file, node, "%s: expected true or false", key);
    *out = dr_str_is(node->text, "true");
    return DR_OK;
}

static dr_status compile(loader *l, const yaml_node *node, bool for_cmdlet, const pattern **out)
{
    dr_err inner = { "" };
    size_t column = 0;
    if (node->kind != YAML_SCALAR)
        return yaml_fail(l->err, &l->file, node, "expected a usage pattern");
    *out = for_cmdlet ? pattern_compile_cmdlet(l->arena, node->text, &pattern_tool_types, &inner, &column)
                      : pattern_compile(l->arena, node->text, &pattern_tool_types, &inner, &column);
    if (!*out)
        return yaml_fail(l->err, &l->file, node, "in the pattern at character %zu: %s", column + 1, inner.text);
    return DR_OK;
}

/* .exe and .com off, and the .mui of a language resource. */
static dr_str bare_name(dr_str s)
{
    static const char *const endings[] = { ".mui", ".exe", ".com" };
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (s.n > 4 && dr_str_ends_fold(s, dr_str_of(endings[i])))
            s.n -= 4;
    }
    return s;
}

static dr_status name_all(loader *l, named_vec *into, const dr_str *list, size_t n, size_t index)
{
    for (size_t i = 0; i < n; i++) {
        named one = { bare_name(list[i]), index };
        if (!dr_vec_push(into, one))
            return no_memory(l);
    }
    return DR_OK;
}

static int by_name(const void *a, const void *b, void *context)
{
    (void)context;
    return dr_str_cmp_fold(((const named *)a)->name, ((const named *)b)->name);
}

static dr_status seal(loader *l, named_vec *from, const char *what, names *out)
{
    if (!dr_sort(from->p, from->n, sizeof *from->p, by_name, NULL))
        return no_memory(l);
    named *copy = DR_NEW_ARRAY(l->arena, named, from->n ? from->n : 1);
    if (!copy)
        return no_memory(l);
    for (size_t i = 0; i < from->n; i++) {
        copy[i] = from->p[i];
        if (i && dr_str_eq_fold(copy[i].name, copy[i - 1].name) && copy[i].index != copy[i - 1].index)
            return dr_fail(l->err, DR_DATA, "%.*s: the %s '%.*s' stands twice", DR_STR_ARG(l->file.name), what,
                           DR_STR_ARG(copy[i].name));
    }
    *out = (names){ copy, from->n };
    return DR_OK;
}

static size_t find(const names *in, dr_str name)
{
    size_t low = 0, high = in->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = dr_str_cmp_fold(in->list[middle].name, name);
        if (order == 0)
            return in->list[middle].index;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}

static dr_status read_wraps(loader *l, const yaml_node *node, tool *t)
{
    static const char *const keys[] = { "arguments", "as", NULL };
    static const char *const languages[] = { "line", "shell", "powershell" };
    if (!node)
        return DR_OK;
    if (node->kind != YAML_LIST)
        return yaml_fail(l->err, &l->file, node, "hands_on: expected a list of {arguments, as}");
    tool_wrap *list = DR_NEW_ARRAY(l->arena, tool_wrap, node->n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < node->n; i++) {
        const yaml_node *map = node->items[i], *as = yaml_get(map, "as");
        if (map->kind != YAML_MAP || !yaml_get(map, "arguments"))
            return yaml_fail(l->err, &l->file, map, "expected {arguments, as}");
        DR_TRY(yaml_only(&l->file, map, keys, l->err));
        DR_TRY(compile(l, yaml_get(map, "arguments"), false, &list[i].pattern));
        size_t k = 0;
        while (as && k < 3 && !dr_str_is(as->text, languages[k]))
            k++;
        if (k == 3)
            return yaml_fail(l->err, &l->file, as, "as: expected line, shell or powershell");
        list[i].language = (tool_language)k;
    }
    t->wraps = list;
    t->n_wraps = node->n;
    return DR_OK;
}

static dr_status read_exits(loader *l, const yaml_node *node, tool *t)
{
    if (!node)
        return DR_OK;
    if (node->kind != YAML_MAP)
        return yaml_fail(l->err, &l->file, node, "exit: expected a map of numbers to words");
    tool_exit *list = DR_NEW_ARRAY(l->arena, tool_exit, node->n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < node->n; i++) {
        if (!dr_str_to_i64(node->keys[i]->text, &list[i].status))
            return yaml_fail(l->err, &l->file, node->keys[i], "expected a number");
        if (node->items[i]->kind != YAML_SCALAR)
            return yaml_fail(l->err, &l->file, node->items[i], "expected a word");
        list[i].meaning = node->items[i]->text;
    }
    t->exits = list;
    t->n_exits = node->n;
    return DR_OK;
}

static dr_status read_switches(loader *l, const yaml_node *node, tool *t)
{
    static const char *const keys[] = { "shortest", "other", "takes", NULL };
    static const char *const takes[] = { "nothing", "value", "command", "encoded", "file" };
    if (!node)
        return DR_OK;
    if (node->kind != YAML_MAP)
        return yaml_fail(l->err, &l->file, node, "switches: expected a map of names");
    tool_switch *list = DR_NEW_ARRAY(l->arena, tool_switch, node->n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < node->n; i++) {
        const yaml_node *map = node->items[i];
        dr_str what;
        size_t k = 0;
        if (map->kind != YAML_MAP)
            return yaml_fail(l->err, &l->file, map, "expected {shortest, takes}");
        DR_TRY(yaml_only(&l->file, map, keys, l->err));
        list[i].name = node->keys[i]->text;
        DR_TRY(yaml_text(&l->file, map, "shortest", true, &list[i].shortest, l->err));
        DR_TRY(yaml_text(&l->file, map, "takes", true, &what, l->err));
        DR_TRY(texts(l, map, "other", &list[i].other, &list[i].n_other));
        if (!dr_str_starts_fold(list[i].name, list[i].shortest))
            return yaml_fail(l->err, &l->file, map, "shortest: expected a beginning of the name");
        while (k < 5 && !dr_str_is(what, takes[k]))
            k++;
        if (k == 5)
            return yaml_fail(l->err, &l->file, map, "takes: expected nothing, value, command, encoded or file");
        list[i].takes = (unsigned)k;
    }
    t->switches = list;
    t->n_switches = node->n;
    t->powershell = true;
    return DR_OK;
}

static dr_status read_elsewhere(loader *l, const yaml_node *node, tool *t)
{
    if (!node)
        return DR_OK;
    size_t n = node->kind == YAML_LIST ? node->n : 1;
    const pattern **list = DR_NEW_ARRAY(l->arena, const pattern *, n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < n; i++)
        DR_TRY(compile(l, node->kind == YAML_LIST ? node->items[i] : node, false, &list[i]));
    t->elsewhere = list;
    t->n_elsewhere = n;
    return DR_OK;
}

static dr_status read_tool(loader *l, dr_str id, const yaml_node *map, tool *t, size_t index)
{
    static const char *const keys[] = { "images", "originals", "hands_on", "elsewhere", "domain", "values", "exit", "run",
                                        "switches", "bare_file", "builtin", "title", "split", NULL };
    if (map->kind != YAML_MAP)
        return yaml_fail(l->err, &l->file, map, "expected a tool: a map with images");
    DR_TRY(yaml_only(&l->file, map, keys, l->err));
    t->id = id;
    DR_TRY(texts(l, map, "images", &t->images, &t->n_images));
    DR_TRY(texts(l, map, "originals", &t->originals, &t->n_originals));
    if (!t->n_images)
        return yaml_fail(l->err, &l->file, map, "images: expected at least one name");
    DR_TRY(name_all(l, &l->images, t->images, t->n_images, index));
    DR_TRY(name_all(l, &l->originals, t->n_originals ? t->originals : t->images, t->n_originals ? t->n_originals : t->n_images, index));
    DR_TRY(read_wraps(l, yaml_get(map, "hands_on"), t));
    DR_TRY(read_elsewhere(l, yaml_get(map, "elsewhere"), t));
    if (yaml_get(map, "domain"))
        DR_TRY(compile(l, yaml_get(map, "domain"), false, &t->domain));
    DR_TRY(texts(l, map, "values", &t->values, &t->n_values));
    DR_TRY(read_exits(l, yaml_get(map, "exit"), t));
    DR_TRY(texts(l, map, "run", &t->shell_run, &t->n_shell_run));
    t->shell = t->n_shell_run > 0;
    DR_TRY(read_switches(l, yaml_get(map, "switches"), t));
    DR_TRY(flag(l, map, "bare_file", &t->bare_file));
    DR_TRY(flag(l, map, "builtin", &t->builtin));
    DR_TRY(flag(l, map, "title", &t->title));
    return flag(l, map, "split", &t->split);
}

static dr_status read_tools(loader *l, const yaml_node *node)
{
    if (!node || node->kind != YAML_MAP)
        return yaml_fail(l->err, &l->file, node, "tools: expected a map of ids to tools");
    tool *list = DR_NEW_ARRAY(l->arena, tool, node->n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < node->n; i++)
        DR_TRY(read_tool(l, node->keys[i]->text, node->items[i], &list[i], i));
    l->set->tools = list;
    l->set->n_tools = node->n;
    return DR_OK;
}

static dr_status read_known(loader *l, const yaml_node *node)
{
    static const char *const keys[] = { "aliases", "parameters", NULL };
    if (!node)
        return DR_OK;
    if (node->kind != YAML_MAP)
        return yaml_fail(l->err, &l->file, node, "known: expected a map of cmdlets");
    cmdlet *list = DR_NEW_ARRAY(l->arena, cmdlet, node->n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < node->n; i++) {
        const yaml_node *map = node->items[i];
        if (map->kind != YAML_MAP)
            return yaml_fail(l->err, &l->file, map, "expected {aliases, parameters}");
        DR_TRY(yaml_only(&l->file, map, keys, l->err));
        list[i].name = node->keys[i]->text;
        DR_TRY(texts(l, map, "aliases", &list[i].aliases, &list[i].n_aliases));
        DR_TRY(texts(l, map, "parameters", &list[i].parameters, &list[i].n_parameters));
        dr_str *own = DR_NEW_ARRAY(l->arena, dr_str, list[i].n_parameters + 1);
        dr_str *other = DR_NEW_ARRAY(l->arena, dr_str, list[i].n_parameters + 1);
        if (!own || !other)
            return no_memory(l);
        for (size_t k = 0; k < list[i].n_parameters; k++) { /* Name/Alias */
            dr_str rest = list[i].parameters[k];
            if (dr_str_split(&rest, '/', &own[k]))
                other[k] = rest;
        }
        list[i].parameters = own;
        list[i].other = other;
        named one = { list[i].name, i };
        if (!dr_vec_push(&l->cmdlets, one))
            return no_memory(l);
        for (size_t k = 0; k < list[i].n_aliases; k++) {
            one.name = list[i].aliases[k];
            if (!dr_vec_push(&l->cmdlets, one))
                return no_memory(l);
        }
    }
    l->set->cmdlets = list;
    l->set->n_cmdlets = node->n;
    return DR_OK;
}

static dr_status read_cmdlets(loader *l, const yaml_node *map)
{
    static const char *const keys[] = { "flags", "hosts", "dry", "domain", "hands_on", "known", NULL };
    toolset *set = l->set;
    if (!map)
        return DR_OK;
    if (map->kind != YAML_MAP)
        return yaml_fail(l->err, &l->file, map, "cmdlets: expected a map");
    DR_TRY(yaml_only(&l->file, map, keys, l->err));
    DR_TRY(texts(l, map, "flags", &set->flags, &set->n_flags));
    DR_TRY(texts(l, map, "hosts", &set->hosts, &set->n_hosts));
    DR_TRY(texts(l, map, "dry", &set->dry, &set->n_dry));
    DR_TRY(texts(l, map, "domain", &set->domain, &set->n_domain));
    DR_TRY(read_known(l, yaml_get(map, "known")));
    const yaml_node *node = yaml_get(map, "hands_on");
    if (!node)
        return DR_OK;
    if (node->kind != YAML_LIST)
        return yaml_fail(l->err, &l->file, node, "hands_on: expected a list of patterns");
    cmdlet_wrap *list = DR_NEW_ARRAY(l->arena, cmdlet_wrap, node->n);
    if (!list)
        return no_memory(l);
    for (size_t i = 0; i < node->n; i++) {
        DR_TRY(compile(l, node->items[i], true, &list[i].pattern));
        list[i].name = pattern_cmdlet(list[i].pattern);
    }
    set->wraps = list;
    set->n_wraps = node->n;
    return DR_OK;
}

static dr_status read_all(loader *l)
{
    static const char *const keys[] = { "service_logons", "companions", "local_hosts", "tools", "cmdlets", NULL };
    if (l->file.n != 1)
        return dr_fail(l->err, DR_DATA, "%.*s: expected one document", DR_STR_ARG(l->file.name));
    const yaml_node *doc = l->file.documents[0];
    if (doc->kind != YAML_MAP)
        return yaml_fail(l->err, &l->file, doc, "expected a map with tools");
    DR_TRY(yaml_only(&l->file, doc, keys, l->err));
    if (!yaml_get(doc, "tools"))
        return yaml_fail(l->err, &l->file, doc, "tools: expected a map of ids to tools");
    DR_TRY(texts(l, doc, "service_logons", &l->set->logons, &l->set->n_logons));
    DR_TRY(texts(l, doc, "companions", &l->set->companions, &l->set->n_companions));
    DR_TRY(texts(l, doc, "local_hosts", &l->set->local_hosts, &l->set->n_local_hosts));
    DR_TRY(read_tools(l, yaml_get(doc, "tools")));
    DR_TRY(read_cmdlets(l, yaml_get(doc, "cmdlets")));
    DR_TRY(seal(l, &l->images, "image", &l->set->images));
    DR_TRY(seal(l, &l->originals, "original name", &l->set->originals));
    return seal(l, &l->cmdlets, "cmdlet or alias", &l->set->cmdlet_names);
}

dr_status toolset_load(dr_arena *arena, dr_str file, dr_str text, toolset **out, dr_err *err)
{
    loader l = { .arena = arena, .err = err, .set = DR_NEW(arena, toolset) };
    *out = l.set;
    if (!l.set)
        return dr_fail(err, DR_NOMEM, "out of memory");
    dr_status status = yaml_load(arena, dr_arena_str(arena, file), dr_arena_str(arena, text), &l.file, err);
    if (status == DR_OK)
        status = read_all(&l);
    dr_vec_free(&l.images);
    dr_vec_free(&l.originals);
    dr_vec_free(&l.cmdlets);
    return status;
}

const tool *toolset_find(const toolset *set, dr_str id)
{
    for (size_t i = 0; i < set->n_tools; i++) {
        if (dr_str_eq(set->tools[i].id, id))
            return &set->tools[i];
    }
    return NULL;
}

static const tool *tool_at(const toolset *set, size_t index)
{
    return index == SIZE_MAX ? NULL : &set->tools[index];
}

const tool *toolset_of_word(const toolset *set, dr_str word)
{
    dr_str name = dr_str_trim(word);
    while (name.n && (name.p[0] == '"' || name.p[0] == '\''))
        name = dr_str_from(name, 1);
    while (name.n && (name.p[name.n - 1] == '"' || name.p[name.n - 1] == '\''))
        name.n--;
    return tool_at(set, find(&set->images, bare_name(dr_str_basename(name))));
}

const tool *toolset_of_process(const toolset *set, dr_str image, dr_str original_name, bool *renamed)
{
    const tool *by_image = toolset_of_word(set, image);
    dr_str original = dr_str_trim(original_name);
    bool said = original.n && !dr_str_is(original, "-") && !dr_str_is(original, "?");
    const tool *by_original = said ? tool_at(set, find(&set->originals, bare_name(original))) : NULL;
    if (renamed)
        *renamed = false;
    if (!said || !image.n)
        return said ? by_original : by_image;
    if (by_image && !by_original) { /* another program under a known name; but .com, .dll and the like are spellings */
        dr_str base = bare_name(dr_str_basename(image));
        if (dr_str_starts_fold(bare_name(original), base))
            return by_image;
    }
    if (renamed)
        *renamed = by_image != by_original && (by_image || by_original);
    return by_original;
}

bool toolset_service_logon(const toolset *set, dr_str logon_id)
{
    uint64_t have, known;
    if (!dr_str_to_u64(logon_id, &have))
        return false;
    for (size_t i = 0; i < set->n_logons; i++) {
        if (dr_str_to_u64(set->logons[i], &known) && known == have)
            return true;
    }
    return false;
}

bool toolset_companion_process(const toolset *set, dr_str image)
{
    dr_str name = bare_name(dr_str_basename(image));
    for (size_t i = 0; i < set->n_companions; i++) {
        if (dr_str_eq_fold(set->companions[i], name))
            return true;
    }
    return false;
}

dr_str toolset_exit_meaning(const tool *t, dr_str status)
{
    int64_t have;
    uint64_t bits;
    if (!dr_str_to_i64(status, &have)) {
        if (!dr_str_to_u64(status, &bits))
            return DR_STR_NONE;
        have = (int64_t)bits;
    }
    for (size_t i = 0; t && i < t->n_exits; i++) {
        if (t->exits[i].status == have || (uint32_t)t->exits[i].status == (uint32_t)have)
            return t->exits[i].meaning;
    }
    return DR_STR_NONE;
}

const cmdlet *toolset_cmdlet(const toolset *set, dr_str name)
{
    size_t slash = dr_str_rfind_char(name, '\\');
    if (slash != SIZE_MAX) /* Module\Verb-Noun */
        name = dr_str_from(name, slash + 1);
    size_t index = find(&set->cmdlet_names, name);
    return index == SIZE_MAX ? NULL : &set->cmdlets[index];
}

const cmdlet_wrap *toolset_cmdlet_wraps(const toolset *set, size_t *n)
{
    *n = set->n_wraps;
    return set->wraps;
}

bool toolset_domain_cmdlet(const toolset *set, dr_str name)
{
    for (size_t i = 0; i < set->n_domain; i++) {
        if (dr_str_glob_fold(set->domain[i], name))
            return true;
    }
    return false;
}

bool toolset_local_host(const toolset *set, dr_str name)
{
    for (size_t i = 0; i < set->n_local_hosts; i++) {
        if (dr_str_eq_fold(set->local_hosts[i], name))
            return true;
    }
    return false;
}

/* Whole, or a beginning of three letters or more. */
static bool is_parameter(const dr_str *list, size_t n, dr_str name)
{
    for (size_t i = 0; i < n; i++) {
        if (dr_str_eq_fold(list[i], name) || (name.n >= 3 && dr_str_starts_fold(list[i], name)))
            return true;
    }
    return false;
}

dr_str cmdlet_parameter(const cmdlet *c, dr_str name)
{
    for (size_t i = 0; c && i < c->n_parameters; i++) {
        if (c->other[i].n && dr_str_eq_fold(c->other[i], name))
            return c->parameters[i];
    }
    return name;
}

bool toolset_flag_parameter(const toolset *set, const cmdlet *c, dr_str name)
{
    for (size_t i = 0; c && i < c->n_parameters; i++) {
        if (!dr_str_starts_fold(c->parameters[i], name))
            continue;
        for (size_t k = 0; k < set->n_flags; k++) {
            if (dr_str_eq_fold(set->flags[k], c->parameters[i]))
                return true;
        }
        return false;
    }
    return is_parameter(set->flags, set->n_flags, name);
}

bool toolset_host_parameter(const toolset *set, dr_str name)
{
    return is_parameter(set->hosts, set->n_hosts, name);
}

bool toolset_dry_parameter(const toolset *set, dr_str name)
{
    return is_parameter(set->dry, set->n_dry, name);
}
