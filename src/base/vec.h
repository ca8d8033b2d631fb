/* Growing arrays. `DR_VEC(int) v = {0};` then dr_vec_push(&v, x) etc. The memory is the vector's
 * own; dr_vec_free gives it back. Pushing answers false when there is no memory (the vector stays as
 * it was). */
#ifndef DR_BASE_VEC_H
#define DR_BASE_VEC_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define DR_VEC(type)                                                                               \
    struct {                                                                                       \
        type *p;                                                                                   \
        size_t n, cap;                                                                             \
    }

bool dr_vec_grow_(void **p, size_t *cap, size_t need, size_t item);
void dr_vec_free_(void **p, size_t *n, size_t *cap);

#define dr_vec_reserve(v, need)                                                                    \
    ((need) <= (v)->cap || dr_vec_grow_((void **)&(v)->p, &(v)->cap, (need), sizeof *(v)->p))
#define dr_vec_push(v, item)                                                                       \
    (dr_vec_reserve((v), (v)->n + 1) ? ((v)->p[(v)->n++] = (item), true) : false)
#define dr_vec_clear(v) ((void)((v)->n = 0))
#define dr_vec_free(v) dr_vec_free_((void **)&(v)->p, &(v)->n, &(v)->cap)
#define dr_vec_last(v) ((v)->p[(v)->n - 1])

/* Stable merge sort (so that equal keys keep the order in which they came). False: no memory. */
bool dr_sort(void *base, size_t n, size_t item, int (*cmp)(const void *, const void *, void *),
             void *context);

#endif
