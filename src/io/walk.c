#include "io/archive.h"
#include "io/path.h"
#include "io/source_set.h"

#include "base/hash.h"

#define HEAD_SIZE 8192u

static dr_status tick(source_set *set)
{
    return set->tick ? set->tick(set->tick_context, set->tick_done, set->tick_total, set->files) : DR_OK;
}

source *source_new(source_set *set, size_t argument, dr_str path, dr_status *status, dr_err *err)
{
    source *s = DR_NEW(set->arena, source);
    const source_argument *arg = &set->arguments.p[argument];
    if (s) {
        s->set = set;
        s->argument = arg->text;
        s->argument_index = argument;
        s->path = dr_arena_str(set->arena, path);
        s->shown = arg->kind == DR_NODE_FOLDER && path.n ? path_join(arg->text, s->path, set->arena) : arg->text;
        s->logical = s->path;
        s->folder_key = s->tree_key = s->disk = DR_STR_NONE;
        s->order = set->list.n;
        s->file.fd = -1;
        dr_diags_init(&s->diags, set->arena);
    }
    if (!s || dr_arena_failed(set->arena) || !dr_vec_push(&set->list, s)) {
        *status = dr_fail(err, DR_NOMEM, "out of memory");
        return NULL;
    }
    *status = DR_OK;
    return s;
}

/* The state that a file's first bytes give it, and the message when it should be something else. */
static void judge(source_set *set, source *s, dr_bytes head, uint64_t size)
{
    dr_str name = path_without_packing(path_name(s->path));
    int promised = set->types->promised(name);
    s->size = size;
    if (size == 0) {
        s->state = SOURCE_EMPTY;
        if (s->given || (promised && !set->types->is_part(promised)))
            dr_diag_add(&s->diags, DR_DIAG_EMPTY, 0, 0, "%s", "");
        return;
    }
    s->kind = set->types->recognise(head, size, name);
    s->head_hash = dr_hash64(head.p, head.n);
    if (s->kind == 0) {
        s->state = SOURCE_UNKNOWN;
        if (promised && !set->types->is_part(promised))
            dr_diag_add(&s->diags, DR_DIAG_NOT_THIS_FORMAT, 0, size, "%s", "");
        else if (s->given)
            dr_diag_add(&s->diags, DR_DIAG_UNKNOWN_KIND, 0, size, "%s", "");
        return;
    }
    s->state = s->kind == set->types->archive      ? SOURCE_CONTAINER
               : set->types->is_part(s->kind) ? SOURCE_PART
                                              : SOURCE_READ;
}

static void broken(source *s, dr_diag_code code, const char *why)
{
    s->state = SOURCE_BROKEN;
    dr_diag_add(&s->diags, code, 0, 0, "%s", why);
}

/* Was this file met before? */
static dr_status met(source_set *set, const char *disk, bool *before, dr_err *err)
{
    uint64_t id[2];
    *before = false;
    if (dr_os_identity(disk, &id[0], &id[1], NULL) != DR_OK)
        return DR_OK; /* opening it will say why */
    uint64_t *slot;
    bool is_new;
    if (dr_map_put(set->seen, (dr_str){ (const char *)id, sizeof id }, &slot, &is_new) != DR_OK)
        return dr_fail(err, DR_NOMEM, "out of memory");
    *before = !is_new;
    return DR_OK;
}

static dr_status add_file(source_set *set, size_t argument, dr_str disk, dr_str path, bool given, dr_err *err)
{
    bool before;
    dr_status status = met(set, disk.p, &before, err);
    if (status != DR_OK || before)
        return status;
    set->files++;
    source *s = source_new(set, argument, path, &status, err);
    if (!s)
        return status;
    s->disk = disk;
    s->given = given;
    s->folder_key = path_folder(disk);
    dr_err why = { { 0 } };
    dr_file file;
    if (dr_os_open(disk.p, &file, &why) != DR_OK) {
        broken(s, DR_DIAG_UNREADABLE, why.text);
        return DR_OK;
    }
    uint8_t head[HEAD_SIZE];
    size_t got = 0;
    if (dr_os_read_at(&file, 0, head, sizeof head, &got, &why) != DR_OK)
        broken(s, DR_DIAG_UNREADABLE, why.text);
    else
        judge(set, s, (dr_bytes){ head, got }, file.size);
    if (s->state == SOURCE_CONTAINER)
        set->tick_total += s->size;
    dr_os_close(&file);
    return set->files % 256 == 0 ? tick(set) : DR_OK;
}

