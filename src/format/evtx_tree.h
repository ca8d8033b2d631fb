/* The resolved XML of one record: template and values put together, embedded fragments grafted in,
 * arrays spread over repeated elements. The general road to JSON and XML, for records that the
 * compiled programs of evtx_json.c and evtx_xml.c do not cover; both roads give the same bytes.
 * Everything lives in the reader's record arena. */
#ifndef DR_FORMAT_EVTX_TREE_H
#define DR_FORMAT_EVTX_TREE_H

#include "format/binxml.h"

typedef struct evtx_part { /* a piece of text */
    struct evtx_part *next;
    bool is_value, cdata;
    dr_str text;        /* of the template */
    binxml_value value; /* of the record; never null, an array, or embedded */
} evtx_part;

typedef struct evtx_attr {
    struct evtx_attr *next;
    dr_str name;
    evtx_part *parts;
    bool absent; /* a null value takes it away */
} evtx_attr;

typedef struct evtx_elem {
    struct evtx_elem *next;
    bool instruction; /* a processing instruction: name is its target */
    dr_str name, data;
    evtx_attr *attrs;
    evtx_part *parts;
    struct evtx_elem *first, *last;
    size_t text_before; /* parts that stand before this element in its parent */
    bool absent;        /* a null value takes it away: Windows does not show it */
} evtx_elem;

/* The top-level elements, or NULL (no memory, or nothing there). */
evtx_elem *evtx_tree(binxml_reader *r, const binxml_instance *in);

#endif
