/* What kind of file is it? By content alone. The kinds stand in format/list.def. */
#ifndef DR_FORMAT_RECOGNISE_H
#define DR_FORMAT_RECOGNISE_H

#include "base/cur.h"
#include "base/str.h"

typedef enum format_kind {
    FORMAT_NONE = 0,
#define DR_FORMAT(id, name) FORMAT_##id,
#include "format/list.def"
#undef DR_FORMAT
    FORMAT_COUNT
} format_kind;

/* HEAD: the first bytes of the file (as many as there are up to 8192), SIZE: of the whole. */
format_kind format_recognise(dr_bytes head, uint64_t size);
/* The same; for formats without a header also by the file's name where the content says nothing. */
format_kind format_recognise_named(dr_bytes head, uint64_t size, dr_str name);
const char *format_name(format_kind kind);

#endif
