/* Every limit of didrun, named, in one place. Hitting one leaves a diagnostic with its place. */
#ifndef DR_BASE_LIMITS_H
#define DR_BASE_LIMITS_H

/* BinXML (format/binxml): real data nests two templates deep. */
#define DR_BINXML_MAX_DEPTH 64
#define DR_BINXML_MAX_ELEMENTS 512
#define DR_BINXML_MAX_OUTPUT (16u << 20) /* bytes of text from one record */
#define DR_BINXML_MAX_FIELDS 65536      /* values listed of one record, array items counted */
#define DR_BINXML_MAX_EMBEDDED 16384    /* embedded fragments read for one record */
#define DR_BINXML_MAX_NAME 4096 /* UTF-16 units of an element or attribute name */

/* Registry hives (format/regf). */
#define DR_REGF_MAX_DEPTH 512
#define DR_REGF_MAX_VALUE (64u << 20)

/* Prefetch (format/mam, format/prefetch). */
#define DR_MAM_MAX (64u << 20)
#define DR_PREFETCH_MAX_VOLUMES 4096

/* WMI repository (format/cim). */
#define DR_CIM_MAX_CLASS_DEPTH 64
#define DR_CIM_MAX_RECORD (64u << 20)
#define DR_CIM_MAX_KEYS 4000000
#define DR_CIM_MAX_PROPERTIES 4096
#define DR_CIM_MAX_ITEMS 65536   /* of one array */
#define DR_CIM_MAX_CARVED 100000 /* objects found outside the index */

/* YAML rule and data files. */
#define DR_YAML_MAX_DEPTH 32
#define DR_YAML_MAX_NODES 200000
#define DR_YAML_MAX_BYTES (8u << 20)

/* Command lines (claim/argv). */
#define DR_ARGV_MAX_TOKENS 4096
#define DR_ARGV_MAX_BYTES (256u << 10) /* of one line; Windows allows 32767 units */
#define DR_UNWRAP_MAX_DEPTH 8
#define DR_UNWRAP_MAX_COMMANDS 512
#define DR_SCRIPT_MAX_BYTES (4u << 20)
#define DR_SCRIPT_MAX_DEPTH 128 /* brackets inside brackets */
#define DR_PATTERN_MAX_ELEMENTS 256
#define DR_PATTERN_MAX_STEPS 20000 /* of one match; more: does not fit */

/* Census of event logs and coverage. A log beyond one of these is fragmentary and covers nothing. */
#define DR_CENSUS_MAX_LOGS 65536    /* computers and channels */
#define DR_CENSUS_MAX_RUNS 65536    /* unbroken pieces of one log */
#define DR_CENSUS_MAX_LOST 65536    /* damaged places of one log */
#define DR_CENSUS_MAX_MINUTES (4u << 20) /* minutes with a record, of one log */
#define DR_CENSUS_SILENCES 32       /* the longest ones of a log are kept with their neighbours */
#define DR_COVERAGE_MAX_RANGES 4096 /* holes in one log, all its files together */
#define DR_CENSUS_JITTER_S 60       /* times inside one log may step back so far without a clock step */

/* Folding to disk (base/fold). */
#define DR_FOLD_KEEP (24u << 20)     /* bytes of facts and runs in memory before the older half is folded */
#define DR_FOLD_RESIDENT (176u << 20) /* a process smaller than this gives nothing back */
#define DR_FOLD_GROWTH (32u << 20)   /* and it has to have grown by this since the last time */

/* Intake. */
#define DR_ARCHIVE_MAX_MEMBERS 1000000
#define DR_ARCHIVE_MAX_BYTES (64ull << 30) /* unpacked, whole archive */
#define DR_ARCHIVE_MAX_RATIO 2000          /* unpacked to packed, above 64 MiB */
#define DR_ARCHIVE_MAX_NESTING 2
#define DR_ARCHIVE_SPILL (16u << 20) /* members above this go to an unlinked temporary file */
#define DR_ARCHIVE_MEMORY (256u << 20) /* members kept in memory, all together; the rest is spilled too */
#define DR_ARCHIVE_MAX_LIST 200000    /* unknown and empty files listed; the rest is counted */
#define DR_SOURCE_MAP (16u << 20)     /* files above this are mapped, others loaded */
#define DR_HASH_BLOCK (256u << 10)
#define DR_WALK_MAX_DEPTH 128

/* Reasoning and output. */
#define DR_EVIDENCE_PER_RUNG 64
#define DR_FIELD_MAX (1u << 20) /* bytes of one field's text */

/* Diagnostics kept for one source; the rest are counted. */
#define DR_DIAG_MAX 4096

#endif
