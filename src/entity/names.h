/* The attributes and kinds of facts that tie entities together, looked up once. Names of the
 * vocabulary only: what a record is called stands in data. */
#ifndef DR_ENTITY_NAMES_H
#define DR_ENTITY_NAMES_H

#include "base/status.h"
#include "fact/vocabulary.h"

#define ENTITY_ATTRS(X)                                                                            \
    X(process_pid, "process.pid")                                                                  \
    X(process_guid, "process.guid")                                                                \
    X(process_start, "process.start")                                                              \
    X(process_image, "process.image")                                                              \
    X(process_command_line, "process.command_line")                                                \
    X(process_original_name, "process.original_name")                                              \
    X(process_logon_id, "process.logon_id")                                                        \
    X(process_run_count, "process.run_count")                                                      \
    X(process_sha1, "process.sha1")                                                                \
    X(process_sha256, "process.sha256")                                                            \
    X(parent_pid, "parent.pid")                                                                    \
    X(parent_guid, "parent.guid")                                                                  \
    X(parent_image, "parent.image")                                                                \
    X(parent_command_line, "parent.command_line")                                                  \
    X(account_sid, "account.sid")                                                                  \
    X(account_domain, "account.domain")                                                            \
    X(actor_name, "actor.name")                                                                    \
    X(actor_domain, "actor.domain")                                                                \
    X(actor_sid, "actor.sid")                                                                      \
    X(actor_logon_id, "actor.logon_id")                                                            \
    X(session_logon_id, "session.logon_id")                                                        \
    X(session_linked_id, "session.linked_logon_id")                                                \
    X(status, "status")                                                                            \
    X(text, "text")                                                                                \
    X(control_name, "control.name")                                                                \
    X(script_text, "script.text")                                                                  \
    X(file_path, "file.path")                                                                      \
    X(file_created, "file.created")                                                                \
    X(as_of, "as_of")                                                                              \
    X(host_name, "host.name")                                                                      \
    X(host_old_name, "host.old_name")

#define ENTITY_KINDS(X)                                                                            \
    X(process_created, "process.created")                                                          \
    X(process_exited, "process.exited")                                                            \
    X(process_active, "process.active")                                                            \
    X(process_load_failed, "process.load-failed")                                                  \
    X(process_crashed, "process.crashed")                                                          \
    X(process_hung, "process.hung")                                                                \
    X(process_shown, "process.shown")                                                              \
    X(process_blocked, "process.blocked")                                                          \
    X(session_opened, "session.opened")                                                            \
    X(host_booted, "host.booted")                                                                  \
    X(host_shutdown, "host.shutdown")                                                              \
    X(host_renamed, "host.renamed")                                                                \
    X(host_at_rest, "host.at-rest")                                                                \
    X(file_created, "file.created")                                                                \
    X(sam_account, "sam.account")                                                                  \
    X(file_present, "file.present")                                                                \
    X(program_launched, "program.launched")                                                        \
    X(program_window, "program.window")                                                            \
    X(program_ran, "program.ran")                                                                  \
    X(script_block, "script.block")                                                                \
    X(script_command, "script.command")                                                            \
    X(script_engine_started, "script.engine-started")

typedef struct entity_names {
#define X(id, text) dr_sym id;
    ENTITY_ATTRS(X)
#undef X
#define X(id, text) uint16_t kind_##id;
    ENTITY_KINDS(X)
#undef X
} entity_names;

/* DR_DATA with the name when the vocabulary lacks one of them. */
dr_status entity_names_init(entity_names *names, const vocabulary *vocab, dr_err *err) DR_MUST_CHECK;

#endif
