#include "entity/run.h"

#include "base/table.h"

#define PID_TOLERANCE DR_TICKS_PER_S         /* creation records of one run by different recorders, clock of the writer */
#define MERGE_WITHIN (2 * DR_TICKS_PER_S)    /* 4688 and Sysmon 1 of one process */
#define POPUP_WITHIN DR_TICKS_PER_MIN        /* a popup after the launch that it speaks of */
#define BOOT_MERGE (5 * DR_TICKS_PER_MIN)    /* the records of one boot stand within minutes */

typedef struct session_link {
    dr_sym host;
    dr_str a, b;
} session_link;

/* What looking up a pid needs, apart from the runs: they may lie on disk. */
typedef struct pid_place {
    uint64_t pid;
    int64_t start;
    dr_sym host;
    run_id id;
} pid_place;

struct run_table {
    dr_arena *arena;
    fact_store *store;
    const entity_names *names;
    dr_table runs;            /* [0] is none */
    DR_VEC(pid_place) by_pid; /* sorted by host, pid, start */
    DR_VEC(boot) boots;       /* sorted by host, start */
    DR_VEC(session_link) links; /* sorted by host, a */
    dr_map *guids;            /* "host/guid" -> run */
    run_id *fact_run;         /* by fact id */
    fact_id *facts;           /* of all runs, one after the other */
};

static run *at(const run_table *t, run_id id)
{
    dr_fold_visit(fact_store_fold(t->store));
    return dr_table_at(&t->runs, id);
}

size_t run_count(const run_table *t)
{
    return t->runs.n - 1;
}

const run *run_at(const run_table *t, run_id id)
{
    DR_ASSERT(id && id < t->runs.n);
    return at(t, id);
}

const fact_id *run_facts(const run_table *t, run_id id, size_t *n)
{
    const run *r = run_at(t, id);
    *n = r->n_facts;
    return t->facts + r->first_fact;
}

run_id run_of_fact(const run_table *t, fact_id id)
{
    return id <= fact_store_count(t->store) ? t->fact_run[id] : 0;
}

/* --- boots ------------------------------------------------------------------------------------- */

