#include "base/fold.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/os.h"
#include "base/vec.h"

#include <string.h>

typedef struct fold_block {
    void *p;
    size_t n;
    bool full, folded;
} fold_block;

typedef struct folder {
    dr_fold head; /* first: what callers see */
    size_t keep, in_memory;
    uint64_t end; /* where the next block is written */
    size_t after_trim;     /* resident bytes when pages were last given back */
    bool no_disk;
    dr_file file, resident;
    DR_VEC(fold_block) blocks; /* in the order of their making */
} folder;

static folder *of(dr_fold *fold)
{
    return (folder *)(void *)fold; /* every dr_fold is the head of one */
}

dr_fold *dr_fold_create(size_t keep)
{
    folder *f = dr_mem_alloc(sizeof *f);
    if (!f)
        return NULL;
    f->keep = keep;
    f->file.fd = f->resident.fd = -1;
    return &f->head;
}

void dr_fold_destroy(dr_fold *fold)
{
    folder *f = of(fold);
    if (!f)
        return;
    for (size_t i = 0; i < f->blocks.n; i++)
        dr_os_pages_free(f->blocks.p[i].p, f->blocks.p[i].n);
    dr_vec_free(&f->blocks);
    dr_os_close(&f->file);
    dr_os_close(&f->resident);
    dr_mem_free(f);
}

/* The older half of what is in memory goes to disk. */
static void fold_older(folder *f)
{
    if (f->file.fd < 0 && !f->no_disk)
        f->no_disk = dr_os_temporary(&f->file, NULL) != DR_OK;
    for (size_t i = 0; i < f->blocks.n && f->in_memory > f->keep / 2 && !f->no_disk; i++) {
        fold_block *b = &f->blocks.p[i];
        if (b->folded || !b->full)
            continue;
        f->no_disk = dr_os_fold(&f->file, f->end, b->p, b->n, NULL) != DR_OK;
        if (f->no_disk)
            break;
        b->folded = f->head.folded = true;
        f->end += b->n;
        f->in_memory -= b->n;
    }
}

static size_t find(const folder *f, const void *block)
{
    size_t i = f->blocks.n;
    while (i > 0 && f->blocks.p[i - 1].p != block) /* mostly one of the newest */
        i--;
    DR_ASSERT(i > 0);
    return i - 1;
}

void *dr_fold_block(dr_fold *fold, size_t size, void *full)
{
    folder *f = of(fold);
    if (size > SIZE_MAX - DR_FOLD_BLOCK || dr_alloc_should_fail())
        return NULL;
    if (full)
        f->blocks.p[find(f, full)].full = true;
    fold_block b = { .n = (size + DR_FOLD_BLOCK - 1) / DR_FOLD_BLOCK * DR_FOLD_BLOCK };
    if (f->in_memory + b.n > f->keep)
        fold_older(f);
    b.p = dr_os_pages(b.n);
    if (!b.p)
        return NULL;
    if (!dr_vec_push(&f->blocks, b)) {
        dr_os_pages_free(b.p, b.n);
        return NULL;
    }
    f->in_memory += b.n;
    return b.p;
}

void dr_fold_give_back(dr_fold *fold, void *block)
{
    folder *f = of(fold);
    size_t i = find(f, block);
    fold_block b = f->blocks.p[i];
    if (!b.folded)
        f->in_memory -= b.n;
    dr_os_pages_free(b.p, b.n);
    f->blocks.n--;
    memmove(&f->blocks.p[i], &f->blocks.p[i + 1], (f->blocks.n - i) * sizeof f->blocks.p[0]);
}

void dr_fold_trim(dr_fold *fold)
{
    folder *f = of(fold);
    f->head.visits = 0;
    size_t resident = dr_os_resident(&f->resident);
    /* Where the size is not known, pages go back each time: slower, never wrong. */
    if (resident && (resident < DR_FOLD_RESIDENT || resident < f->after_trim + DR_FOLD_GROWTH))
        return;
    for (size_t i = 0; i < f->blocks.n; i++) {
        if (f->blocks.p[i].folded)
            dr_os_let_go(f->blocks.p[i].p, f->blocks.p[i].n);
    }
    f->after_trim = dr_os_resident(&f->resident);
}

uint64_t dr_fold_bytes(const dr_fold *fold)
{
    const folder *f = (const folder *)(const void *)fold;
    uint64_t bytes = 0;
    for (size_t i = 0; i < f->blocks.n; i++)
        bytes += f->blocks.p[i].folded ? f->blocks.p[i].n : 0;
    return bytes;
}
