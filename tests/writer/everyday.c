#include "writer/everyday.h"

#include <string.h>

const account local_system = {"SYSTEM", "NT AUTHORITY", "S-1-5-18", 0};
const account local_service = {"LOCAL SERVICE", "NT AUTHORITY", "S-1-5-19", 0};
const account network_service = {"NETWORK SERVICE", "NT AUTHORITY", "S-1-5-20", 0};
const account administrator = {"Administrator", NULL, NULL, 500};
const account maria = {"maria", NULL, NULL, 1001};
const account eve = {"eve", NULL, NULL, 1002};
const account svc_sql = {"svc_sql", NULL, NULL, 1003};

#define SYSTEM_LABEL "S-1-16-16384"
#define HIGH_LABEL "S-1-16-12288"
#define MEDIUM_LABEL "S-1-16-8192"

#define DEFENDER_PRODUCT "Microsoft Defender Antivirus"
#define PLATFORM "4.18.25040.2"

const char *local_sid(host *h, unsigned rid)
{
    return host_local_sid(h, rid);
}

const char *logon_text(host *h, const session *s)
{
    return host_text(h, "0x%llx", (unsigned long long)s->id);
}

static const char *machine(host *h)
{
    return host_text(h, "%s$", host_computer(h));
}

/* --- logons ----------------------------------------------------------------------------------- */

static void log_on_as(host *h, ticks t, const session *s, const process *by, uint32_t lsass)
{
    bool remote = strcmp(s->address, "-") != 0, full = strcmp(s->elevation, "%%1938") != 0;
    bool virtual_account = strncmp(s->who.sid, "S-1-5-9", 7) == 0;
    host_event(h, t, &kind_sec_4624, lsass, NULL, "S-1-5-18", machine(h), "WORKGROUP", "0x3e7", s->who.sid,
               s->who.name, s->who.domain, logon_text(h, s), host_text(h, "%u", s->type),
               s->type == 5 ? "Advapi  " : "User32 ", "Negotiate", s->type == 5 ? "-" : host_computer(h),
               "{00000000-0000-0000-0000-000000000000}", "-", "-", "0", host_text(h, "0x%x", by->pid), by->image,
               remote ? s->address : s->type == 2 ? "127.0.0.1" : "-", remote || s->type == 2 ? "0" : "-", "%%1833",
               "-", "-", "-", virtual_account ? "%%1842" : "%%1843",
               host_text(h, "0x%llx", (unsigned long long)s->linked), full ? "%%1842" : "%%1843");
    if (full && !virtual_account)
        host_event(h, t + 2000, &kind_sec_4672, lsass, NULL, s->who.sid, s->who.name, s->who.domain,
                   logon_text(h, s),
                   "SeSecurityPrivilege\r\n\t\t\tSeTakeOwnershipPrivilege\r\n\t\t\tSeLoadDriverPrivilege\r\n\t\t\t"
                   "SeBackupPrivilege\r\n\t\t\tSeRestorePrivilege\r\n\t\t\tSeDebugPrivilege\r\n\t\t\t"
                   "SeSystemEnvironmentPrivilege\r\n\t\t\tSeImpersonatePrivilege");
}

void log_on(host *h, ticks t, const boot *b, const session *s, const process *by)
{
    log_on_as(h, t, s, by, b->lsass->pid);
}

void log_off(host *h, ticks t, const session *s)
{
    host_event(h, t, &kind_sec_4634, host_boot(h, t)->lsass->pid, NULL, s->who.sid, s->who.name, s->who.domain,
               logon_text(h, s), host_text(h, "%u", s->type));
}

static void log_on_pair(host *h, ticks t, const boot *b, session *full, session *filtered, const process *by)
{
    full->linked = filtered->id;
    filtered->linked = full->id;
    log_on(h, t, b, full, by);
    log_on(h, t + 300, b, filtered, by);
}

const session *remote_desktop(host *h, ticks t, const account *who, const char *address, const process **explorer)
{
    const boot *b = host_boot(h, t);
    session *full = host_session(h, who, 10, HIGH_LABEL, 2), *filtered = host_session(h, who, 10, MEDIUM_LABEL, 2);
    full->address = filtered->address = address;
    log_on_pair(h, t, b, full, filtered, b->netsvcs);
    host_event(h, t + 400 * TICKS_MS, &kind_winlogon_7001, b->winlogon->pid, "S-1-5-18", "2", full->who.sid);
    const process *userinit = host_start(h, t + 2 * TICKS_S, b->winlogon, filtered, "C:\\Windows\\System32\\userinit.exe",
                                         "C:\\Windows\\system32\\userinit.exe");
    *explorer = host_start(h, t + 3 * TICKS_S, userinit, filtered, "C:\\Windows\\explorer.exe",
                           "C:\\Windows\\Explorer.EXE");
    host_exit(h, t + 27 * TICKS_S, userinit, 0);
    return full;
}

/* --- one boot --------------------------------------------------------------------------------- */

