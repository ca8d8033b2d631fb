/* Detections, and Defender switched off. */
#include "writer/story.h"

#define PRODUCT "Microsoft Defender Antivirus", "4.18.25040.2"

typedef struct detection {
    const char *id, *threat, *threat_id, *severity, *category_id, *category, *path, *process, *user;
    ticks found;
    unsigned source, execution, before;
} detection;

static void detect(host *h, ticks t, const ew_kind *kind, const detection *d, unsigned status, unsigned state, unsigned action,
                   const char *error)
{
    static const char *const actions[] = {"Unknown", "Clean", "Quarantine", "Remove"};
    static const char *const executions[] = {"Unknown", "Suspended", "Allowed", "Executing"};
    bool ok = error[9] == '0', decided = action != 9;
    host_event(h, t, kind, host_boot(h, t)->defender->pid, "S-1-5-18", PRODUCT, d->id,
               host_text(h, "%.23sZ", host_iso_text(h, d->found)), "", "", d->threat_id, d->threat, "5", d->severity,
               d->category_id, d->category,
               host_text(h, "https://go.microsoft.com/fwlink/?linkid=37020&name=%s&threatid=%s&enterprise=0", d->threat,
                         d->threat_id),
               host_text(h, "%u", status), "", host_text(h, "%u", state), host_text(h, "%u", d->source),
               d->source == 3 ? "Real-Time Protection" : "System", d->process, d->user, "", d->path, "1", "Local machine",
               host_text(h, "%u", d->execution), executions[d->execution % 4], "0", "Concrete", host_text(h, "%u", d->before),
               host_text(h, "%u", action), decided ? actions[action % 4] : "Not Applicable", "", error,
               ok ? "The operation completed successfully. " : "The program couldn't remove the threat.", "", "0", "0",
               "No additional actions required", decided ? "NT AUTHORITY\\SYSTEM" : "", "",
               "AV: 1.429.331.0, AS: 1.429.331.0, NIS: 1.429.331.0", "AM: 1.1.25040.1, NIS: 1.1.25040.1");
}

/* Found when the browser had written it, and quarantined before anybody opened it. */
static void tell_quarantined(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, 3, 15, 20, 8));
    const detection d = {.id = "{3C1D7A52-6E0B-4F58-9A41-D2C7B8E90F13}", .threat = "Trojan:Win32/Example.A!ml",
                         .threat_id = "2147735505", .severity = "Severe", .category_id = "8", .category = "Trojan",
                         .path = "file:_C:\\Users\\maria\\Downloads\\invoice.exe",
                         .process = "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe", .user = "WS07\\maria",
                         .found = t - 90 * TICKS_MS, .source = 3, .execution = 1};
    host_tag(h, "quarantined.1116");
    detect(h, t, &kind_defender_1116, &d, 1, 1, 9, "0x00000000");
    host_tag(h, "quarantined.1117");
    detect(h, t + 6 * TICKS_S, &kind_defender_1117, &d, 3, 2, 2, "0x00000000");
    host_tag(h, NULL);
}

/* The remediation fails, and the process goes on: it connects and starts a shell afterwards. */
static void tell_ran_on(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, DAY_OF_ATTACK, 12, 10, 5)), found = host_near(h, host_at(h, DAY_OF_ATTACK, 12, 14, 1));
    host_tag(h, "ranon.start");
    const process *p = host_start(h, t, s->eve_shell, s->eve, "C:\\Users\\eve\\AppData\\Local\\Temp\\a.exe", "a.exe  -k");
    host_tag(h, "ranon.before");
    host_connects(h, t + 3 * TICKS_S, p, "203.0.113.7", 443);
    const detection d = {.id = "{91B4E0F6-2D7C-4A83-B5E9-0C6F1A2D3B47}", .threat = "Trojan:Win32/Example.B!ml",
                         .threat_id = "2147741622", .severity = "Severe", .category_id = "8", .category = "Trojan",
                         .path = host_text(h, "file:_C:\\Users\\eve\\AppData\\Local\\Temp\\a.exe; process:_pid:%u,ProcessStart:%llu",
                                           p->pid, (unsigned long long)p->start),
                         .process = "C:\\Users\\eve\\AppData\\Local\\Temp\\a.exe", .user = "WS07\\eve", .found = found - 50 * TICKS_MS,
                         .source = 3, .execution = 3};
    host_tag(h, "ranon.1116");
    detect(h, found, &kind_defender_1116, &d, 1, 1, 9, "0x00000000");
    host_tag(h, "ranon.1119");
    detect(h, found + 6 * TICKS_S, &kind_defender_1119, &d, 104, 5, 3, "0x80508017");
    host_tag(h, "ranon.later");
    host_connects(h, found + 2 * TICKS_MIN, p, "203.0.113.7", 443);
    const process *shell = host_start(h, found + 4 * TICKS_MIN, p, s->eve, "C:\\Windows\\System32\\cmd.exe",
                                      "cmd.exe /c whoami /all");
    host_start(h, found + 4 * TICKS_MIN + 30 * TICKS_MS, shell, s->eve, "C:\\Windows\\System32\\whoami.exe", "whoami  /all");
    host_exit(h, found + 4 * TICKS_MIN + 200 * TICKS_MS, shell, 0);
    host_exit(h, found + 16 * TICKS_MIN, p, 1);
    host_tag(h, NULL);
}

