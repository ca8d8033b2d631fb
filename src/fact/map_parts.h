/* Inside of the files map_load, map_run and map_test of this layer: compiled maps. */
#ifndef DR_FACT_MAP_PARTS_H
#define DR_FACT_MAP_PARTS_H

#include "base/vec.h"
#include "fact/map.h"
#include "fact/matcher.h"
#include "fact/yaml.h"

typedef enum step_op { /* the closed list of transforms */
    STEP_REGEX,
    STEP_SPLIT,
    STEP_AFTER,
    STEP_BEFORE,
    STEP_AFTER_LAST,
    STEP_BEFORE_LAST,
    STEP_BYTES,
    STEP_MAP,
    STEP_DEFAULT,
    STEP_XML,
    STEP_HEX_UTF16,
    STEP_HEX_ASCII,
    STEP_HEX_LE,
    STEP_HEX_SYSTEMTIME,
    STEP_HEX,
    STEP_FILETIME,
    STEP_TIME,
    STEP_GUID,
    STEP_SID,
    STEP_SID_BYTES,
    STEP_NUMBER,
    STEP_STATUS,
    STEP_UPPER,
    STEP_LOWER,
    STEP_TRIM,
    STEP_BASENAME,
    STEP_NAME_OF,
    STEP_DOMAIN_OF,
    STEP_UNESCAPE,
    STEP_UNQUOTE,
    STEP_REGISTRY_KEY,
    STEP_BACKSLASHES,
    STEP_COUNT
} step_op;

typedef struct map_pair {
    dr_str from, to;
} map_pair;

typedef struct step {
    step_op op;
    dr_str text;    /* separator, default, element */
    long index;     /* part of a split (negative: from the end), offset of bytes */
    size_t size;    /* bytes */
    matcher *regex; /* owned by the maps */
    const map_pair *pairs;
    size_t n_pairs;
    bool keep; /* map: what is not listed passes unchanged */
} step;

typedef enum expr_kind { EXPR_LITERAL, EXPR_FIELD, EXPR_SYSTEM, EXPR_VARIABLE, EXPR_FIRST, EXPR_JOIN, EXPR_MINUS, EXPR_CHAIN } expr_kind;

typedef enum system_field { SYSTEM_PID, SYSTEM_TID, SYSTEM_USER, SYSTEM_ACTIVITY, SYSTEM_COMPUTER, SYSTEM_CHANNEL, SYSTEM_PROVIDER, SYSTEM_TIME, SYSTEM_LEVEL, SYSTEM_VERSION, SYSTEM_PLACE, SYSTEM_RECORD, SYSTEM_FIELDS } system_field;

typedef struct expr expr;
struct expr {
    expr_kind kind;
    dr_str text;  /* literal */
    size_t index; /* slot of the field, system field, variable */
    const expr *items;
    size_t n;
    const step *steps;
    size_t n_steps;
};

typedef enum test_op { TEST_EQUAL, TEST_NOT, TEST_MORE, TEST_LESS, TEST_GLOB, TEST_NOT_GLOB, TEST_REGEX, TEST_EMPTY, TEST_FILLED } test_op;

typedef struct test {
    test_op op;
    dr_str text;
    int64_t number;
    bool has_number;
    matcher *regex;
} test;

typedef struct condition { /* any of the tests; all where they are negations */
    expr of;
    const test *tests;
    size_t n;
    bool negated;
} condition;

typedef struct map_attr {
    dr_sym key;
    fact_type type;
    expr value;
} map_attr;

typedef enum map_audit { AUDIT_ANY, AUDIT_SUCCESS, AUDIT_FAILURE } map_audit;

#define MAP_VARIABLES_MAX 16

typedef struct fact_map {
    const dr_str *providers; /* of the document */
    size_t n_providers;
    const dr_str *channels;
    size_t n_channels;
    dr_str schema; /* rows; empty for event records */
    uint32_t event_id;
    const uint32_t *versions;
    size_t n_versions;
    map_audit audit;
    bool marked;  /* the provider always has a Guid or EventSourceName */
    bool classic;
    dr_str choice; /* of maps of one choice the first that fits makes its fact */
    const condition *where;
    size_t n_where;
    const expr *expects; /* fields that such a record always has */
    size_t n_expects;
    expr variables[MAP_VARIABLES_MAX];
    size_t n_variables;
    uint16_t kind, means;
    bool has_time;
    expr time;
    int64_t precision;
    const map_attr *attrs;
    size_t n_attrs;
    const dr_sym *needs;
    size_t n_needs;
    dr_str place;
} fact_map;

typedef struct map_field {
    dr_str name; /* empty: positional */
    size_t nth;
} map_field;

typedef struct map_example {
    const yaml_file *file;
    const yaml_node *node;
    const fact_map *defaults; /* any map of the document: provider, channel, schema */
} map_example;

struct fact_maps {
    const vocabulary *vocab;
    dr_arena *arena;
    dr_map *index;               /* "E\0PROVIDER\0id" and "S\0schema" -> place in by_key, plus one */
    DR_VEC(fact_map) maps;       /* in the order of files and lines */
    DR_VEC(map_field) fields;    /* slots */
    dr_map *field_slots;
    DR_VEC(matcher *) matchers;
    DR_VEC(map_example) examples;
    DR_VEC(struct map_chain {
        uint16_t map;
        uint32_t next; /* place + 1, 0 = end */
    }) chains;
};

#define MAP_KEY_MAX 320
/* Key of the index; empty when the name is too long to be any provider of ours. */
dr_str fact_maps_key(char buffer[MAP_KEY_MAX], char what, dr_str name, uint32_t event_id);
/* First chain link for the record, 0 for none. */
uint32_t fact_maps_first(const fact_maps *maps, const record *r);

#endif
