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

/* Bottom-up merge sort: stable, n log n whatever the input, no recursion. */
bool dr_sort(void *base, size_t n, size_t item, int (*cmp)(const void *, const void *, void *),
             void *context)
{
    if (n < 2)
        return true;
    if (n > SIZE_MAX / item || dr_alloc_should_fail())
        return false;
    unsigned char *spare = malloc(n * item);
    if (!spare)
        return false;
    unsigned char *from = base, *to = spare;
    for (size_t width = 1; width < n; width = width > n / 2 ? n : width * 2) {
        for (size_t left = 0; left < n;) {
            size_t mid = n - left < width ? n : left + width;
            size_t end = n - mid < width ? n : mid + width;
            size_t a = left, b = mid, out = left;
            while (a < mid && b < end) {
                bool second = cmp(from + b * item, from + a * item, context) < 0;
                memcpy(to + out++ * item, from + (second ? b++ : a++) * item, item);
            }
            if (a < mid)
                memcpy(to + out * item, from + a * item, (mid - a) * item);
            else if (b < end)
                memcpy(to + out * item, from + b * item, (end - b) * item);
            left = end;
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