/* A link in a folder: what lies inside is met anyway; the rest is named. */
static dr_status note_link(source_set *set, size_t argument, dr_str disk, dr_str path, dr_err *err)
{
    dr_err why = { { 0 } };
    dr_str target;
    const dr_str root = set->arguments.p[argument].real;
    dr_status found = dr_os_real_path(disk.p, set->arena, &target, &why);
    if (found == DR_NOMEM)
        return dr_fail(err, DR_NOMEM, "out of memory");
    bool inside = found == DR_OK && dr_str_starts(target, root) &&
                  (target.n == root.n || target.p[root.n] == '/' || dr_str_is(root, "/"));
    dr_str folder = path_folder(disk);
    bool circle = inside && dr_str_starts(folder, target) && (folder.n == target.n || folder.p[target.n] == '/');
    if (inside && !circle)
        return DR_OK;
    dr_status status;
    source *s = source_new(set, argument, path, &status, err);
    if (!s)
        return status;
    s->state = SOURCE_NOT_FOLLOWED;
    s->disk = disk;
    if (circle)
        dr_diag_add(&s->diags, DR_DIAG_LINK, 0, 0, "it leads back to a folder that it is in");
    else if (found == DR_OK)
        dr_diag_add(&s->diags, DR_DIAG_OUTSIDE, 0, 0, "to %.*s", DR_STR_ARG(target));
    else
        dr_diag_add(&s->diags, DR_DIAG_LINK, 0, 0, "it leads nowhere, or in a circle");
    return DR_OK;
}

static dr_status walk_folder(source_set *set, size_t argument, dr_str disk, dr_str path, unsigned depth, dr_err *err)
{
    dr_status status = DR_OK;
    dr_node *nodes = NULL;
    size_t n = 0;
    dr_err why = { { 0 } };
    if (depth > DR_WALK_MAX_DEPTH || (status = dr_os_list(disk.p, set->arena, &nodes, &n, &why)) != DR_OK) {
        if (status == DR_NOMEM)
            return dr_fail(err, DR_NOMEM, "%s", why.text);
        source *s = source_new(set, argument, path, &status, err);
        if (!s)
            return status;
        s->disk = disk;
        s->given = path.n == 0;
        if (depth > DR_WALK_MAX_DEPTH)
            broken(s, DR_DIAG_LIMIT, "folders are nested too deeply");
        else
            broken(s, DR_DIAG_UNREADABLE, why.text);
        return DR_OK;
    }
    for (size_t i = 0; i < n && status == DR_OK; i++) {
        dr_str child = path_join(disk, nodes[i].name, set->arena);
        dr_str below = path_join(path, nodes[i].name, set->arena);
        if (dr_arena_failed(set->arena))
            return dr_fail(err, DR_NOMEM, "out of memory");
        switch (nodes[i].kind) {
        case DR_NODE_FOLDER:
            status = walk_folder(set, argument, child, below, depth + 1, err);
            break;
        case DR_NODE_FILE:
            status = add_file(set, argument, child, below, false, err);
            break;
        case DR_NODE_LINK:
            status = note_link(set, argument, child, below, err);
            break;
        case DR_NODE_OTHER:
            break;
        }
    }
    return status;
}

/* Where the caller wants them: the companions that lie beside a file given alone. */
static dr_status add_beside(source_set *set, size_t argument, source *leader, dr_err *err)
{
    dr_str folder = path_folder(leader->disk);
    dr_str name = path_without_packing(path_name(leader->disk));
    dr_node *nodes = NULL;
    size_t n = 0;
    if (dr_os_list(folder.n ? dr_arena_str(set->arena, folder).p : "/", set->arena, &nodes, &n, NULL) != DR_OK)
        return dr_arena_failed(set->arena) ? dr_fail(err, DR_NOMEM, "out of memory") : DR_OK;
    dr_status status = DR_OK;
    for (size_t i = 0; i < n && status == DR_OK; i++) {
        if (nodes[i].kind != DR_NODE_FILE ||
            !set->types->companion(leader->kind, name, path_without_packing(nodes[i].name)))
            continue;
        dr_str disk = dr_arena_printf(set->arena, "%.*s/%.*s", DR_STR_ARG(folder), DR_STR_ARG(nodes[i].name));
        if (dr_arena_failed(set->arena))
            return dr_fail(err, DR_NOMEM, "out of memory");
        size_t before = set->list.n;
        status = add_file(set, argument, disk, nodes[i].name, false, err);
        if (status == DR_OK && set->list.n > before) {
            source *s = set->list.p[before];
            s->shown = path_join(path_folder(s->argument), s->path, set->arena);
        }
    }
    return status;
}

