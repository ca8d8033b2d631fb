/* BinXML tokens and value types, laid out by hand: what comes out as JSON, as XML and as fields. Every
 * record is rendered by program and by the tree; where a program exists both must agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/dr_time.h"
#include "format/binxml_value.h"
#include "format/evtx_event.h"
#include "format/evtx_text.h"
#include "unit/format/binxml_build.h"

static chunk_build b;
static unsigned trouble;

typedef bool (*text_writer)(binxml_reader *r, const binxml_instance *in, dr_buf *out);

static bool first_record(binxml_reader *r, binxml_instance *in)
{
    evtx_chunk c;
    evtx_item item;
    evtx_chunk_open(&c, cb_finish(&b), 0);
    assert_true(evtx_next(&c, &item));
    binxml_chunk(r, c.bytes);
    return binxml_record(r, item.body, item.body_end, in, &trouble);
}

static void render(text_writer writer, text_writer program, dr_buf *out)
{
    binxml_reader *r = binxml_reader_create();
    binxml_instance in;
    dr_buf quick = { 0 };
    assert_true(first_record(r, &in));
    dr_buf_clear(out);
    assert_true(writer(r, &in, out));
    if (program(r, &in, &quick) && !dr_str_eq(dr_buf_str(&quick), dr_buf_str(out)))
        fail_msg("by program: %.*s\nby tree: %.*s", DR_STR_ARG(dr_buf_str(&quick)),
                 DR_STR_ARG(dr_buf_str(out)));
    dr_buf_free(&quick);
    binxml_reader_destroy(r);
}

static void expect_json(const char *want)
{
    dr_buf out = { 0 };
    render(evtx_json_by_tree, evtx_json_by_program, &out);
    if (!dr_str_is(dr_buf_str(&out), want))
        fail_msg("\n%.*s\ninstead of\n%s", DR_STR_ARG(dr_buf_str(&out)), want);
    dr_buf_free(&out);
}

static void expect_xml(const char *want)
{
    dr_buf out = { 0 };
    render(evtx_xml_by_tree, evtx_xml_by_program, &out);
    if (!dr_str_is(dr_buf_str(&out), want))
        fail_msg("\n%.*s\ninstead of\n%s", DR_STR_ARG(dr_buf_str(&out)), want);
    dr_buf_free(&out);
}

/* All fields as name=value;... */
static void expect_fields(const char *want)
{
    binxml_reader *r = binxml_reader_create();
    binxml_instance in;
    dr_buf out = { 0 };
    evtx_fields f = { 0 };
    dr_arena *arena = dr_arena_create("test", 0);
    assert_true(first_record(r, &in));
    assert_true(evtx_fields_read(r, &in, &f));
    for (size_t i = 0; i < f.list.n; i++) {
        dr_buf_str_add(&out, f.list.p[i].name);
        dr_buf_char(&out, '=');
        dr_buf_str_add(&out, evtx_field_text(r, &f, &f.list.p[i], arena));
        dr_buf_char(&out, ';');
    }
    if (!dr_str_is(dr_buf_str(&out), want))
        fail_msg("\n%.*s\ninstead of\n%s", DR_STR_ARG(dr_buf_str(&out)), want);
    evtx_fields_free(&f);
    dr_buf_free(&out);
    dr_arena_destroy(arena);
    binxml_reader_destroy(r);
}

/* ---- Records without a template ---- */

static void full_begin(void)
{
    cb_start(&b);
    cb_record(&b, 1);
    cb_open(&b, "Event", -1, false);
    cb_u8(&b, 0x02);
}

static void full_end(void)
{
    cb_u8(&b, 0x04);
    cb_end_record(&b);
}

