/* WMI subscriptions at rest, as records and as JSON Lines. */
#ifndef DR_ARTEFACT_WMI_H
#define DR_ARTEFACT_WMI_H

#include "artefact/artefact.h"
#include "base/buf.h"
#include "format/cim.h"

/* One instance as a JSON line: its object path, page, offset, all properties with their types. */
void wmi_json(dr_buf *out, const cim_instance *instance);

extern const artefact art_wmi;

#endif
