/* What didrun says of itself. Every page begins with examples. */
#ifndef DR_CLI_HELP_H
#define DR_CLI_HELP_H

#include "cli/options.h"

#include <stdio.h>

void help_main(FILE *out);
void help_verb(FILE *out, cli_verb verb);
void help_version(FILE *out);

#endif
