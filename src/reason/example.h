/* The examples of rules: a few facts in short form, what was covered, and the verdict that must come
 * out. Run by `didrun rules test` and by the tests. The form is described in docs/rules.md.
 *
 *     examples:
 *       - name: a new account by net user
 *         facts:
 *           - {fact: process.created, at: 0s, process.pid: 7, process.image: 'C:\Windows\System32\net.exe',
 *              process.command_line: 'net user bob /add', actor.logon_id: 0x1a}
 *           - {fact: account.created, at: 31ms, account.name: bob, actor.logon_id: 0x1a}
 *         covered: all
 *         expect: {word: achieved, grade: A, account: bob, attempted: proved}
 *
 * covered: all (records), none, or a list of kinds; state at rest was read whole only where its kind is
 * in the list. A kind in `facts` that is state at rest stands in a store that is younger than everything.
 */
#ifndef DR_REASON_EXAMPLE_H
#define DR_REASON_EXAMPLE_H

#include "claim/rule.h"
#include "entity/names.h"

typedef struct example_result {
    size_t passed, failed;
} example_result;

/* Runs all examples of RULES. FAIL is called for each that does not come out: its place
 * (file:line), its name, what is different. An example that cannot be read is DR_DATA. */
dr_status examples_run(const rule_set *rules, const entity_names *names, dr_symtab *syms,
                       void (*fail)(void *context, dr_str place, dr_str text), void *context, example_result *result,
                       dr_err *err) DR_MUST_CHECK;

#endif
