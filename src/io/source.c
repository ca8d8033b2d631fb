#include "io/source.h"

#include "base/buf.h"
#include "base/hash.h"
#include "io/path.h"
#include "io/source_set.h"

source_set *source_set_create(const source_types *types)
{
    source_set *set = dr_mem_alloc(sizeof *set);
    if (!set)
        return NULL;
    set->types = types;
    set->spill.fd = -1;
    atomic_init(&set->done, 0);
    set->arena = dr_arena_create("sources", 0);
    set->seen = dr_map_create();
    if (!set->arena || !set->seen) {
        source_set_destroy(set);
        return NULL;
    }
    return set;
}

void source_set_destroy(source_set *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->list.n; i++) {
        source *s = set->list.p[i];
        source_close(s);
        source_unload(s);
        if (s->member)
            dr_mem_free(s->memory);
        dr_diags_free(&s->diags);
        dr_arena_destroy(s->arena);
    }
    dr_os_unmap(set->spill_map);
    dr_os_close(&set->spill);
    dr_vec_free(&set->list);
    dr_vec_free(&set->arguments);
    dr_vec_free(&set->collections);
    dr_map_destroy(set->seen);
    dr_arena_destroy(set->arena);
    dr_mem_free(set);
}

void source_set_take_beside(source_set *set)
{
    set->take_beside = true;
}

void source_set_on_tick(source_set *set, source_tick tick, void *context)
{
    set->tick = tick;
    set->tick_context = context;
}

dr_status source_set_add(source_set *set, const char *path, dr_err *err)
{
    DR_ASSERT(!set->sealed);
    dr_node node;
    dr_str real;
    dr_status status = dr_os_stat(path, true, &node, err);
    if (status == DR_OK)
        status = dr_os_real_path(path, set->arena, &real, err);
    if (status != DR_OK)
        return status;
    dr_str text = dr_arena_str(set->arena, dr_str_of(path));
    size_t n = text.n;
    while (n > 1 && text.p[n - 1] == '/')
        n--;
    if (n < text.n)
        text = dr_arena_str(set->arena, dr_str_sub(text, 0, n));
    source_argument arg = { .text = text, .real = real, .kind = node.kind };
    if (dr_arena_failed(set->arena) || !dr_vec_push(&set->arguments, arg))
        return dr_fail(err, DR_NOMEM, "out of memory");
    return DR_OK;
}

size_t source_argument_count(const source_set *set)
{
    return set->arguments.n;
}

void source_argument_at(const source_set *set, size_t i, dr_str *given, dr_str *path)
{
    *given = set->arguments.p[i].text;
    *path = set->arguments.p[i].real;
}

/* --- the list --- */

static int by_text(const void *a, const void *b, void *context)
{
    (void)context;
    const source_argument *x = a, *y = b;
    int c = dr_str_cmp(x->text, y->text);
    return c ? c : dr_str_cmp(x->real, y->real);
}

/* Loose files first, then tree by tree; inside by path. */
static int by_place(const void *a, const void *b, void *context)
{
    (void)context;
    const source *x = *(source *const *)a, *y = *(source *const *)b;
    int c = dr_str_cmp(x->tree_key, y->tree_key);
    c = c ? c : dr_str_cmp(x->path, y->path);
    c = c ? c : dr_str_cmp(x->shown, y->shown);
    return c ? c : x->order < y->order ? -1 : x->order > y->order;
}

static dr_str tree_key(source_set *set, const source *s, dr_str root)
{
    return dr_arena_printf(set->arena, "%.*s\n%.*s", DR_STR_ARG(s->argument), DR_STR_ARG(root));
}

