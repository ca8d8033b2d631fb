/* data/expected/: what Windows and its updates do by themselves. A verdict that fits an entry keeps
 * its word and grade but goes to the counts. An entry needs the content of the act and who did it: a
 * name alone never suffices (the loader refuses such an entry). */
#ifndef DR_CLAIM_EXPECTED_H
#define DR_CLAIM_EXPECTED_H

#include "claim/rule.h"

typedef struct expected_entry {
    dr_str id, title;
    const dr_str *claims;
    size_t n_claims;
    const dr_str *parameter_names;   /* of the verdict, with */
    const rule_value *const *parameter_values; /* any-of lists */
    const size_t *parameter_counts;
    size_t n_parameters;
    const rule_where *where; /* all on one of the facts that carry the verdict */
    size_t n_where;
    const rule_where *parent; /* all on the creation record of the trigger's or actor's process, or empty */
    size_t n_parent;
    const dr_str *found; /* traces of the verdict's constellation that were found: who did it */
    size_t n_found;
    unsigned words; /* bits 1 << word: only verdicts of these; 0: of any */
} expected_entry;

typedef struct expected_set {
    dr_arena *arena;
    const vocabulary *vocab;
    DR_VEC(expected_entry) entries;
} expected_set;

dr_status expected_init(expected_set *set, const vocabulary *vocab);
void expected_free(expected_set *set);
dr_status expected_add(expected_set *set, dr_str file, dr_str text, dr_err *err) DR_MUST_CHECK;
/* Does the value meet the list: any of those that stand there plainly, and none of those with "!="? Both
 * may have wildcards. A list of nothing but "!=" is met by all the rest. */
bool expected_value_fits(const rule_value *values, size_t n, dr_str have);

#endif
