/* The evidence of a run: files, folders and archives given by the user become a numbered list of
 * sources, each with its kind, its collection, its companions and what was odd about it.
 *
 * Two steps. source_set_seal lists: folders are walked, archives unpacked (what is recognised is kept in
 * memory, or in an unlinked temporary file that is mapped), kinds are told by content, companions joined,
 * copies found. Then sources are read: source_open + source_read_at for what is read in blocks,
 * source_load for what is wanted whole. Different sources may be read by different threads; everything
 * else belongs to one thread.
 *
 * What kinds there are, and which files belong together, is not known here: source_types says it.
 * The list does not depend on the order of the arguments. All memory is the set's; views live until
 * source_set_destroy, bytes until source_unload. */
#ifndef DR_IO_SOURCE_H
#define DR_IO_SOURCE_H

#include "base/diag.h"
#include "base/os.h"
#include "base/status.h"

typedef struct source_types {
    /* The kind of a file by its first bytes (8192 where it has them), its size and, for formats without
     * a signature, its name. 0: not known. */
    int (*recognise)(dr_bytes head, uint64_t size, dr_str name);
    /* The kind that the name promises, for messages only; 0: none. */
    int (*promised)(dr_str name);
    int archive; /* the kind that is unpacked */
    /* May a file of this kind bring others along? */
    bool (*leads)(int kind);
    /* Is PART the name of a companion of LEADER, a file of kind KIND in the same folder? Names are
     * without .xz and the like. */
    bool (*companion)(int kind, dr_str leader, dr_str part);
    /* Kinds that are read only with their leader (transaction logs, mappings). */
    bool (*is_part)(int kind);
    /* Do its records name their host, so that a copy in another collection adds nothing? */
    bool (*names_host)(int kind);
    /* Length of the beginning of PATH below which a Windows tree stands ("hosts/a" of
     * "hosts/a/C/Windows/System32/x"); SIZE_MAX when it is not in one. */
    size_t (*tree)(dr_str path);
} source_types;

typedef enum source_state {
    SOURCE_READ,       /* to be read */
    SOURCE_PART,       /* read with its leader */
    SOURCE_COPY,       /* the same bytes as another source, which is read instead: same_as */
    SOURCE_CONTAINER,  /* an archive; its members are sources of their own */
    SOURCE_UNKNOWN,    /* no kind that is known */
    SOURCE_EMPTY,      /* no bytes */
    SOURCE_BROKEN,     /* could not be opened, read or unpacked */
    SOURCE_NOT_FOLLOWED, /* a link */
    SOURCE_NOTHING     /* an argument in which nothing can be read */
} source_state;

typedef struct source source;
typedef struct source_set source_set;

struct source {
    uint32_t number;      /* from 1, in the order of the list */
    uint32_t collection;  /* from 1 */
    source_state state;
    int kind;
    uint64_t size;
    dr_str argument;      /* as the user gave it */
    dr_str path;          /* below the argument, with /; the file's name when it is the argument */
    dr_str shown;         /* argument and path, for messages */
    dr_str logical;       /* path inside its collection: decoded, packing endings off */
    bool in_tree;         /* its collection is a Windows tree */
    uint32_t same_as;     /* SOURCE_COPY: number of the one that is read */
    uint32_t leader;      /* SOURCE_PART: number of its leader, 0 when it is not there */
    char sha256[65];      /* of the bytes as they are read; empty until known */
    dr_arena *arena;      /* of the source: for its decoder and diagnostics; NULL when it is not read */
    dr_diags diags;       /* what was odd; made by the intake and by its reader */

    /* Below: of source.c alone. */
    source_set *set;
    dr_str disk;          /* path on disk, or of the archive's */
    dr_str folder_key;    /* equal for files of one folder */
    dr_str tree_key;      /* equal for files of one collection */
    size_t argument_index;
    uint64_t order;       /* in which it was met */
    source *const *parts; /* companions, sorted by name */
    size_t n_parts;
    bool member, given;   /* of an archive; an argument itself */
    bool cut;             /* a member whose end could not be unpacked */
    uint64_t head_hash;   /* over the first bytes, to find copies cheaply */
    uint64_t spill_off;   /* in the set's temporary file when spilled */
    bool spilled;
    uint8_t *memory;      /* member kept in memory, or a small file loaded */
    dr_bytes bytes;       /* what source_load gave, when loaded */
    bool loaded, mapped;
    dr_file file;
    struct dr_hasher *hasher;
    uint64_t hashed;      /* bytes that went through the hasher */
};

typedef struct source_counts {
    uint64_t files;       /* all files met, members of archives included */
    uint64_t read, parts, copies, containers, unknown, empty, broken, not_followed;
    uint64_t bytes;       /* of those to be read, parts included */
} source_counts;

/* Called now and then from source_set_seal; anything but DR_OK ends it with that status. */
typedef dr_status (*source_tick)(void *context, uint64_t done, uint64_t total, uint64_t files);

source_set *source_set_create(const source_types *types); /* NULL: no memory. TYPES is borrowed */
void source_set_destroy(source_set *set);                 /* NULL is fine */
void source_set_on_tick(source_set *set, source_tick tick, void *context);
/* Companions that lie beside a file given alone are taken too. Without it that file is all there is of
 * the evidence: what lies beside it was not handed over. */
void source_set_take_beside(source_set *set);
/* Notes an argument. DR_IO when there is nothing of that name. */
dr_status source_set_add(source_set *set, const char *path, dr_err *err) DR_MUST_CHECK;
/* Lists everything; once, after the last add. Damage and bad input become diagnostics of sources. */
dr_status source_set_seal(source_set *set, dr_err *err) DR_MUST_CHECK;

/* What was added: as it was given, and its path without links. In the order of the list once sealed. */
size_t source_argument_count(const source_set *set);
void source_argument_at(const source_set *set, size_t i, dr_str *given, dr_str *path);
size_t source_count(const source_set *set);
source *source_at(const source_set *set, size_t i);          /* in their order; number is i + 1 */
source *source_by_number(const source_set *set, uint32_t number);
size_t source_collections(const source_set *set);
/* The tree's place in the evidence as given ("case.zip", "hosts/a"); empty for loose files. */
dr_str source_collection_path(const source_set *set, uint32_t collection);
source_counts source_set_counts(const source_set *set);
const char *source_state_name(source_state state);

/* All bytes, hashed: a map, or memory. Until source_unload. */
dr_status source_load(source *s, dr_bytes *out, dr_err *err) DR_MUST_CHECK;
void source_unload(source *s);
size_t source_part_count(const source *s);
source *source_part(const source *s, size_t i);

/* Block by block instead: open, read anywhere, close. */
dr_status source_open(source *s, dr_err *err) DR_MUST_CHECK;
dr_status source_read_at(void *s, uint64_t off, void *p, size_t n, size_t *got, dr_err *err);
/* Takes every byte once and in order, for sha256 (an evtlog_input's on_bytes). */
void source_on_bytes(void *s, dr_bytes bytes);
void source_close(source *s);

/* Bytes handed out so far, and the sum of what is to be read; may be asked from any thread. */
uint64_t source_set_bytes_done(const source_set *set);

#endif