/* It had run for four minutes when its file was found and quarantined. */
static void tell_ran_before(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, 3, 10, 31, 20)), found = t + 4 * TICKS_MIN;
    const boot *b = host_boot(h, t);
    const char *image = "C:\\Users\\maria\\AppData\\Local\\Temp\\setup_x.exe";
    host_tag(h, "ranbefore.start");
    const process *p = host_start(h, t, b->explorer, b->user, image, host_text(h, "\"%s\" ", image));
    host_tag(h, "ranbefore.activity");
    host_connects(h, t + 2 * TICKS_S, p, "203.0.113.44", 443);
    host_creates_file(h, t + 5 * TICKS_S, p, "C:\\Users\\maria\\AppData\\Roaming\\upd.dat");
    const detection d = {.id = "{5E20C1B8-7F43-4D6A-8B92-E1A0D4C3F658}", .threat = "TrojanDownloader:Win32/Example.C",
                         .threat_id = "2147718804", .severity = "Severe", .category_id = "4", .category = "Trojan Downloader",
                         .path = host_text(h, "file:_%s", image), .process = "Unknown", .user = "NT AUTHORITY\\SYSTEM",
                         .found = found - 60 * TICKS_MS, .source = 2, .execution = 0};
    host_tag(h, "ranbefore.1116");
    detect(h, found, &kind_defender_1116, &d, 1, 1, 9, "0x00000000");
    host_tag(h, "ranbefore.exit");
    host_exit(h, found + 5 * TICKS_S, p, 1);
    host_tag(h, "ranbefore.1117");
    detect(h, found + 6 * TICKS_S, &kind_defender_1117, &d, 3, 2, 2, "0x00000000");
    host_tag(h, NULL);
}

/* The file could not be removed, and was started once more half an hour later. */
static void tell_launched_again(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, 3, 16, 2, 47)), again = t + 31 * TICKS_MIN;
    const boot *b = host_boot(h, t);
    const char *image = "C:\\Users\\Public\\helper.exe";
    const detection d = {.id = "{C7A91E34-0B5D-4E2F-A683-94D7F0B1C2E5}", .threat = "Backdoor:Win32/Example.D",
                         .threat_id = "2147690012", .severity = "Severe", .category_id = "6", .category = "Backdoor",
                         .path = host_text(h, "file:_%s", image), .process = "C:\\Windows\\explorer.exe", .user = "WS07\\maria",
                         .found = t - 70 * TICKS_MS, .source = 3, .execution = 1};
    host_tag(h, "again.1116");
    detect(h, t, &kind_defender_1116, &d, 1, 1, 9, "0x00000000");
    host_tag(h, "again.1118");
    detect(h, t + 5 * TICKS_S, &kind_defender_1118, &d, 103, 4, 2, "0x80508021");
    host_tag(h, "again.start");
    const process *p = host_start(h, again, b->explorer, b->user, image, host_text(h, "\"%s\" ", image));
    host_tag(h, "again.activity");
    host_connects(h, again + 2 * TICKS_S, p, "203.0.113.9", 443);
    host_tag(h, "again.exit");
    host_exit(h, again + 12 * TICKS_MIN, p, 0);
    host_tag(h, NULL);
}