/* Which tree is each file in? Files that show it by their own path, then those beside them. */
static dr_status find_trees(source_set *set, dr_err *err)
{
    dr_map *roots = dr_map_create();
    dr_status status = roots ? DR_OK : DR_NOMEM;
    for (size_t i = 0; i < set->list.n && status == DR_OK; i++) {
        source *s = set->list.p[i];
        s->logical = path_decoded(s->path, set->arena);
        if (s->kind != set->types->archive)
            s->logical = path_without_packing(s->logical);
        size_t n = set->types->tree(s->logical);
        if (n == SIZE_MAX)
            continue;
        s->tree_key = tree_key(set, s, dr_str_sub(s->logical, 0, n));
        s->logical = dr_str_from(s->logical, n ? n + 1 : 0);
        s->in_tree = true;
        uint64_t *slot;
        bool is_new;
        status = dr_map_put(roots, s->tree_key, &slot, &is_new);
    }
    for (size_t i = 0; i < set->list.n && status == DR_OK && dr_map_count(roots); i++) {
        source *s = set->list.p[i];
        if (s->in_tree)
            continue;
        /* An archive belongs to the tree that it holds. */
        dr_str folder = s->kind == set->types->archive ? s->logical : path_folder(s->logical);
        for (;; folder = path_folder(folder)) {
            dr_arena_mark mark = dr_arena_save(set->arena);
            dr_str key = tree_key(set, s, folder);
            if (dr_map_get(roots, key)) {
                s->tree_key = key;
                s->logical = dr_str_from(s->logical, folder.n && folder.n < s->logical.n ? folder.n + 1 : folder.n);
                s->in_tree = true;
                break;
            }
            dr_arena_restore(set->arena, mark);
            if (folder.n == 0)
                break;
        }
    }
    dr_map_destroy(roots);
    if (status != DR_OK || dr_arena_failed(set->arena))
        return dr_fail(err, DR_NOMEM, "out of memory");
    return DR_OK;
}

/* A folder or archive of which nothing can be read gets one line. */
static dr_status find_nothing(source_set *set, dr_err *err)
{
    for (size_t i = 0; i < set->list.n; i++) {
        source *s = set->list.p[i];
        bool says = false;
        for (size_t k = 0; k < s->diags.list.n; k++)
            says = says || dr_diag_severity(s->diags.list.p[k].code) != DR_NOTE;
        if (s->state == SOURCE_READ || s->state == SOURCE_PART || says || (s->given && s->diags.list.n))
            set->arguments.p[s->argument_index].found = true;
    }
    for (size_t i = 0; i < set->arguments.n; i++) {
        source_argument *arg = &set->arguments.p[i];
        if (arg->found)
            continue;
        bool same = false; /* named twice, or inside of another argument */
        for (size_t k = 0; k < set->arguments.n; k++) {
            dr_str other = set->arguments.p[k].real;
            same = same || (k != i && dr_str_starts(arg->real, other) &&
                            (arg->real.n == other.n ? k < i : arg->real.p[other.n] == '/'));
        }
        if (same)
            continue;
        dr_status status;
        source *s = source_new(set, i, DR_STR_NONE, &status, err);
        if (!s)
            return status;
        s->given = true;
        s->state = SOURCE_NOTHING;
        dr_diag_add(&s->diags, DR_DIAG_NO_EVIDENCE, 0, 0, "%s", "");
    }
    return DR_OK;
}

static dr_status number(source_set *set, dr_err *err)
{
    if (!dr_sort(set->list.p, set->list.n, sizeof *set->list.p, by_place, NULL))
        return dr_fail(err, DR_NOMEM, "out of memory");
    for (size_t i = 0; i < set->list.n; i++) {
        source *s = set->list.p[i];
        if (i == 0 || !dr_str_eq(s->tree_key, set->list.p[i - 1]->tree_key)) {
            dr_str path = s->tree_key;
            size_t cut = dr_str_find_char(path, '\n');
            if (cut != SIZE_MAX) {
                dr_str root = dr_str_from(path, cut + 1);
                path = root.n ? path_join(dr_str_sub(path, 0, cut), root, set->arena) : dr_str_sub(path, 0, cut);
            }
            if (!dr_vec_push(&set->collections, path))
                return dr_fail(err, DR_NOMEM, "out of memory");
        }
        s->number = (uint32_t)(i + 1);
        s->collection = (uint32_t)set->collections.n;
    }
    return DR_OK;
}

/* --- companions and copies --- */

