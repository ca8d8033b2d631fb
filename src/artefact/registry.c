/* All artefacts: one line each. Those of one format run in this order over what was opened. */
#include "artefact/artefact.h"

#define ARTEFACTS(X)                                                                               \
    X(regf_hive)                                                                                   \
    X(regf_host)                                                                                   \
    X(shimcache)                                                                                   \
    X(amcache)                                                                                     \
    X(bam)                                                                                         \
    X(userassist)                                                                                  \
    X(muicache)                                                                                    \
    X(runmru)                                                                                      \
    X(recentapps)                                                                                  \
    X(featureusage)                                                                                \
    X(appcompatflags)                                                                              \
    X(services)                                                                                    \
    X(run)                                                                                         \
    X(winlogon)                                                                                    \
    X(ifeo)                                                                                        \
    X(sam)                                                                                         \
    X(profilelist)                                                                                 \
    X(uninstall)                                                                                   \
    X(products)                                                                                    \
    X(taskcache)                                                                                   \
    X(audit_policy)                                                                                \
    X(event_channels)                                                                              \
    X(settings)                                                                                    \
    X(defender)                                                                                    \
    X(firewall)                                                                                    \
    X(shares)                                                                                      \
    X(prefetch)                                                                                    \
    X(recentfilecache)                                                                             \
    X(wmi)

#define DECLARE(id) extern const artefact art_##id;
ARTEFACTS(DECLARE)
#undef DECLARE

const artefact *const artefact_registry[] = {
#define ENTRY(id) &art_##id,
    ARTEFACTS(ENTRY)
#undef ENTRY
    NULL,
};
