/* The walk over all keys, depth first. */
#include "format/regf_hive.h"

typedef struct frame {
    regf_subkeys subkeys;
    size_t path_n;
} frame;

struct regf_walk {
    const regf_hive *hive;
    unsigned flags;
    regf_key from;
    bool started;
    uint8_t *seen; /* one bit per grain: nk cells handed out */
    dr_buf path;
    DR_VEC(frame) frames;
};

dr_status regf_walk_start(regf_walk **out, const regf_hive *hive, const regf_key *from, dr_str prefix, unsigned flags)
{
    *out = NULL;
    regf_walk *w = dr_mem_alloc(sizeof *w);
    if (!w)
        return DR_NOMEM;
    *w = (regf_walk){ .hive = hive, .flags = flags };
    w->seen = dr_mem_alloc(regf_grains(hive) / 8 + 1);
    if (from)
        w->from = *from;
    else if (!regf_root(hive, &w->from))
        w->started = true; /* nothing to walk */
    dr_buf_str_add(&w->path, prefix);
    if (!w->seen || w->path.failed) {
        regf_walk_end(w);
        return DR_NOMEM;
    }
    *out = w;
    return DR_OK;
}

void regf_walk_end(regf_walk *w)
{
    if (!w)
        return;
    dr_vec_free(&w->frames);
    dr_buf_free(&w->path);
    dr_mem_free(w->seen);
    dr_mem_free(w);
}

static dr_status enter(regf_walk *w, const regf_key *key)
{
    if (key->n_subkeys == 0 && !(w->flags & REGF_WITH_LOST))
        return DR_OK;
    if (w->frames.n >= DR_REGF_MAX_DEPTH) {
        if (regf_report(w->hive, key->cell))
            dr_diag_add(w->hive->diags, DR_DIAG_LIMIT, regf_offset(key->cell), 0, "keys nest deeper than %d",
                        DR_REGF_MAX_DEPTH);
        return DR_OK;
    }
    frame f = { .path_n = w->path.n };
    regf_subkeys_start(&f.subkeys, w->hive, key, w->flags);
    return dr_vec_push(&w->frames, f) ? DR_OK : DR_NOMEM;
}

dr_status regf_walk_next(regf_walk *w, regf_key *key, dr_str *path)
{
    if (!w->started) {
        w->started = true;
        *key = w->from;
        regf_bit_set(w->seen, key->cell / REGF_GRAIN);
        *path = dr_buf_str(&w->path);
        return enter(w, key);
    }
    while (w->frames.n > 0) {
        frame *top = &dr_vec_last(&w->frames);
        if (!regf_subkeys_next(&top->subkeys, key)) {
            w->frames.n--;
            continue;
        }
        size_t i = key->cell / REGF_GRAIN;
        if (regf_bit(w->seen, i)) {
            if (key->life == REGF_LIVE && regf_report(w->hive, key->cell))
                dr_diag_add(w->hive->diags, DR_DIAG_REGF_CYCLE, regf_offset(key->cell), 0, "a key that was met before");
            continue;
        }
        regf_bit_set(w->seen, i);
        w->path.n = top->path_n;
        if (w->path.n > 0)
            dr_buf_char(&w->path, '\\');
        regf_name_add(&w->path, key->name, key->flags & REGF_KEY_LATIN1);
        if (w->path.failed)
            return DR_NOMEM;
        *path = dr_buf_str(&w->path);
        return enter(w, key);
    }
    return DR_END;
}
