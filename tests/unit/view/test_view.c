/* The views over verdicts made by hand, compared whole with the files in golden/. With
 * DIDRUN_BLESS=1 the files are written anew; their change is then read like code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "view/rules.h"
#include "view/view.h"
#include "view/words.h"

#include <stdio.h>
#include <stdlib.h>

/* A store of facts that were not derived from anything. */
struct fact_store {
    fact facts[16];
    size_t n;
};

const fact *fact_store_at(const fact_store *store, fact_id id)
{
    assert_true(id >= 1 && id <= store->n);
    return &store->facts[id - 1];
}

size_t fact_store_count(const fact_store *store)
{
    return store->n;
}

static const vocab_kind kinds[] = {
    { .name = DR_STR_INIT("") },
    { .name = DR_STR_INIT("process.created"), .ceiling = RUNG_ATTEMPTED, .shown = DR_STR_INIT("process created") },
    { .name = DR_STR_INIT("account.created"), .ceiling = RUNG_ACHIEVED, .shown = DR_STR_INIT("account created") },
    { .name = DR_STR_INIT("sam.account"), .ceiling = RUNG_PERSISTS, .shown = DR_STR_INIT("account in the SAM hive"), .at_rest = true },
};
static const vocab_meaning meanings[] = { { DR_STR_INIT(""), DR_STR_INIT("") },
                                          { DR_STR_INIT("occurred"), DR_STR_INIT("happened at") },
                                          { DR_STR_INIT("key-written"), DR_STR_INIT("key written at") } };
static const vocab_mention mentions[] = {
    { .name = DR_STR_INIT("4688"), .shown = DR_STR_INIT("Security 4688"), .one = DR_STR_INIT("launch"), .many = DR_STR_INIT("launches") },
    { .name = DR_STR_INIT("Prefetch"), .shown = DR_STR_INIT("Prefetch"), .one = DR_STR_INIT("run"), .many = DR_STR_INIT("runs") },
    { .name = DR_STR_INIT("BAM"), .shown = DR_STR_INIT("BAM"), .one = DR_STR_INIT("user"), .many = DR_STR_INIT("users") },
    { .name = DR_STR_INIT("ShimCache"), .shown = DR_STR_INIT("ShimCache") },
};
static const vocabulary vocab = { .kinds = kinds, .n_kinds = 4, .meanings = meanings, .n_meanings = 3,
                                  .mentions = mentions, .n_mentions = 4 };

typedef struct fixture {
    dr_symtab *syms;
    dr_arena *arena;
    fact_store store;
    fact_record records[16];
    dr_diags diags;
    view_source sources[3];
    view_host host;
    view_recorder recorders[6];
    verdict verdicts[8];
    const verdict *order[8];
    view_in in;
} fixture;

static int64_t at(const char *text)
{
    int64_t ticks;
    assert_true(dr_time_parse(dr_str_of(text), &ticks));
    return ticks;
}

static fact_id add_fact(fixture *f, uint16_t kind, const char *time, uint32_t source, uint64_t offset, const char *channel,
                        uint64_t record, uint32_t event)
{
    size_t i = f->store.n++;
    f->records[i] = (fact_record){ .source = source, .offset = offset, .record_id = record, .event_id = event,
                                   .channel = dr_sym_of(f->syms, dr_str_of(channel)) };
    if (!channel[0])
        f->records[i].place = DR_STR("SAM\\Domains\\Account\\Users\\000003F1");
    f->store.facts[i] = (fact){ .id = (fact_id)(i + 1), .kind = kind, .time = at(time), .precision = 1,
                                .means = channel[0] ? 1 : 2, .n_records = 1, .records = &f->records[i],
                                .host = dr_sym_of(f->syms, DR_STR("WS07")) };
    return (fact_id)(i + 1);
}

static const verdict_parameter bob[] = { { DR_STR_INIT("account"), DR_STR_INIT("bob") } };
static const dr_str attack[] = { DR_STR_INIT("T1136.001") };
static const dr_str alternatives[] = { DR_STR_INIT("the account existed and the command failed (the exit status was not recorded)") };
static const dr_str settle[] = { DR_STR_INIT("C:\\Windows\\System32\\config\\SAM"), DR_STR_INIT("Archive-Security-*.evtx") };

