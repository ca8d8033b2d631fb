#ifndef DR_TESTS_WRITER_PACK_H
#define DR_TESTS_WRITER_PACK_H
/* Little-endian bytes, appended one after the other. Running out of memory ends the program. */
#include <stddef.h>
#include <stdint.h>

typedef struct pack {
    uint8_t *p;
    size_t n, cap;
} pack;

void pack_bytes(pack *b, const void *p, size_t n);
void pack_zero(pack *b, size_t n);
void pack_int(pack *b, uint64_t v, unsigned bytes);
void pack_utf16(pack *b, const char *text, int nul); /* from UTF-8; nul: with a NUL behind it */
void pack_sid(pack *b, const char *text);
void pack_put(pack *b, size_t at, uint64_t v, unsigned bytes); /* over what is there */
void pack_align(pack *b, size_t unit);
size_t pack_units(const char *text);
void pack_free(pack *b);

#endif
