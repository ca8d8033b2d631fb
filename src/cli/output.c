#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int failed(output *out)
{
    int code = errno;
    out->failed = true;
    if (!out->told && code != EPIPE)
        fprintf(stderr, "didrun: standard output cannot be written: %s\n", strerror(code));
    out->told = true;
    return -1;
}

int output_write(output *out, const char *p, size_t n)
{
    if (out->failed)
        return -1;
    return n == 0 || fwrite(p, 1, n, stdout) == n ? 0 : failed(out);
}

int output_end(output *out)
{
    if (out->failed)
        return -1;
    return fflush(stdout) == 0 ? 0 : failed(out);
}
