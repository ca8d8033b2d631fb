/* Accounts and groups. */
#include "writer/story.h"

/* The 18 attributes of 4720 and 4738, of which a story says three. */
#define ATTRIBUTES(name, display, password_set, old_uac, new_uac, uac_text)                                    \
    name, display, "-", display, display, display, display, display, password_set, "%%1794", "513", "-",       \
        old_uac, new_uac, uac_text, display, "-", "%%1797"

static void set_password(scene *s, ticks t, const char *prefix, const char *name, const char *sid, const session *by)
{
    host *h = s->h;
    uint32_t lsass = host_boot(h, t)->lsass->pid;
    host_tag(h, host_text(h, "%s.4738", prefix));
    host_event(h, t, &kind_sec_4738, lsass, NULL, "-", name, host_computer(h), sid, SUBJECT_OF(h, by), "-",
               ATTRIBUTES(name, "%%1793", host_local_text(h, t), "0x210", "0x210", "-"));
    host_tag(h, host_text(h, "%s.4724", prefix));
    host_event(h, t + 3000, &kind_sec_4724, lsass, NULL, name, host_computer(h), sid, SUBJECT_OF(h, by));
    host_tag(h, NULL);
}

void make_account(scene *s, ticks t, const char *prefix, const char *name, const char *sid, const session *by)
{
    host *h = s->h;
    uint32_t lsass = host_boot(h, t)->lsass->pid;
    const char *computer = host_computer(h);
    host_tag(h, host_text(h, "%s.4728", prefix));
    host_event(h, t, &kind_sec_4728, lsass, NULL, "-", sid, "None", computer, local_sid(h, 513), SUBJECT_OF(h, by), "-");
    host_tag(h, host_text(h, "%s.4720", prefix));
    host_event(h, t + 15 * TICKS_MS, &kind_sec_4720, lsass, NULL, name, computer, sid, SUBJECT_OF(h, by), "-",
               ATTRIBUTES(name, "%%1793", "%%1794", "0x0", "0x15", "\r\n\t\t%%2080\r\n\t\t%%2082\r\n\t\t%%2084"));
    host_tag(h, host_text(h, "%s.4722", prefix));
    host_event(h, t + 15 * TICKS_MS + 4000, &kind_sec_4722, lsass, NULL, name, computer, sid, SUBJECT_OF(h, by));
    host_tag(h, host_text(h, "%s.4738-enabled", prefix));
    host_event(h, t + 15 * TICKS_MS + 5000, &kind_sec_4738, lsass, NULL, "-", name, computer, sid, SUBJECT_OF(h, by), "-",
               ATTRIBUTES(name, "%%1793", "%%1794", "0x15", "0x10", "\r\n\t\t%%2048\r\n\t\t%%2050"));
    set_password(s, t + 17 * TICKS_MS, prefix, name, sid, by);
    host_tag(h, host_text(h, "%s.4732-users", prefix));
    host_event(h, t + 19 * TICKS_MS, &kind_sec_4732, lsass, NULL, "-", sid, "Users", "Builtin", "S-1-5-32-545",
               SUBJECT_OF(h, by), "-");
    host_tag(h, NULL);
}

void delete_account(scene *s, ticks t, const char *prefix, const char *name, const char *sid, const session *by)
{
    host *h = s->h;
    uint32_t lsass = host_boot(h, t)->lsass->pid;
    host_tag(h, host_text(h, "%s.4733", prefix));
    host_event(h, t, &kind_sec_4733, lsass, NULL, "-", sid, "Users", "Builtin", "S-1-5-32-545", SUBJECT_OF(h, by), "-");
    host_tag(h, host_text(h, "%s.4729", prefix));
    host_event(h, t + 4000, &kind_sec_4729, lsass, NULL, "-", sid, "None", host_computer(h), local_sid(h, 513),
               SUBJECT_OF(h, by), "-");
    host_tag(h, host_text(h, "%s.4726", prefix));
    host_event(h, t + 9000, &kind_sec_4726, lsass, NULL, name, host_computer(h), sid, SUBJECT_OF(h, by), "-");
    host_tag(h, NULL);
}

static void tell_account_created(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, DAY_OF_ATTACK, 12, 7, 15));
    host_tag(h, "account.command");
    run_net(s, t, s->eve_shell, s->eve, "user bob Winter2025! /add", 0);
    make_account(s, t + 31 * TICKS_MS, "account", "bob", local_sid(h, RID_BOB), s->eve);
}

