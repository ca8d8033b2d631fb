/* Lists of rules, for people and as JSON Lines. */
#ifndef DR_VIEW_RULES_H
#define DR_VIEW_RULES_H

#include "base/vec.h"
#include "claim/rule.h"
#include "view/view.h"

void view_rules(dr_buf *out, const rule_set *rules, const view_options *options);
/* One rule: parameters, what sets it off, its traces. */
void view_rule(dr_buf *out, const rule *r, const vocabulary *vocab, const view_options *options);
void view_json_rule(dr_buf *out, const rule *r); /* one line */

#endif
