/* A column of WKB points from anywhere: offsets, validity and bytes that do not fit together are refused. */
#include <string.h>

#include "wkb.h"

#define ROWS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int32_t offsets[ROWS + 1];
    double x[ROWS], y[ROWS];
    if (size < sizeof offsets + 1) return 0;
    memcpy(offsets, data, sizeof offsets);
    const uint8_t *valid = data + sizeof offsets, *bytes = valid + 1;
    for (int k = 0; k <= ROWS; k++) offsets[k] %= 256;
    int64_t bad = wkb_points(bytes, (int64_t)(size - sizeof offsets - 1), offsets, 0, valid, 0, ROWS, x, y);
    if (bad < -1 || bad >= ROWS) __builtin_trap();
    return 0;
}
