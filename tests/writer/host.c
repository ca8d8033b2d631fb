#include "writer/host.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MACHINE_GUID "1C0A27E5" /* the first group of this host's Sysmon guids */

typedef struct item {
    const ew_kind *kind;
    ticks time, order;
    size_t number; /* order of emission */
    uint32_t pid, tid;
    const char *user_sid, *computer, *binary, *tag;
    uint64_t keywords;
    const char **values;
    size_t n_values;
    uint64_t record; /* EventRecordID once written, 0 if it was not */
} item;

typedef struct block {
    struct block *next;
    size_t used, size;
} block;

struct host {
    host_options options;
    block *memory;
    item *items;
    size_t n_items, cap_items;
    boot boots[40];
    size_t n_boots;
    const char *computer, *tag;
    struct {
        const char *channel, *tag;
        ticks from, to;
    } mutes[4];
    size_t n_mutes;
    uint64_t random, next_logon, next_token;
    uint32_t next_pid;
    size_t written;
};

static _Noreturn void stop(const char *what, const char *name)
{
    fprintf(stderr, "didrun-sample: %s %s: %s\n", what, name, strerror(errno));
    exit(3);
}

/* --- memory and texts ------------------------------------------------------------------------- */

static void *take(host *h, size_t n)
{
    n = (n + 15) / 16 * 16;
    if (!h->memory || h->memory->size - h->memory->used < n) {
        size_t size = n > 262144 ? n : 262144;
        block *b = malloc(sizeof(block) + 16 + size);
        if (!b)
            stop("out of memory", "");
        *b = (block){.next = h->memory, .size = size};
        h->memory = b;
    }
    char *p = (char *)(h->memory + 1) + h->memory->used;
    h->memory->used += n;
    memset(p, 0, n);
    return p;
}

static const char *keep(host *h, const char *text)
{
    char *copy = take(h, strlen(text) + 1);
    memcpy(copy, text, strlen(text) + 1);
    return copy;
}

