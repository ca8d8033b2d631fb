#include "entity/names.h"

dr_status entity_names_init(entity_names *names, const vocabulary *vocab, dr_err *err)
{
#define X(id, text)                                                                                \
    names->id = dr_sym_find(vocab->syms, dr_str_of(text));                                         \
    if (!names->id || !vocab_attr_of(vocab, names->id))                                            \
        return dr_fail(err, DR_DATA, "the vocabulary has no attribute '%s'", text);
    ENTITY_ATTRS(X)
#undef X
#define X(id, text)                                                                                \
    names->kind_##id = vocab_kind_of(vocab, dr_str_of(text));                                      \
    if (!names->kind_##id)                                                                         \
        return dr_fail(err, DR_DATA, "the vocabulary has no kind of fact '%s'", text);
    ENTITY_KINDS(X)
#undef X
    return DR_OK;
}
