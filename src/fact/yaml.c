#include "fact/yaml.h"

#include "base/limits.h"
#include "base/vec.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

/* A list under construction: children of a node, before their number is known. */
typedef DR_VEC(const yaml_node *) node_list;

typedef struct builder {
    yaml_parser_t parser;
    dr_arena *arena;
    dr_str name;
    dr_str text;
    size_t nodes;
    dr_err *err;
} builder;

static dr_status fail_at(const builder *b, yaml_mark_t mark, const char *fmt, ...) DR_PRINTF(3, 4);

static dr_status fail_at(const builder *b, yaml_mark_t mark, const char *fmt, ...)
{
    char text[320];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return dr_fail(b->err, DR_DATA, "%.*s:%zu:%zu: %s", DR_STR_ARG(b->name), mark.line + 1, mark.column + 1, text);
}

/* The reader of libyaml gives a byte offset only. */
static yaml_mark_t mark_of_offset(dr_str text, size_t offset)
{
    yaml_mark_t mark = { .index = offset };
    for (size_t i = 0; i < offset && i < text.n; i++) {
        if (text.p[i] == '\n') {
            mark.line++;
            mark.column = 0;
        } else if (((unsigned char)text.p[i] & 0xc0) != 0x80)
            mark.column++;
    }
    return mark;
}

static dr_status parser_failed(const builder *b)
{
    const yaml_parser_t *p = &b->parser;
    const char *problem = p->problem ? p->problem : "not readable as YAML";
    if (p->error == YAML_MEMORY_ERROR)
        return dr_fail(b->err, DR_NOMEM, "%.*s: out of memory", DR_STR_ARG(b->name));
    if (p->error == YAML_READER_ERROR)
        return fail_at(b, mark_of_offset(b->text, p->problem_offset), "%s", problem);
    return fail_at(b, p->problem_mark, "%s%s%s", p->context ? p->context : "", p->context ? ", " : "", problem);
}

static dr_status next_event(builder *b, yaml_event_t *event)
{
    return yaml_parser_parse(&b->parser, event) ? DR_OK : parser_failed(b);
}

static dr_str copy(const builder *b, const yaml_char_t *p, size_t n)
{
    return dr_arena_str(b->arena, (dr_str){ (const char *)p, n });
}

static dr_status no_memory(const builder *b)
{
    return dr_fail(b->err, DR_NOMEM, "%.*s: out of memory", DR_STR_ARG(b->name));
}

static dr_status read_node(builder *b, const yaml_event_t *event, int depth, const yaml_node **out);

/* Appends the children up to the event END. Keys and values of a map alternate. */
static dr_status read_children(builder *b, yaml_event_type_t end, int depth, node_list *children)
{
    for (;;) {
        yaml_event_t event;
        dr_status status = next_event(b, &event);
        if (status != DR_OK)
            return status;
        if (event.type == end) {
            yaml_event_delete(&event);
            return DR_OK;
        }
        const yaml_node *child = NULL;
        status = read_node(b, &event, depth, &child);
        yaml_event_delete(&event);
        if (status == DR_OK && end == YAML_MAPPING_END_EVENT && children->n % 2 == 0 && child->kind != YAML_SCALAR)
            status = fail_at(b, (yaml_mark_t){ .line = child->line - 1, .column = child->column - 1 },
                             "expected plain text as a key");
        if (status == DR_OK && !dr_vec_push(children, child))
            status = no_memory(b);
        if (status != DR_OK)
            return status;
    }
}

static int key_order(const void *a, const void *b, void *context)
{
    const yaml_node *x = *(const yaml_node *const *)a, *y = *(const yaml_node *const *)b;
    (void)context;
    return dr_str_cmp(x->text, y->text);
}

/* Sorting keeps equal keys in the order in which they stand, so the second of two is the one named. */
static dr_status refuse_duplicates(const builder *b, const yaml_node *map)
{
    node_list sorted = { 0 };
    dr_status status = DR_OK;
    for (size_t i = 0; i < map->n && status == DR_OK; i++) {
        if (!dr_vec_push(&sorted, map->keys[i]))
            status = no_memory(b);
    }
    if (status == DR_OK && !dr_sort(sorted.p, sorted.n, sizeof *sorted.p, key_order, NULL))
        status = no_memory(b);
    for (size_t i = 1; status == DR_OK && i < sorted.n; i++) {
        const yaml_node *key = sorted.p[i];
        if (dr_str_eq(sorted.p[i - 1]->text, key->text))
            status = fail_at(b, (yaml_mark_t){ .line = key->line - 1, .column = key->column - 1 },
                             "the key '%.*s' stands here twice (first in line %" PRIu32 ")", DR_STR_ARG(key->text),
                             sorted.p[i - 1]->line);
    }
    dr_vec_free(&sorted);
    return status;
}

