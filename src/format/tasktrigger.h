/* Triggers of a task as the task cache keeps them (SOFTWARE\...\Schedule\TaskCache\Tasks\{GUID},
 * value Triggers): settings of the task, then one entry a trigger. Layout: docs/formats/registry.md,
 * "TaskCache". Most fields fill blocks of 8 bytes; what fills the gaps is not looked at.
 *
 * Texts and SIDs are borrowed from the bytes. */
#ifndef DR_FORMAT_TASKTRIGGER_H
#define DR_FORMAT_TASKTRIGGER_H

#include "base/cur.h"
#include "base/dr_time.h"

typedef enum task_trigger_kind {
    TASK_TRIGGER_WNF = 0x6666,
    TASK_TRIGGER_SESSION = 0x7777,
    TASK_TRIGGER_REGISTRATION = 0x8888,
    TASK_TRIGGER_LOGON = 0xaaaa,
    TASK_TRIGGER_EVENT = 0xcccc,
    TASK_TRIGGER_TIME = 0xdddd,
    TASK_TRIGGER_IDLE = 0xeeee,
    TASK_TRIGGER_BOOT = 0xffff
} task_trigger_kind;

enum { /* bits of task_triggers.flags */
    TASK_ENABLED = 0x400000,
    TASK_HIDDEN = 0x800000,
    TASK_HIGHEST = 0x1000000 /* with the highest privileges */
};

typedef struct task_time {
    int64_t ticks; /* DR_NO_TIME: none */
    bool local;    /* in the zone of the machine, not UTC */
} task_time;

typedef struct task_user {
    dr_bytes sid;   /* empty: none */
    dr_wstr name;
} task_user;

typedef struct task_trigger {
    task_trigger_kind kind;
    bool enabled;
    task_time start, end;
    uint32_t delay;        /* seconds */
    uint32_t repeat_every; /* seconds, 0: once */
    unsigned mode;         /* TIME: 0 once, 1 daily, 2 weekly, 3 days of months, 4 weekdays of months */
    unsigned every;        /* TIME, daily and weekly: each so many days or weeks */
    unsigned weekdays;     /* TIME, weekly: bits from Sunday on */
    unsigned state;        /* SESSION: 1 console connect .. 6 unlock */
    task_user user;        /* LOGON, SESSION: whose; empty: anybody's */
    dr_wstr query;         /* EVENT: the subscription, XML */
} task_trigger;

typedef struct task_triggers {
    dr_cur c;
    unsigned version; /* 0x15 .. 0x17; 0: another one, of which nothing is known */
    task_time start, end;
    uint32_t flags;
    task_user user; /* as whom it runs */
} task_triggers;

/* False when it does not begin as the value does, or the settings of the task are cut. */
bool task_triggers_open(task_triggers *out, dr_bytes data);
/* False at the end, or where the rest is not understood (*damaged, may be NULL). */
bool task_triggers_next(task_triggers *t, task_trigger *out, bool *damaged);

#endif
