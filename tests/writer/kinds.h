#ifndef DR_TESTS_WRITER_KINDS_H
#define DR_TESTS_WRITER_KINDS_H
/* The kinds of events that the stories write: kind_sec_4688 and so on. See kinds.def. */
#include "writer/evtx_writer.h"

#define KIND(name, ...) extern const ew_kind kind_##name;
#include "writer/kinds.def"
#undef KIND

#endif