static void text_tokens(void **state)
{
    (void)state;
    full_begin();
    cb_open(&b, "A", -1, true);
    cb_attribute(&b, "x");
    cb_value(&b, "1 ");
    cb_u8(&b, 0x49); /* entity */
    cb_name(&b, "lt");
    cb_value(&b, "'2'");
    cb_attribute(&b, "empty");
    cb_value(&b, "");
    cb_u8(&b, 0x02);
    cb_value(&b, "a\"b");
    cb_u8(&b, 0x48); /* character reference */
    cb_u16(&b, 0x20ac);
    cb_u8(&b, 0x47); /* CDATA */
    cb_u16(&b, 3);
    cb_wide(&b, "<c>");
    cb_u8(&b, 0x09);
    cb_name(&b, "amp");
    cb_u8(&b, 0x04);
    cb_open(&b, "E", -1, false);
    cb_u8(&b, 0x03);
    cb_u8(&b, 0x0a); /* processing instruction */
    cb_name(&b, "pi");
    cb_u8(&b, 0x0b);
    cb_u16(&b, 4);
    cb_wide(&b, "d=\"1");
    full_end();
    expect_json("\"Event\":{\"A\":{\"#attributes\":{\"x\":\"1 "
                "<'2'\",\"empty\":\"\"},\"#text\":\"a\\\"b\xe2\x82\xac<c>&\"},"
                "\"E\":null,\"?pi\":\"d=\\\"1\"}");
    expect_xml("<Event><A x='1 &lt;&apos;2&apos;' "
               "empty=''>a&quot;b\xe2\x82\xac<![CDATA[<c>]]>&amp;</A><E/><?pi d=&quot;1?></Event>");
    expect_fields("A@x=1 <'2';A@empty=;A=a\"b\xe2\x82\xac<c>&;E=;");
    assert_int_equal(trouble, 0);
}

static void data_of_a_container(void **state)
{
    (void)state;
    static const char *const names[] = { "P", NULL, "P", NULL, "Data", "P_1" };
    full_begin();
    cb_open(&b, "EventData", -1, true);
    cb_attribute(&b, "Name");
    cb_value(&b, "TMP");
    cb_u8(&b, 0x02);
    for (unsigned i = 0; i < 6; i++) {
        char value[2] = { (char)('1' + i), 0 };
        cb_open(&b, "Data", -1, names[i] != NULL);
        if (names[i]) {
            cb_attribute(&b, "Name");
            cb_value(&b, names[i]);
        }
        cb_u8(&b, 0x02);
        if (i != 5)
            cb_value(&b, value);
        cb_u8(&b, 0x04);
    }
    cb_u8(&b, 0x04);
    full_end();
    /* Named and unnamed together, and names that collide: everything is there, once. */
    expect_json("\"Event\":{\"EventData\":{\"#attributes\":{\"Name\":\"TMP\"},\"P\":\"1\",\"Data\":"
                "{\"#text\":[\"2\",\"4\"]},"
                "\"P_1\":\"3\",\"Data_1\":\"5\",\"P_1_1\":\"\"}}");
    expect_fields("@Name=TMP;P=1;=2;P=3;=4;Data=5;P_1=;");
}

static void user_data(void **state)
{
    (void)state;
    full_begin();
    cb_open(&b, "UserData", -1, false);
    cb_u8(&b, 0x02);
    cb_open(&b, "LogFileCleared", -1, true);
    cb_attribute(&b, "xmlns");
    cb_value(&b, "http://x");
    cb_u8(&b, 0x02);
    cb_open(&b, "SubjectUserName", -1, false);
    cb_u8(&b, 0x02);
    cb_value(&b, "bob");
    cb_u8(&b, 0x04);
    cb_open(&b, "Error", -1, true);
    cb_attribute(&b, "Code");
    cb_value(&b, "15007");
    cb_u8(&b, 0x03);
    cb_u8(&b, 0x04);
    cb_u8(&b, 0x04);
    full_end();
    expect_json(
        "\"Event\":{\"UserData\":{\"LogFileCleared\":{\"#attributes\":{\"xmlns\":\"http://x\"},"
        "\"SubjectUserName\":\"bob\",\"Error\":{\"#attributes\":{\"Code\":\"15007\"}}}}}");
    expect_fields("SubjectUserName=bob;Error@Code=15007;");
}

/* ---- Values ---- */

/* <Event><V>%0</V></Event> with one value. */
static void one_value(unsigned type, const void *p, size_t n)
{
    cb_start(&b);
    cb_record(&b, 1);
    size_t place = cb_template(&b, 0x1234);
    cb_open(&b, "Event", 0xffff, false);
    cb_u8(&b, 0x02);
    cb_open(&b, "V", 0xffff, false);
    cb_u8(&b, 0x02);
    cb_slot(&b, 0, type, false);
    cb_u8(&b, 0x04);
    cb_u8(&b, 0x04);
    cb_end_template(&b, place);
    cb_u32(&b, 1);
    cb_descriptor(&b, (unsigned)n, type);
    cb_bytes(&b, p, n);
    cb_end_record(&b);
}