static const char *uptime_binary(host *h)
{
    static const char *const part[] = {
        "1.1", "0", "Windows 10 Pro", "10.0.19045 Build 19045  ", "Multiprocessor Free",
        "19041.vb_release.191206-1406", "62d8b1c6", "Not Available", "Not Available", "9", "4", "16269", "409"};
    const char *all = "";
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++)
        all = host_text(h, "%s%s", all, host_utf16_hex(h, part[i], true));
    return host_text(h, "%s%s", all, host_utf16_hex(h, host_computer(h), true));
}

static void uptime(host *h, ticks t, const boot *b)
{
    host_strings(h, t, &kind_eventlog_6013, 0, NULL, uptime_binary(h), 7, "", "", "", "",
                 host_text(h, "%llu", (unsigned long long)((t - b->start) / TICKS_S)), "60",
                 "0 Coordinated Universal Time");
}

static void boot_security(host *h, ticks t, boot *b)
{
    struct {
        uint32_t pid;
        const char *image;
    } early[] = {{108, "Registry"},
                 {412, "C:\\Windows\\System32\\smss.exe"},
                 {556, "C:\\Windows\\System32\\smss.exe"},
                 {580, "C:\\Windows\\System32\\csrss.exe"}};
    const process *p = b->system, *smss = NULL;
    for (size_t i = 0; i < sizeof early / sizeof early[0]; i++) {
        p = host_start_always(h, t + i * 90 * TICKS_MS, i < 2 ? b->system : smss, b->local_system, early[i].pid,
                              early[i].image, "");
        if (i == 1)
            smss = p;
    }
    t += TICKS_S;
    b->wininit = host_start_always(h, t, smss, b->local_system, 656, "C:\\Windows\\System32\\wininit.exe", "");
    b->winlogon = host_start_always(h, t + 40 * TICKS_MS, smss, b->local_system, 732,
                                    "C:\\Windows\\System32\\winlogon.exe", "");
    b->services = host_start_always(h, t + 90 * TICKS_MS, b->wininit, b->local_system, 788,
                                    "C:\\Windows\\System32\\services.exe", "");
    b->lsass = host_start_always(h, t + 130 * TICKS_MS, b->wininit, b->local_system, 808,
                                 "C:\\Windows\\System32\\lsass.exe", "");
    uint32_t lsass = b->lsass->pid;
    host_event(h, t + 200 * TICKS_MS, &kind_sec_4608, lsass, NULL);
    host_event(h, t + 201 * TICKS_MS, &kind_sec_4624, lsass, NULL, "S-1-0-0", "-", "-", "0x0", "S-1-5-18", "SYSTEM",
               "NT AUTHORITY", "0x3e7", "0", "-", "-", "-", "{00000000-0000-0000-0000-000000000000}", "-", "-", "0",
               "0x4", "", "-", "-", "-", "-", "-", "-", "%%1843", "0x0", "%%1842");
    host_event(h, t + 260 * TICKS_MS, &kind_sec_4902, lsass, NULL, "0",
               host_text(h, "0x%x", 0x18000 + (unsigned)host_random(h, 4000)));
    static const account fonts = {"UMFD-0", "Font Driver Host", "S-1-5-96-0-0", 0};
    static const account windows = {"DWM-1", "Window Manager", "S-1-5-90-0-1", 0};
    log_on(h, t + 500 * TICKS_MS, b, host_session(h, &fonts, 2, SYSTEM_LABEL, 0), b->wininit);
    log_on(h, t + 600 * TICKS_MS, b, b->network_service, b->services);
    log_on(h, t + 700 * TICKS_MS, b, b->local_service, b->services);
    log_on(h, t + 800 * TICKS_MS, b, host_session(h, &windows, 2, SYSTEM_LABEL, 1), b->winlogon);
    log_on(h, t + 900 * TICKS_MS, b, b->local_system, b->services);
    host_event(h, t + 4 * TICKS_S, &kind_sec_5033, 4, NULL);
    host_event(h, t + 5 * TICKS_S, &kind_sec_5024, lsass, NULL);
}

static void boot_services(host *h, ticks t, boot *b)
{
    const session *s = b->local_system;
    const char *svchost = "C:\\Windows\\System32\\svchost.exe";
    b->dcom = host_start(h, t, b->services, s, svchost, "C:\\Windows\\system32\\svchost.exe -k DcomLaunch -p");
    b->eventlog = host_start(h, t + 120 * TICKS_MS, b->services, b->local_service, svchost,
                             "C:\\Windows\\System32\\svchost.exe -k LocalServiceNetworkRestricted -p -s EventLog");
    b->schedule = host_start(h, t + 240 * TICKS_MS, b->services, s, svchost,
                             "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s Schedule");
    b->netsvcs = host_start(h, t + 300 * TICKS_MS, b->services, s, svchost, "C:\\Windows\\system32\\svchost.exe -k netsvcs -p");
    b->winmgmt = host_start(h, t + 420 * TICKS_MS, b->services, s, svchost,
                            "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s Winmgmt");
    b->svchost = b->netsvcs;
    b->defender = host_start(h, t + 2 * TICKS_S, b->services, s,
                             "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\" PLATFORM "-0\\MsMpEng.exe",
                             "\"C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\" PLATFORM "-0\\MsMpEng.exe\"");
    b->wmiprvse = host_start(h, t + 9 * TICKS_S, b->dcom, b->network_service, "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe",
                             "C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding");
}