static dr_status join_parts(source_set *set, dr_err *err)
{
    /* Lists of parts by folder: first[folder] is an index + 1, next[i] goes on. */
    dr_map *first = dr_map_create();
    uint32_t *next = DR_NEW_ARRAY(set->arena, uint32_t, set->list.n + 1);
    dr_status status = first && next ? DR_OK : DR_NOMEM;
    for (size_t i = set->list.n; i-- > 0 && status == DR_OK;) { /* backwards: lists then run forwards */
        const source *s = set->list.p[i];
        uint64_t *slot;
        bool is_new;
        if (s->state != SOURCE_PART)
            continue;
        status = dr_map_put(first, s->folder_key, &slot, &is_new);
        if (status == DR_OK) {
            next[i + 1] = (uint32_t)*slot;
            *slot = i + 1;
        }
    }
    for (size_t i = 0; i < set->list.n && status == DR_OK; i++) {
        source *s = set->list.p[i];
        const uint64_t *slot;
        if (s->state != SOURCE_READ || !set->types->leads(s->kind) || !(slot = dr_map_get(first, s->folder_key)))
            continue;
        DR_VEC(source *) parts = { 0 };
        dr_str name = path_name(s->logical);
        for (size_t k = (size_t)*slot; k && status == DR_OK; k = next[k]) {
            source *part = set->list.p[k - 1];
            if (part->leader || !set->types->companion(s->kind, name, path_name(part->logical)))
                continue;
            part->leader = s->number;
            status = dr_vec_push(&parts, part) ? DR_OK : DR_NOMEM;
        }
        source **kept = DR_NEW_ARRAY(set->arena, source *, parts.n);
        if (!kept)
            status = DR_NOMEM;
        else if (parts.n)
            memcpy(kept, parts.p, parts.n * sizeof *kept);
        s->parts = kept;
        s->n_parts = status == DR_OK ? parts.n : 0;
        dr_vec_free(&parts);
    }
    dr_map_destroy(first);
    if (status != DR_OK)
        return dr_fail(err, status, "out of memory");
    for (size_t i = 0; i < set->list.n; i++) {
        source *s = set->list.p[i];
        if (s->state == SOURCE_PART && s->leader == 0)
            dr_diag_add(&s->diags, DR_DIAG_NO_LEADER, 0, 0, "%s", "");
    }
    return DR_OK;
}

/* The hash of one source's bytes, read for nothing else. Failing to read is left to the reader. */
static dr_status hash_now(source *s, dr_err *err)
{
    if (s->sha256[0])
        return DR_OK;
    dr_hasher *hasher = dr_hasher_create(DR_HASH_SHA256);
    uint8_t *block = dr_mem_alloc(DR_HASH_BLOCK);
    dr_file file = { .fd = -1 };
    dr_status status = hasher && block ? DR_OK : dr_fail(err, DR_NOMEM, "out of memory");
    char hex[65] = "";
    bool whole = false;
    if (status == DR_OK && dr_os_open(s->disk.p, &file, NULL) == DR_OK) {
        size_t got = 1;
        for (uint64_t off = 0; got; off += got) {
            if (dr_os_read_at(&file, off, block, DR_HASH_BLOCK, &got, NULL) != DR_OK)
                break;
            dr_hasher_add(hasher, (dr_bytes){ block, got });
            whole = got == 0 && off == s->size;
        }
    }
    if (hasher)
        dr_hasher_end(hasher, hex);
    if (whole)
        memcpy(s->sha256, hex, sizeof hex);
    dr_os_close(&file);
    dr_mem_free(block);
    return status;
}

/* What makes two sources copies of each other: kind, bytes, the companions' bytes; and the collection
 * when nothing in them names the host. */
static dr_status set_key(source *s, dr_buf *key, dr_err *err)
{
    dr_status status = hash_now(s, err);
    dr_buf_clear(key);
    dr_buf_printf(key, "%d %s", s->kind, s->sha256);
    for (size_t i = 0; i < s->n_parts && status == DR_OK; i++) {
        status = hash_now(s->parts[i], err);
        dr_buf_printf(key, " %s", s->parts[i]->sha256);
    }
    if (!s->set->types->names_host(s->kind))
        dr_buf_printf(key, " %u", s->collection);
    if (status == DR_OK && key->failed)
        status = dr_fail(err, DR_NOMEM, "out of memory");
    return status;
}