static void value_types(void **state)
{
    (void)state;
    static const struct {
        unsigned type;
        const char *bytes;
        size_t n;
        const char *json, *xml; /* NULL: the same without quotes */
    } cases[] = {
        { 0x00, "", 0, "null", "" },
        { 0x00, "\x01\x02", 2, "null", "" }, /* a null may have a size */
        { 0x01, "a\0b\0\0\0", 6, "\"ab\"", NULL },
        { 0x01, "a\0b\0", 4, "\"ab\"", NULL },
        { 0x01, "a\0b\0x", 5, "\"ab\"", NULL }, /* half a unit at the end */
        { 0x01, "a\0\0\0b\0", 6, "\"a\\u0000b\"",
          "a\xef\xbf\xbd"
          "b" }, /* text behind a NUL stays */
        { 0x01, "\x3d\xd8\x00\xde", 4, "\"\xf0\x9f\x98\x80\"", NULL },
        { 0x01, "\x00\xd8", 2, "\"\\ud800\"", "\xef\xbf\xbd" },
        { 0x01, "\0\0", 2, "null", "" },
        { 0x02, "ab\0", 3, "\"ab\"", NULL },
        { 0x02, "\x80\xe9", 2, "\"\xe2\x82\xac\xc3\xa9\"", NULL },
        { 0x03, "\xff", 1, "-1", NULL },
        { 0x04, "\xff", 1, "255", NULL },
        { 0x05, "\xfe\xff", 2, "-2", NULL },
        { 0x06, "\x10\x12", 2, "4624", NULL },
        { 0x07, "\xff\xff\xff\xff", 4, "-1", NULL },
        { 0x08, "\xff\xff\xff\xff", 4, "4294967295", NULL },
        { 0x09, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "-1", NULL },
        { 0x09, "\0\0\0\0\0\0\0\x80", 8, "\"-9223372036854775808\"", NULL },
        { 0x0a, "\xff\xff\xff\xff\xff\xff\x1f\0", 8, "9007199254740991", NULL },
        { 0x0a, "\0\0\0\0\0\0\x20\0", 8, "\"9007199254740992\"",
          NULL }, /* readers would round it */
        { 0x0b, "\0\0\xc0\x3f", 4, "\"1.5\"", NULL },
        { 0x0b, "\xcd\xcc\xcc\x3d", 4, "\"0.1\"", NULL },
        { 0x0c, "\x9a\x99\x99\x99\x99\x99\xb9\x3f", 8, "\"0.1\"", NULL },
        { 0x0c, "\0\0\0\0\0\0\xf0\x7f", 8, "\"inf\"", NULL },
        { 0x0d, "\1\0\0\0", 4, "true", NULL },
        { 0x0d, "\0\0\0\0", 4, "false", NULL },
        { 0x0d, "\0\0\2\0", 4, "true", NULL },
        { 0x0d, "\1", 1, "true", NULL },
        { 0x0d, "\1\2\3", 3, "\"010203\"", NULL },
        { 0x0e, "\x00\xab", 2, "\"00AB\"", NULL },
        { 0x0e, "", 0, "null", "" },
        { 0x0f, "\x25\x96\x84\x54\x78\x54\x94\x49\xa5\xba\x3e\x3b\x03\x28\xc3\x0d", 16,
          "\"{54849625-5478-4994-a5ba-3e3b0328c30d}\"", NULL },
        { 0x0f, "\x25\x96", 2, "\"2596\"", NULL }, /* of a wrong size: its bytes */
        { 0x10, "\x34\x12\0\0", 4, "\"0x1234\"", NULL },
        { 0x10, "\x34\x12\0\0\0\0\0\x01", 8, "\"0x100000000001234\"", NULL },
        { 0x11, "\0\0\0\0\0\0\0\0", 8, "\"1601-01-01T00:00:00.0000000Z\"", NULL },
        { 0x11, "\xb1\x5f\x03\x2c\x86\x1f\xd2\x01", 8, "\"2016-10-06T04:00:27.1663025Z\"", NULL },
        { 0x11, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "\"18446744073709551615\"", NULL },
        { 0x12, "\xe0\x07\x0a\x00\x04\x00\x06\x00\x01\x00\x02\x00\x03\x00\x09\x00", 16,
          "\"2016-10-06T01:02:03.009Z\"", NULL },
        { 0x12, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, "\"0000-00-00T00:00:00.000Z\"", NULL },
        { 0x13, "\1\1\0\0\0\0\0\5\x12\0\0\0", 12, "\"S-1-5-18\"", NULL },
        { 0x13, "\1\2\0\0\0\0\0\5\x12\0\0\0", 12, "\"010200000000000512000000\"",
          NULL }, /* says two, has one */
        { 0x14, "\xe7\3\0\0", 4, "\"0x3e7\"", NULL },
        { 0x15, "\xe7\3\0\0\0\0\0\x80", 8, "\"0x80000000000003e7\"", NULL },
        { 0x77, "\1\2", 2, "\"0102\"", NULL }, /* unknown */
        { 0x06, "\1\2\3", 3, "\"010203\"", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char want[256];
        one_value(cases[i].type, cases[i].bytes, cases[i].n);
        snprintf(want, sizeof want, "\"Event\":{\"V\":%s}", cases[i].json);
        expect_json(want);
        const char *text = cases[i].xml ? cases[i].xml : cases[i].json;
        size_t n = strlen(text), quoted = !cases[i].xml && text[0] == '"';
        snprintf(want, sizeof want, "<Event><V>%.*s</V></Event>", (int)(n - 2 * quoted),
                 text + quoted);
        if (cases[i].type == 0)
            snprintf(want, sizeof want, "<Event><V/></Event>");
        expect_xml(want);
    }
}

static void arrays(void **state)
{
    (void)state;
    one_value(0x81, "a\0\0\0\0\0b\0c\0\0\0", 12);
    expect_json("\"Event\":{\"V\":\"a\",\"V_1\":null,\"V_2\":\"bc\"}");
    expect_xml("<Event><V>a</V><V></V><V>bc</V></Event>");
    expect_fields("V=a;V=;V=bc;");
    one_value(0x81, "a\0b\0", 4); /* the last without its NUL */
    expect_json("\"Event\":{\"V\":\"ab\"}");
    one_value(0x82, "a\0\0bc\0", 6);
    expect_json("\"Event\":{\"V\":\"a\",\"V_1\":null,\"V_2\":\"bc\"}");
    one_value(0x84, "\1\2\3", 3);
    expect_json("\"Event\":{\"V\":1,\"V_1\":2,\"V_2\":3}");
    one_value(0x88, "\1\0\0\0\2\0\0\0\7\7", 10); /* two, and a rest that is none */
    expect_json("\"Event\":{\"V\":1,\"V_1\":2,\"V_2\":\"0707\"}");
    one_value(0x93, "\1\1\0\0\0\0\0\5\x12\0\0\0\1\1\0\0\0\0\0\5\x13\0\0\0", 24);
    expect_json("\"Event\":{\"V\":\"S-1-5-18\",\"V_1\":\"S-1-5-19\"}");
    one_value(0x81, "", 0); /* no items: one empty element */
    expect_json("\"Event\":{\"V\":null}");
    expect_xml("<Event><V></V></Event>");
    one_value(0x8e, "\1\2", 2); /* not defined */
    expect_json("\"Event\":{\"V\":\"0102\"}");
}

/* ---- Templates ---- */

/* <Event><EventData>
 *   <Data Name='A'>%0</Data> (normal)
 *   <Data Name='B'>%1</Data> (optional)
 *   <Data Name='C'>x</Data>  (depends on value 2)
 *   <Data Name='D' />  with attribute y='%3' (optional)
 *   <Data Name='E'>%9</Data> (normal, an index that the record does not have)
 * </EventData></Event> */
static void holes(unsigned type)
{
    cb_start(&b);
    cb_record(&b, 1);
    size_t place = cb_template(&b, 0x77);
    cb_open(&b, "Event", 0xffff, false);
    cb_u8(&b, 0x02);
    cb_open(&b, "EventData", 0xffff, false);
    cb_u8(&b, 0x02);
    for (unsigned i = 0; i < 5; i++) {
        char name[2] = { (char)('A' + i), 0 };
        cb_open(&b, "Data", i == 2 ? 2 : 0xffff, true);
        cb_attribute(&b, "Name");
        cb_value(&b, name);
        if (i == 3) {
            cb_attribute(&b, "y");
            cb_slot(&b, 3, 1, true);
            cb_u8(&b, 0x03);
            continue;
        }
        cb_u8(&b, 0x02);
        if (i == 2)
            cb_value(&b, "x");
        else
            cb_slot(&b, i == 4 ? 9 : i, 1, i == 1);
        cb_u8(&b, 0x04);
    }
    cb_u8(&b, 0x04);
    cb_u8(&b, 0x04);
    cb_end_template(&b, place);
    cb_u32(&b, 4);
    for (unsigned i = 0; i < 4; i++)
        cb_descriptor(&b, 2, type);
    for (unsigned i = 0; i < 4; i++)
        cb_u16(&b, 'p' + i);
    cb_end_record(&b);
}

static void substitutions(void **state)
{
    (void)state;
    holes(1);
    expect_json("\"Event\":{\"EventData\":{\"A\":\"p\",\"B\":\"q\",\"C\":\"x\",\"D\":{\"#"
                "attributes\":{\"y\":\"s\"}},\"E\":\"\"}}");
    expect_xml(
        "<Event><EventData><Data Name='A'>p</Data><Data Name='B'>q</Data><Data Name='C'>x</Data>"
        "<Data Name='D' y='s'/><Data Name='E'/></EventData></Event>");
    expect_fields("A=p;B=q;C=x;D=;Data@y=s;E=;");
    holes(0); /* nulls, with sizes */
    expect_json("\"Event\":{\"EventData\":{\"A\":\"\",\"D\":\"\",\"E\":\"\"}}");
    expect_xml(
        "<Event><EventData><Data Name='A'/><Data Name='D'/><Data Name='E'/></EventData></Event>");
    expect_fields("A=;D=;E=;");
}

/* A template in a template: the content of Event is an embedded fragment. */
static void embedded(void **state)
{
    (void)state;
    cb_start(&b);
    cb_record(&b, 1);
    size_t place = cb_template(&b, 0x77);
    cb_open(&b, "Event", 0, false); /* depends on its content, as in real logs */
    cb_u8(&b, 0x02);
    cb_open(&b, "System", 0xffff, false);
    cb_u8(&b, 0x02);
    cb_open(&b, "EventID", 0xffff, true);
    cb_attribute(&b, "Qualifiers");
    cb_slot(&b, 2, 6, true);
    cb_u8(&b, 0x02);
    cb_slot(&b, 1, 6, false);
    cb_u8(&b, 0x04);
    cb_u8(&b, 0x04);
    cb_slot(&b, 0, 0x21, true);
    cb_u8(&b, 0x04);
    cb_end_template(&b, place);
    cb_u32(&b, 3);
    size_t descriptor = b.n;
    cb_descriptor(&b, 0, 0x21);
    cb_descriptor(&b, 2, 0x06);
    cb_descriptor(&b, 2, 0x00);
    size_t start = b.n;
    cb_u32(&b, 0x0001010f);
    size_t inner = cb_template(&b, 0x88);
    cb_open(&b, "EventData", 0xffff, false);
    cb_u8(&b, 0x02);
    cb_open(&b, "Data", 0xffff, true);
    cb_attribute(&b, "Name");
    cb_value(&b, "Who");
    cb_u8(&b, 0x02);
    cb_slot(&b, 0, 1, false);
    cb_u8(&b, 0x04);
    cb_u8(&b, 0x04);
    cb_end_template(&b, inner);
    cb_u32(&b, 1);
    cb_descriptor(&b, 6, 1);
    cb_wide(&b, "bob");
    cb_u8(&b, 0);
    b.bytes[descriptor] = (uint8_t)(b.n - start);
    b.bytes[descriptor + 1] = (uint8_t)((b.n - start) >> 8);
    cb_u16(&b, 4720);
    cb_u16(&b, 1);
    cb_end_record(&b);
    expect_json("\"Event\":{\"System\":{\"EventID\":4720},\"EventData\":{\"Who\":\"bob\"}}");
    expect_xml("<Event><System><EventID>4720</EventID></System><EventData><Data "
               "Name='Who'>bob</Data></EventData></Event>");
    expect_fields("Who=bob;");
    /* Content whose template is lost is shown as its bytes, and told of. */
    b.bytes[start + 4 + 2] ^= 0xff;
    binxml_reader *r = binxml_reader_create();
    binxml_instance in;
    dr_buf out = { 0 };
    assert_true(first_record(r, &in));
    assert_int_equal(trouble, 0);
    assert_true(evtx_json(r, &in, &out));
    assert_true(dr_str_starts(dr_buf_str(&out), DR_STR("\"Event\":{\"#text\":\"0F0101000C01")));
    assert_true(dr_str_ends(dr_buf_str(&out), DR_STR("\"System\":{\"EventID\":4720}}")));
    assert_int_equal(*binxml_trouble(r), BINXML_BAD_TEMPLATE);
    dr_buf_free(&out);
    binxml_reader_destroy(r);
    b.bytes[start + 4 + 2] ^= 0xff;
    /* Without content the event is still one. */
    memset(b.bytes + descriptor + 2, 0, 1);
    expect_json("\"Event\":{\"System\":{\"EventID\":4720}}");
    expect_xml("<Event><System><EventID>4720</EventID></System></Event>");
    expect_fields("");
}

/* ---- System ---- */

static void system_fields_as_text(void **state)
{
    (void)state;
    static const struct {
        const char *element, *attribute, *value;
    } parts[] = {
        { "Provider", "Name", "P" },
        { "EventID", NULL, "4720" },
        { "Keywords", NULL, "0x8020000000000000" },
        { "TimeCreated", "SystemTime", "2016-10-06T04:00:27.1663025Z" },
        { "EventRecordID", NULL, "77" },
        { "Channel", NULL, "Security" },
        { "Computer", NULL, "WS01" },
        { "Security", "UserID", "S-1-5-18" },
    };
    full_begin();
    cb_open(&b, "System", -1, false);
    cb_u8(&b, 0x02);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        cb_open(&b, parts[i].element, -1, parts[i].attribute != NULL);
        if (parts[i].attribute) {
            cb_attribute(&b, parts[i].attribute);
            cb_value(&b, parts[i].value);
            cb_u8(&b, 0x03);
        } else {
            cb_u8(&b, 0x02);
            cb_value(&b, parts[i].value);
            cb_u8(&b, 0x04);
        }
    }
    cb_u8(&b, 0x04);
    full_end();
    binxml_reader *r = binxml_reader_create();
    dr_arena *arena = dr_arena_create("test", 0);
    binxml_instance in;
    evtx_system s;
    assert_true(first_record(r, &in));
    assert_true(evtx_system_read(r, &in, &s));
    evtx_system_more(r, &in, &s);
    assert_int_equal(s.event_id, 4720);
    assert_int_equal(s.record_id, 77);
    assert_true(s.keywords == 0x8020000000000000u);
    assert_true(s.time == 131202000271663025);
    assert_true(dr_str_is(binxml_symbol_text(r, s.provider), "P"));
    assert_true(dr_str_is(binxml_symbol_text(r, s.channel), "Security"));
    assert_true(dr_str_is(binxml_symbol_text(r, s.computer), "WS01"));
    assert_int_equal(s.alias, 0);
    assert_true(dr_str_is(evtx_user_sid(r, &in, arena), "S-1-5-18"));
    dr_arena_destroy(arena);
    binxml_reader_destroy(r);
}

