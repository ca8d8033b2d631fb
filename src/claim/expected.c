#include "claim/expected.h"

dr_status expected_init(expected_set *set, const vocabulary *vocab)
{
    *set = (expected_set){ .vocab = vocab, .arena = dr_arena_create("expected", 0) };
    return set->arena ? DR_OK : DR_NOMEM;
}

void expected_free(expected_set *set)
{
    dr_arena_destroy(set->arena);
    dr_vec_free(&set->entries);
}

bool expected_value_fits(const rule_value *values, size_t n, dr_str have)
{
    bool fits = false, asked = false;
    for (size_t i = 0; i < n; i++) {
        bool negated = values[i].op == VALUE_NOT;
        bool glob = values[i].op == VALUE_GLOB || (negated && dr_str_find_char(values[i].text, '*') != SIZE_MAX);
        bool equal = glob ? dr_str_glob_fold(values[i].text, have) : dr_str_eq_fold(values[i].text, have);
        if (negated && equal)
            return false; /* what is ruled out outweighs what else would fit */
        asked = asked || !negated;
        fits = fits || (!negated && equal);
    }
    return fits || !asked;
}

static dr_status read_values(expected_set *set, const yaml_file *file, const yaml_node *node, const rule_value **out, size_t *n, dr_err *err)
{
    dr_str *texts;
    DR_TRY(yaml_texts(file, node, set->arena, &texts, n, err));
    rule_value *values = DR_NEW_ARRAY(set->arena, rule_value, *n);
    if (!values)
        return dr_fail(err, DR_NOMEM, "out of memory");
    for (size_t i = 0; i < *n; i++) {
        bool negated = dr_str_starts(texts[i], DR_STR("!="));
        values[i].text = negated ? dr_str_trim(dr_str_from(texts[i], 2)) : texts[i];
        values[i].op = negated ? VALUE_NOT : dr_str_find_char(texts[i], '*') != SIZE_MAX ? VALUE_GLOB : VALUE_EQUAL;
        values[i].param = SIZE_MAX;
    }
    *out = values;
    return DR_OK;
}

static dr_status read_where(expected_set *set, const yaml_file *file, const yaml_node *node, const rule_where **out, size_t *n, dr_err *err)
{
    *out = NULL;
    *n = 0;
    if (!node)
        return DR_OK;
    if (node->kind != YAML_MAP)
        return yaml_fail(err, file, node, "expected a map of attributes to values");
    rule_where *list = DR_NEW_ARRAY(set->arena, rule_where, node->n);
    if (!list)
        return dr_fail(err, DR_NOMEM, "out of memory");
    for (size_t i = 0; i < node->n; i++) {
        list[i].key_text = node->keys[i]->text;
        list[i].key = dr_sym_find(set->vocab->syms, list[i].key_text);
        if (!list[i].key || !vocab_attr_of(set->vocab, list[i].key))
            return yaml_fail(err, file, node->keys[i], "there is no attribute '%.*s' in the vocabulary", DR_STR_ARG(list[i].key_text));
        DR_TRY(read_values(set, file, node->items[i], &list[i].values, &list[i].n, err));
    }
    *out = list;
    *n = node->n;
    return DR_OK;
}

static dr_status read_entry(expected_set *set, const yaml_file *file, const yaml_node *map, dr_err *err)
{
    static const char *const keys[] = { "id", "title", "claims", "parameters", "where", "parent", "found", "words", NULL };
    expected_entry e = { 0 };
    dr_str *claims;
    if (map->kind != YAML_MAP)
        return yaml_fail(err, file, map, "expected an entry: {id, title, claims, parameters, where}");
    DR_TRY(yaml_only(file, map, keys, err));
    DR_TRY(yaml_text(file, map, "id", true, &e.id, err));
    DR_TRY(yaml_text(file, map, "title", true, &e.title, err));
    if (!yaml_get(map, "claims"))
        return yaml_fail(err, file, map, "an entry needs claims");
    DR_TRY(yaml_texts(file, yaml_get(map, "claims"), set->arena, &claims, &e.n_claims, err));
    e.claims = claims;
    const yaml_node *parameters = yaml_get(map, "parameters");
    if (parameters && parameters->kind != YAML_MAP)
        return yaml_fail(err, file, parameters, "expected a map of parameters to values");
    size_t n = parameters ? parameters->n : 0;
    dr_str *names = DR_NEW_ARRAY(set->arena, dr_str, n);
    const rule_value **values = DR_NEW_ARRAY(set->arena, const rule_value *, n);
    size_t *counts = DR_NEW_ARRAY(set->arena, size_t, n);
    if (!names || !values || !counts)
        return dr_fail(err, DR_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        names[i] = parameters->keys[i]->text;
        DR_TRY(read_values(set, file, parameters->items[i], &values[i], &counts[i], err));
    }
    e.parameter_names = names;
    e.parameter_values = values;
    e.parameter_counts = counts;
    e.n_parameters = n;
    DR_TRY(read_where(set, file, yaml_get(map, "where"), &e.where, &e.n_where, err));
    DR_TRY(read_where(set, file, yaml_get(map, "parent"), &e.parent, &e.n_parent, err));
    if (yaml_get(map, "found")) {
        dr_str *found;
        DR_TRY(yaml_texts(file, yaml_get(map, "found"), set->arena, &found, &e.n_found, err));
        e.found = found;
    }
    if (yaml_get(map, "words")) {
        dr_str *words;
        size_t n_words;
        DR_TRY(yaml_texts(file, yaml_get(map, "words"), set->arena, &words, &n_words, err));
        for (size_t i = 0; i < n_words; i++) {
            verdict_word word;
            if (!word_of(words[i], &word))
                return yaml_fail(err, file, yaml_get(map, "words"), "words: there is no word '%.*s'", DR_STR_ARG(words[i]));
            e.words |= 1u << word;
        }
    }
    if (!e.n_where && !e.n_parent && !e.n_found)
        return yaml_fail(err, file, map, "a name alone never suffices: say by 'where' or 'parent' who did it and with what content");
    return dr_vec_push(&set->entries, e) ? DR_OK : dr_fail(err, DR_NOMEM, "out of memory");
}

dr_status expected_add(expected_set *set, dr_str file, dr_str text, dr_err *err)
{
    yaml_file yaml;
    DR_TRY(yaml_load(set->arena, dr_arena_str(set->arena, file), dr_arena_str(set->arena, text), &yaml, err));
    for (size_t d = 0; d < yaml.n; d++) {
        const yaml_node *doc = yaml.documents[d];
        size_t n = doc->kind == YAML_LIST ? doc->n : 1;
        for (size_t i = 0; i < n; i++)
            DR_TRY(read_entry(set, &yaml, doc->kind == YAML_LIST ? doc->items[i] : doc, err));
    }
    return DR_OK;
}