static verdict blank(fixture *f, const char *id, const char *claim, const char *time)
{
    verdict v = { .claim = dr_str_of(claim), .time = at(time), .time_means = 1, .as_of = DR_NO_TIME, .lifetime = -1,
                  .host = dr_sym_of(f->syms, DR_STR("WS07")), .from_host = dr_sym_of(f->syms, DR_STR("WS07")),
                  .parameters = bob, .n_parameters = 1, .attack = attack, .n_attack = 1, .how = DR_STR("process"),
                  .rule = DR_STR("account-created@3f9a000000000001"), .effect = true };
    snprintf(v.id, sizeof v.id, "%s", id);
    v.states[RUNG_PRESENT] = STATE_NOT_APPLICABLE;
    return v;
}

static void add_open(fixture *f) /* ran, effect not known: the log was cleared */
{
    static verdict_evidence rows[3];
    static const verdict_missing missing[] = {
        { RUNG_ACHIEVED, DR_STR_INIT("account.created"), COV_CLEARED, DR_STR_INIT("Security before 12:09:44 is gone (cleared)") },
        { RUNG_PERSISTS, DR_STR_INIT("sam.account"), COV_NOT_COLLECTED, DR_STR_INIT("no SAM hive of WS07 among the evidence") },
    };
    static const verdict_trace traces[] = {
        { DR_STR_INIT("made"), TRACE_UNKNOWN, COV_CLEARED }, { DR_STR_INIT("sam"), TRACE_UNKNOWN, COV_NOT_COLLECTED },
        { DR_STR_INIT("exit"), TRACE_FOUND, COV_COVERED },   { DR_STR_INIT("changed"), TRACE_ABSENT, COV_COVERED },
    };
    fact_id a = add_fact(f, 1, "2025-06-01T12:07:15.1932841Z", 2, 0x1f4a8, "Microsoft-Windows-Sysmon/Operational", 5310, 1);
    fact_id b = add_fact(f, 1, "2025-06-01T12:07:15.3Z", 2, 0x1f9c0, "Microsoft-Windows-Sysmon/Operational", 5311, 1);
    rows[0] = (verdict_evidence){ RUNG_ATTEMPTED, ROLE_PROVES, DR_STR("trigger"), a, FACT_LINK_NONE, DR_STR("net user bob Pw1 /add"), DR_STR("net user bob *** /add") };
    rows[1] = (verdict_evidence){ RUNG_STARTED, ROLE_PROVES, DR_STR("child"), b, FACT_LINK_IDENTITY, DR_STR("net1 user bob Pw1 /add, child"),
                                    DR_STR("net1 user bob *** /add, child") };
    rows[2] = (verdict_evidence){ RUNG_STARTED, ROLE_CONTEXT, DR_STR("exit"), b, FACT_LINK_NAME, DR_STR("tricky \x1b[31m\xe2\x80\xae text"),
                                    DR_STR("tricky \x1b[31m\xe2\x80\xae text") };
    verdict v = blank(f, "v-b3d4000000000001", "account-created", "2025-06-01T12:07:15.1932841Z");
    v.word = WORD_RAN;
    v.grade = GRADE_B;
    v.states[RUNG_ATTEMPTED] = v.states[RUNG_STARTED] = STATE_PROVED;
    v.label = DR_STR("\"net user bob *** /add\" ran; whether an account was made cannot be told");
    v.text = DR_STR("A command for the account \"bob\" ran at 12:07:15 under CORP\\eve (logon 0x4a1f, type 10 from 10.0.0.5). "
                    "Whether an account was made cannot be told.");
    v.evidence = rows;
    v.n_evidence = v.evidence_total = 3;
    v.missing = missing;
    v.n_missing = 2;
    v.constellation = traces;
    v.n_constellation = 4;
    v.alternatives = alternatives;
    v.n_alternatives = 1;
    v.settle = settle;
    v.n_settle = 2;
    v.to_decide = true;
    f->verdicts[0] = v;
}

