/* Feeds files to a fuzz target without a fuzzer: every file named, and every file in every folder
 * named. A folder that is not there is an empty corpus; a target that has one still meets the empty
 * input. Any compiler will do. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned inputs;

static int feed(const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in) {
        fprintf(stderr, "%s: cannot be opened\n", path);
        return 1;
    }
    uint8_t *data = NULL;
    size_t size = 0, room = 0;
    for (size_t got = 1; got > 0;) {
        if (size == room) {
            room = room ? room * 2 : 65536;
            uint8_t *more = realloc(data, room);
            if (!more)
                abort();
            data = more;
        }
        got = fread(data + size, 1, room - size, in);
        size += got;
    }
    fclose(in);
    uint8_t *exact = malloc(size ? size : 1); /* so that a sanitizer sees a read past the end */
    if (!exact)
        abort();
    memcpy(exact, data, size);
    free(data);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    inputs++;
    return 0;
}

int main(int argc, char **argv)
{
    int status = 0;
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        DIR *dir = opendir(argv[i]);
        if (!dir) {
            FILE *file = fopen(argv[i], "rb");
            if (file) {
                fclose(file);
                status |= feed(argv[i]);
            }
            continue;
        }
        for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
            char path[4096];
            if (entry->d_name[0] == '.')
                continue;
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            status |= feed(path);
        }
        closedir(dir);
    }
    printf("%u inputs\n", inputs);
    return status;
}
