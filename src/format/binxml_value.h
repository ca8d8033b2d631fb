/* Text of BinXML values. Three readers ask for it: fact maps (plain WTF-8), JSON and XML (escaped);
 * the digits are the same for all.
 *
 *   integers decimal; size_t, hex32, hex64 `0x` and lower case without padding; GUID upper case
 *   without braces (JSON and XML: lower case in braces, as Windows shows them); SID S-1-...; FILETIME 2021-03-04T05:06:07.1234567Z (100 ns are kept), SYSTEMTIME
 *   with milliseconds; booleans true and false; binary upper-case hexadecimal; floats shortest that
 *   reads back equal; strings without the one NUL at their end, a NUL inside is kept.
 *   A type that is not known, or a size that does not fit, gives the bytes in hexadecimal. */
#ifndef DR_FORMAT_BINXML_VALUE_H
#define DR_FORMAT_BINXML_VALUE_H

#include "format/binxml.h"

typedef enum binxml_style { BINXML_PLAIN, BINXML_JSON, BINXML_XML } binxml_style;

/* Room that the text of a value of SIZE bytes can take, in any style. */
static inline size_t binxml_value_room(size_t size)
{
    return 6 * size + 192;
}

/* Writes the text of one value (not an array, not embedded) at OUT, which has the room, and returns
 * its end. *odd is set when the type is unknown or the size does not fit. */
char *binxml_value_put(char *out, uint8_t type, dr_bytes bytes, binxml_style style, bool *odd);
dr_str binxml_value_text(dr_arena *arena, uint8_t type, dr_bytes bytes);
/* Integers beyond it are strings in JSON: readers would round them. */
#define BINXML_JSON_EXACT ((uint64_t)1 << 53)
/* Is its JSON form a bare number or boolean? (Numbers above 2^53-1 are strings all the same.) */
bool binxml_value_bare(uint8_t type, dr_bytes bytes);
/* Does it show as nothing? Null, or a string without characters. */
bool binxml_value_empty(const binxml_value *v, dr_bytes chunk);
/* The value as an integer, from any integer type or from text (decimal or 0x). */
bool binxml_value_u64(uint8_t type, dr_bytes bytes, uint64_t *out);
/* Ticks of a FILETIME, SYSTEMTIME or text; DR_NO_TIME for none. */
int64_t binxml_value_time(uint8_t type, dr_bytes bytes);
/* The next item of an array value as a value of its base type. *pos: 0 to begin. False at the end. */
bool binxml_array_next(const binxml_value *array, dr_bytes chunk, size_t *pos, binxml_value *item);

#endif
