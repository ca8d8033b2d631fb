/* Stories that need a host of their own. */
#include "writer/story.h"

/* --- a hole in a log -------------------------------------------------------------------------- */

static void set_hole(host_options *o)
{
    o->full = true;
}

/* Security takes no records for two hours while the host is at work; an account command falls into them. */
static void tell_hole(scene *s)
{
    host *h = s->h;
    host_mute(h, "Security", host_at(h, 5, 13, 30, 0), host_at(h, 5, 15, 50, 0), "hole.mute");
    ticks t = host_near(h, host_at(h, 5, 14, 40, 30));
    const boot *b = host_boot(h, t);
    const process *shell = admin_console(s, t - TICKS_MIN);
    host_tag(h, "hole.command");
    run_net(s, t, shell, b->user_admin, "user ghost Night-2025! /add", 0);
    make_account(s, t + 30 * TICKS_MS, "ghost", "ghost", local_sid(h, 1004), b->user_admin);
    host_exit(h, t + TICKS_MIN, shell, 0);
}

/* --- a record that anybody can write ---------------------------------------------------------- */

#define SUITE "C:\\Users\\Public\\suite.msi"
#define SUITE_CODE "{A0B1C2D3-E4F5-4607-8192-A3B4C5D6E7F8}"

/* msiexec could not open its package; a record that says the contrary was written by a user's program. */
static void tell_forged(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, DAY_OF_ATTACK, 13, 20, 14));
    const boot *b = host_boot(h, t);
    host_tag(h, "suite.command");
    const process *client = host_start(h, t, s->eve_shell, s->eve, "C:\\Windows\\System32\\msiexec.exe", "msiexec  /i " SUITE " /qn");
    host_tag(h, "suite.exit-failed");
    host_exit(h, t + 2 * TICKS_S, client, 0x653);
    host_tag(h, "suite.forged");
    host_strings(h, t + 40 * TICKS_S, &kind_msi_11707, 0, NULL, NULL, 1, "Product: Trusted Suite -- Installation completed successfully.");
    host_strings(h, t + 41 * TICKS_S, &kind_msi_1033, 0, NULL, NULL, 1, "Trusted Suite 1.0 installed, status 0");
    const char *hex = host_ascii_hex(h, SUITE_CODE), *pid = host_text(h, "%u", client->pid), *user = s->eve->who.sid;
    uint32_t service = b->netsvcs->pid;
    host_tag(h, "suite.genuine-begin");
    host_strings(h, t + TICKS_S, &kind_msi_1040, service, user, NULL, 7, SUITE, pid, "(NULL)", "(NULL)", "(NULL)", "(NULL)", "");
    host_tag(h, "suite.genuine-11707");
    host_strings(h, t + 9 * TICKS_S, &kind_msi_11707, service, user, hex, 7,
                 "Product: Trusted Suite -- Installation completed successfully.", "(NULL)", "(NULL)", "(NULL)", "(NULL)", "(NULL)", "");
    host_tag(h, "suite.genuine-1033");
    host_strings(h, t + 9 * TICKS_S + 900, &kind_msi_1033, service, user, hex, 7, "Trusted Suite", "1.0", "1033", "0", "Example", "(NULL)", "");
    host_tag(h, "suite.genuine-end");
    host_strings(h, t + 10 * TICKS_S, &kind_msi_1042, service, "S-1-5-18", NULL, 7, SUITE, pid, "(NULL)", "(NULL)", "(NULL)", "(NULL)", "");
    host_tag(h, "suite.genuine-exit");
    host_exit(h, t + 11 * TICKS_S, client, 0);
    host_tag(h, NULL);
}

/* --- two machines that were renamed ----------------------------------------------------------- */

static void set_first(host_options *o)
{
    o->computer = "WS21";
    o->born_as = "WIN-7QK2M9D4RLA";
    o->renamed = 1;
    o->machine_sid = "S-1-5-21-2715482906-1130958417-3902648215";
    o->last = o->first + 3 * TICKS_DAY - 6 * TICKS_HOUR;
    o->audited = 0;
    o->sysmon = false;
}

