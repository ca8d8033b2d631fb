#include "format/cim_repo.h"

#define PAGE_ACTIVE 0xacccu
#define NODE_MIN 20u

/*  OFFSET  SIZE   a node of the tree
 *  0x00    4      0xaccc
 *  0x04    4      own logical page
 *  0x08    4      0
 *  0x0c    4      root (on the administrative page)
 *  0x10    4      n keys
 *  0x14    4n     not used
 *          4(n+1) children, 0 or -1: none
 *          2n     per key, where its parts are listed below, in 16-bit numbers
 *          2      d, then d numbers: count of parts, then the parts' numbers
 *          2      s, then s offsets of parts' texts
 *          2      size of the texts, then the texts, each with a NUL */
typedef struct node {
    dr_cur children, keys;
    dr_bytes lists, offsets, texts;
    uint32_t n;
    uint32_t next; /* child to visit next, then key */
} node;

static bool page_of(dr_bytes file, const cim_table *table, uint32_t logical, dr_cur *out)
{
    dr_cur whole = dr_cur_over(file, 0);
    if (logical >= table->n || table->page[logical] == CIM_NO_PAGE)
        return false;
    *out = dr_cur_at(&whole, (uint64_t)table->page[logical] * CIM_PAGE, CIM_PAGE);
    return dr_cur_ok(out);
}

static bool read_node(node *n, dr_cur c)
{
    *n = (node){ .n = 0 };
    if (dr_u32(&c) != PAGE_ACTIVE)
        return false;
    dr_skip(&c, 12);
    uint32_t count = dr_u32(&c);
    n->n = (uint32_t)dr_count(&c, count, 10);
    dr_skip(&c, 4 * (size_t)n->n);
    n->children = dr_cur_sub(&c, 4 * ((size_t)n->n + 1));
    n->keys = dr_cur_sub(&c, 2 * (size_t)n->n);
    n->lists = dr_take_array(&c, dr_u16(&c), 2);
    n->offsets = dr_take_array(&c, dr_u16(&c), 2);
    n->texts = dr_take(&c, dr_u16(&c));
    return dr_cur_ok(&c);
}

static uint16_t u16_at(dr_bytes b, size_t i)
{
    dr_cur c = dr_cur_over(b, 0);
    dr_cur at = dr_cur_at(&c, 2 * i, 2);
    return dr_u16(&at);
}

/* Part K of key I: a view without its NUL. */
static bool key_part(const node *n, size_t list, size_t k, dr_str *out)
{
    size_t at = list + 1 + k;
    if (at >= n->lists.n / 2)
        return false;
    size_t part = u16_at(n->lists, at);
    if (part >= n->offsets.n / 2)
        return false;
    dr_bytes text = dr_bytes_sub(n->texts, u16_at(n->offsets, part), n->texts.n);
    const uint8_t *end = text.n ? memchr(text.p, 0, text.n) : NULL;
    if (!end)
        return false;
    *out = (dr_str){ (const char *)text.p, (size_t)(end - text.p) };
    return true;
}

static bool number(dr_str *rest, uint32_t *out)
{
    dr_str part;
    uint64_t n;
    if (!dr_str_split(rest, '.', &part) || !dr_str_to_u64(part, &n) || n > UINT32_MAX)
        return false;
    *out = (uint32_t)n;
    return true;
}

/* NS_x\CD_y.p.i.s is a class, NS_x\CI_y\IL_z.p.i.s an instance; keys of other kinds are of no use here. */
static bool read_key(const node *n, size_t i, cim_key *out, bool *damaged)
{
    dr_cur keys = n->keys;
    dr_skip(&keys, 2 * i);
    size_t list = dr_u16(&keys);
    size_t parts = list < n->lists.n / 2 ? u16_at(n->lists, list) : 0;
    dr_str space, second, last;
    *damaged = true;
    if (parts < 1 || !key_part(n, list, 0, &space))
        return false;
    *damaged = false;
    if (parts < 2 || parts > 3 || !dr_str_starts(space, DR_STR("NS_")))
        return false;
    *damaged = true;
    if (!key_part(n, list, 1, &second) || !key_part(n, list, parts - 1, &last))
        return false;
    *damaged = false;
    *out = (cim_key){ .space = dr_str_from(space, 3) };
    if (parts == 2 && dr_str_starts(second, DR_STR("CD_")))
        out->instance = false;
    else if (parts == 3 && dr_str_starts(second, DR_STR("CI_")) && dr_str_starts(last, DR_STR("IL_")))
        out->instance = true;
    else
        return false;
    dr_str rest = last, hash;
    (void)dr_str_split(&rest, '.', &hash);
    out->class_hash = dr_str_from(out->instance ? second : hash, 3);
    *damaged = !number(&rest, &out->page) || !number(&rest, &out->id) || !number(&rest, &out->size);
    return !*damaged;
}

