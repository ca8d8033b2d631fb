/* Usage patterns over commands. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "claim/command.h"
#include "fact/embedded.h"

static dr_arena *arena;
static toolset *tools;

static int load(void **state)
{
    dr_err err = { "" };
    (void)state;
    arena = dr_arena_create("tools", 0);
    for (const struct didrun_embedded *e = didrun_embedded_data; e->name; e++) {
        if (!strcmp(e->name, "tools.yml"))
            return toolset_load(arena, DR_STR("tools.yml"), (dr_str){ (const char *)e->p, e->n }, &tools, &err) != DR_OK;
    }
    return 1;
}

static int unload(void **state)
{
    (void)state;
    dr_arena_destroy(arena);
    return 0;
}

/* Names end in their type: x-url is a URL; the rest is text. */
static bool known(const void *context, dr_str name, pattern_type *type)
{
    static const struct {
        const char *ending;
        pattern_type type;
    } types[] = { { "-name", PATTERN_NAME }, { "-sid", PATTERN_SID },   { "-guid", PATTERN_GUID }, { "-path", PATTERN_PATH },
                  { "-url", PATTERN_URL },   { "-hash", PATTERN_HASH }, { "-number", PATTERN_NUMBER } };
    (void)context;
    *type = PATTERN_TEXT;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (dr_str_ends(name, dr_str_of(types[i].ending)))
            *type = types[i].type;
    }
    return !dr_str_is(name, "nothing");
}

static const pattern_types types = { NULL, known };

/* Sets of bindings: name=value|name=value, sets separated by a line end; "no" where it does not fit. */
static void check(const char *usage, const char *line, bool script, const char *expect)
{
    dr_err err = { "" };
    size_t column = 0, n = 0;
    command_list list;
    const pattern_bindings *sets = NULL;
    dr_buf b = { 0 };
    const pattern *p = script ? pattern_compile_cmdlet(arena, dr_str_of(usage), &types, &err, &column)
                              : pattern_compile(arena, dr_str_of(usage), &types, &err, &column);
    if (!p)
        fail_msg("%s: at %zu: %s", usage, column, err.text);
    assert_int_equal(script ? command_of_script(tools, arena, dr_str_of(line), &list) : command_of_line(tools, arena, dr_str_of(line), &list), DR_OK);
    assert_true(list.n > 0);
    assert_int_equal(pattern_match(p, &list.commands[0], arena, &sets, &n), DR_OK);
    for (size_t i = 0; i < n; i++) {
        if (i)
            dr_buf_char(&b, '\n');
        if (!sets[i].n)
            dr_buf_z(&b, "yes");
        for (size_t k = 0; k < sets[i].n; k++) {
            if (k)
                dr_buf_char(&b, '|');
            dr_buf_str_add(&b, sets[i].list[k].name);
            dr_buf_char(&b, '=');
            if (sets[i].list[k].value.p)
                dr_buf_str_add(&b, sets[i].list[k].value);
            else
                dr_buf_char(&b, '?');
        }
        if (sets[i].domain)
            dr_buf_z(&b, "|domain");
    }
    if (!n)
        dr_buf_z(&b, "no");
    dr_buf_char(&b, '\0');
    if (strcmp(b.p, expect))
        print_error("pattern: %s\nline: %s\n", usage, line);
    assert_string_equal(b.p, expect);
    dr_buf_free(&b);
}

#define USER "user <a-name> [<p>] /ad[d] [/do[main]] [...] !/del[ete]"
#define SCCREATE "create <s-name> binPath=<path> [DisplayName=<d>] [...]"
#define MSI "(/i|/package)<package> [...] !/x !REMOVE=ALL"

