#include "artefact/evtlog_drive.h"

#include "artefact/record.h"
#include "base/le.h"
#include "base/pool.h"
#include "format/evtx_event.h"

#define BLOCK_BYTES (EVTLOG_BLOCK_CHUNKS * EVTX_CHUNK_SIZE)
#define DUPLICATE_TRIES 8u         /* chunks looked at for the twin of one recovered record */
/* Chunks loaded for twins, per live chunk and at least: crafted record ids could ask for any number. */
#define TWIN_LOADS 16u
#define TWIN_LOADS_LEAST 4096u
#define LEARN_CHUNKS 4096u          /* chunks read for their templates */
#define RECOVERED_KNOWN (1u << 20) /* recovered records remembered, to drop their twins */

typedef struct worker {
    binxml_reader *reader;
} worker;

struct evtlog_drive {
    const evtlog_input *in;
    const evtlog_ops *ops;
    bool recovered;
    dr_diags *diags;
    evtx_head head;
    uint64_t live_chunks;
    uint64_t next_off; /* of the next block */
    worker *workers;
    unsigned n_workers;
    DR_VEC(evtlog_left) left;  /* of the whole file */
    DR_VEC(evtlog_span) spans; /* likewise */
};

void evtlog_lose(evtlog_block *b, uint64_t off, uint64_t size)
{
    evtlog_loss loss = { .off = off, .size = size };
    if (!dr_vec_push(&b->losses, loss))
        dr_diag_add(&b->diags, DR_DIAG_LIMIT, off, size, "no memory to note a loss");
}

static dr_status block_create(evtlog_block **out, size_t bytes)
{
    evtlog_block *b = dr_mem_alloc(sizeof *b);
    *out = b;
    if (!b)
        return DR_NOMEM;
    b->arena = dr_arena_create("log block", 0);
    b->bytes = dr_mem_alloc(bytes);
    if (!b->arena || !b->bytes)
        return DR_NOMEM;
    dr_diags_init(&b->diags, b->arena);
    return DR_OK;
}

static void block_destroy(evtlog_block *b)
{
    if (!b)
        return;
    dr_diags_free(&b->diags);
    dr_arena_destroy(b->arena);
    dr_mem_free(b->bytes);
    dr_vec_free(&b->left);
    dr_vec_free(&b->spans);
    dr_vec_free(&b->losses);
    dr_buf_free(&b->out);
    dr_mem_free(b);
}

static void block_clear(evtlog_block *b)
{
    dr_diags_free(&b->diags);
    dr_arena_reset(b->arena);
    dr_diags_init(&b->diags, b->arena);
    dr_vec_clear(&b->left);
    dr_vec_clear(&b->spans);
    dr_vec_clear(&b->losses);
    dr_buf_clear(&b->out);
    b->unit = NULL;
}

/* ---- One record ---- */

static void note_trouble(evtlog_block *b, const evtx_item *item, unsigned trouble)
{
    if (trouble & BINXML_BAD_TEMPLATE)
        dr_diag_add(&b->diags, DR_DIAG_EVTX_TEMPLATE, item->off, item->size, "record %llu",
                    (unsigned long long)item->header_id);
    if (trouble & BINXML_BAD_NAMES)
        dr_diag_add(&b->diags, DR_DIAG_EVTX_TEMPLATE, item->off, item->size,
                    "record %llu: a name was overwritten", (unsigned long long)item->header_id);
    if (trouble & (BINXML_BAD_VALUES | BINXML_BAD_TOKEN))
        dr_diag_add(&b->diags, DR_DIAG_EVTX_RECORD_DAMAGED, item->off, item->size, "record %llu",
                    (unsigned long long)item->header_id);
    if (trouble & BINXML_LIMIT)
        dr_diag_add(&b->diags, DR_DIAG_LIMIT, item->off, item->size, "record %llu",
                    (unsigned long long)item->header_id);
}

