/* didrun: a thin face of the library. */
#include "cli/command.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    cli_options options;
    int status = cli_parse(&options, argc, argv);
    if (status == 0)
        status = command_run(&options);
    else if (status < 0) /* help was asked for and printed */
        status = fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
    cli_options_free(&options);
    return status;
}
