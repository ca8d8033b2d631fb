#include "format/evtx_text.h"

#include "base/limits.h"
#include "format/binxml_value.h"
#include "format/evtx_program.h"
#include "format/evtx_tree.h"

/* XML as EvtRender writes it: one line, attributes in single quotes, no indentation. */

static void put_escaped(dr_buf *out, dr_str s)
{
    for (size_t i = 0; i < s.n;) {
        size_t start = i;
        uint32_t code = dr_wtf8_next(s, &i);
        switch (code) {
        case '&':
            dr_buf_z(out, "&amp;");
            break;
        case '<':
            dr_buf_z(out, "&lt;");
            break;
        case '>':
            dr_buf_z(out, "&gt;");
            break;
        case '"':
            dr_buf_z(out, "&quot;");
            break;
        case '\'':
            dr_buf_z(out, "&apos;");
            break;
        default:
            /* What XML 1.0 does not have: control characters, surrogates, the last two of a plane. */
            if ((code < 0x20 && code != '\t' && code != '\n' && code != '\r') ||
                (code >= 0xd800 && code < 0xe000) || code == 0xfffe || code == 0xffff)
                dr_buf_z(out, "\xef\xbf\xbd");
            else
                dr_buf_add(out, s.p + start, i - start);
            break;
        }
    }
}

/* Names come from the log as well: what cannot stand in a name must not become markup. */
static void put_name(dr_buf *out, dr_str name)
{
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        bool fine = c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == ':';
        dr_buf_char(out, fine ? name.p[i] : '_');
    }
    if (name.n == 0)
        dr_buf_char(out, '_');
}

static void put_value(binxml_reader *r, const binxml_value *v, dr_buf *out)
{
    bool odd = false;
    dr_bytes bytes = binxml_value_bytes(binxml_chunk_bytes(r), v);
    char *at = dr_buf_room(out, binxml_value_room(bytes.n));
    if (at)
        out->n += (size_t)(binxml_value_put(at, v->type, bytes, BINXML_XML, &odd) - at);
}

static void put_part(binxml_reader *r, const evtx_part *p, dr_buf *out)
{
    if (p->is_value) {
        put_value(r, &p->value, out);
    } else if (p->cdata && dr_str_find(p->text, DR_STR("]]>")) == SIZE_MAX) {
        dr_buf_z(out, "<![CDATA[");
        dr_buf_str_add(out, p->text);
        dr_buf_z(out, "]]>");
    } else {
        put_escaped(out, p->text);
    }
}

static void put_element(binxml_reader *r, const evtx_elem *e, dr_buf *out)
{
    if (e->absent)
        return;
    if (e->instruction) {
        dr_buf_z(out, "<?");
        put_name(out, e->name);
        dr_buf_char(out, ' ');
        put_escaped(out, e->data); /* so that nothing in it ends the instruction */
        dr_buf_z(out, "?>");
        return;
    }
    dr_buf_char(out, '<');
    put_name(out, e->name);
    for (const evtx_attr *a = e->attrs; a; a = a->next) {
        if (a->absent)
            continue;
        dr_buf_char(out, ' ');
        put_name(out, a->name);
        dr_buf_z(out, "='");
        for (const evtx_part *p = a->parts; p; p = p->next) {
            if (p->is_value)
                put_value(r, &p->value, out);
            else
                put_escaped(out, p->text);
        }
        dr_buf_char(out, '\'');
    }
    bool any = e->parts;
    for (const evtx_elem *c = e->first; c && !any; c = c->next)
        any = !c->absent;
    if (!any) {
        dr_buf_z(out, "/>");
        return;
    }
    dr_buf_char(out, '>');
    size_t parts = 0;
    const evtx_part *p = e->parts;
    for (const evtx_elem *c = e->first; c; c = c->next) {
        for (; p && parts < c->text_before; p = p->next, parts++)
            put_part(r, p, out);
        put_element(r, c, out);
    }
    for (; p; p = p->next)
        put_part(r, p, out);
    dr_buf_z(out, "</");
    put_name(out, e->name);
    dr_buf_char(out, '>');
}

bool evtx_xml_by_tree(binxml_reader *r, const binxml_instance *in, dr_buf *out)
{
    size_t start = out->n;
    evtx_elem *top = evtx_tree(r, in);
    for (const evtx_elem *e = top; e; e = e->next)
        put_element(r, e, out);
    if (top && !out->failed && out->n - start <= DR_BINXML_MAX_OUTPUT)
        return true;
    out->n = start;
    return false;
}

/* ---- By program ---- */

static dr_str escaped(evtx_builder *b, dr_str text)
{
    dr_buf buf = { 0 };
    put_escaped(&buf, text);
    if (buf.failed)
        b->usable = false;
    dr_str kept = dr_arena_str(binxml_record_arena(b->r), dr_buf_str(&buf));
    dr_buf_free(&buf);
    return kept;
}

