/* Binary values of the task cache (SOFTWARE\...\Schedule\TaskCache\Tasks\{GUID}): DynamicInfo and
 * Actions. Layouts: docs/formats/registry.md, "TaskCache". */
#ifndef DR_FORMAT_TASKCACHE_H
#define DR_FORMAT_TASKCACHE_H

#include "base/cur.h"
#include "base/dr_time.h"

typedef struct task_dynamic_info {
    int64_t created, last_run, last_success; /* ticks as stored; 0: never, or (last_success) not kept */
    uint32_t state, last_result;
    bool has_last_success; /* 36-byte form, Windows 8 on */
} task_dynamic_info;
bool task_dynamic_info_read(task_dynamic_info *out, dr_bytes data);

typedef enum task_action_kind {
    TASK_ACTION_EXEC = 0x6666,
    TASK_ACTION_COM = 0x7777,
    TASK_ACTION_MAIL = 0x8888,
    TASK_ACTION_MESSAGE = 0x9999
} task_action_kind;

typedef struct task_action {
    task_action_kind kind;
    dr_wstr id;
    dr_wstr command, arguments, folder; /* exec */
    const uint8_t *class_id;            /* COM: 16 bytes, borrowed */
    dr_wstr data;                       /* COM: argument; message: its text; mail: its subject */
} task_action;

typedef struct task_actions {
    dr_cur c;
    unsigned version;
    dr_wstr context; /* principal, version 3 */
} task_actions;
bool task_actions_open(task_actions *out, dr_bytes data);
/* False at the end or where the rest is not understood (*damaged, may be NULL). */
bool task_actions_next(task_actions *a, task_action *out, bool *damaged);

#endif
