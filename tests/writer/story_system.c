/* Audit policy, WMI, services, tasks, logs. */
#include "writer/story.h"

#include <stdlib.h>
#include <string.h>

#define WMIC "C:\\Windows\\System32\\wbem\\WMIC.exe"
#define UPDATER "C:\\Users\\Public\\updater.exe"

typedef struct subcategory {
    const char *category, *id, *guid, *changes;
} subcategory;

static void policy_changed(scene *s, ticks t, const char *tag, const session *by, const subcategory *c)
{
    host *h = s->h;
    host_tag(h, tag);
    host_event(h, t, &kind_sec_4719, host_boot(h, t)->lsass->pid, NULL, SUBJECT_OF(h, by), c->category, c->id, c->guid,
               c->changes);
    host_tag(h, NULL);
}

/* A baseline turns on what the later stories rest on. */
static void tell_baseline(scene *s)
{
    static const subcategory on[] = {
        {"%%8276", "%%13312", "{0cce922b-69ae-11d9-bed3-505054503030}", "%%8449"},
        {"%%8276", "%%13313", "{0cce922c-69ae-11d9-bed3-505054503030}", "%%8449"},
        {"%%8278", "%%13824", "{0cce9235-69ae-11d9-bed3-505054503030}", "%%8449, %%8451"},
        {"%%8278", "%%13826", "{0cce9237-69ae-11d9-bed3-505054503030}", "%%8449, %%8451"},
        {"%%8274", "%%12804", "{0cce9227-69ae-11d9-bed3-505054503030}", "%%8449"},
        {"%%8272", "%%12289", "{0cce9211-69ae-11d9-bed3-505054503030}", "%%8449"},
    };
    host *h = s->h;
    ticks t = host_near(h, host_at(h, 1, 9, 40, 0));
    const boot *b = host_boot(h, t);
    const process *shell = host_start(h, t - TICKS_MIN, b->explorer, b->user_admin, "C:\\Windows\\System32\\cmd.exe",
                                      "\"C:\\Windows\\system32\\cmd.exe\" ");
    host_tag(h, "baseline.command");
    run_tool(s, t, shell, b->user_admin, "C:\\Windows\\System32\\auditpol.exe",
             "auditpol  /restore /file:C:\\IT\\baseline.csv", 300 * TICKS_MS, 0);
    for (size_t i = 0; i < sizeof on / sizeof on[0]; i++)
        policy_changed(s, t + (60 + 2 * i) * TICKS_MS, i == 0 ? "audit.4719" : "audit.4719-other", b->user_admin, &on[i]);
    host_exit(h, t + 3 * TICKS_MIN, shell, 0);
}

static void tell_policy_weakened(scene *s)
{
    static const subcategory off = {"%%8274", "%%12804", "{0cce9227-69ae-11d9-bed3-505054503030}", "%%8448"};
    host *h = s->h;
    ticks t = host_near(h, host_at(h, DAY_OF_ATTACK, 13, 30, 44));
    host_tag(h, "weakened.command");
    run_tool(s, t, s->eve_shell, s->eve, "C:\\Windows\\System32\\auditpol.exe",
             "auditpol  /set /subcategory:\"Other Object Access Events\" /success:disable", 200 * TICKS_MS, 0);
    policy_changed(s, t + 70 * TICKS_MS, "weakened.4719", s->eve, &off);
}

/* A SID as the repository shows it: a list of its bytes. */
static const char *sid_bytes(host *h, const char *sid)
{
    const char *p = sid + strlen("S-1-5-"), *all = "1, ";
    unsigned n = 1;
    for (const char *q = p; *q; q++)
        n += *q == '-';
    all = host_text(h, "%s%u, 0, 0, 0, 0, 0, 5", all, n);
    while (*p) {
        char *end;
        unsigned long v = strtoul(p, &end, 10);
        all = host_text(h, "%s, %lu, %lu, %lu, %lu", all, v & 255, v >> 8 & 255, v >> 16 & 255, v >> 24 & 255);
        p = *end ? end + 1 : end;
    }
    return all;
}

