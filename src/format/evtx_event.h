/* What an event record says of itself: its System fields and its named values. Both are found once
 * per template (which slot holds what, or which literal) and then read from the record's values
 * without building any text. Facts: docs/formats/evtx.md.
 *
 * Identity and time are those of the XML, never of the record header. Strings of System come as
 * symbols of the reader (binxml_symbol_text): comparing them is an integer compare. One thread, as the
 * reader; valid until the next binxml_record. */
#ifndef DR_FORMAT_EVTX_EVENT_H
#define DR_FORMAT_EVTX_EVENT_H

#include "base/vec.h"
#include "format/binxml.h"

typedef struct evtx_system {
    dr_sym provider, alias, guid; /* Provider: @Name, @EventSourceName, @Guid as text */
    dr_sym channel, computer;
    uint32_t event_id, qualifiers, version, level, task, opcode;
    uint32_t pid, tid;
    uint64_t keywords, record_id;
    int64_t time; /* ticks; DR_NO_TIME for none */
    bool has_event_id, has_record_id;
} evtx_system;

/* What every record is asked for: the symbols, event id, record id and time. False when the record
 * has no System element at all: then it is no event. */
bool evtx_system_read(binxml_reader *r, const binxml_instance *in, evtx_system *out);
/* The other numbers, for records that are wanted. */
void evtx_system_more(binxml_reader *r, const binxml_instance *in, evtx_system *out);
/* System/Security@UserID and Correlation@ActivityID, as text; empty when absent. */
dr_str evtx_user_sid(binxml_reader *r, const binxml_instance *in, dr_arena *arena);
dr_str evtx_activity(binxml_reader *r, const binxml_instance *in, dr_arena *arena);

/* One value of the event's content, not yet text. */
typedef struct evtx_field {
    dr_str name;   /* empty: Data without a name */
    uint32_t hash; /* of the name without case */
    uint32_t instance;
    const binxml_node *holder; /* element or attribute, when the value has several parts */
    binxml_value value;        /* when holder is NULL */
} evtx_field;

typedef struct evtx_fields {
    DR_VEC(evtx_field) list;
    DR_VEC(binxml_instance) instances;
} evtx_fields;

/* Lists the values in document order: Data by their Name, other leaf elements by their own, their
 * attributes as Element@Attribute, the Name of EventData as @Name; arrays item by item. What a null
 * value takes away is not listed. False: no memory. */
bool evtx_fields_read(binxml_reader *r, const binxml_instance *in, evtx_fields *out);
void evtx_fields_free(evtx_fields *f);
/* The NTH field with that name, without case; NULL when there is none. */
const evtx_field *evtx_field_find(const evtx_fields *f, dr_str name, size_t nth);
dr_str evtx_field_text(binxml_reader *r, const evtx_fields *f, const evtx_field *field,
                       dr_arena *arena);
uint32_t evtx_name_hash(dr_str name);

#endif
