#include "base/pool.h"

#include "base/arena.h"

#include <pthread.h>
#include <stdbool.h>

enum slot_state { SLOT_FREE, SLOT_READY, SLOT_BUSY, SLOT_DONE };

typedef struct slot {
    void *item;
    enum slot_state state;
    dr_status status;
    dr_err err;
} slot;

/* The slots are a ring: item number I lives in slot I % n. Workers take ready items in order. */
typedef struct ring {
    const dr_pool *pool;
    slot *slots;
    size_t n;
    size_t made, started, taken; /* numbers of items so far */
    bool stop;
    pthread_mutex_t lock;
    pthread_cond_t ready; /* for workers: an item, or stop */
    pthread_cond_t done;  /* for the caller: an item is finished */
} ring;

typedef struct worker {
    ring *ring;
    unsigned number;
    pthread_t thread;
} worker;

static dr_status run_inline(const dr_pool *pool, void *item, dr_err *err)
{
    for (;;) {
        dr_status status = pool->make(pool->context, item, err);
        if (status == DR_END)
            return DR_OK;
        if (status == DR_OK)
            status = pool->work(pool->context, 0, item, err);
        if (status == DR_OK)
            status = pool->take(pool->context, item, err);
        if (status != DR_OK)
            return status;
    }
}

static void *worker_main(void *argument)
{
    worker *w = argument;
    ring *r = w->ring;
    pthread_mutex_lock(&r->lock);
    for (;;) {
        while (!r->stop && r->started == r->made)
            pthread_cond_wait(&r->ready, &r->lock);
        if (r->stop)
            break;
        slot *s = &r->slots[r->started++ % r->n];
        s->state = SLOT_BUSY;
        pthread_mutex_unlock(&r->lock);
        s->err.text[0] = '\0';
        dr_status status = r->pool->work(r->pool->context, w->number, s->item, &s->err);
        pthread_mutex_lock(&r->lock);
        s->status = status;
        s->state = SLOT_DONE;
        pthread_cond_signal(&r->done);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* Waits for the oldest item and takes it. */
static dr_status take_oldest(ring *r, dr_err *err)
{
    slot *s = &r->slots[r->taken % r->n];
    pthread_mutex_lock(&r->lock);
    while (s->state != SLOT_DONE)
        pthread_cond_wait(&r->done, &r->lock);
    pthread_mutex_unlock(&r->lock);
    dr_status status = s->status;
    if (status == DR_OK)
        status = r->pool->take(r->pool->context, s->item, err);
    else
        status = dr_fail(err, status, "%s", s->err.text);
    s->state = SLOT_FREE;
    r->taken++;
    return status;
}

static dr_status run_ring(ring *r, dr_err *err)
{
    dr_status status = DR_OK;
    bool more = true;
    while (status == DR_OK && (more || r->taken < r->made)) {
        if (!more || r->made - r->taken == r->n) {
            status = take_oldest(r, err);
            continue;
        }
        slot *s = &r->slots[r->made % r->n];
        status = r->pool->make(r->pool->context, s->item, err);
        if (status == DR_END) {
            more = false;
            status = DR_OK;
        } else if (status == DR_OK) {
            pthread_mutex_lock(&r->lock);
            s->state = SLOT_READY;
            r->made++;
            pthread_cond_signal(&r->ready);
            pthread_mutex_unlock(&r->lock);
        } else {
            /* What was made before the failure still comes out, in order. */
            while (r->taken < r->made) {
                dr_status earlier = take_oldest(r, NULL);
                if (earlier != DR_OK)
                    break;
            }
        }
    }
    return status;
}

dr_status dr_pool_run(const dr_pool *pool, void *const *items, size_t n_items, unsigned threads,
                      dr_err *err)
{
    if (n_items == 0)
        return dr_fail(err, DR_USAGE, "a pool without items");
    if (threads > DR_POOL_MAX_THREADS)
        threads = DR_POOL_MAX_THREADS;
    if (threads <= 1)
        return run_inline(pool, items[0], err);
    ring r = { .pool = pool, .n = n_items };
    worker *workers = dr_mem_alloc(threads * sizeof *workers);
    r.slots = dr_mem_alloc(n_items * sizeof *r.slots);
    dr_status status = DR_OK;
    unsigned running = 0;
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.ready, NULL);
    pthread_cond_init(&r.done, NULL);
    if (!workers || !r.slots) {
        status = dr_fail(err, DR_NOMEM, "no memory for %u threads", threads);
        goto done;
    }
    for (size_t i = 0; i < n_items; i++)
        r.slots[i].item = items[i];
    for (; running < threads; running++) {
        workers[running].ring = &r;
        workers[running].number = running;
        if (pthread_create(&workers[running].thread, NULL, worker_main, &workers[running]) != 0)
            break;
    }
    status = running ? run_ring(&r, err) : run_inline(pool, items[0], err);
done:
    pthread_mutex_lock(&r.lock);
    r.stop = true;
    pthread_cond_broadcast(&r.ready);
    pthread_mutex_unlock(&r.lock);
    for (unsigned i = 0; i < running; i++)
        pthread_join(workers[i].thread, NULL);
    pthread_cond_destroy(&r.done);
    pthread_cond_destroy(&r.ready);
    pthread_mutex_destroy(&r.lock);
    dr_mem_free(workers);
    dr_mem_free(r.slots);
    return status;
}