static void tell_subscription(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, DAY_OF_ATTACK, 12, 33, 41));
    const boot *b = host_boot(h, t);
    const char *user = "WS07\\eve", *query = "SELECT * FROM __InstanceModificationEvent WITHIN 60 WHERE TargetInstance ISA "
                                            "'Win32_PerfFormattedData_PerfOS_System' AND TargetInstance.SystemUpTime >= 240";
    static const char *const lines[] = {
        "wmic  /NAMESPACE:\"\\\\root\\subscription\" PATH __EventFilter CREATE Name=\"UpdaterFilter\", "
        "EventNameSpace=\"root\\cimv2\", QueryLanguage=\"WQL\", Query=\"SELECT * FROM __InstanceModificationEvent WITHIN 60 "
        "WHERE TargetInstance ISA 'Win32_PerfFormattedData_PerfOS_System' AND TargetInstance.SystemUpTime >= 240\"",
        "wmic  /NAMESPACE:\"\\\\root\\subscription\" PATH CommandLineEventConsumer CREATE Name=\"Updater\", "
        "ExecutablePath=\"" UPDATER "\", CommandLineTemplate=\"" UPDATER "\"",
        "wmic  /NAMESPACE:\"\\\\root\\subscription\" PATH __FilterToConsumerBinding CREATE "
        "Filter=\"__EventFilter.Name=\\\"UpdaterFilter\\\"\", Consumer=\"CommandLineEventConsumer.Name=\\\"Updater\\\"\"",
    };
    for (size_t i = 0; i < 3; i++) {
        host_tag(h, i == 2 ? "wmi.command" : "wmi.command-parts");
        run_tool(s, t + i * 7 * TICKS_S, s->eve_shell, s->eve, WMIC, lines[i], 900 * TICKS_MS, 0);
    }
    host_tag(h, "wmi.19");
    host_event(h, t + 500 * TICKS_MS, &kind_sysmon_19, 3128, "S-1-5-18", "-", "WmiFilterEvent", host_time_text(h, t + 400 * TICKS_MS),
               "Created", user, " \"root\\\\cimv2\"", " \"UpdaterFilter\"", host_text(h, " \"%s\"", query));
    host_tag(h, "wmi.20");
    host_event(h, t + 7 * TICKS_S + 500 * TICKS_MS, &kind_sysmon_20, 3128, "S-1-5-18", "-", "WmiConsumerEvent",
               host_time_text(h, t + 7 * TICKS_S + 400 * TICKS_MS), "Created", user, " \"Updater\"", "Command Line",
               " \"C:\\\\Users\\\\Public\\\\updater.exe\"");
    ticks bound = t + 14 * TICKS_S + 500 * TICKS_MS;
    host_tag(h, "wmi.21");
    host_event(h, bound, &kind_sysmon_21, 3128, "S-1-5-18", "-", "WmiBindingEvent", host_time_text(h, bound), "Created", user,
               " \"CommandLineEventConsumer.Name=\\\"Updater\\\"\"", " \"__EventFilter.Name=\\\"UpdaterFilter\\\"\"");
    host_tag(h, "wmi.5861");
    const char *creator = sid_bytes(h, s->eve->who.sid);
    host_event(h, bound + 300 * TICKS_MS, &kind_wmi_5861, b->winmgmt->pid, "S-1-5-18", "//./root/subscription", "UpdaterFilter",
               "CommandLineEventConsumer=\"Updater\"",
               host_text(h,
                         "Binding EventFilter: \ninstance of __EventFilter\n{\n\tCreatorSID = {%s};\n"
                         "\tEventNamespace = \"root\\\\cimv2\";\n\tName = \"UpdaterFilter\";\n\tQuery = \"%s\";\n"
                         "\tQueryLanguage = \"WQL\";\n};\nPerm. Consumer: \ninstance of CommandLineEventConsumer\n{\n"
                         "\tCommandLineTemplate = \"C:\\\\Users\\\\Public\\\\updater.exe\";\n\tCreatorSID = {%s};\n"
                         "\tExecutablePath = \"C:\\\\Users\\\\Public\\\\updater.exe\";\n\tName = \"Updater\";\n};\n",
                         creator, query, creator));
    host_event(h, bound + 400 * TICKS_MS, &kind_wmi_5859, b->winmgmt->pid, "S-1-5-18", "//./root/cimv2", query, s->eve->who.sid,
               host_text(h, "%u", b->winmgmt->pid), "WmiPerfInst", "0", "Permanent");
    host_tag(h, NULL);
}