dr_status source_walk_argument(source_set *set, size_t argument, dr_err *err)
{
    source_argument *arg = &set->arguments.p[argument];
    dr_status status = tick(set);
    if (status != DR_OK)
        return status;
    if (arg->kind == DR_NODE_FOLDER)
        return walk_folder(set, argument, arg->real, DR_STR_NONE, 0, err);
    if (arg->kind == DR_NODE_FILE)
        return add_file(set, argument, arg->real, path_name(arg->text), true, err);
    source *s = source_new(set, argument, path_name(arg->text), &status, err);
    if (!s)
        return status;
    s->given = true;
    s->state = SOURCE_BROKEN;
    dr_diag_add(&s->diags, DR_DIAG_UNREADABLE, 0, 0, "%.*s: is neither a file nor a folder", DR_STR_ARG(arg->text));
    return DR_OK;
}

/* --- archives --- */

typedef struct unpacking {
    source_set *set;
    archive_reader *reader;
    archive_budget *budget;
    uint64_t done_before; /* tick_done when this archive began */
} unpacking;

static dr_status spill(source_set *set, const void *p, size_t n, dr_err *why)
{
    if (set->spill.fd < 0) {
        dr_status status = dr_os_temporary(&set->spill, why);
        if (status != DR_OK)
            return status;
    }
    return dr_os_write(&set->spill, p, n, why);
}

/* Keeps the member that the reader stands at: in memory, or spilled. What came before damage stays. */
static dr_status keep(unpacking *u, source *s, dr_err *err)
{
    source_set *set = u->set;
    DR_VEC(uint8_t) memory = { 0 };
    dr_status status = DR_OK;
    dr_err why = { { 0 } };
    dr_bytes block;
    dr_hasher *hasher = dr_hasher_create(DR_HASH_SHA256);
    if (!hasher)
        return dr_fail(err, DR_NOMEM, "out of memory");
    if (s->size <= DR_ARCHIVE_SPILL && !dr_vec_reserve(&memory, (size_t)s->size)) {
        dr_hasher_end(hasher, s->sha256);
        return dr_fail(err, DR_NOMEM, "out of memory");
    }
    s->size = 0;
    dr_status got;
    while ((got = archive_block(u->reader, &block, &why)) == DR_OK && status == DR_OK) {
        dr_hasher_add(hasher, block);
        bool big = memory.n + block.n > DR_ARCHIVE_SPILL || set->memory_kept + memory.n + block.n > DR_ARCHIVE_MEMORY;
        if (!s->spilled && big) {
            s->spilled = true;
            s->spill_off = set->spill.fd < 0 ? 0 : set->spill.size;
            status = memory.n ? spill(set, memory.p, memory.n, &why) : DR_OK;
            dr_vec_free(&memory);
        }
        if (status == DR_OK && s->spilled) {
            status = spill(set, block.p, block.n, &why);
        } else if (status == DR_OK) {
            if (!dr_vec_reserve(&memory, memory.n + block.n))
                status = dr_fail(&why, DR_NOMEM, "out of memory");
            else if (block.n) { /* nothing goes to a vector that has no place yet */
                memcpy(memory.p + memory.n, block.p, block.n);
                memory.n += block.n;
            }
        }
        s->size += block.n;
        set->tick_done = u->done_before + archive_consumed(u->reader);
        if (status == DR_OK && set->tick && (status = tick(set)) != DR_OK)
            break;
    }
    dr_hasher_end(hasher, s->sha256);
    s->member = true;
    if (status != DR_OK) { /* memory, the disk, or the user's wish to stop */
        dr_vec_free(&memory);
        s->size = 0;
        s->spilled = false;
        if (status != DR_IO)
            return err && why.text[0] ? dr_fail(err, status, "%s", why.text) : status;
        broken(s, DR_DIAG_ARCHIVE_MEMBER, why.text);
        return DR_OK;
    }
    if (got != DR_END) {
        dr_diag_add(&s->diags, DR_DIAG_ARCHIVE_MEMBER, s->size, 0, "after %llu bytes: %s",
                    (unsigned long long)s->size, why.text);
        s->cut = true;
    }
    s->memory = memory.p;
    set->memory_kept += memory.n;
    return got == DR_END || got == DR_UNSUPPORTED ? DR_OK : got;
}

