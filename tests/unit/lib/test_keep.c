/* A case through the public interface: kept and shown again, without memory at any moment, and what is
 * refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "didrun.h"
#include "lib/fixture.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/didrun-keep-XXXXXX";
static char log_path[64], case_path[64], other_path[64];

static void put_file(const char *path, const void *p, size_t n, size_t size)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    for (; n < size; n++)
        assert_int_equal(putc(0, f), 0);
    assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(log_path, sizeof log_path, "%s/Security.evtx", folder);
    snprintf(case_path, sizeof case_path, "%s/a.case", folder);
    snprintf(other_path, sizeof other_path, "%s/other", folder);
    put_file(log_path, fixture_log.bytes, fixture_log.n, fixture_log.size);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(log_path);
    unlink(case_path);
    unlink(other_path);
    return rmdir(folder); /* fails when anything else was left */
}

static int collect(void *context, const char *bytes, size_t n)
{
    dr_buf_add(context, bytes, n);
    return 0;
}

static didrun *opened(void)
{
    didrun *d;
    didrun_options options = DIDRUN_OPTIONS_INIT;
    options.threads = 1;
    assert_int_equal(didrun_open(&d, &options), DIDRUN_OK);
    return d;
}

static didrun *examined(const char *path)
{
    didrun *d = opened();
    assert_int_equal(didrun_add(d, path), DIDRUN_OK);
    assert_int_equal(didrun_examine(d), DIDRUN_OK);
    return d;
}

static void shown(didrun *d, int what, dr_buf *out)
{
    didrun_show_options options = DIDRUN_SHOW_OPTIONS_INIT;
    options.flags = DIDRUN_SHOW_JSON;
    dr_buf_clear(out);
    assert_int_equal(didrun_show(d, what, &options, collect, out), DIDRUN_OK);
    assert_true(out->n > 0 && !out->failed);
}

static void test_round_trip(void **state)
{
    (void)state;
    static const int views[] = { DIDRUN_SHOW_EXAMINE, DIDRUN_SHOW_COVERAGE, DIDRUN_SHOW_TIMELINE, DIDRUN_SHOW_VERDICTS };
    didrun *d = examined(log_path);
    assert_int_equal(didrun_may_save(d, case_path, 0), DIDRUN_OK);
    assert_int_equal(access(case_path, F_OK), -1); /* asking writes nothing */
    assert_int_equal(didrun_save(d, case_path, 0), DIDRUN_OK);
    didrun *c = examined(case_path);
    dr_buf a = { 0 }, b = { 0 };
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        shown(d, views[i], &a);
        shown(c, views[i], &b);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.p, b.p, a.n);
    }
    didrun_counts x = DIDRUN_COUNTS_INIT, y = DIDRUN_COUNTS_INIT;
    assert_int_equal(didrun_count(d, &x), DIDRUN_OK);
    assert_int_equal(didrun_count(c, &y), DIDRUN_OK);
    assert_memory_equal(&x, &y, sizeof x);
    assert_int_equal(x.records, 3);
    dr_buf_free(&a);
    dr_buf_free(&b);
    didrun_close(c);
    didrun_close(d);
}

static void test_refused(void **state)
{
    (void)state;
    didrun *d = opened();
    put_file(other_path, "something", 9, 9);
    assert_int_equal(didrun_save(d, case_path, DIDRUN_SAVE_OVERWRITE), DIDRUN_ERROR_USAGE); /* nothing examined */
    assert_int_equal(didrun_extend(d, other_path), DIDRUN_ERROR_USAGE);
    didrun_close(d);
    d = examined(log_path);
    assert_int_equal(didrun_save(d, case_path, 0), DIDRUN_ERROR_USAGE);
    assert_int_equal(didrun_save(d, other_path, DIDRUN_SAVE_OVERWRITE), DIDRUN_ERROR_USAGE);
    assert_int_equal(didrun_save(d, folder, DIDRUN_SAVE_OVERWRITE), DIDRUN_ERROR_USAGE);
    assert_int_equal(didrun_may_save(d, "/nowhere/at/all.case", 0), DIDRUN_ERROR_IO);
    didrun_close(d);
    d = examined(case_path);
    assert_int_equal(didrun_save(d, other_path, 0), DIDRUN_ERROR_USAGE); /* a case is copied as a file */
    didrun_close(d);
    d = opened();
    assert_int_equal(didrun_add(d, case_path), DIDRUN_OK);
    assert_int_equal(didrun_add(d, log_path), DIDRUN_ERROR_USAGE);
    assert_int_equal(didrun_add(d, case_path), DIDRUN_ERROR_USAGE);
    didrun_close(d);
    unlink(other_path);
}