static void add_lasting(fixture *f) /* achieved, still there */
{
    static verdict_evidence rows[2];
    fact_id a = add_fact(f, 2, "2025-06-02T09:00:01Z", 1, 69632, "Security", 88200, 4720);
    fact_id b = add_fact(f, 3, "2025-06-02T09:00:01.5Z", 3, 0x2020, "", 0, 0);
    rows[0] = (verdict_evidence){ RUNG_ACHIEVED, ROLE_PROVES, DR_STR("made"), a, FACT_LINK_NONE, DR_STR("4720 bob \"quoted\""), DR_STR("4720 bob \"quoted\"") };
    rows[1] = (verdict_evidence){ RUNG_PERSISTS, ROLE_PROVES, DR_STR("sam"), b, FACT_LINK_IDENTITY, DR_STR("account in the SAM hive"), DR_STR("account in the SAM hive") };
    verdict v = blank(f, "v-b3d5000000000002", "account-created", "2025-06-02T09:00:01Z");
    v.from_host = 0;
    v.how = DR_STR_NONE;
    v.word = WORD_ACHIEVED_PERSISTS;
    v.grade = GRADE_A;
    v.states[RUNG_ACHIEVED] = v.states[RUNG_PERSISTS] = STATE_PROVED;
    v.label = DR_STR("the account bob was created");
    v.text = DR_STR("Security recorded the account bob at 2025-06-02 09:00:01 (Security 88200).");
    v.as_of = at("2025-06-02T17:38:00Z");
    v.evidence = rows;
    v.n_evidence = 2;
    v.evidence_total = 70;
    v.to_decide = true;
    f->verdicts[1] = v;
}

static void add_others(fixture *f)
{
    static const char *const ids[] = { "v-c000000000000001", "v-c000000000000002", "v-c000000000000003", "v-c000000000000004" };
    static const verdict_word words[] = { WORD_RAN, WORD_PRESENT, WORD_BLOCKED, WORD_RAN };
    for (size_t i = 0; i < 4; i++) {
        verdict v = blank(f, ids[i], "program-ran", "2025-06-01T08:00:00Z");
        v.word = words[i];
        v.effect = false;
        v.states[RUNG_ACHIEVED] = v.states[RUNG_PERSISTS] = STATE_NOT_APPLICABLE;
        v.label = DR_STR("a.exe");
        v.marks = words[i] == WORD_BLOCKED ? MARK_CONTROL : 0;
        if (i == 3)
            v.expected = DR_STR("Windows update");
        f->verdicts[2 + i] = v;
    }
}

