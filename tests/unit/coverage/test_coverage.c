/* Each reason of design section 5 and its opposite, over logs counted by hand. */
#include "fixture.h"

#include "coverage/cov_example.h"

/* Security of PC1 from 0 to 100 hours, without a gap; System beside it. */
static void whole_host(scene *s)
{
    scene_open(s);
    scene_log(s, 1, "PC1", "Security", 1000, 7000, HOURS(0), HOURS(100), 0);
    scene_log(s, 2, "PC1", "System", 500, 3500, HOURS(0), HOURS(100), 0);
    scene_log(s, 3, "PC1", "Application", 20, 2000, HOURS(0), HOURS(100), 0);
}

static void test_covered(void **state)
{
    (void)state;
    scene s;
    whole_host(&s);
    scene_build(&s);
    cov_answer a = ask(&s, "PC1", "account.created", HOURS(50), HOURS(50) + DR_TICKS_PER_MIN);
    ASSERT_REASON(a, COV_COVERED);
    assert_int_equal(a.grade, COV_GRADE_C); /* a default */
    assert_int_equal(a.first_id, 1000);
    assert_int_equal(a.last_id, 7000);
    a = ask(&s, "PC1", "product.install-ended", HOURS(50), HOURS(51));
    ASSERT_REASON(a, COV_COVERED);
    assert_int_equal(a.grade, COV_GRADE_A); /* no switch */
    scene_close(&s);
}

static void test_not_collected(void **state)
{
    (void)state;
    scene s;
    whole_host(&s);
    scene_log(&s, 4, "PC2", "System", 1, 1000, HOURS(0), HOURS(100), 0);
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC2", "account.created", HOURS(50), HOURS(50)), COV_NOT_COLLECTED);
    ASSERT_REASON(ask(&s, "PC3", "account.created", HOURS(50), HOURS(50)), COV_NOT_COLLECTED);
    ASSERT_REASON(ask(&s, "PC1", "wmi.binding-created", HOURS(50), HOURS(50)), COV_NOT_COLLECTED);
    ASSERT_REASON(ask(&s, "PC1", "alert.raised", HOURS(50), HOURS(50)), COV_NO_RECORDER);
    scene_close(&s);
}

static void test_gap_with_damage(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "PC1", "System", 1000, 2000, HOURS(0), HOURS(40), 0);
    scene_lost(&s, 1, "PC1", "System");
    scene_log(&s, 1, "PC1", "System", 2100, 3000, HOURS(45), HOURS(100), 0);
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "service.installed", HOURS(42), HOURS(42)), COV_DAMAGED);
    ASSERT_REASON(ask(&s, "PC1", "service.installed", HOURS(39), HOURS(42)), COV_DAMAGED); /* partly */
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(20), HOURS(21)), COV_COVERED);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(60), HOURS(61)), COV_COVERED);
    scene_close(&s);
}

/* A hole in whole chunks: a filter made it, and the log covers nothing, ever. */
static void test_gap_without_damage(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "PC1", "System", 1000, 2000, HOURS(0), HOURS(40), 0);
    scene_log(&s, 1, "PC1", "System", 2100, 3000, HOURS(45), HOURS(100), 0);
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(20), HOURS(21)), COV_DAMAGED);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(60), HOURS(61)), COV_DAMAGED);
    scene_close(&s);
}

/* The same hole filled by another file: nothing is missing. */
static void test_gap_filled(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "PC1", "System", 1000, 2000, HOURS(0), HOURS(40), 0);
    scene_log(&s, 1, "PC1", "System", 2100, 3000, HOURS(45), HOURS(100), 0);
    scene_log(&s, 2, "PC1", "System", 1990, 2110, HOURS(39), HOURS(46), 0);
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(42), HOURS(42)), COV_COVERED);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(1), HOURS(99)), COV_COVERED);
    scene_close(&s);
}

static void test_export(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "PC1", "System", 1000, 3000, HOURS(0), HOURS(100), RECORD_HEADER_DIFFERS);
    scene_log(&s, 2, "PC1", "Application", 10, 300, HOURS(0), HOURS(100), RECORD_RECOVERED);
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(50), HOURS(50)), COV_DAMAGED);
    ASSERT_REASON(ask(&s, "PC1", "product.install-ended", HOURS(50), HOURS(50)), COV_DAMAGED);
    scene_close(&s);
}

/* A whole log covers beside an export of it. */
static void test_export_beside_whole(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "PC1", "System", 1000, 3000, HOURS(0), HOURS(100), 0);
    for (uint64_t id = 1100; id < 2900; id += 70)
        scene_log(&s, 2, "PC1", "System", id, id, HOURS(0) + (int64_t)(id - 1000) * 3 * DR_TICKS_PER_MIN, 0, 0);
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(50), HOURS(50)), COV_COVERED);
    scene_close(&s);
}

static void test_span(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "PC1", "System", 1, 3000, HOURS(0), HOURS(100), 0);
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(-5), HOURS(-4)), COV_OUT_OF_SPAN);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(100), HOURS(100)), COV_OUT_OF_SPAN);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(99), HOURS(101)), COV_OUT_OF_SPAN);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(98), HOURS(99)), COV_COVERED);
    scene_close(&s);
}