/* A service that never speaks to the service manager: its start fails, and its command runs. */
static void tell_service(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, DAY_OF_ATTACK, 12, 52, 3));
    const boot *b = host_boot(h, t);
    uint32_t scm = b->services->pid;
    const char *path = "cmd.exe /c start /b " UPDATER;
    host_tag(h, "service.create");
    const process *sc = run_tool(s, t, s->eve_shell, s->eve, "C:\\Windows\\System32\\sc.exe",
                                 host_text(h, "sc  create updsvc binPath= \"%s\" start= auto", path), 140 * TICKS_MS, 0);
    host_tag(h, "service.7045");
    host_event(h, t + 60 * TICKS_MS, &kind_scm_7045, scm, s->eve->who.sid, "updsvc", path, "user mode service", "auto start", "LocalSystem");
    host_tag(h, "service.4697");
    host_event(h, t + 61 * TICKS_MS, &kind_sec_4697, b->lsass->pid, NULL, SUBJECT_OF(h, s->eve), "updsvc", path, "0x10", "2",
               "LocalSystem", "844424930134321", host_text(h, "%u", sc->pid), host_text(h, "%u", s->eve_shell->pid), "0",
               host_computer(h));
    ticks started = t + 9 * TICKS_S;
    host_tag(h, "service.start");
    run_tool(s, started, s->eve_shell, s->eve, "C:\\Windows\\System32\\sc.exe", "sc  start updsvc", 31 * TICKS_S, 1053);
    host_tag(h, "service.process");
    const process *cmd = host_start(h, started + 30 * TICKS_MS, b->services, b->local_system, "C:\\Windows\\System32\\cmd.exe", path);
    host_tag(h, "service.payload");
    const process *payload = host_start(h, started + 80 * TICKS_MS, cmd, b->local_system, UPDATER, UPDATER);
    host_exit(h, started + 110 * TICKS_MS, cmd, 0);
    host_connects(h, started + 2 * TICKS_S, payload, "203.0.113.7", 8443);
    host_exit(h, started + 40 * TICKS_MIN, payload, 0);
    host_tag(h, "service.7009");
    host_event(h, started + 30 * TICKS_S, &kind_scm_7009, scm, NULL, "30000", "updsvc", host_utf16_hex(h, "updsvc", true));
    host_tag(h, "service.7000");
    host_event(h, started + 30 * TICKS_S + 400, &kind_scm_7000, scm, NULL, "updsvc", "%%1053", host_utf16_hex(h, "updsvc", true));
    host_tag(h, NULL);
}

#define TASK "\\Maintenance Check"

static void task_4698(scene *s, ticks t, const ew_kind *kind, const process *client, const char *content)
{
    host *h = s->h;
    host_event(h, t, kind, host_boot(h, t)->lsass->pid, NULL, SUBJECT_OF(h, s->eve), TASK, content, "844424930134388",
               host_text(h, "%u", client->pid), host_text(h, "%u", s->eve_shell->pid), "0", host_computer(h));
}

