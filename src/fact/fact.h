/* A fact: one normalised statement by one or more records. Which kinds there are, what roles and
 * attributes they have and how far each may reach is data (data/vocabulary.yml).
 *
 * Attributes are flat: "account.name", "actor.logon_id", "status". Their values are text in the
 * canonical form of the attribute's type (vocabulary: types), made when the fact is made, so that
 * equal things compare equal as text, without case:
 *   name   as recorded, without DOMAIN\ (the domain is an attribute of its own)
 *   sid    S-1-5-...
 *   guid   upper case without braces
 *   logon  0x3e7 (lower-case hexadecimal without leading zeros)
 *   pid    decimal
 *   number decimal (signed allowed);  status  0xc0000135 (lower-case hexadecimal)
 *   path   as recorded (normal forms are computed beside it, see fact/path.h)
 *   time   ticks in decimal
 *   text   as recorded
 *
 * Facts live in a fact_store from the moment they are added to the end of the run. */
#ifndef DR_FACT_FACT_H
#define DR_FACT_FACT_H

#include "base/dr_time.h"
#include "base/map.h"
#include "base/str.h"

typedef uint32_t fact_id; /* index into the store, 0 = none */

typedef enum fact_type { /* of an attribute */
    FACT_TEXT,
    FACT_NAME,
    FACT_SID,
    FACT_GUID,
    FACT_LOGON,
    FACT_PID,
    FACT_NUMBER,
    FACT_STATUS,
    FACT_PATH,
    FACT_URL,
    FACT_HASH,
    FACT_TIME
} fact_type;

/* How strong a link by this attribute is; order: weaker to stronger. */
typedef enum fact_link { FACT_LINK_NONE, FACT_LINK_NAME, FACT_LINK_SESSION, FACT_LINK_IDENTITY } fact_link;

enum {
    FACT_CLASSIC = 1u << 0,   /* classic source that any local user can write */
    FACT_FORGED = 1u << 1,    /* the envelope is not the provider's: proves nothing else */
    FACT_RECOVERED = 1u << 2, /* from slack, unallocated cells, free pages */
    FACT_EXPORT = 1u << 3,    /* its file is an export */
    FACT_AT_REST = 1u << 4    /* state at rest; time is when the object was written, as_of in the source */
};

typedef struct fact_attr {
    dr_sym key;   /* symbol of the attribute's name in the store's symbol table */
    dr_str value; /* canonical text */
} fact_attr;

typedef struct fact_record { /* where it stands */
    uint32_t source;
    uint64_t offset;
    uint64_t record_id; /* 0: none */
    dr_sym channel;     /* 0: none */
    dr_sym provider;
    dr_sym host; /* as recorded; fact.host is the joined one */
    uint32_t event_id;
    uint32_t flags; /* RECORD_... */
    dr_str place;   /* registry path, object path */
} fact_record;

typedef struct fact {
    fact_id id;
    uint16_t kind; /* index into the vocabulary */
    uint16_t map;  /* index of the fact map that made it */
    dr_sym host;   /* 0: not known (yet) */
    int64_t time;  /* ticks, DR_NO_TIME */
    int64_t precision; /* ticks; 1 unless the source is coarser */
    uint16_t means;    /* index into the vocabulary's meanings of time */
    uint16_t n_attrs;
    uint32_t n_records;
    uint32_t flags;
    const fact_attr *attrs;     /* sorted by key */
    const fact_record *records; /* at least one; records[0] is the smallest source, offset */
} fact;

/* Value of the attribute, or an empty string with .p == NULL when the fact does not have it. */
dr_str fact_get(const fact *f, dr_sym key);
static inline bool fact_has(const fact *f, dr_sym key)
{
    return fact_get(f, key).p != NULL;
}

#endif
