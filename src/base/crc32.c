#include "base/crc32.h"

#if defined(__x86_64__) && !defined(DR_SCALAR)
#include <immintrin.h>
#endif

/* A table of the CRC is linear in the bits of its index, so eight constants make a whole table. */
#define BIT(i, b, v) (((i) >> (b)) & 1u ? (v) : 0u)
#define BITS(i, a, b, c, d, e, f, g, h)                                                        \
    (BIT(i, 0, a) ^ BIT(i, 1, b) ^ BIT(i, 2, c) ^ BIT(i, 3, d) ^ BIT(i, 4, e) ^ BIT(i, 5, f) ^ \
     BIT(i, 6, g) ^ BIT(i, 7, h))
#define SLICE_0(i)                                                                        \
    BITS(i, 0x77073096u, 0xee0e612cu, 0x076dc419u, 0x0edb8832u, 0x1db71064u, 0x3b6e20c8u, \
         0x76dc4190u, 0xedb88320u)
#define SLICE_1(i)                                                                        \
    BITS(i, 0x191b3141u, 0x32366282u, 0x646cc504u, 0xc8d98a08u, 0x4ac21251u, 0x958424a2u, \
         0xf0794f05u, 0x3b83984bu)
#define SLICE_2(i)                                                                        \
    BITS(i, 0x01c26a37u, 0x0384d46eu, 0x0709a8dcu, 0x0e1351b8u, 0x1c26a370u, 0x384d46e0u, \
         0x709a8dc0u, 0xe1351b80u)
#define SLICE_3(i)                                                                        \
    BITS(i, 0xb8bc6765u, 0xaa09c88bu, 0x8f629757u, 0xc5b428efu, 0x5019579fu, 0xa032af3eu, \
         0x9b14583du, 0xed59b63bu)
#define SLICE_4(i)                                                                        \
    BITS(i, 0x3d6029b0u, 0x7ac05360u, 0xf580a6c0u, 0x30704bc1u, 0x60e09782u, 0xc1c12f04u, \
         0x58f35849u, 0xb1e6b092u)
#define SLICE_5(i)                                                                        \
    BITS(i, 0xcb5cd3a5u, 0x4dc8a10bu, 0x9b914216u, 0xec53826du, 0x03d6029bu, 0x07ac0536u, \
         0x0f580a6cu, 0x1eb014d8u)
#define SLICE_6(i)                                                                        \
    BITS(i, 0xa6770bb4u, 0x979f1129u, 0xf44f2413u, 0x33ef4e67u, 0x67de9cceu, 0xcfbd399cu, \
         0x440b7579u, 0x8816eaf2u)
#define SLICE_7(i)                                                                        \
    BITS(i, 0xccaa009eu, 0x4225077du, 0x844a0efau, 0xd3e51bb5u, 0x7cbb312bu, 0xf9766256u, \
         0x299dc2edu, 0x533b85dau)
#define ROW_4(S, i) S(i), S((i) + 1u), S((i) + 2u), S((i) + 3u)
#define ROW_16(S, i) ROW_4(S, i), ROW_4(S, (i) + 4u), ROW_4(S, (i) + 8u), ROW_4(S, (i) + 12u)
#define ROW_64(S, i) ROW_16(S, i), ROW_16(S, (i) + 16u), ROW_16(S, (i) + 32u), ROW_16(S, (i) + 48u)
#define TABLE(S)                                                        \
    {                                                                   \
        ROW_64(S, 0u), ROW_64(S, 64u), ROW_64(S, 128u), ROW_64(S, 192u) \
    }

static const uint32_t table[8][256] = { TABLE(SLICE_0), TABLE(SLICE_1), TABLE(SLICE_2),
                                        TABLE(SLICE_3), TABLE(SLICE_4), TABLE(SLICE_5),
                                        TABLE(SLICE_6), TABLE(SLICE_7) };

static uint32_t by_tables(uint32_t crc, const uint8_t *p, size_t n)
{
    for (; n >= 8; p += 8, n -= 8) {
        uint32_t low = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
                              (uint32_t)p[3] << 24);
        crc = table[7][low & 255] ^ table[6][low >> 8 & 255] ^ table[5][low >> 16 & 255] ^
              table[4][low >> 24] ^ table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^
              table[0][p[7]];
    }
    for (; n; p++, n--)
        crc = crc >> 8 ^ table[0][(crc ^ *p) & 255];
    return crc;
}

uint32_t dr_crc32_tables(uint32_t crc, dr_bytes bytes)
{
    return ~by_tables(~crc, bytes.p, bytes.n);
}

#if defined(__x86_64__) && !defined(DR_SCALAR)
/* Folding by carry-less multiplication: four accumulators of 128 bits move 64 bytes on at a time
 * (multiplied by x^(4*128+-32) mod P, bits reflected), then one, then the remainder goes through the
 * tables as 16 bytes, which saves the Barrett step. N is at least 64. */
__attribute__((target("pclmul,sse4.1"))) static __m128i fold(__m128i acc, __m128i k, __m128i next)
{
    __m128i low = _mm_clmulepi64_si128(acc, k, 0x00);
    __m128i high = _mm_clmulepi64_si128(acc, k, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

__attribute__((target("pclmul,sse4.1"))) static uint32_t by_clmul(uint32_t crc, const uint8_t *p,
                                                                  size_t n)
{
    const __m128i by_four = _mm_set_epi64x(0x1c6e41596ll, 0x154442bd4ll);
    const __m128i by_one = _mm_set_epi64x(0x0ccaa009ell, 0x1751997d0ll);
    const __m128i *in = (const __m128i *)(const void *)p;
    __m128i a = _mm_xor_si128(_mm_loadu_si128(in), _mm_cvtsi32_si128((int)crc));
    __m128i b = _mm_loadu_si128(in + 1);
    __m128i c = _mm_loadu_si128(in + 2);
    __m128i d = _mm_loadu_si128(in + 3);
    for (in += 4, n -= 64; n >= 64; in += 4, n -= 64) {
        a = fold(a, by_four, _mm_loadu_si128(in));
        b = fold(b, by_four, _mm_loadu_si128(in + 1));
        c = fold(c, by_four, _mm_loadu_si128(in + 2));
        d = fold(d, by_four, _mm_loadu_si128(in + 3));
    }
    a = fold(a, by_one, b);
    a = fold(a, by_one, c);
    a = fold(a, by_one, d);
    for (; n >= 16; in++, n -= 16)
        a = fold(a, by_one, _mm_loadu_si128(in));
    uint8_t rest[16];
    _mm_storeu_si128((__m128i *)(void *)rest, a);
    return by_tables(by_tables(0, rest, sizeof rest), (const uint8_t *)(const void *)in, n);
}
#endif

uint32_t dr_crc32(uint32_t crc, dr_bytes bytes)
{
#if defined(__x86_64__) && !defined(DR_SCALAR)
    if (bytes.n >= 64 && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1"))
        return ~by_clmul(~crc, bytes.p, bytes.n);
#endif
    return dr_crc32_tables(crc, bytes);
}
