/* Runs records through compiled maps. */
#include "fact/map_parts.h"

#include "base/limits.h"
#include "fact/path.h"
#include "fact/value.h"

#include <inttypes.h>

#define KEYWORD_AUDIT_SUCCESS 0x0020000000000000ull
#define KEYWORD_AUDIT_FAILURE 0x0010000000000000ull
#define RUN_ARENA_LIMIT (256u << 20)
#define EXPR_DEPTH_MAX 16
#define CHOICES_MAX 8
/* Records of which a part may be missing: lacking fields are no sign of another writer. */
#define RECORD_PIECES (RECORD_TORN | RECORD_RECOVERED | RECORD_DELETED)

/* A value that was looked for once in this record. */
typedef struct cached {
    uint32_t turn; /* of the record it belongs to */
    bool there;
    dr_str value;
} cached;

struct fact_mapper {
    const fact_maps *maps;
    dr_arena *arena; /* of one record */
    matcher_scratch *scratch;
    cached *fields;  /* by slot */
    cached variables[MAP_VARIABLES_MAX]; /* of one map */
    uint32_t turn, variables_turn;
    uint16_t means_logged;
    const record *r;
    const fact_map *map;
    fact_draft draft;
};

fact_mapper *fact_mapper_create(const fact_maps *maps)
{
    fact_mapper *m = dr_mem_alloc(sizeof *m);
    if (!m)
        return NULL;
    m->maps = maps;
    m->arena = dr_arena_create("one record's facts", RUN_ARENA_LIMIT);
    m->scratch = matcher_scratch_create();
    m->fields = dr_mem_alloc((maps->fields.n + 1) * sizeof *m->fields);
    m->means_logged = vocab_meaning_of(maps->vocab, DR_STR("logged"));
    if (!m->arena || !m->scratch || !m->fields) {
        fact_mapper_destroy(m);
        return NULL;
    }
    return m;
}

void fact_mapper_destroy(fact_mapper *m)
{
    if (!m)
        return;
    dr_arena_destroy(m->arena);
    matcher_scratch_destroy(m->scratch);
    dr_mem_free(m->fields);
    dr_mem_free(m);
}

/* --- values ------------------------------------------------------------------------------------ */

static bool eval(fact_mapper *m, const expr *e, int depth, dr_str *out);

static bool field(fact_mapper *m, size_t slot, dr_str *out)
{
    cached *c = &m->fields[slot];
    if (c->turn != m->turn) {
        const map_field *f = &m->maps->fields.p[slot];
        *c = (cached){ .turn = m->turn };
        c->there = record_get(m->r, m->arena, f->name, f->nth, &c->value);
        if (c->value.n > DR_FIELD_MAX)
            c->value.n = DR_FIELD_MAX;
    }
    *out = c->value;
    return c->there;
}

static bool system_value(fact_mapper *m, size_t which, dr_str *out)
{
    const record *r = m->r;
    switch ((system_field)which) {
    case SYSTEM_PID: *out = dr_arena_printf(m->arena, "%" PRIu32, r->pid); return r->pid != 0;
    case SYSTEM_TID: *out = dr_arena_printf(m->arena, "%" PRIu32, r->tid); return r->tid != 0;
    case SYSTEM_USER: *out = r->user_sid; return r->user_sid.n != 0;
    case SYSTEM_ACTIVITY: *out = r->activity; return r->activity.n != 0;
    case SYSTEM_COMPUTER: *out = r->computer; return r->computer.n != 0;
    case SYSTEM_CHANNEL: *out = r->channel; return r->channel.n != 0;
    case SYSTEM_PROVIDER: *out = r->provider; return r->provider.n != 0;
    case SYSTEM_TIME: *out = dr_arena_printf(m->arena, "%" PRId64, r->time); return r->time != DR_NO_TIME;
    case SYSTEM_LEVEL: *out = dr_arena_printf(m->arena, "%" PRIu32, r->level); return true;
    case SYSTEM_VERSION: *out = dr_arena_printf(m->arena, "%" PRIu32, r->version); return true;
    case SYSTEM_PLACE: *out = r->place; return r->place.n != 0;
    case SYSTEM_RECORD: *out = dr_arena_printf(m->arena, "%" PRIu64, r->record_id); return r->record_id != 0;
    case SYSTEM_FIELDS: break;
    }
    return false;
}

static bool variable(fact_mapper *m, size_t index, int depth, dr_str *out)
{
    cached *c = &m->variables[index];
    if (c->turn != m->variables_turn) {
        c->turn = m->variables_turn;
        c->there = eval(m, &m->map->variables[index], depth, &c->value);
    }
    *out = c->value;
    return c->there;
}

