#ifndef DR_BENCH_LOG_MIX_H
#define DR_BENCH_LOG_MIX_H
/* What generated logs consist of: kinds of records as Windows writes them, and texts for their
 * values. A text holds words in braces that make_log.c fills in: {n} a counting number, {pid} {logon}
 * {guid} {user} {sid} {host} {ip} {port} {image} {command} from small pools, as in real logs. */
#include "writer/evtx_writer.h"

#include <stddef.h>

typedef struct mix_kind {
    const ew_kind *kind;
    const char *values; /* in the order of the kind's fields, separated by | */
    unsigned weight;    /* how often, among its list */
} mix_kind;

typedef struct mix_list {
    const mix_kind *p;
    size_t n;
} mix_list;

/* One log: what no rule asks for, and what becomes facts. */
typedef struct mix_log {
    const char *name;
    mix_list other, kept;
} mix_log;

extern const mix_log mix_logs[];
extern const size_t mix_logs_n;

extern const char *const mix_images[], *const mix_commands[], *const mix_users[];
extern const size_t mix_images_n, mix_commands_n, mix_users_n;

#endif
