/* The search for the best cylinder. Margins are fixed, so what is expected of a cell and window never changes; a bound of
   the score that takes no logarithm turns nearly every cylinder away. */
#include "scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define W MOST_WINDOWS
/* Single precision decides only which cylinders are looked at closely; this is far beyond its errors. */
#define SLACK 1.002f

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__)
#define FOR_EACH_MACHINE __attribute__((target_clones("avx2", "default")))
#else
#define FOR_EACH_MACHINE
#endif

struct Bench {
    const City *city;
    int64_t n_slots;  /* cells that have events in the window */
    int32_t *slot;    /* of each cell; 0 for none, slots count from 1 */
    int32_t *used;    /* the cell of each slot */
    float (*count)[W]; /* by slot and window: events of that window, the shorter ones counted in */
    int32_t *drawn;   /* cells of a stratum, shuffled */
    double *share;    /* by stratum and window: share of the stratum's events that lie in the window */
    double *expected; /* by cell and window; also for one stratum, where it is total[cell] * share */
    float (*rough)[W]; /* the same in single precision, for more strata than one */
    int64_t *total;   /* events by cell */
};

void bench_free(Bench *b) {
    if (!b) return;
    free(b->slot), free(b->used), free(b->count), free(b->drawn), free(b->share);
    free(b->expected), free(b->rough), free(b->total), free(b);
}

static void expect(Bench *b) {
    const City *city = b->city;
    for (int64_t s = 0; s < city->n_strata; s++) {
        int64_t from = city->stratum[s], to = city->stratum[s + 1];
        double *share = b->share + s * W;
        for (int64_t e = from; e < to; e++)
            if (city->age[e] < city->windows) share[city->age[e]] += 1.0;
        for (int32_t w = 0; w < city->windows; w++) share[w] += w ? share[w - 1] : 0.0;
        for (int32_t w = 0; w < city->windows; w++) share[w] /= (double)(to - from);
        for (int64_t e = from; e < to; e++) {
            b->total[city->cell[e]]++;
            double *row = b->expected + (int64_t)city->cell[e] * W;
            for (int32_t w = 0; w < city->windows; w++) row[w] += share[w];
        }
    }
    for (int64_t i = 0; i < city->n_cells * W; i++) ((float *)b->rough)[i] = (float)b->expected[i];
}

Bench *bench_new(const City *city) {
    Bench *b = calloc(1, sizeof(Bench));
    if (!b) return NULL;
    size_t cells = (size_t)city->n_cells, events = (size_t)city->n_events;
    b->city = city;
    b->slot = calloc(cells, sizeof(int32_t));
    b->used = calloc(cells, sizeof(int32_t));
    b->count = calloc(cells + 1, sizeof(*b->count));
    b->drawn = calloc(events, sizeof(int32_t));
    b->share = calloc((size_t)city->n_strata * W, sizeof(double));
    b->expected = calloc(cells * W, sizeof(double));
    b->rough = calloc(cells, sizeof(*b->rough));
    b->total = calloc(cells, sizeof(int64_t));
    if (!b->slot || !b->used || !b->count || !b->drawn || !b->share || !b->expected || !b->rough || !b->total) {
        bench_free(b);
        return NULL;
    }
    expect(b);
    return b;
}

static void clear(Bench *b) {
    for (int64_t i = 0; i < b->n_slots; i++) b->slot[b->used[i]] = 0;
    memset(b->count + 1, 0, (size_t)b->n_slots * sizeof(*b->count));
    b->n_slots = 0;
}

static void put(Bench *b, int32_t cell, int32_t age) {
    if (!b->slot[cell]) {
        b->used[b->n_slots++] = cell;
        b->slot[cell] = (int32_t)b->n_slots;
    }
    b->count[b->slot[cell]][age] += 1.0f;
}

static void accumulate(Bench *b) {
    for (int64_t i = 1; i <= b->n_slots; i++)
        for (int w = 1; w < b->city->windows; w++) b->count[i][w] += b->count[i][w - 1];
}

