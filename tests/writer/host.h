#ifndef DR_TESTS_WRITER_HOST_H
#define DR_TESTS_WRITER_HOST_H
/*
 * An invented Windows host and the event records that it writes. Stories start and end processes,
 * open sessions and emit events at the times they choose; host_write sorts them into the logs of
 * each channel and numbers them.
 *
 * Everything is deterministic: process ids, guids and the last digits of times come from counters
 * and hashes. All memory belongs to the host and lives until host_free.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "writer/evtx_writer.h"
#include "writer/kinds.h"

typedef uint64_t ticks; /* FILETIME */

#define TICKS_MS ((ticks)10000)
#define TICKS_S ((ticks)10000000)
#define TICKS_MIN (60 * TICKS_S)
#define TICKS_HOUR (60 * TICKS_MIN)
#define TICKS_DAY (24 * TICKS_HOUR)

/* A local account has a RID, and no domain and SID: a session of it gets those of the host. */
typedef struct account {
    const char *name, *domain, *sid;
    unsigned rid;
} account;

typedef struct session {
    account who;
    uint64_t id, linked; /* logon ids */
    unsigned type;       /* logon type */
    unsigned desktop;    /* terminal session */
    const char *guid;
    const char *label;   /* integrity: S-1-16-... */
    const char *elevation;
    const char *address; /* of a remote logon */
} session;

typedef struct process {
    uint32_t pid;
    ticks start;
    const char *image, *line, *folder;
    const char *guid;
    const session *owner;
    const struct process *parent;
} process;

/* One boot: its processes and the session of the user who sits at the host. */
typedef struct boot {
    ticks start, stop; /* stop 0: still up at collection */
    const process *system, *wininit, *winlogon, *services, *lsass, *svchost, *dcom, *schedule, *netsvcs;
    const process *eventlog, *winmgmt, *defender, *wmiprvse, *explorer, *userinit;
    const session *local_system, *local_service, *network_service;
    const session *user, *user_admin; /* the filtered and the full token of one logon */
} boot;

typedef struct host host;

typedef struct host_options {
    const char *computer;
    const char *machine_sid;
    const char *born_as;  /* the name until the boot of day `renamed`; NULL: never renamed */
    unsigned renamed;
    ticks first, last;    /* the days to live through: midnight of the first, end of the last */
    ticks step_at, step_end; /* between these the clock is off by `step`; all three 0: never */
    int64_t step;
    ticks audited;        /* process auditing is on from then; 0: always */
    bool sysmon;
    bool sysmon_unfiltered; /* installed without a configuration file */
    ticks unprotected;    /* Defender's real-time protection is off from then; 0: never */
    bool full;            /* a full load of everyday activity, else a thin one */
    uint64_t seed;
} host_options;

host *host_new(const host_options *options);
void host_free(host *h);

/* Midnight of the day `day` days after the first, plus a time of that day. */
ticks host_at(const host *h, unsigned day, unsigned hour, unsigned minute, unsigned second);

/* A time within the second after t, other for each call. */
ticks host_near(host *h, ticks t);

uint64_t host_random(host *h, uint64_t below);
const char *host_text(host *h, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *host_guid(host *h); /* "{...}" */
const char *host_time_text(host *h, ticks t);       /* 2025-05-30 12:07:15.193, as Sysmon writes it */
const char *host_local_text(host *h, ticks t);      /* 5/30/2025 12:07:15 PM */
const char *host_iso_text(host *h, ticks t);        /* 2025-05-30T12:07:15.1932841Z */
const char *host_utf16_hex(host *h, const char *text, bool nul); /* as Binary shows UTF-16 text */
const char *host_ascii_hex(host *h, const char *text);

const char *host_computer(const host *h);
void host_rename(host *h, const char *computer); /* records emitted from now on */
const host_options *host_settings(const host *h);

void host_add_boot(host *h, const boot *b);
const boot *host_boot(const host *h, ticks t); /* the boot that was up at t */
size_t host_boot_count(const host *h);
const boot *host_boot_at(const host *h, size_t i);

session *host_session(host *h, const account *who, unsigned type, const char *label, unsigned desktop);

/* The tag of the next record or records of one act: twins and truth name records by it. */
void host_tag(host *h, const char *tag);
/* What the clock of the host shows at t. */
ticks host_shown(const host *h, ticks t);

/* From `from` to `to` the log of this channel takes no records, unless a cut drops the tag `tag`. */
void host_mute(host *h, const char *channel, ticks from, ticks to, const char *tag);
const char *host_local_sid(host *h, unsigned rid);

/* An event with named fields: a text for each field, in order (NULL: a null value). */
void host_event(host *h, ticks t, const ew_kind *kind, uint32_t pid, const char *user_sid, ...);
/* A classic event: n strings. */
void host_strings(host *h, ticks t, const ew_kind *kind, uint32_t pid, const char *user_sid,
                  const char *binary, size_t n, ...);
/* The last event gets these keywords, this tag, or another place among the records than its time says. */
void host_last_keywords(host *h, uint64_t keywords);
void host_last_tag(host *h, const char *tag);
void host_last_order(host *h, ticks order);

/* A process without records of its own. */
process *host_process(host *h, ticks t, const process *parent, const session *owner, uint32_t pid,
                      const char *image, const char *line);
/* Starts a process: 4688 where it is audited, Sysmon 1. */
process *host_start(host *h, ticks t, const process *parent, const session *owner, const char *image,
                    const char *line);
/* Like host_start, audited or not: what the kernel logs at every boot. */
process *host_start_always(host *h, ticks t, const process *parent, const session *owner, uint32_t pid,
                           const char *image, const char *line);
/* Ends it: 4689, Sysmon 5. */
void host_exit(host *h, ticks t, const process *p, uint32_t status);

/* Sysmon records of a process's own doing. */
void host_connects(host *h, ticks t, const process *p, const char *address, unsigned port);
void host_creates_file(host *h, ticks t, const process *p, const char *path);

/* --- writing --------------------------------------------------------------------------------- */

typedef enum host_cut {
    CUT_END,     /* end of the list */
    CUT_DROP,    /* records of this tag were never written; "x*" for all tags that begin so */
    CUT_LOSE,    /* they are gone, and their record ids with them */
    CUT_WITHOUT, /* the log of this channel is not there */
    CUT_SINCE,   /* the log of this channel begins with the first record tagged so: it rolled over */
    CUT_UNTIL,   /* it ends before the first record tagged so */
    CUT_EXPORT,  /* it is a filtered export */
    CUT_DIRTY    /* it was copied while in use */
} host_cut;

typedef struct cut {
    host_cut what;
    const char *channel, *tag;
} cut;

/*
 * Writes the logs into folder/C/Windows/System32/winevt/Logs. Ends the program if it cannot.
 */
void host_write(host *h, const char *folder, const cut *cuts);

/* "Security:4711" of the first record with this tag, after host_write; NULL if it was not written. */
const char *host_record(host *h, const char *tag);
ticks host_tag_time(const host *h, const char *tag); /* its time as recorded; 0 if there is none */
size_t host_record_count(const host *h);

#endif