static void tell_task(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, DAY_OF_ATTACK, 13, 5, 16));
    const boot *b = host_boot(h, t);
    uint32_t engine = b->schedule->pid;
    const char *schtasks = "C:\\Windows\\System32\\schtasks.exe", *id = host_guid(h);
    host_tag(h, "task.create");
    const process *client = run_tool(s, t, s->eve_shell, s->eve, schtasks,
                                     "schtasks  /create /tn \"Maintenance Check\" /tr " UPDATER " /sc daily /st 03:00 /ru SYSTEM /f",
                                     200 * TICKS_MS, 0);
    host_tag(h, "task.106");
    host_event(h, t + 90 * TICKS_MS, &kind_task_106, engine, "S-1-5-18", TASK, "WS07\\eve");
    host_tag(h, "task.4698");
    task_4698(s, t + 92 * TICKS_MS, &kind_sec_4698, client,
              "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<Task version=\"1.2\" "
              "xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\r\n  <RegistrationInfo>\r\n    <Author>WS07\\eve</Author>\r\n"
              "    <URI>" TASK "</URI>\r\n  </RegistrationInfo>\r\n  <Principals>\r\n    <Principal id=\"Author\">\r\n      "
              "<UserId>S-1-5-18</UserId>\r\n    </Principal>\r\n  </Principals>\r\n  <Actions Context=\"Author\">\r\n    <Exec>\r\n      "
              "<Command>" UPDATER "</Command>\r\n    </Exec>\r\n  </Actions>\r\n</Task>");
    ticks run = t + 20 * TICKS_S;
    host_tag(h, "task.run");
    run_tool(s, run, s->eve_shell, s->eve, schtasks, "schtasks  /run /tn \"Maintenance Check\"", 150 * TICKS_MS, 0);
    host_tag(h, "task.process");
    const process *p = host_start(h, run + 110 * TICKS_MS, b->schedule, b->local_system, UPDATER, UPDATER);
    host_tag(h, "task.129");
    host_event(h, run + 112 * TICKS_MS, &kind_task_129, engine, "S-1-5-18", TASK, UPDATER, host_text(h, "%u", p->pid), "16384");
    host_tag(h, "task.200");
    host_event(h, run + 112 * TICKS_MS + 1000, &kind_task_100, engine, "S-1-5-18", TASK, "NT AUTHORITY\\SYSTEM", id);
    host_event(h, run + 112 * TICKS_MS + 2000, &kind_task_200, engine, "S-1-5-18", TASK, UPDATER, id, host_text(h, "%u", p->pid));
    host_event(h, run + 112 * TICKS_MS + 3000, &kind_task_110, engine, "S-1-5-18", TASK, id, "eve");
    host_tag(h, "task.activity");
    host_connects(h, run + 3 * TICKS_S, p, "203.0.113.7", 8443);
    host_exit(h, run + 50 * TICKS_S, p, 0);
    host_tag(h, "task.201");
    host_event(h, run + 50 * TICKS_S + 20000, &kind_task_201, engine, "S-1-5-18", TASK, id, UPDATER, "0", host_text(h, "%u", p->pid));
    host_event(h, run + 50 * TICKS_S + 21000, &kind_task_102, engine, "S-1-5-18", TASK, "NT AUTHORITY\\SYSTEM", id);
    ticks gone = run + 2 * TICKS_MIN;
    host_tag(h, "task.delete");
    client = run_tool(s, gone, s->eve_shell, s->eve, schtasks, "schtasks  /delete /tn \"Maintenance Check\" /f", 150 * TICKS_MS, 0);
    host_tag(h, "task.141");
    host_event(h, gone + 80 * TICKS_MS, &kind_task_141, engine, "S-1-5-18", TASK, "WS07\\eve");
    host_tag(h, "task.4699");
    task_4698(s, gone + 82 * TICKS_MS, &kind_sec_4699, client, "");
    host_tag(h, NULL);
}