/* Made and deleted within the hour; in the SAM it is there again afterwards (see rest.c). */
static void tell_account_returned(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, 3, 12, 30, 44)), gone = t + 41 * TICKS_MIN;
    const session *by = host_boot(h, t)->user_admin;
    const process *shell = admin_console(s, t - TICKS_MIN);
    host_tag(h, "returned.command");
    run_net(s, t, shell, by, "user phoenix Ash-2025! /add", 0);
    make_account(s, t + 31 * TICKS_MS, "returned", "phoenix", local_sid(h, RID_PHOENIX), by);
    host_tag(h, "returned.delete");
    run_net(s, gone, shell, by, "user phoenix /delete", 0);
    delete_account(s, gone + 28 * TICKS_MS, "returned", "phoenix", local_sid(h, RID_PHOENIX), by);
    host_exit(h, gone + TICKS_MIN, shell, 0);
}

static void tell_member_added(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, DAY_OF_ATTACK, 12, 8, 2));
    host_tag(h, "member.command");
    run_net(s, t, s->eve_shell, s->eve, "localgroup administrators bob /add", 0);
    host_tag(h, "member.4732");
    host_event(h, t + 40 * TICKS_MS, &kind_sec_4732, host_boot(h, t)->lsass->pid, NULL, "-", local_sid(h, RID_BOB),
               "Administrators", "Builtin", "S-1-5-32-544", SUBJECT_OF(h, s->eve), "-");
    host_tag(h, NULL);
}

/* `net user NAME PASSWORD` without /add: no account is made, a password is set. */
static void tell_password_set(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, DAY_OF_ATTACK, 12, 41, 2));
    host_tag(h, "password.command");
    run_net(s, t, s->eve_shell, s->eve, "user svc_sql Pw1", 0);
    set_password(s, t + 33 * TICKS_MS, "password", svc_sql.name, local_sid(h, svc_sql.rid), s->eve);
}

/* `net user NAME`: only shown. */
static void tell_account_shown(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, DAY_OF_ATTACK, 12, 40, 11));
    host_tag(h, "shown.command");
    const process *net1 = run_net(s, t, s->eve_shell, s->eve, "user svc_sql", 0);
    host_tag(h, "shown.4798");
    host_event(h, t + 35 * TICKS_MS, &kind_sec_4798, host_boot(h, t)->lsass->pid, NULL, svc_sql.name, host_computer(h),
               local_sid(h, svc_sql.rid), SUBJECT_OF(h, s->eve), host_text(h, "0x%x", net1->pid), "C:\\Windows\\System32\\net1.exe");
    host_tag(h, NULL);
}

/* Two minutes before the Security log is cleared: only Sysmon saw the command. */
static void tell_account_before_clearing(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, 1, 9, 12, 15));
    const boot *b = host_boot(h, t);
    const process *shell = admin_console(s, t - TICKS_MIN);
    host_tag(h, "early.command");
    run_net(s, t, shell, b->user_admin, "user helpdesk Start123 /add", 0);
    make_account(s, t + 31 * TICKS_MS, "early", "helpdesk", local_sid(h, RID_HELPDESK), b->user_admin);
    ticks cleared = host_near(h, host_at(h, 1, 9, 14, 44));
    host_tag(h, "clearing.command");
    run_tool(s, cleared, shell, b->user_admin, "C:\\Windows\\System32\\wevtutil.exe", "wevtutil  cl Security",
             140 * TICKS_MS, 0);
    host_tag(h, "clearing.1102");
    host_event(h, cleared + 80 * TICKS_MS, &kind_eventlog_1102, b->eventlog->pid, NULL, SUBJECT_OF(h, b->user_admin));
    host_tag(h, NULL);
    host_exit(h, cleared + 5 * TICKS_MIN, shell, 0);
}

/* Two agents, both in the session of the system, make an account each within two seconds. */
static void tell_two_systems(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, 3, 11, 45, 20));
    const boot *b = host_boot(h, t);
    static const char *const agents[] = {"C:\\Program Files\\Example Agent\\agent.exe",
                                         "C:\\Program Files\\Example Remote\\remote.exe"};
    static const char *const names[] = {"opsa", "opsb"};
    for (unsigned i = 0; i < 2; i++) {
        ticks at = t + i * 1400 * TICKS_MS;
        const process *agent = host_start(h, at - 40 * TICKS_S, b->services, b->local_system, agents[i],
                                          host_text(h, "\"%s\" --service", agents[i]));
        host_tag(h, host_text(h, "%s.command", names[i]));
        run_net(s, at, agent, b->local_system, host_text(h, "user %s Agent-2025! /add", names[i]), 0);
        session as_machine = *b->local_system; /* in account records the system is the machine account */
        as_machine.who.name = host_text(h, "%s$", host_computer(h));
        as_machine.who.domain = "WORKGROUP";
        make_account(s, at + 33 * TICKS_MS, names[i], names[i], local_sid(h, RID_OPSA + i), &as_machine);
        host_exit(h, at + 3 * TICKS_MIN, agent, 0);
    }
}

