/* Binary values: the first byte says which decoder gets the rest. */
#include "format/audit_policy.h"
#include "format/sam_value.h"
#include "format/shimcache.h"
#include "format/taskcache.h"
#include "format/tasktrigger.h"

#include "base/status.h"

static void inside(dr_bytes all, const uint8_t *p, size_t n)
{
    if (n > 0)
        DR_ASSERT(p >= all.p && n <= all.n && p <= all.p + (all.n - n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    dr_bytes b = { data + 1, size - 1 };
    char sid[DR_SID_TEXT_MAX];
    switch (data[0] % 7) {
    case 0: {
        shimcache s;
        shimcache_entry e;
        size_t n = 0;
        if (!shimcache_open(&s, b))
            break;
        while (shimcache_next(&s, &e, NULL)) {
            uint32_t value;
            inside(b, e.path.p, e.path.units * 2);
            inside(b, e.blob.p, e.blob.n);
            (void)shimcache_tag(e.blob, 0x100, &value);
            DR_ASSERT(++n <= size / 12 + 1);
        }
        break;
    }
    case 1: {
        sam_account account;
        sam_names names;
        sam_domain domain;
        (void)sam_account_read(&account, b);
        (void)sam_domain_read(&domain, b);
        (void)sam_machine_sid(b, sid);
        if (sam_names_read(&names, b))
            inside(b, names.name.p, names.name.units * 2);
        break;
    }
    case 2: {
        sam_alias alias;
        size_t n = 0;
        if (sam_alias_read(&alias, b))
            while (sam_alias_next(&alias, sid))
                DR_ASSERT(++n <= size);
        break;
    }
    case 3: {
        sam_group group;
        if (sam_group_read(&group, b))
            inside(b, group.name.p, group.name.units * 2);
        break;
    }
    case 4: {
        audit_policy policy;
        audit_setting setting;
        size_t n = 0;
        if (audit_policy_open(&policy, b))
            while (audit_policy_next(&policy, &setting))
                DR_ASSERT(setting.category && setting.value <= 3 && ++n <= size);
        break;
    }
    case 5: {
        task_actions actions;
        task_action action;
        task_dynamic_info info;
        size_t n = 0;
        (void)task_dynamic_info_read(&info, b);
        if (task_actions_open(&actions, b))
            while (task_actions_next(&actions, &action, NULL)) {
                inside(b, action.command.p, action.command.units * 2);
                DR_ASSERT(++n <= size);
            }
        break;
    }
    default: {
        task_triggers triggers;
        task_trigger trigger;
        size_t n = 0;
        if (task_triggers_open(&triggers, b))
            while (task_triggers_next(&triggers, &trigger, NULL)) {
                inside(b, trigger.query.p, trigger.query.units * 2);
                inside(b, trigger.user.sid.p, trigger.user.sid.n);
                DR_ASSERT(++n <= size / 8);
            }
        break;
    }
    }
    return 0;
}