static void boot_system(host *h, ticks t, const boot *b)
{
    host_strings(h, t, &kind_eventlog_6009, 0, NULL, NULL, 5, "10.00.", "19045", "", "Multiprocessor Free", "0");
    host_strings(h, t, &kind_eventlog_6005, 0, NULL, "E90705001E000700320010004D0000000000000000000000", 0);
    uptime(h, t + 20 * TICKS_MS, b);
    /* The kernel's own records get their ids only after the log service has come up. */
    host_event(h, b->start, &kind_kernel_12, 4, "S-1-5-18", "10", "0", "19045", "5854", "0", "0",
               host_text(h, "%llu", (unsigned long long)(b->start / TICKS_S * TICKS_S)));
    host_last_order(h, t + 40 * TICKS_MS);
    host_event(h, t + 800 * TICKS_MS, &kind_kernel_16, b->services->pid, "S-1-5-18", "31",
               "\\SystemRoot\\System32\\Config\\BBI", "1", "1");
    host_event(h, t + 11 * TICKS_S, &kind_dcom_10016, b->dcom->pid, "S-1-5-19", "application-specific", "Local",
               "Activation", "{6B3B8D23-FA8D-40B9-8DBD-B950333E2C52}", "{4839DDB7-58C2-48F5-8283-E1D1807D0D7D}",
               "NT AUTHORITY", "LOCAL SERVICE", "S-1-5-19", "LocalHost (Using LRPC)", "Unavailable", "Unavailable");
    host_event(h, t + 14 * TICKS_S, &kind_time_37, b->netsvcs->pid, "S-1-5-19",
               "time.windows.com,0x9 (ntp.m|0x9|0.0.0.0:123->20.101.57.9:123)");
    host_event(h, t + 15 * TICKS_S, &kind_time_35, b->netsvcs->pid, "S-1-5-19",
               "time.windows.com,0x9 (ntp.m|0x9|0.0.0.0:123->20.101.57.9:123)", "154756372", "4");
}

static void boot_applications(host *h, ticks t, const boot *b)
{
    host_event(h, t + 3 * TICKS_S, &kind_wmi_5615, b->winmgmt->pid, "S-1-5-18");
    host_event(h, t + 5 * TICKS_S, &kind_wmi_5617, b->winmgmt->pid, "S-1-5-18");
    host_strings(h, t + 30 * TICKS_S, &kind_esent_102, 3568, NULL, NULL, 8, "SearchIndexer", "3568,P,98", "Windows: ",
                 "0", "10", "00", "19045", "0000");
    host_strings(h, t + 44 * TICKS_S, &kind_security_center_15, 4568, NULL, NULL, 2, "Windows Defender",
                 "SECURITY_PRODUCT_STATE_ON");
    host_event(h, t + 110 * TICKS_S, &kind_wmi_5859, b->winmgmt->pid, "S-1-5-18", "//./root/CIMV2",
               "select * from MSFT_SCMEventLogEvent", "S-1-5-32-544", host_text(h, "%u", b->winmgmt->pid),
               "SCM Event Provider", "0", "Permanent");
    host_event(h, t + 111 * TICKS_S, &kind_wmi_5861, b->winmgmt->pid, "S-1-5-18", "//./root/subscription",
               "SCM Event Log Filter", "NTEventLogEventConsumer=\"SCM Event Log Consumer\"",
               "Binding EventFilter: \ninstance of __EventFilter\n{\n"
               "\tCreatorSID = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0};\n"
               "\tEventNamespace = \"root\\\\cimv2\";\n\tName = \"SCM Event Log Filter\";\n"
               "\tQuery = \"select * from MSFT_SCMEventLogEvent\";\n\tQueryLanguage = \"WQL\";\n};\n"
               "Perm. Consumer: \ninstance of NTEventLogEventConsumer\n{\n\tCategory = 0;\n"
               "\tCreatorSID = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0};\n\tEventType = 1;\n"
               "\tName = \"SCM Event Log Consumer\";\n\tNameOfUserSIDProperty = \"sid\";\n"
               "\tSourceName = \"Service Control Manager\";\n};\n");
    host_event(h, t + 12 * TICKS_S, &kind_wmi_5857, b->wmiprvse->pid, "S-1-5-20", "CIMWin32", "0x0", "wmiprvse.exe",
               host_text(h, "%u", b->wmiprvse->pid), "%systemroot%\\system32\\wbem\\cimwin32.dll");
    if (host_settings(h)->sysmon)
        host_event(h, t + 4 * TICKS_S, &kind_sysmon_4, 3128, "S-1-5-18", host_time_text(h, t + 4 * TICKS_S), "Started",
                   "15.15", "4.90");
}

