/* Records from rows: a row is begun, filled with named fields and handed to the sink; its memory is
 * used again for the next one. For artefacts whose rows do not come from registry keys. */
#ifndef DR_ARTEFACT_ROWS_H
#define DR_ARTEFACT_ROWS_H

#include "artefact/artefact.h"
#include "base/buf.h"
#include "base/utf.h"
#include "base/vec.h"

typedef struct rows {
    const artefact_input *in;
    const record_sink *sink;
    dr_arena *arena; /* of the row: emptied when it is emitted */
    record row;
    DR_VEC(record_field) fields;
    dr_status status; /* the first failure; later rows are dropped */
} rows;

/* Always pair with rows_end; a failure shows in status. */
void rows_start(rows *r, const artefact_input *in, const record_sink *sink);
dr_status rows_end(rows *r);
static inline bool rows_ok(const rows *r)
{
    return r->status == DR_OK;
}
/* Begins a row. SCHEMA is static text. Time is none until it is set. */
void rows_begin(rows *r, const char *schema, uint64_t offset);
/* Fields. NAME is static text, or lives in the row's arena or longer. Empty text is kept out. */
void rows_str(rows *r, dr_str name, dr_str value);
/* An item of a list beside others: kept also when it is empty. */
void rows_item(rows *r, const char *name, dr_str value);
void rows_z(rows *r, const char *name, const char *value);
void rows_wstr(rows *r, const char *name, dr_wstr value);
void rows_u64(rows *r, const char *name, uint64_t value);
void rows_hex(rows *r, const char *name, uint32_t value); /* eight upper-case digits */
void rows_time(rows *r, const char *name, int64_t ticks);  /* kept out when it is no time */
void rows_emit(rows *r);

/* A record of plain fields as one JSON line: Schema, Time, Place, Offset, Flags, then the fields in
 * their order; a field that occurs more than once is a list. */

void rows_json(dr_buf *out, const record *r);

#endif
