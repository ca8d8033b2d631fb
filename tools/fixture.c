/* fixture OUT: writes a small event log, made by the sample writer, as one C source with the facts
 * that must come out of it. Run by the build on the host that builds; see src/lib/fixture.h. */
#include "writer/kinds.h"

#include <stdio.h>

#define COMPUTER "WS07"
#define BOB "S-1-5-21-1-2-3-1008"
#define EVE "S-1-5-21-1-2-3-1001"
#define SUBJECT EVE, "eve", COMPUTER, "0x1f4c65f"

static void append(ew_log *log, const ew_kind *kind, unsigned second, const char *const *values, size_t n)
{
    ew_event e = { .kind = kind, .time = ew_time(2025, 5, 30, 8, 12, (int)second, 1234567), .computer = COMPUTER, .pid = 700, .tid = 8,
                   .values = values, .n_values = n };
    ew_append(log, &e);
}

int main(int argc, char **argv)
{
    static const char *const process[] = { SUBJECT, "0x1a2c", "C:\\Windows\\System32\\net.exe", "%%1937", "0x10f0", "net user bob Pw1 /add",
                                           "S-1-0-0", "-", "-", "0x0", "C:\\Windows\\System32\\cmd.exe", "S-1-16-12288" };
    static const char *const account[] = { "bob", COMPUTER, BOB, SUBJECT, "-", "bob", "%%1793", "-", "%%1793", "%%1793", "%%1793", "%%1793", "%%1793",
                                           "%%1794", "%%1794", "513", "-", "0x0", "0x15", "%%2080", "%%1793", "-", "%%1797" };
    static const char *const exited[] = { SUBJECT, "0x0", "0x1a2c", "C:\\Windows\\System32\\net.exe" };
    ew_log *log = ew_open(NULL);
    append(log, &kind_sec_4688, 1, process, sizeof process / sizeof *process);
    append(log, &kind_sec_4720, 2, account, sizeof account / sizeof *account);
    append(log, &kind_sec_4689, 3, exited, sizeof exited / sizeof *exited);
    size_t size;
    const uint8_t *bytes = ew_bytes(log, &size);
    size_t n = size;
    while (n && bytes[n - 1] == 0) /* most of a small log is unused */
        n--;
    FILE *out = argc == 2 ? fopen(argv[1], "w") : NULL;
    if (!out) {
        fputs("fixture: fixture OUT\n", stderr);
        return 1;
    }
    fputs("/* Made by tools/fixture.c. */\n#include \"lib/fixture.h\"\n\nstatic const unsigned char bytes[] = {", out);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s%d,", i % 24 == 0 ? "\n" : "", bytes[i]);
    fprintf(out, "};\n\nconst fixture fixture_log = {\n    bytes, %zu, %zu, 3,\n", n, size);
    fputs("    { { \"process.created\", \"process.command_line\", \"net user bob Pw1 /add\" },\n"
          "      { \"account.created\", \"account.sid\", \"" BOB "\" },\n"
          "      { \"process.exited\", \"process.pid\", \"6700\" } }\n};\n", out);
    ew_close(log);
    if (fclose(out) != 0) {
        remove(argv[1]);
        return 1;
    }
    return 0;
}
