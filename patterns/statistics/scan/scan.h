/* Kulldorff's space-time scan, permutation model: the most unusual cylinder of one arrangement of events. */
#ifndef WANGGE_SCAN_H
#define WANGGE_SCAN_H

#include <stdint.h>

#define MOST_WINDOWS 32 /* days that a cylinder may last; rows of this many floats, whatever is asked for */

typedef struct {
    int64_t n_cells, width; /* rows and columns of `order` */
    const int32_t *order;   /* cells by their distance from each cell, itself first */
    const int32_t *length;  /* how many of a row are the largest zone */
    int64_t n_events;
    const int32_t *cell, *age; /* of each event, by stratum; age in whole days before the last day */
    int64_t n_strata;
    const int64_t *stratum; /* where each stratum's events begin; n_strata + 1 */
    int32_t windows, least; /* cylinders last 1 to `windows` days and hold at least so many events */
} City;

typedef struct {
    double score; /* 0 where no cylinder has more events than expected */
    int32_t length, window;
} Peak;

typedef struct Bench Bench; /* what one run needs besides the city; not shared between threads */

Bench *bench_new(const City *city);
void bench_free(Bench *bench);

/* The best cylinder around each cell, for the events as they are; `peaks` has a place for each cell. */
void scan_peaks(Bench *bench, Peak *peaks);

/* The highest score of one random arrangement: ages exchanged between the events of a stratum. Lower ones than `floor`
   are given as 0, and the search ends at the first that reaches `enough`. */
double scan_replicate(Bench *bench, uint64_t seed, uint64_t number, double floor, double enough);

#endif