static void test_cleared(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "PC1", "Security", 88121, 91000, HOURS(10), HOURS(100), 0);
    scene_log(&s, 2, "PC1", "System", 1000, 3000, HOURS(0), HOURS(100), 0);
    scene_log(&s, 3, "PC1", "Application", 700, 900, HOURS(12), HOURS(100), 0);
    scene_fact(&s, "log.cleared", "PC1", "Security", HOURS(10), ATTRS({ "log.name", "Security" }));
    scene_build(&s);
    cov_answer a = ask(&s, "PC1", "account.created", HOURS(9), HOURS(9));
    ASSERT_REASON(a, COV_CLEARED);
    assert_true(dr_str_find(a.text, DR_STR("cleared")) != SIZE_MAX);
    assert_true(dr_str_find(a.text, DR_STR("88121")) != SIZE_MAX);
    assert_int_not_equal(a.proof[0], 0);
    ASSERT_REASON(ask(&s, "PC1", "account.created", HOURS(50), HOURS(50)), COV_COVERED);
    /* Roll-over is no clearing, but ends coverage in the same way; the text does not call it so. */
    a = ask(&s, "PC1", "product.install-ended", HOURS(9), HOURS(9));
    ASSERT_REASON(a, COV_CLEARED);
    assert_true(dr_str_find(a.text, DR_STR("cleared")) == SIZE_MAX);
    scene_close(&s);
}

/* What was cleared is there in an archive that joins on: covered over the clearing. */
static void test_cleared_and_archived(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "PC1", "Security", 500, 1000, HOURS(20), HOURS(40), 0);
    scene_log(&s, 2, "PC1", "Security", 100, 499, HOURS(0), HOURS(20), 0);
    scene_fact(&s, "log.cleared", "PC1", "Security", HOURS(20), ATTRS({ "log.name", "Security" }));
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "account.created", HOURS(19), HOURS(21)), COV_COVERED);
    scene_close(&s);
}

/* Ids that begin anew: another log, and what was between is gone. */
static void test_recreated(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "PC1", "System", 1, 1000, HOURS(60), HOURS(100), 0);
    scene_log(&s, 2, "PC1", "System", 400, 900, HOURS(0), HOURS(20), 0);
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(40), HOURS(40)), COV_CLEARED);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(10), HOURS(10)), COV_COVERED);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(70), HOURS(70)), COV_COVERED);
    scene_close(&s);
}

static void test_off(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "PC1", "System", 1, 1000, HOURS(0), HOURS(20), 0);
    scene_log(&s, 1, "PC1", "System", 1001, 2000, HOURS(30), HOURS(50), 0);
    scene_log(&s, 1, "PC1", "System", 2001, 3000, HOURS(60), HOURS(80), 0);
    scene_fact(&s, "host.shutdown", "PC1", "System", HOURS(20), ATTRS({ "shutdown.kind", "clean" }));
    scene_fact(&s, "host.booted", "PC1", "System", HOURS(30), NULL);
    scene_fact(&s, "host.booted", "PC1", "System", HOURS(60), NULL); /* no shutdown before it: a crash */
    scene_fact(&s, "host.shutdown-unexpected", "PC1", "System", HOURS(60) + DR_TICKS_PER_MIN, NULL);
    scene_fact(&s, "host.shutdown", "PC1", "System", HOURS(80), ATTRS({ "shutdown.kind", "clean" }));
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(25), HOURS(25)), COV_NOT_RUNNING);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(55), HOURS(55)), COV_NOT_RUNNING);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(40), HOURS(41)), COV_COVERED);
    scene_close(&s);
}

/* The newest record proves nothing after itself, except up to an orderly shutdown. */
static void test_until_shutdown(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "PC1", "Application", 100, 1000, HOURS(0), HOURS(70), 0);
    scene_log(&s, 2, "PC1", "System", 1, 3000, HOURS(0), HOURS(80), 0);
    scene_fact(&s, "host.shutdown", "PC1", "System", HOURS(80), ATTRS({ "shutdown.kind", "clean" }));
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "product.install-ended", HOURS(75), HOURS(75)), COV_COVERED);
    ASSERT_REASON(ask(&s, "PC1", "product.install-ended", HOURS(81), HOURS(81)), COV_OUT_OF_SPAN);
    scene_close(&s);
    scene_open(&s);
    scene_log(&s, 1, "PC1", "Application", 100, 1000, HOURS(0), HOURS(70), 0);
    scene_log(&s, 2, "PC1", "System", 1, 3000, HOURS(0), HOURS(80), 0);
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "product.install-ended", HOURS(75), HOURS(75)), COV_OUT_OF_SPAN);
    scene_close(&s);
}

static void test_asleep(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "PC1", "System", 1, 1000, HOURS(0), HOURS(20), 0);
    scene_log(&s, 1, "PC1", "System", 1001, 2000, HOURS(30), HOURS(50), 0);
    scene_fact(&s, "host.slept", "PC1", "System", HOURS(20), NULL);
    scene_fact(&s, "host.resumed", "PC1", "System", HOURS(30), NULL);
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(25), HOURS(25)), COV_NOT_RUNNING);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(31), HOURS(32)), COV_COVERED);
    scene_close(&s);
}

