/* Coverage as bars over time, and damage as a list. */
#include "view/view.h"
#include "view/words.h"

enum { BAR_MIN = 16, BAR_MAX = 48, LABEL_MAX = 40, LONG_PAST = 5 };

static char sign_of(cov_reason reason)
{
    switch (reason) {
    case COV_COVERED:
        return '#';
    case COV_NOT_ASKED_FOR:
        return '.';
    case COV_NOT_RUNNING:
        return '-';
    case COV_CLEARED:
        return 'x';
    case COV_DAMAGED:
        return '=';
    case COV_FILTERED:
        return '?';
    case COV_CLOCK:
        return '~';
    case COV_NOT_COLLECTED:
    case COV_OUT_OF_SPAN:
    case COV_ROUTE:
    case COV_UNBOUND:
    case COV_NO_RECORDER:
    case COV_NOT_READ:
    case COV_NO_CHANGE:
    case COV_EXPIRED:
    case COV_NOT_ON_THIS_SYSTEM:
    case COV_REASON_COUNT:
        break;
    }
    return ' ';
}

/* The sign of one cell: what fills most of it, but a hole of a fifth of it shows. */
static char cell_sign(const view_recorder *r, int64_t from, int64_t to)
{
    int64_t share[COV_REASON_COUNT] = { 0 };
    for (size_t i = 0; i < r->n_spans; i++) {
        const view_span *s = &r->spans[i];
        int64_t a = s->from > from ? s->from : from, b = s->to < to ? s->to : to;
        if (b > a)
            share[s->reason] += b - a;
    }
    cov_reason most = COV_COVERED, hole = COV_COVERED;
    for (cov_reason c = 1; c < COV_REASON_COUNT; c++) {
        if (share[c] > share[most])
            most = c;
        if (share[c] * 5 >= to - from && (hole == COV_COVERED || share[c] > share[hole]))
            hole = c;
    }
    if (hole != COV_COVERED)
        return sign_of(hole);
    return share[most] > 0 ? sign_of(most) : ' ';
}

static void label_of(dr_buf *out, const view_recorder *r)
{
    dr_buf_shown(out, r->source);
    if (r->shown.n > 0 && !dr_str_eq(r->shown, r->source)) {
        dr_buf_z(out, "  ");
        dr_buf_shown(out, r->shown);
    }
}

typedef struct bar_frame {
    int64_t from, to;
    size_t label, cells;
} bar_frame;

static bool is_missing(const view_recorder *r)
{
    return r->n_spans == 0 && r->reason == COV_NOT_COLLECTED;
}

/* Has it a line of its own? */
static bool is_shown(const view_recorder *r, dr_str host, const view_options *options)
{
    return dr_str_eq(r->host, host) && !is_missing(r) && (!r->minor || options->all);
}

/* What is not among the evidence, in one line. */
static void write_missing(dr_buf *out, const view_in *in, dr_str host, const view_options *options)
{
    dr_buf line = { 0 };
    for (size_t i = 0; i < in->n_recorders; i++) {
        const view_recorder *r = &in->recorders[i];
        if (dr_str_eq(r->host, host) && is_missing(r))
            view_name_once(&line, r->source);
    }
    if (line.n > 0) {
        dr_buf_z(out, "Not among the evidence: ");
        view_wrap(out, dr_buf_str(&line), 24, 2, options->width);
    }
    dr_buf_free(&line);
}

static int earlier(const void *a, const void *b, void *context)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    (void)context;
    return (x > y) - (x < y);
}

/* Where half of the host's recorders have begun. */
static int64_t usual_start(const view_in *in, dr_str host, const view_options *options)
{
    DR_VEC(int64_t) starts = { 0 };
    int64_t middle = DR_NO_TIME;
    for (size_t i = 0; i < in->n_recorders; i++) {
        const view_recorder *r = &in->recorders[i];
        size_t k = 0;
        while (k < r->n_spans && sign_of(r->spans[k].reason) == ' ')
            k++; /* before its first record */
        if (is_shown(r, host, options) && k < r->n_spans && !dr_vec_push(&starts, r->spans[k].from))
            break; /* no memory: the frame stays as wide as it is */
    }
    if (starts.n > 0 && dr_sort(starts.p, starts.n, sizeof *starts.p, earlier, NULL))
        middle = starts.p[starts.n / 2];
    dr_vec_free(&starts);
    return middle;
}