/* Where the tree begins: as the mapping says; else as the administrative page says; else the active page
 * that is nobody's child. */
static bool find_root(dr_bytes file, const cim_table *table, bool xp, uint8_t *seen, node *root, uint32_t *logical)
{
    dr_cur page;
    uint32_t tries[2] = { table->root, 0 };
    if (page_of(file, table, 0, &page)) {
        dr_skip(&page, 12);
        tries[1] = dr_u32(&page);
    }
    for (size_t i = xp ? 1 : 0; i < 2; i++) {
        if (tries[i] && page_of(file, table, tries[i], &page) && read_node(root, page)) {
            *logical = tries[i];
            return true;
        }
    }
    for (uint32_t p = 0; p < table->n; p++) {
        node n;
        if (!page_of(file, table, p, &page) || !read_node(&n, page))
            continue;
        for (uint32_t i = 0; i <= n.n; i++) {
            uint32_t child = dr_u32(&n.children);
            if (child < table->n)
                seen[child] = 1;
        }
    }
    bool found = false;
    for (uint32_t p = 1; p < table->n && !found; p++) {
        if (!seen[p] && page_of(file, table, p, &page) && read_node(root, page) && root->n) {
            *logical = p;
            found = true;
        }
    }
    memset(seen, 0, table->n);
    return found;
}

/* Depth first, so that keys come in their order. */
dr_status cim_index_walk(cim_keys *out, dr_bytes file, const cim_table *table, bool xp, dr_diags *diags)
{
    DR_VEC(node) stack = { 0 };
    node root;
    uint32_t logical = 0;
    *out = (cim_keys){ .walked = false };
    if (table->n == 0)
        return DR_OK;
    uint8_t *seen = dr_mem_alloc(table->n);
    dr_status status = seen ? DR_OK : DR_NOMEM;
    if (status == DR_OK && find_root(file, table, xp, seen, &root, &logical)) {
        seen[logical] = 1;
        out->walked = true;
        out->pages = 1;
        status = dr_vec_push(&stack, root) ? DR_OK : DR_NOMEM;
    }
    while (status == DR_OK && stack.n) {
        node *n = &dr_vec_last(&stack);
        if (n->next > 2 * n->n) {
            stack.n--;
            continue;
        }
        uint32_t step = n->next++;
        if (step % 2) { /* the key between two children */
            cim_key key;
            bool damaged;
            if (read_key(n, step / 2, &key, &damaged)) {
                if (out->list.n >= DR_CIM_MAX_KEYS)
                    damaged = true;
                else if (!dr_vec_push(&out->list, key))
                    status = DR_NOMEM;
            }
            out->lost += damaged;
            continue;
        }
        uint32_t child = dr_u32(&n->children);
        if (child == 0 || child == UINT32_MAX)
            continue;
        dr_cur page;
        node below;
        if (child >= table->n || seen[child] || stack.n > 64 || !page_of(file, table, child, &page) || !read_node(&below, page)) {
            out->lost++;
            continue;
        }
        seen[child] = 1;
        out->pages++;
        status = dr_vec_push(&stack, below) ? DR_OK : DR_NOMEM;
    }
    if (status == DR_OK && out->lost)
        dr_diag_add(diags, DR_DIAG_CIM_INDEX, 0, 0, "%zu places of the tree could not be read", out->lost);
    dr_vec_free(&stack);
    dr_mem_free(seen);
    return status;
}
