/* Status codes and error text: how the world outside the evidence says no (out of memory, a file
 * that cannot be opened, a rule with a mistake). Damage in evidence is never a status: see diag.h. */
#ifndef DR_BASE_STATUS_H
#define DR_BASE_STATUS_H

#include <stdio.h>
#include <stdlib.h>

typedef enum dr_status {
    DR_OK = 0,
    DR_END = 1,         /* an iterator has nothing more */
    DR_NOMEM = -1,      /* memory or an arena's limit */
    DR_LIMIT = -2,      /* a limit of base/limits.h */
    DR_IO = -3,         /* the operating system said no */
    DR_USAGE = -4,      /* the caller's arguments are wrong */
    DR_DATA = -5,       /* a rule or data file has an error */
    DR_FORMAT = -6,     /* not a file of this format at all */
    DR_UNSUPPORTED = -7 /* understood, but not read by didrun */
} dr_status;

#define DR_MUST_CHECK __attribute__((warn_unused_result))
#define DR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* The text of the last error, owned by the caller and passed down. */
typedef struct dr_err {
    char text[512];
} dr_err;

/* Writes the text (cut to fit) and returns STATUS, so that a failure is one line. ERR may be NULL. */
dr_status dr_fail(dr_err *err, dr_status status, const char *fmt, ...) DR_PRINTF(3, 4);

/* One word for a status, for messages. */
const char *dr_status_text(dr_status status);

/* Leaves the function with the status of a call that did not succeed. */
#define DR_TRY(call)                                                                               \
    do {                                                                                           \
        dr_status try_status_ = (call);                                                            \
        if (try_status_ != DR_OK)                                                                  \
            return try_status_;                                                                    \
    } while (0)

/* A broken invariant of didrun itself: cheap, on in every build. */
#define DR_ASSERT(cond)                                                                            \
    do {                                                                                           \
        if (!(cond))                                                                               \
            dr_assert_failed(#cond, __FILE__, __LINE__);                                           \
    } while (0)

_Noreturn void dr_assert_failed(const char *what, const char *file, int line);

#endif
