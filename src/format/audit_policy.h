/* The audit policy value (SECURITY\Policy\PolAdtEv): settings in the order of categories, and at its end
 * the number of subcategories of each. Layout: docs/formats/registry.md, "Audit policy". */
#ifndef DR_FORMAT_AUDIT_POLICY_H
#define DR_FORMAT_AUDIT_POLICY_H

#include "base/cur.h"

typedef struct audit_setting {
    const char *category;    /* "Detailed Tracking" */
    const char *subcategory; /* "Process Creation"; NULL: one that is not known */
    uint8_t guid;            /* 0CCE92xx-69AE-11D9-BED3-505054503030: xx; 0 when not known */
    unsigned index;          /* within its category */
    unsigned value;          /* 0 none, 1 success, 2 failure, 3 both */
} audit_setting;

typedef struct audit_policy {
    dr_bytes data;
    bool legacy;   /* XP and 2003: one setting per category */
    bool enabled;  /* legacy: auditing at all */
    unsigned n_categories;
    unsigned category, index; /* next */
    unsigned counts[16];
    size_t off;
} audit_policy;

bool audit_policy_open(audit_policy *out, dr_bytes data);
bool audit_policy_next(audit_policy *p, audit_setting *out);

#endif