/* xoshiro256**, begun by splitmix64 from the seed and the number of the replicate. */
static uint64_t mixed(uint64_t *x) {
    uint64_t z = (*x += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t rotated(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

static uint64_t next(uint64_t s[4]) {
    uint64_t result = rotated(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0], s[3] ^= s[1], s[1] ^= s[2], s[0] ^= s[3], s[2] ^= t;
    s[3] = rotated(s[3], 45);
    return result;
}

/* Which events fall into the window is drawn; those before it need no place. */
static void rearrange(Bench *b, uint64_t seed, uint64_t number) {
    const City *city = b->city;
    uint64_t state[4], x = seed ^ (number * 0xd1342543de82ef95u);
    for (int i = 0; i < 4; i++) state[i] = mixed(&x);
    clear(b);
    memcpy(b->drawn, city->cell, (size_t)city->n_events * sizeof(int32_t));
    for (int64_t s = 0; s < city->n_strata; s++) {
        int64_t from = city->stratum[s], to = city->stratum[s + 1], at = from;
        for (int64_t e = from; e < to; e++) {
            if (city->age[e] >= city->windows) continue;
            int64_t other = at + (int64_t)(((next(state) >> 32) * (uint64_t)(to - at)) >> 32);
            int32_t cell = b->drawn[other];
            b->drawn[other] = b->drawn[at];
            b->drawn[at++] = cell;
            put(b, cell, city->age[e]);
        }
    }
    accumulate(b);
}

static double score(double c, double mu, double all) {
    if (c <= mu) return 0.0;
    double inside = c * log(c / mu);
    return c < all ? inside + (all - c) * log((all - c) / (all - mu)) : inside;
}

/* Whether any window's bound lies above the best: with h = c - mu, the score is at most h²/2mu + h²/(all - mu). */
static inline int promising(const float *c, const float *mu, float all, float best, float least) {
    int any = 0;
    for (int w = 0; w < W; w++) {
        float h = c[w] - mu[w];
        any |= (h > 0) & (c[w] >= least) & (h * h * (all + mu[w]) * SLACK >= 2 * best * mu[w] * (all - mu[w]));
    }
    return any;
}

/* What is expected of a zone and window, in double precision. */
static double expected_of(const Bench *b, const int32_t *row, int32_t length, int w) {
    double sum = 0;
    if (b->city->n_strata == 1) {
        int64_t total = 0;
        for (int32_t k = 0; k < length; k++) total += b->total[row[k]];
        return (double)total * b->share[w];
    }
    for (int32_t k = 0; k < length; k++) sum += b->expected[(int64_t)row[k] * W + w];
    return sum;
}

static void look(const Bench *b, const int32_t *row, int32_t length, const float *c, const float *mu, Peak *peak) {
    double all = (double)b->city->n_events;
    float high = (float)peak->score;
    for (int w = 0; w < b->city->windows; w++) {
        float h = c[w] - mu[w];
        if (h <= 0 || c[w] < (float)b->city->least) continue;
        if (h * h * ((float)all + mu[w]) * SLACK < 2 * high * mu[w] * ((float)all - mu[w])) continue;
        double found = score(c[w], expected_of(b, row, length, w), all);
        if (found > peak->score) {
            *peak = (Peak){found, length, w + 1};
            high = (float)found;
        }
    }
}

/* The best cylinder around a cell that beats what `peak` has. */
FOR_EACH_MACHINE
static void around(const Bench *b, int64_t centre, Peak *peak, double enough) {
    const City *city = b->city;
    const int32_t *row = city->order + centre * city->width;
    float c[W] = {0}, mu[W] = {0}, share[W], all = (float)city->n_events, least = (float)city->least;
    int one = city->n_strata == 1;
    int64_t total = 0;
    for (int w = 0; w < W; w++) share[w] = (float)b->share[w];
    for (int32_t k = 0; k < city->length[centre]; k++) {
        int32_t cell = row[k], slot = b->slot[cell];
        if (one) total += b->total[cell];
        else
            for (int w = 0; w < W; w++) mu[w] += b->rough[cell][w];
        if (!slot) continue;
        const float *counted = b->count[slot];
        for (int w = 0; w < W; w++) c[w] += counted[w];
        if (one)
            for (int w = 0; w < W; w++) mu[w] = (float)total * share[w];
        if (!promising(c, mu, all, (float)peak->score, least)) continue;
        look(b, row, k + 1, c, mu, peak);
        if (peak->length && peak->score >= enough) return;
    }
}

void scan_peaks(Bench *b, Peak *peaks) {
    const City *city = b->city;
    clear(b);
    for (int64_t e = 0; e < city->n_events; e++)
        if (city->age[e] < city->windows) put(b, city->cell[e], city->age[e]);
    accumulate(b);
    for (int64_t i = 0; i < city->n_cells; i++) {
        peaks[i] = (Peak){0, 0, 0};
        around(b, i, &peaks[i], INFINITY);
    }
}

double scan_replicate(Bench *b, uint64_t seed, uint64_t number, double floor, double enough) {
    Peak peak = {floor, 0, 0};
    rearrange(b, seed, number);
    for (int64_t i = 0; i < b->city->n_cells && !(peak.length && peak.score >= enough); i++) around(b, i, &peak, enough);
    return peak.length ? peak.score : 0.0;
}