const story account_stories[] = {
    {.name = "account-created",
     .tells = "net user bob ... /add hands over to net1, and the account is made",
     .tell = tell_account_created,
     .truths = {{.claim = "account-created", .parameters = "account=bob|sid=*-1008", .words = "achieved",
                 .forbidden = "failed|no-effect|other-effect|achieved-persists",
                 .tags = "account.command|account.4720"}},
     .twins = {{.name = "account-no-4720", .why = "the record of the creation was not written, all others were",
                .cuts = {{CUT_DROP, NULL, "account.4720"}},
                .truths = {{.claim = "account-created", .parameters = "account=bob", .words = "other-effect|no-effect",
                            .forbidden = "achieved|achieved-persists|achieved-removed|failed",
                            .tags = "account.command"}}},
               {.name = "account-no-effect", .why = "the command ran and nothing came of it",
                .cuts = {{CUT_DROP, NULL, "account.47*"}, {CUT_DROP, NULL, "member.*"}},
                .truths = {{.claim = "account-created", .parameters = "account=bob", .words = "no-effect",
                            .forbidden = "achieved|achieved-persists|achieved-removed|other-effect|failed",
                            .tags = "account.command"}}},
               {.name = "account-lost-ids", .why = "the records are gone, and their ids with them",
                .cuts = {{CUT_LOSE, NULL, "account.47*"}, {CUT_LOSE, NULL, "member.*"}},
                .truths = {{.claim = "account-created", .parameters = "account=bob", .words = "ran|attempted",
                            .forbidden = "achieved|no-effect|other-effect|failed|not-recorded",
                            .tags = "account.command"}}},
               {.name = "account-no-security", .why = "the Security log was not collected",
                .cuts = {{CUT_WITHOUT, "Security", NULL}},
                .truths = {{.claim = "account-created", .parameters = "account=bob", .words = "ran|attempted",
                            .forbidden = "achieved|no-effect|other-effect|failed|not-recorded"}}},
               {.name = "account-exported", .why = "the Security log is a filtered export: its silence says nothing",
                .cuts = {{CUT_DROP, NULL, "account.47*"}, {CUT_DROP, NULL, "member.*"}, {CUT_EXPORT, "Security", NULL}},
                .truths = {{.claim = "account-created", .parameters = "account=bob", .words = "ran|attempted",
                            .forbidden = "achieved|no-effect|other-effect|failed"}}}}},
    {.name = "account-returned",
     .tells = "an account is made and deleted again",
     .tell = tell_account_returned,
     .truths = {{.claim = "account-created", .parameters = "account=phoenix", .words = "achieved-removed",
                 .forbidden = "achieved|conflicting|no-effect", .tags = "returned.command|returned.4720|returned.4726"},
                {.claim = "account-deleted", .parameters = "account=phoenix", .words = "achieved",
                 .forbidden = "failed|no-effect", .tags = "returned.delete|returned.4726"}},
     .twins = {{.name = "account-stays", .why = "no record says that the account was deleted",
                .cuts = {{CUT_DROP, NULL, "returned.delete"}, {CUT_DROP, NULL, "returned.4733"},
                         {CUT_DROP, NULL, "returned.4729"}, {CUT_DROP, NULL, "returned.4726"}},
                .truths = {{.claim = "account-created", .parameters = "account=phoenix", .words = "achieved",
                            .forbidden = "achieved-removed", .tags = "returned.command|returned.4720"},
                           {.claim = "account-deleted", .parameters = "account=phoenix", .forbidden = "achieved|failed"}}}}},
    {.name = "member-added",
     .tells = "bob becomes an administrator",
     .tell = tell_member_added,
     .truths = {{.claim = "group-member-added", .parameters = "group_sid=S-1-5-32-544|member_sid=*-1008",
                 .words = "achieved", .forbidden = "failed|no-effect", .tags = "member.command|member.4732"}},
     .twins = {{.name = "member-no-4732", .why = "the record of the change was not written",
                .cuts = {{CUT_DROP, NULL, "member.4732"}},
                .truths = {{.claim = "group-member-added", .parameters = "member=bob", .words = "no-effect|ran|attempted",
                            .forbidden = "achieved|achieved-persists|failed", .tags = "member.command"}}}}},
    {.name = "password-set",
     .tells = "net user svc_sql Pw1, without /add: a password is set on an account that existed",
     .tell = tell_password_set,
     .truths = {{.claim = "account-password-set", .parameters = "account=svc_sql", .words = "achieved",
                 .forbidden = "failed|no-effect", .tags = "password.command|password.4724"},
                {.claim = "account-created", .parameters = "account=svc_sql",
                 .forbidden = "achieved|achieved-persists|achieved-removed|persists"},
                {.claim = "account-created", .parameters = "account=svc_sql", .words = "other-effect",
                 .tags = "password.command", .check = "net user svc_sql Pw1"}},
     .twins = {{.name = "password-no-security", .why = "the Security log was not collected",
                .cuts = {{CUT_WITHOUT, "Security", NULL}},
                .truths = {{.claim = "account-password-set", .parameters = "account=svc_sql", .words = "ran|attempted",
                            .forbidden = "achieved|no-effect|failed|other-effect"},
                           {.claim = "account-created", .parameters = "account=svc_sql",
                            .forbidden = "achieved|no-effect|failed|other-effect"},
                           {.claim = "account-created", .parameters = "account=svc_sql", .words = "ran|attempted",
                            .check = "net user svc_sql Pw1"}}},
               {.name = "password-no-effect", .why = "no change of the account was recorded",
                .cuts = {{CUT_DROP, NULL, "password.47*"}},
                .truths = {{.claim = "account-password-set", .parameters = "account=svc_sql", .words = "no-effect",
                            .forbidden = "achieved|failed", .tags = "password.command"}}}}},
    {.name = "account-shown",
     .tells = "net user svc_sql only shows an account",
     .tell = tell_account_shown,
     .truths = {{.claim = "account-password-set", .parameters = "account=svc_sql", .words = "achieved",
                 .tags = "password.command"}}},
    {.name = "two-systems",
     .tells = "two processes of the system make an account each within two seconds: names tell them apart",
     .tell = tell_two_systems,
     .truths = {{.claim = "account-created", .parameters = "account=opsa|sid=*-1005", .words = "achieved",
                 .forbidden = "failed|no-effect", .tags = "opsa.command|opsa.4720"},
                {.claim = "account-created", .parameters = "account=opsb|sid=*-1006", .words = "achieved",
                 .forbidden = "failed|no-effect", .tags = "opsb.command|opsb.4720"}},
     .twins = {{.name = "two-systems-one-account", .why = "only the first account was made",
                .cuts = {{CUT_DROP, NULL, "opsb.47*"}},
                .truths = {{.claim = "account-created", .parameters = "account=opsa", .words = "achieved",
                            .tags = "opsa.command|opsa.4720"},
                           {.claim = "account-created", .parameters = "account=opsb", .words = "no-effect",
                            .forbidden = "achieved|other-effect", .tags = "opsb.command"}}}}},
    {.name = "log-cleared",
     .tells = "an account command, and two minutes later the Security log is cleared: whether the account was made is gone",
     .tell = tell_account_before_clearing,
     .truths = {{.claim = "account-created", .parameters = "account=helpdesk", .words = "ran|attempted",
                 .forbidden = "achieved|achieved-persists|no-effect|failed|other-effect", .tags = "early.command",
                 .says = "cleared"},
                {.claim = "log-cleared", .parameters = "log=Security", .words = "achieved-persists|achieved",
                 .forbidden = "failed|no-effect", .tags = "clearing.command|clearing.1102"}},
     .twins = {{.name = "log-not-cleared", .why = "the same host with a Security log that goes back to before the command",
                .cuts = {{CUT_DROP, NULL, "clearing.*"}},
                .truths = {{.claim = "log-cleared", .parameters = "log=Security", .forbidden = "achieved|achieved-persists"},
                           {.claim = "account-created", .parameters = "account=helpdesk", .words = "achieved",
                            .tags = "early.4720"}}},
               {.name = "log-rolled-over", .why = "the log begins after the clearing: nothing shows that it was cleared",
                .cuts = {{CUT_SINCE, "Security", "audit.4719"}},
                .truths = {{.claim = "log-cleared", .parameters = "log=Security", .words = "ran|attempted",
                            .forbidden = "achieved|achieved-persists|no-effect"},
                           {.claim = "account-created", .parameters = "account=helpdesk", .words = "ran|attempted",
                            .forbidden = "achieved|no-effect|failed"}}}}},
    {.name = NULL},
};
