/* YAML of data files: the tree with its places, limits, and the text of every error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "fact/vocabulary.h"
#include "fact/yaml.h"

typedef struct fixture {
    dr_arena *arena;
    yaml_file file;
    dr_err err;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->arena = dr_arena_create("test", 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    dr_arena_destroy(f->arena);
    free(f);
    return 0;
}

static const yaml_node *load(fixture *f, const char *text)
{
    if (yaml_load(f->arena, DR_STR("x.yml"), dr_str_of(text), &f->file, &f->err) != DR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(f->file.n, 1);
    return f->file.documents[0];
}

static void assert_str(dr_str have, const char *want)
{
    if (!dr_str_is(have, want))
        fail_msg("'%.*s' is not '%s'", DR_STR_ARG(have), want);
}

static void tree_and_places(void **state)
{
    fixture *f = *state;
    const yaml_node *top = load(f, "a: 1\nlist:\n  - x\n  - \"y\\n\"\n  - [p, 'q: r']\nmap: {k: v, e: ''}\n");
    assert_int_equal(top->kind, YAML_MAP);
    assert_int_equal(top->n, 3);
    assert_str(yaml_get(top, "a")->text, "1");
    const yaml_node *list = yaml_get(top, "list");
    assert_int_equal(list->n, 3);
    assert_int_equal(list->items[0]->line, 3);
    assert_int_equal(list->items[0]->column, 5);
    assert_false(list->items[0]->quoted);
    assert_true(list->items[1]->quoted);
    assert_str(list->items[1]->text, "y\n");
    assert_str(list->items[2]->items[1]->text, "q: r");
    const yaml_node *map = yaml_get(top, "map");
    assert_str(map->keys[0]->text, "k");
    assert_int_equal(map->items[1]->text.n, 0);
    assert_null(yaml_get(top, "none"));
    assert_null(yaml_get(list, "a"));
}

static void several_documents(void **state)
{
    fixture *f = *state;
    assert_int_equal(yaml_load(f->arena, DR_STR("x.yml"), DR_STR("a: 1\n---\nb: 2\n"), &f->file, &f->err), DR_OK);
    assert_int_equal(f->file.n, 2);
    assert_str(yaml_get(f->file.documents[1], "b")->text, "2");
    assert_int_equal(yaml_load(f->arena, DR_STR("x.yml"), DR_STR("# nothing\n"), &f->file, &f->err), DR_OK);
    assert_int_equal(f->file.n, 0);
}

static void errors_name_the_place(void **state)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        { "a: 1\nb: 2\na: 3\n", "x.yml:3:1: the key 'a' stands here twice (first in line 1)" },
        { "a: &x 1\n", "x.yml:1:4: anchors and aliases are not allowed (text that begins with & or * needs quotes)" },
        { "a: *x\n", "x.yml:1:4: anchors and aliases are not allowed (text that begins with & or * needs quotes)" },
        { "a: !!int 1\n", "x.yml:1:4: tags are not allowed (text that begins with ! needs quotes)" },
        { "? [a, b]\n: 1\n", "x.yml:1:3: expected plain text as a key" },
        { "a: [1, 2\nb: 3\n", "x.yml:2:2: while parsing a flow sequence, did not find expected ',' or ']'" },
        { "a: 1\n\tb: 2\n", "x.yml:2:1: while scanning a plain scalar, found a tab character that violates indentation" },
        { "a: 1\nb: x\x01y\n", "x.yml:2:5: control characters are not allowed" },
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(yaml_load(f->arena, DR_STR("x.yml"), dr_str_of(cases[i].text), &f->file, &f->err), DR_DATA);
        assert_string_equal(f->err.text, cases[i].error);
    }
}

static void limits_hold(void **state)
{
    fixture *f = *state;
    char deep[2 * DR_YAML_MAX_DEPTH + 16] = "";
    memset(deep, '[', DR_YAML_MAX_DEPTH + 1);
    assert_int_equal(yaml_load(f->arena, DR_STR("x.yml"), dr_str_of(deep), &f->file, &f->err), DR_DATA);
    assert_string_equal(f->err.text, "x.yml:1:33: nested deeper than 32");
    char *big = malloc(DR_YAML_MAX_BYTES + 1);
    memset(big, 'a', DR_YAML_MAX_BYTES + 1);
    assert_int_equal(yaml_load(f->arena, DR_STR("x.yml"), (dr_str){ big, DR_YAML_MAX_BYTES + 1 }, &f->file, &f->err), DR_LIMIT);
    free(big);
    char *many = malloc(2 * (DR_YAML_MAX_NODES + 8));
    size_t n = 0;
    many[n++] = '[';
    for (int i = 0; i < DR_YAML_MAX_NODES + 1; i++) {
        many[n++] = 'a';
        many[n++] = ',';
    }
    many[n++] = ']';
    assert_int_equal(yaml_load(f->arena, DR_STR("x.yml"), (dr_str){ many, n }, &f->file, &f->err), DR_DATA);
    assert_non_null(strstr(f->err.text, "more than 200000 nodes"));
    free(many);
}

static void unknown_keys_are_refused(void **state)
{
    static const char *const keys[] = { "triggers", "traces", "id", NULL };
    fixture *f = *state;
    const yaml_node *top = load(f, "id: x\ntrigers: []\n");
    assert_int_equal(yaml_only(&f->file, top, keys, &f->err), DR_DATA);
    assert_string_equal(f->err.text, "x.yml:2:1: there is no key 'trigers' here; 'triggers' may be meant");
    top = load(f, "colour: x\n");
    assert_int_equal(yaml_only(&f->file, top, keys, &f->err), DR_DATA);
    assert_string_equal(f->err.text, "x.yml:1:1: there is no key 'colour' here");
    top = load(f, "[a]\n");
    assert_int_equal(yaml_only(&f->file, top, keys, &f->err), DR_DATA);
    assert_string_equal(f->err.text, "x.yml:1:1: expected keys and values");
}

static void texts_are_taken(void **state)
{
    fixture *f = *state;
    dr_str text, *list;
    size_t n;
    const yaml_node *top = load(f, "a: x\nb: [p, q]\nc: {d: 1}\n");
    assert_int_equal(yaml_text(&f->file, top, "a", true, &text, &f->err), DR_OK);
    assert_str(text, "x");
    assert_int_equal(yaml_text(&f->file, top, "z", false, &text, &f->err), DR_OK);
    assert_null(text.p);
    assert_int_equal(yaml_text(&f->file, top, "z", true, &text, &f->err), DR_DATA);
    assert_string_equal(f->err.text, "x.yml:1:1: expected the key 'z'");
    assert_int_equal(yaml_text(&f->file, top, "b", true, &text, &f->err), DR_DATA);
    assert_string_equal(f->err.text, "x.yml:2:4: b: expected text");
    assert_int_equal(yaml_texts(&f->file, yaml_get(top, "b"), f->arena, &list, &n, &f->err), DR_OK);
    assert_int_equal(n, 2);
    assert_str(list[1], "q");
    assert_int_equal(yaml_texts(&f->file, yaml_get(top, "a"), f->arena, &list, &n, &f->err), DR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(yaml_texts(&f->file, yaml_get(top, "c"), f->arena, &list, &n, &f->err), DR_DATA);
}

static void every_truncation_ends(void **state)
{
    fixture *f = *state;
    static const char text[] = "a: {b: [1, 'x', \"y\\u00e9\"], c: |\n  block\n}\n---\nd: >\n  folded\n";
    for (size_t n = 0; n < sizeof text; n++) {
        dr_status status = yaml_load(f->arena, DR_STR("x.yml"), (dr_str){ text, n }, &f->file, &f->err);
        assert_true(status == DR_OK || (status == DR_DATA && strncmp(f->err.text, "x.yml:", 6) == 0));
    }
}

static void memory_runs_out_cleanly(void **state)
{
    (void)state;
    static const char text[] = "a: {b: [1, 2, 3], c: d}\n";
    bool loaded = false;
    for (long n = 1; n < 200 && !loaded; n++) {
        dr_err err;
        yaml_file file;
        dr_arena *arena = dr_arena_create("test", 0);
        dr_alloc_fail_after(n);
        dr_status status = yaml_load(arena, DR_STR("x.yml"), dr_str_of(text), &file, &err);
        dr_alloc_fail_after(0);
        loaded = status == DR_OK;
        assert_true(loaded || status == DR_NOMEM);
        dr_arena_destroy(arena);
    }
    assert_true(loaded);
}

/* --- vocabulary -------------------------------------------------------------------------------- */

