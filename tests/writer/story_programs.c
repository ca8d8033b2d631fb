/* Programs that did not start, and programs that crashed. */
#include "writer/story.h"

/* The window of a missing DLL is shown until somebody closes it. */
static void missing_dll(scene *s, ticks t, const char *prefix, const char *image, const char *base, const char *dll)
{
    host *h = s->h;
    const boot *b = host_boot(h, t);
    host_tag(h, host_text(h, "%s.start", prefix));
    const process *p = host_start(h, t, b->explorer, b->user, image, host_text(h, "\"%s\" ", image));
    host_tag(h, host_text(h, "%s.popup", prefix));
    host_event(h, t + 60 * TICKS_MS, &kind_popup_26, 668, "S-1-5-18", host_text(h, "%s - System Error", base),
               host_text(h, "The code execution cannot proceed because %s was not found. Reinstalling the program may "
                            "fix this problem. ", dll));
    host_tag(h, host_text(h, "%s.exit", prefix));
    host_exit(h, t + 7 * TICKS_S, p, 0xc0000135u);
    host_tag(h, NULL);
}

static void tell_missing_dll(scene *s)
{
    ticks t = host_near(s->h, host_at(s->h, 2, 9, 40, 12));
    missing_dll(s, t, "popup", "C:\\Tools\\conv\\imgconv.exe", "imgconv.exe", "MSVCP140.dll");
}

static void tell_missing_then_running(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, 2, 13, 5, 31));
    const boot *b = host_boot(h, t);
    const char *image = "C:\\Tools\\scan\\netscan.exe";
    missing_dll(s, t, "later", image, "netscan.exe", "VCRUNTIME140.dll");
    ticks again = t + 5 * TICKS_MIN;
    host_tag(h, "later.second");
    const process *p = host_start(h, again, b->explorer, b->user, image, host_text(h, "\"%s\" ", image));
    host_tag(h, "later.activity");
    host_connects(h, again + 4 * TICKS_S, p, "198.51.100.20", 443);
    host_creates_file(h, again + 9 * TICKS_S, p, "C:\\Users\\maria\\Documents\\scan.csv");
    host_tag(h, "later.end");
    host_exit(h, again + 3 * TICKS_MIN, p, 0);
    host_tag(h, NULL);
}

static void tell_crash(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, 2, 11, 20, 40)), end = t + 14 * TICKS_MIN + 3 * TICKS_S;
    const boot *b = host_boot(h, t);
    const char *image = "C:\\Program Files\\Example\\planner.exe", *report = "2f6d1c7e-8b4a-4b1d-9e35-70c1a2f4d6b8";
    host_tag(h, "crash.start");
    const process *p = host_start(h, t, b->explorer, b->user, image, host_text(h, "\"%s\" ", image));
    host_tag(h, "crash.1000");
    host_strings(h, end, &kind_app_error_1000, 0, NULL, NULL, 15, "planner.exe", "3.1.0.77", "66a1f0c2", "planner.exe",
                 "3.1.0.77", "66a1f0c2", "c0000005", "000000000001a2f4", host_text(h, "%x", p->pid),
                 host_text(h, "%016llx", (unsigned long long)p->start), image, image, report, "", "");
    host_tag(h, "crash.exit");
    host_exit(h, end + 900 * TICKS_MS, p, 0xc0000005u);
    host_tag(h, "crash.1001");
    host_strings(h, end + 3 * TICKS_S, &kind_wer_1001, 0, NULL, NULL, 23, "1463829473829461", "4", "APPCRASH", "Not available",
                 "0", "planner.exe", "3.1.0.77", "66a1f0c2", "planner.exe", "3.1.0.77", "66a1f0c2", "c0000005",
                 "000000000001a2f4", "", "", "\\\\?\\C:\\ProgramData\\Microsoft\\Windows\\WER\\Temp\\WER41A2.tmp.dmp",
                 "\\\\?\\C:\\ProgramData\\Microsoft\\Windows\\WER\\ReportArchive\\AppCrash_planner.exe_7f1c2b", "", "0", report,
                 "268435456", "a1c7d3e95b60f284", "0");
    host_tag(h, NULL);
}