static int setup(void **state)
{
    static const view_span security[] = { { 133930368000000000, 133932605840000000, COV_CLEARED },
                                          { 133932605840000000, 133933596000000000, COV_COVERED } };
    static const view_span system_log[] = { { 133930368000000000, 133933596000000000, COV_COVERED } };
    static const view_span control[] = { { 133930368000000000, 133931000000000000, COV_COVERED },
                                         { 133931000000000000, 133932000000000000, COV_NOT_RUNNING },
                                         { 133932000000000000, 133933596000000000, COV_COVERED } };
    static const view_span sensor[] = { { 133930368000000000, 133933000000000000, COV_FILTERED },
                                        { 133933000000000000, 133933596000000000, COV_DAMAGED } };
    static const dr_str notes[] = { DR_STR_INIT("clock stepped +3 h 2025-05-30 08:14") };
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->syms = dr_symtab_create();
    f->arena = dr_arena_create("test", 0);
    dr_diags_init(&f->diags, f->arena);
    dr_diag_add(&f->diags, DR_DIAG_EVTX_CHUNK_MAGIC, 0x11000, 65536, "chunk %d", 1);
    dr_diag_add(&f->diags, DR_DIAG_EVTX_VALUE, 0x21000, 0, "%s", "");
    f->sources[0] = (view_source){ .name = DR_STR("Logs/Security.evtx"), .kind = DR_STR("event log"), .sha256 = DR_STR("aa00"),
                                   .size = 1300000000, .records = 1200, .state = VIEW_SOURCE_DAMAGED, .diags = &f->diags };
    f->sources[1] = (view_source){ .name = DR_STR("Logs/Sysmon.evtx"), .kind = DR_STR("event log"), .sha256 = DR_STR("bb00"),
                                   .size = 69632, .records = 9007199254740993u, .state = VIEW_SOURCE_READ };
    f->sources[2] = (view_source){ .name = DR_STR("config/SAM"), .kind = DR_STR("registry hive"), .size = 12,
                                   .state = VIEW_SOURCE_DUPLICATE, .same_as = DR_STR("RegBack/SAM") };
    f->host = (view_host){ .name = DR_STR("WS07"), .system = DR_STR("Windows 10 22H2"), .first = at("2025-05-30T08:12Z"),
                           .last = at("2025-06-02T17:40Z"), .notes = notes, .n_notes = 1 };
    const view_recorder recorders[] = {
        { DR_STR("WS07"), DR_STR("security.user-accounts"), DR_STR("Security"), DR_STR("user accounts"), security, 2, COV_COVERED,
          DR_STR("cleared 06-01 12:09:44; reaches back to there"), false },
        { DR_STR("WS07"), DR_STR("system.services"), DR_STR("System"), DR_STR("services"), system_log, 1, COV_COVERED, DR_STR_NONE, false },
        { DR_STR("WS07"), DR_STR("defender"), DR_STR("Defender"), DR_STR("Defender"), control, 3, COV_COVERED,
          DR_STR("no Defender between 05-31 02:10 and 06-01 11:58 (7036)"), false },
        { DR_STR("WS07"), DR_STR("sysmon.process-creation"), DR_STR("Sysmon"), DR_STR("process creation"), sensor, 2, COV_COVERED,
          DR_STR("filter not known, its silence proves nothing"), false },
        { DR_STR("WS07"), DR_STR("sam"), DR_STR("SAM"), DR_STR("accounts"), NULL, 0, COV_NOT_COLLECTED, DR_STR_NONE, false },
        { DR_STR("WS07"), DR_STR("security.devices"), DR_STR("Security"), DR_STR("devices"), security, 2, COV_COVERED,
          DR_STR("shown on demand only"), true },
    };
    memcpy(f->recorders, recorders, sizeof recorders);
    add_open(f);
    add_lasting(f);
    add_others(f);
    for (size_t i = 0; i < 6; i++)
        f->order[i] = &f->verdicts[i];
    f->in = (view_in){ .syms = f->syms, .vocab = &vocab, .facts = &f->store, .sources = f->sources, .n_sources = 3,
                       .hosts = &f->host, .n_hosts = 1, .recorders = f->recorders, .n_recorders = 6, .verdicts = f->order,
                       .n_verdicts = 6, .evidence = DR_STR("collection.zip"), .first = f->host.first, .last = f->host.last,
                       .elapsed_ms = 2140 };
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    dr_diags_free(&f->diags);
    dr_arena_destroy(f->arena);
    dr_symtab_destroy(f->syms);
    free(f);
    return 0;
}

static void golden(dr_buf *out, const char *name)
{
    char path[1024];
    const char *root = getenv("DIDRUN_SOURCE");
    snprintf(path, sizeof path, "%s/tests/unit/view/golden/%s", root ? root : ".", name);
    assert_false(out->failed);
    if (getenv("DIDRUN_BLESS")) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(out->p, 1, out->n, file), out->n);
        assert_int_equal(fclose(file), 0);
    }
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    static char want[1 << 16];
    size_t n = fread(want, 1, sizeof want - 1, file);
    fclose(file);
    want[n] = 0;
    dr_buf_char(out, 0);
    assert_string_equal(out->p, want);
    dr_buf_free(out);
}

static void test_json(void **state)
{
    fixture *f = *state;
    dr_buf out = { 0 };
    for (size_t i = 0; i < f->in.n_sources; i++)
        view_json_source(&out, &f->sources[i]);
    for (size_t i = 0; i < f->in.n_recorders; i++)
        view_json_coverage(&out, &f->recorders[i]);
    for (size_t i = 0; i < f->in.n_verdicts; i++)
        view_json_verdict(&out, &f->in, f->order[i]);
    view_json_summary(&out, &f->in);
    golden(&out, "all.jsonl");
}

static void test_examine(void **state)
{
    fixture *f = *state;
    dr_buf out = { 0 };
    view_examine(&out, &f->in, &(view_options){ .width = 100 });
    golden(&out, "examine-100.txt");
    view_examine(&out, &f->in, &(view_options){ .width = 60, .colour = true, .all = true });
    golden(&out, "examine-60-all-colour.txt");
}

