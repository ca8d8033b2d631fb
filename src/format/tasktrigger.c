#include "format/tasktrigger.h"

#define BLOCK 8

/* What is N bytes long fills whole blocks. Counted from where it begins, not from the value's first byte:
 * the data of a WNF trigger is not filled up, and all behind it is shifted. */
static void fill(dr_cur *c, size_t n)
{
    dr_skip(c, (BLOCK - n % BLOCK) % BLOCK);
}

static uint8_t block_u8(dr_cur *c)
{
    uint8_t value = dr_u8(c);
    fill(c, 1);
    return value;
}

static uint32_t block_u32(dr_cur *c)
{
    uint32_t value = dr_u32(c);
    fill(c, 4);
    return value;
}

static task_time read_time(dr_cur *c)
{
    task_time t = { .local = block_u8(c) != 0 };
    t.ticks = dr_time_clean(dr_filetime(c));
    if (!dr_time_is(t.ticks))
        t.ticks = DR_NO_TIME;
    return t;
}

/* Length in bytes, then UTF-16; a NUL at the end is counted and left out. */
static dr_wstr block_text(dr_cur *c)
{
    size_t n = block_u32(c);
    dr_bytes b = dr_take(c, n);
    fill(c, n);
    size_t units = b.n / 2;
    if (units > 0 && b.p[2 * units - 2] == 0 && b.p[2 * units - 1] == 0)
        units--;
    return (dr_wstr){ b.p, units };
}

/* Length in units, without the NUL that follows the text; nothing follows a length of 0. */
static dr_wstr block_text_nul(dr_cur *c)
{
    size_t units = block_u32(c);
    dr_wstr text = { NULL, 0 };
    if (units > 0) {
        dr_bytes b = dr_take_array(c, units, 2);
        text = (dr_wstr){ b.p, b.n / 2 };
        dr_skip(c, 2);
        fill(c, 2 * units + 2);
    }
    return text;
}

static task_user read_user(dr_cur *c)
{
    task_user u = { .sid = { NULL, 0 } };
    if (block_u8(c)) /* none */
        return u;
    if (!block_u8(c)) {
        (void)block_u32(c); /* kind of account */
        size_t n = block_u32(c);
        u.sid = dr_take(c, n);
        fill(c, n);
    }
    u.name = block_text(c);
    return u;
}

bool task_triggers_open(task_triggers *out, dr_bytes data)
{
    *out = (task_triggers){ .c = dr_cur_over(data, 0) };
    dr_cur *c = &out->c;
    out->version = block_u8(c);
    if (out->version < 0x15 || out->version > 0x17) {
        out->version = 0;
        return false;
    }
    out->start = read_time(c);
    out->end = read_time(c);
    out->flags = block_u32(c);
    (void)block_u32(c); /* CRC-32 of the XML */
    if (out->version >= 0x16)
        (void)block_text(c); /* id of the principal */
    if (out->version >= 0x17)
        (void)block_text(c); /* name that is shown */
    out->user = read_user(c);
    size_t settings = block_u32(c); /* idle, limits, priority, ... */
    dr_skip(c, settings);
    fill(c, settings);
    return dr_cur_ok(c);
}

static void read_id(const task_triggers *t, dr_cur *c)
{
    if (t->version < 0x16)
        return;
    size_t n = dr_u32(c);
    dr_skip(c, n);
    fill(c, 4 + n % BLOCK);
}

/* What all triggers but those of a time begin with. */
static void read_common(const task_triggers *t, dr_cur *c, task_trigger *out)
{
    out->start = read_time(c);
    out->end = read_time(c);
    out->delay = dr_u32(c);
    dr_skip(c, 4); /* limit of its run */
    out->repeat_every = dr_u32(c);
    dr_skip(c, 8); /* for how long, twice */
    dr_skip(c, 4); /* whether to stop then */
    out->enabled = block_u8(c) != 0;
    dr_skip(c, 8);
    read_id(t, c);
}

static void read_schedule(const task_triggers *t, dr_cur *c, task_trigger *out)
{
    out->start = read_time(c);
    out->end = read_time(c);
    (void)read_time(c);
    out->repeat_every = dr_u32(c);
    dr_skip(c, 8); /* for how long; limit of its run */
    out->mode = dr_u32(c);
    unsigned data[3] = { dr_u16(c), dr_u16(c), dr_u16(c) };
    dr_skip(c, 3); /* and whether to stop when it ends */
    out->enabled = dr_u8(c) != 0;
    dr_skip(c, 6);
    out->delay = dr_u32(c); /* at most, at random */
    dr_skip(c, 4);
    out->every = out->mode == 1 || out->mode == 2 ? data[0] : 0;
    out->weekdays = out->mode == 2 ? data[1] & 0x7f : 0;
    read_id(t, c);
}

bool task_triggers_next(task_triggers *t, task_trigger *out, bool *damaged)
{
    dr_cur *c = &t->c;
    *out = (task_trigger){ .start = { DR_NO_TIME, false }, .end = { DR_NO_TIME, false } };
    if (!dr_cur_ok(c) || dr_left(c) == 0)
        return false;
    uint32_t kind = block_u32(c);
    bool known = true;
    out->kind = (task_trigger_kind)kind;
    switch (kind) {
    case TASK_TRIGGER_TIME: read_schedule(t, c, out); break;
    case TASK_TRIGGER_BOOT:
    case TASK_TRIGGER_IDLE:
    case TASK_TRIGGER_REGISTRATION: read_common(t, c, out); break;
    case TASK_TRIGGER_LOGON:
        read_common(t, c, out);
        out->user = read_user(c);
        break;
    case TASK_TRIGGER_SESSION:
        read_common(t, c, out);
        out->state = block_u32(c);
        out->user = read_user(c);
        break;
    case TASK_TRIGGER_EVENT:
        read_common(t, c, out);
        out->query = block_text_nul(c);
        dr_skip(c, 8);
        (void)block_text_nul(c);
        for (size_t n = dr_count(c, block_u32(c), 16); n > 0 && dr_cur_ok(c); n--) {
            (void)block_text_nul(c);
            (void)block_text_nul(c);
        }
        break;
    case TASK_TRIGGER_WNF:
        read_common(t, c, out);
        dr_skip(c, 8); /* name of the state */
        dr_skip(c, block_u32(c));
        break;
    default: known = false; break;
    }
    if (known && dr_cur_ok(c))
        return true;
    dr_cur_fail(c, DR_FAULT_VALUE);
    if (damaged)
        *damaged = true;
    return false;
}