static dr_status find_copies(source_set *set, dr_err *err)
{
    dr_map *alike = dr_map_create(), *same = dr_map_create();
    dr_buf key = { 0 };
    dr_status status = alike && same ? DR_OK : dr_fail(err, DR_NOMEM, "out of memory");
    for (int pass = 0; pass < 2; pass++) { /* first who looks alike, then who is */
        for (size_t i = 0; i < set->list.n && status == DR_OK; i++) {
            source *s = set->list.p[i];
            uint64_t *slot;
            bool is_new;
            if (s->state != SOURCE_READ)
                continue;
            uint64_t look[3] = { (uint64_t)s->kind, s->size, s->head_hash };
            if (dr_map_put(alike, (dr_str){ (const char *)look, sizeof look }, &slot, &is_new) != DR_OK) {
                status = dr_fail(err, DR_NOMEM, "out of memory");
                break;
            }
            if (pass == 0) {
                ++*slot;
                continue;
            }
            if (*slot < 2)
                continue;
            status = set_key(s, &key, err);
            if (status != DR_OK || !s->sha256[0])
                continue;
            if (dr_map_put(same, dr_buf_str(&key), &slot, &is_new) != DR_OK)
                status = dr_fail(err, DR_NOMEM, "out of memory");
            else if (is_new)
                *slot = s->number;
            else {
                s->state = SOURCE_COPY;
                s->same_as = (uint32_t)*slot;
            }
        }
    }
    dr_buf_free(&key);
    dr_map_destroy(alike);
    dr_map_destroy(same);
    return status;
}

dr_status source_set_seal(source_set *set, dr_err *err)
{
    DR_ASSERT(!set->sealed);
    set->sealed = true;
    if (!dr_sort(set->arguments.p, set->arguments.n, sizeof *set->arguments.p, by_text, NULL))
        return dr_fail(err, DR_NOMEM, "out of memory");
    dr_status status = DR_OK;
    for (size_t i = 0; i < set->arguments.n && status == DR_OK; i++)
        status = source_walk_argument(set, i, err);
    if (status == DR_OK)
        status = source_unpack_all(set, err);
    if (status == DR_OK && set->spill.fd >= 0)
        status = dr_os_map(&set->spill, &set->spill_map, err);
    if (status == DR_OK)
        status = find_nothing(set, err);
    if (status == DR_OK)
        status = find_trees(set, err);
    if (status == DR_OK)
        status = number(set, err);
    if (status == DR_OK)
        status = join_parts(set, err);
    if (status == DR_OK)
        status = find_copies(set, err);
    for (size_t i = 0; i < set->list.n && status == DR_OK; i++) {
        source *s = set->list.p[i];
        if (s->state != SOURCE_READ && s->state != SOURCE_PART)
            continue;
        s->arena = dr_arena_create("source", 0);
        if (!s->arena)
            status = dr_fail(err, DR_NOMEM, "out of memory");
        s->diags.arena = s->arena;
    }
    if (status == DR_OK && dr_arena_failed(set->arena))
        status = dr_fail(err, DR_NOMEM, "out of memory");
    return status;
}

size_t source_count(const source_set *set)
{
    return set->list.n;
}

source *source_at(const source_set *set, size_t i)
{
    DR_ASSERT(i < set->list.n);
    return set->list.p[i];
}

source *source_by_number(const source_set *set, uint32_t n)
{
    return n && n <= set->list.n ? set->list.p[n - 1] : NULL;
}

size_t source_collections(const source_set *set)
{
    return set->collections.n;
}

dr_str source_collection_path(const source_set *set, uint32_t collection)
{
    return collection && collection <= set->collections.n ? set->collections.p[collection - 1] : DR_STR_NONE;
}

source_counts source_set_counts(const source_set *set)
{
    source_counts c = { .files = set->files, .unknown = set->unlisted_unknown, .empty = set->unlisted_empty };
    for (size_t i = 0; i < set->list.n; i++) {
        const source *s = set->list.p[i];
        uint64_t *of[] = { [SOURCE_READ] = &c.read,           [SOURCE_PART] = &c.parts,
                           [SOURCE_COPY] = &c.copies,         [SOURCE_CONTAINER] = &c.containers,
                           [SOURCE_UNKNOWN] = &c.unknown,     [SOURCE_EMPTY] = &c.empty,
                           [SOURCE_BROKEN] = &c.broken,       [SOURCE_NOT_FOLLOWED] = &c.not_followed,
                           [SOURCE_NOTHING] = NULL };
        if (of[s->state])
            ++*of[s->state];
        if (s->state == SOURCE_READ)
            c.bytes += s->size;
        for (size_t k = 0; s->state == SOURCE_READ && k < s->n_parts; k++)
            c.bytes += s->parts[k]->size;
    }
    return c;
}

