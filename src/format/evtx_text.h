/* Event records as text. JSON in the shape that `evtx_dump -o jsonl` has made common, with nothing
 * lost, and XML as Windows renders it, one line per record. Shapes: docs/formats/evtx.md.
 *
 * Each template is compiled once into a program of literal pieces and slots; a record then is copying
 * and formatting. What a program does not cover goes through the resolved tree (evtx_tree.h), with
 * the same result. Appends to *out; false when memory or DR_BINXML_MAX_OUTPUT ran out, and then *out
 * is as it was before. */
#ifndef DR_FORMAT_EVTX_TEXT_H
#define DR_FORMAT_EVTX_TEXT_H

#include "base/buf.h"
#include "format/binxml.h"

/* The members of the record's object: "Event":{...}, without braces around. */
bool evtx_json(binxml_reader *r, const binxml_instance *in, dr_buf *out);
bool evtx_xml(binxml_reader *r, const binxml_instance *in, dr_buf *out);
/* By program alone, false when it gives up; by the resolved tree alone. For tests. */
bool evtx_json_by_program(binxml_reader *r, const binxml_instance *in, dr_buf *out);
bool evtx_xml_by_program(binxml_reader *r, const binxml_instance *in, dr_buf *out);
bool evtx_json_by_tree(binxml_reader *r, const binxml_instance *in, dr_buf *out);
bool evtx_xml_by_tree(binxml_reader *r, const binxml_instance *in, dr_buf *out);
/* The values of an instance whose template is lost: "Values":[{"type":1,"value":"..."},...]. */
bool evtx_json_values(binxml_reader *r, const binxml_instance *in, dr_buf *out);

#endif
