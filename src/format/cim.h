/* The WMI repository: OBJECTS.DATA, INDEX.BTR, MAPPINGn.MAP, of XP and 2003 and of Vista and later.
 * Facts: docs/formats/wmi.md.
 *
 * An object is current only when the index, read through the mapping in force, has a key for it. What is
 * found otherwise (older copies of pages, left-overs behind records, a repository without index) is
 * carved, and was there once; it is never said to be current.
 *
 * The bytes are borrowed and must stay until cim_close. One thread at a time. Damage goes to the
 * diagnostics, with offsets in OBJECTS.DATA. */
#ifndef DR_FORMAT_CIM_H
#define DR_FORMAT_CIM_H

#include "base/arena.h"
#include "base/cur.h"
#include "base/diag.h"
#include "base/dr_time.h"
#include "base/status.h"

#define CIM_PAGE 8192u

typedef struct cim_repo cim_repo;

typedef struct cim_part { /* a companion of OBJECTS.DATA; which one it is, its bytes or its name tell */
    dr_str name;
    dr_bytes bytes;
} cim_part;

typedef struct cim_state {
    bool mapped;        /* a mapping is in use */
    bool newest;        /* it is the newest of those given */
    bool indexed;       /* the index was walked */
    bool whole;         /* and no page of it and no object that it names is missing: what is not found is not there */
    bool xp;            /* layout of XP and 2003 */
    dr_str mapping;     /* name of the mapping in use */
    uint32_t version, first_id;
    size_t classes, instances; /* keys of the index */
    int64_t newest_stamp; /* ticks: highest stamp of the instances in the index */
    size_t missing;     /* of these, objects that could not be read */
} cim_state;

typedef enum cim_life {
    CIM_CURRENT,
    CIM_CARVED,  /* outside the index: deleted, or an older version of a current one */
    CIM_UNKNOWN  /* carved, and there is no index that could tell */
} cim_life;

typedef enum cim_kind { CIM_OTHER, CIM_FILTER, CIM_CONSUMER, CIM_BINDING, CIM_NAMESPACE } cim_kind; /* by derivation */

enum { /* cim_property.type, besides 0x2000 for arrays */
    CIM_SINT16 = 2, CIM_SINT32 = 3, CIM_REAL32 = 4, CIM_REAL64 = 5, CIM_STRING = 8, CIM_BOOLEAN = 11, CIM_OBJECT = 13,
    CIM_SINT8 = 16, CIM_UINT8 = 17, CIM_UINT16 = 18, CIM_UINT32 = 19, CIM_SINT64 = 20, CIM_UINT64 = 21,
    CIM_DATETIME = 101, CIM_REFERENCE = 102, CIM_CHAR16 = 103, CIM_ARRAY = 0x2000
};

typedef struct cim_property {
    dr_str name;
    uint16_t type;
    bool key;
    bool null;
    bool from_class;  /* the class's default */
    const dr_str *items; /* as text; one unless it is an array */
    size_t n_items;
} cim_property;

typedef struct cim_instance {
    cim_kind kind;
    cim_life life;
    bool copy;           /* carved: the same bytes are current elsewhere */
    dr_str space;        /* namespace, "root\subscription"; empty when carved */
    dr_str class_name;
    dr_str path;         /* Class.Key="value"; empty when the class is not known */
    uint64_t off;        /* in OBJECTS.DATA */
    uint32_t page, id;   /* logical page and record, of current ones */
    int64_t stamp;       /* ticks: when WMI was started in the boot in which it was written, and a little more
                            for each write since: a lower bound, and an order */
    const cim_property *properties;
    size_t n_properties;
    bool partial;        /* its class is not known, or its end is missing */
} cim_instance;

/* PARTS: INDEX.BTR and the mapping files there are. DR_FORMAT when OBJECTS.DATA is not even one page;
 * DR_NOMEM. ARENA and DIAGS until cim_close. */
dr_status cim_open(cim_repo **out, dr_bytes objects, const cim_part *parts, size_t n_parts, dr_arena *arena,
                   dr_diags *diags, dr_err *err) DR_MUST_CHECK;
void cim_close(cim_repo *repo); /* NULL is fine */
const cim_state *cim_state_of(const cim_repo *repo);

enum { CIM_ALL_CLASSES = 1 }; /* also instances that have nothing to do with subscriptions */

/* Instances: current ones in the order of the index, then carved ones (of subscriptions only) by offset. */
typedef struct cim_walk {
    cim_repo *repo;
    unsigned flags;
    size_t next_key;
    size_t scan; /* offset of the search */
    size_t carved;
} cim_walk;

void cim_walk_start(cim_walk *walk, cim_repo *repo, unsigned flags);
/* DR_OK, DR_END, DR_NOMEM. What *out points at lives in ARENA. */
dr_status cim_next(cim_walk *walk, dr_arena *arena, cim_instance *out) DR_MUST_CHECK;

/* The property of that name, NULL when there is none. */
const cim_property *cim_get(const cim_instance *instance, const char *name);
/* A number's CIM type as its name ("uint32"). */
const char *cim_type_name(uint16_t type);

/* An object path: \\host\namespace:Class.Key="value". Parts that it has not are empty. NAME is the value of
 * its first key, unescaped into ARENA. False when it is none. */
typedef struct cim_path {
    dr_str space, class_name, key, name;
} cim_path;
bool cim_path_read(cim_path *out, dr_str text, dr_arena *arena);

#endif
