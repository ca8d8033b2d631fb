/* The verbs, over the public interface. */
#ifndef DR_CLI_COMMAND_H
#define DR_CLI_COMMAND_H

#include "cli/options.h"

/* Does what the command line says; returns the exit status. */
int command_run(cli_options *options);

#endif
