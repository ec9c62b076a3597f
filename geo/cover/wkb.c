/* Coordinates of WKB points: ISO and extended forms, either byte order, further dimensions ignored. */
#include <math.h>
#include <string.h>

#include "wkb.h"

#define HAS_SRID 0x20000000u
#define TYPE_MASK 0x0FFFFFFFu

static int is_little_endian(void) {
    const uint16_t one = 1;
    return *(const uint8_t *)&one;
}

static uint32_t read_uint32(const uint8_t *p, int swap) {
    uint32_t v;
    memcpy(&v, p, 4);
    return swap ? v >> 24 | (v >> 8 & 0xFF00u) | (v << 8 & 0xFF0000u) | v << 24 : v;
}

static double read_double(const uint8_t *p, int swap) {
    uint8_t bytes[8];
    double v;
    for (int i = 0; i < 8; i++) bytes[i] = p[swap ? 7 - i : i];
    memcpy(&v, bytes, 8);
    return v;
}

int wkb_point(const uint8_t *p, int64_t n, double *x, double *y) {
    if (n < 21 || p[0] > 1) return 0;
    int swap = p[0] != is_little_endian();
    uint32_t type = read_uint32(p + 1, swap);
    int64_t start = type & HAS_SRID ? 9 : 5;
    if ((type & TYPE_MASK) % 1000 != 1 || n < start + 16) return 0;
    *x = read_double(p + start, swap), *y = read_double(p + start + 8, swap);
    return 1;
}

int64_t wkb_points(const uint8_t *data, int64_t n_data, const void *offsets, int wide, const uint8_t *valid, int64_t first,
                   int64_t n, double *x, double *y) {
    for (int64_t k = 0; k < n; k++) {
        int64_t at = first + k;
        x[k] = y[k] = NAN;
        if (valid && !(valid[at >> 3] >> (at & 7) & 1)) continue;
        int64_t from = wide ? ((const int64_t *)offsets)[at] : ((const int32_t *)offsets)[at];
        int64_t to = wide ? ((const int64_t *)offsets)[at + 1] : ((const int32_t *)offsets)[at + 1];
        if (from < 0 || to < from || to > n_data || !wkb_point(data + from, to - from, x + k, y + k)) return k;
    }
    return -1;
}