/* Numbers are compared as numbers, however they are written; tokens of message tables as text. */
static bool values_equal(dr_str a, dr_str b)
{
    int64_t x, y;
    if (dr_str_eq_fold(a, b))
        return true;
    return !dr_str_starts(a, DR_STR("%%")) && !dr_str_starts(b, DR_STR("%%")) && fact_number(a, &x) && fact_number(b, &y) && x == y;
}

static bool map_value(const step *s, dr_str in, dr_str *out)
{
    for (size_t i = 0; i < s->n_pairs; i++) {
        if (values_equal(s->pairs[i].from, in)) {
            *out = s->pairs[i].to;
            return true;
        }
    }
    *out = in;
    return s->keep;
}

static bool split_part(const step *s, dr_str in, dr_str *out)
{
    long index = s->index;
    if (index < 0) {
        long parts = 1;
        for (size_t i = 0; i < in.n; i++)
            parts += in.p[i] == s->text.p[0];
        index += parts;
    }
    for (; index >= 0 && dr_str_split(&in, s->text.p[0], out); index--) {
        if (index == 0)
            return true;
    }
    return false;
}

static bool fold_ascii(fact_mapper *m, dr_str in, bool upper, dr_str *out)
{
    if (upper) {
        *out = dr_arena_fold(m->arena, in);
        return true;
    }
    char *p = dr_arena_bytes(m->arena, in.n + 1);
    if (!p)
        return false;
    for (size_t i = 0; i < in.n; i++)
        p[i] = in.p[i] >= 'A' && in.p[i] <= 'Z' ? (char)(in.p[i] + 32) : in.p[i];
    *out = (dr_str){ p, in.n };
    return true;
}

static bool turn_slashes(fact_mapper *m, dr_str in, dr_str *out)
{
    char *p = dr_arena_bytes(m->arena, in.n + 1);
    if (!p)
        return false;
    for (size_t i = 0; i < in.n; i++)
        p[i] = in.p[i] == '/' ? '\\' : in.p[i];
    *out = (dr_str){ p, in.n };
    return true;
}

/* The last place of TEXT, or SIZE_MAX. */
static size_t find_last(dr_str s, dr_str text)
{
    size_t last = SIZE_MAX;
    for (size_t at = 0; at <= s.n;) {
        size_t found = dr_str_find(dr_str_from(s, at), text);
        if (found == SIZE_MAX)
            break;
        last = at + found;
        at = last + 1;
    }
    return last;
}

static bool cut(const step *s, dr_str in, dr_str *out)
{
    bool last = s->op == STEP_AFTER_LAST || s->op == STEP_BEFORE_LAST;
    size_t at = last ? find_last(in, s->text) : dr_str_find(in, s->text);
    if (at == SIZE_MAX)
        return false;
    *out = s->op == STEP_AFTER || s->op == STEP_AFTER_LAST ? dr_str_from(in, at + s->text.n) : dr_str_sub(in, 0, at);
    return true;
}

static bool apply(fact_mapper *m, const step *s, bool there, dr_str in, dr_str *out)
{
    dr_arena *a = m->arena;
    if (s->op == STEP_DEFAULT) {
        *out = there && !fact_is_null(in) ? in : s->text;
        return true;
    }
    if (!there)
        return false;
    switch (s->op) {
    case STEP_REGEX: return matcher_find(s->regex, m->scratch, in, out);
    case STEP_SPLIT: return split_part(s, in, out);
    case STEP_AFTER:
    case STEP_BEFORE:
    case STEP_AFTER_LAST:
    case STEP_BEFORE_LAST: return cut(s, in, out);
    case STEP_BYTES:
        *out = dr_str_sub(in, 2 * (size_t)s->index, 2 * s->size);
        return out->n == 2 * s->size;
    case STEP_MAP: return map_value(s, in, out);
    case STEP_XML: return value_xml(a, in, s->text, out);
    case STEP_HEX_UTF16: return value_hex_utf16(a, in, out);
    case STEP_HEX_ASCII: return value_hex_ascii(a, in, out);
    case STEP_HEX_LE: return value_hex_le(a, in, out);
    case STEP_HEX_SYSTEMTIME: return value_hex_systemtime(a, in, out);
    case STEP_HEX: return value_hex(a, in, out);
    case STEP_FILETIME: return value_filetime(a, in, out);
    case STEP_TIME: return value_time(a, in, out);
    case STEP_GUID: return fact_canonical(a, FACT_GUID, in, out);
    case STEP_SID: return fact_canonical(a, FACT_SID, in, out);
    case STEP_SID_BYTES: return value_sid_bytes(a, in, out);
    case STEP_NUMBER: return fact_canonical(a, FACT_NUMBER, in, out);
    case STEP_STATUS: return fact_canonical(a, FACT_STATUS, in, out);
    case STEP_UPPER: return fold_ascii(m, in, true, out);
    case STEP_LOWER: return fold_ascii(m, in, false, out);
    case STEP_TRIM: *out = dr_str_trim(in); return true;
    case STEP_BASENAME: *out = dr_str_basename(in); return true;
    case STEP_NAME_OF: *out = name_without_domain(in); return true;
    case STEP_DOMAIN_OF: *out = name_domain(in); return out->n != 0;
    case STEP_UNESCAPE: return value_unescape(a, in, out);
    case STEP_UNQUOTE: return value_unquote(in, out);
    case STEP_REGISTRY_KEY: return value_registry_key(a, in, out);
    case STEP_BACKSLASHES: return turn_slashes(m, in, out);
    case STEP_DEFAULT:
    case STEP_COUNT: break;
    }
    return false;
}