#define GOOD "meanings: {occurred: happened at}\nattributes: {a.b: {type: name, link: identity}}\nkinds:\n  x.y: {shown: p, ceiling: started, at_rest: true}\n"

static void vocabulary_is_read(void **state)
{
    fixture *f = *state;
    vocabulary v;
    dr_symtab *syms = dr_symtab_create();
    assert_int_equal(vocabulary_load(f->arena, syms, DR_STR("v.yml"), DR_STR(GOOD), &v, &f->err), DR_OK);
    uint16_t kind = vocab_kind_of(&v, DR_STR("x.y"));
    assert_int_equal(kind, 1);
    assert_int_equal(v.kinds[kind].ceiling, RUNG_STARTED);
    assert_true(v.kinds[kind].at_rest);
    assert_false(v.kinds[kind].control);
    assert_int_equal(vocab_kind_of(&v, DR_STR("a.b")), 0);
    assert_int_equal(vocab_kind_of(&v, DR_STR("no.kind")), 0);
    assert_int_equal(vocab_meaning_of(&v, DR_STR("occurred")), 1);
    const vocab_attr *attr = vocab_attr_of(&v, dr_sym_find(syms, DR_STR("a.b")));
    assert_non_null(attr);
    assert_int_equal(attr->type, FACT_NAME);
    assert_int_equal(attr->link, FACT_LINK_IDENTITY);
    assert_null(vocab_attr_of(&v, dr_sym_find(syms, DR_STR("x.y"))));
    assert_null(vocab_attr_of(&v, 0));
    dr_symtab_destroy(syms);
}

