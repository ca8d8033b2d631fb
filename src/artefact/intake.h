/* What the intake has to be told about Windows: kinds of files, which belong together, where a Windows
 * tree stands. For source_set_create. */
#ifndef DR_ARTEFACT_INTAKE_H
#define DR_ARTEFACT_INTAKE_H

#include "io/source.h"

/* Kinds are format_kind (format/recognise.h). */
extern const source_types intake_types;

#endif
