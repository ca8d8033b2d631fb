#include "format/audit_policy.h"

#include "base/le.h"

#define CATEGORIES 9u
#define HEAD 12u

typedef struct sub {
    const char *name;
    uint8_t guid;
} sub;

static const sub system_subs[] = { { "Security State Change", 0x10 }, { "Security System Extension", 0x11 },
                                   { "System Integrity", 0x12 }, { "IPsec Driver", 0x13 }, { "Other System Events", 0x14 } };
static const sub logon_subs[] = { { "Logon", 0x15 }, { "Logoff", 0x16 }, { "Account Lockout", 0x17 },
                                  { "IPsec Main Mode", 0x18 }, { "Special Logon", 0x1b }, { "IPsec Quick Mode", 0x19 },
                                  { "IPsec Extended Mode", 0x1a }, { "Other Logon/Logoff Events", 0x1c },
                                  { "Network Policy Server", 0x43 }, { "User/Device Claims", 0x47 },
                                  { "Group Membership", 0x49 } };
static const sub object_subs[] = { { "File System", 0x1d }, { "Registry", 0x1e }, { "Kernel Object", 0x1f }, { "SAM", 0x20 },
                                   { "Other Object Access Events", 0x27 }, { "Certification Services", 0x21 },
                                   { "Application Generated", 0x22 }, { "Handle Manipulation", 0x23 }, { "File Share", 0x24 },
                                   { "Filtering Platform Packet Drop", 0x25 }, { "Filtering Platform Connection", 0x26 },
                                   { "Detailed File Share", 0x44 }, { "Removable Storage", 0x45 },
                                   { "Central Policy Staging", 0x46 } };
static const sub privilege_subs[] = { { "Sensitive Privilege Use", 0x28 }, { "Non Sensitive Privilege Use", 0x29 },
                                      { "Other Privilege Use Events", 0x2a } };
static const sub tracking_subs[] = { { "Process Creation", 0x2b }, { "Process Termination", 0x2c }, { "DPAPI Activity", 0x2d },
                                     { "RPC Events", 0x2e }, { "Plug and Play Events", 0x48 },
                                     { "Token Right Adjusted Events", 0x4a } };
static const sub policy_subs[] = { { "Audit Policy Change", 0x2f }, { "Authentication Policy Change", 0x30 },
                                   { "Authorization Policy Change", 0x31 }, { "MPSSVC Rule-Level Policy Change", 0x32 },
                                   { "Filtering Platform Policy Change", 0x33 }, { "Other Policy Change Events", 0x34 } };
static const sub account_subs[] = { { "User Account Management", 0x35 }, { "Computer Account Management", 0x36 },
                                    { "Security Group Management", 0x37 }, { "Distribution Group Management", 0x38 },
                                    { "Application Group Management", 0x39 }, { "Other Account Management Events", 0x3a } };
static const sub ds_subs[] = { { "Directory Service Access", 0x3b }, { "Directory Service Changes", 0x3c },
                               { "Directory Service Replication", 0x3d }, { "Detailed Directory Service Replication", 0x3e } };
static const sub account_logon_subs[] = { { "Credential Validation", 0x3f }, { "Kerberos Service Ticket Operations", 0x40 },
                                          { "Other Account Logon Events", 0x41 }, { "Kerberos Authentication Service", 0x42 } };

#define SUBS(list) list, sizeof list / sizeof list[0]
static const struct {
    const char *name;
    const sub *subs;
    unsigned n;
} categories[CATEGORIES] = {
    { "System", SUBS(system_subs) },
    { "Logon/Logoff", SUBS(logon_subs) },
    { "Object Access", SUBS(object_subs) },
    { "Privilege Use", SUBS(privilege_subs) },
    { "Detailed Tracking", SUBS(tracking_subs) },
    { "Policy Change", SUBS(policy_subs) },
    { "Account Management", SUBS(account_subs) },
    { "DS Access", SUBS(ds_subs) },
    { "Account Logon", SUBS(account_logon_subs) },
};

bool audit_policy_open(audit_policy *out, dr_bytes data)
{
    *out = (audit_policy){ .data = data, .n_categories = CATEGORIES };
    size_t footer = dr_le16(data, 8);
    if (data.n > HEAD + CATEGORIES * 2 && dr_le16(data, 4) == CATEGORIES && footer >= HEAD && footer + CATEGORIES * 2 <= data.n) {
        size_t total = 0;
        for (unsigned i = 0; i < CATEGORIES; i++) {
            out->counts[i] = dr_le16(data, footer + i * 2);
            total += out->counts[i];
        }
        out->off = HEAD;
        return HEAD + total * 2 <= footer;
    }
    /* XP and 2003: a byte that says whether auditing is on, then a number for each category. */
    if (data.n >= 4 + CATEGORIES * 4 && data.n <= 4 + CATEGORIES * 4 + 8) {
        out->legacy = true;
        out->enabled = data.p[0] != 0;
        out->off = 4;
        for (unsigned i = 0; i < CATEGORIES; i++)
            out->counts[i] = 1;
        return true;
    }
    return false;
}

bool audit_policy_next(audit_policy *p, audit_setting *out)
{
    while (p->category < p->n_categories && p->index >= p->counts[p->category]) {
        p->category++;
        p->index = 0;
    }
    if (p->category >= p->n_categories)
        return false;
    *out = (audit_setting){ .category = categories[p->category].name, .index = p->index };
    if (p->legacy) {
        uint32_t value = dr_le32(p->data, p->off);
        p->off += 4;
        out->value = p->enabled ? value & 3 : 0;
    } else {
        if (p->index < categories[p->category].n) {
            out->subcategory = categories[p->category].subs[p->index].name;
            out->guid = categories[p->category].subs[p->index].guid;
        }
        out->value = dr_le16(p->data, p->off) & 3;
        p->off += 2;
    }
    p->index++;
    return true;
}
