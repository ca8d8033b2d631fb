/* Fast text: writers that put digits and escaped UTF-16 at a pointer and return its end. The caller
 * has made the room (each says how much); nothing is terminated. For the inner loops of event logs,
 * where an output builder's check per piece would cost more than the piece.
 *
 * The UTF-16 writers take sixteen units at once where the processor can (SSE2; AVX2, when it is there,
 * for its shuffles); all of them give the same bytes. -DDR_SCALAR builds without. */
#ifndef DR_BASE_PUT_H
#define DR_BASE_PUT_H

#include "base/cur.h"
#include "base/utf.h"

char *dr_put_u64(char *out, uint64_t v); /* 20 */
char *dr_put_i64(char *out, int64_t v);  /* 20 */
char *dr_put_hex(char *out, uint64_t v); /* 16 (all of them written): lower case, no padding */
char *dr_put_hex_bytes(char *out, dr_bytes b);               /* 2 * n: upper case */
char *dr_put_guid(char *out, const uint8_t guid[16]);        /* 36: upper case, no braces */
char *dr_put_guid_braced(char *out, const uint8_t guid[16]); /* 38: lower case, in braces */
/* 28: 2021-03-04T05:06:07.1234567Z; also 0 (1601); beyond the year 9999 the number in decimal. */
char *dr_put_filetime(char *out, uint64_t ticks);
/* 184; NULL when the bytes are no SID of exactly this length. */
char *dr_put_sid(char *out, dr_bytes sid);

/* How a writer of UTF-16 works; NONE of them is right for all machines, so tests run each. */
typedef enum dr_simd { DR_SIMD_NONE, DR_SIMD_SSE2, DR_SIMD_AVX2 } dr_simd;
dr_simd dr_simd_best(void);

/* BEHIND: bytes behind the string that may be read (never used), so that its end needs no care of
 * its own; 0 where that is not known. Room: as said for each, and DR_PUT_PAD more. */
#define DR_PUT_PAD 32u
/* 6 bytes per unit. Inside of a JSON string: `"` `\` and control characters escaped (\n \r \t,
 * else \u00xx), lone surrogates as \udxxx. */
char *dr_put_utf16_json(char *out, dr_wstr s, size_t behind);
/* 6 bytes per unit. XML text and attribute value: & < > " ' escaped, what XML 1.0 does not allow as
 * U+FFFD. */
char *dr_put_utf16_xml(char *out, dr_wstr s, size_t behind);
/* 4 bytes per unit: WTF-8. */
char *dr_put_utf16(char *out, dr_wstr s, size_t behind);
char *dr_put_utf16_json_by(dr_simd how, char *out, dr_wstr s, size_t behind);
char *dr_put_utf16_xml_by(dr_simd how, char *out, dr_wstr s, size_t behind);
char *dr_put_utf16_by(dr_simd how, char *out, dr_wstr s, size_t behind);

#endif