static dr_status one_record(evtlog_drive *d, unsigned w, evtlog_block *b, const evtx_item *item,
                            uint32_t flags)
{
    binxml_reader *reader = d->workers[w].reader;
    binxml_instance in;
    unsigned trouble;
    bool any = binxml_record(reader, item->body, item->body_end, &in, &trouble);
    if (flags & RECORD_RECOVERED) {
        /* Space that was overwritten shows other records' names: such a record proves nothing. */
        bool sound = any && !(trouble & (BINXML_BAD_TEMPLATE | BINXML_BAD_NAMES));
        dr_diag_add(&b->diags, DR_DIAG_EVTX_RECOVERED, item->off, item->size, "record %llu%s",
                    (unsigned long long)item->header_id,
                    sound ? "" : ": its template was overwritten");
        if (any && !sound && d->ops->values_only)
            return d->ops->values_only(d->ops->context, w, b, item, &in);
        any = sound;
    } else if (item->kind == EVTX_TORN) {
        dr_diag_add(&b->diags, DR_DIAG_EVTX_RECORD_TORN, item->off, item->size, "record %llu",
                    (unsigned long long)item->header_id);
        evtlog_lose(b, item->off, item->size);
        flags |= RECORD_TORN;
    } else if (trouble) {
        note_trouble(b, item, trouble);
        evtlog_lose(b, item->off, item->size);
    }
    if (!any)
        return binxml_failed(reader) ? DR_NOMEM : DR_OK;
    dr_status status = d->ops->record(d->ops->context, w, b, item, &in, flags);
    /* Its content is read only now, if anybody asked for it. */
    unsigned later = *binxml_trouble(reader) & ~trouble;
    if (later && !(flags & (RECORD_RECOVERED | RECORD_TORN))) {
        note_trouble(b, item, later);
        evtlog_lose(b, item->off, item->size);
    }
    return status;
}

/* ---- Live records ---- */

static void note_checksums(evtlog_block *b, const evtx_chunk *c)
{
    if (!c->head_crc_ok)
        dr_diag_add(&b->diags, DR_DIAG_EVTX_CHUNK_HEADER_CHECKSUM, c->off, EVTX_CHUNK_HEAD_SIZE,
                    "%s", "");
    if (!c->records_crc_ok)
        dr_diag_add(&b->diags, DR_DIAG_EVTX_CHUNK_CHECKSUM, c->off, c->bytes.n, "%s", "");
}

static dr_status live_chunk(evtlog_drive *d, unsigned w, evtlog_block *b, evtx_chunk *c)
{
    evtx_item item;
    evtlog_span span = { .off = c->off, .first_id = UINT64_MAX };
    uint32_t flags = c->head_crc_ok && c->records_crc_ok ? 0 : RECORD_CHECKSUM;
    if (c->kind == EVTX_SLOT_HEADLESS)
        flags = RECORD_CHECKSUM;
    dr_status status = DR_OK;
    binxml_chunk(d->workers[w].reader, c->bytes);
    while (status == DR_OK && evtx_next(c, &item)) {
        if (item.kind == EVTX_SKIPPED) {
            dr_diag_add(&b->diags, DR_DIAG_EVTX_BYTES_SKIPPED, item.off, item.size, "%s", "");
            evtlog_lose(b, item.off, item.size);
            continue;
        }
        if (item.header_id < span.first_id)
            span.first_id = item.header_id;
        if (item.header_id > span.last_id)
            span.last_id = item.header_id;
        status = one_record(d, w, b, &item, flags);
    }
    if (d->recovered && span.first_id <= span.last_id && !dr_vec_push(&b->spans, span))
        status = DR_NOMEM;
    if (d->recovered && evtx_has_slack(c)) {
        evtlog_left left = { .off = c->off };
        if (!dr_vec_push(&b->left, left))
            status = DR_NOMEM;
    }
    return status;
}

static dr_status live_slot(evtlog_drive *d, unsigned w, evtlog_block *b, dr_bytes bytes,
                           uint64_t off)
{
    uint64_t number = (off - EVTX_HEAD_SIZE) / EVTX_CHUNK_SIZE;
    evtlog_left left = { .off = off, .whole = true };
    evtx_chunk c;
    size_t size;
    if (number >= d->live_chunks) { /* from before a clear */
        if (d->recovered && dr_bytes_nonzero(bytes, 0) < bytes.n && !dr_vec_push(&b->left, left))
            return DR_NOMEM;
        return DR_OK;
    }
    evtx_chunk_open(&c, bytes, off);
    if (c.kind == EVTX_SLOT_EMPTY)
        return DR_OK;
    if (!(d->head.magic_ok && (d->head.flags & EVTX_FILE_NO_CRC)))
        evtx_chunk_verify(&c);
    note_checksums(b, &c);
    if (c.kind == EVTX_SLOT_HEADLESS) {
        dr_diag_add(&b->diags, DR_DIAG_EVTX_CHUNK_MAGIC, off, bytes.n, "%s", "");
        /* A record just where a chunk has its first: only the header is damaged. */
        if (!evtx_record_at(bytes, EVTX_CHUNK_HEAD_SIZE, &size)) {
            evtlog_lose(b, off, bytes.n);
            if (d->recovered && !dr_vec_push(&b->left, left))
                return DR_NOMEM;
            return DR_OK;
        }
    }
    dr_status status = live_chunk(d, w, b, &c);
    if (bytes.n < EVTX_CHUNK_SIZE) {
        dr_diag_add(&b->diags, DR_DIAG_TRUNCATED, off + bytes.n, EVTX_CHUNK_SIZE - bytes.n, "%s",
                    "");
        evtlog_lose(b, off + bytes.n, EVTX_CHUNK_SIZE - bytes.n);
    }
    return status;
}