static dr_status unpack(source_set *set, source *container, const archive_input *in, archive_budget *budget,
                        unsigned depth, dr_err *err);

/* What was kept turned out to be an archive itself. */
static dr_status unpack_inner(unpacking *u, source *s, unsigned depth, dr_err *err)
{
    if (depth + 1 >= DR_ARCHIVE_MAX_NESTING) {
        s->state = SOURCE_BROKEN;
        dr_diag_add(&s->diags, DR_DIAG_LIMIT, 0, 0, "archives in archives in archives are not unpacked");
        return DR_OK;
    }
    archive_input inner = { .bytes = { s->memory, (size_t)s->size } };
    if (s->spilled)
        inner = (archive_input){ .file = &u->set->spill, .off = s->spill_off, .size = s->size };
    uint8_t *memory = s->memory;
    uint64_t size = s->spilled ? 0 : s->size;
    s->memory = NULL;
    s->spilled = s->member = false;
    s->sha256[0] = '\0';
    dr_status status = unpack(u->set, s, &inner, u->budget, depth + 1, err);
    dr_mem_free(memory);
    u->set->memory_kept -= size;
    return status;
}

/* The member is a file: a source, when its kind is known. */
static dr_status take_member(unpacking *u, source *container, const archive_member *m, unsigned depth, dr_err *err)
{
    source_set *set = u->set;
    dr_status status = DR_OK;
    source *s = container;
    if (!m->single) {
        dr_str below = container->path;
        if (container->given)
            below = DR_STR_NONE;
        dr_str path = path_join(below, m->path, set->arena);
        if (dr_arena_failed(set->arena))
            return dr_fail(err, DR_NOMEM, "out of memory");
        set->files++;
        s = source_new(set, container->argument_index, path, &status, err);
        if (!s)
            return status;
        s->shown = path_join(container->shown, m->path, set->arena);
        s->folder_key = dr_arena_printf(set->arena, "%.*s\x01%.*s", DR_STR_ARG(container->shown),
                                        DR_STR_ARG(path_folder(m->path)));
    }
    uint64_t size = m->head.n < HEAD_SIZE ? m->head.n : m->size != UINT64_MAX ? m->size : UINT64_MAX / 2;
    bool given = s->given;
    s->given = given && m->single;
    judge(set, s, m->head, size);
    s->given = given;
    if (s->state == SOURCE_UNKNOWN || s->state == SOURCE_EMPTY) {
        if (size == UINT64_MAX / 2)
            s->size = 0;
        uint64_t *unlisted = s->state == SOURCE_EMPTY ? &set->unlisted_empty : &set->unlisted_unknown;
        if (!m->single && s->diags.list.n == 0 && set->list.n > DR_ARCHIVE_MAX_LIST) {
            set->list.n--; /* it is the last one */
            ++*unlisted;
        }
        return DR_OK;
    }
    status = keep(u, s, err);
    if (status == DR_OK && s->state == SOURCE_CONTAINER)
        status = unpack_inner(u, s, depth, err);
    return status;
}

static dr_status note_outside(source_set *set, source *container, const archive_member *m, uint64_t *outside)
{
    (void)set;
    if (++*outside == 1) { /* one line for all of them */
        if (m->target.n)
            dr_diag_add(&container->diags, DR_DIAG_OUTSIDE, 0, 0, "%.*s to %.*s", DR_STR_ARG(m->path),
                        DR_STR_ARG(m->target));
        else
            dr_diag_add(&container->diags, DR_DIAG_OUTSIDE, 0, 0, "%.*s", DR_STR_ARG(m->path));
    }
    return DR_OK;
}