static int boot_order(const void *a, const void *b, void *context)
{
    const boot *x = a, *y = b;
    (void)context;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* Marks of a boot (start set) and of a shutdown (end set) in time order become spans. */
static dr_status build_boots(run_table *t)
{
    DR_VEC(boot) marks = { 0 };
    const uint16_t kinds[] = { t->names->kind_host_booted, t->names->kind_host_shutdown };
    dr_status status = DR_OK;
    for (size_t k = 0; k < 2; k++) {
        size_t n;
        const fact_id *ids = fact_store_kind(t->store, kinds[k], &n);
        for (size_t i = 0; i < n; i++) {
            const fact *f = fact_store_at(t->store, ids[i]);
            boot mark = { f->host, f->time, k == 1 ? f->time : DR_NO_TIME };
            if (f->time != DR_NO_TIME && !(f->flags & (FACT_FORGED | FACT_RECOVERED)) && !dr_vec_push(&marks, mark))
                status = DR_NOMEM;
        }
    }
    if (status == DR_OK && !dr_sort(marks.p, marks.n, sizeof *marks.p, boot_order, NULL))
        status = DR_NOMEM;
    for (size_t i = 0; status == DR_OK && i < marks.n; i++) {
        const boot *mark = &marks.p[i];
        boot *last = t->boots.n && dr_vec_last(&t->boots).host == mark->host ? &dr_vec_last(&t->boots) : NULL;
        if (mark->end != DR_NO_TIME) { /* a shutdown */
            if (last && last->end == DR_NO_TIME)
                last->end = mark->start;
            continue;
        }
        if (last && last->end == DR_NO_TIME && mark->start - last->start < BOOT_MERGE)
            continue;
        if (last && last->end == DR_NO_TIME)
            last->end = mark->start;
        boot fresh = { mark->host, mark->start, DR_NO_TIME };
        if (!dr_vec_push(&t->boots, fresh))
            status = DR_NOMEM;
    }
    dr_vec_free(&marks);
    return status;
}

size_t boot_count(const run_table *t)
{
    return t->boots.n;
}

const boot *boot_at(const run_table *t, size_t i)
{
    DR_ASSERT(i < t->boots.n);
    return &t->boots.p[i];
}

/* Index behind the last boot of the host with start <= time. */
static size_t boot_upper(const run_table *t, dr_sym host, int64_t time)
{
    size_t low = 0, high = t->boots.n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        const boot *b = &t->boots.p[mid];
        if (b->host < host || (b->host == host && b->start <= time))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

uint32_t boot_number(const run_table *t, dr_sym host, int64_t time)
{
    return (uint32_t)(boot_upper(t, host, time) - boot_upper(t, host, INT64_MIN));
}

int64_t boot_end(const run_table *t, dr_sym host, int64_t time)
{
    size_t at = boot_upper(t, host, time);
    if (at && t->boots.p[at - 1].host == host && t->boots.p[at - 1].end > time)
        return t->boots.p[at - 1].end;
    return at < t->boots.n && t->boots.p[at].host == host ? t->boots.p[at].start : DR_NO_TIME;
}

/* --- logon sessions ---------------------------------------------------------------------------- */

static int link_order(const void *a, const void *b, void *context)
{
    const session_link *x = a, *y = b;
    (void)context;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    return dr_str_cmp(x->a, y->a);
}

static dr_status build_sessions(run_table *t)
{
    size_t n;
    const fact_id *ids = fact_store_kind(t->store, t->names->kind_session_opened, &n);
    for (size_t i = 0; i < n; i++) {
        const fact *f = fact_store_at(t->store, ids[i]);
        dr_str own = fact_get(f, t->names->session_logon_id), other = fact_get(f, t->names->session_linked_id);
        if (!own.n || !other.n || dr_str_is(other, "0x0") || (f->flags & FACT_FORGED))
            continue;
        session_link there = { f->host, own, other }, back = { f->host, other, own };
        if (!dr_vec_push(&t->links, there) || !dr_vec_push(&t->links, back))
            return DR_NOMEM;
    }
    return dr_sort(t->links.p, t->links.n, sizeof *t->links.p, link_order, NULL) ? DR_OK : DR_NOMEM;
}

bool session_same(const run_table *t, dr_sym host, dr_str a, dr_str b)
{
    if (!a.n || !b.n)
        return false;
    if (dr_str_eq_fold(a, b))
        return true;
    session_link key = { host, a, b };
    size_t low = 0, high = t->links.n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (link_order(&t->links.p[mid], &key, NULL) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    for (; low < t->links.n && link_order(&t->links.p[low], &key, NULL) == 0; low++) {
        if (dr_str_eq_fold(t->links.p[low].b, b))
            return true;
    }
    return false;
}

/* --- runs -------------------------------------------------------------------------------------- */

/* Of the text, which is no number in damaged records: then it is only nearly unique, and the text decides. */
static uint64_t pid_key_of(dr_str pid)
{
    uint64_t number;
    return dr_str_to_u64(pid, &number) ? number : dr_hash64(pid.p, pid.n);
}

static int pid_order(const void *a, const void *b, void *context)
{
    const pid_place *x = a, *y = b;
    (void)context;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return x->start < y->start ? -1 : x->start > y->start;
}

static dr_status index_pids(run_table *t)
{
    dr_vec_clear(&t->by_pid);
    for (run_id id = 1; id < t->runs.n; id++) {
        const run *r = at(t, id);
        pid_place place = { pid_key_of(r->pid), r->start, r->host, id };
        if (r->pid.n && r->start != DR_NO_TIME && !dr_vec_push(&t->by_pid, place))
            return DR_NOMEM;
    }
    return dr_sort(t->by_pid.p, t->by_pid.n, sizeof *t->by_pid.p, pid_order, NULL) ? DR_OK : DR_NOMEM;
}

run_id run_by_pid(const run_table *t, dr_sym host, dr_str pid, int64_t time)
{
    if (!pid.n || time == DR_NO_TIME)
        return 0;
    pid_place key = { pid_key_of(pid), time + PID_TOLERANCE, host, 0 };
    size_t low = 0, high = t->by_pid.n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (pid_order(&t->by_pid.p[mid], &key, NULL) <= 0)
            low = mid + 1;
        else
            high = mid;
    }
    if (!low)
        return 0;
    if (t->by_pid.p[low - 1].host != host || t->by_pid.p[low - 1].pid != key.pid)
        return 0;
    run_id id = t->by_pid.p[low - 1].id;
    const run *r = at(t, id);
    if (!dr_str_eq(r->pid, pid))
        return 0;
    if (r->end != DR_NO_TIME && r->end + MERGE_WITHIN < time)
        return 0;
    if (r->start <= time && boot_number(t, host, r->start) != boot_number(t, host, time))
        return 0;
    return id;
}

static dr_str guid_key(char buffer[64], dr_sym host, dr_str guid)
{
    int n = snprintf(buffer, 64, "%u/%.40s", host, guid.n <= 40 ? guid.p : "");
    return (dr_str){ buffer, n > 0 && n < 64 ? (size_t)n : 0 };
}

run_id run_by_guid(const run_table *t, dr_sym host, dr_str guid)
{
    char buffer[64];
    if (!guid.n || guid.n > 40)
        return 0;
    const uint64_t *slot = dr_map_get(t->guids, guid_key(buffer, host, guid));
    return slot ? (run_id)*slot : 0;
}

static run_id new_run(run_table *t, const run *fresh)
{
    run *place = t->runs.n < UINT32_MAX ? dr_table_push(&t->runs) : NULL;
    if (!place)
        return 0;
    *place = *fresh;
    run_id id = (run_id)(t->runs.n - 1);
    if (fresh->guid.n && fresh->guid.n <= 40) {
        char buffer[64];
        uint64_t *slot;
        bool is_new;
        if (dr_map_put(t->guids, guid_key(buffer, fresh->host, fresh->guid), &slot, &is_new) != DR_OK)
            return 0;
        if (is_new)
            *slot = id;
    }
    return id;
}

static bool is_zero_guid(dr_str guid)
{
    for (size_t i = 0; i < guid.n; i++) {
        if (guid.p[i] != '0' && guid.p[i] != '-')
            return false;
    }
    return true;
}

static run run_from_fact(const run_table *t, const fact *f)
{
    const entity_names *a = t->names;
    run r = { .host = f->host, .start = f->time, .end = DR_NO_TIME };
    r.guid = fact_get(f, a->process_guid);
    if (is_zero_guid(r.guid))
        r.guid = DR_STR_NONE;
    r.pid = fact_get(f, a->process_pid);
    r.image = fact_get(f, a->process_image);
    r.original_name = fact_get(f, a->process_original_name);
    r.command_line = fact_get(f, a->process_command_line);
    r.logon_id = fact_get(f, a->process_logon_id);
    r.creator_logon_id = fact_get(f, a->actor_logon_id);
    if (!r.logon_id.n || dr_str_is(r.logon_id, "0x0"))
        r.logon_id = r.creator_logon_id;
    return r;
}

static bool same_image(dr_str a, dr_str b)
{
    return !a.n || !b.n || dr_str_eq_fold(dr_str_basename(a), dr_str_basename(b));
}

static void fill(dr_str *to, dr_str from)
{
    if (!to->n && from.n)
        *to = from;
}

/* Two recorders saw one creation: what the one lacks the other gives. */
static void join_created(run *r, const run *other, fact_id created)
{
    fill(&r->guid, other->guid);
    fill(&r->pid, other->pid);
    fill(&r->original_name, other->original_name);
    fill(&r->command_line, other->command_line);
    fill(&r->logon_id, other->logon_id);
    fill(&r->creator_logon_id, other->creator_logon_id);
    if (dr_str_find_char(r->image, '\\') == SIZE_MAX && dr_str_find_char(other->image, '\\') != SIZE_MAX)
        r->image = other->image;
    if (other->start < r->start)
        r->start = other->start;
    if (r->n_created < RUN_MAX_CREATED)
        r->created[r->n_created++] = created;
}

/* Was this creation already told by a record of another channel? One recorder tells it once. */
static bool told_by(const run_table *t, const run *r, const fact *f)
{
    for (uint32_t i = 0; i < r->n_created; i++) {
        const fact *other = fact_store_at(t->store, r->created[i]);
        if (other->records[0].channel == f->records[0].channel && other->records[0].event_id == f->records[0].event_id)
            return true;
    }
    return false;
}

/* "host/pid" for the maps of newest runs. */
static dr_str pid_key(char buffer[64], dr_sym host, dr_str pid)
{
    int n = snprintf(buffer, 64, "%u/%.*s", host, (int)(pid.n < 20 ? pid.n : 20), pid.n ? pid.p : "");
    return (dr_str){ buffer, (size_t)n };
}

static dr_status build_created(run_table *t)
{
    size_t n;
    const fact_id *ids = fact_store_kind(t->store, t->names->kind_process_created, &n);
    dr_map *latest = dr_map_create(); /* "host/pid" -> newest run */
    if (!latest)
        return DR_NOMEM;
    dr_status status = DR_OK;
    for (size_t i = 0; i < n && status == DR_OK; i++) {
        const fact *f = fact_store_at(t->store, ids[i]);
        if (f->time == DR_NO_TIME || (f->flags & FACT_FORGED))
            continue;
        run fresh = run_from_fact(t, f);
        char key[64];
        uint64_t *slot;
        status = dr_map_put(latest, pid_key(key, f->host, fresh.pid), &slot, NULL);
        if (status != DR_OK)
            break;
        run_id id = fresh.guid.n ? run_by_guid(t, f->host, fresh.guid) : 0;
        if (!id && fresh.pid.n && *slot) {
            const run *r = at(t, (run_id)*slot);
            bool other_guid = r->guid.n && fresh.guid.n && !dr_str_eq_fold(r->guid, fresh.guid);
            if (f->time - r->start <= MERGE_WITHIN && same_image(r->image, fresh.image) && !other_guid && !told_by(t, r, f))
                id = (run_id)*slot;
        }
        if (id) {
            join_created(at(t, id), &fresh, f->id);
            if (fresh.guid.n) {
                char buffer[64];
                uint64_t *guid_slot;
                status = dr_map_put(t->guids, guid_key(buffer, f->host, fresh.guid), &guid_slot, NULL);
                if (status == DR_OK && !*guid_slot)
                    *guid_slot = id;
            }
        } else {
            fresh.created[0] = f->id;
            fresh.n_created = 1;
            id = new_run(t, &fresh);
            if (!id)
                status = DR_NOMEM;
            *slot = id;
        }
        t->fact_run[f->id] = id;
    }
    dr_map_destroy(latest);
    return status == DR_OK ? index_pids(t) : status;
}

/* The run by GUID; by pid and start; by pid and time. */
static run_id find_run(const run_table *t, const fact *f)
{
    const entity_names *a = t->names;
    dr_str guid = fact_get(f, a->process_guid), pid = fact_get(f, a->process_pid), start = fact_get(f, a->process_start);
    run_id id = run_by_guid(t, f->host, guid);
    if (id || (guid.n && !is_zero_guid(guid) && !pid.n))
        return id;
    int64_t started;
    if (pid.n && start.n && dr_str_to_i64(start, &started)) {
        id = run_by_pid(t, f->host, pid, started);
        return id && at(t, id)->start - started < MERGE_WITHIN && started - at(t, id)->start < MERGE_WITHIN ? id : 0;
    }
    id = run_by_pid(t, f->host, pid, f->time);
    if (id && guid.n && at(t, id)->guid.n && !is_zero_guid(guid))
        return 0; /* the pid is that of another run, whose GUID is known */
    return id && same_image(at(t, id)->image, fact_get(f, a->process_image)) ? id : 0;
}

/* A launch told by name only (a popup): the one run of that name that was created shortly before. */
static run_id find_by_name(const run_table *t, const fact *f)
{
    size_t n;
    dr_str name = dr_str_basename(fact_get(f, t->names->process_image));
    const fact_id *ids = fact_store_kind(t->store, t->names->kind_process_created, &n);
    size_t low = fact_store_not_before(t->store, ids, n, f->time - POPUP_WITHIN);
    run_id found = 0;
    for (; name.n && low < n; low++) {
        const fact *created = fact_store_at(t->store, ids[low]);
        run_id id = t->fact_run[ids[low]];
        if (created->time > f->time + PID_TOLERANCE)
            break;
        if (!id || created->host != f->host || id == found || !dr_str_eq_fold(dr_str_basename(at(t, id)->image), name))
            continue;
        if (found)
            return 0; /* two candidates: it cannot be told which */
        found = id;
    }
    return found;
}

/* A run that is known by its own activity only. One that UNSEEN has of this pid, boot and image. */
static dr_status unseen_run(run_table *t, const fact *f, dr_map *unseen, run_id *id)
{
    run fresh = run_from_fact(t, f);
    int64_t started;
    char buffer[64];
    uint64_t *slot;
    if (!fresh.guid.n && !fresh.pid.n)
        return DR_OK;
    if (dr_str_to_i64(fact_get(f, t->names->process_start), &started))
        fresh.start = started;
    fresh.flags = RUN_CREATION_UNSEEN;
    fresh.command_line = DR_STR_NONE;
    dr_status status = dr_map_put(unseen, pid_key(buffer, f->host, fresh.pid), &slot, NULL);
    if (status != DR_OK)
        return status;
    if (*slot && !fresh.guid.n) {
        const run *r = at(t, (run_id)*slot);
        if (same_image(r->image, fresh.image) && boot_number(t, f->host, r->start) == boot_number(t, f->host, fresh.start)) {
            *id = (run_id)*slot;
            return DR_OK;
        }
    }
    *id = new_run(t, &fresh);
    *slot = *id;
    return *id ? DR_OK : DR_NOMEM;
}

static dr_status attach(run_table *t, uint16_t kind, dr_map *unseen, bool by_name)
{
    size_t n;
    const fact_id *ids = fact_store_kind(t->store, kind, &n);
    for (size_t i = 0; i < n; i++) {
        const fact *f = fact_store_at(t->store, ids[i]);
        if (f->flags & FACT_FORGED)
            continue;
        run_id id = find_run(t, f);
        if (!id && by_name && !fact_has(f, t->names->process_pid) && !fact_has(f, t->names->process_guid))
            id = find_by_name(t, f);
        dr_status status = !id && unseen && f->time != DR_NO_TIME ? unseen_run(t, f, unseen, &id) : DR_OK;
        if (status != DR_OK)
            return status;
        t->fact_run[f->id] = id;
    }
    return DR_OK;
}

static dr_status build_ends(run_table *t)
{
    size_t n;
    const fact_id *ids = fact_store_kind(t->store, t->names->kind_process_exited, &n);
    for (size_t i = 0; i < n; i++) {
        const fact *f = fact_store_at(t->store, ids[i]);
        run_id id = f->flags & FACT_FORGED ? 0 : find_run(t, f);
        if (!id)
            continue;
        run *r = at(t, id);
        t->fact_run[f->id] = id;
        /* Of two records of one end (4689, Sysmon 5) the one with the status is kept in front. */
        if (!r->exited || (!fact_has(fact_store_at(t->store, r->exited), t->names->status) && fact_has(f, t->names->status)))
            r->exited = f->id;
        if (r->end == DR_NO_TIME || f->time < r->end)
            r->end = f->time;
    }
    return DR_OK;
}

static dr_status build_parents(run_table *t)
{
    const entity_names *a = t->names;
    for (run_id id = 1; id < t->runs.n; id++) {
        run *r = at(t, id);
        for (uint32_t i = 0; i < r->n_created && !r->parent; i++) {
            const fact *f = fact_store_at(t->store, r->created[i]);
            dr_str guid = fact_get(f, a->parent_guid), pid = fact_get(f, a->parent_pid), image = fact_get(f, a->parent_image);
            run_id parent = run_by_guid(t, r->host, guid);
            if (!parent)
                parent = run_by_pid(t, r->host, pid, r->start);
            if (!parent || parent == id)
                continue;
            const run *p = at(t, parent);
            if (!same_image(p->image, image) || (guid.n && !is_zero_guid(guid) && p->guid.n && !dr_str_eq_fold(guid, p->guid)))
                continue;
            r->parent = parent;
            if (p->end != DR_NO_TIME && p->end < r->start)
                r->flags |= RUN_PARENT_DOUBTFUL;
        }
    }
    for (run_id id = (run_id)t->runs.n; id-- > 1;) { /* backwards: children then stand in order */
        run *r = at(t, id);
        if (r->parent) {
            r->next_sibling = at(t, r->parent)->first_child;
            at(t, r->parent)->first_child = id;
        }
    }
    return DR_OK;
}

bool run_is_ancestor(const run_table *t, run_id a, run_id b)
{
    for (int depth = 0; b && depth < 64; depth++) {
        if (a == b)
            return true;
        b = at(t, b)->parent;
    }
    return false;
}

/* The facts of each run, in time order: counted, then filed. */
static dr_status file_facts(run_table *t)
{
    const entity_names *a = t->names;
    size_t count = fact_store_count(t->store), filed = 0;
    for (fact_id id = 1; id <= count; id++) {
        const fact *f = fact_store_at(t->store, id);
        if (!t->fact_run[id] && (fact_has(f, a->process_guid) || fact_has(f, a->process_pid)) &&
            f->kind != a->kind_process_created && f->kind != a->kind_process_exited && !(f->flags & FACT_FORGED))
            t->fact_run[id] = find_run(t, f);
        if (t->fact_run[id] && f->kind != a->kind_process_created && f->kind != a->kind_process_exited)
            at(t, t->fact_run[id])->n_facts++;
    }
    for (run_id id = 1; id < t->runs.n; id++) {
        at(t, id)->first_fact = (uint32_t)filed;
        filed += at(t, id)->n_facts;
        at(t, id)->n_facts = 0;
    }
    t->facts = DR_NEW_ARRAY(t->arena, fact_id, filed);
    if (!t->facts)
        return DR_NOMEM;
    for (fact_id id = 1; id <= count; id++) {
        const fact *f = fact_store_at(t->store, id);
        if (t->fact_run[id] && f->kind != a->kind_process_created && f->kind != a->kind_process_exited) {
            run *r = at(t, t->fact_run[id]);
            t->facts[r->first_fact + r->n_facts++] = id;
        }
    }
    return DR_OK;
}

static dr_status attach_all(run_table *t)
{
    const entity_names *a = t->names;
    const struct {
        uint16_t kind;
        bool makes_run, by_name;
    } steps[] = {
        { a->kind_process_active, true, false },     { a->kind_process_crashed, true, true },
        { a->kind_process_hung, true, true },        { a->kind_process_load_failed, false, true },
        { a->kind_process_shown, false, true },      { a->kind_process_blocked, false, true },
    };
    dr_map *unseen = dr_map_create();
    dr_status status = unseen ? DR_OK : DR_NOMEM;
    for (size_t i = 0; status == DR_OK && i < sizeof steps / sizeof steps[0]; i++)
        status = attach(t, steps[i].kind, steps[i].makes_run ? unseen : NULL, steps[i].by_name);
    dr_map_destroy(unseen);
    return status == DR_OK ? index_pids(t) : status;
}

static dr_status build(run_table *t)
{
    dr_status status = dr_table_push(&t->runs) ? DR_OK : DR_NOMEM; /* the run that is none */
    static dr_status (*const steps[])(run_table *) = {
        build_boots, build_sessions, build_created, build_ends, attach_all, build_ends, build_parents, file_facts,
    };
    for (size_t i = 0; status == DR_OK && i < sizeof steps / sizeof steps[0]; i++)
        status = steps[i](t);
    return status;
}

dr_status run_table_build(run_table **out, fact_store *store, const vocabulary *vocab, const entity_names *names, dr_err *err)
{
    (void)vocab;
    run_table *t = dr_mem_alloc(sizeof *t);
    *out = t;
    if (!t)
        return dr_fail(err, DR_NOMEM, "out of memory");
    t->arena = dr_arena_create_folding("runs", fact_store_fold(store));
    t->guids = dr_map_create();
    t->store = store;
    t->names = names;
    dr_table_init(&t->runs, t->arena, sizeof(run));
    dr_status status = t->arena && t->guids ? DR_OK : DR_NOMEM;
    if (status == DR_OK) {
        t->fact_run = DR_NEW_ARRAY(t->arena, run_id, fact_store_count(store) + 1);
        status = t->fact_run ? build(t) : DR_NOMEM;
    }
    if (status != DR_OK) {
        run_table_free(t);
        *out = NULL;
        return dr_fail(err, status, "%s", dr_status_text(status));
    }
    return DR_OK;
}

void run_table_free(run_table *t)
{
    if (!t)
        return;
    dr_arena_destroy(t->arena);
    dr_map_destroy(t->guids);
    dr_table_free(&t->runs);
    dr_vec_free(&t->by_pid);
    dr_vec_free(&t->boots);
    dr_vec_free(&t->links);
    dr_mem_free(t);
}