static dr_status make(void *context, void *item, dr_err *err)
{
    evtlog_drive *d = context;
    evtlog_block *b = item;
    if (d->next_off >= d->in->size)
        return DR_END;
    block_clear(b);
    uint64_t left = d->in->size - d->next_off;
    size_t want = left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES;
    b->off = d->next_off;
    dr_status status = d->in->read_at(d->in->context, b->off, b->bytes, want, &b->n, err);
    if (status != DR_OK)
        return status;
    if (b->n < want) { /* the file became shorter while it was read */
        dr_diag_add(d->diags, DR_DIAG_TRUNCATED, b->off + b->n, want - b->n, "the file ends early");
        if (b->n == 0)
            return DR_END;
        d->next_off = d->in->size;
    } else {
        d->next_off += b->n;
    }
    if (d->in->on_bytes)
        d->in->on_bytes(d->in->on_bytes_context, (dr_bytes){ b->bytes, b->n });
    return d->ops->block_begin(d->ops->context, b, err);
}

static dr_status begin_block(evtlog_drive *d, unsigned w, evtlog_block *b)
{
    if (binxml_trim(d->workers[w].reader) && d->ops->symbols_gone)
        d->ops->symbols_gone(d->ops->context, w);
    return d->ops->block_work ? d->ops->block_work(d->ops->context, w, b) : DR_OK;
}

static dr_status work(void *context, unsigned w, void *item, dr_err *err)
{
    evtlog_drive *d = context;
    evtlog_block *b = item;
    dr_bytes all = { b->bytes, b->n };
    dr_status status = begin_block(d, w, b);
    for (size_t at = 0; status == DR_OK && at < b->n; at += EVTX_CHUNK_SIZE)
        status = live_slot(d, w, b, dr_bytes_sub(all, at, EVTX_CHUNK_SIZE), b->off + at);
    if (status == DR_OK && binxml_failed(d->workers[w].reader))
        status = DR_NOMEM;
    if (status == DR_NOMEM)
        return dr_fail(err, status, "no memory to read event records");
    return status;
}

static void take_diags(evtlog_drive *d, const evtlog_block *b)
{
    for (size_t i = 0; i < b->diags.list.n; i++) {
        const dr_diag *one = &b->diags.list.p[i];
        dr_diag_add(d->diags, one->code, one->off, one->size, "%.*s", DR_STR_ARG(one->text));
    }
    d->diags->dropped += b->diags.dropped;
}

static dr_status take(void *context, void *item, dr_err *err)
{
    evtlog_drive *d = context;
    evtlog_block *b = item;
    take_diags(d, b);
    for (size_t i = 0; i < b->left.n; i++)
        if (!dr_vec_push(&d->left, b->left.p[i]))
            return DR_NOMEM;
    for (size_t i = 0; i < b->spans.n; i++)
        if (!dr_vec_push(&d->spans, b->spans.p[i]))
            return DR_NOMEM;
    dr_status status = d->ops->block_end(d->ops->context, b, true, err);
    b->unit = NULL;
    return status;
}

/* ---- Recovered records ---- */

typedef struct recovery {
    evtlog_drive *d;
    evtlog_block *b;    /* the block of all recovered records; bytes: two chunks at hand */
    evtlog_block *twin; /* bytes: the chunk in which a twin is looked for */
    uint64_t twin_off;  /* UINT64_MAX: none loaded */
    uint64_t loads;     /* of chunks to look for twins in */
    dr_map *known;
} recovery;

static int span_order(const void *a, const void *b, void *context)
{
    const evtlog_span *x = a, *y = b;
    (void)context;
    return x->first_id < y->first_id ? -1 : x->first_id > y->first_id;
}