/* ---- Hostile ---- */

static void survives(unsigned expected)
{
    binxml_reader *r = binxml_reader_create();
    binxml_instance in;
    dr_buf out = { 0 };
    evtx_fields f = { 0 };
    if (first_record(r, &in)) {
        (void)evtx_json(r, &in, &out);
        (void)evtx_xml(r, &in, &out);
        (void)evtx_fields_read(r, &in, &f);
    }
    if ((*binxml_trouble(r) & expected) != expected)
        fail_msg("trouble %x instead of %x", *binxml_trouble(r), expected);
    assert_true(out.n < (size_t)80 << 20);
    evtx_fields_free(&f);
    dr_buf_free(&out);
    binxml_reader_destroy(r);
}

static void hostile_structures(void **state)
{
    (void)state;
    /* Elements opened without end. */
    cb_start(&b);
    cb_record(&b, 1);
    for (unsigned i = 0; i < 700; i++) {
        cb_open(&b, "E", -1, false);
        cb_u8(&b, 0x02);
    }
    cb_end_record(&b);
    survives(BINXML_BAD_TOKEN);
    /* A definition whose id is not its own. */
    one_value(1, "a\0", 2);
    b.bytes[512 + 28 + 2] ^= 0xff;
    survives(BINXML_BAD_TEMPLATE);
    /* A definition offset out of the chunk. */
    one_value(1, "a\0", 2);
    cb_set32(&b, 512 + 28 + 6, 0xfffffff0u);
    survives(BINXML_BAD_TEMPLATE);
    /* More values than there is room for. */
    one_value(1, "a\0", 2);
    cb_set32(&b, b.n - 8 - 8, 0xffffffffu);
    survives(0);
    /* A value that reaches out of the record. */
    cb_start(&b);
    cb_record(&b, 1);
    size_t place = cb_template(&b, 1);
    cb_open(&b, "Event", 0xffff, false);
    cb_u8(&b, 0x02);
    cb_slot(&b, 0, 1, false);
    cb_u8(&b, 0x04);
    cb_end_template(&b, place);
    cb_u32(&b, 1);
    cb_descriptor(&b, 0xffff, 1);
    cb_end_record(&b);
    survives(BINXML_BAD_VALUES);
    expect_json("\"Event\":null");
}

