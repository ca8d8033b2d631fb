/* Canonical values, transforms, paths and names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "fact/matcher.h"
#include "fact/path.h"
#include "fact/value.h"

static dr_arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = dr_arena_create("test", 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dr_arena_destroy(arena);
    return 0;
}

static void canonical_forms(void **state)
{
    static const struct {
        fact_type type;
        const char *in, *out; /* NULL: no value */
    } cases[] = {
        { FACT_TEXT, " as it is ", " as it is " },
        { FACT_TEXT, "-", NULL },
        { FACT_TEXT, "", NULL },
        { FACT_TEXT, "(NULL)", NULL },
        { FACT_TEXT, "%%1793", NULL },
        { FACT_TEXT, "%%1794", "%%1794" },
        { FACT_NAME, "CORP\\eve", "eve" },
        { FACT_NAME, "eve@corp.lan", "eve" },
        { FACT_NAME, "$", "$" },
        { FACT_NAME, "CORP\\-", NULL },
        { FACT_SID, "S-1-5-18", "S-1-5-18" },
        { FACT_SID, "s-1-5-18", "S-1-5-18" },
        { FACT_SID, "%{S-1-5-18}", "S-1-5-18" },
        { FACT_SID, "S-1-0-0", NULL },
        { FACT_SID, "NULL SID", NULL },
        { FACT_SID, "CORP\\eve", NULL },
        { FACT_GUID, "{0cce922b-69ae-11d9-bed3-505054503030}", "0CCE922B-69AE-11D9-BED3-505054503030" },
        { FACT_GUID, "{00000000-0000-0000-0000-000000000000}", NULL },
        { FACT_GUID, "0cce922b", NULL },
        { FACT_LOGON, "0x00000000000003E7", "0x3e7" },
        { FACT_LOGON, "999", "0x3e7" },
        { FACT_LOGON, "0x0", NULL },
        { FACT_PID, "0xde4", "3556" },
        { FACT_PID, "3556", "3556" },
        { FACT_PID, "de4", NULL },
        { FACT_NUMBER, "%%1053", "1053" },
        { FACT_NUMBER, "-5", "-5" },
        { FACT_STATUS, "0xC0000135", "0xc0000135" },
        { FACT_STATUS, "-1073741515", "0xc0000135" },
        { FACT_STATUS, "1603", "0x643" },
        { FACT_STATUS, "0", "0x0" },
        { FACT_STATUS, "%%225", "0xe1" },
        { FACT_STATUS, "18446744073709551615", "0xffffffff" },
        { FACT_HASH, "00FFAA", "00ffaa" },
        { FACT_HASH, "0000", NULL },
        { FACT_HASH, "xyz", NULL },
        { FACT_TIME, "132593079671230000", "132593079671230000" },
        { FACT_TIME, "2021-03-04T05:06:07.123Z", "132593079671230000" },
        { FACT_TIME, "2021-03-04 05:06:07.123", "132593079671230000" },
        { FACT_TIME, "0", NULL },
        { FACT_PATH, " C:\\a.exe ", "C:\\a.exe" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dr_str out = DR_STR_NONE;
        bool there = fact_canonical(arena, cases[i].type, dr_str_of(cases[i].in), &out);
        if (there != (cases[i].out != NULL) || (there && !dr_str_is(out, cases[i].out)))
            fail_msg("%s '%s' gives '%.*s' instead of '%s'", "value", cases[i].in, DR_STR_ARG(out), cases[i].out ? cases[i].out : "none");
    }
}

typedef bool transform(dr_arena *a, dr_str in, dr_str *out);