static dr_status load(evtlog_drive *d, evtlog_block *b, uint64_t off, size_t n, dr_err *err)
{
    uint64_t left = off < d->in->size ? d->in->size - off : 0;
    b->off = off;
    b->n = 0;
    return d->in->read_at(d->in->context, off, b->bytes, left < n ? (size_t)left : n, &b->n, err);
}

static dr_status twin_in_chunk(recovery *rec, uint64_t off, const evtx_item *item, dr_bytes bytes,
                               bool *found, dr_err *err)
{
    if (rec->twin_off != off) {
        dr_status status = load(rec->d, rec->twin, off, EVTX_CHUNK_SIZE, err);
        rec->loads++;
        if (status != DR_OK)
            return status;
        rec->twin_off = off;
    }
    evtx_chunk c;
    evtx_item live;
    dr_bytes chunk = { rec->twin->bytes, rec->twin->n };
    evtx_chunk_open(&c, chunk, off);
    while (!*found && evtx_next(&c, &live))
        *found = live.kind == EVTX_RECORD && live.header_id == item->header_id &&
                 live.size == item->size &&
                 memcmp(dr_bytes_sub(chunk, live.pos, live.size).p, bytes.p, bytes.n) == 0;
    return DR_OK;
}

/* Is this recovered record an exact copy of a live one, or of one that was recovered before? */
static dr_status is_twin(recovery *rec, const evtx_item *item, dr_bytes chunk, bool *found,
                         dr_err *err)
{
    evtlog_drive *d = rec->d;
    dr_bytes bytes = dr_bytes_sub(chunk, item->pos, item->size);
    size_t low = 0, high = d->spans.n;
    *found = false;
    while (low < high) { /* the first span that begins above the id */
        size_t mid = low + (high - low) / 2;
        if (d->spans.p[mid].first_id <= item->header_id)
            low = mid + 1;
        else
            high = mid;
    }
    for (size_t tries = 0; low-- > 0 && tries < DUPLICATE_TRIES && !*found; tries++) {
        if (d->spans.p[low].last_id < item->header_id)
            continue;
        if (rec->loads > TWIN_LOADS * (uint64_t)d->spans.n + TWIN_LOADS_LEAST) {
            if (rec->loads++ == TWIN_LOADS * (uint64_t)d->spans.n + TWIN_LOADS_LEAST + 1)
                dr_diag_add(&rec->b->diags, DR_DIAG_LIMIT, item->off, item->size,
                            "copies of live records are no longer looked for");
            break;
        }
        dr_status status = twin_in_chunk(rec, d->spans.p[low].off, item, bytes, found, err);
        if (status != DR_OK)
            return status;
    }
    if (*found || dr_map_count(rec->known) >= RECOVERED_KNOWN)
        return DR_OK;
    uint64_t hash = dr_hash64(bytes.p, bytes.n), *slot;
    bool is_new;
    dr_str key = { (const char *)(const void *)&hash, sizeof hash };
    if (dr_map_put(rec->known, key, &slot, &is_new) != DR_OK)
        return DR_NOMEM;
    *found = !is_new;
    return DR_OK;
}

/* Records of a chunk, from the place where the walk stands. */
static dr_status recover_from(recovery *rec, evtx_chunk *c, bool live_too, dr_err *err)
{
    evtlog_drive *d = rec->d;
    evtx_item item;
    dr_status status = DR_OK;
    binxml_chunk(d->workers[d->n_workers].reader, c->bytes);
    bool live = true;
    while (status == DR_OK) {
        live = live && evtx_next(c, &item);
        if (!live && !evtx_next_slack(c, &item))
            break;
        bool twin = false;
        if (item.kind != EVTX_RECORD || (live && !live_too))
            continue;
        status = is_twin(rec, &item, c->bytes, &twin, err);
        if (status != DR_OK || twin)
            continue;
        status = one_record(d, d->n_workers, rec->b, &item, RECORD_RECOVERED);
    }
    return status;
}

/* A slot without signature: chunks at odd places first (carved or shifted files), else whatever
 * records stand in it. */
static dr_status recover_headless(recovery *rec, dr_err *err)
{
    uint64_t slot = rec->b->off;
    dr_bytes both = { rec->b->bytes, rec->b->n };
    evtx_chunk c;
    bool any = false;
    dr_status status = DR_OK;
    for (size_t at = evtx_find_chunk(both, 0); status == DR_OK && at < EVTX_CHUNK_SIZE;
         at = evtx_find_chunk(both, at + EVTX_CHUNK_HEAD_SIZE)) {
        any = true;
        evtx_chunk_open(&c, dr_bytes_sub(both, at, EVTX_CHUNK_SIZE), slot + at);
        status = recover_from(rec, &c, true, err);
    }
    if (any || status != DR_OK)
        return status;
    evtx_chunk_open(&c, dr_bytes_sub(both, 0, EVTX_CHUNK_SIZE), slot);
    c.pos = 0;
    c.live_end = 0;
    return recover_from(rec, &c, true, err);
}