/* A log that falls silent while another one goes on: its ids have no gap, and yet nothing was written. */
static void test_silence(void **state)
{
    (void)state;
    for (int others = 0; others < 2; others++) {
        scene s;
        scene_open(&s);
        scene_log(&s, 1, "PC1", "System", 1, 3000, HOURS(0), HOURS(40), 0);
        scene_log(&s, 1, "PC1", "System", 3001, 6000, HOURS(60), HOURS(100), 0);
        if (others)
            scene_log(&s, 2, "PC1", "Security", 1, 6000, HOURS(0), HOURS(100), 0);
        scene_build(&s);
        ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(50), HOURS(50)), others ? COV_NOT_RUNNING : COV_COVERED);
        ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(20), HOURS(20)), COV_COVERED);
        scene_close(&s);
    }
}

static void process_at(scene *s, int64_t time, const char *image)
{
    scene_fact(s, "process.created", "PC1", "Security", time, ATTRS({ "process.image", image }));
}

static void test_asked_for_by_like_records(void **state)
{
    (void)state;
    scene s;
    whole_host(&s);
    process_at(&s, HOURS(10), "C:\\Windows\\System32\\smss.exe"); /* the start of the system, whatever the policy */
    process_at(&s, HOURS(40), "C:\\a.exe");
    process_at(&s, HOURS(44), "C:\\Windows\\System32\\csrss.exe");
    process_at(&s, HOURS(50), "C:\\b.exe");
    process_at(&s, HOURS(80), "C:\\c.exe"); /* 30 h later */
    scene_build(&s);
    cov_answer a = ask(&s, "PC1", "process.created", HOURS(45), HOURS(46));
    ASSERT_REASON(a, COV_COVERED);
    assert_int_equal(a.grade, COV_GRADE_B);
    assert_int_not_equal(a.proof[0], 0);
    assert_int_not_equal(a.proof[1], 0);
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(49), HOURS(51)), COV_NOT_ASKED_FOR); /* 51 h: 29 h to the next one */
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(60), HOURS(62)), COV_COVERED); /* within a day of both */
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(20), HOURS(20)), COV_NOT_ASKED_FOR);
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(90), HOURS(90)), COV_NOT_ASKED_FOR);
    scene_close(&s);
}

static void policy_at(scene *s, int64_t time, const char *guid, const char *change)
{
    scene_fact(s, "audit.policy-changed", "PC1", "Security", time, ATTRS({ "audit.subcategory", guid }, { "change", change }));
}

#define PROCESSES "0CCE922B-69AE-11D9-BED3-505054503030"
#define ACCOUNTS "0CCE9235-69AE-11D9-BED3-505054503030"

static void test_asked_for_by_policy(void **state)
{
    (void)state;
    scene s;
    whole_host(&s);
    policy_at(&s, HOURS(30), PROCESSES, "success added");
    policy_at(&s, HOURS(60), PROCESSES, "success and failure removed");
    policy_at(&s, HOURS(70), ACCOUNTS, "success removed");
    policy_at(&s, HOURS(80), ACCOUNTS, "success and failure added");
    policy_at(&s, HOURS(20), ACCOUNTS, "failure added");
    scene_build(&s);
    cov_answer a = ask(&s, "PC1", "process.created", HOURS(40), HOURS(41));
    ASSERT_REASON(a, COV_COVERED);
    assert_int_equal(a.grade, COV_GRADE_A);
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(20), HOURS(21)), COV_NOT_ASKED_FOR);
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(65), HOURS(66)), COV_NOT_ASKED_FOR);
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(59), HOURS(61)), COV_NOT_ASKED_FOR);
    a = ask(&s, "PC1", "account.created", HOURS(65), HOURS(65));
    ASSERT_REASON(a, COV_COVERED); /* on until the record that removed it */
    assert_int_equal(a.grade, COV_GRADE_A);
    ASSERT_REASON(ask(&s, "PC1", "account.created", HOURS(75), HOURS(75)), COV_NOT_ASKED_FOR);
    ASSERT_REASON(ask(&s, "PC1", "account.created", HOURS(85), HOURS(85)), COV_COVERED);
    scene_close(&s);
}

/* Like records on both sides of a change do not show that it was on between. */
static void test_like_records_and_policy(void **state)
{
    (void)state;
    scene s;
    whole_host(&s);
    process_at(&s, HOURS(40), "C:\\a.exe");
    policy_at(&s, HOURS(42), PROCESSES, "success removed");
    policy_at(&s, HOURS(46), PROCESSES, "success added");
    process_at(&s, HOURS(48), "C:\\b.exe");
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(44), HOURS(44)), COV_NOT_ASKED_FOR);
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(41), HOURS(41)), COV_COVERED);
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(47), HOURS(47)), COV_COVERED);
    scene_close(&s);
}

/* Forged and recovered records do not show that a setting was on. */
static void test_like_records_that_do_not_count(void **state)
{
    (void)state;
    scene s;
    whole_host(&s);
    scene_fact_flags(&s, "process.created", "PC1", "Security", HOURS(40), FACT_FORGED, ATTRS({ "process.image", "C:\\a.exe" }));
    scene_fact_flags(&s, "process.created", "PC1", "Security", HOURS(44), FACT_RECOVERED, ATTRS({ "process.image", "C:\\a.exe" }));
    scene_fact(&s, "process.created", "PC1", "Microsoft-Windows-Sysmon/Operational", HOURS(38), ATTRS({ "process.image", "C:\\a.exe" }));
    scene_fact(&s, "process.created", "PC1", "Microsoft-Windows-Sysmon/Operational", HOURS(48), ATTRS({ "process.image", "C:\\a.exe" }));
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(42), HOURS(42)), COV_NOT_ASKED_FOR);
    scene_close(&s);
}

