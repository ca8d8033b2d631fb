#include "base/arena.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

#define BLOCK_FIRST 4096u
#define BLOCK_LARGEST (1u << 20)
#define ALIGNMENT 16u

typedef struct block {
    struct block *previous;
    size_t size, used;
    _Alignas(ALIGNMENT) unsigned char bytes[];
} block;

struct dr_arena {
    const char *name;
    size_t limit, total;
    block *top;
    dr_fold *fold; /* NULL: blocks are plain memory */
    bool failed;
};

#ifdef DR_FAULT_INJECTION
static _Atomic long fail_after; /* tests only: the build that has it is never shipped */

void dr_alloc_fail_after(long n)
{
    atomic_store(&fail_after, n);
}

bool dr_alloc_should_fail(void)
{
    return atomic_load(&fail_after) > 0 && atomic_fetch_sub(&fail_after, 1) == 1;
}
#else
void dr_alloc_fail_after(long n)
{
    (void)n;
}

bool dr_alloc_should_fail(void)
{
    return false;
}
#endif

void *dr_mem_alloc(size_t size)
{
    return dr_alloc_should_fail() ? NULL : calloc(1, size ? size : 1);
}

void dr_mem_free(void *p)
{
    free(p);
}

dr_arena *dr_arena_create(const char *name, size_t limit)
{
    dr_arena *arena = dr_mem_alloc(sizeof *arena);
    if (arena) {
        arena->name = name;
        arena->limit = limit;
    }
    return arena;
}

dr_arena *dr_arena_create_folding(const char *name, dr_fold *fold)
{
    dr_arena *arena = dr_arena_create(name, 0);
    if (arena)
        arena->fold = fold;
    return arena;
}

static block *make_block(dr_arena *arena, size_t size)
{
    if (!arena->fold)
        return malloc(sizeof(block) + size);
    return dr_fold_block(arena->fold, sizeof(block) + size, arena->top);
}

static void free_block(dr_arena *arena, block *b)
{
    if (arena->fold)
        dr_fold_give_back(arena->fold, b);
    else
        free(b);
}

void dr_arena_destroy(dr_arena *arena)
{
    if (!arena)
        return;
    dr_arena_reset(arena);
    free(arena);
}

static void *fail(dr_arena *arena)
{
    arena->failed = true;
    return NULL;
}

static void *take(dr_arena *arena, size_t size, size_t align)
{
    if (arena->failed)
        return NULL;
    if (arena->limit && (size > arena->limit || arena->total > arena->limit - size))
        return fail(arena);
    block *top = arena->top;
    size_t start = 0;
    if (top)
        start = (top->used + align - 1) & ~(align - 1);
    if (!top || start > top->size || size > top->size - start) {
        size_t want = top ? top->size * 2 : BLOCK_FIRST;
        if (want > BLOCK_LARGEST)
            want = BLOCK_LARGEST;
        if (arena->fold)
            want = DR_FOLD_BLOCK - sizeof(block);
        if (want < size)
            want = size;
        if (want > SIZE_MAX - sizeof(block) || dr_alloc_should_fail())
            return fail(arena);
        block *fresh = make_block(arena, want);
        if (!fresh)
            return fail(arena);
        fresh->previous = top;
        fresh->size = want;
        fresh->used = 0;
        arena->top = top = fresh;
        start = 0;
    }
    void *p = top->bytes + start;
    arena->total += start + size - top->used;
    top->used = start + size;
    return p;
}

void *dr_arena_alloc(dr_arena *arena, size_t size)
{
    void *p = take(arena, size, ALIGNMENT);
    if (p)
        memset(p, 0, size);
    return p;
}

char *dr_arena_bytes(dr_arena *arena, size_t size)
{
    return take(arena, size, 1);
}

void *dr_arena_array(dr_arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return fail(arena);
    return dr_arena_alloc(arena, count * size);
}

dr_str dr_arena_str(dr_arena *arena, dr_str s)
{
    char *p = s.n < SIZE_MAX ? take(arena, s.n + 1, 1) : NULL;
    if (!p)
        return DR_STR_NONE;
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (dr_str){ p, s.n };
}

dr_str dr_arena_printf(dr_arena *arena, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *p = n >= 0 ? take(arena, (size_t)n + 1, 1) : NULL;
    if (p)
        vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p ? (dr_str){ p, (size_t)n } : DR_STR_NONE;
}

dr_str dr_arena_concat(dr_arena *arena, dr_str a, dr_str b)
{
    if (a.n > SIZE_MAX - 1 - b.n) {
        fail(arena);
        return DR_STR_NONE;
    }
    char *p = take(arena, a.n + b.n + 1, 1);
    if (!p)
        return DR_STR_NONE;
    if (a.n)
        memcpy(p, a.p, a.n);
    if (b.n)
        memcpy(p + a.n, b.p, b.n);
    p[a.n + b.n] = '\0';
    return (dr_str){ p, a.n + b.n };
}

dr_arena_mark dr_arena_save(dr_arena *arena)
{
    return (dr_arena_mark){ arena->top, arena->top ? arena->top->used : 0, arena->total };
}

void dr_arena_restore(dr_arena *arena, dr_arena_mark mark)
{
    while (arena->top && arena->top != mark.block) {
        block *previous = arena->top->previous;
        free_block(arena, arena->top);
        arena->top = previous;
    }
    DR_ASSERT((void *)arena->top == mark.block);
    if (arena->top)
        arena->top->used = mark.used;
    arena->total = mark.total;
    arena->failed = false;
}

void dr_arena_reset(dr_arena *arena)
{
    dr_arena_restore(arena, (dr_arena_mark){ NULL, 0, 0 });
}

bool dr_arena_failed(const dr_arena *arena)
{
    return arena->failed;
}

size_t dr_arena_used(const dr_arena *arena)
{
    return arena->total;
}