/* One array of many items in an element that is written many times: output is bounded. */
static void amplification_is_bounded(void **state)
{
    (void)state;
    cb_start(&b);
    cb_record(&b, 1);
    size_t place = cb_template(&b, 9);
    cb_open(&b, "Event", 0xffff, false);
    cb_u8(&b, 0x02);
    for (unsigned i = 0; i < 1000; i++) {
        cb_open(&b, "V", 0xffff, false);
        cb_u8(&b, 0x02);
        cb_slot(&b, 0, 0x84, false);
        cb_u8(&b, 0x04);
    }
    cb_u8(&b, 0x04);
    cb_end_template(&b, place);
    cb_u32(&b, 1);
    cb_descriptor(&b, 20000, 0x84);
    b.n += 20000;
    cb_end_record(&b);
    survives(BINXML_LIMIT);
}

/* A fragment that holds the same template again, as deep as the record allows. */
static void nesting_is_bounded(void **state)
{
    (void)state;
    cb_start(&b);
    cb_record(&b, 1);
    size_t place = cb_template(&b, 5), definition = place - 20;
    cb_open(&b, "X", 0xffff, false);
    cb_u8(&b, 0x02);
    cb_slot(&b, 0, 0x21, false);
    cb_slot(&b, 0, 0x21, false); /* twice: the work would double with each level */
    cb_u8(&b, 0x04);
    cb_end_template(&b, place);
    for (unsigned i = 0; i < 900; i++) {
        cb_u32(&b, 1);
        cb_descriptor(&b, 60000u - 18 * i, 0x21);
        cb_u8(&b, 0x0c);
        cb_u8(&b, 0x01);
        cb_u32(&b, 5);
        cb_u32(&b, (uint32_t)definition);
    }
    cb_u32(&b, 0);
    b.n = 60900;
    cb_end_record(&b);
    survives(BINXML_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_tokens),
        cmocka_unit_test(data_of_a_container),
        cmocka_unit_test(user_data),
        cmocka_unit_test(value_types),
        cmocka_unit_test(arrays),
        cmocka_unit_test(substitutions),
        cmocka_unit_test(embedded),
        cmocka_unit_test(system_fields_as_text),
        cmocka_unit_test(hostile_structures),
        cmocka_unit_test(amplification_is_bounded),
        cmocka_unit_test(nesting_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
