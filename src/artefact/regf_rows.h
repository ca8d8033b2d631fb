/* Records from registry keys and values: what all registry decoders share. A row is begun for a key,
 * filled with named fields and handed to the sink; its memory is used again for the next one.
 *
 * Fields of all rows: Hive (SYSTEM, SOFTWARE, SAM, SECURITY, USER, CLASSES, AMCACHE), KeyWritten. place
 * is the path of the key from the root, offset that of its cell in the file (of the value's cell for rows
 * about one value). Deleted keys and values come with RECORD_DELETED, those that only a log holds with
 * RECORD_FROM_LOG. Rows of a user's hive bear the SID that its security names (user_sid). */
#ifndef DR_ARTEFACT_REGF_ROWS_H
#define DR_ARTEFACT_REGF_ROWS_H

#include "artefact/artefact.h"
#include "format/regf.h"

#define REGF_ROW_FIELDS 64

typedef struct regf_rows {
    const regf_hive *hive;
    const artefact_input *in;
    const record_sink *sink;
    dr_arena *arena; /* of the rows: emptied when one is emitted */
    dr_arena *kept;  /* of the decoder: until regf_rows_end */
    regf_key root;
    const char *hive_name;
    dr_str user_sid;
    record row;
    record_field fields[REGF_ROW_FIELDS];
    dr_status status; /* the first failure; later rows are dropped */
} regf_rows;

/* False when there is nothing to read (no root key, no memory: see status). Always pair with end. */
bool regf_rows_start(regf_rows *rows, const void *opened, const artefact_input *in, const record_sink *sink, const char *hive_name);
dr_status regf_rows_end(regf_rows *rows);
/* Still going: loops ask this. */
static inline bool regf_rows_ok(const regf_rows *rows)
{
    return rows->status == DR_OK;
}

/* Begins a row about KEY. Time is none until it is set. */
void regf_row(regf_rows *rows, const char *schema, const regf_key *key);
/* The row is about this value of the key: its cell, its marks. */
void regf_row_of_value(regf_rows *rows, const regf_value *value);
void regf_row_str(regf_rows *rows, const char *name, dr_str text); /* kept out when empty */
void regf_row_z(regf_rows *rows, const char *name, const char *text);
void regf_row_u64(regf_rows *rows, const char *name, uint64_t number);
void regf_row_hex(regf_rows *rows, const char *name, uint32_t number); /* 0x%x */
void regf_row_time(regf_rows *rows, const char *name, int64_t ticks);  /* kept out when it is no time */
/* The text of KEY's value VALUE_NAME, when it is there. */
void regf_row_value(regf_rows *rows, const regf_key *key, const char *name, const char *value_name);
/* The same for several values whose fields bear their names. */
void regf_row_values(regf_rows *rows, const regf_key *key, const char *const *names, size_t n);
void regf_row_emit(regf_rows *rows);

/* A value's data as text: strings up to their NUL, lists joined by line ends, numbers in decimal, all
 * else in hexadecimal. In the rows' arena. */
dr_str regf_value_text(regf_rows *rows, const regf_value *value);
dr_str regf_data_text(dr_arena *arena, uint32_t type, dr_bytes data);
dr_bytes regf_value_bytes(regf_rows *rows, const regf_value *value);
/* By name; empty, 0, false when the value is not there or of another kind. */
dr_str regf_get_text(regf_rows *rows, const regf_key *key, const char *name);
bool regf_get_u32(regf_rows *rows, const regf_key *key, const char *name, uint32_t *out);
bool regf_get_u64(regf_rows *rows, const regf_key *key, const char *name, uint64_t *out);
bool regf_get_bytes(regf_rows *rows, const regf_key *key, const char *name, dr_bytes *out);

bool regf_sub(const regf_rows *rows, const regf_key *key, const char *path, regf_key *out);
bool regf_has(const regf_hive *hive, const char *path);
bool regf_has_value(const regf_hive *hive, const regf_key *key, const char *name);

/* SYSTEM: the control set that was current (Select\Current), never a guess. */
bool regf_control_set(const regf_hive *hive, regf_key *out, uint32_t *number);
bool regf_is_system(const void *hive);

/* The key that holds "Microsoft": of a SOFTWARE hive its root, of a user's hive the key Software.
 * *name: "SOFTWARE" or "USER". */
bool regf_software(const regf_hive *hive, regf_key *out, const char **name);
bool regf_is_software(const void *hive); /* of the machine */
bool regf_is_user(const void *hive);     /* of a user */
bool regf_is_any_software(const void *hive);
/* The account that the security of the root key gives its rights to; empty when it names none. */
dr_str regf_owner(const regf_hive *hive, dr_arena *arena);

/* Loops over subkeys and values, deleted ones included; copies that were replaced are left out. */
void regf_each_sub(regf_subkeys *it, const regf_rows *rows, const regf_key *key);
bool regf_next_sub(regf_subkeys *it, const regf_rows *rows, regf_key *out);
void regf_each_value(regf_values *it, const regf_rows *rows, const regf_key *key);
bool regf_next_value(regf_values *it, const regf_rows *rows, regf_value *out);

#endif
