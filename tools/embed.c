/* embed OUT ROOT LIST: writes the files named in LIST (one path a line, all below ROOT) as one C
 * source with an array of contents, sorted by name relative to ROOT. Run by the build on the host
 * that builds; see src/fact/embedded.h for what it makes. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 4096, PATH_BYTES = 4096, FILE_BYTES_MAX = 16 << 20 };

static char *names[FILES_MAX];
static size_t name_count;

static int fail(const char *path, const char *what)
{
    fprintf(stderr, "embed: %s: %s\n", path, what);
    return 1;
}

static int by_name(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;
    return strcmp(*x, *y);
}

static int read_list(const char *path)
{
    FILE *list = fopen(path, "r");
    if (!list)
        return fail(path, "cannot be opened");
    char line[PATH_BYTES];
    int status = 0;
    while (status == 0 && fgets(line, sizeof line, list)) {
        size_t n = strcspn(line, "\r\n");
        line[n] = 0;
        if (n == 0)
            continue;
        if (name_count == FILES_MAX)
            status = fail(path, "too many files");
        else if (!(names[name_count++] = strdup(line)))
            status = fail(path, "out of memory");
    }
    fclose(list);
    return status;
}

static int write_content(FILE *out, const char *path, size_t index, size_t *size)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        return fail(path, "cannot be opened");
    fprintf(out, "static const unsigned char data_%zu[] = {", index);
    size_t n = 0;
    for (int c; (c = getc(in)) != EOF && n < FILE_BYTES_MAX; n++)
        fprintf(out, "%s%d,", n % 24 == 0 ? "\n" : "", c);
    int bad = ferror(in) || !feof(in);
    fclose(in);
    fputs("0};\n", out);
    *size = n;
    return bad ? fail(path, "cannot be read whole") : 0;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return fail("usage", "embed OUT ROOT LIST");
    size_t root = strlen(argv[2]) + 1; /* and the slash */
    if (read_list(argv[3]) != 0)
        return 1;
    qsort(names, name_count, sizeof names[0], by_name);
    FILE *out = fopen(argv[1], "w");
    if (!out)
        return fail(argv[1], "cannot be written");
    static size_t sizes[FILES_MAX];
    int status = 0;
    fputs("/* Made by tools/embed.c from data/. */\n#include \"fact/embedded.h\"\n\n", out);
    for (size_t i = 0; i < name_count && status == 0; i++) {
        if (strlen(names[i]) <= root || strncmp(names[i], argv[2], root - 1) != 0)
            status = fail(names[i], "is not below the root");
        else
            status = write_content(out, names[i], i, &sizes[i]);
    }
    fputs("\nconst struct didrun_embedded didrun_embedded_data[] = {\n", out);
    for (size_t i = 0; i < name_count && status == 0; i++)
        fprintf(out, "    { \"%s\", data_%zu, %zu },\n", names[i] + root, i, sizes[i]);
    fprintf(out, "    { 0, 0, 0 },\n};\nconst size_t didrun_embedded_count = %zu;\n", name_count);
    if (fclose(out) != 0)
        status = fail(argv[1], "cannot be written");
    if (status != 0)
        remove(argv[1]);
    return status;
}
