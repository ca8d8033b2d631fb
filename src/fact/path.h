/* Windows paths and account names in the many spellings of records, compared. The spelling of a record
 * is always kept; these are normal forms beside it. Nothing here asks the evidence: two paths that
 * differ only in how their volume is named are the same as far as can be told. */
#ifndef DR_FACT_PATH_H
#define DR_FACT_PATH_H

#include "base/arena.h"
#include "base/str.h"

/* The key under which equal paths fall together: upper case, one backslash between parts, no quotes, no
 * volume (drive letter, \Device\HarddiskVolumeN, \VOLUME{..}, \??\, \\?\ are taken off), %SystemRoot%
 * and its like replaced. 8.3 names stay. In ARENA; empty when the path is, or when the arena is full. */
dr_str path_key(dr_arena *arena, dr_str path);
/* Same place? Drive letters have to agree where both are given. A path without any root (a bare name,
 * or a relative one) is the same as every path that ends in it. */
bool path_same(dr_str a, dr_str b);
/* The drive letter in upper case, 0 when the path names none. */
char path_drive(dr_str path);

/* Equal names of hosts: without case, and a short name equals the first label of a long one. */
bool host_same(dr_str a, dr_str b);
dr_str host_first_label(dr_str name);

/* Equal account names: DOMAIN\name, .\name, name@domain and name are one. */
bool name_same(dr_str a, dr_str b);
dr_str name_without_domain(dr_str name);
/* The domain of DOMAIN\name or name@domain; empty where there is none. */
dr_str name_domain(dr_str name);

#endif
