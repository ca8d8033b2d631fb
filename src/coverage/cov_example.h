/* The examples of recorders: what was recorded, how the host was set, and whether a record would be there.
 * Run by `didrun rules test` and by the tests. The form is described in docs/recorders.md.
 *
 *     examples:
 *       - name: switched off by the policy
 *         facts: [{fact: audit.policy-changed, at: 10h, audit.subcategory: '{0cce9235-...}', change: success removed}]
 *         ask: {at: 50h}
 *         expect: not-asked-for
 *
 * A host whose logs reach from 0h to 100h without a gap, a record a minute in each: the recorder's own one
 * and another. `log: [20h, 100h]` gives the recorder's own log another span. Of state at rest: `store: {whole: true,
 * as_of: 80h}`, `none` where it was not collected. `system: {edition: client, build: 19045}`. `ask` is about the
 * first kind that the recorder writes, at 50h, in the usual way; it may have `fact`, `at`, `route` and
 * attributes. `expect` is `covered`, with its chain `covered A`, or the reason why not. */
#ifndef DR_COVERAGE_COV_EXAMPLE_H
#define DR_COVERAGE_COV_EXAMPLE_H

#include "fact/recorder.h"

typedef struct cov_examples_result {
    size_t passed, failed;
} cov_examples_result;

/* Runs all examples of SET, which was loaded with VOCAB. FAIL is called for each that does not come out: its
 * place (file:line), its name, what is different. An example that cannot be read is DR_DATA. */
dr_status cov_examples_run(const recorder_set *set, const vocabulary *vocab, void (*fail)(void *context, dr_str place, dr_str text),
                           void *context, cov_examples_result *result, dr_err *err) DR_MUST_CHECK;

#endif
