#include "view/table.h"

#include "base/utf.h"

static const char *const style_codes[] = { "", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[33m" };

void view_styled(dr_buf *out, dr_str text, view_style style, bool colour)
{
    bool coded = colour && style != VIEW_PLAIN && text.n > 0;
    if (coded)
        dr_buf_z(out, style_codes[style]);
    dr_buf_str_add(out, text);
    if (coded)
        dr_buf_z(out, "\x1b[0m");
}

/* The longest beginning of S that fits into WIDTH columns: up to a space where there is one, else
 * behind the backslash or slash of a path, else in the middle of a word. At least one character. *rest
 * is what follows, without leading spaces. */
static dr_str take_line(dr_str s, size_t width, dr_str *rest)
{
    size_t pos = 0, columns = 0, fits = 0, space = 0, slash = 0;
    while (pos < s.n) {
        size_t start = pos;
        (void)dr_wtf8_next(s, &pos);
        columns += dr_shown_width(dr_str_sub(s, start, pos - start));
        if (s.p[start] == ' ')
            space = start;
        if (columns > width && fits > 0)
            break;
        fits = pos;
        if (s.p[start] == '\\' || s.p[start] == '/')
            slash = pos;
    }
    size_t end = fits;
    if (fits < s.n && space > 0)
        end = space;
    else if (fits < s.n && slash > width / 3)
        end = slash;
    size_t next = end;
    while (next < s.n && s.p[next] == ' ')
        next++;
    *rest = dr_str_from(s, next);
    while (end > 0 && s.p[end - 1] == ' ')
        end--;
    return dr_str_sub(s, 0, end);
}

void view_name_once(dr_buf *list, dr_str name)
{
    const dr_str between = DR_STR(", ");
    dr_str rest = dr_buf_str(list);
    while (rest.n) {
        size_t at = dr_str_find(rest, between);
        if (dr_str_eq(dr_str_sub(rest, 0, at), name))
            return;
        rest = at == SIZE_MAX ? DR_STR_NONE : dr_str_from(rest, at + between.n);
    }
    if (!name.n)
        return;
    if (list->n)
        dr_buf_str_add(list, between);
    dr_buf_str_add(list, name);
}

void view_wrap(dr_buf *out, dr_str text, size_t first, size_t hang, size_t width)
{
    dr_buf shown = { 0 };
    dr_buf_shown(&shown, text);
    if (shown.failed)
        out->failed = true;
    dr_str rest = dr_buf_str(&shown);
    size_t at = first;
    do {
        size_t room = width == 0 ? SIZE_MAX : width > at + 16 ? width - at : 16;
        dr_str line = take_line(rest, room, &rest);
        dr_buf_str_add(out, line);
        dr_buf_char(out, '\n');
        if (rest.n > 0)
            dr_buf_fill(out, ' ', hang);
        at = hang;
    } while (rest.n > 0);
    dr_buf_free(&shown);
}

void view_table_init(view_table *t, dr_arena *arena, size_t columns, size_t flexible)
{
    DR_ASSERT(columns > 0 && columns <= VIEW_COLUMNS_MAX);
    *t = (view_table){ .arena = arena, .columns = columns, .flexible = flexible, .gap = 2 };
}

void view_table_free(view_table *t)
{
    dr_vec_free(&t->cells);
}

void view_table_row(view_table *t)
{
    for (size_t i = 0; i < t->columns && !t->failed; i++) {
        if (!dr_vec_push(&t->cells, ((view_cell){ 0 })))
            t->failed = true;
    }
}

void view_table_cell(view_table *t, size_t column, dr_str text, view_style style)
{
    DR_ASSERT(column < t->columns);
    if (t->failed || t->cells.n == 0)
        return;
    dr_buf shown = { 0 };
    dr_buf_shown(&shown, text);
    dr_str copy = dr_arena_str(t->arena, dr_buf_str(&shown));
    if (shown.failed || dr_arena_failed(t->arena))
        t->failed = true;
    else
        t->cells.p[t->cells.n - t->columns + column] = (view_cell){ copy, style };
    dr_buf_free(&shown);
}

static void pad(dr_buf *out, size_t *column, size_t to)
{
    if (to > *column) {
        dr_buf_fill(out, ' ', to - *column);
        *column = to;
    }
}

/* Writes one row; the flexible cell goes on in further lines below itself. */
static void write_row(const view_table *t, const view_cell *row, const size_t *widths, dr_buf *out, bool colour)
{
    dr_str rest = DR_STR_NONE;
    for (bool first = true; first || rest.n > 0; first = false) {
        size_t column = 0, start = t->indent;
        for (size_t i = 0; i < t->columns; i++) {
            dr_str text = first ? row[i].text : DR_STR_NONE;
            if (i == t->flexible && widths[i] > 0)
                text = take_line(first ? text : rest, widths[i], &rest);
            if (text.n > 0) {
                size_t w = dr_shown_width(text);
                pad(out, &column, start + (t->right[i] && w < widths[i] ? widths[i] - w : 0));
                view_styled(out, text, row[i].style, colour);
                column += w;
            }
            if (widths[i] > 0)
                start += widths[i] + t->gap;
        }
        dr_buf_char(out, '\n');
    }
}

void view_table_write(const view_table *t, dr_buf *out, size_t width, bool colour)
{
    size_t widths[VIEW_COLUMNS_MAX] = { 0 }, others = t->indent;
    for (size_t r = 0; r + t->columns <= t->cells.n; r += t->columns) {
        for (size_t i = 0; i < t->columns; i++) {
            size_t w = t->cells.p[r + i].text.p ? dr_shown_width(t->cells.p[r + i].text) : 0;
            if (w > widths[i])
                widths[i] = w;
        }
    }
    for (size_t i = 0; i < t->columns; i++) {
        if (i != t->flexible && widths[i] > 0)
            others += widths[i] + t->gap;
    }
    if (t->flexible < t->columns && width > 0) {
        size_t room = width > others + 20 ? width - others : 20;
        if (widths[t->flexible] > room)
            widths[t->flexible] = room;
    }
    for (size_t r = 0; r + t->columns <= t->cells.n; r += t->columns)
        write_row(t, &t->cells.p[r], widths, out, colour);
    if (t->failed)
        out->failed = true;
}