static dr_status unpack(source_set *set, source *container, const archive_input *in, archive_budget *budget,
                        unsigned depth, dr_err *err)
{
    unpacking u = { .set = set, .budget = budget, .done_before = set->tick_done };
    dr_err why = { { 0 } };
    dr_status status = archive_open_input(&u.reader, in, budget, &why);
    if (status == DR_NOMEM)
        return dr_fail(err, DR_NOMEM, "%s", why.text);
    if (status != DR_OK) {
        broken(container, DR_DIAG_ARCHIVE, why.text);
        return DR_OK;
    }
    uint64_t outside = 0, bad = 0, members = 0;
    size_t first = set->list.n;
    bool single = false;
    for (;;) {
        archive_member m;
        why.text[0] = '\0';
        status = archive_next(u.reader, set->arena, &m, &why);
        if (depth == 0)
            set->tick_done = u.done_before + archive_consumed(u.reader);
        if (status == DR_END)
            break;
        if (status == DR_UNSUPPORTED && ++bad < DR_DIAG_MAX) { /* this one; the next may be sound */
            dr_diag_add(&container->diags, DR_DIAG_ARCHIVE_MEMBER, archive_consumed(u.reader), 0, "%.*s: %s",
                        DR_STR_ARG(m.path), why.text);
            continue;
        }
        if (status != DR_OK)
            break;
        members++;
        if (m.kind == ARCHIVE_OUTSIDE)
            status = note_outside(set, container, &m, &outside);
        else if (m.kind == ARCHIVE_FILE)
            status = take_member(&u, container, &m, depth, &why);
        single = single || m.single;
        if (status == DR_OK && members % 64 == 0)
            status = tick(set);
        if (status != DR_OK)
            break;
    }
    bool ours = status == DR_FORMAT || status == DR_LIMIT || status == DR_END || status == DR_UNSUPPORTED;
    if (status == DR_FORMAT || status == DR_UNSUPPORTED)
        dr_diag_add(&container->diags, DR_DIAG_ARCHIVE, archive_consumed(u.reader), 0, "%s", why.text);
    else if (status == DR_LIMIT)
        dr_diag_add(&container->diags, DR_DIAG_LIMIT, archive_consumed(u.reader), 0, "%s", why.text);
    if (outside > 1)
        dr_diag_add(&container->diags, DR_DIAG_OUTSIDE, 0, 0, "and %llu more", (unsigned long long)(outside - 1));
    if (!single && members == 0 && container->state == SOURCE_CONTAINER && status != DR_END)
        container->state = SOURCE_BROKEN;
    if (single && container->state == SOURCE_CONTAINER && set->list.n == first && depth == 0 && container->size == 0)
        container->state = SOURCE_EMPTY;
    archive_close(u.reader);
    if (ours)
        return DR_OK;
    return why.text[0] ? dr_fail(err, status, "%s", why.text) : status;
}

dr_status source_unpack_all(source_set *set, dr_err *err)
{
    size_t n = set->list.n; /* those of folders and arguments; inner ones are unpacked on the way */
    for (size_t i = 0; i < n; i++) {
        source *s = set->list.p[i];
        if (s->state != SOURCE_CONTAINER)
            continue;
        archive_budget budget = { 0 };
        dr_err why = { { 0 } };
        dr_file file;
        if (dr_os_open(s->disk.p, &file, &why) != DR_OK) {
            broken(s, DR_DIAG_UNREADABLE, why.text);
            continue;
        }
        uint64_t size = file.size;
        uint64_t before = set->tick_done;
        archive_input in = { .file = &file, .off = 0, .size = size };
        dr_status status = unpack(set, s, &in, &budget, 0, err);
        dr_os_close(&file);
        set->tick_done = before + size;
        if (status != DR_OK)
            return status;
    }
    for (size_t i = 0; set->take_beside && i < set->arguments.n; i++) {
        if (set->arguments.p[i].kind != DR_NODE_FILE)
            continue;
        for (size_t k = 0; k < n; k++) {
            source *s = set->list.p[k];
            if (s->argument_index != i || !s->given || !s->kind || !set->types->leads(s->kind))
                continue;
            size_t before = set->list.n;
            dr_status status = add_beside(set, i, s, err);
            for (size_t j = before; j < set->list.n && status == DR_OK; j++) {
                source *part = set->list.p[j];
                if (part->state != SOURCE_CONTAINER)
                    continue;
                archive_budget budget = { 0 };
                dr_file file;
                if (dr_os_open(part->disk.p, &file, NULL) != DR_OK)
                    continue;
                archive_input in = { .file = &file, .off = 0, .size = file.size };
                status = unpack(set, part, &in, &budget, 0, err);
                dr_os_close(&file);
            }
            if (status != DR_OK)
                return status;
        }
    }
    return DR_OK;
}
