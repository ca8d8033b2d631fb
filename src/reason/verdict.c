#include "reason/verdict.h"

#include "base/status.h"

const char *role_name(evidence_role role)
{
    static const char *const names[] = { "proves", "refutes", "supports", "context" };
    DR_ASSERT(role <= ROLE_CONTEXT);
    return names[role];
}

const char *undone_name(undone_by by)
{
    static const char *const names[] = { "", "unknown", "system", "same-session", "another" };
    DR_ASSERT(by <= UNDONE_ANOTHER);
    return names[by];
}
