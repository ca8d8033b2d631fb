#include "base/hash.h"

#include "base/arena.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

struct dr_hasher {
    EVP_MD_CTX *context;
};

static const EVP_MD *digest_of(dr_hash_kind kind)
{
    return kind == DR_HASH_SHA256 ? EVP_sha256() : kind == DR_HASH_SHA1 ? EVP_sha1() : EVP_md5();
}

static void to_hex(const unsigned char *raw, unsigned n, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    for (unsigned i = 0; i < n; i++) {
        hex[2 * i] = digits[raw[i] >> 4];
        hex[2 * i + 1] = digits[raw[i] & 15];
    }
    hex[2 * n] = '\0';
}

dr_hasher *dr_hasher_create(dr_hash_kind kind)
{
    dr_hasher *h = dr_mem_alloc(sizeof *h);
    if (!h)
        return NULL;
    h->context = EVP_MD_CTX_new();
    if (!h->context || EVP_DigestInit_ex(h->context, digest_of(kind), NULL) != 1) {
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
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    (void)EVP_DigestFinal_ex(h->context, raw, &n);
    to_hex(raw, n, hex);
    EVP_MD_CTX_free(h->context);
    dr_mem_free(h);
}

bool dr_hash_hex(dr_hash_kind kind, dr_bytes bytes, char *hex)
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    bool made = EVP_Digest(bytes.p, bytes.n, raw, &n, digest_of(kind), NULL) == 1;
    to_hex(raw, made ? n : 0, hex);
    return made;
}

const char *dr_hash_library(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}