/* The command for an account crashes before the log that would have its record is cleared. */
static void tell_crashed_command(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, 1, 8, 40, 12)), end = t + 900 * TICKS_MS;
    const boot *b = host_boot(h, t);
    const process *shell = admin_console(s, t - TICKS_MIN);
    const char *image = "C:\\Windows\\System32\\net1.exe", *report = "7c1d52f0-41d7-4c55-9a0e-5a3f0c9b2d14";
    host_tag(h, "broken.command");
    const process *p = host_start(h, t, shell, b->user_admin, image, "C:\\Windows\\system32\\net1  user intern Start123 /add");
    host_tag(h, "broken.1000");
    host_strings(h, end, &kind_app_error_1000, 0, NULL, NULL, 15, "net1.exe", "10.0.19041.1", "5c2f0f2e", "netapi32.dll",
                 "10.0.19041.1", "1b2c3d4e", "c0000005", "0000000000004a10", host_text(h, "%x", p->pid),
                 host_text(h, "%016llx", (unsigned long long)p->start), image, "C:\\Windows\\System32\\netapi32.dll", report, "", "");
    host_tag(h, "broken.exit");
    host_exit(h, end + 100 * TICKS_MS, p, 0xc0000005u);
    host_tag(h, NULL);
}

static void tell_unused(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, 7, 9, 30, 30));
    host_tag(h, "unused.created");
    host_creates_file(h, t, host_boot(h, t)->explorer, UNUSED_PROGRAM);
    host_tag(h, NULL);
}

/* The scheduler could not start the program of a task: the antivirus refused it. */
static void tell_blocked(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, 3, 14, 10, 0));
    const boot *b = host_boot(h, t);
    const char *task = "\\Example Updater", *id = host_guid(h), *image = "C:\\Users\\Public\\drop.exe";
    host_tag(h, "blocked.107");
    host_event(h, t, &kind_task_107, b->schedule->pid, "S-1-5-18", task, id);
    host_tag(h, "blocked.203");
    host_event(h, t + 200 * TICKS_MS, &kind_task_203, b->schedule->pid, "S-1-5-18", task, id, image, "2147942625",
               host_text(h, "%u", b->schedule->pid));
    host_tag(h, NULL);
}