static bool eval_join(fact_mapper *m, const expr *e, int depth, dr_str *out)
{
    *out = DR_STR_NONE;
    for (size_t i = 0; i < e->n; i++) {
        dr_str part;
        if (!eval(m, &e->items[i], depth, &part) || (e->items[i].kind != EXPR_LITERAL && fact_is_null(part)))
            return false;
        *out = dr_arena_concat(m->arena, *out, part);
    }
    return true;
}

static bool eval_minus(fact_mapper *m, const expr *e, int depth, dr_str *out)
{
    dr_str a, b;
    int64_t x, y;
    if (!eval(m, &e->items[0], depth, &a) || !eval(m, &e->items[1], depth, &b) || !fact_number(a, &x) || !fact_number(b, &y))
        return false;
    if ((y < 0 && x > INT64_MAX + y) || (y > 0 && x < INT64_MIN + y))
        return false;
    *out = dr_arena_printf(m->arena, "%" PRId64, x - y);
    return true;
}

static bool eval(fact_mapper *m, const expr *e, int depth, dr_str *out)
{
    *out = DR_STR_NONE;
    if (depth > EXPR_DEPTH_MAX)
        return false;
    switch (e->kind) {
    case EXPR_LITERAL: *out = e->text; return true;
    case EXPR_FIELD: return field(m, e->index, out);
    case EXPR_SYSTEM: return system_value(m, e->index, out);
    case EXPR_VARIABLE: return variable(m, e->index, depth + 1, out);
    case EXPR_FIRST:
        for (size_t i = 0; i < e->n; i++) {
            if (eval(m, &e->items[i], depth + 1, out) && !fact_is_null(*out))
                return true;
        }
        return false;
    case EXPR_JOIN: return eval_join(m, e, depth + 1, out);
    case EXPR_MINUS: return eval_minus(m, e, depth + 1, out);
    case EXPR_CHAIN: {
        dr_str value;
        bool there = eval(m, &e->items[0], depth + 1, &value);
        for (size_t i = 0; i < e->n_steps; i++) {
            dr_str next = DR_STR_NONE;
            there = apply(m, &e->steps[i], there, value, &next);
            value = next;
        }
        *out = value;
        return there;
    }
    }
    return false;
}

/* --- conditions -------------------------------------------------------------------------------- */

static bool test_value(fact_mapper *m, const test *t, bool there, dr_str value)
{
    int64_t number;
    dr_str group;
    switch (t->op) {
    case TEST_EQUAL: return there && values_equal(value, t->text);
    case TEST_NOT: return !there || !values_equal(value, t->text);
    case TEST_MORE: return there && fact_number(value, &number) && number > t->number;
    case TEST_LESS: return there && fact_number(value, &number) && number < t->number;
    case TEST_GLOB: return there && dr_str_glob_fold(t->text, value);
    case TEST_NOT_GLOB: return !there || !dr_str_glob_fold(t->text, value);
    case TEST_REGEX: return there && matcher_find(t->regex, m->scratch, value, &group);
    case TEST_EMPTY: return !there || fact_is_null(value);
    case TEST_FILLED: return there && !fact_is_null(value);
    }
    return false;
}

static bool holds(fact_mapper *m, const condition *c)
{
    dr_str value;
    bool there = eval(m, &c->of, 0, &value);
    for (size_t i = 0; i < c->n; i++) {
        if (test_value(m, &c->tests[i], there, value) != c->negated)
            return !c->negated;
    }
    return c->negated;
}