static void sysmon_configured(host *h, ticks t)
{
    if (!host_settings(h)->sysmon)
        return;
    bool open = host_settings(h)->sysmon_unfiltered;
    host_tag(h, "sysmon.16");
    host_event(h, t, &kind_sysmon_16, 3128, "S-1-5-18", host_time_text(h, t),
               open ? "\"C:\\IT\\Sysmon64.exe\" -accepteula -i" : "C:\\IT\\sysmon.xml",
               open ? "-" : "SHA256=5F1B6A3D0D52E8E5B7A40F1EF31F2C67E1B60B1DE9AA2C1B38A0D94A20A64C11");
    host_tag(h, NULL);
}

static void user_logs_on(host *h, ticks t, boot *b)
{
    session *full = host_session(h, &maria, 2, HIGH_LABEL, 1), *filtered = host_session(h, &maria, 2, MEDIUM_LABEL, 1);
    log_on_pair(h, t, b, full, filtered, b->netsvcs);
    b->user = filtered;
    b->user_admin = full;
    host_event(h, t + 300 * TICKS_MS, &kind_winlogon_7001, b->winlogon->pid, "S-1-5-18", "1", full->who.sid);
    b->userinit = host_start(h, t + TICKS_S, b->winlogon, filtered, "C:\\Windows\\System32\\userinit.exe",
                             "C:\\Windows\\system32\\userinit.exe");
    b->explorer = host_start(h, t + 2 * TICKS_S, b->userinit, filtered, "C:\\Windows\\explorer.exe",
                             "C:\\Windows\\Explorer.EXE");
    host_exit(h, t + 26 * TICKS_S, b->userinit, 0);
}

static void shut_down(host *h, const boot *b)
{
    ticks t = b->stop;
    const account *who = &b->user->who;
    host_event(h, t - 9 * TICKS_S, &kind_user32_1074, b->winlogon->pid, who->sid,
               host_text(h, "C:\\Windows\\explorer.exe (%s)", host_computer(h)), host_computer(h), "Other (Unplanned)",
               "0x0", "power off", "", host_text(h, "%s\\%s", who->domain, who->name), "0000000000000000");
    host_event(h, t - 8 * TICKS_S, &kind_sec_4647, b->lsass->pid, NULL, who->sid, who->name, who->domain,
               logon_text(h, b->user));
    host_exit(h, t - 7 * TICKS_S, b->explorer, 1);
    host_event(h, t - 6 * TICKS_S, &kind_winlogon_7002, b->winlogon->pid, "S-1-5-18", "1", who->sid);
    host_strings(h, t - 2 * TICKS_S, &kind_eventlog_6006, 0, NULL, "0100000000000000", 0);
    host_event(h, t - TICKS_S, &kind_eventlog_1100, b->eventlog->pid, NULL);
}

/* Kernel records of the last shutdown, which the log gets after the next boot. */
static void shutdown_of_kernel(host *h, ticks stop, ticks order)
{
    host_event(h, stop - 500 * TICKS_MS, &kind_kernel_power_109, 4, NULL, "6", "0", "5");
    host_last_order(h, order);
    host_event(h, stop, &kind_kernel_13, 4, NULL, host_text(h, "%llu", (unsigned long long)stop));
    host_last_order(h, order);
}

/* --- what fills a day ------------------------------------------------------------------------- */

typedef struct program {
    const char *image, *line;
    unsigned minutes;
} program;

static const program office[] = {
    {"C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
     "\"C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe\" --profile-directory=Default", 96},
    {"C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
     "\"C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE\"", 400},
    {"C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE",
     "\"C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE\" /n \"C:\\Users\\maria\\Documents\\minutes.docx\"", 31},
    {"C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE",
     "\"C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE\" \"C:\\Users\\maria\\Documents\\budget.xlsx\"", 47},
    {"C:\\Windows\\System32\\notepad.exe", "\"C:\\Windows\\system32\\NOTEPAD.EXE\" C:\\Users\\maria\\Documents\\todo.txt", 4},
    {"C:\\Windows\\System32\\mspaint.exe", "\"C:\\Windows\\system32\\mspaint.exe\"", 6},
    {"C:\\Windows\\System32\\SnippingTool.exe", "\"C:\\Windows\\system32\\SnippingTool.exe\"", 2},
    {"C:\\Program Files\\Adobe\\Acrobat DC\\Acrobat\\Acrobat.exe",
     "\"C:\\Program Files\\Adobe\\Acrobat DC\\Acrobat\\Acrobat.exe\" \"C:\\Users\\maria\\Downloads\\offer.pdf\"", 9},
    {"C:\\Windows\\System32\\Taskmgr.exe", "\"C:\\Windows\\system32\\taskmgr.exe\" /4", 3},
};