static void test_edition(void **state)
{
    (void)state;
    for (recorder_edition edition = EDITION_CLIENT; edition <= EDITION_UNKNOWN; edition++) {
        scene s;
        whole_host(&s);
        cov_system system = { .host = dr_sym_of(s.syms, DR_STR("PC1")), .edition = edition };
        s.in.systems = &system;
        s.in.n_systems = 1;
        scene_build(&s);
        bool on = edition == EDITION_SERVER || edition == EDITION_DC;
        ASSERT_REASON(ask(&s, "PC1", "session.failed", HOURS(42), HOURS(42)), on ? COV_COVERED : COV_NOT_ASKED_FOR);
        ASSERT_REASON(ask(&s, "PC1", "account.created", HOURS(42), HOURS(42)), COV_COVERED); /* the same in all */
        scene_close(&s);
    }
}

/* What the registry says of the edition, and of the audit policy: the strongest there is. */
static void test_at_rest_settings(void **state)
{
    (void)state;
    scene s;
    whole_host(&s);
    scene_fact(&s, "host.at-rest", "PC1", "", HOURS(1), ATTRS({ "host.version", "Windows 10 Pro 19045" }, { "text", "Client" }));
    scene_fact(&s, "audit.policy-at-rest", "PC1", "", HOURS(30), ATTRS({ "audit.subcategory", PROCESSES }, { "value", "success" }));
    scene_fact(&s, "audit.policy-at-rest", "PC1", "", HOURS(30), ATTRS({ "audit.subcategory", ACCOUNTS }, { "value", "none" }));
    policy_at(&s, HOURS(30), PROCESSES, "success added");
    policy_at(&s, HOURS(30), ACCOUNTS, "success removed");
    scene_build(&s);
    cov_answer a = ask(&s, "PC1", "process.created", HOURS(40), HOURS(40));
    ASSERT_REASON(a, COV_COVERED);
    assert_int_equal(a.grade, COV_GRADE_A);
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(20), HOURS(20)), COV_NOT_ASKED_FOR);
    ASSERT_REASON(ask(&s, "PC1", "account.created", HOURS(40), HOURS(40)), COV_NOT_ASKED_FOR);
    ASSERT_REASON(ask(&s, "PC1", "account.created", HOURS(20), HOURS(20)), COV_COVERED);
    ASSERT_REASON(ask(&s, "PC1", "session.failed", HOURS(20), HOURS(20)), COV_NOT_ASKED_FOR); /* a client's default */
    assert_int_equal(cov_host_at(s.c, 0).build, 19045);
    scene_close(&s);
}

#define SYSMON "Microsoft-Windows-Sysmon/Operational"

static void test_filtered(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "PC1", SYSMON, 1, 9000, HOURS(0), HOURS(100), 0);
    scene_fact(&s, "sensor.configured", "PC1", SYSMON, HOURS(10), ATTRS({ "text", "C:\\sysmon.xml" }, { "value", "SHA256=00" }));
    scene_fact(&s, "sensor.configured", "PC1", SYSMON, HOURS(40), ATTRS({ "text", "C:\\Sysmon64.exe -i -accepteula" }));
    scene_fact(&s, "sensor.configured", "PC1", SYSMON, HOURS(60), ATTRS({ "text", "C:\\sysmon.xml" }, { "value", "SHA256=00" }));
    scene_fact(&s, "sensor.state", "PC1", SYSMON, HOURS(50), ATTRS({ "control.name", "Sysmon" }, { "value", "Stopped" }));
    scene_fact(&s, "sensor.state", "PC1", SYSMON, HOURS(52), ATTRS({ "control.name", "Sysmon" }, { "value", "Started" }));
    scene_fact(&s, "sensor.lost", "PC1", SYSMON, HOURS(55), ATTRS({ "control.name", "Sysmon" }));
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(20), HOURS(20)), COV_FILTERED);
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(45), HOURS(45)), COV_COVERED);
    ASSERT_REASON(ask(&s, "PC1", "wmi.binding-created", HOURS(45), HOURS(45)), COV_FILTERED);
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(51), HOURS(51)), COV_NOT_RUNNING);
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(55) - DR_TICKS_PER_MIN, HOURS(55)), COV_DAMAGED);
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(58), HOURS(58)), COV_COVERED);
    ASSERT_REASON(ask(&s, "PC1", "process.created", HOURS(59), HOURS(61)), COV_FILTERED);
    scene_close(&s);
}

static void clock_at(scene *s, int64_t time, int64_t old, int64_t new)
{
    char a[32], b[32];
    snprintf(a, sizeof a, "%lld", (long long)old);
    snprintf(b, sizeof b, "%lld", (long long)new);
    scene_fact(s, "clock.changed", "PC1", "System", time, ATTRS({ "clock.old", a }, { "clock.new", b }));
}

static void test_clock(void **state)
{
    (void)state;
    scene s;
    whole_host(&s);
    clock_at(&s, HOURS(43), HOURS(40), HOURS(43));
    clock_at(&s, HOURS(70), HOURS(70), HOURS(70) + DR_TICKS_PER_S); /* a correction */
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(41), HOURS(41)), COV_CLOCK);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(42), HOURS(44)), COV_CLOCK);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(69), HOURS(71)), COV_COVERED);
    assert_true(cov_host_note(s.c, s.arena, 0, 0).n > 0);
    assert_int_equal(cov_host_note(s.c, s.arena, 0, 1).n, 0);
    scene_close(&s);
}