static bool fits(fact_mapper *m, const fact_map *map)
{
    const record *r = m->r;
    if (map->n_channels && r->channel.n) {
        size_t i = 0;
        while (i < map->n_channels && !dr_str_eq_fold(map->channels[i], r->channel))
            i++;
        if (i == map->n_channels)
            return false;
    }
    if (map->n_versions) {
        size_t i = 0;
        while (i < map->n_versions && map->versions[i] != r->version)
            i++;
        if (i == map->n_versions)
            return false;
    }
    if (map->audit == AUDIT_SUCCESS && !(r->keywords & KEYWORD_AUDIT_SUCCESS))
        return false;
    if (map->audit == AUDIT_FAILURE && !(r->keywords & KEYWORD_AUDIT_FAILURE))
        return false;
    for (size_t i = 0; i < map->n_where; i++) {
        if (!holds(m, &map->where[i]))
            return false;
    }
    /* A piece without what every such record has states nothing. */
    for (size_t i = 0; i < map->n_expects && (r->flags & RECORD_PIECES); i++) {
        dr_str unused;
        if (!eval(m, &map->expects[i], 0, &unused))
            return false;
    }
    return true;
}

/* --- facts ------------------------------------------------------------------------------------- */

static uint32_t flags_of(fact_mapper *m, const fact_map *map)
{
    uint32_t flags = 0;
    const record *r = m->r;
    dr_str unused;
    if (map->classic)
        flags |= FACT_CLASSIC;
    if (map->marked && (r->flags & RECORD_NO_SOURCE_MARK))
        flags |= FACT_FORGED;
    for (size_t i = 0; i < map->n_expects && !(r->flags & RECORD_PIECES); i++) {
        if (!eval(m, &map->expects[i], 0, &unused))
            flags |= FACT_FORGED;
    }
    if (r->flags & (RECORD_RECOVERED | RECORD_DELETED))
        flags |= FACT_RECOVERED;
    if (r->flags & RECORD_HEADER_DIFFERS)
        flags |= FACT_EXPORT;
    if (m->maps->vocab->kinds[map->kind].at_rest)
        flags |= FACT_AT_REST;
    return flags;
}

static void set_time(fact_mapper *m, const fact_map *map, fact_draft *d)
{
    dr_str text, ticks;
    d->time = m->r->time;
    d->means = map->means;
    d->precision = map->precision;
    if (!map->has_time)
        return;
    if (!eval(m, &map->time, 0, &text) || !fact_canonical(m->arena, FACT_TIME, text, &ticks) || !dr_str_to_i64(ticks, &d->time))
        d->means = m->means_logged; /* what it should have said is not there: the time of writing is */
}

static bool has_attr(const fact_draft *d, dr_sym key)
{
    for (size_t i = 0; i < d->n_attrs; i++) {
        if (d->attrs[i].key == key)
            return true;
    }
    return false;
}

/* False where the record lacks what the map needs. */
static bool make_fact(fact_mapper *m, uint16_t index)
{
    const fact_map *map = &m->maps->maps.p[index];
    const record *r = m->r;
    fact_draft *d = &m->draft;
    d->n_attrs = 0;
    for (size_t i = 0; i < map->n_attrs; i++) {
        dr_str raw, value;
        if (eval(m, &map->attrs[i].value, 0, &raw) && fact_canonical(m->arena, map->attrs[i].type, raw, &value))
            d->attrs[d->n_attrs++] = (fact_attr){ map->attrs[i].key, value };
    }
    for (size_t i = 0; i < map->n_needs; i++) {
        if (!has_attr(d, map->needs[i]))
            return false;
    }
    d->kind = map->kind;
    d->map = index;
    d->flags = flags_of(m, map);
    d->host = r->computer;
    d->channel = r->channel;
    d->provider = r->provider;
    d->record = (fact_record){ .source = r->source,
                               .offset = r->offset,
                               .record_id = r->record_id,
                               .event_id = r->event_id,
                               .flags = r->flags,
                               .place = r->place };
    set_time(m, map, d);
    return true;
}

dr_status fact_mapper_run(fact_mapper *m, const record *r, fact_taker take, void *context)
{
    dr_str chosen[CHOICES_MAX];
    size_t n_chosen = 0;
    dr_status status = DR_OK;
    m->r = r;
    m->turn++;
    for (uint32_t at = fact_maps_first(m->maps, r); at && status == DR_OK; at = m->maps->chains.p[at - 1].next) {
        uint16_t index = m->maps->chains.p[at - 1].map;
        const fact_map *map = &m->maps->maps.p[index];
        bool taken = false;
        for (size_t i = 0; i < n_chosen && map->choice.n; i++)
            taken = taken || dr_str_eq(chosen[i], map->choice);
        m->map = map;
        m->variables_turn++;
        if (taken || !fits(m, map) || !make_fact(m, index))
            continue;
        if (map->choice.n && n_chosen < CHOICES_MAX)
            chosen[n_chosen++] = map->choice;
        status = take(context, &m->draft);
    }
    if (status == DR_OK && dr_arena_failed(m->arena))
        status = DR_NOMEM;
    dr_arena_reset(m->arena);
    m->r = NULL;
    return status;
}
