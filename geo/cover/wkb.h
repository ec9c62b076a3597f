#ifndef WANGGE_WKB_H
#define WANGGE_WKB_H

#include <stdint.h>

/* 1 and the coordinates (NaN when empty) of a WKB point of n bytes; 0 when it is none. */
int wkb_point(const uint8_t *wkb, int64_t n, double *x, double *y);

/* The same for items first .. first + n of an Arrow binary array: data, offsets (64 bits when wide), validity bits or
 * NULL. -1, or the index of the item that is no point. */
int64_t wkb_points(const uint8_t *data, int64_t n_data, const void *offsets, int wide, const uint8_t *valid, int64_t first,
                   int64_t n, double *x, double *y);

#endif
