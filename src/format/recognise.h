/* What kind of file is it? By content alone. The kinds stand in format/list.def. */
#ifndef DR_FORMAT_RECOGNISE_H
#define DR_FORMAT_RECOGNISE_H

#include "base/cur.h"

typedef enum format_kind {
    FORMAT_NONE = 0,
#define DR_FORMAT(id, name) FORMAT_##id,
#include "format/list.def"
#undef DR_FORMAT
    FORMAT_COUNT
} format_kind;

/* HEAD: the first bytes of the file (as many as there are up to 4096 or more), SIZE: of the whole. */
format_kind format_recognise(dr_bytes head, uint64_t size);
const char *format_name(format_kind kind);

#endif
