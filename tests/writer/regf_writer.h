/* Writes registry hives and their transaction logs: real ones, with bins, cells, hashed lists, big data,
 * security, left-overs of what was deleted.
 *
 * Build a tree, call regfw_build for the bytes; change the tree and build again for the state after. The
 * cells of keys and values stand in the order of creation and lists behind them, so that the two differ
 * in few pages; regfw_log makes the log that leads from one to the other and regfw_dirty the primary
 * file as it lies on disk meanwhile.
 *
 * Texts are UTF-8. Memory is malloc'ed; what a build returns belongs to the caller (free). Running out of
 * memory ends the program: this is a tool of the tests. */
#ifndef WRITER_REGF_WRITER_H
#define WRITER_REGF_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct regf_writer regf_writer;
typedef uint32_t regfw_key; /* 0 is the root */

typedef struct regfw_bytes {
    uint8_t *p;
    size_t n;
} regfw_bytes;

/* MINOR: version 1.MINOR (5 for a system hive, 3 for SAM, SECURITY, users' hives, 1 for the oldest form of
 * cells). */
regf_writer *regfw_create(const char *root_name, unsigned minor);
void regfw_destroy(regf_writer *w);
/* Written into the base block: the end of the path, its time, and the sequence numbers (both equal). */
void regfw_base(regf_writer *w, const char *file_name, int64_t written, uint32_t sequence);
/* Self-relative descriptor of all keys, with one entry that allows everything to SID ("S-1-5-..."). */
void regfw_security(regf_writer *w, const char *sid);

/* The key at PATH (parts separated by a backslash), made with all that lead to it where it is not there.
 * WRITTEN (ticks) is set for the last part, and for those that are new. */
regfw_key regfw_key_at(regf_writer *w, const char *path, int64_t written);
/* A key whose name holds what a path cannot; NAME has N bytes of UTF-8. */
regfw_key regfw_child(regf_writer *w, regfw_key parent, const char *name, size_t n, int64_t written);
void regfw_class(regf_writer *w, regfw_key key, const char *text);
void regfw_key_flags(regf_writer *w, regfw_key key, unsigned flags); /* added to its own */

/* Values; one of the same name is replaced. The name "" is the default value. */
void regfw_value(regf_writer *w, regfw_key key, const char *name, uint32_t type, const void *data, size_t n);
void regfw_sz(regf_writer *w, regfw_key key, const char *name, const char *text);
void regfw_expand(regf_writer *w, regfw_key key, const char *name, const char *text);
void regfw_dword(regf_writer *w, regfw_key key, const char *name, uint32_t number);
void regfw_qword(regf_writer *w, regfw_key key, const char *name, uint64_t number);
/* TEXTS ends with a NULL. */
void regfw_multi(regf_writer *w, regfw_key key, const char *name, const char *const *texts);

/* Deleted: the cells stay where they are, free, and no list leads to them any more. The parent's time is
 * for the caller to set. */
void regfw_delete_key(regf_writer *w, regfw_key key);
void regfw_delete_value(regf_writer *w, regfw_key key, const char *name);

/* Kind of the subkey lists: 'h' lh (default), 'f' lf, 'i' li; SPLIT: at most so many entries in one list,
 * more make an ri (default 512). */
void regfw_lists(regf_writer *w, char kind, unsigned split);

regfw_bytes regfw_build(regf_writer *w);
/* Where the last build put the key's nk cell, and a value's vk cell: offsets in the file. 0: not there. */
size_t regfw_key_offset(const regf_writer *w, regfw_key key);
size_t regfw_value_offset(const regf_writer *w, regfw_key key, const char *name);

/* The primary file while its change stands in a log only: BEFORE with its first sequence number raised. */
regfw_bytes regfw_dirty(regfw_bytes before);
/* A log of the new format with one entry, number SEQUENCE, that leads from BEFORE to AFTER. */
regfw_bytes regfw_log(regfw_bytes before, regfw_bytes after, uint32_t sequence);
/* Appends an entry that leads from BEFORE to AFTER to a log. */
void regfw_log_add(regfw_bytes *log, regfw_bytes before, regfw_bytes after, uint32_t sequence);
/* A log of the old format. */
regfw_bytes regfw_log_old(regfw_bytes before, regfw_bytes after);

#endif
