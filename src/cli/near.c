#include "cli/near.h"

#include <stdint.h>
#include <string.h>

enum { WORD_MAX = 63 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t near_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    size_t rows[3][WORD_MAX + 1];
    if (n > WORD_MAX || m > WORD_MAX)
        return n > m ? n : m;
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= m; j++)
        last[j] = j;
    for (size_t i = 1; i <= n; i++) {
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t cost = lower(a[i - 1]) != lower(b[j - 1]);
            now[j] = least(least(last[j] + 1, now[j - 1] + 1), last[j - 1] + cost);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
        size_t *turn = before;
        before = last;
        last = now;
        now = turn;
    }
    return last[m];
}

const char *near_word(const char *word, const char *const *words, size_t n)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX, length = strlen(word);
    for (size_t i = 0; i < n; i++) {
        size_t distance = near_distance(word, words[i]);
        if (length >= 3 && strncmp(words[i], word, length) == 0) /* the beginning of it */
            distance = 1;
        if (distance < best_distance) {
            best = words[i];
            best_distance = distance;
        }
    }
    size_t bound = length <= 4 ? 1 : length <= 8 ? 2 : 3;
    return best_distance <= bound ? best : NULL;
}