/* The whole time that a host's recorders speak of (of a long past of a few of them only the end), in as many cells as the line has room for. */
static bool frame_of(const view_in *in, dr_str host, const view_options *options, bar_frame *frame)
{
    *frame = (bar_frame){ .from = INT64_MAX, .to = INT64_MIN };
    for (size_t i = 0; i < in->n_recorders; i++) {
        const view_recorder *r = &in->recorders[i];
        if (!is_shown(r, host, options))
            continue;
        dr_buf label = { 0 };
        label_of(&label, r);
        size_t w = dr_shown_width(dr_buf_str(&label));
        frame->label = w > frame->label ? w : frame->label;
        dr_buf_free(&label);
        for (size_t k = 0; k < r->n_spans; k++) {
            frame->from = r->spans[k].from < frame->from ? r->spans[k].from : frame->from;
            frame->to = r->spans[k].to > frame->to ? r->spans[k].to : frame->to;
        }
    }
    int64_t usual = usual_start(in, host, options);
    if (dr_time_is(usual) && frame->to > usual && (frame->to - frame->from) / LONG_PAST > frame->to - usual)
        frame->from = usual;
    if (dr_time_is(options->from) && options->from < frame->to)
        frame->from = options->from;
    if (dr_time_is(options->to) && options->to > frame->from)
        frame->to = options->to;
    if (frame->label > LABEL_MAX)
        frame->label = LABEL_MAX;
    size_t width = options->width ? options->width : 120;
    size_t room = width > frame->label + 2 ? width - frame->label - 2 : 0;
    frame->cells = room < BAR_MIN ? BAR_MIN : room > BAR_MAX ? BAR_MAX : room;
    return frame->from < frame->to;
}

static int64_t cell_time(const bar_frame *f, size_t cell)
{
    int64_t step = (f->to - f->from) / (int64_t)f->cells;
    return cell >= f->cells ? f->to : f->from + step * (int64_t)cell;
}

/* Days above the bars (hours within two days, months over more than a year), where there is room. */
static void write_scale(dr_buf *out, const bar_frame *f)
{
    enum { FROM_MONTH = 0, MONTH = 7, FROM_DAY = 5, FROM_HOUR = 11, SHORT = 5 }; /* of "2025-05-30 14:00" */
    bool months = f->to - f->from > 400 * DR_TICKS_PER_DAY, days = f->to - f->from > 2 * DR_TICKS_PER_DAY;
    int64_t unit = days ? DR_TICKS_PER_DAY : DR_TICKS_PER_HOUR;
    size_t from = months ? FROM_MONTH : days ? FROM_DAY : FROM_HOUR, length = months ? MONTH : SHORT;
    char line[BAR_MAX + 1];
    size_t used = 0;
    memset(line, ' ', sizeof line);
    for (size_t cell = 0; cell + length <= f->cells; cell++) {
        int64_t begin = cell_time(f, cell), end = cell_time(f, cell + 1);
        bool turns = months || begin / unit != (end - 1) / unit || begin % unit == 0; /* a new day begins here */
        if (cell > 0 && (!turns || cell < used + 2))
            continue;
        char text[DR_TIME_TEXT];
        dr_time_short(cell == 0 || months ? begin : (end - 1) / unit * unit, 0, text);
        memcpy(line + cell, text + from, length);
        used = cell + length;
    }
    dr_buf_add(out, line, used);
}

/* The bar of one recorder and what there is to say: beside the bar where it fits into the line, else
 * below it. The label before it takes LABEL columns. */
static void write_bar(dr_buf *out, const view_recorder *r, const bar_frame *frame, bool bars, size_t label, const view_options *options)
{
    size_t column = (label > frame->label ? label : frame->label) + 2, at = label; /* of the bar; written so far */
    dr_buf shown = { 0 };
    dr_str text = r->text;
    if (text.n == 0 && r->n_spans == 0)
        text = dr_str_of(cov_reason_shown(r->reason));
    dr_buf_shown(&shown, text);
    size_t width = dr_shown_width(dr_buf_str(&shown));
    for (size_t c = 0; bars && r->n_spans > 0 && c < frame->cells; c++) {
        char sign = cell_sign(r, cell_time(frame, c), cell_time(frame, c + 1));
        if (sign == ' ')
            continue; /* written when another sign follows */
        dr_buf_fill(out, ' ', column + c - at);
        dr_buf_char(out, sign);
        at = column + c + 1;
    }
    if (bars && r->n_spans > 0)
        column += frame->cells + 2;
    if (width == 0) {
        dr_buf_char(out, '\n');
    } else if (options->width == 0 || column + width <= options->width) {
        dr_buf_fill(out, ' ', column - at);
        dr_buf_str_add(out, dr_buf_str(&shown));
        dr_buf_char(out, '\n');
    } else {
        dr_buf_z(out, "\n    ");
        view_wrap(out, text, 4, 4, options->width);
    }
    dr_buf_free(&shown);
}