const char *source_state_name(source_state state)
{
    static const char *const names[] = { "read",    "part",   "copy",         "container", "unknown",
                                         "empty",   "broken", "not-followed", "nothing" };
    return names[state];
}

uint64_t source_set_bytes_done(const source_set *set)
{
    return atomic_load_explicit(&set->done, memory_order_relaxed);
}

/* --- reading --- */

static void done(source *s, size_t n)
{
    atomic_fetch_add_explicit(&s->set->done, n, memory_order_relaxed);
}

static dr_bytes member_bytes(const source *s)
{
    if (s->spilled)
        return dr_bytes_sub(s->set->spill_map, (size_t)s->spill_off, (size_t)s->size);
    return (dr_bytes){ s->memory ? s->memory : (const uint8_t *)"", (size_t)s->size };
}

dr_status source_load(source *s, dr_bytes *out, dr_err *err)
{
    *out = s->bytes;
    if (s->loaded)
        return DR_OK;
    if (s->member) {
        s->bytes = member_bytes(s);
        s->loaded = true;
    } else {
        dr_file file;
        dr_status status = dr_os_open(s->disk.p, &file, err);
        if (status != DR_OK)
            return status;
        if (file.size > DR_SOURCE_MAP) {
            status = dr_os_map(&file, &s->bytes, err);
            s->mapped = status == DR_OK;
        } else {
            size_t got = 0;
            s->memory = dr_mem_alloc((size_t)file.size);
            status = s->memory ? dr_os_read_at(&file, 0, s->memory, (size_t)file.size, &got, err)
                               : dr_fail(err, DR_NOMEM, "out of memory");
            s->bytes = (dr_bytes){ s->memory, got };
        }
        dr_os_close(&file);
        s->loaded = true;
        if (status == DR_OK && !s->sha256[0] && !dr_hash_hex(DR_HASH_SHA256, s->bytes, s->sha256))
            status = dr_fail(err, DR_NOMEM, "out of memory");
        if (status != DR_OK) {
            source_unload(s);
            return status;
        }
        s->size = s->bytes.n;
    }
    done(s, s->bytes.n);
    *out = s->bytes;
    return DR_OK;
}

void source_unload(source *s)
{
    if (!s->loaded)
        return;
    if (s->mapped)
        dr_os_unmap(s->bytes);
    if (!s->member) {
        dr_mem_free(s->memory);
        s->memory = NULL;
    }
    s->bytes = (dr_bytes){ (const uint8_t *)"", 0 };
    s->loaded = s->mapped = false;
}

size_t source_part_count(const source *s)
{
    return s->n_parts;
}

source *source_part(const source *s, size_t i)
{
    DR_ASSERT(i < s->n_parts);
    return s->parts[i];
}

dr_status source_open(source *s, dr_err *err)
{
    if (!s->member) {
        dr_status status = dr_os_open(s->disk.p, &s->file, err);
        if (status != DR_OK)
            return status;
        s->size = s->file.size;
    }
    if (!s->sha256[0]) {
        s->hashed = 0;
        s->hasher = dr_hasher_create(DR_HASH_SHA256);
        if (!s->hasher)
            return dr_fail(err, DR_NOMEM, "out of memory");
    }
    return DR_OK;
}

dr_status source_read_at(void *context, uint64_t off, void *p, size_t n, size_t *got, dr_err *err)
{
    source *s = context;
    if (!s->member)
        return dr_os_read_at(&s->file, off, p, n, got, err);
    dr_bytes part = member_bytes(s);
    part = dr_bytes_sub(part, off < part.n ? (size_t)off : part.n, n);
    if (part.n)
        memcpy(p, part.p, part.n);
    *got = part.n;
    return DR_OK;
}

void source_on_bytes(void *context, dr_bytes bytes)
{
    source *s = context;
    if (s->hasher)
        dr_hasher_add(s->hasher, bytes);
    s->hashed += bytes.n;
    done(s, bytes.n);
}

void source_close(source *s)
{
    if (s->hasher) {
        char hex[65];
        dr_hasher_end(s->hasher, hex);
        if (s->hashed == s->size)
            memcpy(s->sha256, hex, sizeof hex);
        s->hasher = NULL;
    }
    dr_os_close(&s->file);
}