static void test_examine_alike(void **state)
{
    fixture *f = *state;
    dr_buf out = { 0 };
    for (size_t i = 2; i < 5; i++) {
        f->verdicts[i] = f->verdicts[1];
        snprintf(f->verdicts[i].id, sizeof f->verdicts[i].id, "v-e00000000000000%zu", i);
    }
    f->verdicts[4].grade = GRADE_B; /* not like the others */
    view_examine(&out, &f->in, &(view_options){ .width = 100 });
    golden(&out, "examine-alike.txt");
}

static void test_examine_nothing(void **state)
{
    fixture *f = *state;
    dr_buf out = { 0 };
    f->in.n_verdicts = f->in.n_hosts = f->in.n_recorders = 0;
    view_examine(&out, &f->in, &(view_options){ .width = 80 });
    golden(&out, "examine-nothing.txt");
}

static void test_explain(void **state)
{
    fixture *f = *state;
    dr_buf out = { 0 };
    view_explain(&out, &f->in, f->order[0], &(view_options){ .width = 100 });
    golden(&out, "explain-open.txt");
    view_explain(&out, &f->in, f->order[1], &(view_options){ .width = 100 });
    golden(&out, "explain-lasting.txt");
}

static void test_coverage(void **state)
{
    fixture *f = *state;
    dr_buf out = { 0 };
    view_coverage(&out, &f->in, &(view_options){ .width = 132 });
    golden(&out, "coverage.txt");
    view_coverage(&out, &f->in, &(view_options){ .width = 110, .from = at("2025-06-01T12:00Z"), .to = at("2025-06-01T18:00Z") });
    golden(&out, "coverage-part.txt");
    view_coverage(&out, &f->in, &(view_options){ .width = 60 });
    golden(&out, "coverage-60.txt");
    view_damage(&out, &f->in, &(view_options){ .width = 100 });
    golden(&out, "damage.txt");
}

static void test_verdicts(void **state)
{
    fixture *f = *state;
    dr_buf out = { 0 };
    view_verdicts(&out, &f->in, &(view_options){ .width = 110 });
    golden(&out, "verdicts.txt");
    f->verdicts[2].label = DR_STR("=cmd|' /C calc'!A0");
    view_verdicts_csv(&out, &f->in, &(view_options){ .all = true });
    golden(&out, "verdicts.csv");
}

/* One row a program, whatever the width; what stands out of its runs below it. */
static void test_programs(void **state)
{
    static const verdict_parameter program[] = { { DR_STR_INIT("program"), DR_STR_INIT("C:\\Users\\eve\\a.exe") },
                                                 { DR_STR_INIT("run"), DR_STR_INIT("{0}") } };
    static const verdict_parameter other[] = { { DR_STR_INIT("program"), DR_STR_INIT("C:\\Program Files\\Some Product\\with a long name\\b.exe") },
                                               { DR_STR_INIT("sha1"), DR_STR_INIT("da39a3ee5e6b4b0d3255bfef95601890afd80709") } };
    fixture *f = *state;
    dr_buf out = { 0 };
    const verdict_mention ran[] = {
        { DR_STR_INIT("4688"), RUNG_ATTEMPTED, 1, 0, at("2025-06-01T12:00:01Z"), at("2025-06-01T12:00:01Z") },
        { DR_STR_INIT("Prefetch"), RUNG_STARTED, 3, 1204, at("2025-05-30T08:12:00Z"), at("2025-06-02T09:00:00.5Z") },
        { DR_STR_INIT("ShimCache"), RUNG_PRESENT, 1, 0, DR_NO_TIME, DR_NO_TIME },
    };
    const verdict_mention named[] = { { DR_STR_INIT("ShimCache"), RUNG_PRESENT, 2, 9, DR_NO_TIME, DR_NO_TIME } };
    for (size_t i = 0; i < 8; i++)
        f->verdicts[i].effect = true;
    for (size_t i = 2; i < 5; i++) {
        verdict *v = &f->verdicts[i];
        v->effect = false;
        v->parameters = i == 3 ? other : program;
        v->n_parameters = i == 2 ? 1 : 2;
        for (rung r = 0; r < RUNG_COUNT; r++)
            v->states[r] = r < RUNG_ACHIEVED && (i != 3 || r == RUNG_PRESENT) ? STATE_PROVED : STATE_NOT_APPLICABLE;
    }
    f->verdicts[2].mentions = ran;
    f->verdicts[2].n_mentions = 3;
    f->verdicts[2].word = WORD_RAN;
    f->verdicts[3].mentions = named;
    f->verdicts[3].n_mentions = 1;
    f->verdicts[3].word = WORD_PRESENT;
    f->verdicts[4].word = WORD_CRASHED; /* a single run */
    view_program *list;
    size_t n;
    assert_true(view_programs_gather(f->arena, &f->in, &list, &n));
    assert_int_equal(n, 2);
    assert_ptr_equal(list[0].v, &f->verdicts[2]);
    assert_int_equal(list[0].n_runs, 1);
    assert_int_equal(list[1].n_runs, 0);
    view_programs(&out, &f->in, list, n, 0, &(view_options){ .width = 80 });
    dr_buf_z(&out, "\n--\n");
    view_programs(&out, &f->in, list, n, 1204, &(view_options){ .width = 160 });
    dr_buf_z(&out, "\n--\n");
    view_programs(&out, &f->in, list, n, 0, &(view_options){ .width = 160, .zoned = true, .zone_minutes = 120 });
    golden(&out, "programs.txt");
    view_programs_csv(&out, &f->in, list, n);
    golden(&out, "programs.csv");
    for (size_t i = 0; i < n; i++)
        view_json_program(&out, &f->in, &list[i]);
    golden(&out, "programs.jsonl");
}