static void write_host(dr_buf *out, const view_in *in, dr_str host, const view_options *options)
{
    bar_frame frame;
    bool bars = frame_of(in, host, options, &frame);
    size_t hidden = 0;
    dr_buf name = { 0 };
    dr_buf_shown(&name, host.n ? host : DR_STR("(no host named)"));
    if (bars && frame.to - frame.from <= 2 * DR_TICKS_PER_DAY) { /* the scale has hours only */
        char day[DR_TIME_TEXT];
        dr_time_short(frame.from, 0, day);
        dr_buf_z(&name, "   ");
        dr_buf_str_add(&name, dr_str_sub(dr_str_of(day), 0, 10));
    }
    view_styled(out, dr_buf_str(&name), VIEW_BOLD, options->colour);
    if (bars) {
        size_t w = dr_shown_width(dr_buf_str(&name));
        dr_buf_fill(out, ' ', w < frame.label + 2 ? frame.label + 2 - w : 2);
        write_scale(out, &frame);
    }
    dr_buf_char(out, '\n');
    dr_buf_free(&name);
    for (size_t i = 0; i < in->n_recorders; i++) {
        const view_recorder *r = &in->recorders[i];
        if (!is_shown(r, host, options)) {
            hidden += dr_str_eq(r->host, host) && r->minor && !options->all;
            continue;
        }
        size_t before = out->n;
        label_of(out, r);
        size_t w = dr_shown_width((dr_str){ out->p + before, out->n - before });
        write_bar(out, r, &frame, bars, w, options);
    }
    write_missing(out, in, host, options);
    if (hidden > 0) {
        dr_buf_z(out, "And ");
        view_count(out, hidden);
        dr_buf_z(out, " more (--all)\n");
    }
}

void view_coverage(dr_buf *out, const view_in *in, const view_options *options)
{
    if (in->n_recorders == 0) {
        dr_buf_z(out, "Nothing in this evidence shows what would have been recorded.\n");
        return;
    }
    for (size_t i = 0; i < in->n_recorders; i++) {
        if (i > 0 && dr_str_eq(in->recorders[i].host, in->recorders[i - 1].host))
            continue;
        if (i > 0)
            dr_buf_char(out, '\n');
        write_host(out, in, in->recorders[i].host, options);
    }
    dr_buf_z(out, "\n# covered   . not asked for   - not running   x cleared   = lost   ? filtered   ~ clock in doubt\n");
}

void view_damage(dr_buf *out, const view_in *in, const view_options *options)
{
    size_t damaged = 0;
    for (size_t i = 0; i < in->n_sources; i++) {
        const view_source *s = &in->sources[i];
        if (!s->diags || s->diags->list.n == 0)
            continue;
        damaged++;
        dr_buf name = { 0 };
        dr_buf_shown(&name, s->name);
        view_styled(out, dr_buf_str(&name), VIEW_BOLD, options->colour);
        dr_buf_char(out, '\n');
        dr_buf_free(&name);
        for (size_t k = 0; k < s->diags->list.n; k++) {
            const dr_diag *d = &s->diags->list.p[k];
            dr_buf line = { 0 };
            dr_buf_printf(&line, "0x%llx", (unsigned long long)d->off);
            if (d->size > 0)
                dr_buf_printf(&line, ", %llu bytes", (unsigned long long)d->size);
            dr_buf_printf(&line, ": %s", dr_diag_sentence(d->code));
            if (d->text.n > 0) {
                dr_buf_z(&line, ": ");
                dr_buf_str_add(&line, d->text);
            }
            dr_buf_z(out, "  ");
            view_wrap(out, dr_buf_str(&line), 2, 6, options->width);
            dr_buf_free(&line);
        }
        if (s->diags->dropped > 0) {
            dr_buf_z(out, "  and ");
            view_count(out, s->diags->dropped);
            dr_buf_z(out, " more\n");
        }
    }
    if (damaged == 0)
        dr_buf_z(out, "No damage was met.\n");
}
