/* What people read for the machine's words. Closed texts of our own; the names of things come from
 * evidence and data. */
#ifndef DR_VIEW_WORDS_H
#define DR_VIEW_WORDS_H

#include "base/arena.h"
#include "view/table.h"
#include "view/view.h"

const char *view_word_shown(const verdict *v);
/* For the counts of settled verdicts: "4 took place". */
const char *view_word_counted(verdict_word word, bool effect, size_t n);
const char *view_state_shown(rung_state state);
view_style view_state_style(rung_state state);
view_style view_word_style(verdict_word word);

/* Local time of the asked zone, without the first FROM characters of the date; empty when none is asked
 * for. "+02:00". */
dr_str view_local(dr_arena *arena, const view_options *options, int64_t ticks, int digits, size_t from);
dr_str view_zone(dr_arena *arena, const view_options *options);

/* "1.2 GiB", "2.1 s", "1,204". */
void view_size(dr_buf *out, uint64_t bytes);
void view_elapsed(dr_buf *out, uint64_t ms);
void view_count(dr_buf *out, uint64_t n);
/* "1 file", "412 files". */
void view_counted(dr_buf *out, uint64_t n, const char *one, const char *many);

/* "Security 4720 #88121" (event, record id), or the kind of a fact that is no event. */
dr_str view_record_name(dr_arena *arena, const view_in *in, const fact *f);
/* "Security.evtx @ 0x1f4a8" */
dr_str view_place(dr_arena *arena, const view_in *in, const fact *f);
const view_source *view_source_at(const view_in *in, uint32_t number);

#endif