/* A name between two pieces of markup. */
static dr_str around(evtx_builder *b, const char *before, dr_str name, const char *behind)
{
    dr_buf buf = { 0 };
    dr_buf_z(&buf, before);
    put_name(&buf, name);
    dr_buf_z(&buf, behind);
    if (buf.failed)
        b->usable = false;
    dr_str kept = dr_arena_str(binxml_record_arena(b->r), dr_buf_str(&buf));
    dr_buf_free(&buf);
    return kept;
}

static evtx_op op_of(evtx_op_code code, uint16_t slot, unsigned flags)
{
    return (evtx_op){ .code = (uint8_t)code, .slot = slot, .flags = (uint8_t)flags };
}

static void compile_attributes(evtx_builder *b, const binxml_node *n)
{
    for (const binxml_node *a = n->attrs; a; a = a->next) {
        dr_str text, start = around(b, " ", a->text, "='");
        const binxml_node *slot = evtx_only_slot(a);
        if (slot) {
            evtx_build_op(b, op_of(OP_XML_ATTR, slot->slot, 0), start);
        } else if (evtx_literal(a, &text)) {
            evtx_build_lit(b, start);
            evtx_build_lit(b, escaped(b, text));
            evtx_build_z(b, "'");
        } else {
            b->usable = false;
        }
    }
}

static bool spreads(const binxml_node *n)
{
    return !n->attrs && evtx_only_slot(n) && dr_str_is(n->text, "Data");
}

static void compile_element(evtx_builder *b, const binxml_node *n);

static void compile_children(evtx_builder *b, const binxml_node *n)
{
    for (const binxml_node *c = n->first; c && b->usable; c = c->next) {
        size_t places[2], ifs;
        evtx_build_part(b, n, c, true);
        switch (c->kind) {
        case BINXML_SLOT: /* not inside text: then its place would matter */
            evtx_build_op(b, op_of(OP_NESTED, c->slot, 0), DR_STR_NONE);
            b->program.root_vanishes |= c->optional; /* of the root; others see evtx_build_ifs */
            break;
        case BINXML_TEXT:
            b->usable &= !evtx_has_kind(n, BINXML_SLOT);
            evtx_build_lit(b, escaped(b, c->text));
            break;
        case BINXML_ELEMENT:
            ifs = evtx_build_ifs(b, c, places);
            compile_element(b, c);
            for (size_t i = 0; i < ifs; i++)
                evtx_build_land(b, places[i]);
            break;
        case BINXML_ATTRIBUTE:
        case BINXML_CDATA:
        case BINXML_PI:
        case BINXML_INSTANCE:
            b->usable = false;
            break;
        }
    }
    evtx_build_part(b, n, NULL, false);
}

/* Is something certain to stand between the element's tags? */
static bool has_sure_content(const binxml_node *n)
{
    for (const binxml_node *c = n->first; c; c = c->next)
        if (c->kind == BINXML_TEXT || (c->kind == BINXML_ELEMENT && !evtx_may_vanish(c)))
            return true;
    return false;
}

static void compile_element(evtx_builder *b, const binxml_node *n)
{
    dr_str start = around(b, "<", n->text, "");
    dr_str end = around(b, "</", n->text, ">");
    const binxml_node *slot = evtx_only_slot(n);
    if (spreads(n)) {
        evtx_op op = op_of(OP_XML_SPREAD, slot->slot, 0);
        op.split = (uint16_t)(start.n + 1);
        evtx_build_op(b, op, around(b, "<", n->text, "></Data>"));
        return;
    }
    evtx_build_lit(b, start);
    compile_attributes(b, n);
    if (slot) {
        evtx_build_op(b, op_of(OP_XML_TEXT, slot->slot, EVTX_OP_BODY), end);
    } else if (!n->first) {
        evtx_build_z(b, "/>");
    } else if (has_sure_content(n)) {
        evtx_build_z(b, ">");
        compile_children(b, n);
        evtx_build_lit(b, end);
    } else {
        evtx_build_op(b, op_of(OP_XML_OPEN, EVTX_NO_SLOT, 0), DR_STR_NONE);
        compile_children(b, n);
        evtx_build_op(b, op_of(OP_XML_CLOSE, EVTX_NO_SLOT, 0), end);
    }
}

static evtx_program *xml_program(binxml_reader *r, binxml_def *def)
{
    if (def->xml)
        return def->xml;
    evtx_builder b = { .r = r, .def = def, .usable = evtx_build_begin(def) };
    if (b.usable) {
        b.program.root_vanishes = evtx_may_vanish(def->root);
        b.program.root = def->root->text;
        compile_element(&b, def->root);
    }
    def->xml = evtx_build_end(&b);
    return def->xml;
}

bool evtx_xml(binxml_reader *r, const binxml_instance *in, dr_buf *out)
{
    return evtx_xml_by_program(r, in, out) || evtx_xml_by_tree(r, in, out);
}

bool evtx_xml_by_program(binxml_reader *r, const binxml_instance *in, dr_buf *out)
{
    evtx_runner run = { .r = r, .out = out, .xml = true, .program_of = xml_program };
    return evtx_run(&run, in);
}
