/* Facts one after the other: for the timeline and for searches. */
#include "view/view.h"
#include "view/words.h"

enum { TIME_COLUMNS = 23, DETAIL_COLUMN = 27 };

/* A time of an attribute in ticks becomes readable; everything else is as it is. */
static dr_str value_shown(const view_in *in, const fact_attr *a, char time[DR_TIME_TEXT])
{
    const vocab_attr *attr = vocab_attr_of(in->vocab, a->key);
    int64_t ticks;
    if (attr && attr->type == FACT_TIME && dr_str_to_i64(a->value, &ticks) && dr_time_is(ticks)) {
        dr_time_text(ticks, time);
        return dr_str_of(time);
    }
    return a->value;
}

/* Names, paths, addresses, states and command lines say what happened; ids, numbers, hashes and what a
 * file says of itself are for --all and for JSON. */
static bool telling(const view_in *in, const fact_attr *a)
{
    const vocab_attr *attr = vocab_attr_of(in->vocab, a->key);
    dr_str name = dr_sym_str(in->syms, a->key);
    switch (attr ? attr->type : FACT_TEXT) {
    case FACT_NAME:
    case FACT_PATH:
    case FACT_URL:
    case FACT_STATUS:
        return true;
    case FACT_TEXT:
        return dr_str_ends(name, DR_STR("command_line")) ||
               !(dr_str_starts(name, DR_STR("process.")) || dr_str_starts(name, DR_STR("parent.")));
    case FACT_SID:
    case FACT_GUID:
    case FACT_LOGON:
    case FACT_PID:
    case FACT_NUMBER:
    case FACT_HASH:
    case FACT_TIME:
        break;
    }
    return false;
}

static void attributes(dr_buf *line, const view_in *in, const verdict_list *secrets, const fact *f, bool all, dr_arena *arena)
{
    for (size_t i = 0; i < f->n_attrs; i++) {
        char time[DR_TIME_TEXT];
        dr_str value = value_shown(in, &f->attrs[i], time);
        if (value.n == 0 || !(all || telling(in, &f->attrs[i])))
            continue;
        dr_buf_z(line, "   ");
        dr_buf_str_add(line, dr_sym_str(in->syms, f->attrs[i].key));
        dr_buf_char(line, ' ');
        dr_buf_str_add(line, secrets ? verdict_masked(secrets, arena, value) : value);
    }
}

void view_fact(dr_buf *out, const view_in *in, const verdict_list *secrets, const fact *f, const view_options *options)
{
    dr_arena *arena = dr_arena_create("view", 0);
    const vocab_kind *kind = &in->vocab->kinds[f->kind];
    const vocab_meaning *means = &in->vocab->meanings[f->means];
    char time[DR_TIME_TEXT];
    dr_buf line = { 0 };
    if (!arena) {
        out->failed = true;
        return;
    }
    dr_time_short(f->time, 3, time);
    size_t width = strlen(time);
    dr_buf_z(out, time);
    dr_buf_fill(out, ' ', width < TIME_COLUMNS ? TIME_COLUMNS + 2 - width : 2);
    view_styled(out, kind->shown, VIEW_BOLD, options->colour);
    if (options->zoned && time[0]) {
        dr_buf_z(&line, "   ");
        dr_buf_str_add(&line, view_local(arena, options, f->time, 3, 0));
        dr_buf_char(&line, ' ');
        dr_buf_str_add(&line, view_zone(arena, options));
    }
    if (in->n_hosts > 1 && f->host) {
        dr_buf_z(&line, "   on ");
        dr_buf_str_add(&line, dr_sym_str(in->syms, f->host));
    }
    if (!dr_str_is(means->name, "occurred") && !dr_str_is(means->name, "logged") && means->name.n > 0) {
        dr_buf_z(&line, "   (time: ");
        dr_buf_str_add(&line, means->name);
        dr_buf_char(&line, ')');
    }
    attributes(&line, in, secrets, f, options->all, arena);
    dr_buf_z(&line, "   [");
    dr_buf_str_add(&line, view_record_name(arena, in, f));
    dr_buf_z(&line, ", ");
    dr_buf_str_add(&line, view_place(arena, in, f));
    dr_buf_z(&line, "; shows at most: ");
    dr_buf_z(&line, rung_name(kind->ceiling));
    dr_buf_char(&line, ']');
    view_wrap(out, dr_buf_str(&line), TIME_COLUMNS + 2 + dr_shown_width(kind->shown), DETAIL_COLUMN, options->width);
    if (line.failed || dr_arena_failed(arena))
        out->failed = true;
    dr_buf_free(&line);
    dr_arena_destroy(arena);
}

static void csv(dr_buf *out, dr_str text, bool last)
{
    dr_buf_csv(out, text);
    dr_buf_z(out, last ? "\r\n" : ",");
}

static dr_str number(dr_arena *arena, uint64_t n)
{
    return n ? dr_arena_printf(arena, "%llu", (unsigned long long)n) : DR_STR_NONE;
}

void view_facts_csv_head(dr_buf *out)
{
    dr_buf_z(out, "time,time_means,host,fact,ceiling,channel,event,record,source,offset,place,attributes\r\n");
}

void view_fact_csv(dr_buf *out, const view_in *in, const verdict_list *secrets, const fact *f)
{
    dr_arena *arena = dr_arena_create("view", 0);
    const fact_record *r = &f->records[0];
    const view_source *source = view_source_at(in, r->source);
    char time[DR_TIME_TEXT];
    dr_buf line = { 0 };
    if (!arena) {
        out->failed = true;
        return;
    }
    dr_time_text(f->time, time);
    attributes(&line, in, secrets, f, true, arena);
    csv(out, dr_str_of(time), false);
    csv(out, in->vocab->meanings[f->means].name, false);
    csv(out, dr_sym_str(in->syms, f->host), false);
    csv(out, in->vocab->kinds[f->kind].name, false);
    csv(out, dr_str_of(rung_name(in->vocab->kinds[f->kind].ceiling)), false);
    csv(out, dr_sym_str(in->syms, r->channel), false);
    csv(out, number(arena, r->event_id), false);
    csv(out, number(arena, r->record_id), false);
    csv(out, source ? source->name : DR_STR_NONE, false);
    csv(out, dr_arena_printf(arena, "0x%llx", (unsigned long long)r->offset), false);
    csv(out, r->place, false);
    csv(out, dr_str_trim(dr_buf_str(&line)), true);
    if (line.failed || dr_arena_failed(arena))
        out->failed = true;
    dr_buf_free(&line);
    dr_arena_destroy(arena);
}