/* Times that step back inside a log: at a start of the host that is how the kernel's records stand,
 * elsewhere it is a clock of which nothing is known. */
static void test_steps(void **state)
{
    (void)state;
    for (int boot = 0; boot < 2; boot++) {
        scene s;
        scene_open(&s);
        scene_log(&s, 1, "PC1", "System", 1, 1000, HOURS(0), HOURS(30), 0);
        scene_log(&s, 1, "PC1", "System", 1001, 1001, HOURS(20), HOURS(20), 0);
        scene_log(&s, 1, "PC1", "System", 1002, 3000, HOURS(30), HOURS(100), 0);
        if (boot)
            scene_fact(&s, "host.booted", "PC1", "System", HOURS(30), NULL);
        scene_build(&s);
        cov_answer a = ask(&s, "PC1", "host.bugcheck", HOURS(25), HOURS(25));
        ASSERT_REASON(a, boot ? COV_COVERED : COV_CLOCK);
        ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(50), HOURS(50)), COV_COVERED);
        scene_close(&s);
    }
}

static void test_route(void **state)
{
    (void)state;
    scene s;
    whole_host(&s);
    scene_build(&s);
    ASSERT_REASON(ask_with(&s, "PC1", "account.created", HOURS(50), HOURS(50), "sam", NULL), COV_COVERED);
    ASSERT_REASON(ask_with(&s, "PC1", "account.created", HOURS(50), HOURS(50), "offline", NULL), COV_ROUTE);
    ASSERT_REASON(ask_with(&s, "PC1", "account.created", HOURS(500), HOURS(500), "offline", NULL), COV_OUT_OF_SPAN);
    scene_close(&s);
}

/* Clearing of the Security log stands in it, of others in System. */
static void test_forms(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "PC1", "System", 1, 3000, HOURS(0), HOURS(100), 0);
    scene_build(&s);
    ASSERT_REASON(ask_with(&s, "PC1", "log.cleared", HOURS(50), HOURS(50), "", ATTRS({ "log.name", "Application" })), COV_COVERED);
    ASSERT_REASON(ask_with(&s, "PC1", "log.cleared", HOURS(50), HOURS(50), "", ATTRS({ "log.name", "Security" })), COV_NOT_COLLECTED);
    ASSERT_REASON(ask(&s, "PC1", "log.cleared", HOURS(50), HOURS(50)), COV_NOT_COLLECTED); /* it may be either */
    scene_close(&s);
    whole_host(&s);
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "log.cleared", HOURS(50), HOURS(50)), COV_COVERED);
    scene_close(&s);
}

static void test_observed_for(void **state)
{
    (void)state;
    scene s;
    whole_host(&s);
    for (int i = 0; i < 2; i++)
        scene_fact(&s, "service.state", "PC1", "System", HOURS(40 + 20 * i), ATTRS({ "service.key", "Spooler" }, { "service.state", "running" }));
    scene_build(&s);
    ASSERT_REASON(ask_with(&s, "PC1", "service.state", HOURS(50), HOURS(50), "", ATTRS({ "service.key", "SPOOLER" })), COV_COVERED);
    ASSERT_REASON(ask_with(&s, "PC1", "service.state", HOURS(65), HOURS(65), "", ATTRS({ "service.key", "Spooler" })), COV_NOT_ASKED_FOR);
    ASSERT_REASON(ask_with(&s, "PC1", "service.state", HOURS(50), HOURS(50), "", ATTRS({ "service.key", "other" })), COV_NOT_ASKED_FOR);
    scene_close(&s);
}

static void test_build(void **state)
{
    (void)state;
    const uint32_t builds[] = { 0, 7601, 19045 };
    const cov_reason reasons[] = { COV_NOT_ASKED_FOR, COV_NOT_ON_THIS_SYSTEM, COV_COVERED };
    for (size_t i = 0; i < 3; i++) {
        scene s;
        scene_open(&s);
        scene_log(&s, 1, "PC1", "Microsoft-Windows-WMI-Activity/Operational", 1, 3000, HOURS(0), HOURS(100), 0);
        char text[32];
        snprintf(text, sizeof text, "10.0.%u", builds[i]);
        if (builds[i])
            scene_fact(&s, "host.version", "PC1", "System", HOURS(1), ATTRS({ "host.version", text }));
        scene_build(&s);
        ASSERT_REASON(ask(&s, "PC1", "wmi.binding-registered", HOURS(50), HOURS(50)), reasons[i]);
        scene_close(&s);
    }
}

static void test_heartbeat(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "PC1", "Microsoft-Windows-Windows Defender/Operational", 1, 300, HOURS(0), HOURS(100), 0);
    for (int h = 1; h < 100; h++)
        if (h < 40 || h > 60)
            scene_fact(&s, "defender.health", "PC1", "Microsoft-Windows-Windows Defender/Operational", HOURS(h), NULL);
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "defender.exclusion-added", HOURS(50), HOURS(50)), COV_NOT_RUNNING);
    ASSERT_REASON(ask(&s, "PC1", "defender.exclusion-added", HOURS(30), HOURS(31)), COV_COVERED);
    ASSERT_REASON(ask(&s, "PC1", "detection.raised", HOURS(30), HOURS(31)), COV_FILTERED);
    scene_close(&s);
}

