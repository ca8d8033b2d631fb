/* Names of evidence files: cleaned, split, decoded. Names only; no file is touched here. */
#ifndef DR_IO_PATH_H
#define DR_IO_PATH_H

#include "base/arena.h"
#include "base/str.h"

/* The name of an archive's member as a relative path with / between its parts: backslashes turned,
 * empty parts and "." dropped, leading separators taken off, bytes that are no UTF-8 read as
 * Windows-1252. False when a part is ".." (the path would lead out); *out is then the name as it is. */
bool path_clean(dr_str name, dr_arena *arena, dr_str *out);

/* Everything before the last / (empty when there is none), and what is behind it. */
dr_str path_folder(dr_str path);
dr_str path_name(dr_str path);
/* FOLDER/NAME; NAME alone when the folder is empty. */
dr_str path_join(dr_str folder, dr_str name, dr_arena *arena);
/* Without .xz, .gz, .zst, .bz2, .lzma at its end. */
dr_str path_without_packing(dr_str path);

/* Collectors that write a drive or device as one percent-encoded part ("C%3A", "%5C%5C.%5CC%3A")
 * encode every part behind it too. When PATH has such a part it comes back decoded from there on, with
 * \\.\ and the colon of the drive taken off ("uploads/auto/C%3A/a%25b" is "uploads/auto/C/a%b"); other
 * paths come back as they are, for a percent sign is ordinary in names of event logs. */
dr_str path_decoded(dr_str path, dr_arena *arena);

#endif
