/* Programs that write a record's text: what one template compiles to. Internal to evtx_json.c and
 * evtx_xml.c. A program is a list of operations over a pool of literal text; what it does not cover
 * (several parts in one value, arrays at odd places, ...) makes it give up, at compile time or while
 * it runs, and the record goes through evtx_tree.h. */
#ifndef DR_FORMAT_EVTX_PROGRAM_H
#define DR_FORMAT_EVTX_PROGRAM_H

#include "base/buf.h"
#include "base/vec.h"
#include "format/binxml.h"

typedef enum evtx_op_code {
    OP_LIT,  /* the literal */
    OP_IF,   /* slot null: go on at `to` */
    OP_PART, /* a part with the number `to` begins; if its text is known, go on behind it */
    OP_PART_END,
    /* VALUE, POSITIONAL, ATTR_FIRST and TEXT write their literal first */
    OP_KEY,        /* JSON: the literal, without its leading comma right after `{` */
    OP_VALUE,      /* JSON: a scalar; nothing there is null, or "" with EVTX_OP_DATA */
    OP_POSITIONAL, /* JSON: {"#text":...}, arrays spread */
    OP_ATTR_FIRST, /* JSON: no attribute was written yet */
    OP_ATTR,       /* JSON: when there is a value, {"#attributes":{ or a comma, literal, value */
    OP_ATTR_MORE,  /* JSON: the same where the object is open already */
    OP_ATTR_TEXT,  /* JSON: closes the attributes, then text in `slot` (none: 0xffff) */
    OP_ATTR_OPEN,  /* JSON: closes the attributes, or opens the object; members follow */
    OP_TEXT,       /* JSON: ,"#text":value when there is one */
    OP_CLOSE,      /* JSON: }, or null for an object without members */
    OP_NESTED,     /* the embedded fragment in `slot`; JSON: with a comma unless first */
    OP_XML_ATTR,   /* XML: the literal, the value and a quote, unless null */
    OP_XML_TEXT,   /* XML: > value literal, or /> when null */
    OP_XML_SPREAD, /* XML: a whole element (literal: its start tag and end tag) per item of an array */
    OP_XML_OPEN, /* XML: > of an element whose children may all vanish */
    OP_XML_CLOSE /* XML: literal, or /> in place of the > when nothing was written since */
} evtx_op_code;

enum { EVTX_OP_DATA = 1u, EVTX_OP_BODY = 2u };

#define EVTX_NO_SLOT 0xffffu
#define EVTX_LIT_PAD 32u /* readable bytes behind every literal */

typedef struct evtx_op {
    uint8_t code, flags;
    uint16_t slot;
    uint16_t to;    /* OP_IF, OP_PART */
    uint16_t split; /* OP_XML_SPREAD: where the end tag begins in the literal */
    uint32_t lit, lit_n;
} evtx_op;

/* The text of a part, and the values that make it so. */
#define EVTX_KEY_MAX 256u
#define EVTX_TEXT_MAX 480u
typedef struct evtx_kept {
    uint32_t key_n, text_n; /* key_n 0: nothing is kept */
    uint8_t key[EVTX_KEY_MAX];
    char text[EVTX_TEXT_MAX + EVTX_LIT_PAD];
} evtx_kept;

/* A run of operations whose values seldom change from record to record: the elements of System but
 * those that count and measure. Written once for each set of values, then copied. */
#define EVTX_PARTS 2u
#define EVTX_KEPT 16u
typedef struct evtx_run_part {
    uint16_t start, end; /* its first operation, and the OP_PART_END behind it */
    uint16_t n_slots;
    uint16_t *slots;
    dr_arena *arena;            /* for what is kept */
    evtx_kept *kept[EVTX_KEPT]; /* by the hash of the values; filled as they come */
    uint8_t key[EVTX_KEY_MAX];  /* of the record at hand */
} evtx_run_part;

typedef struct evtx_program {
    bool usable;
    evtx_op *ops;
    size_t n_ops;
    const char *lits; /* padded */
    size_t lit_bytes; /* that one run can write */
    size_t values;    /* operations that write a value */
    size_t room;      /* for both */
    evtx_run_part parts[EVTX_PARTS];
    size_t n_parts;
    size_t most_uses;   /* of one slot */
    dr_str root;        /* name of its only element */
    bool root_vanishes; /* a null value would take it away, where it is grafted in */
    dr_str siblings[4]; /* names that the element with the embedded fragment has already */
    size_t n_siblings;
    bool nests; /* an element takes a fragment in beside others */
} evtx_program;

/* Can this template be compiled at all? */
bool evtx_build_begin(const binxml_def *def);
/* Can a null value take the element away? */
bool evtx_may_vanish(const binxml_node *element);

/* Builds a program; everything sticky, asked once at the end. */
typedef struct evtx_builder {
    binxml_reader *r;
    const binxml_def *def;
    bool usable;
    const binxml_node *part_of; /* the System whose part is being built */
    dr_buf lits;
    DR_VEC(evtx_op) ops;
    evtx_program program;
} evtx_builder;

void evtx_build_lit(evtx_builder *b, dr_str text); /* merges with a literal before it */
void evtx_build_z(evtx_builder *b, const char *text);
size_t evtx_build_op(evtx_builder *b, evtx_op op, dr_str lit); /* its place */
/* The OP_IFs that skip the element when it vanishes. Returns how many; land them behind it. */
size_t evtx_build_ifs(evtx_builder *b, const binxml_node *element, size_t places[2]);
/* Behind what an OP_IF at PLACE may skip. */
void evtx_build_land(evtx_builder *b, size_t place);
/* Before each child of an element, and behind the last (CHILD NULL): parts of System begin and end
 * there. MAY_BEGIN: what is written here does not depend on what was written before. */
void evtx_build_part(evtx_builder *b, const binxml_node *element, const binxml_node *child,
                     bool may_begin);
/* The program in the template's arena; never NULL but for want of memory. Frees the builder. */
evtx_program *evtx_build_end(evtx_builder *b);

/* PROGRAM_OF compiles a template's program on first use. */
typedef struct evtx_runner {
    binxml_reader *r;
    dr_buf *out;
    bool xml;
    evtx_program *(*program_of)(binxml_reader *r, binxml_def *def);
} evtx_runner;
/* Writes the record. False when its program gives up; *out is then as it was. */
bool evtx_run(const evtx_runner *run, const binxml_instance *in);

/* The element's only content is this one slot; NULL when it has other or no content. */
const binxml_node *evtx_only_slot(const binxml_node *holder);
bool evtx_has_kind(const binxml_node *holder, binxml_kind kind);
/* Literal text of a holder without slots. */
bool evtx_literal(const binxml_node *holder, dr_str *text);

#endif