static dr_status read_collection(builder *b, yaml_node *node, bool map, int depth)
{
    node_list children = { 0 };
    dr_status status = read_children(b, map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT, depth + 1, &children);
    if (status == DR_OK) {
        node->kind = map ? YAML_MAP : YAML_LIST;
        node->n = map ? children.n / 2 : children.n;
        const yaml_node **items = DR_NEW_ARRAY(b->arena, const yaml_node *, node->n);
        const yaml_node **keys = map ? DR_NEW_ARRAY(b->arena, const yaml_node *, node->n) : NULL;
        if (dr_arena_failed(b->arena))
            status = no_memory(b);
        for (size_t i = 0; status == DR_OK && i < node->n; i++) {
            items[i] = children.p[map ? 2 * i + 1 : i];
            if (map)
                keys[i] = children.p[2 * i];
        }
        node->items = items;
        node->keys = keys;
    }
    dr_vec_free(&children);
    return status == DR_OK && map ? refuse_duplicates(b, node) : status;
}

static dr_status read_node(builder *b, const yaml_event_t *event, int depth, const yaml_node **out)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    yaml_node *node = DR_NEW(b->arena, yaml_node);
    if (!node)
        return no_memory(b);
    if (depth > DR_YAML_MAX_DEPTH)
        return fail_at(b, event->start_mark, "nested deeper than %d", DR_YAML_MAX_DEPTH);
    if (++b->nodes > DR_YAML_MAX_NODES)
        return fail_at(b, event->start_mark, "more than %d nodes", DR_YAML_MAX_NODES);
    node->line = (uint32_t)event->start_mark.line + 1;
    node->column = (uint32_t)event->start_mark.column + 1;
    *out = node;

    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    if (event->type == YAML_ALIAS_EVENT || anchor)
        return fail_at(b, event->start_mark, "anchors and aliases are not allowed (text that begins with & or * needs quotes)");
    if (tag)
        return fail_at(b, event->start_mark, "tags are not allowed (text that begins with ! needs quotes)");

    switch ((int)event->type) {
    case YAML_SCALAR_EVENT:
        node->kind = YAML_SCALAR;
        node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        node->text = copy(b, event->data.scalar.value, event->data.scalar.length);
        return dr_arena_failed(b->arena) ? no_memory(b) : DR_OK;
    case YAML_SEQUENCE_START_EVENT: return read_collection(b, node, false, depth);
    case YAML_MAPPING_START_EVENT: return read_collection(b, node, true, depth);
    default: return fail_at(b, event->start_mark, "expected a value");
    }
}

static dr_status read_stream(builder *b, node_list *documents)
{
    for (;;) {
        yaml_event_t event;
        dr_status status = next_event(b, &event);
        if (status != DR_OK)
            return status;
        yaml_event_type_t type = event.type;
        const yaml_node *document = NULL;
        if (type != YAML_STREAM_START_EVENT && type != YAML_STREAM_END_EVENT && type != YAML_DOCUMENT_START_EVENT &&
            type != YAML_DOCUMENT_END_EVENT) {
            status = read_node(b, &event, 1, &document);
            if (status == DR_OK && !dr_vec_push(documents, document))
                status = no_memory(b);
        }
        yaml_event_delete(&event);
        if (status != DR_OK || type == YAML_STREAM_END_EVENT)
            return status;
    }
}

dr_status yaml_load(dr_arena *arena, dr_str name, dr_str text, yaml_file *out, dr_err *err)
{
    builder b = { .arena = arena, .name = dr_arena_str(arena, name), .text = text, .err = err };
    node_list documents = { 0 };
    *out = (yaml_file){ .name = b.name };
    if (text.n > DR_YAML_MAX_BYTES)
        return dr_fail(err, DR_LIMIT, "%.*s: larger than %u bytes", DR_STR_ARG(name), DR_YAML_MAX_BYTES);
    if (!yaml_parser_initialize(&b.parser))
        return no_memory(&b);
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)(text.n ? text.p : ""), text.n);
    dr_status status = read_stream(&b, &documents);
    yaml_parser_delete(&b.parser);
    if (status == DR_OK) {
        out->n = documents.n;
        out->documents = DR_NEW_ARRAY(arena, const yaml_node *, documents.n);
        if (!out->documents)
            status = no_memory(&b);
        for (size_t i = 0; status == DR_OK && i < documents.n; i++)
            out->documents[i] = documents.p[i];
    }
    dr_vec_free(&documents);
    return status;
}

