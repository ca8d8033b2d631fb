/* Text laid out for a terminal: words wrapped with a hanging indent, and tables whose one flexible
 * column wraps. Text of evidence is made visible (dr_buf_shown) before it is measured. */
#ifndef DR_VIEW_TABLE_H
#define DR_VIEW_TABLE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"

typedef enum view_style { VIEW_PLAIN, VIEW_BOLD, VIEW_DIM, VIEW_GOOD, VIEW_BAD, VIEW_OPEN } view_style;

#define VIEW_COLUMNS_MAX 32

typedef struct view_cell {
    dr_str text; /* already made visible */
    view_style style;
} view_cell;

typedef struct view_table {
    dr_arena *arena; /* borrowed */
    size_t columns;
    size_t flexible; /* the column that wraps; >= columns: none */
    size_t indent, gap;
    bool right[VIEW_COLUMNS_MAX];
    DR_VEC(view_cell) cells; /* row by row */
    bool failed;
} view_table;

void view_table_init(view_table *t, dr_arena *arena, size_t columns, size_t flexible);
void view_table_free(view_table *t);
void view_table_row(view_table *t); /* begins one */
void view_table_cell(view_table *t, size_t column, dr_str text, view_style style);
/* WIDTH 0: nothing wraps. Trailing spaces are left out. */
void view_table_write(const view_table *t, dr_buf *out, size_t width, bool colour);

/* One paragraph: the first line stands at FIRST (which the caller has filled), others at HANG. Ends
 * with a newline. */
void view_wrap(dr_buf *out, dr_str text, size_t first, size_t hang, size_t width);
/* Adds NAME to a list of names with commas, if it is not there yet. */
void view_name_once(dr_buf *list, dr_str name);
void view_styled(dr_buf *out, dr_str text, view_style style, bool colour);

#endif