static void set_second(host_options *o)
{
    set_first(o);
    o->computer = "WS22";
    o->born_as = "WIN-3FV8T1XH6PB";
    o->machine_sid = "S-1-5-21-1846207335-2609413378-771930542";
}

/* An account of the same name on both, made under the first name of the machine. */
static void make_lab(scene *s, bool and_delete)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, 0, 10, 20, 5));
    const boot *b = host_boot(h, t);
    const process *shell = admin_console(s, t - TICKS_MIN);
    host_tag(h, "lab.command");
    run_net(s, t, shell, b->user_admin, "user lab Bench-2025! /add", 0);
    make_account(s, t + 31 * TICKS_MS, "lab", "lab", local_sid(h, 1004), b->user_admin);
    host_exit(h, t + TICKS_MIN, shell, 0);
    if (!and_delete)
        return;
    t = host_near(h, host_at(h, 2, 9, 15, 45));
    b = host_boot(h, t);
    shell = admin_console(s, t - TICKS_MIN);
    host_tag(h, "lab.delete");
    run_net(s, t, shell, b->user_admin, "user lab /delete", 0);
    delete_account(s, t + 30 * TICKS_MS, "lab", "lab", local_sid(h, 1004), b->user_admin);
    host_exit(h, t + TICKS_MIN, shell, 0);
}

static void tell_first(scene *s)
{
    make_lab(s, true);
}

static void tell_second(scene *s)
{
    make_lab(s, false);
}

/* --- another machine that bears the name of the main one ---------------------------------------- */

static void set_namesake(host_options *o)
{
    o->machine_sid = "S-1-5-21-902447186-3318574025-2260913847";
    o->first += TICKS_DAY;
    o->last = o->first + 3 * TICKS_DAY - 6 * TICKS_HOUR;
    o->audited = 0;
    o->sysmon = false;
    o->seed = 11;
}

/* --- a clock that was set back ---------------------------------------------------------------- */

static void set_clock(host_options *o)
{
    o->step_at = o->first + 5 * TICKS_DAY + 10 * TICKS_HOUR + 30 * TICKS_MIN;
    o->step_end = o->first + 6 * TICKS_DAY;
    o->step = -3 * (int64_t)TICKS_HOUR;
}

/* Made before the clock was set back, deleted after it: by the clock the deletion comes first. */
static void tell_clock(scene *s)
{
    host *h = s->h;
    ticks made = host_near(h, host_at(h, 5, 10, 12, 31)), step = host_at(h, 5, 10, 30, 0), gone = host_near(h, host_at(h, 5, 10, 50, 8));
    const boot *b = host_boot(h, made);
    const process *shell = admin_console(s, made - TICKS_MIN);
    host_tag(h, "clock.command");
    run_net(s, made, shell, b->user_admin, "user temp1 Short-2025! /add", 0);
    make_account(s, made + 31 * TICKS_MS, "clock", "temp1", local_sid(h, 1004), b->user_admin);
    host_tag(h, "clock.tool");
    const process *tool = host_start(h, step - 2 * TICKS_S, shell, b->user_admin,
                                     "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
                                     "powershell  -Command \"Set-Date (Get-Date).AddHours(-3)\"");
    host_tag(h, "clock.4616");
    ticks before = step - TICKS_MS, after = host_shown(h, step);
    host_event(h, step + TICKS_MS, &kind_sec_4616, 4, NULL, SUBJECT_OF(h, b->user_admin),
               host_text(h, "%llu", (unsigned long long)before), host_text(h, "%llu", (unsigned long long)after),
               host_text(h, "0x%x", tool->pid), tool->image);
    host_tag(h, "clock.kernel");
    host_event(h, step + TICKS_MS, &kind_kernel_1, tool->pid, b->user_admin->who.sid, host_text(h, "%llu", (unsigned long long)after),
               host_text(h, "%llu", (unsigned long long)before), "1",
               "\\Device\\HarddiskVolume3\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", host_text(h, "%u", tool->pid));
    host_tag(h, NULL);
    host_exit(h, step + 2 * TICKS_S, tool, 0);
    host_tag(h, "clock.delete");
    run_net(s, gone, shell, b->user_admin, "user temp1 /delete", 0);
    delete_account(s, gone + 30 * TICKS_MS, "clock", "temp1", local_sid(h, 1004), b->user_admin);
    host_exit(h, gone + TICKS_MIN, shell, 0);
}