static size_t files_in_folder(void)
{
    size_t n = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        n += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(dir);
    return n;
}

/* Saving is told apart from what was there: the old case stays until the new one is whole. */
static void test_no_memory(void **state)
{
    (void)state;
#ifndef DR_FAULT_INJECTION
    skip();
#endif
    didrun *d = examined(log_path);
    size_t before = files_in_folder();
    long n = 1;
    for (int result = DIDRUN_ERROR_MEMORY; result != DIDRUN_OK; n++) {
        dr_alloc_fail_after(n);
        result = didrun_save(d, other_path, 0);
        dr_alloc_fail_after(0);
        assert_true(result == DIDRUN_OK || result == DIDRUN_ERROR_MEMORY);
        assert_int_equal(files_in_folder(), before + (result == DIDRUN_OK));
        assert_true(n < 100000);
    }
    assert_true(n > 10);
    didrun_close(d);
    for (n = 1;; n += n < 50 ? 1 : 7) {
        d = opened();
        dr_alloc_fail_after(n);
        int result = didrun_add(d, other_path);
        dr_alloc_fail_after(0);
        didrun_close(d);
        assert_true(result == DIDRUN_OK || result == DIDRUN_ERROR_MEMORY);
        if (result == DIDRUN_OK)
            break;
    }
    assert_true(n > 10);
    unlink(other_path);
}

static int stop(void *context, const didrun_progress *p)
{
    (void)context;
    return strcmp(p->stage, "saving") == 0;
}

static void test_interrupted(void **state)
{
    (void)state;
    didrun *d;
    didrun_options options = DIDRUN_OPTIONS_INIT;
    options.progress = stop;
    size_t before = files_in_folder();
    assert_int_equal(didrun_open(&d, &options), DIDRUN_OK);
    assert_int_equal(didrun_add(d, log_path), DIDRUN_OK);
    assert_int_equal(didrun_examine(d), DIDRUN_OK);
    assert_int_equal(didrun_save(d, other_path, 0), DIDRUN_ERROR_INTERRUPTED);
    assert_int_equal(files_in_folder(), before);
    didrun_close(d);
}

static int no_output(void *context, const char *bytes, size_t n)
{
    (void)bytes;
    *(size_t *)context += n;
    return 0;
}

/* Opened for didrun_parse: that works as ever, and nothing that needs rules falls over. */
static void test_for_parse(void **state)
{
    (void)state;
    didrun *d;
    didrun_options options = DIDRUN_OPTIONS_INIT;
    didrun_show_options show = DIDRUN_SHOW_OPTIONS_INIT;
    didrun_question question = DIDRUN_QUESTION_INIT;
    size_t n = 0, passed = 0;
    options.flags = DIDRUN_OPEN_FOR_PARSE;
    question.command = "net user x y /add";
    assert_int_equal(didrun_open(&d, &options), DIDRUN_OK);
    assert_int_equal(didrun_add(d, log_path), DIDRUN_ERROR_USAGE);
    assert_int_equal(didrun_extend(d, log_path), DIDRUN_ERROR_USAGE);
    assert_int_equal(didrun_read(d), DIDRUN_ERROR_USAGE);
    assert_int_equal(didrun_examine(d), DIDRUN_ERROR_USAGE);
    assert_int_equal(didrun_check(d, &question), DIDRUN_ERROR_USAGE);
    assert_int_equal(didrun_save(d, other_path, 0), DIDRUN_ERROR_USAGE);
    assert_int_equal(didrun_test_rules(d, no_output, &n, &passed), DIDRUN_ERROR_USAGE);
    assert_int_equal(didrun_check_rule_file(d, log_path), DIDRUN_ERROR_USAGE);
    assert_int_equal(didrun_doctor(d, 0, no_output, &n), DIDRUN_ERROR_USAGE);
    assert_int_equal(didrun_show(d, DIDRUN_SHOW_RULES, &show, no_output, &n), DIDRUN_ERROR_USAGE);
    assert_int_equal(n, 0);
    assert_int_equal(didrun_parse(d, log_path, NULL, no_output, &n), DIDRUN_OK);
    assert_true(n > 0);
    assert_int_equal(didrun_show(d, DIDRUN_SHOW_MESSAGES, &show, no_output, &n), DIDRUN_OK);
    didrun_close(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_memory),  cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_for_parse),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