const char *host_text(host *h, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = take(h, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

static uint64_t hash(const char *text)
{
    uint64_t x = 0xcbf29ce484222325u;
    for (; *text; text++)
        x = (x ^ (uint8_t)*text) * 0x100000001b3u;
    return x;
}

static uint64_t scramble(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

uint64_t host_random(host *h, uint64_t below)
{
    h->random = scramble(h->random);
    return below ? h->random % below : h->random;
}

const char *host_guid(host *h)
{
    uint64_t a = host_random(h, 0), b = host_random(h, 0);
    return host_text(h, "{%08x-%04x-4%03x-%04x-%012llx}", (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff),
                     (unsigned)(a & 0xfff), (unsigned)(0x8000 | (b >> 48 & 0x3fff)),
                     (unsigned long long)(b & 0xffffffffffffu));
}

typedef struct moment {
    int year, month, day, hour, minute, second;
    unsigned fraction;
} moment;

static moment moment_of(ticks t)
{
    uint64_t seconds = t / TICKS_S;
    int64_t days = (int64_t)(seconds / 86400) + 584694, era = days / 146097, doe = days % 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;
    return (moment){.year = (int)(yoe + era * 400 + (month <= 2)), .month = (int)month,
                    .day = (int)(doy - (153 * mp + 2) / 5 + 1), .hour = (int)(seconds / 3600 % 24),
                    .minute = (int)(seconds / 60 % 60), .second = (int)(seconds % 60),
                    .fraction = (unsigned)(t % TICKS_S)};
}

const char *host_time_text(host *h, ticks t)
{
    moment m = moment_of(t);
    return host_text(h, "%04d-%02d-%02d %02d:%02d:%02d.%03u", m.year, m.month, m.day, m.hour, m.minute,
                     m.second, m.fraction / 10000);
}

const char *host_local_text(host *h, ticks t)
{
    moment m = moment_of(t);
    return host_text(h, "%d/%d/%d %d:%02d:%02d %s", m.month, m.day, m.year, (m.hour + 11) % 12 + 1, m.minute,
                     m.second, m.hour < 12 ? "AM" : "PM");
}

const char *host_iso_text(host *h, ticks t)
{
    moment m = moment_of(t);
    return host_text(h, "%04d-%02d-%02dT%02d:%02d:%02d.%07uZ", m.year, m.month, m.day, m.hour, m.minute,
                     m.second, m.fraction);
}

const char *host_utf16_hex(host *h, const char *text, bool nul)
{
    size_t n = strlen(text);
    char *out = take(h, 4 * n + 5);
    for (size_t i = 0; i < n; i++)
        snprintf(out + 4 * i, 5, "%02X00", (unsigned)(uint8_t)text[i]);
    if (nul)
        memcpy(out + 4 * n, "0000", 5);
    return out;
}

const char *host_ascii_hex(host *h, const char *text)
{
    size_t n = strlen(text);
    char *out = take(h, 2 * n + 1);
    for (size_t i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02X", (unsigned)(uint8_t)text[i]);
    return out;
}

/* --- the host --------------------------------------------------------------------------------- */

host *host_new(const host_options *options)
{
    host *h = calloc(1, sizeof *h);
    if (!h)
        stop("out of memory", "");
    h->options = *options;
    h->computer = options->born_as ? options->born_as : options->computer;
    h->random = scramble(options->seed ^ hash(options->computer));
    h->next_pid = 3000;
    h->next_logon = 0x41a00;
    h->next_token = 0x52000;
    return h;
}

void host_free(host *h)
{
    if (!h)
        return;
    for (block *b = h->memory; b;) {
        block *next = b->next;
        free(b);
        b = next;
    }
    free(h->items);
    free(h);
}

ticks host_at(const host *h, unsigned day, unsigned hour, unsigned minute, unsigned second)
{
    return h->options.first + day * TICKS_DAY + hour * TICKS_HOUR + minute * TICKS_MIN + second * TICKS_S;
}

ticks host_near(host *h, ticks t)
{
    return t + 100 + host_random(h, 9000000);
}

const char *host_computer(const host *h)
{
    return h->computer;
}

void host_rename(host *h, const char *computer)
{
    h->computer = keep(h, computer);
}

const host_options *host_settings(const host *h)
{
    return &h->options;
}

void host_add_boot(host *h, const boot *b)
{
    if (h->n_boots == sizeof h->boots / sizeof h->boots[0])
        stop("too many boots", "");
    h->boots[h->n_boots++] = *b;
}

const boot *host_boot(const host *h, ticks t)
{
    for (size_t i = h->n_boots; i-- > 0;)
        if (t >= h->boots[i].start && (h->boots[i].stop == 0 || t <= h->boots[i].stop))
            return &h->boots[i];
    fprintf(stderr, "didrun-sample: the host was not up at %llu\n", (unsigned long long)t);
    exit(3);
}

size_t host_boot_count(const host *h)
{
    return h->n_boots;
}

const boot *host_boot_at(const host *h, size_t i)
{
    return &h->boots[i];
}

session *host_session(host *h, const account *who, unsigned type, const char *label, unsigned desktop)
{
    session *s = take(h, sizeof *s);
    *s = (session){.who = *who, .type = type, .label = label, .desktop = desktop, .address = "-"};
    if (!who->sid) {
        s->who.sid = host_local_sid(h, who->rid);
        s->who.domain = h->computer;
    }
    if (strcmp(s->who.sid, "S-1-5-18") == 0)
        s->id = 0x3e7;
    else if (strcmp(s->who.sid, "S-1-5-19") == 0)
        s->id = 0x3e5;
    else if (strcmp(s->who.sid, "S-1-5-20") == 0)
        s->id = 0x3e4;
    else
        s->id = h->next_logon += 0x100 + host_random(h, 0x400);
    bool high = strcmp(label, "S-1-16-12288") == 0, medium = strcmp(label, "S-1-16-8192") == 0;
    s->elevation = high ? "%%1937" : medium ? "%%1938" : "%%1936";
    s->guid = host_guid(h);
    return s;
}

void host_tag(host *h, const char *tag)
{
    h->tag = tag ? keep(h, tag) : NULL;
}

ticks host_shown(const host *h, ticks t)
{
    const host_options *o = &h->options;
    return o->step && t >= o->step_at && t < o->step_end ? (ticks)((int64_t)t + o->step) : t;
}

void host_mute(host *h, const char *channel, ticks from, ticks to, const char *tag)
{
    if (h->n_mutes == sizeof h->mutes / sizeof h->mutes[0])
        stop("too many holes", "");
    h->mutes[h->n_mutes].channel = channel;
    h->mutes[h->n_mutes].tag = tag;
    h->mutes[h->n_mutes].from = from;
    h->mutes[h->n_mutes++].to = to;
}

const char *host_local_sid(host *h, unsigned rid)
{
    return host_text(h, "%s-%u", h->options.machine_sid, rid);
}

/* --- events ----------------------------------------------------------------------------------- */

static item *add_item(host *h, ticks t, const ew_kind *kind, uint32_t pid, const char *user_sid, size_t n)
{
    if (h->n_items == h->cap_items) {
        h->cap_items = h->cap_items ? 2 * h->cap_items : 4096;
        h->items = realloc(h->items, h->cap_items * sizeof *h->items);
        if (!h->items)
            stop("out of memory", "");
    }
    item *e = &h->items[h->n_items];
    *e = (item){.kind = kind, .time = host_shown(h, t), .order = t, .number = h->n_items,
                .pid = pid, .tid = 100 + 4 * (uint32_t)(scramble(h->n_items) % 2000), .user_sid = user_sid,
                .computer = h->computer, .tag = h->tag, .n_values = n};
    e->values = take(h, (n + 1) * sizeof *e->values);
    h->n_items++;
    return e;
}

static size_t count_fields(const char *fields)
{
    if (!fields || !*fields)
        return 0;
    size_t n = 1;
    for (; *fields; fields++)
        n += *fields == '|';
    return n;
}

void host_event(host *h, ticks t, const ew_kind *kind, uint32_t pid, const char *user_sid, ...)
{
    item *e = add_item(h, t, kind, pid, user_sid, count_fields(kind->fields));
    va_list args;
    va_start(args, user_sid);
    for (size_t i = 0; i < e->n_values; i++)
        e->values[i] = va_arg(args, const char *);
    va_end(args);
}

void host_strings(host *h, ticks t, const ew_kind *kind, uint32_t pid, const char *user_sid,
                  const char *binary, size_t n, ...)
{
    item *e = add_item(h, t, kind, pid, user_sid, n);
    e->binary = binary;
    va_list args;
    va_start(args, n);
    for (size_t i = 0; i < n; i++)
        e->values[i] = va_arg(args, const char *);
    va_end(args);
}

void host_last_keywords(host *h, uint64_t keywords)
{
    h->items[h->n_items - 1].keywords = keywords;
}

void host_last_tag(host *h, const char *tag)
{
    h->items[h->n_items - 1].tag = keep(h, tag);
}

void host_last_order(host *h, ticks order)
{
    h->items[h->n_items - 1].order = order;
}

/* --- processes -------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *base = strrchr(path, '\\');
    return base ? base + 1 : path;
}

static const char *user_name(host *h, const session *s)
{
    return host_text(h, "%s\\%s", s->who.domain, s->who.name);
}

/* OriginalFileName of the version resource, where it is not the name of the file. */
static const char *original_name(const char *image)
{
    static const char *const table[][2] = {
        {"cmd.exe", "Cmd.Exe"},           {"powershell.exe", "PowerShell.EXE"}, {"WMIC.exe", "wmic.exe"},
        {"auditpol.exe", "AUDITPOL.EXE"}, {"rundll32.exe", "RUNDLL32.EXE"},     {"explorer.exe", "EXPLORER.EXE"},
        {"notepad.exe", "NOTEPAD.EXE"},   {"mshta.exe", "MSHTA.EXE"},           {"WmiPrvSE.exe", "Wmiprvse.exe"},
    };
    const char *base = base_name(image);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(base, table[i][0]) == 0)
            return table[i][1];
    return strncmp(image, "C:\\Windows\\", 11) == 0 || strncmp(image, "C:\\Program Files", 16) == 0 ? base : "-";
}

process *host_process(host *h, ticks t, const process *parent, const session *owner, uint32_t pid,
                      const char *image, const char *line)
{
    process *p = take(h, sizeof *p);
    ticks shown = host_shown(h, t);
    uint32_t unix_seconds = (uint32_t)(shown / TICKS_S - 11644473600u);
    *p = (process){.pid = pid, .start = shown, .image = image, .line = line, .owner = owner, .parent = parent};
    p->folder = owner && owner->id == 0x3e7 ? "C:\\Windows\\system32\\" : "C:\\Users\\Public\\";
    p->guid = host_text(h, "{%s-%04X-%04X-%04X-%012llX}", MACHINE_GUID, (unsigned)(unix_seconds & 0xffff),
                        (unsigned)(unix_seconds >> 16), (unsigned)(h->next_token & 0xffff),
                        (unsigned long long)(h->next_token >> 16) << 32 | 0x1500u);
    h->next_token += 1 + host_random(h, 9);
    return p;
}

static void emit_4688(host *h, ticks t, const process *p)
{
    const session *creator = p->parent && p->parent->owner ? p->parent->owner : p->owner;
    bool same = creator->id == p->owner->id;
    const account *target = &p->owner->who;
    bool system = creator->id == 0x3e7;
    host_event(h, t, &kind_sec_4688, 4, NULL, creator->who.sid,
               system ? host_text(h, "%s$", h->computer) : creator->who.name,
               system ? "WORKGROUP" : creator->who.domain,
               host_text(h, "0x%llx", (unsigned long long)creator->id), host_text(h, "0x%x", p->pid), p->image,
               p->owner->elevation, host_text(h, "0x%x", p->parent ? p->parent->pid : 0), p->line,
               same ? "S-1-0-0" : target->sid, same ? "-" : target->name, same ? "-" : target->domain,
               same ? "0x0" : host_text(h, "0x%llx", (unsigned long long)p->owner->id),
               p->parent ? p->parent->image : "", p->owner->label);
}

static const char *integrity_name(const char *label)
{
    return strcmp(label, "S-1-16-16384") == 0   ? "System"
           : strcmp(label, "S-1-16-12288") == 0 ? "High"
           : strcmp(label, "S-1-16-8192") == 0  ? "Medium"
                                                : "Low";
}

static const char *hashes_of(host *h, const char *image)
{
    uint64_t x = hash(image);
    return host_text(h, "SHA256=%016llX%016llX%016llX%016llX", (unsigned long long)scramble(x),
                     (unsigned long long)scramble(x + 1), (unsigned long long)scramble(x + 2),
                     (unsigned long long)scramble(x + 3));
}

static const char *sysmon_pid_sid = "S-1-5-18";
#define SYSMON_PID 3128

static void emit_sysmon_1(host *h, ticks t, const process *p)
{
    bool known = strcmp(original_name(p->image), "-") != 0;
    const process *parent = p->parent;
    host_event(h, t + 2 * TICKS_MS + host_random(h, 30000), &kind_sysmon_1, SYSMON_PID, sysmon_pid_sid, "-",
               host_time_text(h, p->start), p->guid, host_text(h, "%u", p->pid), p->image,
               known ? "10.0.19041.3636 (WinBuild.160101.0800)" : "-", known ? base_name(p->image) : "-",
               known ? "Microsoft\xc2\xae Windows\xc2\xae Operating System" : "-",
               known ? "Microsoft Corporation" : "-", original_name(p->image), p->line, p->folder,
               user_name(h, p->owner), p->owner->guid,
               host_text(h, "0x%llx", (unsigned long long)p->owner->id), host_text(h, "%u", p->owner->desktop),
               integrity_name(p->owner->label), hashes_of(h, p->image),
               parent ? parent->guid : "{00000000-0000-0000-0000-000000000000}",
               host_text(h, "%u", parent ? parent->pid : 0), parent ? parent->image : "-",
               parent ? parent->line : "-", parent && parent->owner ? user_name(h, parent->owner) : "-");
}

static process *start(host *h, ticks t, const process *parent, const session *owner, uint32_t pid,
                      const char *image, const char *line, bool always)
{
    process *p = host_process(h, t, parent, owner, pid, image, line);
    if (always || t >= h->options.audited)
        emit_4688(h, t, p);
    if (h->options.sysmon && !always)
        emit_sysmon_1(h, t, p);
    return p;
}

process *host_start(host *h, ticks t, const process *parent, const session *owner, const char *image,
                    const char *line)
{
    h->next_pid += 4 + 4 * (uint32_t)host_random(h, 3);
    return start(h, t, parent, owner, h->next_pid, image, line, false);
}

process *host_start_always(host *h, ticks t, const process *parent, const session *owner, uint32_t pid,
                           const char *image, const char *line)
{
    return start(h, t, parent, owner, pid, image, line, true);
}

void host_exit(host *h, ticks t, const process *p, uint32_t status)
{
    const session *s = p->owner;
    bool system = s->id == 0x3e7;
    if (t >= h->options.audited)
        host_event(h, t, &kind_sec_4689, 4, NULL, s->who.sid,
                   system ? host_text(h, "%s$", h->computer) : s->who.name, system ? "WORKGROUP" : s->who.domain,
                   host_text(h, "0x%llx", (unsigned long long)s->id), host_text(h, "0x%x", status),
                   host_text(h, "0x%x", p->pid), p->image);
    if (h->options.sysmon)
        host_event(h, t + 3 * TICKS_MS + host_random(h, 30000), &kind_sysmon_5, SYSMON_PID, sysmon_pid_sid, "-",
                   host_time_text(h, host_shown(h, t)), p->guid, host_text(h, "%u", p->pid),
                   p->image, user_name(h, s));
}

void host_connects(host *h, ticks t, const process *p, const char *address, unsigned port)
{
    host_event(h, t + 600 * TICKS_MS + host_random(h, 3000000), &kind_sysmon_3, SYSMON_PID, sysmon_pid_sid, "-",
               host_time_text(h, host_shown(h, t)), p->guid, host_text(h, "%u", p->pid), p->image,
               user_name(h, p->owner), "tcp", "true", "false", "10.0.0.17", h->computer,
               host_text(h, "%u", 49700 + (unsigned)host_random(h, 9000)), "-", "false", address, "-",
               host_text(h, "%u", port), port == 443 ? "https" : "http");
}

void host_creates_file(host *h, ticks t, const process *p, const char *path)
{
    const char *when = host_time_text(h, host_shown(h, t));
    host_event(h, t + 2 * TICKS_MS + host_random(h, 30000), &kind_sysmon_11, SYSMON_PID, sysmon_pid_sid, "-", when,
               p->guid, host_text(h, "%u", p->pid), p->image, path, when, user_name(h, p->owner));
}

/* --- writing ---------------------------------------------------------------------------------- */

static int compare_items(const void *a, const void *b)
{
    const item *x = *(const item *const *)a, *y = *(const item *const *)b;
    int by_channel = strcmp(x->kind->channel, y->kind->channel);
    if (by_channel)
        return by_channel;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static void make_folders(const char *path)
{
    char part[4096];
    for (size_t i = 1; path[i] && i < sizeof part - 1; i++)
        if (path[i] == '/') {
            memcpy(part, path, i);
            part[i] = 0;
            if (mkdir(part, 0777) != 0 && errno != EEXIST)
                stop("cannot make", part);
        }
}

static bool has_cut(const cut *cuts, host_cut what, const char *channel, const char *tag)
{
    for (; cuts && cuts->what != CUT_END; cuts++)
        if (cuts->what == what && (!channel || (cuts->channel && strcmp(cuts->channel, channel) == 0)) &&
            (!tag || (cuts->tag && strcmp(cuts->tag, tag) == 0)))
            return true;
    return false;
}

static bool tag_fits(const char *pattern, const char *tag)
{
    size_t n = strlen(pattern);
    return n && pattern[n - 1] == '*' ? strncmp(pattern, tag, n - 1) == 0 : strcmp(pattern, tag) == 0;
}

/* Is this record lost to a cut that names a tag, in all channels or in one? */
static bool is_cut(const cut *cuts, host_cut what, const item *e)
{
    for (; e->tag && cuts && cuts->what != CUT_END; cuts++)
        if (cuts->what == what && cuts->tag && tag_fits(cuts->tag, e->tag) &&
            (!cuts->channel || strcmp(cuts->channel, e->kind->channel) == 0))
            return true;
    return false;
}

/* Was the log deaf when this record would have come? */
static bool is_muted(const host *h, const cut *cuts, const item *e)
{
    for (size_t i = 0; i < h->n_mutes; i++)
        if (strcmp(h->mutes[i].channel, e->kind->channel) == 0 && e->order >= h->mutes[i].from &&
            e->order < h->mutes[i].to && !has_cut(cuts, CUT_DROP, NULL, h->mutes[i].tag))
            return true;
    return false;
}

static void write_channel(host *h, const char *folder, item *const *items, size_t n, const cut *cuts)
{
    const char *channel = items[0]->kind->channel;
    ew_options options = {.first_id = 1000 + hash(channel) % 40000, .minor = 2,
                          .exported = has_cut(cuts, CUT_EXPORT, channel, NULL),
                          .dirty = has_cut(cuts, CUT_DIRTY, channel, NULL)};
    size_t from = 0, to = n;
    for (const cut *c = cuts; c && c->what != CUT_END; c++)
        if ((c->what == CUT_SINCE || c->what == CUT_UNTIL) && strcmp(c->channel, channel) == 0)
            for (size_t i = 0; i < n; i++)
                if (items[i]->tag && strcmp(items[i]->tag, c->tag) == 0) {
                    if (c->what == CUT_SINCE)
                        from = i;
                    else
                        to = i;
                    break;
                }
    options.first_id += from;
    ew_log *log = ew_open(&options);
    for (size_t i = from; i < to; i++) {
        item *e = items[i];
        if (is_cut(cuts, CUT_DROP, e) || is_muted(h, cuts, e))
            continue;
        if (is_cut(cuts, CUT_LOSE, e)) {
            ew_skip_ids(log, 1);
            continue;
        }
        ew_event event = {.kind = e->kind, .time = e->time, .computer = e->computer, .pid = e->pid,
                          .tid = e->tid, .user_sid = e->user_sid, .keywords = e->keywords,
                          .values = e->values, .n_values = e->n_values, .binary = e->binary};
        e->record = ew_append(log, &event);
        h->written++;
    }
    char name[256], path[4096];
    size_t at = 0;
    for (const char *p = channel; *p && at < sizeof name - 3; p++) {
        if (*p == '/') {
            name[at++] = '%';
            name[at++] = '4';
        } else {
            name[at++] = *p;
        }
    }
    name[at] = 0;
    snprintf(path, sizeof path, "%s/C/Windows/System32/winevt/Logs/%s.evtx", folder, name);
    make_folders(path);
    size_t size;
    uint8_t *bytes = ew_bytes(log, &size);
    ew_save(path, bytes, size);
    ew_close(log);
}

void host_write(host *h, const char *folder, const cut *cuts)
{
    item **sorted = malloc((h->n_items + 1) * sizeof(item *));
    if (!sorted)
        stop("out of memory", "");
    for (size_t i = 0; i < h->n_items; i++) {
        h->items[i].record = 0;
        sorted[i] = &h->items[i];
    }
    h->written = 0;
    qsort(sorted, h->n_items, sizeof *sorted, compare_items);
    for (size_t i = 0; i < h->n_items;) {
        size_t j = i;
        while (j < h->n_items && strcmp(sorted[j]->kind->channel, sorted[i]->kind->channel) == 0)
            j++;
        if (!has_cut(cuts, CUT_WITHOUT, sorted[i]->kind->channel, NULL))
            write_channel(h, folder, sorted + i, j - i, cuts);
        i = j;
    }
    free(sorted);
}

const char *host_record(host *h, const char *tag)
{
    for (size_t i = 0; i < h->n_items; i++)
        if (h->items[i].tag && strcmp(h->items[i].tag, tag) == 0 && h->items[i].record)
            return host_text(h, "%s:%llu", h->items[i].kind->channel, (unsigned long long)h->items[i].record);
    return NULL;
}

ticks host_tag_time(const host *h, const char *tag)
{
    for (size_t i = 0; i < h->n_items; i++)
        if (h->items[i].tag && strcmp(h->items[i].tag, tag) == 0)
            return h->items[i].time;
    return 0;
}

size_t host_record_count(const host *h)
{
    return h->written;
}