static void tell_excluded(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, DAY_OF_ATTACK, 13, 12, 19));
    host_tag(h, "excluded.command");
    run_powershell(s, t, s->eve_shell, s->eve, "Add-MpPreference -ExclusionPath C:\\Users\\Public\\Tools", 4 * TICKS_S);
    host_tag(h, "excluded.5007");
    host_event(h, t + 1800 * TICKS_MS, &kind_defender_5007, host_boot(h, t)->defender->pid, "S-1-5-18", PRODUCT, "",
               "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Exclusions\\Paths\\C:\\Users\\Public\\Tools = 0x0");
    host_tag(h, NULL);
}

static void tell_switched_off(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, DAY_OF_ATTACK, 13, 15, 52));
    uint32_t pid = host_boot(h, t)->defender->pid;
    host_tag(h, "off.command");
    run_powershell(s, t, s->eve_shell, s->eve, "Set-MpPreference -DisableRealtimeMonitoring $true", 5 * TICKS_S);
    host_tag(h, "off.5007");
    host_event(h, t + 1900 * TICKS_MS, &kind_defender_5007, pid, "S-1-5-18", PRODUCT,
               "Default\\Real-Time Protection\\DisableRealtimeMonitoring = 0x0",
               "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Real-Time Protection\\DisableRealtimeMonitoring = 0x1");
    host_tag(h, "off.5001");
    host_event(h, t + 2100 * TICKS_MS, &kind_defender_5001, pid, "S-1-5-18", PRODUCT);
    host_tag(h, NULL);
}

#define DETECTED(id) .claim = "detection-handled", .parameters = "detection=*" id "*"