const yaml_node *yaml_get(const yaml_node *map, const char *key)
{
    for (size_t i = 0; map && map->kind == YAML_MAP && i < map->n; i++) {
        if (dr_str_is(map->keys[i]->text, key))
            return map->items[i];
    }
    return NULL;
}

dr_status yaml_fail(dr_err *err, const yaml_file *file, const yaml_node *at, const char *fmt, ...)
{
    char text[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (!at)
        return dr_fail(err, DR_DATA, "%.*s: %s", DR_STR_ARG(file->name), text);
    return dr_fail(err, DR_DATA, "%.*s:%" PRIu32 ":%" PRIu32 ": %s", DR_STR_ARG(file->name), at->line, at->column, text);
}

#define NEAR_MAX 32 /* keys are short; longer ones are not compared */

/* Edit distance, for naming the key that was probably meant. */
static size_t distance(dr_str a, dr_str b)
{
    size_t row[NEAR_MAX + 1];
    if (a.n > NEAR_MAX || b.n > NEAR_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t change = corner + (a.p[i - 1] != b.p[j - 1]);
            corner = row[j];
            size_t least = row[j] < row[j - 1] ? row[j] : row[j - 1];
            row[j] = change < least + 1 ? change : least + 1;
        }
    }
    return row[b.n];
}

dr_str yaml_nearest(dr_str word, const char *const *words)
{
    dr_str best = DR_STR_NONE;
    size_t least = word.n > 4 ? 3 : 2; /* one letter off in short words, two in longer */
    for (size_t i = 0; words[i]; i++) {
        size_t d = distance(word, dr_str_of(words[i]));
        if (d < least) {
            least = d;
            best = dr_str_of(words[i]);
        }
    }
    return best;
}

dr_status yaml_only(const yaml_file *file, const yaml_node *map, const char *const *allowed, dr_err *err)
{
    if (map->kind != YAML_MAP)
        return yaml_fail(err, file, map, "expected keys and values");
    for (size_t i = 0; i < map->n; i++) {
        dr_str key = map->keys[i]->text;
        size_t k = 0;
        while (allowed[k] && !dr_str_is(key, allowed[k]))
            k++;
        if (allowed[k])
            continue;
        dr_str near = yaml_nearest(key, allowed);
        if (near.n)
            return yaml_fail(err, file, map->keys[i], "there is no key '%.*s' here; '%.*s' may be meant", DR_STR_ARG(key),
                             DR_STR_ARG(near));
        return yaml_fail(err, file, map->keys[i], "there is no key '%.*s' here", DR_STR_ARG(key));
    }
    return DR_OK;
}

dr_status yaml_text(const yaml_file *file, const yaml_node *map, const char *key, bool required, dr_str *out, dr_err *err)
{
    const yaml_node *node = yaml_get(map, key);
    *out = (dr_str){ NULL, 0 };
    if (!node)
        return required ? yaml_fail(err, file, map, "expected the key '%s'", key) : DR_OK;
    if (node->kind != YAML_SCALAR)
        return yaml_fail(err, file, node, "%s: expected text", key);
    *out = node->text;
    return DR_OK;
}

dr_status yaml_texts(const yaml_file *file, const yaml_node *node, dr_arena *arena, dr_str **out, size_t *n, dr_err *err)
{
    *out = NULL;
    *n = 0;
    if (node->kind == YAML_MAP)
        return yaml_fail(err, file, node, "expected text or a list of texts");
    size_t count = node->kind == YAML_LIST ? node->n : 1;
    dr_str *texts = DR_NEW_ARRAY(arena, dr_str, count);
    if (!texts)
        return dr_fail(err, DR_NOMEM, "%.*s: out of memory", DR_STR_ARG(file->name));
    for (size_t i = 0; i < count; i++) {
        const yaml_node *item = node->kind == YAML_LIST ? node->items[i] : node;
        if (item->kind != YAML_SCALAR)
            return yaml_fail(err, file, item, "expected text");
        texts[i] = item->text;
    }
    *out = texts;
    *n = count;
    return DR_OK;
}

const char *yaml_library(void)
{
    return yaml_get_version_string();
}
