#include "base/vec.h"

#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool dr_vec_grow_(void **p, size_t *cap, size_t need, size_t item)
{
    size_t fresh = *cap ? *cap : 8;
    while (fresh < need) {
        if (fresh > SIZE_MAX / 2)
            return false;
        fresh *= 2;
    }
    if (fresh > SIZE_MAX / item || dr_alloc_should_fail())
        return false;
    void *moved = realloc(*p, fresh * item);
    if (!moved)
        return false;
    *p = moved;
    *cap = fresh;
    return true;
}

void dr_vec_free_(void **p, size_t *n, size_t *cap)
{
    free(*p);
    *p = NULL;
    *n = *cap = 0;
}

static bool in_order(const unsigned char *base, size_t n, size_t item, int (*cmp)(const void *, const void *, void *),
                     void *context)
{
    for (size_t i = 1; i < n; i++) {
        if (cmp(base + i * item, base + (i - 1) * item, context) < 0)
            return false;
    }
    return true;
}

/* Merges the sorted halves [0, mid) and [mid, end) of FROM into TO. Most input comes nearly in order: halves
 * that follow each other already are copied. */
static void merge(const unsigned char *from, unsigned char *to, size_t mid, size_t end, size_t item,
                  int (*cmp)(const void *, const void *, void *), void *context)
{
    size_t a = 0, b = mid, out = 0;
    if (mid < end && cmp(from + mid * item, from + (mid - 1) * item, context) < 0) {
        while (a < mid && b < end) {
            bool second = cmp(from + b * item, from + a * item, context) < 0;
            memcpy(to + out++ * item, from + (second ? b++ : a++) * item, item);
        }
    } else {
        mid = end;
    }
    memcpy(to + out * item, from + (a < mid ? a : b) * item, (end - out) * item);
}

/* Bottom-up merge sort: stable, n log n whatever the input, no recursion. */
bool dr_sort(void *base, size_t n, size_t item, int (*cmp)(const void *, const void *, void *),
             void *context)
{
    if (n < 2 || in_order(base, n, item, cmp, context))
        return true;
    if (n > SIZE_MAX / item || dr_alloc_should_fail())
        return false;
    unsigned char *spare = malloc(n * item);
    if (!spare)
        return false;
    unsigned char *from = base, *to = spare;
    for (size_t width = 1; width < n; width = width > n / 2 ? n : width * 2) {
        for (size_t left = 0; left < n;) {
            size_t mid = n - left < width ? n - left : width;
            size_t end = n - left - mid < width ? n - left : mid + width;
            merge(from + left * item, to + left * item, mid, end, item, cmp, context);
            left += end;
        }
        unsigned char *swap = from;
        from = to;
        to = swap;
    }
    if (from != (unsigned char *)base)
        memcpy(base, from, n * item);
    free(spare);
    return true;
}
