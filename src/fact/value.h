/* Values of attributes in canonical form (see fact/fact.h), and the closed list of transforms by which
 * fact maps take them out of a record's fields. Pure functions; results lie in the arena or borrow from
 * their input. */
#ifndef DR_FACT_VALUE_H
#define DR_FACT_VALUE_H

#include "base/arena.h"
#include "fact/fact.h"

/* False when the text says that there is no value ("-", "(NULL)", the null SID or GUID, %%1793, ...) or
 * is none of this type. *OUT borrows from TEXT or lies in ARENA. */
bool fact_canonical(dr_arena *arena, fact_type type, dr_str text, dr_str *out);
bool fact_is_null(dr_str text);

/* Decimal, 0x hexadecimal, a sign, or %%N of a message table. */
bool fact_number(dr_str text, int64_t *out);

/* Each returns false when the text is not of the form that it reads. */
bool value_hex_utf16(dr_arena *arena, dr_str hex, dr_str *out);
bool value_hex_ascii(dr_arena *arena, dr_str hex, dr_str *out);
bool value_hex_le(dr_arena *arena, dr_str hex, dr_str *out);         /* little-endian number, to decimal */
bool value_hex_systemtime(dr_arena *arena, dr_str hex, dr_str *out); /* 16 bytes, to ticks */
bool value_hex(dr_arena *arena, dr_str hex, dr_str *out);            /* hexadecimal with or without 0x, to decimal */
bool value_filetime(dr_arena *arena, dr_str text, dr_str *out);      /* decimal, 0x or bare hexadecimal, to ticks */
bool value_time(dr_arena *arena, dr_str text, dr_str *out);          /* RFC 3339, to ticks */
bool value_sid_bytes(dr_arena *arena, dr_str text, dr_str *out);     /* "{1, 5, 0, ...}" or hexadecimal, to S-1-5-... */
bool value_unescape(dr_arena *arena, dr_str text, dr_str *out);      /* \" and \\ */
bool value_unquote(dr_str text, dr_str *out);                        /* white space and one pair of quotes off */
bool value_registry_key(dr_arena *arena, dr_str text, dr_str *out);  /* \REGISTRY\MACHINE and its like to HKLM, HKU */
/* Text of the first element of that name, entities resolved. No XML parser: for the payload of one event. */
bool value_xml(dr_arena *arena, dr_str xml, dr_str element, dr_str *out);

#endif
