/* From what was recorded to the commands in it, with the tools that are compiled in. */
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
        if (strcmp(e->name, "tools.yml"))
            continue;
        if (toolset_load(arena, DR_STR("tools.yml"), (dr_str){ (const char *)e->p, e->n }, &tools, &err) == DR_OK)
            return 0;
        print_error("%s\n", err.text);
    }
    return 1;
}

static int unload(void **state)
{
    (void)state;
    dr_arena_destroy(arena);
    return 0;
}

static void show_values(dr_buf *b, const command_param *p)
{
    for (size_t i = 0; i < p->n; i++) {
        if (i)
            dr_buf_char(b, ',');
        if (p->values[i].key.n) {
            dr_buf_str_add(b, p->values[i].key);
            dr_buf_char(b, '=');
        }
        if (p->values[i].unknown)
            dr_buf_char(b, '?');
        dr_buf_str_add(b, p->values[i].text);
    }
}

/* DEPTH MARKS TOOL[arg][arg] or DEPTH MARKS Name{-Param:value}{value}, one a line. Marks: p process, w wrapped, d
 * defined, b bound, u undecoded, n builtin, r renamed, y dry. */
static void show(dr_buf *b, const command_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const command *c = &list->commands[i];
        dr_buf_printf(b, "%d%c%s%s%s%s%s%s ", c->depth, c->how == COMMAND_PROCESS ? 'p' : 'w', c->defined ? "d" : "",
                      c->bound ? "b" : "", c->undecoded ? "u" : "", c->builtin ? "n" : "", c->renamed ? "r" : "", c->dry ? "y" : "");
        if (c->kind == COMMAND_PROGRAM) {
            if (c->tool)
                dr_buf_str_add(b, c->tool->id);
            else {
                dr_buf_char(b, '?');
                dr_buf_str_add(b, c->program);
            }
            for (size_t k = 0; k < c->n_tokens; k++) {
                dr_buf_char(b, '[');
                dr_buf_str_add(b, c->tokens[k].text);
                dr_buf_char(b, ']');
            }
        } else {
            dr_buf_str_add(b, c->name);
            for (size_t k = 0; k < c->n_params; k++) {
                dr_buf_char(b, '{');
                if (c->params[k].name.n) {
                    dr_buf_char(b, '-');
                    dr_buf_str_add(b, c->params[k].name);
                    if (c->params[k].n)
                        dr_buf_char(b, ':');
                }
                show_values(b, &c->params[k]);
                dr_buf_char(b, '}');
            }
        }
        if (c->host.n) {
            dr_buf_char(b, '@');
            dr_buf_str_add(b, c->host);
        }
        if (c->domain)
            dr_buf_z(b, "@@");
        dr_buf_char(b, '\n');
    }
}

static void compare(const char *given, const command_list *list, const char *expect)
{
    dr_buf b = { 0 };
    show(&b, list);
    dr_buf_char(&b, '\0');
    if (strcmp(b.p, expect))
        print_error("given: %s\n", given);
    assert_string_equal(b.p, expect);
    dr_buf_free(&b);
}

typedef struct row {
    const char *given, *expect;
} row;

