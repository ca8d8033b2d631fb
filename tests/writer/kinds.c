#include "writer/kinds.h"

#define KIND(name, ...) const ew_kind kind_##name = {__VA_ARGS__};
#include "writer/kinds.def"
