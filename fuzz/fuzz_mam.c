#include "format/mam.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint16_t table[XPRESS_TABLE];
    static uint8_t out[1 << 20];
    dr_fault fault;
    uint64_t at;
    size_t n = xpress_huffman((dr_bytes){ data, size }, out, sizeof out, table, &fault, &at);
    DR_ASSERT(n <= sizeof out && at <= size);
    DR_ASSERT((n == sizeof out) == (fault == DR_FAULT_NONE));
    return 0;
}