static void test_full_and_lost(void **state)
{
    (void)state;
    scene s;
    whole_host(&s);
    scene_fact(&s, "log.full", "PC1", "Security", HOURS(60), ATTRS({ "log.name", "Security" }));
    scene_fact(&s, "log.cleared", "PC1", "Security", HOURS(70), ATTRS({ "log.name", "Security" }));
    scene_fact(&s, "log.lost", "PC1", "Security", HOURS(80), ATTRS({ "log.name", "Security" }));
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "account.created", HOURS(65), HOURS(65)), COV_NOT_RUNNING);
    ASSERT_REASON(ask(&s, "PC1", "account.created", HOURS(75), HOURS(75)), COV_COVERED);
    ASSERT_REASON(ask(&s, "PC1", "account.created", HOURS(80) - DR_TICKS_PER_MIN, HOURS(80)), COV_DAMAGED);
    ASSERT_REASON(ask(&s, "PC1", "product.install-ended", HOURS(65), HOURS(65)), COV_COVERED);
    scene_close(&s);
}

static void test_at_rest(void **state)
{
    (void)state;
    scene s;
    whole_host(&s);
    dr_sym pc1 = dr_sym_of(s.syms, DR_STR("PC1")), pc2 = dr_sym_of(s.syms, DR_STR("PC2"));
    const cov_rest rest[] = {
        { pc1, DR_STR("sam"), 7, HOURS(90), true, true },
        { pc1, DR_STR("services"), 8, HOURS(90), false, true },
        { pc2, DR_STR("sam"), 9, HOURS(90), true, false },
    };
    s.in.rest = rest;
    s.in.n_rest = 3;
    scene_build(&s);
    uint16_t account = kind_of(&s, "sam.account");
    cov_rest_answer a = cov_at_rest(s.c, s.arena, pc1, account, &(cov_question){ .to = HOURS(50) });
    assert_int_equal(a.reason, COV_COVERED);
    assert_int_equal(a.grade, COV_GRADE_A);
    assert_int_equal(a.state->source, 7);
    assert_int_equal(cov_at_rest(s.c, s.arena, pc1, account, &(cov_question){ .to = HOURS(95) }).reason, COV_OUT_OF_SPAN);
    assert_int_equal(cov_at_rest(s.c, s.arena, pc1, kind_of(&s, "service.at-rest"), &(cov_question){ .to = HOURS(50) }).reason, COV_DAMAGED);
    assert_int_equal(cov_at_rest(s.c, s.arena, pc2, account, &(cov_question){ .to = HOURS(50) }).reason, COV_DAMAGED);
    assert_int_equal(cov_at_rest(s.c, s.arena, pc2, kind_of(&s, "run.value"), &(cov_question){ .to = HOURS(50) }).reason, COV_NOT_COLLECTED);
    assert_int_equal(cov_at_rest(s.c, s.arena, pc2, kind_of(&s, "account.created"), &(cov_question){ .to = HOURS(50) }).reason, COV_NO_RECORDER);
    scene_close(&s);
}

/* The answer is about the part of the window that is nearest to the trigger. */
static void test_nearest(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "PC1", "System", 1000, 2000, HOURS(0), HOURS(40), 0);
    scene_lost(&s, 1, "PC1", "System");
    scene_log(&s, 1, "PC1", "System", 2100, 3000, HOURS(45), HOURS(100), 0);
    scene_build(&s);
    cov_question q = { .from = HOURS(10), .to = HOURS(200), .near = HOURS(95) };
    assert_int_equal(cov_ask(s.c, s.arena, dr_sym_of(s.syms, DR_STR("PC1")), kind_of(&s, "host.bugcheck"), &q).reason, COV_OUT_OF_SPAN);
    q.near = HOURS(35);
    assert_int_equal(cov_ask(s.c, s.arena, dr_sym_of(s.syms, DR_STR("PC1")), kind_of(&s, "host.bugcheck"), &q).reason, COV_DAMAGED);
    assert_int_equal(cov_reaches(s.c, dr_sym_of(s.syms, DR_STR("PC1")), kind_of(&s, "host.bugcheck"), HOURS(10), DR_STR_NONE), HOURS(40));
    scene_close(&s);
}

/* One machine under two names in one file: ids go on, nothing is missing. */
static void test_two_names(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    scene_log(&s, 1, "WIN-ABC", "System", 1, 500, HOURS(0), HOURS(10), 0);
    scene_log(&s, 1, "PC1", "System", 501, 1000, HOURS(10), HOURS(50), 0);
    scene_log(&s, 1, "WIN-ABC", "System", 1001, 1001, HOURS(50), HOURS(50), 0);
    scene_log(&s, 1, "PC1", "System", 1002, 2000, HOURS(50), HOURS(90), 0);
    scene_build(&s);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(49), HOURS(51)), COV_COVERED);
    ASSERT_REASON(ask(&s, "PC1", "host.bugcheck", HOURS(5), HOURS(5)), COV_CLEARED); /* as PC1 it has no such time */
    scene_close(&s);
}

