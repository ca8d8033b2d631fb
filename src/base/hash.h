/* Digests by libcrypto: the only file that calls it. */
#ifndef DR_BASE_HASH_H
#define DR_BASE_HASH_H

#include "base/cur.h"
#include "base/status.h"

typedef enum dr_hash_kind { DR_HASH_SHA256, DR_HASH_SHA1, DR_HASH_MD5 } dr_hash_kind;
typedef struct dr_hasher dr_hasher;

dr_hasher *dr_hasher_create(dr_hash_kind kind); /* NULL: no memory */
void dr_hasher_add(dr_hasher *h, dr_bytes bytes);
/* Lower-case hexadecimal with a NUL: 65, 41 or 33 bytes. Frees the hasher. */
void dr_hasher_end(dr_hasher *h, char *hex);
/* The same in one step. False, and an empty text: no memory. */
bool dr_hash_hex(dr_hash_kind kind, dr_bytes bytes, char *hex);

/* Version of the library behind it. */
const char *dr_hash_library(void);

#endif
