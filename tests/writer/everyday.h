#ifndef DR_TESTS_WRITER_EVERYDAY_H
#define DR_TESTS_WRITER_EVERYDAY_H
/* What the invented host does on every day: boots, logons, programs, updates, health records. */
#include "writer/host.h"

extern const account local_system, local_service, network_service, administrator, maria, eve, svc_sql;

/* The SID of a local account of the host by its RID. */
const char *local_sid(host *h, unsigned rid);

/* Lives through all days of the host. To be called before the stories. */
void everyday(host *h);

/* The token of a session as records name it. */
const char *logon_text(host *h, const session *s);

/* A remote desktop session of an account from an address; gives its full token, with explorer.exe. */
const session *remote_desktop(host *h, ticks t, const account *who, const char *address,
                              const process **explorer);
void log_off(host *h, ticks t, const session *s);

/* 4624 and, for full tokens, 4672. */
void log_on(host *h, ticks t, const boot *b, const session *s, const process *by);

#endif
