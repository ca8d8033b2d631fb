/* Binary XML of event records: templates, their instances, values. Facts: docs/formats/evtx.md.
 *
 * A record is a template (the XML with holes) and an array of values. Templates repeat, so each is
 * read once into a small tree, kept by its content across chunks, and everything else (System
 * fields, names of values, JSON and XML programs: evtx_event.h, evtx_text.h) is compiled from that
 * tree once. A record then costs a look-up and a walk over its descriptors. Records without a
 * template (forwarded and third-party logs) are read into the same tree, for that record alone.
 *
 * A binxml_reader belongs to one thread. Trees live until binxml_trim or destroy; instances and what
 * belongs to one record until the next binxml_record; values are places in the chunk, which the
 * caller keeps until the next binxml_chunk. */
#ifndef DR_FORMAT_BINXML_H
#define DR_FORMAT_BINXML_H

#include "base/arena.h"
#include "base/cur.h"
#include "base/map.h"

typedef enum binxml_kind {
    BINXML_ELEMENT,
    BINXML_ATTRIBUTE,
    BINXML_TEXT,
    BINXML_CDATA,
    BINXML_SLOT,    /* a hole: the value with this index goes here */
    BINXML_PI,      /* processing instruction */
    BINXML_INSTANCE /* a template instance among elements that are written in full */
} binxml_kind;

#define BINXML_NO_DEPENDENCY 0xffffu

typedef struct binxml_instance binxml_instance;
typedef struct binxml_node binxml_node;
struct binxml_node {
    binxml_kind kind;
    uint16_t slot;    /* SLOT: index of the value; ELEMENT: it vanishes when this value is null */
    uint8_t declared; /* SLOT: type that the template expects */
    bool optional;    /* SLOT: when null, the innermost element or attribute around it vanishes */
    dr_str text;      /* ELEMENT, ATTRIBUTE, PI: the name; TEXT, CDATA: the text */
    dr_str data;      /* PI */
    binxml_node *parent, *next;
    binxml_node *attrs;        /* ELEMENT */
    binxml_node *first, *last; /* ELEMENT: content; ATTRIBUTE: parts of its value */
    const binxml_instance *instance;
};

/* Types of values (0x80 on top: an array of them). */
enum {
    BINXML_NULL = 0x00,
    BINXML_STRING = 0x01,
    BINXML_ANSI = 0x02,
    BINXML_I8 = 0x03,
    BINXML_U8 = 0x04,
    BINXML_I16 = 0x05,
    BINXML_U16 = 0x06,
    BINXML_I32 = 0x07,
    BINXML_U32 = 0x08,
    BINXML_I64 = 0x09,
    BINXML_U64 = 0x0a,
    BINXML_FLOAT = 0x0b,
    BINXML_DOUBLE = 0x0c,
    BINXML_BOOL = 0x0d,
    BINXML_BINARY = 0x0e,
    BINXML_GUID = 0x0f,
    BINXML_SIZE = 0x10,
    BINXML_FILETIME = 0x11,
    BINXML_SYSTEMTIME = 0x12,
    BINXML_SID = 0x13,
    BINXML_HEX32 = 0x14,
    BINXML_HEX64 = 0x15,
    BINXML_EMBEDDED = 0x21,
    BINXML_ARRAY = 0x80
};

typedef struct binxml_value {
    uint32_t off; /* in the chunk; always inside, with its size */
    uint16_t size;
    uint8_t type;
} binxml_value;

/* A template, or the tree of one record without template. */
typedef struct binxml_def binxml_def;
struct binxml_def {
    uint8_t guid[16];
    uint32_t size;      /* of its data in the chunk; 0 for a record's own tree */
    binxml_node *first; /* top level */
    binxml_node *root;  /* the first element of it, or NULL */
    uint16_t slots;     /* one more than the highest index used */
    bool damaged;       /* cut off where it made no sense */
    bool bad_names;     /* a name does not agree with its hash: overwritten */
    bool own;           /* of one record only */
    void *event;        /* evtx_event.c: compiled on first use */
    void *json, *xml;   /* evtx_text.c: likewise */
};

struct binxml_instance {
    binxml_def *def;
    const binxml_value *values;
    uint32_t n;
};

/* What went wrong in the last record, or-ed. */
enum {
    BINXML_BAD_TEMPLATE = 1u << 0, /* not there, damaged, or of another id than the instance says */
    BINXML_BAD_VALUES = 1u << 1, /* the values do not fit the record: those that do not are null */
    BINXML_BAD_TOKEN = 1u << 2,  /* something that BinXML does not have */
    BINXML_BAD_NAMES = 1u << 3,  /* the template's names were overwritten */
    BINXML_LIMIT = 1u << 4
};

typedef struct binxml_reader binxml_reader;

binxml_reader *binxml_reader_create(void); /* NULL: no memory */
void binxml_reader_destroy(binxml_reader *r);
/* Begins a chunk. BYTES must stay until the next call. */
void binxml_chunk(binxml_reader *r, dr_bytes bytes);
/* Gives memory back when (hostile) input has filled the caches. True: all trees, what was compiled
 * from them, and all symbols are gone; so call it where no record is in use. */
bool binxml_trim(binxml_reader *r);
/* Reads the record whose BinXML is [body, end) of the chunk. False when there is nothing in it that
 * can be shown; *trouble tells what went wrong either way. Everything of the record before is gone. */
bool binxml_record(binxml_reader *r, size_t body, size_t end, binxml_instance *out,
                   unsigned *trouble);
/* The BinXML inside a value of type BINXML_EMBEDDED. DEPTH: of the nesting, the caller counts. */
bool binxml_embedded(binxml_reader *r, const binxml_value *v, unsigned depth, binxml_instance *out);
/* For records in unused space, whose templates may have been overwritten: lets a lost template be
 * replaced by one with the same id that this reader has met in sound condition (of the same log, so
 * give it that log's live records first). Takes effect with the next binxml_chunk. */
void binxml_borrow(binxml_reader *r, bool allowed);
/* Memory ran out while reading. */
bool binxml_failed(const binxml_reader *r);

/* For what is compiled from trees. */
dr_bytes binxml_chunk_bytes(const binxml_reader *r);
dr_arena *binxml_def_arena(binxml_reader *r, const binxml_def *def); /* as long as DEF */
dr_arena *binxml_record_arena(binxml_reader *r);                     /* until the next record */
dr_sym binxml_symbol(binxml_reader *r, dr_str text);                 /* until binxml_trim */
dr_str binxml_symbol_text(const binxml_reader *r, dr_sym sym);
unsigned *binxml_trouble(binxml_reader *r); /* of this record, to add to */

static inline dr_bytes binxml_value_bytes(dr_bytes chunk, const binxml_value *v)
{
    return dr_bytes_sub(chunk, v->off, v->size);
}

/* A value by index; null where the record has fewer than the template wants. */
static inline binxml_value binxml_slot(const binxml_instance *in, unsigned slot)
{
    return slot < in->n ? in->values[slot] : (binxml_value){ 0 };
}

/* Is the element to be left out because the value that it depends on is null? */
static inline bool binxml_vanishes(const binxml_instance *in, const binxml_node *element)
{
    return element->slot != BINXML_NO_DEPENDENCY &&
           binxml_slot(in, element->slot).type == BINXML_NULL;
}

#endif