const story program_stories[] = {
    {.name = "missing-dll",
     .tells = "a program ends while loading: a DLL is missing, and a window says so",
     .tell = tell_missing_dll,
     .truths = {{.claim = "program-ran", .parameters = "program=C:\\Tools\\conv\\imgconv.exe", .words = "failed-to-start",
                 .forbidden = "ran|crashed|attempted|blocked", .tags = "popup.start|popup.popup"},
                {.claim = "program-ran", .words = "not-recorded|unsupported", .check = "=program=C:\\Nowhere\\unknown.exe"}},
     .twins = {{.name = "missing-dll-no-window", .why = "no window was recorded: the exit status alone says it",
                .cuts = {{CUT_DROP, NULL, "popup.popup"}},
                .truths = {{.claim = "program-ran", .parameters = "program=C:\\Tools\\conv\\imgconv.exe",
                            .words = "failed-to-start", .forbidden = "ran", .tags = "popup.start"}}},
               {.name = "missing-dll-start-only", .why = "neither window nor end: only that a process was created",
                .cuts = {{CUT_DROP, NULL, "popup.popup"}, {CUT_DROP, NULL, "popup.exit"}},
                .truths = {{.claim = "program-ran", .parameters = "program=C:\\Tools\\conv\\imgconv.exe", .words = "attempted",
                            .forbidden = "ran|failed-to-start|crashed", .tags = "popup.start"}}}}},
    {.name = "missing-dll-then-running",
     .tells = "the same program, five minutes later, runs: the popup was about the first run only",
     .tell = tell_missing_then_running,
     .truths = {{.claim = "program-ran", .parameters = "program=C:\\Tools\\scan\\netscan.exe", .words = "ran",
                 .forbidden = "crashed|blocked|conflicting", .tags = "|later.activity"}},
     .twins = {{.name = "missing-dll-never-again", .why = "there was no second run",
                .cuts = {{CUT_DROP, NULL, "later.second"}, {CUT_DROP, NULL, "later.activity"}, {CUT_DROP, NULL, "later.end"}},
                .truths = {{.claim = "program-ran", .parameters = "program=C:\\Tools\\scan\\netscan.exe",
                            .words = "failed-to-start", .forbidden = "ran|conflicting"}}}}},
    {.name = "crashed-command",
     .tells = "the command for an account crashes; the Security log of that time was cleared later",
     .tell = tell_crashed_command,
     .truths = {{.claim = "account-created", .parameters = "account=intern", .words = "crashed",
                 .forbidden = "achieved|ran|no-effect|failed|attempted", .tags = "|broken.1000"},
                {.claim = "program-ran", .parameters = "program=C:\\Windows\\System32\\net1.exe|run=*", .words = "crashed",
                 .forbidden = "", .tags = "|broken.1000"}},
     .twins = {{.name = "crashed-command-start-only", .why = "no record of the crash and of the end",
                .cuts = {{CUT_DROP, NULL, "broken.1000"}, {CUT_DROP, NULL, "broken.exit"}},
                .truths = {{.claim = "account-created", .parameters = "account=intern", .words = "attempted",
                            .forbidden = "crashed|achieved|ran|failed"}}}}},
    {.name = "unused",
     .tells = "a program comes to the host and is never launched",
     .tell = tell_unused,
     .truths = {{.claim = "program-ran", .parameters = "program=" UNUSED_PROGRAM, .forbidden = "ran|attempted|crashed|failed-to-start"}}},
    {.name = "task-blocked",
     .tells = "the antivirus refuses the program of a task",
     .tell = tell_blocked,
     .truths = {{.claim = "task-ran", .parameters = "task=\\Example Updater", .words = "blocked",
                 .forbidden = "achieved|ran|failed-to-start|failed", .tags = "|blocked.203"},
                {.claim = "program-ran", .parameters = "program=C:\\Users\\Public\\drop.exe", .words = "blocked",
                 .forbidden = "ran|failed-to-start|crashed"}},
     .twins = {{.name = "task-triggered-only", .why = "no record of the refusal",
                .cuts = {{CUT_DROP, NULL, "blocked.203"}},
                .truths = {{.claim = "task-ran", .parameters = "task=\\Example Updater",
                            .forbidden = "blocked|ran|achieved|failed|failed-to-start"},
                           {.claim = "program-ran", .parameters = "program=C:\\Users\\Public\\drop.exe", .forbidden = "blocked|ran"}}}}},
    {.name = "crash",
     .tells = "a program runs for 14 minutes and ends by an exception; the report names its pid and start",
     .tell = tell_crash,
     .truths = {{.claim = "program-ran", .parameters = "program=C:\\Program Files\\Example\\planner.exe", .words = "crashed",
                 .forbidden = "failed-to-start|attempted", .tags = "crash.start|crash.1000"}},
     .twins = {{.name = "crash-start-only", .why = "no record of the crash and of the end",
                .cuts = {{CUT_DROP, NULL, "crash.1000"}, {CUT_DROP, NULL, "crash.1001"}, {CUT_DROP, NULL, "crash.exit"}},
                .truths = {{.claim = "program-ran", .parameters = "program=C:\\Program Files\\Example\\planner.exe",
                            .words = "attempted", .forbidden = "crashed|failed-to-start|ran", .tags = "crash.start"}}}}},
    {.name = NULL},
};