static const program upkeep[] = {
    {"C:\\Windows\\System32\\taskhostw.exe", "taskhostw.exe", 5},
    {"C:\\Windows\\System32\\backgroundTaskHost.exe",
     "\"C:\\Windows\\system32\\backgroundTaskHost.exe\" -ServerName:CortanaUI.AppX", 1},
    {"C:\\Windows\\System32\\MoUsoCoreWorker.exe", "C:\\Windows\\System32\\mousocoreworker.exe -Embedding", 11},
    {"C:\\Windows\\System32\\SearchProtocolHost.exe",
     "\"C:\\Windows\\system32\\SearchProtocolHost.exe\" Global\\UsGthrFltPipeMssGthrPipe1_", 2},
    {"C:\\Windows\\System32\\dllhost.exe", "C:\\Windows\\system32\\DllHost.exe /Processid:{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}", 1},
    {"C:\\Windows\\System32\\wbem\\WmiPrvSE.exe", "C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding", 9},
    {"C:\\Program Files (x86)\\Microsoft\\EdgeUpdate\\MicrosoftEdgeUpdate.exe",
     "\"C:\\Program Files (x86)\\Microsoft\\EdgeUpdate\\MicrosoftEdgeUpdate.exe\" /ua /installsource scheduler", 1},
};

static void run_program(host *h, ticks t, ticks end, const process *parent, const session *s, const program *p)
{
    const process *run = host_start(h, host_near(h, t), parent, s, p->image, p->line);
    ticks stop = t + p->minutes * TICKS_MIN + host_random(h, 40 * TICKS_S);
    host_exit(h, stop < end ? stop : end, run, 0);
}

static void work(host *h, const boot *b, ticks from, ticks to)
{
    bool full = host_settings(h)->full;
    unsigned n = full ? 22 : 7, m = full ? 26 : 5;
    for (unsigned i = 0; i < n; i++)
        run_program(h, from + (to - from) * i / n + host_random(h, 5 * TICKS_MIN), to, b->explorer, b->user,
                    &office[(i + host_random(h, 3)) % (sizeof office / sizeof office[0])]);
    for (unsigned i = 0; i < m; i++)
        run_program(h, from + (to - from) * i / m + host_random(h, 8 * TICKS_MIN), to, i % 2 ? b->dcom : b->schedule,
                    b->local_system, &upkeep[(i + host_random(h, 2)) % (sizeof upkeep / sizeof upkeep[0])]);
    /* Services log on, members of groups are looked up. */
    for (unsigned i = 0; i < (full ? 14u : 5u); i++) {
        ticks t = from + (to - from) * i / (full ? 14 : 5) + host_random(h, 9 * TICKS_MIN);
        log_on(h, t, b, b->local_system, b->services);
        host_event(h, t + TICKS_MIN, &kind_sec_4799, b->lsass->pid, NULL, "Administrators", "Builtin", "S-1-5-32-544",
                   "S-1-5-18", machine(h), "WORKGROUP", "0x3e7", host_text(h, "0x%x", b->netsvcs->pid),
                   "C:\\Windows\\System32\\svchost.exe");
        if (i % 2 == 0)
            host_event(h, t + 2 * TICKS_MIN, &kind_sec_4798, b->lsass->pid, NULL, b->user->who.name, b->user->who.domain,
                       b->user->who.sid, b->user->who.sid, b->user->who.name, b->user->who.domain, logon_text(h, b->user),
                       host_text(h, "0x%x", b->explorer->pid), "C:\\Windows\\explorer.exe");
    }
    for (unsigned i = 0; i < (full ? 8u : 4u); i++) {
        ticks t = from + (to - from) * i / (full ? 8 : 4) + host_random(h, 20 * TICKS_MIN);
        host_strings(h, t, &kind_spp_16394, 4504, NULL, NULL, 0);
        host_strings(h, t + 30 * TICKS_S, &kind_spp_16384, 4504, NULL, NULL, 2, host_iso_text(h, t + TICKS_DAY),
                     "RulesEngine");
        host_event(h, t + 2 * TICKS_MIN, &kind_kernel_16, b->netsvcs->pid, "S-1-5-18", "87",
                   "\\??\\C:\\Users\\maria\\AppData\\Local\\Packages\\Microsoft.Windows.Search_cw5n1h2txyewy\\Settings\\settings.dat",
                   "3", "2");
        host_event(h, t + 3 * TICKS_MIN, &kind_wmi_5858, b->winmgmt->pid, "S-1-5-18",
                   "{00000000-0000-0000-0000-000000000000}", host_computer(h), "NT AUTHORITY\\SYSTEM",
                   host_text(h, "%u", b->netsvcs->pid), "Unknown",
                   "Start IWbemServices::ExecQuery - ROOT\\CIMV2 : SELECT ProductType FROM Win32_OperatingSystemX", "0x80041010",
                   "Unknown");
        host_event(h, t + 3 * TICKS_MIN + 1000, &kind_wmi_5857, b->wmiprvse->pid, "S-1-5-20", "CIMWin32", "0x0",
                   "wmiprvse.exe", host_text(h, "%u", b->wmiprvse->pid), "%systemroot%\\system32\\wbem\\cimwin32.dll");
    }
}

