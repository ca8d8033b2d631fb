/* A hive and one log: four bytes say where the hive ends and the log begins. The replayed image may not
 * outgrow what the input can pay for. */
#include "format/regf.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4 || size > (1u << 20))
        return 0;
    dr_bytes all = { data, size };
    dr_cur c = dr_cur_over(all, 0);
    uint32_t at = dr_u32(&c);
    dr_bytes rest = dr_cur_rest(&c);
    dr_bytes file = dr_bytes_sub(rest, 0, at);
    regf_log log = { dr_bytes_sub(rest, file.n, rest.n), DR_STR_INIT("log") };
    dr_arena *arena = dr_arena_create("fuzz", 256u << 20);
    dr_diags diags;
    dr_err err;
    regf_hive *hive;
    dr_diags_init(&diags, arena);
    if (arena && regf_open(&hive, file, &log, 1, arena, &diags, &err) == DR_OK) {
        DR_ASSERT(regf_image(hive).n <= size + (16u << 20));
        const regf_replay *r = regf_replay_of(hive);
        DR_ASSERT(r->state != REGF_REPLAYED || r->entries > 0);
        (void)regf_summary_of(hive);
        regf_close(hive);
    }
    dr_diags_free(&diags);
    dr_arena_destroy(arena);
    return 0;
}
