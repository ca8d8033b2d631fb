/* A file that comes to its place whole or not at all: written beside its place without a name (or under
 * a temporary one where the file system has no files without names), then made durable and put there
 * in one step. What stood there before is as it was until then. */
#ifndef DR_BASE_OS_PLACE_H
#define DR_BASE_OS_PLACE_H

#include "base/os.h"

typedef struct dr_place {
    dr_file file;
    char *target, *temporary; /* temporary: NULL when the file has no name */
    bool replace;
} dr_place;

/* REPLACE: a regular file may stand there already; otherwise nothing may. Fails when the folder cannot
 * be written. */
dr_status dr_place_begin(dr_place *place, const char *target, bool replace, dr_err *err) DR_MUST_CHECK;
/* N bytes at OFF, beyond its end too; what is between is zero. To read: dr_os_read_at on place.file. */
dr_status dr_place_write_at(dr_place *place, uint64_t off, const void *p, size_t n, dr_err *err) DR_MUST_CHECK;
/* Durable, and in its place. Ends the place in any case. */
dr_status dr_place_end(dr_place *place, dr_err *err) DR_MUST_CHECK;
/* The regular file at TARGET for oneself: others who ask wait until it is closed with dr_os_close. What took
 * its place in the meantime is waited for in its turn. Fails when the file cannot be written. */
dr_status dr_place_lock(const char *target, dr_file *out, dr_err *err) DR_MUST_CHECK;
/* Nothing is left of it. Fine after dr_place_end, and for a zeroed place. */
void dr_place_abandon(dr_place *place);

#endif