static void test_messages(void **state)
{
    fixture *f = *state;
    dr_buf out = { 0 };
    view_messages(&out, &f->in, true);
    golden(&out, "messages-verbose.txt");
    view_messages(&out, &f->in, false);
    golden(&out, "messages.txt");
}

static void test_facts(void **state)
{
    fixture *f = *state;
    dr_buf out = { 0 };
    fact_attr attrs[] = { { dr_sym_of(f->syms, DR_STR("account.name")), DR_STR("bob") },
                          { dr_sym_of(f->syms, DR_STR("process.command_line")), DR_STR("net user bob Pw1 /add") } };
    verdict_list list = { .arena = f->arena };
    assert_int_equal(verdict_add_secret(&list, DR_STR("Pw1")), DR_OK);
    f->store.facts[0].attrs = attrs;
    f->store.facts[0].n_attrs = 2;
    f->store.facts[3].precision = DR_TICKS_PER_S;
    f->in.n_hosts = 2;
    for (size_t i = 0; i < f->store.n; i++)
        view_fact(&out, &f->in, &list, &f->store.facts[i], &(view_options){ .width = 100 });
    for (size_t i = 0; i < f->store.n; i++)
        view_json_fact(&out, &f->in, &f->store.facts[i]);
    golden(&out, "facts.txt");
    view_facts_csv_head(&out);
    for (size_t i = 0; i < f->store.n; i++)
        view_fact_csv(&out, &f->in, &list, &f->store.facts[i]);
    golden(&out, "facts.csv");
    verdict_free_secrets(&list);
}

static void test_rule(void **state)
{
    static const dr_str others[] = { DR_STR_INIT("made through the console at the same time") };
    static const rule_trigger set_off[] = {
        { .kind = TRIGGER_TOOL, .name = DR_STR_INIT("net"), .route = DR_STR_INIT("sam") },
        { .kind = TRIGGER_SCRIPT, .script = DR_STR_INIT("WinNT://"), .idempotent = true },
    };
    static const uint16_t created[] = { 2 }, at_rest[] = { 3 };
    static rule r = { .id = DR_STR_INIT("account-created"), .title = DR_STR_INIT("An account was created"),
                      .file = DR_STR_INIT("claims/account-created.yml"), .hash = "0123456789abcdef", .attack = attack,
                      .n_attack = 1, .params = { { DR_STR_INIT("account"), PARAM_NAME, false, false },
                                                 { DR_STR_INIT("sid"), PARAM_SID, true, true } },
                      .n_params = 2, .triggers = set_off, .n_triggers = 2,
                      .traces = { { .name = DR_STR_INIT("made"), .role = TRACE_PROVES, .rung = RUNG_ACHIEVED, .has_rung = true,
                                    .kinds = created, .n_kinds = 1, .silent_counts = true },
                                  { .name = DR_STR_INIT("sam"), .role = TRACE_PROVES, .rung = RUNG_PERSISTS, .has_rung = true,
                                    .kinds = at_rest, .n_kinds = 1 } },
                      .n_traces = 2, .alternatives = others, .n_alternatives = 1 };
    static rule *all[] = { &r };
    rule_set set = { .rules = { .p = all, .n = 1, .cap = 1 } };
    dr_buf out = { 0 };
    (void)state;
    view_rules(&out, &set, &(view_options){ .width = 100 });
    view_rule(&out, &r, &vocab, &(view_options){ .width = 100 });
    view_json_rule(&out, &r);
    golden(&out, "rules.txt");
}