static void transforms(void **state)
{
    static const struct {
        transform *call;
        const char *in, *out;
    } cases[] = {
        { value_hex_utf16, "500053002F0034000000", "PS/4" },
        { value_hex_utf16, "5000530", NULL },
        { value_hex_utf16, "", NULL },
        { value_hex_ascii, "7B417D00FF", "{A}" },
        { value_hex_ascii, "zz", NULL },
        { value_hex_le, "FF000080", "2147483903" },
        { value_hex_le, "010203040506070809", NULL },
        { value_hex_systemtime, "E507030004000400050006000700 7B00", "132593079671230000" },
        { value_hex_systemtime, "00000000000000000000000000000000", NULL },
        { value_hex_systemtime, "E507", NULL },
        { value_hex, "ffc", "4092" },
        { value_hex, "0xFFC", "4092" },
        { value_hex, "c06d007e", "3228369022" },
        { value_hex, "x", NULL },
        { value_filetime, "01d1fbc2e5b0a3f0", "131162678666241008" },
        { value_filetime, "0x1d1fbc2e5b0a3f0", "131162678666241008" },
        { value_filetime, "131162678666241008", "131162678666241008" },
        { value_filetime, "0", NULL },
        { value_filetime, "ffffffffffffffff", NULL },
        { value_time, "2021-03-04T05:06:07Z", "132593079670000000" },
        { value_time, "yesterday", NULL },
        { value_sid_bytes, "{1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 80, 4, 0, 0}", "S-1-5-21-1-2-3-1104" },
        { value_sid_bytes, "010100000000000512000000", "S-1-5-18" },
        { value_sid_bytes, "0105000000000005", NULL },
        { value_sid_bytes, "{1, 300}", NULL },
        { value_unescape, "a\\\\b\\\"c\\d", "a\\b\"c\\d" },
        { value_registry_key, "\\REGISTRY\\MACHINE\\SOFTWARE\\X", "HKLM\\SOFTWARE\\X" },
        { value_registry_key, "\\REGISTRY\\USER\\S-1-5-18", "HKU\\S-1-5-18" },
        { value_registry_key, "HKEY_LOCAL_MACHINE\\X", "HKLM\\X" },
        { value_registry_key, "HKLM\\X", "HKLM\\X" },
        { value_registry_key, "\\REGISTRY\\MACHINERY", "\\REGISTRY\\MACHINERY" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dr_str out = DR_STR_NONE;
        bool there = cases[i].call(arena, dr_str_of(cases[i].in), &out);
        if (there != (cases[i].out != NULL) || (there && !dr_str_is(out, cases[i].out)))
            fail_msg("case %zu '%s' gives '%.*s' instead of '%s'", i, cases[i].in, DR_STR_ARG(out), cases[i].out ? cases[i].out : "none");
    }
}

static void xml_elements(void **state)
{
    (void)state;
    dr_str out;
    const dr_str task = DR_STR("<Task><Actions Context=\"A\"><Exec><Command>a &amp;&lt;&#233;&#x41; b</Command><Arguments/></Exec></Actions></Task>");
    assert_true(value_xml(arena, task, DR_STR("Command"), &out));
    assert_true(dr_str_is(out, "a &<\xc3\xa9"
                               "A b"));
    assert_false(value_xml(arena, task, DR_STR("Arguments"), &out));
    assert_false(value_xml(arena, task, DR_STR("Comman"), &out));
    assert_false(value_xml(arena, DR_STR("<Command>open"), DR_STR("Command"), &out));
    assert_true(value_xml(arena, DR_STR("<t:Command x='1'>c</t:Command>"), DR_STR("Command"), &out));
    assert_true(dr_str_is(out, "c"));
    assert_true(value_xml(arena, DR_STR("<Command>&nosuch; & &#xffffff;</Command>"), DR_STR("Command"), &out));
    assert_true(dr_str_is(out, "&nosuch; & &#xffffff;"));
}

static void path_keys(void **state)
{
    static const struct {
        const char *path, *key;
    } cases[] = {
        { "C:\\Windows\\System32\\cmd.exe", "\\WINDOWS\\SYSTEM32\\CMD.EXE" },
        { "\"C:\\Program Files\\a b.exe\"", "\\PROGRAM FILES\\A B.EXE" },
        { "\\Device\\HarddiskVolume12\\Windows\\x.exe", "\\WINDOWS\\X.EXE" },
        { "\\??\\C:\\a.exe", "\\A.EXE" },
        { "\\\\?\\C:\\a.exe", "\\A.EXE" },
        { "\\SystemRoot\\System32\\drivers\\x.sys", "\\WINDOWS\\SYSTEM32\\DRIVERS\\X.SYS" },
        { "%SystemRoot%\\PSEXESVC.exe", "\\WINDOWS\\PSEXESVC.EXE" },
        { "system32\\DRIVERS\\x.sys", "\\WINDOWS\\SYSTEM32\\DRIVERS\\X.SYS" },
        { "%OSDRIVE%\\USERS\\A.EXE", "\\USERS\\A.EXE" },
        { "\\VOLUME{01d1-aa}\\WINDOWS\\A.EXE", "\\WINDOWS\\A.EXE" },
        { "\\\\?\\Volume{01d1-aa}\\Windows\\A.exe", "\\WINDOWS\\A.EXE" },
        { "C:/a//b\\.\\c.exe", "\\A\\B\\C.EXE" },
        { "C:\\dir\\", "\\DIR" },
        { "\\\\srv\\share\\x.exe", "\\\\SRV\\SHARE\\X.EXE" },
        { "\\Device\\Mup\\srv\\share\\x.exe", "\\\\SRV\\SHARE\\X.EXE" },
        { "\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy1\\Windows\\NTDS", "\\WINDOWS\\NTDS" },
        { "\xc3\xa9.exe", "\xc3\x89.EXE" },
        { "net.exe", "NET.EXE" },
        { "", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dr_str key = path_key(arena, dr_str_of(cases[i].path));
        if (!dr_str_is(key, cases[i].key))
            fail_msg("'%s' gives '%.*s' instead of '%s'", cases[i].path, DR_STR_ARG(key), cases[i].key);
    }
}

static void paths_are_compared(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        { "C:\\a.exe", "c:\\A.EXE", true },
        { "C:\\a.exe", "D:\\a.exe", false },
        { "C:\\a.exe", "\\Device\\HarddiskVolume2\\a.exe", true },
        { "%windir%\\x.exe", "C:\\Windows\\x.exe", true },
        { "\"C:\\x\\e.exe\" -k", "C:\\x\\e.exe -k", true },
        { "virus.exe", "C:\\Users\\eve\\virus.exe", true },
        { "dir\\virus.exe", "C:\\Users\\dir\\virus.exe", true },
        { "virus.exe", "C:\\Users\\eve\\antivirus.exe", false },
        { "virus.exe", "virus.exe", true },
        { "a\\virus.exe", "virus.exe", true },
        { "virus.exe", "other.exe", false },
        { "\\\\srv\\c\\a.exe", "C:\\srv\\c\\a.exe", false },
        { "", "C:\\a.exe", false },
        { "C:\\a.exe", "C:\\a.exe.bak", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (path_same(dr_str_of(cases[i].a), dr_str_of(cases[i].b)) != cases[i].same ||
            path_same(dr_str_of(cases[i].b), dr_str_of(cases[i].a)) != cases[i].same)
            fail_msg("'%s' and '%s'", cases[i].a, cases[i].b);
    }
    assert_int_equal(path_drive(DR_STR("\\??\\d:\\x")), 'D');
    assert_int_equal(path_drive(DR_STR("\\Device\\HarddiskVolume1\\x")), 0);
}

static void names_are_compared(void **state)
{
    (void)state;
    assert_true(name_same(DR_STR("CORP\\Eve"), DR_STR("eve")));
    assert_true(name_same(DR_STR(".\\eve"), DR_STR("eve@corp.lan")));
    assert_false(name_same(DR_STR("eve"), DR_STR("eva")));
    assert_true(dr_str_is(name_domain(DR_STR("CORP\\Eve")), "CORP"));
    assert_true(dr_str_is(name_domain(DR_STR("eve@corp.lan")), "corp.lan"));
    assert_int_equal(name_domain(DR_STR("eve")).n, 0);
}

static void expressions(void **state)
{
    (void)state;
    dr_err err;
    matcher *m;
    dr_str group;
    matcher_scratch *s = matcher_scratch_create();
    assert_int_equal(matcher_create(&m, DR_STR("(?i)name=\"(.*?)\""), &err), DR_OK);
    assert_true(matcher_find(m, s, DR_STR("x NAME=\"a b\" y"), &group));
    assert_true(dr_str_is(group, "a b"));
    assert_false(matcher_find(m, s, DR_STR("nothing"), &group));
    matcher_destroy(m);
    assert_int_equal(matcher_create(&m, DR_STR("(a)(?<v>b)"), &err), DR_OK);
    assert_true(matcher_find(m, s, DR_STR("ab"), &group));
    assert_true(dr_str_is(group, "b"));
    matcher_destroy(m);
    assert_int_equal(matcher_create(&m, DR_STR("b+"), &err), DR_OK);
    assert_true(matcher_find(m, s, DR_STR("\xed\xa0\x80 bb"), &group)); /* beside a lone surrogate */
    assert_true(dr_str_is(group, "bb"));
    matcher_destroy(m);
    assert_int_equal(matcher_create(&m, DR_STR("a("), &err), DR_DATA);
    assert_string_equal(err.text, "missing closing parenthesis (at character 3 of the expression)");
    assert_int_equal(matcher_create(&m, DR_STR("^(a+)+$"), &err), DR_OK);
    assert_false(matcher_find(m, s, DR_STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"), &group));
    assert_true(matcher_limits_hit(s) > 0);
    matcher_destroy(m);
    matcher_scratch_destroy(s);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(canonical_forms), T(transforms), T(xml_elements), T(path_keys), T(paths_are_compared), T(names_are_compared), T(expressions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
