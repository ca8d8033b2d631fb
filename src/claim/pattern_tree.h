/* The inside of a compiled usage pattern, shared by compiler (pattern.c) and matcher
 * (pattern_match.c) alone. */
#ifndef DR_CLAIM_PATTERN_TREE_H
#define DR_CLAIM_PATTERN_TREE_H

#include "claim/pattern.h"

typedef struct pattern_word pattern_word;

typedef enum piece_kind {
    PIECE_TEXT,
    PIECE_TAIL, /* any prefix of it: what stood in [] inside a word */
    PIECE_ALT,
    PIECE_PARAM,
    PIECE_SKIP /* any text */
} piece_kind;

typedef struct pattern_piece {
    piece_kind kind;
    dr_str text;       /* TEXT, TAIL */
    dr_str param;      /* PARAM: name, empty where only the globs matter */
    bool rest;         /* PARAM: everything from here on */
    pattern_type type;
    const dr_str *globs; /* PARAM: the value has to fit one of them */
    size_t n_globs;
    const pattern_word *words; /* ALT */
    size_t n_words;
} pattern_piece;

struct pattern_word {
    const pattern_piece *pieces;
    size_t n;
    bool mark;   /* begins with a switch mark, which is not among the pieces */
    bool keyed;  /* Key=..., may stand anywhere */
    bool open;   /* Key= whose value may be the next word */
    bool glued;  /* (/i)<x>: value glued on, or the next word */
    bool plus;   /* one or more */
    bool rest;   /* a single <name...>: everything from here on */
};

typedef enum element_kind { ELEMENT_WORD, ELEMENT_ONE_OF, ELEMENT_OPTIONAL, ELEMENT_REST } element_kind;

typedef struct pattern_element pattern_element;
typedef struct pattern_row {
    const pattern_element *list;
    size_t n;
} pattern_row;

struct pattern_element {
    element_kind kind;
    pattern_word word;        /* WORD */
    const pattern_row *rows;  /* ONE_OF, OPTIONAL: alternatives */
    size_t n_rows;
    size_t column;
};

/* A switch with its values: values[0] is the switch itself. */
typedef struct pattern_switch {
    const pattern_element *list;
    size_t n;
} pattern_switch;

typedef struct pattern_switches { /* one alternative: all of these */
    const pattern_switch *list;
    size_t n;
} pattern_switches;

typedef struct pattern_group {
    const pattern_switches *rows;
    size_t n_rows;
    bool optional;
} pattern_group;

/* One argument of a cmdlet. */
typedef struct pattern_argument {
    dr_str name;
    bool positional; /* the name may be left out */
    bool optional;
    bool absent;     /* !-Name */
    bool flag;       /* no value */
    unsigned one_of; /* items of one number > 0: one of them has to fit */
    pattern_word value;
    const dr_str *keys; /* of a hashtable, with their values */
    const pattern_word *key_values;
    size_t n_keys;
} pattern_argument;

struct pattern {
    dr_str usage;
    bool rest; /* [...] somewhere */
    /* program */
    pattern_row words; /* positional */
    const pattern_group *groups;
    size_t n_groups;
    const pattern_word *absent;
    size_t n_absent;
    /* cmdlet */
    dr_str cmdlet;
    const pattern_argument *arguments;
    size_t n_arguments;
};

/* As pattern_match; USED (one flag a token, may be NULL) gets the tokens that were named, not skipped. */
dr_status pattern_match_used(const pattern *p, const struct command *c, dr_arena *arena, const pattern_bindings **out,
                             size_t *n, bool *used) DR_MUST_CHECK;

#endif