static void test_zone(void **state)
{
    fixture *f = *state;
    dr_buf out = { 0 };
    view_options options = { .width = 110, .zoned = true, .zone_minutes = -330 };
    view_examine(&out, &f->in, &options);
    view_verdicts(&out, &f->in, &options);
    view_explain(&out, &f->in, f->order[1], &options);
    view_fact(&out, &f->in, NULL, &f->store.facts[0], &options);
    golden(&out, "zone.txt");
}

static void test_ids(void **state)
{
    fixture *f = *state;
    size_t hits;
    assert_int_equal(view_id_digits(&f->in), 16); /* two of them differ in the last digit only */
    assert_ptr_equal(view_find(&f->in, DR_STR("v-b3d4"), &hits), f->order[0]);
    assert_ptr_equal(view_find(&f->in, DR_STR("B3D5"), &hits), f->order[1]);
    assert_null(view_find(&f->in, DR_STR("v-b3"), &hits));
    assert_int_equal(hits, 2);
    assert_null(view_find(&f->in, DR_STR("v-0"), &hits));
    assert_int_equal(hits, 0);
    f->in.n_verdicts = 2;
    assert_int_equal(view_id_digits(&f->in), 4);
}

static void test_wrap(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t width;
        const char *want;
    } cases[] = {
        { "one two three", 20, "one two three\n" },
        { "one two three four", 18, "one two three\n  four\n" },
        { "abcdefghijklmnopqrstuvwxyz", 18, "abcdefghijklmnop\n  qrstuvwxyz\n" },
        { "C:\\folder\\sub\\a-long-name.exe", 20, "C:\\folder\\sub\\\n  a-long-name.exe\n" },
        { "", 20, "\n" },
        { "no wrapping at all where there is no width to keep to", 0, "no wrapping at all where there is no width to keep to\n" },
        { "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", 18,
          "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\n  \xe6\xbc\xa2\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dr_buf out = { 0 };
        view_wrap(&out, dr_str_of(cases[i].text), 2, 2, cases[i].width);
        dr_buf_char(&out, 0);
        assert_string_equal(out.p, cases[i].want);
        dr_buf_free(&out);
    }
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        uint64_t n;
        const char *size, *count;
    } cases[] = {
        { 0, "0 B", "0" },
        { 1023, "1023 B", "1,023" },
        { 1536, "1.5 KiB", "1,536" },
        { 120000, "117 KiB", "120,000" },
        { 1288490189, "1.2 GiB", "1,288,490,189" },
        { UINT64_MAX, "16777215 TiB", "18,446,744,073,709,551,615" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dr_buf size = { 0 }, count = { 0 };
        view_size(&size, cases[i].n);
        view_count(&count, cases[i].n);
        dr_buf_char(&size, 0);
        dr_buf_char(&count, 0);
        assert_string_equal(size.p, cases[i].size);
        assert_string_equal(count.p, cases[i].count);
        dr_buf_free(&size);
        dr_buf_free(&count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_json, setup, teardown),
        cmocka_unit_test_setup_teardown(test_examine, setup, teardown),
        cmocka_unit_test_setup_teardown(test_examine_alike, setup, teardown),
        cmocka_unit_test_setup_teardown(test_examine_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_explain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_coverage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_verdicts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_programs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_facts, setup, teardown),
        cmocka_unit_test(test_rule),
        cmocka_unit_test_setup_teardown(test_zone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ids, setup, teardown),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
