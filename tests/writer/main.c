/* didrun-sample: writes the sample host, its twins and the clean host, or the small samples. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "writer/evtx_writer.h"
#include "writer/small.h"

static int write_small(const char *folder)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "didrun-sample: cannot make %s: %s\n", folder, strerror(errno));
        return 3;
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/small.tsv", folder);
    FILE *list = fopen(path, "wb");
    if (!list) {
        fprintf(stderr, "didrun-sample: cannot write %s: %s\n", path, strerror(errno));
        return 3;
    }
    fprintf(list, "file\trecords\tpartial\trecovered\twhat\n");
    for (size_t i = 0; i < small_count(); i++) {
        const small_sample *s = small_at(i);
        size_t n;
        uint8_t *bytes = small_make(i, &n);
        snprintf(path, sizeof path, "%s/%s.evtx", folder, s->name);
        ew_save(path, bytes, n);
        free(bytes);
        fprintf(list, "%s.evtx\t%u\t%u\t%u\t%s\n", s->name, s->n_records, s->n_partial,
                s->n_recovered, s->what);
    }
    return fclose(list) == 0 ? 0 : 3;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--small") == 0)
        return write_small(argv[2]);
    fprintf(stderr, "usage: didrun-sample --small FOLDER\n");
    return 2;
}
