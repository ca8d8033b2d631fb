#define _DEFAULT_SOURCE
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 100, WIDTH_MIN = 40, WIDTH_MAX = 400 };

static size_t bounded(unsigned long width)
{
    return width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : (size_t)width;
}

terminal terminal_of_stdout(bool no_color)
{
    terminal t = { .is = isatty(STDOUT_FILENO) == 1, .width = 0 };
    const char *none = getenv("NO_COLOR"), *kind = getenv("TERM"), *columns = getenv("COLUMNS");
    t.colour = t.is && !no_color && !(none && none[0]) && !(kind && strcmp(kind, "dumb") == 0);
    struct winsize size;
    if (t.is && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        t.width = bounded(size.ws_col);
    } else if (columns) {
        char *end;
        unsigned long width = strtoul(columns, &end, 10);
        if (end != columns && *end == 0 && width > 0)
            t.width = bounded(width);
    }
    if (t.is && !t.width)
        t.width = WIDTH_DEFAULT;
    return t;
}