static void test_rows(void **state)
{
    (void)state;
    scene s;
    whole_host(&s);
    scene_log(&s, 9, "AB", "System", 1, 900, HOURS(0), HOURS(50), 0);
    scene_build(&s);
    dr_sym last = 0;
    size_t hosts = 0;
    for (size_t i = 0; i < cov_row_count(s.c); i++) {
        cov_row row = cov_row_at(s.c, i);
        if (row.host != last)
            assert_string_equal(dr_sym_str(s.syms, row.host).p, hosts++ ? "PC1" : "AB");
        last = row.host;
        assert_true(cov_row_text(s.c, s.arena, i).n > 0 || (row.n_spans && row.reason == COV_COVERED));
        for (size_t k = 0; k < row.n_spans; k++)
            assert_int_equal(row.spans[k].from, k ? row.spans[k - 1].to : COV_BEGIN);
        if (row.n_spans)
            assert_int_equal(row.spans[row.n_spans - 1].to, COV_END);
    }
    assert_int_equal(hosts, 2);
    assert_int_equal(cov_host_count(s.c), 2);
    assert_int_equal(cov_host_at(s.c, 1).first, HOURS(0));
    assert_int_equal(cov_host_at(s.c, 1).last, HOURS(100));
    assert_int_equal(cov_log_count(s.c), 4);
    scene_close(&s);
}

typedef struct derived {
    scene *s;
    size_t n_silent, n_first;
    uint64_t record_id, offset;
    dr_sym as_of_key;
    int64_t as_of;
    char text[256];
} derived;

static dr_status take_derived(void *context, const fact_draft *d)
{
    derived *out = context;
    if (d->kind == kind_of(out->s, "log.silent")) {
        out->n_silent++;
        assert_true(d->attrs[1].value.n > 0);
        snprintf(out->text, sizeof out->text, "%.*s", DR_STR_ARG(d->attrs[1].value));
    } else {
        assert_int_equal(d->kind, kind_of(out->s, "log.at-rest"));
        out->n_first++;
        for (size_t i = 0; i < d->n_attrs; i++)
            if (d->attrs[i].key == out->as_of_key)
                assert_true(dr_str_to_i64(d->attrs[i].value, &out->as_of));
    }
    out->record_id = d->record.record_id;
    out->offset = d->record.offset;
    return DR_OK;
}

static derived derive(scene *s)
{
    derived out = { .s = s, .as_of = DR_NO_TIME, .as_of_key = dr_sym_find(s->syms, DR_STR("as_of")) };
    dr_err err = { "" };
    assert_int_equal(cov_derive(&s->in, take_derived, &out, &err), DR_OK);
    return out;
}

/* A hole in a log that stands out is told as a fact; a night in which nothing is recorded is none. */
static void test_derive_silence(void **state)
{
    (void)state;
    for (int others = 0; others < 3; others++) {
        scene s;
        scene_open(&s);
        scene_log(&s, 1, "PC1", "Security", 1, 3000, HOURS(0), HOURS(40), 0);
        scene_log(&s, 1, "PC1", "Security", 3001, 6000, HOURS(44), HOURS(84), 0);
        if (others)
            scene_log(&s, 2, "PC1", "System", 1, 700, HOURS(0), others == 1 ? HOURS(84) : HOURS(40) + 30 * DR_TICKS_PER_MIN, 0);
        scene_build(&s);
        derived d = derive(&s);
        assert_int_equal(d.n_silent, others == 1);
        if (others == 1) {
            assert_int_equal(d.record_id, 3000);
            assert_int_equal(d.offset, RECORD_OFF(3000));
            assert_non_null(strstr(d.text, "3001"));
        }
        scene_close(&s);
    }
}

/* The first record of a log is its clearing's, or it is not, or the log is an export. */
static void test_derive_first(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        scene s;
        scene_open(&s);
        s.next_id = i == 1 ? 77 : 100;
        scene_fact(&s, "log.cleared", "PC1", i == 4 ? "System" : "Security", HOURS(0), ATTRS({ "log.name", "Security" })); /* 4: told elsewhere */
        scene_log(&s, 1, "PC1", "Security", 100, 900, HOURS(0), HOURS(9), i == 2 ? RECORD_HEADER_DIFFERS : 0);
        if (i == 3)
            scene_log(&s, 2, "PC1", "Security", 20, 99, HOURS(-9), HOURS(0), 0);
        scene_build(&s);
        derived d = derive(&s);
        assert_int_equal(d.n_first, i == 0 || i == 4);
        if (d.n_first) {
            assert_int_equal(d.record_id, 100);
            assert_int_equal(d.as_of, HOURS(9)); /* so it stood with its newest record */
        }
        if (i == 4)
            assert_int_equal(d.offset, RECORD_OFF(100));
        scene_close(&s);
    }
}

static void show_failure(void *context, dr_str place, dr_str text)
{
    (void)context;
    print_error("%.*s: %.*s\n", DR_STR_ARG(place), DR_STR_ARG(text));
}

/* Every recorder has examples, and they come out. */
static void test_examples(void **state)
{
    (void)state;
    scene s;
    scene_open(&s);
    dr_err err = { "" };
    cov_examples_result result;
    for (size_t i = 0; i < s.recorders->n; i++) {
        if (!s.recorders->recorders[i].examples || !s.recorders->recorders[i].examples->n)
            fail_msg("%.*s has no examples", DR_STR_ARG(s.recorders->recorders[i].id));
    }
    assert_int_equal(cov_examples_run(s.recorders, &s.vocab, show_failure, NULL, &result, &err), DR_OK);
    assert_int_equal(result.failed, 0);
    assert_true(result.passed >= s.recorders->n);
    scene_close(&s);
}

static void count_failure(void *context, dr_str place, dr_str text)
{
    (void)place;
    (void)text;
    ++*(size_t *)context;
}

