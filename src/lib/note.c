/* An examiner's notes in a case. */
#include "lib/engine.h"

#include "base/limits.h"
#include "base/utf.h"

static bool is_stance(const char *text)
{
    return strcmp(text, "accept") == 0 || strcmp(text, "dispute") == 0 || strcmp(text, "remark") == 0;
}

/* Ids are "v-" and hexadecimal digits, small ones in the case. */
static bool read_id(const char *text, char out[VERDICT_ID_TEXT])
{
    size_t n = strlen(text);
    if (n < 3 || n >= VERDICT_ID_TEXT || (text[0] | 0x20) != 'v' || text[1] != '-' || strspn(text + 2, "0123456789abcdefABCDEF") != n - 2)
        return false;
    for (size_t i = 0; i <= n; i++)
        out[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
    return true;
}

int didrun_is_case(const char *path)
{
    return case_is(path);
}

int didrun_note_add(didrun *d, const char *path, const didrun_note *note, uint64_t *number)
{
    char id[VERDICT_ID_TEXT];
    case_note row = { 0 };
    if (!note->verdict || !read_id(note->verdict, id))
        return engine_result(d, dr_fail(&d->err, DR_USAGE, "'%s' is no id of a verdict", note->verdict ? note->verdict : ""));
    if (!note->because || !*note->because || strlen(note->because) > DR_FIELD_MAX)
        return engine_result(d, dr_fail(&d->err, DR_USAGE, "a note needs a text, of at most a megabyte"));
    if (!note->stance || !is_stance(note->stance))
        return engine_result(d, dr_fail(&d->err, DR_USAGE, "a note accepts, disputes or remarks; '%s' is none of them", note->stance ? note->stance : ""));
    dr_arena *arena = dr_arena_create("note", 0);
    if (!arena)
        return engine_result(d, dr_fail(&d->err, DR_NOMEM, "out of memory"));
    row.verdict = dr_str_of(id);
    row.stance = dr_str_of(note->stance);
    row.because = dr_str_of(note->because);
    row.by = dr_str_of(note->by ? note->by : "");
    dr_status status = case_note_add(path, arena, &row, &d->err);
    if (status == DR_OK && number)
        *number = row.number;
    dr_arena_destroy(arena);
    return engine_result(d, status);
}

int didrun_note_remove(didrun *d, const char *path, uint64_t number)
{
    return engine_result(d, case_note_remove(path, number, &d->err));
}
