#include "lib/dataset.h"

#include "base/limits.h"
#include "base/os.h"
#include "fact/embedded.h"

dr_status dataset_read_file(dr_arena *arena, const char *path, dr_str *out, dr_err *err)
{
    dr_file file;
    dr_status status = dr_os_open(path, &file, err);
    if (status != DR_OK)
        return status;
    size_t got = 0;
    if (file.size > DR_YAML_MAX_BYTES)
        status = dr_fail(err, DR_LIMIT, "%s: larger than a rule or data file may be", path);
    char *text = status == DR_OK ? dr_arena_bytes(arena, (size_t)file.size + 1) : NULL;
    if (status == DR_OK && !text)
        status = dr_fail(err, DR_NOMEM, "out of memory");
    if (status == DR_OK)
        status = dr_os_read_at(&file, 0, text, (size_t)file.size, &got, err);
    dr_os_close(&file);
    if (status == DR_OK) {
        text[got] = '\0';
        *out = (dr_str){ text, got };
    }
    return status;
}

static dr_status put(dataset *set, const data_file *file, dr_err *err)
{
    for (size_t i = 0; i < set->files.n; i++) {
        if (dr_str_eq(set->files.p[i].name, file->name)) {
            set->files.p[i] = *file;
            return DR_OK;
        }
    }
    return dr_vec_push(&set->files, *file) ? DR_OK : dr_fail(err, DR_NOMEM, "out of memory");
}

static bool is_yaml(dr_str name)
{
    return dr_str_ends(name, DR_STR(".yml")) || dr_str_ends(name, DR_STR(".yaml"));
}

/* Files of FOLDER as PREFIX/name; one level of sub-folders where the folder is laid out as data/ is. */
static dr_status add_folder(dataset *set, const char *folder, dr_str prefix, bool rules, int depth, dr_err *err)
{
    dr_node *nodes;
    size_t n;
    if (dr_os_list(folder, set->arena, &nodes, &n, err) != DR_OK)
        return dr_arena_failed(set->arena) ? DR_NOMEM : DR_USAGE; /* the user named a folder that is none */
    dr_status status = DR_OK;
    for (size_t i = 0; i < n && status == DR_OK; i++) {
        dr_str path = dr_arena_printf(set->arena, "%s/%.*s", folder, DR_STR_ARG(nodes[i].name));
        dr_str name = prefix.n ? dr_arena_printf(set->arena, "%.*s/%.*s", DR_STR_ARG(prefix), DR_STR_ARG(nodes[i].name)) : nodes[i].name;
        dr_node target;
        if (dr_os_stat(path.p, true, &target, NULL) != DR_OK)
            continue;
        if (target.kind == DR_NODE_FOLDER && depth < 2)
            status = add_folder(set, path.p, rules ? prefix : name, rules, depth + 1, err);
        else if (target.kind == DR_NODE_FILE && is_yaml(name)) {
            data_file file = { .name = rules ? dr_arena_printf(set->arena, "claims/%.*s", DR_STR_ARG(path)) : name, .shown = path, .users = true };
            status = dataset_read_file(set->arena, path.p, &file.text, err);
            if (status == DR_OK)
                status = put(set, &file, err);
        }
    }
    return status;
}

static int by_name(const void *a, const void *b, void *context)
{
    (void)context;
    return dr_str_cmp(((const data_file *)a)->name, ((const data_file *)b)->name);
}

dr_status dataset_load(dataset *set, const char *const *data, const char *const *rules, dr_err *err)
{
    *set = (dataset){ .arena = dr_arena_create("data files", 0) };
    if (!set->arena)
        return dr_fail(err, DR_NOMEM, "out of memory");
    dr_status status = DR_OK;
    for (size_t i = 0; i < didrun_embedded_count && status == DR_OK; i++) {
        data_file file = { .name = dr_str_of(didrun_embedded_data[i].name), .shown = dr_str_of(didrun_embedded_data[i].name),
                           .text = { (const char *)didrun_embedded_data[i].p, didrun_embedded_data[i].n } };
        status = put(set, &file, err);
    }
    for (size_t i = 0; data && data[i] && status == DR_OK; i++)
        status = add_folder(set, data[i], DR_STR_NONE, false, 0, err);
    for (size_t i = 0; rules && rules[i] && status == DR_OK; i++)
        status = add_folder(set, rules[i], DR_STR_NONE, true, 0, err);
    if (status == DR_OK && !dr_sort(set->files.p, set->files.n, sizeof *set->files.p, by_name, NULL))
        status = dr_fail(err, DR_NOMEM, "out of memory");
    return status;
}

void dataset_free(dataset *set)
{
    dr_vec_free(&set->files);
    dr_arena_destroy(set->arena);
}