static dr_status recover_one(recovery *rec, const evtlog_left *left, dr_err *err)
{
    evtx_chunk c;
    dr_status status = load(rec->d, rec->b, left->off, 2 * EVTX_CHUNK_SIZE, err);
    if (status != DR_OK)
        return status;
    evtx_chunk_open(&c, dr_bytes_sub((dr_bytes){ rec->b->bytes, rec->b->n }, 0, EVTX_CHUNK_SIZE),
                    left->off);
    if (left->whole && c.kind == EVTX_SLOT_HEADLESS)
        return recover_headless(rec, err);
    return recover_from(rec, &c, left->whole, err);
}

/* Lets the recovering reader meet the templates of the live records that share chunks with what is
 * left over: most records there are of the same kinds. */
static dr_status learn_templates(recovery *rec, dr_err *err)
{
    evtlog_drive *d = rec->d;
    binxml_reader *reader = d->workers[d->n_workers].reader;
    evtx_fields fields = { 0 };
    dr_status status = DR_OK;
    for (size_t i = 0; status == DR_OK && i < d->left.n && i < LEARN_CHUNKS; i++) {
        if (d->left.p[i].whole)
            continue;
        status = load(d, rec->b, d->left.p[i].off, EVTX_CHUNK_SIZE, err);
        evtx_chunk c;
        evtx_item item;
        binxml_instance in;
        unsigned trouble;
        evtx_chunk_open(&c, (dr_bytes){ rec->b->bytes, rec->b->n }, d->left.p[i].off);
        binxml_chunk(reader, c.bytes);
        while (status == DR_OK && evtx_next(&c, &item))
            if (item.kind == EVTX_RECORD &&
                binxml_record(reader, item.body, item.body_end, &in, &trouble) &&
                !evtx_fields_read(reader, &in, &fields)) /* reads embedded fragments too */
                status = DR_NOMEM;
    }
    evtx_fields_free(&fields);
    binxml_borrow(reader, true);
    return status;
}

static dr_status recover_all(evtlog_drive *d, dr_err *err)
{
    recovery rec = { .d = d, .twin_off = UINT64_MAX };
    dr_status status = DR_NOMEM;
    bool begun = false;
    rec.known = dr_map_create();
    if (!rec.known || !dr_sort(d->spans.p, d->spans.n, sizeof *d->spans.p, span_order, NULL) ||
        block_create(&rec.b, 2 * EVTX_CHUNK_SIZE) != DR_OK ||
        block_create(&rec.twin, EVTX_CHUNK_SIZE) != DR_OK)
        goto done;
    status = d->ops->block_begin(d->ops->context, rec.b, err);
    if (status != DR_OK)
        goto done;
    begun = true;
    status = begin_block(d, d->n_workers, rec.b);
    if (status == DR_OK)
        status = learn_templates(&rec, err);
    for (size_t i = 0; status == DR_OK && i < d->left.n; i++) {
        if (binxml_trim(d->workers[d->n_workers].reader) && d->ops->symbols_gone)
            d->ops->symbols_gone(d->ops->context, d->n_workers);
        status = recover_one(&rec, &d->left.p[i], err);
        if (status == DR_OK && d->ops->flush)
            status = d->ops->flush(d->ops->context, rec.b, err);
    }
    if (status == DR_OK && binxml_failed(d->workers[d->n_workers].reader))
        status = DR_NOMEM;
    if (status == DR_OK)
        take_diags(d, rec.b);
done:
    if (begun) {
        dr_status ended = d->ops->block_end(d->ops->context, rec.b, status == DR_OK, err);
        if (status == DR_OK)
            status = ended;
    }
    if (status == DR_NOMEM)
        status = dr_fail(err, status, "no memory to read recovered records");
    dr_map_destroy(rec.known);
    block_destroy(rec.b);
    block_destroy(rec.twin);
    return status;
}

/* ---- The whole ---- */