/* Another log than Security is cleared: System says so. */
static void tell_other_log_cleared(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, DAY_OF_ATTACK, 13, 40, 9));
    host_tag(h, "cleared.command");
    run_tool(s, t, s->eve_shell, s->eve, "C:\\Windows\\System32\\wevtutil.exe", "wevtutil  cl \"Windows PowerShell\"", 130 * TICKS_MS, 0);
    host_tag(h, "cleared.104");
    host_event(h, t + 70 * TICKS_MS, &kind_eventlog_104, host_boot(h, t)->eventlog->pid, s->eve->who.sid, eve.name, s->eve->who.domain,
               "Windows PowerShell", "");
    host_tag(h, NULL);
}

const story system_stories[] = {
    {.name = "audit-baseline",
     .tells = "auditing of processes and accounts is turned on by a baseline",
     .tell = tell_baseline,
     .truths = {{.claim = "audit-policy-changed", .parameters = "subcategory=*0CCE922B-69AE-11D9-BED3-505054503030*",
                 .words = "achieved", .forbidden = "failed|no-effect", .tags = "audit.4719"}}},
    {.name = "audit-weakened",
     .tells = "auditing of other object access is turned off",
     .tell = tell_policy_weakened,
     .truths = {{.claim = "audit-policy-changed", .parameters = "subcategory=*0CCE9227-69AE-11D9-BED3-505054503030*|change=*removed*", .words = "achieved",
                 .forbidden = "failed|no-effect", .tags = "weakened.command|weakened.4719"}},
     .twins = {{.name = "audit-no-4719", .why = "the change of the policy was not recorded",
                .cuts = {{CUT_DROP, NULL, "weakened.4719"}},
                .truths = {{.claim = "audit-policy-changed", .parameters = "",
                            .words = "no-effect|ran|attempted", .forbidden = "achieved|failed", .tags = "weakened.command"}}}}},
    {.name = "wmi-subscription",
     .tells = "three commands make a permanent WMI subscription",
     .tell = tell_subscription,
     .truths = {{.claim = "wmi-subscription-created", .parameters = "consumer=*Updater*|filter=*UpdaterFilter*", .words = "achieved",
                 .forbidden = "failed|no-effect|achieved-persists", .tags = "|wmi.command|wmi.5861"}},
     .twins = {{.name = "wmi-no-binding", .why = "no record of the binding: neither of Sysmon nor of WMI",
                .cuts = {{CUT_DROP, NULL, "wmi.21"}, {CUT_DROP, NULL, "wmi.5861"}},
                .truths = {{.claim = "wmi-subscription-created", .parameters = "consumer=*Updater*",
                            .words = "no-effect|ran|attempted", .forbidden = "achieved|failed|achieved-persists"}}},
               {.name = "wmi-no-logs", .why = "neither the log of WMI nor that of Sysmon was collected",
                .cuts = {{CUT_WITHOUT, "Microsoft-Windows-WMI-Activity/Operational", NULL},
                         {CUT_WITHOUT, "Microsoft-Windows-Sysmon/Operational", NULL}},
                .truths = {{.claim = "wmi-subscription-created", .parameters = "consumer=*Updater*", .words = "ran|attempted",
                            .forbidden = "achieved|no-effect|failed"}}}}},
    {.name = "service-timeout",
     .tells = "a service is installed; its start times out, though its command runs",
     .tell = tell_service,
     .truths = {{.claim = "service-installed", .parameters = "service=updsvc", .words = "achieved", .forbidden = "failed|no-effect",
                 .tags = "service.create|service.7045"},
                {.claim = "service-started", .parameters = "service=updsvc", .words = "failed", .forbidden = "achieved|no-effect",
                 .tags = "service.start|service.7009"},
                {.claim = "program-ran", .parameters = "program=" UPDATER, .words = "ran", .forbidden = "failed-to-start|blocked"}},
     .twins = {{.name = "service-no-install", .why = "no record of the installation",
                .cuts = {{CUT_DROP, NULL, "service.7045"}, {CUT_DROP, NULL, "service.4697"}},
                .truths = {{.claim = "service-installed", .parameters = "service=updsvc", .words = "no-effect|ran|attempted",
                            .forbidden = "achieved|failed", .tags = "service.create"}}},
               {.name = "service-no-payload", .why = "nothing shows that the command of the service did anything",
                .cuts = {{CUT_DROP, NULL, "service.payload"}},
                .truths = {{.claim = "program-ran", .parameters = "program=" UPDATER, .forbidden = "ran|crashed"},
                           {.claim = "service-started", .parameters = "service=updsvc", .words = "failed",
                            .tags = "service.start|service.7009"}}},
               {.name = "service-no-system", .why = "the System log was not collected",
                .cuts = {{CUT_WITHOUT, "System", NULL}, {CUT_DROP, NULL, "service.4697"}},
                .truths = {{.claim = "service-installed", .parameters = "service=updsvc", .words = "ran|attempted",
                            .forbidden = "achieved|failed|no-effect"}}}}},
    {.name = "task",
     .tells = "a task is registered, runs and is deleted",
     .tell = tell_task,
     .truths = {{.claim = "task-registered", .parameters = "task=" TASK, .words = "achieved-removed", .forbidden = "failed|no-effect",
                 .tags = "task.create|task.106|task.141"},
                {.claim = "task-ran", .parameters = "task=" TASK, .words = "achieved", .forbidden = "failed|no-effect",
                 .tags = "|task.201"},
                {.claim = "task-deleted", .parameters = "task=" TASK, .words = "achieved|achieved-persists",
                 .forbidden = "failed|no-effect", .tags = "task.delete|task.141"}},
     .twins = {{.name = "task-not-deleted", .why = "no record of the deletion",
                .cuts = {{CUT_DROP, NULL, "task.141"}, {CUT_DROP, NULL, "task.4699"}, {CUT_DROP, NULL, "task.delete"}},
                .truths = {{.claim = "task-registered", .parameters = "task=" TASK, .words = "achieved",
                            .forbidden = "achieved-removed|failed", .tags = "task.create|task.106"}}},
               {.name = "task-not-registered", .why = "no record of the registration",
                .cuts = {{CUT_DROP, NULL, "task.106"}, {CUT_DROP, NULL, "task.4698"}, {CUT_DROP, NULL, "task.1*"},
                         {CUT_DROP, NULL, "task.2*"}, {CUT_DROP, NULL, "task.4699"}},
                .truths = {{.claim = "task-registered", .parameters = "task=*Maintenance Check", .words = "no-effect|ran|attempted",
                            .forbidden = "achieved|failed", .tags = "task.create"}}},
               {.name = "task-never-finished", .why = "no record says that the action ended",
                .cuts = {{CUT_DROP, NULL, "task.201"}, {CUT_DROP, NULL, "task.activity"}},
                .truths = {{.claim = "task-ran", .parameters = "task=" TASK, .words = "ran|attempted|no-effect",
                            .forbidden = "achieved|failed"}}}}},
    {.name = "other-log-cleared",
     .tells = "the log Windows PowerShell is cleared",
     .tell = tell_other_log_cleared,
     .truths = {{.claim = "log-cleared", .parameters = "log=Windows PowerShell", .words = "achieved|achieved-persists",
                 .forbidden = "failed|no-effect", .tags = "cleared.command|cleared.104"}},
     .twins = {{.name = "log-no-104", .why = "System has no record of the clearing",
                .cuts = {{CUT_DROP, NULL, "cleared.104"}},
                .truths = {{.claim = "log-cleared", .parameters = "log=Windows PowerShell", .words = "no-effect|ran|attempted|failed",
                            .forbidden = "achieved|achieved-persists", .tags = "cleared.command"}}}}},
    {.name = NULL},
};