static void defender_day(host *h, const boot *b, ticks from, ticks to)
{
    const char *sig = host_text(h, "1.429.%u.0", 300 + (unsigned)host_random(h, 60));
    uint32_t pid = b->defender->pid;
    for (ticks t = b->start + TICKS_HOUR; t < to; t += TICKS_HOUR) {
        ticks off = host_settings(h)->unprotected;
        const char *state = off && t >= off ? "%%900" : "%%901";
        host_tag(h, "defender.health");
        host_event(h, t, &kind_defender_1150, pid, "S-1-5-18", DEFENDER_PRODUCT, PLATFORM, "", "1.1.25040.1", sig);
        host_event(h, t + 20000, &kind_defender_1151, pid, "S-1-5-18", DEFENDER_PRODUCT, PLATFORM, "", "1.1.25040.1",
                   "1.1.25040.1", sig, sig, sig, state, state, state, state, "0", "0", "0", "4294967295",
                   host_local_text(h, from), host_local_text(h, from), host_local_text(h, from),
                   host_local_text(h, from + 90 * TICKS_S), "2", "1/1/1601 12:00:00 AM", "1/1/1601 12:00:00 AM", "0",
                   "0x00080000");
        host_tag(h, NULL);
    }
    ticks t = from + 40 * TICKS_MIN;
    host_event(h, t, &kind_defender_2000, pid, "S-1-5-18", DEFENDER_PRODUCT, PLATFORM, sig, "1.429.299.0", "", "", "",
               "NT AUTHORITY", "NETWORK SERVICE", "S-1-5-20", "1", "AntiVirus", "2", "Delta", "1.1.25040.1", "1.1.25040.1");
    host_event(h, t + 4 * TICKS_S, &kind_scm_7045, b->services->pid, "S-1-5-18",
               host_text(h, "MpKsl%08x", (unsigned)host_random(h, 0xffffffffu)),
               host_text(h, "C:\\ProgramData\\Microsoft\\Windows Defender\\Definition Updates\\%s\\MpKslDrv.sys", host_guid(h)),
               "kernel mode driver", "system start", "");
    host_event(h, t + 5 * TICKS_MIN, &kind_defender_1000, pid, "S-1-5-18", DEFENDER_PRODUCT, PLATFORM, host_guid(h), "1",
               "Antimalware", "1", "Quick Scan", "NT AUTHORITY", "SYSTEM", "S-1-5-18", "");
    host_event(h, t + 7 * TICKS_MIN, &kind_defender_1001, pid, "S-1-5-18", DEFENDER_PRODUCT, PLATFORM, host_guid(h), "1",
               "Antimalware", "1", "Quick Scan", "NT AUTHORITY", "SYSTEM", "S-1-5-18", "0", "01", "49");
    host_event(h, t + 8 * TICKS_MIN, &kind_defender_5007, pid, "S-1-5-18", DEFENDER_PRODUCT, PLATFORM,
               host_text(h, "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Signature Updates\\SignatureUpdateCount = 0x%x", 4u),
               host_text(h, "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Signature Updates\\SignatureUpdateCount = 0x%x", 5u));
}

static void scheduled_scan(host *h, const boot *b, ticks t)
{
    const char *task = "\\Microsoft\\Windows\\Windows Defender\\Windows Defender Scheduled Scan", *id = host_guid(h);
    const char *image = "C:\\Program Files\\Windows Defender\\MpCmdRun.exe";
    uint32_t pid = b->schedule->pid;
    const process *p = host_start(h, t, b->schedule, b->local_system, image,
                                  "\"C:\\Program Files\\Windows Defender\\MpCmdRun.exe\" Scan -ScheduleJob -ScanTrigger 55");
    host_event(h, t + 100, &kind_task_107, pid, "S-1-5-18", task, id);
    host_event(h, t + 2000, &kind_task_129, pid, "S-1-5-18", task, "%ProgramFiles%\\Windows Defender\\MpCmdRun.exe",
               host_text(h, "%u", p->pid), "16384");
    host_event(h, t + 3000, &kind_task_100, pid, "S-1-5-18", task, "NT AUTHORITY\\SYSTEM", id);
    host_event(h, t + 3500, &kind_task_200, pid, "S-1-5-18", task, "%ProgramFiles%\\Windows Defender\\MpCmdRun.exe", id,
               host_text(h, "%u", p->pid));
    ticks end = t + 80 * TICKS_S;
    host_exit(h, end, p, 0);
    host_event(h, end + 20000, &kind_task_201, pid, "S-1-5-18", task, id, "%ProgramFiles%\\Windows Defender\\MpCmdRun.exe", "0",
               host_text(h, "%u", p->pid));
    host_event(h, end + 21000, &kind_task_102, pid, "S-1-5-18", task, "NT AUTHORITY\\SYSTEM", id);
    host_event(h, end + TICKS_MIN, &kind_task_140, pid, "S-1-5-18",
               "\\Microsoft\\Windows\\UpdateOrchestrator\\Schedule Scan", "NT AUTHORITY\\SYSTEM");
    host_event(h, end + TICKS_MIN + 900, &kind_sec_4702, b->lsass->pid, NULL, "S-1-5-18", machine(h), "WORKGROUP", "0x3e7",
               "\\Microsoft\\Windows\\UpdateOrchestrator\\Schedule Scan",
               "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<Task version=\"1.6\" "
               "xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\"><Actions Context=\"Author\"><Exec>"
               "<Command>%systemroot%\\system32\\usoclient.exe</Command><Arguments>StartScan</Arguments></Exec></Actions></Task>",
               "844424930132032", host_text(h, "%u", b->netsvcs->pid), host_text(h, "%u", b->services->pid), "0",
               host_computer(h));
}

