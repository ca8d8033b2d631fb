/* What standard output is: how wide, whether colour belongs there. */
#ifndef DR_CLI_TERMINAL_H
#define DR_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct terminal {
    bool is; /* standard output is one */
    bool colour;
    size_t width; /* columns: of the terminal, else of COLUMNS; 0: it is none and nothing says */
} terminal;

terminal terminal_of_stdout(bool no_color);

#endif