static dr_status read_head(evtlog_drive *d, dr_err *err)
{
    uint8_t bytes[EVTX_HEAD_SIZE];
    size_t want = d->in->size < sizeof bytes ? (size_t)d->in->size : sizeof bytes, n = 0;
    dr_status status = d->in->read_at(d->in->context, 0, bytes, want, &n, err);
    if (status != DR_OK)
        return status;
    dr_bytes head = { bytes, n };
    if (d->in->on_bytes)
        d->in->on_bytes(d->in->on_bytes_context, head);
    bool ok = evtx_head_read(&d->head, head);
    if (n == 0)
        dr_diag_add(d->diags, DR_DIAG_EMPTY, 0, 0, "%s", "");
    else if (!ok)
        dr_diag_add(d->diags, DR_DIAG_HEADER_DAMAGED, 0, n, "%s", "");
    else if (!d->head.checksum_ok)
        dr_diag_add(d->diags, DR_DIAG_HEADER_CHECKSUM, 0, 128, "%s", "");
    if (ok && (d->head.major != 3 || d->head.minor > 2))
        dr_diag_add(d->diags, DR_DIAG_VERSION, 0x24, 4, "%u.%u", d->head.major, d->head.minor);
    if (ok && n < EVTX_HEAD_SIZE)
        dr_diag_add(d->diags, DR_DIAG_TRUNCATED, n, EVTX_HEAD_SIZE - n, "%s", "");
    uint64_t slots =
        d->in->size > EVTX_HEAD_SIZE ? (d->in->size - EVTX_HEAD_SIZE) / EVTX_CHUNK_SIZE + 1 : 0;
    d->live_chunks = evtx_live_chunks(&d->head, slots);
    d->next_off = EVTX_HEAD_SIZE;
    return DR_OK;
}

static dr_status drive_blocks(evtlog_drive *d, dr_err *err)
{
    /* A small log is one block: threads would only be started and stopped for it. */
    uint64_t blocks = d->in->size / BLOCK_BYTES + 1;
    unsigned threads = blocks < d->n_workers ? (unsigned)blocks : d->n_workers;
    size_t n = threads <= 1 ? 1 : 2 * (size_t)threads + 1;
    size_t bytes = d->in->size < BLOCK_BYTES ? (size_t)d->in->size + 1 : BLOCK_BYTES;
    dr_pool pool = { d, make, work, take };
    void **blocks_at = dr_mem_alloc(n * sizeof *blocks_at);
    dr_status status = blocks_at ? DR_OK : DR_NOMEM;
    for (size_t i = 0; status == DR_OK && i < n; i++) {
        evtlog_block *b;
        status = block_create(&b, bytes);
        blocks_at[i] = b;
    }
    if (status == DR_OK)
        status = dr_pool_run(&pool, blocks_at, n, threads, err);
    else
        status = dr_fail(err, status, "no memory for %zu blocks of an event log", n);
    for (size_t i = 0; blocks_at && i < n; i++) {
        evtlog_block *b = blocks_at[i];
        if (b && b->unit)
            (void)d->ops->block_end(d->ops->context, b, false, NULL);
        block_destroy(b);
    }
    dr_mem_free(blocks_at);
    return status;
}

dr_status evtlog_drive_run(const evtlog_input *in, const evtlog_ops *ops, unsigned threads,
                           bool recovered, dr_diags *diags, dr_err *err)
{
    evtlog_drive d = { .in = in, .ops = ops, .recovered = recovered, .diags = diags };
    d.n_workers = threads < 1 ? 1 : threads > DR_POOL_MAX_THREADS ? DR_POOL_MAX_THREADS : threads;
    d.workers = dr_mem_alloc((d.n_workers + 1) * sizeof *d.workers);
    dr_status status = d.workers ? DR_OK : DR_NOMEM;
    for (unsigned i = 0; status == DR_OK && i <= d.n_workers; i++) {
        d.workers[i].reader = binxml_reader_create();
        status = d.workers[i].reader ? DR_OK : DR_NOMEM;
        if (status == DR_OK && ops->worker_begin)
            status = ops->worker_begin(ops->context, i, d.workers[i].reader);
    }
    if (status == DR_OK)
        status = read_head(&d, err);
    else
        status = dr_fail(err, status, "no memory for an event log's caches");
    if (status == DR_OK)
        status = drive_blocks(&d, err);
    if (status == DR_OK && d.left.n)
        status = recover_all(&d, err);
    for (unsigned i = 0; d.workers && i <= d.n_workers; i++)
        binxml_reader_destroy(d.workers[i].reader);
    dr_mem_free(d.workers);
    dr_vec_free(&d.left);
    dr_vec_free(&d.spans);
    return status;
}
