/* Near misses: what somebody may have meant who wrote a word that is not known. */
#ifndef DR_CLI_NEAR_H
#define DR_CLI_NEAR_H

#include <stddef.h>

/* Edits (insert, delete, replace, swap of neighbours) between two words without case; words longer
 * than 63 characters are taken as far apart. */
size_t near_distance(const char *a, const char *b);
/* The nearest of N words, or NULL when none is near enough to be suggested. */
const char *near_word(const char *word, const char *const *words, size_t n);

#endif
