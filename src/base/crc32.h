/* CRC-32 of IEEE 802.3 (reflected polynomial 0xEDB88320, as zlib has it): over event log chunks it
 * must keep up with reading them. Carry-less multiplication where the processor has it, else eight
 * tables. Thread-safe: no state. */
#ifndef DR_BASE_CRC32_H
#define DR_BASE_CRC32_H

#include "base/cur.h"

/* CRC of BYTES going on from CRC (0 to begin). */
uint32_t dr_crc32(uint32_t crc, dr_bytes bytes);
/* The same by tables alone: for tests, and for processors without the instruction. */
uint32_t dr_crc32_tables(uint32_t crc, dr_bytes bytes);

#endif