/* What does not come out is told, what cannot be read has its place. */
static void test_wrong_examples(void **state)
{
    (void)state;
    static const char head[] = "recorder: x\nshown: x\nsource: {channel: Log}\nwrites: [account.created]\nfilter: unseen\nexamples:\n  - ";
    static const struct {
        const char *example, *error; /* error NULL: it can be read, and does not come out */
    } rows[] = {
        { "{name: a, expect: covered}", NULL },
        { "{name: a, expect: nonsense}", NULL },
        { "{name: a}", "f:7:" },
        { "{name: a, expekt: covered}", "f:7:" },
        { "{expect: filtered, facts: [{fact: no.kind}]}", "f:7:" },
        { "{expect: filtered, facts: {}}", "f:7:" },
        { "{expect: filtered, log: [1h]}", "f:7:" },
        { "{expect: filtered, ask: {at: noon}}", "f:7:" },
        { "{expect: filtered, store: {whole: true}}", "f:7:" },
        { "{expect: filtered, system: {edition: home}}", "f:7:" },
        { "words", "f:7:" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene s;
        scene_open(&s);
        char text[512];
        dr_err err = { "" };
        recorder_set *set = NULL;
        cov_examples_result result;
        size_t told = 0;
        int n = snprintf(text, sizeof text, "%s%s\n", head, rows[i].example);
        recorder_file file = { DR_STR_INIT("f"), { text, (size_t)n } };
        assert_int_equal(recorder_set_load(&set, &s.vocab, &file, 1, &err), DR_OK);
        dr_status status = cov_examples_run(set, &s.vocab, count_failure, &told, &result, &err);
        if (rows[i].error) {
            assert_int_equal(status, DR_DATA);
            assert_int_equal(strncmp(err.text, rows[i].error, strlen(rows[i].error)), 0);
        } else {
            assert_int_equal(status, DR_OK);
            assert_int_equal(result.failed, 1);
            assert_int_equal(told, 1);
        }
        recorder_set_free(set);
        scene_close(&s);
    }
}

/* What a store at rest does not keep says nothing, though it was read whole. */
static void test_at_rest_filtered(void **state)
{
    (void)state;
    scene s;
    whole_host(&s);
    const cov_rest rest = { dr_sym_of(s.syms, DR_STR("PC1")), DR_STR_INIT("prefetch"), 7, HOURS(90), true, true };
    s.in.rest = &rest;
    s.in.n_rest = 1;
    scene_build(&s);
    assert_int_equal(cov_at_rest(s.c, s.arena, rest.host, kind_of(&s, "program.ran"), &(cov_question){ .to = HOURS(50) }).reason, COV_FILTERED);
    scene_close(&s);
}

static void test_no_memory(void **state)
{
    (void)state;
#ifndef DR_FAULT_INJECTION
    skip();
#endif
    for (long n = 1;; n++) {
        scene s;
        scene_open(&s);
        scene_log(&s, 1, "PC1", "Security", 1000, 1100, HOURS(0), HOURS(100), 0);
        scene_log(&s, 2, "PC1", "System", 500, 560, HOURS(0), HOURS(100), 0);
        process_at(&s, HOURS(40), "C:\\a.exe");
        policy_at(&s, HOURS(42), PROCESSES, "success removed");
        clock_at(&s, HOURS(43), HOURS(40), HOURS(43));
        assert_int_equal(fact_store_seal(s.store), DR_OK);
        assert_int_equal(census_seal(s.census), DR_OK);
        s.in = (cov_input){ .store = s.store, .vocab = &s.vocab, .recorders = s.recorders, .census = s.census };
        dr_err err = { "" };
        dr_alloc_fail_after(n);
        dr_status status = coverage_build(&s.c, &s.in, &err);
        dr_alloc_fail_after(0);
        assert_true(status == DR_OK || err.text[0] != 0);
        scene_close(&s);
        if (status == DR_OK) {
            assert_true(n > 50);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_covered),
        cmocka_unit_test(test_not_collected),
        cmocka_unit_test(test_gap_with_damage),
        cmocka_unit_test(test_gap_without_damage),
        cmocka_unit_test(test_gap_filled),
        cmocka_unit_test(test_export),
        cmocka_unit_test(test_export_beside_whole),
        cmocka_unit_test(test_span),
        cmocka_unit_test(test_cleared),
        cmocka_unit_test(test_cleared_and_archived),
        cmocka_unit_test(test_recreated),
        cmocka_unit_test(test_off),
        cmocka_unit_test(test_until_shutdown),
        cmocka_unit_test(test_asleep),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_asked_for_by_like_records),
        cmocka_unit_test(test_asked_for_by_policy),
        cmocka_unit_test(test_like_records_and_policy),
        cmocka_unit_test(test_like_records_that_do_not_count),
        cmocka_unit_test(test_edition),
        cmocka_unit_test(test_at_rest_settings),
        cmocka_unit_test(test_filtered),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_route),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_observed_for),
        cmocka_unit_test(test_build),
        cmocka_unit_test(test_heartbeat),
        cmocka_unit_test(test_full_and_lost),
        cmocka_unit_test(test_at_rest),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_two_names),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_derive_silence),
        cmocka_unit_test(test_derive_first),
        cmocka_unit_test(test_examples), cmocka_unit_test(test_wrong_examples), cmocka_unit_test(test_at_rest_filtered), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