static void updates(host *h, const boot *b, unsigned day, ticks t)
{
    static const char *const titles[] = {
        "Security Intelligence Update for Microsoft Defender Antivirus - KB2267602 (Version 1.429.331.0) - Current Channel (Broad)",
        "2025-05 Cumulative Update for Windows 10 Version 22H2 for x64-based Systems (KB5058379)",
        "Windows Malicious Software Removal Tool x64 - v5.134 (KB890830)",
        "9NBLGGH4NNS1-Microsoft.DesktopAppInstaller",
    };
    const char *title = titles[day % (sizeof titles / sizeof titles[0])], *id = host_guid(h);
    uint32_t pid = b->netsvcs->pid;
    host_event(h, t, &kind_update_44, pid, "S-1-5-18", title, id, "200");
    host_event(h, t + 50 * TICKS_S, &kind_update_43, pid, "S-1-5-18", title, id, "200");
    host_event(h, t + 55 * TICKS_S, &kind_scm_7040, b->services->pid, "S-1-5-18", "Windows Modules Installer",
               "demand start", "auto start", "TrustedInstaller");
    host_event(h, t + 130 * TICKS_S, &kind_update_19, pid, "S-1-5-18", title, id, "200",
               "{9482f4b4-e343-43b6-b170-9a65bc822c77}");
    host_event(h, t + 200 * TICKS_S, &kind_scm_7040, b->services->pid, "S-1-5-18", "Windows Modules Installer",
               "auto start", "demand start", "TrustedInstaller");
    host_event(h, t + 210 * TICKS_S, &kind_scm_7040, b->services->pid, "S-1-5-18",
               "Background Intelligent Transfer Service", "auto start", "demand start", "BITS");
    host_event(h, t + 300 * TICKS_S, &kind_firewall_2004, b->netsvcs->pid, "S-1-5-19", host_guid(h),
               "@{Microsoft.DesktopAppInstaller_1.25.389.0_x64__8wekyb3d8bbwe?ms-resource://x/resources/name}", "1", "", "",
               "1", "256", "", "", "3", "2147483647", "*", "*", "", "", "@{Microsoft.DesktopAppInstaller}", "1", "1", "0",
               "0", "0", "S-1-5-80-3088073201-1464728630-1879813800-1107566885-823218052",
               "C:\\Windows\\System32\\svchost.exe", "542", "65536", "0");
}

/* An updater that reconfigures its helper: a transaction of Windows Installer, and no install. */
static void vendor_update(host *h, const boot *b, ticks t)
{
    const char *code = "{60EC980A-BDA2-4CB6-A427-B07A5498B4CA}", *hex = host_ascii_hex(h, code);
    const process *updater = host_start(
        h, t, b->schedule, b->local_system, "C:\\Program Files (x86)\\Google\\Update\\GoogleUpdate.exe",
        "\"C:\\Program Files (x86)\\Google\\Update\\GoogleUpdate.exe\" /ua /installsource scheduler");
    const char *pid = host_text(h, "%u", updater->pid);
    const process *msiexec = host_start(h, t + TICKS_S, b->services, b->local_system, "C:\\Windows\\System32\\msiexec.exe",
                                        "C:\\Windows\\system32\\msiexec.exe /V");
    host_event(h, t + 3 * TICKS_S, &kind_restart_10000, msiexec->pid, "S-1-5-18", "0", host_text(h, "%llu", (unsigned long long)t));
    host_strings(h, t + 2 * TICKS_S, &kind_msi_1040, msiexec->pid, "S-1-5-18", NULL, 7, code, pid, "(NULL)", "(NULL)",
                 "(NULL)", "(NULL)", "");
    host_strings(h, t + 5 * TICKS_S, &kind_msi_11728, msiexec->pid, "S-1-5-18", hex, 7,
                 "Product: Google Update Helper -- Configuration completed successfully.", "(NULL)", "(NULL)", "(NULL)",
                 "(NULL)", "(NULL)", "");
    host_strings(h, t + 5 * TICKS_S + 100, &kind_msi_1035, msiexec->pid, "S-1-5-18", hex, 7, "Google Update Helper", "1.3.36.151",
                 "1033", "0", "Google LLC", "(NULL)", "");
    host_event(h, t + 6 * TICKS_S, &kind_restart_10001, msiexec->pid, "S-1-5-18", "0", host_text(h, "%llu", (unsigned long long)t));
    host_strings(h, t + 7 * TICKS_S, &kind_msi_1042, msiexec->pid, "S-1-5-18", NULL, 7, code, pid, "(NULL)", "(NULL)",
                 "(NULL)", "(NULL)", "");
    host_exit(h, t + 9 * TICKS_S, updater, 0);
    host_exit(h, t + 609 * TICKS_S, msiexec, 0);
}