static void vocabulary_errors(void **state)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        { "meanings: {o: p}\nattributes: {a: {type: nam}}\nkinds: {x.y: {shown: p, ceiling: started}}\n", "v.yml:2:24: there is no type 'nam'" },
        { "meanings: {o: p}\nattributes: {a: {type: name, link: strong}}\nkinds: {}\n", "v.yml:2:36: expected identity, session, name or none" },
        { "meanings: {o: p}\nattributes: {a: {type: name}}\nkinds: {x.y: {shown: p, ceiling: proved}}\n", "v.yml:3:34: expected present, attempted, started, achieved or persists" },
        { "meanings: {o: p}\nattributes: {a: {type: name}}\nkinds: {x: {shown: p, ceiling: started}}\n", "v.yml:3:9: expected a kind of the form noun.verb" },
        { "meanings: {o: p}\nattributes: {a: {type: name}}\nkinds: {x.y: {shown: p, ceiling: started, control: yes}}\n", "v.yml:3:52: control: expected true or false" },
        { "meanings: {o: p}\nkinds: {x.y: {shown: p, ceiling: started}}\n", "v.yml:1:1: expected the key 'attributes'" },
        { "meaning: {o: p}\n", "v.yml:1:1: there is no key 'meaning' here; 'meanings' may be meant" },
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        vocabulary v;
        dr_symtab *syms = dr_symtab_create();
        assert_int_equal(vocabulary_load(f->arena, syms, DR_STR("v.yml"), dr_str_of(cases[i].text), &v, &f->err), DR_DATA);
        assert_string_equal(f->err.text, cases[i].error);
        dr_symtab_destroy(syms);
    }
}

static void rungs_have_names(void **state)
{
    (void)state;
    for (int r = 0; r < RUNG_COUNT; r++) {
        rung back;
        assert_true(rung_of(dr_str_of(rung_name((rung)r)), &back));
        assert_int_equal(back, r);
    }
    rung none;
    assert_false(rung_of(DR_STR("ran"), &none));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(tree_and_places), T(several_documents), T(errors_name_the_place), T(limits_hold), T(unknown_keys_are_refused),
        T(texts_are_taken), T(every_truncation_ends), T(memory_runs_out_cleanly), T(vocabulary_is_read), T(vocabulary_errors),
        T(rungs_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