/* --- nobody asked for records of processes ----------------------------------------------------- */

static void set_unaudited(host_options *o)
{
    o->audited = o->last;
    o->sysmon = false;
}

/* A service is installed and never started: its program is named, and nothing shows a run of it. */
static void tell_unaudited(scene *s)
{
    host *h = s->h;
    ticks t = host_near(h, host_at(h, 3, 10, 5, 50));
    const boot *b = host_boot(h, t);
    host_tag(h, "later.7045");
    host_event(h, t, &kind_scm_7045, b->services->pid, b->user_admin->who.sid, "LaterSvc", "C:\\Windows\\Temp\\later.exe",
               "user mode service", "demand start", "LocalSystem");
    host_tag(h, NULL);
}

/* --- table ------------------------------------------------------------------------------------ */

const special specials[] = {
    {.name = "hole",
     .tells = "Security takes no records for two hours while the host is at work; an account command falls into them",
     .set = set_hole,
     .tell = tell_hole,
     .truths = {{.claim = "account-created", .parameters = "account=ghost", .words = "ran|attempted",
                 .forbidden = "achieved|no-effect|failed|other-effect|not-recorded"},
                {.claim = "event-log-stopped", .words = "achieved|achieved-removed|persists|attempted|ran"}},
     .twins = {{.name = "hole-none", .why = "the log took records all the time, and has none of an account",
                .cuts = {{CUT_DROP, NULL, "hole.mute"}, {CUT_DROP, NULL, "ghost.*"}},
                .truths = {{.claim = "account-created", .parameters = "account=ghost", .words = "no-effect",
                            .forbidden = "achieved|failed|other-effect", .tags = "hole.command"},
                           {.claim = "event-log-stopped", .forbidden = "achieved|achieved-persists|achieved-removed"}}},
               {.name = "hole-filled", .why = "the log took records all the time: the account was made",
                .cuts = {{CUT_DROP, NULL, "hole.mute"}},
                .truths = {{.claim = "account-created", .parameters = "account=ghost", .words = "achieved",
                            .tags = "hole.command|ghost.4720"}}}}},
    {.name = "forged",
     .tells = "records of Windows Installer that a user's program wrote: they have not the shape of the real ones",
     .tell = tell_forged,
     .cuts = {{CUT_DROP, NULL, "suite.genuine*"}},
     .truths = {{.claim = "product-installed", .parameters = "package=*suite.msi", .words = "failed|no-effect",
                 .forbidden = "achieved|achieved-persists|other-effect", .tags = "suite.command"},
                {.claim = "product-installed", .parameters = "product=*Trusted Suite*", .forbidden = "achieved|achieved-persists"}},
     .twins = {{.name = "forged-not", .why = "the records are those of Windows Installer",
                .cuts = {{CUT_DROP, NULL, "suite.forged"}, {CUT_DROP, NULL, "suite.exit-failed"}},
                .truths = {{.claim = "product-installed", .parameters = "product=Trusted Suite", .words = "achieved",
                            .tags = "suite.command|suite.genuine-1033"}}}}},
    {.name = "ws21",
     .tells = "two machines that were renamed, each with an account lab; on this one it was deleted again",
     .set = set_first,
     .tell = tell_first,
     .truths = {{.claim = "account-created", .parameters = "account=lab|sid=S-1-5-21-2715482906-1130958417-3902648215-1004",
                 .words = "achieved-removed", .forbidden = "achieved|conflicting|no-effect",
                 .tags = "lab.command|lab.4720|lab.4726"}},
     .twins = {{.name = "ws21-not-deleted", .why = "the account was not deleted",
                .cuts = {{CUT_DROP, NULL, "lab.delete"}, {CUT_DROP, NULL, "lab.4733"}, {CUT_DROP, NULL, "lab.4729"},
                         {CUT_DROP, NULL, "lab.4726"}},
                .truths = {{.claim = "account-created", .parameters = "account=lab", .words = "achieved",
                            .forbidden = "achieved-removed", .tags = "lab.command|lab.4720"}}}}},
    {.name = "ws22",
     .tells = "two machines that were renamed, each with an account lab; on this one it stays",
     .folders = "extra/ws21 extra/ws22",
     .set = set_second,
     .tell = tell_second,
     .truths = {{.claim = "account-created", .parameters = "account=lab|sid=S-1-5-21-1846207335-2609413378-771930542-1004",
                 .words = "achieved", .forbidden = "achieved-removed|conflicting|no-effect", .tags = "lab.command|lab.4720"},
                {.claim = "account-created", .parameters = "account=lab|sid=S-1-5-21-2715482906-1130958417-3902648215-1004",
                 .words = "achieved-removed", .forbidden = "achieved|conflicting"}}},
    {.name = "namesake",
     .tells = "another machine of the main one's name, with an account that the main one's SAM hive does not have",
     .folders = "rest extra/namesake",
     .set = set_namesake,
     .tell = tell_second,
     .truths = {{.claim = "account-created", .parameters = "account=lab|sid=S-1-5-21-902447186-3318574025-2260913847-1004",
                 .words = "achieved", .forbidden = "achieved-removed|achieved-persists|conflicting|no-effect",
                 .tags = "lab.command|lab.4720"}}},
    {.name = "clock",
     .tells = "an account is made, the clock is set back three hours, the account is deleted",
     .set = set_clock,
     .tell = tell_clock,
     .truths = {{.claim = "account-created", .parameters = "account=temp1", .words = "achieved-removed",
                 .forbidden = "achieved|achieved-persists|conflicting|no-effect", .tags = "clock.command|clock.4720|clock.4726"},
                {.claim = "account-deleted", .parameters = "account=temp1", .words = "achieved|achieved-persists",
                 .forbidden = "failed|no-effect", .tags = "clock.delete|clock.4726"}},
     .twins = {{.name = "clock-not-deleted", .why = "the account was not deleted",
                .cuts = {{CUT_DROP, NULL, "clock.delete"}, {CUT_DROP, NULL, "clock.4733"}, {CUT_DROP, NULL, "clock.4729"},
                         {CUT_DROP, NULL, "clock.4726"}},
                .truths = {{.claim = "account-created", .parameters = "account=temp1", .words = "achieved",
                            .forbidden = "achieved-removed", .tags = "clock.command|clock.4720"}}}}},
    {.name = "unaudited",
     .tells = "no process creation is recorded; a service is installed, and its program is only named",
     .set = set_unaudited,
     .tell = tell_unaudited,
     .truths = {{.claim = "service-installed", .parameters = "service=LaterSvc", .words = "achieved",
                 .forbidden = "failed|no-effect", .tags = "later.7045"},
                {.claim = "program-ran", .parameters = "program=C:\\Windows\\Temp\\later.exe", .words = "present",
                 .forbidden = "ran|attempted|not-recorded|failed-to-start"},
                {.claim = "program-ran", .words = "unsupported", .check = "=program=C:\\Nowhere\\unknown.exe"},
                {.claim = "account-created", .words = "unsupported|not-recorded", .check = "=account=nobody"}}},
    {.name = NULL},
};
