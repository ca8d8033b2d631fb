#include "base/hash.h"

#include "base/arena.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

struct dr_hasher {
    EVP_MD_CTX *context;
};

dr_hasher *dr_hasher_create(dr_hash_kind kind)
{
    const EVP_MD *md = kind == DR_HASH_SHA256 ? EVP_sha256() : kind == DR_HASH_SHA1 ? EVP_sha1() : EVP_md5();
    dr_hasher *h = dr_mem_alloc(sizeof *h);
    if (!h)
        return NULL;
    h->context = EVP_MD_CTX_new();
    if (!h->context || EVP_DigestInit_ex(h->context, md, NULL) != 1) {
        EVP_MD_CTX_free(h->context);
        dr_mem_free(h);
        return NULL;
    }
    return h;
}

void dr_hasher_add(dr_hasher *h, dr_bytes bytes)
{
    (void)EVP_DigestUpdate(h->context, bytes.p, bytes.n);
}

void dr_hasher_end(dr_hasher *h, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    (void)EVP_DigestFinal_ex(h->context, raw, &n);
    for (unsigned i = 0; i < n; i++) {
        hex[2 * i] = digits[raw[i] >> 4];
        hex[2 * i + 1] = digits[raw[i] & 15];
    }
    hex[2 * n] = '\0';
    EVP_MD_CTX_free(h->context);
    dr_mem_free(h);
}

void dr_hash_hex(dr_hash_kind kind, dr_bytes bytes, char *hex)
{
    dr_hasher *h = dr_hasher_create(kind);
    hex[0] = '\0';
    if (h) {
        dr_hasher_add(h, bytes);
        dr_hasher_end(h, hex);
    }
}

const char *dr_hash_library(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}