static void test_lines(void **state)
{
    static const row rows[] = {
        { "net user bob Pw1 /add", "0w net[user][bob][Pw1][/add]\n" },
        { "C:\\Windows\\system32\\net1  user bob /add /domain", "0w net[user][bob][/add][/domain]@@\n" },
        { "cmd /c net user bob Pw1 /add", "0w cmd[/c][net][user][bob][Pw1][/add]\n1w net[user][bob][Pw1][/add]\n" },
        { "cmd.exe /c \"net user a b /add & net localgroup administrators a /add\"",
          "0w cmd[/c][net user a b /add & net localgroup administrators a /add]\n1w net[user][a][b][/add]\n"
          "1w net[localgroup][administrators][a][/add]\n" },
        { "cmd /s /c \"\"C:\\Program Files\\x.exe\" -y\"", "0w cmd[/s][/c][C:\\Program][Files\\x.exe -y]\n1w ?C:\\Program Files\\x.exe[-y]\n" },
        { "cmd /c \"C:\\Windows\\System32\\net.exe\" stop x", "0w cmd[/c][C:\\Windows\\System32\\net.exe][stop][x]\n1w net[stop][x]\n" },
        { "cmd /q /k net stop x", "0w cmd[/q][/k][net][stop][x]\n1w net[stop][x]\n" },
        { "cmd /cnet stop x", "0w cmd[/cnet][stop][x]\n1w net[stop][x]\n" },
        { "cmd /v:on/c net stop x", "0w cmd[/v:on/c][net][stop][x]\n1w net[stop][x]\n" },
        { "cmd /c start \"\" /min powershell -nop -c \"net stop x\"",
          "0w cmd[/c][start][][/min][powershell][-nop][-c][net stop x]\n1wn start[/min][powershell][-nop][-c][net stop x]\n"
          "2w powershell[-nop][-c][net stop x]\n3w net[stop][x]\n" },
        { "%COMSPEC% /Q /c echo net user ^> \\\\127.0.0.1\\C$\\o 2^>^&1 > f & f",
          "0w cmd[/Q][/c][echo][net][user][^>][\\\\127.0.0.1\\C$\\o][2^>^&1][>][f][&][f]\n"
          "1w ?echo[net][user][>][\\\\127.0.0.1\\C$\\o][2>&1]\n1w ?f\n" },
        { "powershell -enc bgBlAHQAIABzAHQAbwBwACAAeAA=", "0w powershell[-enc][bgBlAHQAIABzAHQAbwBwACAAeAA=]\n1w net[stop][x]\n" },
        { "powershell.exe -nop -w hidden -e bgBlAHQAIABzAHQAbwBwACAAeAA=", "0w powershell[-nop][-w][hidden][-e][bgBlAHQAIABzAHQAbwBwACAAeAA=]\n1w net[stop][x]\n" },
        { "powershell /ec bgBlAHQAIABzAHQAbwBwACAAeAA", "0w powershell[/ec][bgBlAHQAIABzAHQAbwBwACAAeAA]\n1w net[stop][x]\n" },
        { "powershell \xe2\x80\x93" "EncodedC bgBlAHQAIABzAHQAbwBwACAAeAA=", "0w powershell[\xe2\x80\x93" "EncodedC][bgBlAHQAIABzAHQAbwBwACAAeAA=]\n1w net[stop][x]\n" },
        { "powershell -enc !!!", "0wu powershell[-enc][!!!]\n" },
        { "powershell -ep bypass -f C:\\x.ps1 -y", "0w powershell[-ep][bypass][-f][C:\\x.ps1][-y]\n" },
        { "powershell net stop x", "0w powershell[net][stop][x]\n1w net[stop][x]\n" },
        { "powershell -Command \"& {New-LocalUser -Name bob}\"", "0w powershell[-Command][& {New-LocalUser -Name bob}]\n1w New-LocalUser{-Name:bob}\n" },
        { "wmic /node:\"srv1\" process call create \"cmd /c net stop x\"",
          "0w wmic[process][call][create][cmd /c net stop x]@srv1\n1w cmd[/c][net][stop][x]@srv1\n2w net[stop][x]@srv1\n" },
        { "wmic /node:localhost process call create calc", "0w wmic[process][call][create][calc]\n1w ?calc\n" },
        { "forfiles /p C:\\ /m *.x /c \"cmd /c net stop x\"", "0w forfiles[/p][C:\\][/m][*.x][/c][cmd /c net stop x]\n1w cmd[/c][net][stop][x]\n2w net[stop][x]\n" },
        { "schtasks /create /s H1 /tn t /sc daily /tr \"net stop x\" /f", "0w schtasks[/create][/tn][t][/sc][daily][/tr][net stop x][/f]@H1\n1w net[stop][x]@H1\n" },
        { "schtasks -create -tn t -tr calc.exe", "0w schtasks[-create][-tn][t][-tr][calc.exe]\n1w ?calc.exe\n" },
        { "sc \\\\H1\\ query", "0w sc[query]@H1\n" },
        { "sc \\\\H1 create svc binPath= \"cmd /c net stop x\" start= auto", "0w sc[create][svc][binPath=][cmd /c net stop x][start=][auto]@H1\n"
          "1w cmd[/c][net][stop][x]@H1\n2w net[stop][x]@H1\n" },
        { "psexec -accepteula \\\\H2 -s cmd /c net stop x", "0w psexec[-accepteula][\\\\H2][-s][cmd][/c][net][stop][x]\n1w cmd[/c][net][stop][x]@H2\n2w net[stop][x]@H2\n" },
        { "psexec \\\\H2 -u u -p p net stop x", "0w psexec[\\\\H2][-u][u][-p][p][net][stop][x]\n1w net[stop][x]@H2\n" },
        { "runas /user:adm \"net stop x\"", "0w runas[/user:adm][net stop x]\n1w net[stop][x]\n" },
        { "conhost --headless net stop x", "0w conhost[--headless][net][stop][x]\n1w net[stop][x]\n" },
        { "rundll32 shell32.dll,ShellExec_RunDLL net stop x", "0w rundll32[shell32.dll,ShellExec_RunDLL][net][stop][x]\n1w net[stop][x]\n" },
        { "winrs -r:H3 net stop x", "0w winrs[-r:H3][net][stop][x]\n1w net[stop][x]@H3\n" },
        { "ntdsutil \"ac i ntds\" ifm \"create full C:\\t\" q q", "0w ntdsutil[ac][i][ntds][ifm][create][full][C:\\t][q][q]\n" },
        { "at 10:00 net stop x", "0w at[10:00][net][stop][x]\n1w net[stop][x]\n" },
        { "start net stop x", "0w ?start[net][stop][x]\n" },
        { "cmd", "0w cmd\n" },
        { "cmd /c", "0w cmd[/c]\n" },
        { "cmd /c %a%%b% stop x", "0w cmd[/c][%a%%b%][stop][x]\n1wu ?%a%%b%[stop][x]\n" },
        { "", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        command_list list;
        assert_int_equal(command_of_line(tools, arena, dr_str_of(rows[i].given), &list), DR_OK);
        compare(rows[i].given, &list, rows[i].expect);
    }
}

static void test_processes(void **state)
{
    static const struct {
        const char *image, *original, *line, *expect;
    } rows[] = {
        { "C:\\Windows\\System32\\net.exe", "net.exe", "net  user x", "0p net[user][x]\n" },
        { "C:\\Windows\\System32\\net.exe", "NET.EXE.MUI", "net  user x", "0p net[user][x]\n" },
        { "C:\\Temp\\a.exe", "net1.exe", "a.exe user x", "0pr net[user][x]\n" },
        { "C:\\Temp\\net.exe", "mimikatz.exe", "net user x", "0pr ?C:\\Temp\\net.exe[user][x]\n" },
        { "C:\\Temp\\net.exe", "-", "net user x", "0p net[user][x]\n" },
        { "C:\\Program Files\\PowerShell\\7\\pwsh.exe", "pwsh.dll", "C:\\Program Files\\PowerShell\\7\\pwsh.exe -c net stop x",
          "0p powershell[-c][net][stop][x]\n1w net[stop][x]\n" },
        { "C:\\Windows\\System32\\cmd.exe", "", "", "0p cmd\n" },
        { "C:\\Windows\\System32\\net.exe", "net.exe", "/add user x", "0p net[/add][user][x]\n" }, /* the line lacks the program */
        { "", "", "net user x", "0p net[user][x]\n" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        command_list list;
        assert_int_equal(command_of_process(tools, arena, dr_str_of(rows[i].image), dr_str_of(rows[i].original), dr_str_of(rows[i].line), &list), DR_OK);
        compare(rows[i].line, &list, rows[i].expect);
    }
}

static void test_scripts(void **state)
{
    static const row rows[] = {
        { "New-LocalUser -Name bob -NoPassword", "0w New-LocalUser{-Name:bob}{-NoPassword}\n" },
        { "New-LocalUser bob; net stop x", "0w New-LocalUser{bob}\n0w net[stop][x]\n" },
        { "nlu 'bob''s' -Desc \"a`\"b\"", "0w New-LocalUser{bob's}{-Desc:a\"b}\n" },
        { "# net stop x\nnet stop y <# net stop z #>", "0w net[stop][y]\n" },
        { "Get-Item x | Remove-Item -Force C:\\y", "0w Get-Item{x}\n0w Remove-Item{-Force}{C:\\y}\n" },
        { "$x = Get-Service a; if ($x) { Stop-Service a } else { Start-Service -Name:b }",
          "0w Get-Service{a}\n0w Stop-Service{a}\n0w Start-Service{-Name:b}\n" },
        { "Add-MpPreference -ExclusionPath C:\\a,'C:\\b c',$d", "0w Add-MpPreference{-ExclusionPath:C:\\a,C:\\b c,?$d}\n" },
        { "Set-MpPreference -DisableRealtimeMonitoring $true", "0w Set-MpPreference{-DisableRealtimeMonitoring:$true}\n" },
        { "Set-WmiInstance -Class __EventFilter -Arguments @{Name='f'; Query = \"select * from x\"; Z=$y}",
          "0w Set-WmiInstance{-Class:__EventFilter}{-Arguments:Name=f,Query=select * from x,Z=?$y}\n" },
        { "function f { net stop x }", "0wd net[stop][x]\n" },
        { "function f { net stop x }\nf", "0w net[stop][x]\n0w f\n" },
        { "foreach ($u in 'a','b') { net user $u Pw1 /add }", "0w net[user][$u][Pw1][/add]\n" },
        { "& 'C:\\Windows\\System32\\net.exe' stop x", "0w net[stop][x]\n" },
        { "& $cmd stop x", "" },
        { "iex \"net stop x\"", "0w Invoke-Expression{net stop x}\n1w net[stop][x]\n" },
        { "Start-Process net -ArgumentList 'stop x'", "0w Start-Process{net}{-ArgumentList:stop x}\n1w net[stop][x]\n" },
        { "Start-Process -FilePath cmd -Args '/c net stop x' -Verb RunAs", "0w Start-Process{-FilePath:cmd}{-ArgumentList:/c net stop x}{-Verb:RunAs}\n1w cmd[/c][net][stop][x]\n2w net[stop][x]\n" },
        { "Invoke-Command -ComputerName H1 -ScriptBlock { New-LocalUser bob }", "0w Invoke-Command{-ScriptBlock:?{ New-LocalUser bob }}@H1\n0w New-LocalUser{bob}@H1\n" },
        { "cmd /c \"net stop x & net stop y\"", "0w cmd[/c][net stop x & net stop y]\n1w net[stop][x]\n1w net[stop][y]\n" },
        { "Stop-Service x -WhatIf", "0wy Stop-Service{x}{-WhatIf}\n" },
        { "New-ADUser -Name bob -Server dc1", "0w New-ADUser{-Name:bob}@dc1@@\n" },
        { "Clear-EventLog -LogName Security, System", "0w Clear-EventLog{-LogName:Security,System}\n" },
        { "@'\nnet stop x\n'@\nnet stop y", "0w net[stop][y]\n" },
        { "$t = @{ a = (Get-Item x); b = 2 }\nStop-Service y", "0w Get-Item{x}\n0w Stop-Service{y}\n" },
        { "net stop `\n x", "0w net[stop][x]\n" },
        { "Microsoft.PowerShell.LocalAccounts\\New-LocalUser bob", "0w New-LocalUser{bob}\n" },
        { "try { Stop-Service x } catch { }", "0w Stop-Service{x}\n" },
        { "\xe2\x80\x9cx\xe2\x80\x9d | Out-File y; Stop-Service \xe2\x80\x98" "a b\xe2\x80\x99", "0w Out-File{y}\n0w Stop-Service{a b}\n" },
        { "[Diagnostics.Process]::Start('x'); Stop-Service y", "0w Stop-Service{y}\n" },
        { "Restart-Computer \xe2\x80\x93" "Force", "0w Restart-Computer{-Force}\n" },
        { "1..3 | % { net stop x }", "0w ForEach-Object{?{ net stop x }}\n0w net[stop][x]\n" },
        { "wevtutil el | foreach { wevtutil cl \"$_\" }", "0w wevtutil[el]\n0w wevtutil[cl][$_]\n" },
        { "}}} ) ; net stop x", "0w net[stop][x]\n" },
        { "", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        command_list list;
        assert_int_equal(command_of_script(tools, arena, dr_str_of(rows[i].given), &list), DR_OK);
        compare(rows[i].given, &list, rows[i].expect);
    }
}

static void test_bindings(void **state)
{
    static const row rows[] = {
        { "CommandInvocation(New-Service): \"New-Service\"\r\n"
          "ParameterBinding(New-Service): name=\"Name\"; value=\"evil\"\r\n"
          "ParameterBinding(New-Service): name=\"BinaryPathName\"; value=\"C:\\x y.exe -k \"a\"\"\r\n",
          "0pb New-Service{-Name:evil}{-BinaryPathName:C:\\x y.exe -k \"a\"}\n1w ?C:\\x[y.exe][-k][a]\n" },
        { "CommandInvocation(Get-Item): \"Get-Item\"\nParameterBinding(Get-Item): nom=\"Path\"; valeur=\"a\nb\"\nCommandInvocation(Out-Null): \"Out-Null\"",
          "0pb Get-Item{-Path:a\nb}\n0pb Out-Null\n" },
        { "TerminatingError(New-Service): \"access denied\"", "" },
        { "CommandInvocation(Stop-Service): \"Stop-Service\"\nParameterBinding(Stop-Service): name=\"WhatIf\"; value=\"True\"", "0pby Stop-Service{-WhatIf:True}\n" },
        { "CommandInvocation(Set-MpPreference): \"Set-MpPreference\"\nParameterBinding(Set-MpPreference): name=\"DisableRealtimeMonitoring\"; value=\"True\"",
          "0pb Set-MpPreference{-DisableRealtimeMonitoring:True}\n" },
        { "CommandInvocation(Clear-EventLog): \"Clear-EventLog\"\nParameterBinding(Clear-EventLog): name=\"LogName\"; value=\"application, system\"",
          "0pb Clear-EventLog{-LogName:application, system,application,system}\n" },
        { "((((: \"", "" },
        { "", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        command_list list;
        assert_int_equal(command_of_bindings(tools, arena, dr_str_of(rows[i].given), &list), DR_OK);
        compare(rows[i].given, &list, rows[i].expect);
    }
}

static void test_tools(void **state)
{
    bool renamed;
    (void)state;
    assert_true(toolset_service_logon(tools, DR_STR("0x3e7")));
    assert_true(toolset_service_logon(tools, DR_STR("999")));
    assert_false(toolset_service_logon(tools, DR_STR("0x1f4c65f")));
    assert_true(toolset_companion_process(tools, DR_STR("C:\\Windows\\System32\\conhost.exe")));
    assert_false(toolset_companion_process(tools, DR_STR("C:\\x.exe")));
    const tool *msiexec = toolset_find(tools, DR_STR("msiexec"));
    assert_non_null(msiexec);
    assert_true(dr_str_is(toolset_exit_meaning(msiexec, DR_STR("0x653")), "package could not be opened"));
    assert_true(dr_str_is(toolset_exit_meaning(msiexec, DR_STR("0")), "done"));
    assert_int_equal(toolset_exit_meaning(msiexec, DR_STR("12345")).n, 0);
    assert_null(toolset_find(tools, DR_STR("no-such-tool")));
    assert_null(toolset_of_process(tools, DR_STR("C:\\x.exe"), DR_STR_NONE, &renamed));
    assert_false(renamed);
    assert_non_null(toolset_cmdlet(tools, DR_STR("IEX")));
    assert_true(toolset_flag_parameter(tools, NULL, DR_STR("force")));
    assert_true(toolset_host_parameter(tools, DR_STR("Comp")));
    assert_false(toolset_host_parameter(tools, DR_STR("Co")));
}

static void test_load_errors(void **state)
{
    static const row rows[] = {
        { "tools: {x: {imges: [a]}}", "imges" },
        { "tools: {x: {images: [a], hands_on: [{arguments: '<nothing>'}]}}", "at character 1" },
        { "tools: {x: {images: [a]}, y: {images: [A.exe]}}", "stands twice" },
        { "tools: {x: {images: [a], exit: {one: done}}}", "expected a number" },
        { "service_logons: []", "tools: expected" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dr_err err = { "" };
        toolset *set;
        assert_int_equal(toolset_load(arena, DR_STR("t.yml"), dr_str_of(rows[i].given), &set, &err), DR_DATA);
        if (!strstr(err.text, rows[i].expect) || !strstr(err.text, "t.yml"))
            fail_msg("'%s' does not say '%s'", err.text, rows[i].expect);
    }
}

/* Whatever the text, nothing breaks and every part lies inside what was given or the arena. */
static void test_random(void **state)
{
    static const char *const bits[] = { "net ", "cmd /c ", "\"", "'", "{", "}", "(", ")", "@{", "@'", "\n", ";", "|", "&", "$x", "$(", "-a ",
                                        "-b:", ",", "=", "`", "^", "%y%", "powershell -c ", "function f ", "if ", "<#", "#>", " ", "/add ",
                                        "CommandInvocation(X): \"X\"\n", "ParameterBinding(X): n=\"", "\"; v=\"", "[", "]", "<", ">", "\xe2\x80\x9c",
                                        "sc create x binPath= ", "-enc AAAA " };
    uint64_t seed = 11;
    (void)state;
    for (int round = 0; round < 4000; round++) {
        dr_arena *own = dr_arena_create("round", 0);
        dr_buf b = { 0 };
        command_list list;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        for (uint64_t k = seed >> 33, n = k % 40; n > 0; n--) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            dr_buf_z(&b, bits[(seed >> 33) % (sizeof bits / sizeof bits[0])]);
        }
        assert_int_equal(command_of_line(tools, own, dr_buf_str(&b), &list), DR_OK);
        assert_int_equal(command_of_script(tools, own, dr_buf_str(&b), &list), DR_OK);
        assert_int_equal(command_of_bindings(tools, own, dr_buf_str(&b), &list), DR_OK);
        for (size_t i = 0; i < list.n; i++)
            assert_true(list.commands[i].parent == SIZE_MAX || list.commands[i].parent < i);
        dr_buf_free(&b);
        dr_arena_destroy(own);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),   cmocka_unit_test(test_processes),   cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_bindings), cmocka_unit_test(test_tools),      cmocka_unit_test(test_load_errors),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