static void test_programs(void **state)
{
    static const struct {
        const char *usage, *line, *expect;
    } rows[] = {
        { USER, "net user bob Pw1 /add", "a-name=bob|p=Pw1" },
        { USER, "net  user bob /add", "a-name=bob" },
        { USER, "net user /add bob Pw1", "a-name=bob|p=Pw1" },
        { USER, "net user bob Pw1 /ad", "a-name=bob|p=Pw1" },
        { USER, "net user bob Pw1 /ADD /active:yes /domain", "a-name=bob|p=Pw1|domain" },
        { USER, "net user bob Pw1 /add /do", "a-name=bob|p=Pw1|domain" },
        { USER, "net user \"bob x\" \"\" /add", "a-name=bob x" },
        { USER, "net user bob * /add", "a-name=bob|p=*" },
        { USER, "net user bob Pw1 /a", "no" },
        { USER, "net user bob Pw1", "no" },
        { USER, "net user", "no" },
        { USER, "net user bob /addx", "no" },
        { USER, "net user bob /add /delete", "no" },
        { USER, "net localgroup g bob /add", "no" },
        { USER, "net use X: /add", "no" },
        { "user <a-name> /act[ive]:n[o] [...]", "net user bob /active:no", "a-name=bob" },
        { "user <a-name> /act[ive]:n[o] [...]", "net user bob /act:no", "a-name=bob" },
        { "user <a-name> /act[ive]:n[o] [...]", "net user bob /active:yes", "no" },
        { "user <a-name> /act[ive][:yes] [...]", "net user bob /active", "a-name=bob" },
        { "user <a-name> /act[ive][:yes] [...]", "net user bob /active:yes", "a-name=bob" },
        { "localgroup <g-name> <m-name>+ /ad[d] [...]", "net localgroup administrators a b /add", "g-name=administrators|m-name=a\ng-name=administrators|m-name=b" },
        { "localgroup <g-name> <m-name>+ /ad[d] [...]", "net localgroup administrators /add", "no" },
        { SCCREATE, "sc create evil binPath= \"c:\\e x.exe -k\" start= auto", "path=c:\\e x.exe -k|s-name=evil" },
        { SCCREATE, "sc create evil binpath=c:\\e.exe", "path=c:\\e.exe|s-name=evil" },
        { SCCREATE, "sc create evil binPath = c:\\e.exe", "path=c:\\e.exe|s-name=evil" },
        { SCCREATE, "sc create evil DisplayName= \"E\" binPath= c:\\e.exe", "path=c:\\e.exe|d=E|s-name=evil" },
        { SCCREATE, "sc \\\\H1 create evil binPath= c:\\e.exe", "path=c:\\e.exe|s-name=evil|host=H1" },
        { SCCREATE, "sc \\\\localhost create evil binPath= c:\\e.exe", "path=c:\\e.exe|s-name=evil" },
        { SCCREATE, "sc create evil", "no" },
        { SCCREATE, "sc config evil binPath= c:\\e.exe", "no" },
        { "create <s-name> [...] !binPath=", "sc create evil binPath=c:\\e.exe", "no" },
        { "create <s-name> [...] !binPath=", "sc create evil", "s-name=evil" },
        { "config <s-name> start= disabled [...]", "sc config evil start= disabled", "s-name=evil" },
        { "config <s-name> start= disabled [...]", "sc config evil start=disabled", "s-name=evil" },
        { "config <s-name> start= (disabled|demand) [...]", "sc config evil start= demand", "s-name=evil" },
        { "config <s-name> start= disabled [...]", "sc config evil start= auto", "no" },
        { MSI, "msiexec /q /i http://h/x.msi", "package=http://h/x.msi" },
        { MSI, "msiexec /ihttp://h/x.msi /qn", "package=http://h/x.msi" },
        { MSI, "msiexec -i C:\\x.msi", "package=C:\\x.msi" },
        { MSI, "msiexec \xe2\x80\x93i C:\\x.msi", "package=C:\\x.msi" },
        { MSI, "msiexec /package C:\\x.msi A=B", "package=C:\\x.msi" },
        { MSI, "msiexec /i {CODE} REMOVE=ALL", "no" },
        { MSI, "msiexec /i", "no" },
        { MSI, "msiexec /V", "no" },
        { MSI, "msiexec /x {CODE}", "no" },
        { "(cl|clear-log) <log> [...]", "wevtutil cl Security /bu:x.evtx", "log=Security" },
        { "(cl|clear-log) <log> [...]", "wevtutil clear-log \"Windows PowerShell\"", "log=Windows PowerShell" },
        { "(cl|clear-log) <log> [...]", "wevtutil qe Security", "no" },
        { "nteventlog where filename=<log> (cl|clear) [...]", "wmic nteventlog where filename=\"security\" cl", "log=security" },
        { "nteventlog where filename=<log> (cl|clear) [...]", "wmic nteventlog where \"filename='security'\" cl", "log=security" },
        { "nteventlog where filename=<log> (cl|clear) [...]", "wmic nteventlog where (filename='security') cl", "log=security" },
        { "/namespace:<ns> path <=__eventfilter> create Name=<f> [...]", "wmic /NAMESPACE:\"\\\\root\\subscription\" PATH __EventFilter CREATE Name=\"BotF\", EventNameSpace=\"root\\cimv2\",QueryLanguage=\"WQL\", Query=\"SELECT * FROM X\"",
          "ns=\\\\root\\subscription|f=BotF" },
        { "[/namespace:<ns>] path __FilterToConsumerBinding create Filter=[...]Name=<f> Consumer=[...]Name=<c> [...]",
          "wmic /NAMESPACE:\"\\\\root\\subscription\" PATH __FilterToConsumerBinding CREATE Filter=\"__EventFilter.Name=\\\"F1\\\"\", Consumer=\"CommandLineEventConsumer.Name=\\\"C1\\\"\"",
          "ns=\\\\root\\subscription|f=F1|c=C1" },
        { "a[dvfirewall] s[et] (a[llprofiles]|p[rivateprofile]) st[ate] of[f]", "netsh a s p state off", "yes" },
        { "a[dvfirewall] s[et] (a[llprofiles]|p[rivateprofile]) st[ate] of[f]", "netsh advfirewall set allprofiles state off", "yes" },
        { "a[dvfirewall] s[et] (a[llprofiles]|p[rivateprofile]) st[ate] of[f]", "netsh advfirewall set allprofiles state on", "no" },
        { "a[dvfirewall] s[et] (a[llprofiles]|p[rivateprofile]) st[ate] of[f]", "netsh advfirewall show allprofiles", "no" },
        { "a[dvfirewall] f[irewall] a[dd] r[ule] name=<r> [...]", "netsh advfirewall firewall add rule name=\"my rule\" dir=in action=allow", "r=my rule" },
        { "<url> [<file-path>] -urlcache [-split] [-f] [...] !delete", "certutil -urlcache -split -f http://h/f c:\\f", "url=http://h/f|file-path=c:\\f" },
        { "<u-url> [<file-path>] -urlcache [-split] [-f] [...] !delete", "certutil.exe /f /urlcache http://h/f", "u-url=http://h/f" },
        { "<u-url> [<file-path>] -urlcache [-split] [-f] [...] !delete", "certutil -urlcache http://h/f delete", "no" },
        { "<u-url> -urlcache [...]", "certutil -urlcache", "no" },
        { "add <k=*\\CurrentVersion\\Run|*\\RunOnce> /v <n> /d <v> [...]", "reg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v N /t REG_SZ /d \"C:\\x.exe /q\" /f",
          "n=N|v=C:\\x.exe /q|k=HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run" },
        { "add <k=*\\CurrentVersion\\Run|*\\RunOnce> /v <n> /d <v> [...]", "reg add HKCU\\Software\\Other /v N /d x", "no" },
        { "add <k=*\\CurrentVersion\\Run|*\\RunOnce> /v <n> /d <v> [...]", "reg query HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v N", "no" },
        { "add <k> /v x /d (0|0x0) [...]", "reg add K /d 0 /v X /t REG_DWORD", "k=K" },
        { "add <k> /v x /d (0|0x0) [...]", "reg add K /d 1 /v X /t REG_DWORD", "no" },
        { "add <k> /v x /d <n-number> [...]", "reg add K /d -1 /v X", "no" },
        { "/create /tn <t> (/tr <x> | /xml <x>) [...]", "schtasks /create /sc daily /tn \"\\A\\b\" /xml f.xml", "t=\\A\\b|x=f.xml" },
        { "/create /tn <t> (/tr <x> | /xml <x>) [...]", "schtasks -create -tn t -tr \"cmd /c x\" /s H", "t=t|x=cmd /c x|host=H" },
        { "/create /tn <t> (/tr <x> | /xml <x>) [...]", "schtasks /run /tn t", "no" },
        { "/delete /tn <t> [...]", "schtasks /tn t /delete /f", "t=t" },
        { "share <s>=<path> [...]", "net share data=C:\\d /grant:x,full", "path=C:\\d|s=data" },
        { "share <s>=<path> [...]", "net share data", "no" },
        { "[...] i[fm] [...] cr[eate] (f[ull]|sy[svol] f[ull]) <p> [...]", "ntdsutil \"ac i ntds\" ifm \"create full C:\\t\" q q", "p=C:\\t" },
        { "[...] i[fm] [...] cr[eate] (f[ull]|sy[svol] f[ull]) <p> [...]", "ntdsutil \xe2\x80\x9c" "ac i ntds\xe2\x80\x9d \xe2\x80\x9cifm\xe2\x80\x9d \xe2\x80\x9c" "cr fu C:\\t\xe2\x80\x9d q q", "p=C:\\t" },
        { "[...] i[fm] [...] cr[eate] (f[ull]|sy[svol] f[ull]) <p> [...]", "ntdsutil snapshot \"list all\" q", "no" },
        { "delete shadows [/all] [/for=<v>] [...]", "vssadmin delete shadows /for=C: /quiet", "v=C:" },
        { "delete shadows [/all] [/for=<v>] [...]", "vssadmin.exe Delete Shadows /All /Quiet", "yes" },
        { "delete shadows [/all] [/for=<v>] [...]", "vssadmin list shadows", "no" },
        { "(/s|/r) [...] !/a", "shutdown -r -t 0", "yes" },
        { "(/s|/r) [...] !/a", "shutdown /a", "no" },
        { "<x>", "net \"a b\"", "x=a b" },
        { "<x-sid>", "net S-1-5-18", "x-sid=S-1-5-18" },
        { "<x-guid>", "net {00000000-0000-0000-0000-000000000000}", "x-guid={00000000-0000-0000-0000-000000000000}" },
        { "<x-guid>", "net bob", "no" },
        { "<x-hash>", "net d41d8cd98f00b204e9800998ecf8427e", "x-hash=d41d8cd98f00b204e9800998ecf8427e" },
        { "<x-number>", "net 0x10", "x-number=0x10" },
        { "\\\\<host> <c...> [...]", "psexec \\\\H -s cmd /c \"a b\"", "host=H|c=cmd /c \"a b\"" },
        { "/node:<host> process call create <c> [...]", "wmic /node:H process call create calc", "c=calc|host=H" },
        { "/node:<host> process call create <c> [...]", "wmic process call create calc", "no" },
        { "/node:<host> process call create <c> [...]", "wmic /node:localhost process call create calc", "no" },
        { "-r[emote]:<host> <c...> [...]", "winrs -r:H net stop x", "host=H|c=net stop x" },
        { "add [...]Options\\<p> /v Debugger /d <d> [...]", "reg add \"HKLM\\S\\Image File Execution Options\\x.exe\" /v Debugger /d c:\\y.exe", "d=c:\\y.exe|p=x.exe" },
        { "\\\\<host> [...]", "net \\\\H x", "host=H" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(rows[i].usage, rows[i].line, false, rows[i].expect);
}

#define NEWUSER "New-LocalUser [-Name] <a> [...]"
#define EXCLUDE "Add-MpPreference -ExclusionPath <x>+ [...]"
#define BIND "Set-WmiInstance -Class <=*__FilterToConsumerBinding> -Arguments @{Filter=<f>; Consumer=<c>} [...]"

static void test_cmdlets(void **state)
{
    static const struct {
        const char *usage, *line, *expect;
    } rows[] = {
        { NEWUSER, "New-LocalUser -Name bob -Password $p", "a=bob" },
        { NEWUSER, "New-LocalUser bob", "a=bob" },
        { NEWUSER, "New-LocalUser -NoPassword bob", "a=bob" },
        { NEWUSER, "nlu -Nam bob", "a=bob" },
        { NEWUSER, "New-LocalUser -N bob", "no" }, /* -NoPassword as well */
        { NEWUSER, "New-LocalUser -Name:bob", "a=bob" },
        { NEWUSER, "New-LocalUser $u", "a=?" },
        { NEWUSER, "New-LocalUser", "no" },
        { NEWUSER, "New-LocalUser bob -WhatIf", "no" },
        { NEWUSER, "Set-LocalUser bob", "no" },
        { "New-LocalUser [-Name] <a>", "New-LocalUser bob -Description x", "no" },
        { "New-ADUser [-Name] <a> [...]", "New-ADUser bob", "a=bob|domain" },
        { "New-ADUser [-Name] <a> [...]", "New-ADUser bob -Server dc1", "a=bob|host=dc1|domain" },
        { EXCLUDE, "Add-MpPreference -ExclusionPath C:\\a,'C:\\b c' -Force", "x=C:\\a\nx=C:\\b c" },
        { EXCLUDE, "Add-MpPreference -ExclusionPa C:\\a", "x=C:\\a" },
        { EXCLUDE, "Add-MpPreference -ExclusionProcess a.exe", "no" },
        { "Set-MpPreference (-ExclusionPath <x>+|-ExclusionProcess <x>+) [...]", "Set-MpPreference -ExclusionProcess a.exe", "x=a.exe" },
        { "Set-MpPreference -DisableRealtimeMonitoring ($true|true|1) [...]", "Set-MpPreference -DisableRealtimeMonitoring $true", "yes" },
        { "Set-MpPreference -DisableRealtimeMonitoring ($true|true|1) [...]", "Set-MpPreference -DisableRealtimeMonitoring 1", "yes" },
        { "Set-MpPreference -DisableRealtimeMonitoring $true [...]", "Set-MpPreference -DisableRealtimeMonitoring:1", "yes" },
        { "Set-MpPreference -DisableRealtimeMonitoring $true [...]", "Set-MpPreference -DisableRealtimeMonitoring $false", "no" },
        { "Set-MpPreference -DisableRealtimeMonitoring $true [...]", "Set-MpPreference -DisableRealtimeMonitoring $x", "no" },
        { BIND, "Set-WmiInstance -Namespace root\\subscription -Class __FilterToConsumerBinding -Arguments @{Filter=$f; Consumer='C1'}", "f=?|c=C1" },
        { BIND, "Set-WmiInstance -Class __EventFilter -Arguments @{Name='x'}", "no" },
        { BIND, "Set-WmiInstance -Class __FilterToConsumerBinding -Arguments $table", "f=?|c=?" },
        { "New-NetFirewallRule -DisplayName <r> [...]", "New-NetFirewallRule -Disp 'my rule' -Action Allow", "r=my rule" },
        { "Set-ItemProperty [-Path] [...]Options\\<p> [-Name] Debugger [-Value] <d> [...]", "Set-ItemProperty 'HKLM:\\a\\Image File Execution Options\\x.exe' Debugger c:\\y.exe", "p=x.exe|d=c:\\y.exe" },
        { "Invoke-Command -ComputerName <host> [...]", "Invoke-Command -ComputerName H -ScriptBlock { x }", "host=H" },
        { "Invoke-Command -ComputerName <host> [...]", "Invoke-Command -ScriptBlock { x }", "no" },
        { "Stop-Computer [...]", "Stop-Computer -Force", "yes" },
        { "Get-X -Flag !-Other", "Get-X -Flag", "yes" },
        { "Get-X -Flag !-Other [...]", "Get-X -Flag -Other", "no" },
        { "Get-X -Flag [...]", "Get-X -Flag:$false", "no" },
        { "Get-X [-A <x>] [-B] <y>", "Get-X -A 1 2", "x=1|y=2" },
        { "Get-X [-A <x>] [-B] <y>", "Get-X 2", "y=2" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(rows[i].usage, rows[i].line, true, rows[i].expect);
}

static void test_errors(void **state)
{
    static const struct {
        const char *usage, *says;
        size_t column;
        bool script;
    } rows[] = {
        { "user <nothing>", "expected a parameter of the rule", 5, false },
        { "user <a", "expected '>'", 5, false },
        { "user <>", "expected the name", 5, false },
        { "user [a", "a '[' without its ']'", 5, false },
        { "user (a|b", "a '(' without its ')'", 5, false },
        { "user a]", "without its", 6, false },
        { "user []", "expected a word", 6, false },
        { "/act[ive[x]]", "without its", 11, false },
        { "a [b]c", "expected white space after the bracket", 5, false },
        { "a <x>+y", "expected white space after '+'", 6, false },
        { "[/a x [y]]", "words go before switches", 6, false },
        { "create binPath= [x]", "expected a value after '='", 7, false },
        { "New-X Name", "expected '-'", 6, true },
        { "New-X [-Name <a>", "expected ']'", 16, true },
        { "New-X -T @{a <b>}", "expected '='", 12, true },
        { "", "expected a name", 0, true },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dr_err err = { "" };
        size_t column = 999;
        const pattern *p = rows[i].script ? pattern_compile_cmdlet(arena, dr_str_of(rows[i].usage), &types, &err, &column)
                                          : pattern_compile(arena, dr_str_of(rows[i].usage), &types, &err, &column);
        if (p)
            fail_msg("'%s' compiles", rows[i].usage);
        if (!strstr(err.text, rows[i].says) || column != rows[i].column)
            fail_msg("'%s': at %zu: %s", rows[i].usage, column, err.text);
    }
}

/* A pattern and a line made to make it try everything: it gives up within its steps. */
static void test_bounded(void **state)
{
    dr_err err = { "" };
    size_t column, n;
    command_list list;
    const pattern_bindings *sets;
    dr_buf b = { 0 };
    (void)state;
    const pattern *p = pattern_compile(arena, DR_STR("[...] <a> [...] <b> [...] <c> [...] <d> [...] <e> [...] <f> [...] never [...]"), &types, &err, &column);
    assert_non_null(p);
    dr_buf_z(&b, "net");
    for (int i = 0; i < 2000; i++)
        dr_buf_z(&b, " a");
    assert_int_equal(command_of_line(tools, arena, dr_buf_str(&b), &list), DR_OK);
    assert_int_equal(pattern_match(p, &list.commands[0], arena, &sets, &n), DR_OK);
    assert_int_equal(n, 0);
    dr_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_programs),
        cmocka_unit_test(test_cmdlets),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_bounded),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