/* The user opens a console once in a while. */
static void console(host *h, const boot *b, unsigned day, ticks t)
{
    const process *p = host_start(h, t, b->explorer, b->user, "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
                                  "\"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe\" ");
    host_event(h, t + 600 * TICKS_MS, &kind_powershell_40961, p->pid, b->user->who.sid);
    host_event(h, t + 700 * TICKS_MS, &kind_powershell_53504, p->pid, b->user->who.sid, host_text(h, "%u", p->pid),
               "DefaultAppDomain");
    host_event(h, t + 1500 * TICKS_MS, &kind_powershell_40962, p->pid, b->user->who.sid);
    const char *state = host_text(h,
                                  "\tSequenceNumber=13\r\n\r\n\tHostName=ConsoleHost\r\n\tHostVersion=5.1.19041.5848\r\n"
                                  "\tHostId=%s\r\n\tHostApplication=%s\r\n\tEngineVersion=5.1.19041.5848\r\n\tRunspaceId=%s\r\n"
                                  "\tPipelineId=\r\n\tCommandName=\r\n\tCommandType=\r\n\tScriptName=\r\n\tCommandPath=\r\n\tCommandLine=",
                                  host_guid(h), p->image, host_guid(h));
    host_tag(h, host_text(h, "console.%u", day));
    host_strings(h, t + 800 * TICKS_MS, &kind_powershell_600, p->pid, NULL, NULL, 3, "Registry", "Started",
                 host_text(h, "\tProviderName=Registry\r\n\tNewProviderState=Started\r\n\r\n%s", state));
    host_tag(h, NULL);
    host_strings(h, t + 1400 * TICKS_MS, &kind_powershell_400, p->pid, NULL, NULL, 3, "Available", "None",
                 host_text(h, "\tNewEngineState=Available\r\n\tPreviousEngineState=None\r\n\r\n%s", state));
    host_strings(h, t + 9 * TICKS_MIN, &kind_powershell_403, p->pid, NULL, NULL, 3, "Stopped", "Available",
                 host_text(h, "\tNewEngineState=Stopped\r\n\tPreviousEngineState=Available\r\n\r\n%s", state));
    host_exit(h, t + 9 * TICKS_MIN + 100 * TICKS_MS, p, 0);
}

void everyday(host *h)
{
    const host_options *o = host_settings(h);
    unsigned days = (unsigned)((o->last - o->first + TICKS_DAY - 1) / TICKS_DAY);
    ticks stopped = 0;
    for (unsigned day = 0; day < days; day++) {
        bool renamed = o->born_as && day == o->renamed;
        if (renamed)
            host_rename(h, o->computer);
        boot b = {.start = host_at(h, day, 7, 48, 0) + host_random(h, 4 * TICKS_MIN)};
        b.stop = day + 1 < days ? host_at(h, day, 18, 4, 0) + host_random(h, 9 * TICKS_MIN) : 0;
        ticks end = b.stop ? b.stop - TICKS_MIN : o->last;
        b.local_system = host_session(h, &local_system, 5, SYSTEM_LABEL, 0);
        b.local_service = host_session(h, &local_service, 5, SYSTEM_LABEL, 0);
        b.network_service = host_session(h, &network_service, 5, SYSTEM_LABEL, 0);
        b.system = host_process(h, b.start, NULL, b.local_system, 4, "", "");
        boot_security(h, b.start + 4 * TICKS_S, &b);
        ticks up = b.start + 14 * TICKS_S;
        boot_services(h, up, &b);
        if (renamed) {
            host_tag(h, "renamed.6011");
            host_strings(h, up - 2 * TICKS_MS, &kind_eventlog_6011, 0, NULL, NULL, 2, o->born_as, o->computer);
            host_tag(h, NULL);
        }
        boot_system(h, up, &b);
        if (stopped)
            shutdown_of_kernel(h, stopped, up + 50 * TICKS_MS);
        boot_applications(h, up, &b);
        if (day == 0)
            sysmon_configured(h, up + 5 * TICKS_S);
        ticks logon = b.start + 3 * TICKS_MIN + host_random(h, TICKS_MIN);
        user_logs_on(h, logon, &b);
        host_add_boot(h, &b);
        work(h, &b, logon + TICKS_MIN, end);
        defender_day(h, &b, logon, end);
        scheduled_scan(h, &b, logon + 95 * TICKS_MIN);
        updates(h, &b, day, logon + 25 * TICKS_MIN);
        if (host_at(h, day, 12, 0, 0) < end)
            uptime(h, host_at(h, day, 12, 0, 0) + host_random(h, TICKS_S), &b);
        if (day % 3 == 1)
            vendor_update(h, &b, logon + 130 * TICKS_MIN);
        if (o->full)
            console(h, &b, day, logon + 190 * TICKS_MIN);
        if (b.stop)
            shut_down(h, host_boot_at(h, day));
        stopped = b.stop;
    }
}
