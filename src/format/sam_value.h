/* Binary values of the SAM: F and V of an account, C of a group or alias, F and V of the domain. Nothing
 * is decrypted; of a hash only its presence is told. Layouts: docs/formats/registry.md, "SAM". */
#ifndef DR_FORMAT_SAM_VALUE_H
#define DR_FORMAT_SAM_VALUE_H

#include "base/cur.h"
#include "base/dr_time.h"

typedef struct sam_account { /* F, 80 bytes */
    int64_t last_logon, password_set, expires, bad_password; /* ticks as stored */
    uint32_t rid, primary_group;
    uint16_t acb; /* account control bits */
    uint16_t bad_count, logon_count; /* the latter wraps at 65535 */
} sam_account;
bool sam_account_read(sam_account *out, dr_bytes f);

typedef struct sam_names { /* V; views of it */
    dr_wstr name, full_name, comment, user_comment, home, script, profile, workstations;
    uint32_t nt_hash_bytes, lm_hash_bytes; /* 4 or less: none is set */
} sam_names;
bool sam_names_read(sam_names *out, dr_bytes v);

typedef struct sam_alias { /* C of Builtin\Aliases and Account\Aliases */
    uint32_t rid;
    dr_wstr name, description;
    uint32_t n_members;
    dr_cur members; /* SIDs back to back */
} sam_alias;
bool sam_alias_read(sam_alias *out, dr_bytes c);
/* The next member's SID as text; false at the end or at damage. */
bool sam_alias_next(sam_alias *alias, char sid[DR_SID_TEXT_MAX]);

typedef struct sam_group { /* C of Account\Groups */
    uint32_t rid;
    dr_wstr name;
    uint32_t n_members;
    dr_cur members; /* RID and attributes, 4 bytes each */
} sam_group;
bool sam_group_read(sam_group *out, dr_bytes c);

typedef struct sam_domain { /* F of SAM\Domains\Account */
    int64_t created;
    uint32_t next_rid;
    uint16_t min_length, history, lockout_threshold;
} sam_domain;
bool sam_domain_read(sam_domain *out, dr_bytes f);
/* Machine SID: the last 24 bytes of V of SAM\Domains\Account. */
bool sam_machine_sid(dr_bytes v, char sid[DR_SID_TEXT_MAX]);

#endif