const story defender_stories[] = {
    {.name = "quarantined",
     .tells = "a download is quarantined before it ran",
     .tell = tell_quarantined,
     .truths = {{DETECTED("3C1D7A52-6E0B-4F58-9A41-D2C7B8E90F13"), .words = "achieved|achieved-persists",
                 .forbidden = "failed|no-effect|conflicting", .tags = "quarantined.1116|quarantined.1117"}},
     .twins = {{.name = "quarantined-no-outcome", .why = "no record says what became of the detection",
                .cuts = {{CUT_DROP, NULL, "quarantined.1117"}},
                .truths = {{DETECTED("3C1D7A52-6E0B-4F58-9A41-D2C7B8E90F13"),
                            .words = "present|not-recorded|no-effect|unsupported|attempted",
                            .forbidden = "achieved|achieved-persists|failed", .tags = "quarantined.1116"}}}}},
    {.name = "ran-on",
     .tells = "the remediation fails and the process goes on",
     .tell = tell_ran_on,
     .truths = {{DETECTED("91B4E0F6-2D7C-4A83-B5E9-0C6F1A2D3B47"), .words = "failed", .forbidden = "achieved|achieved-persists",
                 .tags = "ranon.1116|ranon.1119"},
                {.claim = "program-ran", .parameters = "program=C:\\Users\\eve\\AppData\\Local\\Temp\\a.exe", .words = "ran",
                 .forbidden = "blocked|failed-to-start|attempted", .tags = "ranon.start"}},
     .twins = {{.name = "ran-on-no-outcome", .why = "neither the failure nor anything later was recorded",
                .cuts = {{CUT_DROP, NULL, "ranon.1119"}, {CUT_DROP, NULL, "ranon.later"}},
                .truths = {{DETECTED("91B4E0F6-2D7C-4A83-B5E9-0C6F1A2D3B47"),
                            .words = "present|not-recorded|no-effect|unsupported|attempted",
                            .forbidden = "failed|achieved", .tags = "ranon.1116"}}},
               {.name = "ran-on-start-only", .why = "nothing of the process but its creation was recorded",
                .cuts = {{CUT_DROP, NULL, "ranon.before"}, {CUT_DROP, NULL, "ranon.later"}, {CUT_DROP, NULL, "ranon.11*"}},
                .truths = {{.claim = "program-ran", .parameters = "program=C:\\Users\\eve\\AppData\\Local\\Temp\\a.exe",
                            .words = "attempted", .forbidden = "ran|crashed|failed-to-start", .tags = "ranon.start"}}}}},
    {.name = "ran-before-quarantine",
     .tells = "malware ran for four minutes before its file was quarantined",
     .tell = tell_ran_before,
     .truths = {{DETECTED("5E20C1B8-7F43-4D6A-8B92-E1A0D4C3F658"), .words = "achieved|achieved-persists",
                 .forbidden = "failed|conflicting", .tags = "ranbefore.1116|ranbefore.1117", .says = "run"},
                {.claim = "program-ran", .parameters = "program=C:\\Users\\maria\\AppData\\Local\\Temp\\setup_x.exe", .words = "ran",
                 .forbidden = "blocked|failed-to-start", .tags = "ranbefore.start"}},
     .twins = {{.name = "quarantined-maybe-ran", .why = "nothing shows that the process reached its own code",
                .cuts = {{CUT_DROP, NULL, "ranbefore.activity"}, {CUT_DROP, NULL, "ranbefore.exit"}},
                .truths = {{.claim = "program-ran", .parameters = "program=C:\\Users\\maria\\AppData\\Local\\Temp\\setup_x.exe",
                            .words = "attempted", .forbidden = "ran|blocked", .tags = "ranbefore.start"},
                           {DETECTED("5E20C1B8-7F43-4D6A-8B92-E1A0D4C3F658"), .words = "achieved|achieved-persists",
                            .tags = "ranbefore.1116"}}}}},
    {.name = "launched-again",
     .tells = "a failed remediation, and the same program is started half an hour later",
     .tell = tell_launched_again,
     .truths = {{DETECTED("C7A91E34-0B5D-4E2F-A683-94D7F0B1C2E5"), .words = "failed", .forbidden = "achieved|achieved-persists",
                 .tags = "again.1116|again.1118"},
                {.claim = "program-ran", .parameters = "program=C:\\Users\\Public\\helper.exe", .words = "ran",
                 .forbidden = "blocked", .tags = "again.start"}},
     .twins = {{.name = "not-launched-again", .why = "the program was not started any more",
                .cuts = {{CUT_DROP, NULL, "again.start"}, {CUT_DROP, NULL, "again.activity"}, {CUT_DROP, NULL, "again.exit"}},
                .truths = {{DETECTED("C7A91E34-0B5D-4E2F-A683-94D7F0B1C2E5"), .words = "failed", .tags = "again.1116|again.1118"},
                           {.claim = "program-ran", .parameters = "program=C:\\Users\\Public\\helper.exe",
                            .forbidden = "ran|attempted|crashed|failed-to-start"}}}}},
    {.name = "exclusion-added",
     .tells = "a folder is taken out of Defender's scans",
     .tell = tell_excluded,
     .truths = {{.claim = "defender-exclusion-added", .parameters = "exclusion=C:\\Users\\Public\\Tools|kind=path",
                 .words = "achieved", .forbidden = "failed|no-effect", .tags = "excluded.command|excluded.5007"}},
     .twins = {{.name = "exclusion-no-5007", .why = "no change of the configuration was recorded",
                .cuts = {{CUT_DROP, NULL, "excluded.5007"}},
                .truths = {{.claim = "defender-exclusion-added", .parameters = "exclusion=C:\\Users\\Public\\Tools",
                            .words = "no-effect|ran|attempted", .forbidden = "achieved|failed", .tags = "excluded.command"}}}}},
    {.name = "defender-disabled",
     .tells = "real-time protection is switched off",
     .tell = tell_switched_off,
     .truths = {{.claim = "defender-disabled", .words = "achieved", .forbidden = "failed|no-effect",
                 .tags = "off.command|off.5001"}},
     .twins = {{.name = "defender-stays-on", .why = "no record of Defender says that it was switched off",
                .cuts = {{CUT_DROP, NULL, "off.5007"}, {CUT_DROP, NULL, "off.5001"}},
                .truths = {{.claim = "defender-disabled", .words = "no-effect|ran|attempted", .forbidden = "achieved|failed",
                            .tags = "off.command"}}},
               {.name = "defender-not-collected", .why = "the log of Defender was not collected",
                .cuts = {{CUT_WITHOUT, "Microsoft-Windows-Windows Defender/Operational", NULL}},
                .truths = {{.claim = "defender-disabled", .words = "ran|attempted", .forbidden = "achieved|failed|no-effect"}}}}},
    {.name = NULL},
};
