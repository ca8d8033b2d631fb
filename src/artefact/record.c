#include "artefact/record.h"

bool record_get(const record *r, dr_arena *arena, dr_str name, size_t nth, dr_str *value)
{
    if (r->get)
        return r->get(r, arena, name, nth, value);
    for (size_t i = 0; i < r->n_fields; i++) {
        if (dr_str_eq_fold(r->fields[i].name, name) && nth-- == 0) {
            *value = r->fields[i].value;
            return true;
        }
    }
    return false;
}

bool record_all(const record *r, dr_arena *arena, const record_field **fields, size_t *n)
{
    if (r->all)
        return r->all(r, arena, fields, n);
    *fields = r->fields;
    *n = r->n_fields;
    return true;
}
