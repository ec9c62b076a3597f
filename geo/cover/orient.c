/* The sign of the turn a, b, p, exactly: Shewchuk, "Adaptive precision floating-point arithmetic and fast robust
 * geometric predicates", Discrete & Computational Geometry 18 (1997), 305-363. Needs round-to-even and no contraction
 * of a * b + c into one operation (-ffp-contract=off). */
#include "cover.h"

#define TINY 1.5e-241         /* 2^-800: below it a product may have lost bits to underflow */
#define ENLARGE 0x1p600       /* a power of two, so scaling is exact */

typedef struct {
    double high, low; /* high + low exactly, high = the sum rounded */
} Pair;

static inline Pair difference(double a, double b) {
    double high = a - b, virtual_b = a - high, virtual_a = high + virtual_b;
    return (Pair){high, (a - virtual_a) + (virtual_b - b)};
}

static inline Pair sum(double a, double b) {
    double high = a + b, virtual_b = high - a, virtual_a = high - virtual_b;
    return (Pair){high, (a - virtual_a) + (b - virtual_b)};
}

static inline Pair split(double a) {
    double c = 134217729.0 * a, high = c - (c - a);
    return (Pair){high, a - high};
}

static inline Pair product(double a, double b) {
    double high = a * b;
    Pair s = split(a), t = split(b);
    double error = high - s.high * t.high;
    error -= s.low * t.high;
    error -= s.high * t.low;
    return (Pair){high, s.low * t.low - error};
}

/* A sum of doubles that do not overlap, in ascending order of magnitude. */
typedef struct {
    int n;
    double terms[32];
} Expansion;

static void add(Expansion *e, double b) {
    int kept = 0;
    for (int i = 0; i < e->n; i++) {
        Pair s = sum(b, e->terms[i]);
        b = s.high;
        if (s.low != 0) e->terms[kept++] = s.low;
    }
    if (b != 0) e->terms[kept++] = b;
    e->n = kept;
}

static void add_product(Expansion *e, Pair a, Pair b, double sign) {
    const double factors[4][2] = {{a.low, b.low}, {a.low, b.high}, {a.high, b.low}, {a.high, b.high}};
    for (int i = 0; i < 4; i++) {
        Pair p = product(sign * factors[i][0], factors[i][1]);
        add(e, p.low);
        add(e, p.high);
    }
}

static inline int sign_of(double v) { return (v > 0) - (v < 0); }

int orient_exactly(double ax, double ay, double bx, double by, double x, double y) {
    if ((x == ax && y == ay) || (x == bx && y == by)) return 0;
    double left = (bx - ax) * (y - ay), right = (by - ay) * (x - ax);
    if (magnitude(left) < TINY && magnitude(right) < TINY)
        ax *= ENLARGE, ay *= ENLARGE, bx *= ENLARGE, by *= ENLARGE, x *= ENLARGE, y *= ENLARGE;
    Pair run = difference(bx, ax), rise = difference(by, ay), east = difference(x, ax), north = difference(y, ay);
    if (run.low == 0 && rise.low == 0 && east.low == 0 && north.low == 0) {
        /* The usual case: neighbours are so near to each other that their differences are exact. */
        Pair l = product(run.high, north.high), r = product(rise.high, east.high);
        return l.high != r.high ? sign_of(l.high - r.high) : sign_of(l.low - r.low);
    }
    Expansion det = {0, {0}};
    add_product(&det, run, north, 1);
    add_product(&det, rise, east, -1);
    return det.n ? sign_of(det.terms[det.n - 1]) : 0;
}
