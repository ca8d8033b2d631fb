#include "format/evtx_text.h"

#include "base/limits.h"
#include "format/binxml_value.h"
#include "format/evtx_tree.h"

/* XML as EvtRender writes it: one line, attributes in single quotes, no indentation. */

static void put_escaped(dr_buf *out, dr_str s)
{
    for (size_t i = 0; i < s.n;) {
        size_t start = i;
        uint32_t code = dr_wtf8_next(s, &i);
        switch (code) {
        case '&': dr_buf_z(out, "&amp;"); break;
        case '<': dr_buf_z(out, "&lt;"); break;
        case '>': dr_buf_z(out, "&gt;"); break;
        case '"': dr_buf_z(out, "&quot;"); break;
        case '\'': dr_buf_z(out, "&apos;"); break;
        default:
            /* What XML 1.0 does not have: control characters, surrogates, the last two of a plane. */
            if ((code < 0x20 && code != '\t' && code != '\n' && code != '\r') || (code >= 0xd800 && code < 0xe000) ||
                code == 0xfffe || code == 0xffff)
                dr_buf_z(out, "\xef\xbf\xbd");
            else
                dr_buf_add(out, s.p + start, i - start);
            break;
        }
    }
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
    if (e->name.n == 0) {
        dr_buf_z(out, "<?");
        dr_buf_str_add(out, e->target);
        dr_buf_char(out, ' ');
        dr_buf_str_add(out, e->data);
        dr_buf_z(out, "?>");
        return;
    }
    dr_buf_char(out, '<');
    dr_buf_str_add(out, e->name);
    for (const evtx_attr *a = e->attrs; a; a = a->next) {
        if (a->absent)
            continue;
        dr_buf_char(out, ' ');
        dr_buf_str_add(out, a->name);
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
    dr_buf_str_add(out, e->name);
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

bool evtx_xml(binxml_reader *r, const binxml_instance *in, dr_buf *out)
{
    return evtx_xml_by_tree(r, in, out);
}
