/* Which polygon covers a point. */
#include "cover.h"

#if defined(__GNUC__)
#define PREFETCH(p) __builtin_prefetch(p)
#define RARELY(c) __builtin_expect(!!(c), 0)
#else
#define PREFETCH(p) ((void)0)
#define RARELY(c) (c)
#endif

#define BLOCK 512

/* Whether an edge is passed on the way to a point from far left on the point's own height. */
static inline int passes(const Edge *e, double x, double y) {
    int low = (y >= e->ay) | (e->left >> 31), high = (y < e->by) | (e->left >> 30 & 1);
    return low && high && orient(e->ax, e->ay, e->bx, e->by, x, y) < 0;
}

static inline int touches(const Edge *e, double x, double y) {
    if (y < e->ay || y > e->by) return 0;
    if (e->ax < e->bx ? (x < e->ax || x > e->bx) : (x < e->bx || x > e->ax)) return 0;
    return orient(e->ax, e->ay, e->bx, e->by, x, y) == 0;
}

static const Leaf *leaf_at(const Cover *cover, uint32_t entry) {
    return (const Leaf *)(cover->leaves + LEAF_OFFSET(entry));
}

/* The corner to which a leaf's base belongs: the cell that a point falls into, once more. */
static void corner_of(const Header *h, const uint32_t *entries, double x, double y, double *west, double *south) {
    double fx = (x - h->x0) * h->inv, fy = (y - h->y0) * h->inv;
    double column = (uint32_t)fx, row = (uint32_t)fy, width = 1;
    uint32_t e = entries[(uint64_t)(uint32_t)fy * h->ncols + (uint32_t)fx];
    fx -= column, fy -= row;
    while (IS_SUBGRID(e)) {
        uint32_t log = SUBGRID_LOG(e), side = 1u << log;
        fx *= side, fy *= side, width /= side;
        uint32_t i = (uint32_t)fx, j = (uint32_t)fy;
        column += i * width, row += j * width;
        fx -= i, fy -= j;
        e = entries[SUBGRID_OFFSET(e) + ((uint64_t)j << log) + i];
    }
    *west = west_of(h, column), *south = south_of(h, row);
}

static int in_set(const uint32_t *set, uint32_t n, uint32_t code) {
    for (uint32_t i = 0; i < n; i++)
        if (set[i] == code) return 1;
    return 0;
}

/* The lowest code that covers a point where polygons overlap: each code is followed by itself from the corner. */
static uint32_t lowest_of_several(const Cover *cover, const Leaf *leaf, double x, double y) {
    const Edge *edges = (const Edge *)(leaf + 1);
    double west, south;
    corner_of(cover->header, cover->entries, x, y, &west, &south);
    uint32_t single = 0, n = 0;
    const uint32_t *set = &single;
    if (leaf->set) {
        set = cover->sets + leaf->set;
        n = set[-1];
    } else {
        uint32_t value = leaf->base;
        for (uint32_t i = 0; i < leaf->n; i++)
            if (passes(edges + i, west, south)) value += edges[i].step;
        single = value & CODE_MASK;
        n = single != 0;
    }
    for (uint32_t last = 0;;) {
        uint32_t code = UINT32_MAX;
        for (uint32_t i = 0; i < n; i++)
            if (set[i] > last && set[i] < code) code = set[i];
        for (uint32_t i = 0; i < leaf->n; i++) {
            uint32_t l = left_of(edges + i), r = right_of(edges + i);
            if (l > last && l < code) code = l;
            if (r > last && r < code) code = r;
        }
        if (code == UINT32_MAX) return 0;
        int count = in_set(set, n, code);
        for (uint32_t i = 0; i < leaf->n; i++) {
            int side = (right_of(edges + i) == code) - (left_of(edges + i) == code);
            if (side) count += side * (passes(edges + i, x, y) - passes(edges + i, west, south));
        }
        if (count > 0) return code;
        last = code;
    }
}

static uint32_t settle(const Cover *cover, const Leaf *leaf, uint32_t value, double x, double y, uint8_t *on_edge) {
    const Edge *edges = (const Edge *)(leaf + 1);
    uint32_t code = leaf->heavy || value >> 24 > 1 ? lowest_of_several(cover, leaf, x, y) : value & CODE_MASK;
    uint32_t lowest = code ? code : UINT32_MAX;
    for (uint32_t i = 0; i < leaf->n; i++) {
        if (!touches(edges + i, x, y)) continue;
        uint32_t l = left_of(edges + i), r = right_of(edges + i);
        *on_edge = 1;
        if (l && l < lowest) lowest = l;
        if (r && r < lowest) lowest = r;
    }
    return lowest <= cover->header->n_polygons ? lowest : 0;
}

static uint32_t locate_in_leaf(const Cover *cover, uint32_t entry, double x, double y, uint8_t *on_edge) {
    const Leaf *leaf = leaf_at(cover, entry);
    const Edge *edges = (const Edge *)(leaf + 1);
    uint32_t value = leaf->base;
    int unsure = leaf->heavy != 0;
    for (uint32_t i = 0; i < leaf->n; i++) {
        const Edge *e = edges + i;
        double left = (e->bx - e->ax) * (y - e->ay), right = (e->by - e->ay) * (x - e->ax), det = left - right;
        double error = ORIENT_ERROR * (magnitude(left) + magnitude(right)) + UNDERFLOW_ERROR;
        uint32_t low = (uint32_t)(y >= e->ay) | e->left >> 31, high = (uint32_t)(y < e->by) | (e->left >> 30 & 1);
        uint32_t counts = low & high & (uint32_t)(det < 0);
        unsure |= magnitude(det) <= error;
        value += e->step & (0u - counts);
    }
    if (RARELY(unsure)) {
        value = leaf->base;
        for (uint32_t i = 0; i < leaf->n; i++)
            if (passes(edges + i, x, y)) value += edges[i].step;
        return settle(cover, leaf, value, x, y, on_edge);
    }
    if (RARELY(value >> 24 > 1)) return settle(cover, leaf, value, x, y, on_edge);
    value &= CODE_MASK;
    return value <= cover->header->n_polygons ? value : 0;
}

uint32_t locate_one(const Cover *cover, double x, double y, uint8_t *on_edge) {
    const Header *h = cover->header;
    double fx = (x - h->x0) * h->inv, fy = (y - h->y0) * h->inv;
    *on_edge = 0;
    if (!(fx >= 0 && fx < h->ncols && fy >= 0 && fy < h->nrows)) return 0;
    uint32_t i = (uint32_t)fx, j = (uint32_t)fy;
    uint32_t e = cover->entries[(uint64_t)j * h->ncols + i];
    while (IS_SUBGRID(e)) {
        uint32_t log = SUBGRID_LOG(e);
        fx = (fx - i) * (1u << log), fy = (fy - j) * (1u << log); /* exact: the bits after the point, shifted */
        i = (uint32_t)fx, j = (uint32_t)fy;
        e = cover->entries[SUBGRID_OFFSET(e) + ((uint64_t)j << log) + i];
    }
    return IS_UNIFORM(e) ? e : locate_in_leaf(cover, e, x, y, on_edge);
}

static void top_entries(const Header *h, const double *x, const double *y, int n, uint32_t *index) {
    double x0 = h->x0, y0 = h->y0, inv = h->inv, ncols = h->ncols, nrows = h->nrows;
    int32_t columns = (int32_t)h->ncols;
    uint32_t outside = h->ncols * h->nrows;
    for (int k = 0; k < n; k++) {
        double fx = (x[k] - x0) * inv, fy = (y[k] - y0) * inv;
        int inside = (fx >= 0) & (fx < ncols) & (fy >= 0) & (fy < nrows);
        int32_t i = (int32_t)(inside ? fx : 0.0), j = (int32_t)(inside ? fy : 0.0);
        index[k] = inside ? (uint32_t)(j * columns + i) : outside;
    }
}

/* A block of points goes through the levels together, so that the memory of one is fetched while others compute. */
static void locate_some(const Cover *cover, const double *x, const double *y, int n, int32_t *position,
                        uint8_t *on_edge) {
    const Header *h = cover->header;
    const uint32_t *entries = cover->entries;
    uint32_t index[BLOCK], entry[BLOCK];
    uint16_t deeper[BLOCK], in_leaf[BLOCK];
    int n_deeper = 0, n_leaf = 0;
    top_entries(h, x, y, n, index);
    for (int k = 0; k < n; k++) PREFETCH(entries + index[k]);
    for (int k = 0; k < n; k++) {
        uint32_t e = entries[index[k]];
        position[k] = (int32_t)e - 1;
        on_edge[k] = 0;
        entry[k] = e;
        deeper[n_deeper] = (uint16_t)k;
        n_deeper += IS_SUBGRID(e);
        in_leaf[n_leaf] = (uint16_t)k;
        n_leaf += !IS_UNIFORM(e) & !IS_SUBGRID(e);
    }
    double fx[BLOCK], fy[BLOCK];
    for (int d = 0; d < n_deeper; d++) {
        int k = deeper[d];
        fx[d] = (x[k] - h->x0) * h->inv, fy[d] = (y[k] - h->y0) * h->inv;
    }
    while (n_deeper) {
        int still = 0;
        uint64_t at[BLOCK];
        for (int d = 0; d < n_deeper; d++) {
            uint32_t e = entry[deeper[d]], log = SUBGRID_LOG(e), side = 1u << log;
            fx[d] = (fx[d] - (uint32_t)fx[d]) * side, fy[d] = (fy[d] - (uint32_t)fy[d]) * side;
            at[d] = SUBGRID_OFFSET(e) + ((uint64_t)(uint32_t)fy[d] << log) + (uint32_t)fx[d];
            PREFETCH(entries + at[d]);
        }
        for (int d = 0; d < n_deeper; d++) {
            int k = deeper[d];
            uint32_t e = entries[at[d]];
            position[k] = (int32_t)e - 1;
            entry[k] = e;
            deeper[still] = (uint16_t)k, fx[still] = fx[d], fy[still] = fy[d];
            still += IS_SUBGRID(e);
            in_leaf[n_leaf] = (uint16_t)k;
            n_leaf += !IS_UNIFORM(e) & !IS_SUBGRID(e);
        }
        n_deeper = still;
    }
    for (int l = 0; l < n_leaf; l++) {
        const char *leaf = (const char *)leaf_at(cover, entry[in_leaf[l]]);
        PREFETCH(leaf);
        PREFETCH(leaf + 64);
    }
    for (int l = 0; l < n_leaf; l++) {
        int k = in_leaf[l];
        position[k] = (int32_t)locate_in_leaf(cover, entry[k], x[k], y[k], on_edge + k) - 1;
    }
}

void locate_block(const Cover *cover, const char *x, ptrdiff_t x_stride, const char *y, ptrdiff_t y_stride, ptrdiff_t n,
                  int32_t *position, uint8_t *on_edge) {
    double xs[BLOCK], ys[BLOCK];
    for (ptrdiff_t start = 0; start < n; start += BLOCK) {
        int some = (int)(n - start < BLOCK ? n - start : BLOCK);
        const double *px = (const double *)(x + start * x_stride), *py = (const double *)(y + start * y_stride);
        if (x_stride != sizeof(double)) {
            for (int k = 0; k < some; k++) xs[k] = *(const double *)(x + (start + k) * x_stride);
            px = xs;
        }
        if (y_stride != sizeof(double)) {
            for (int k = 0; k < some; k++) ys[k] = *(const double *)(y + (start + k) * y_stride);
            py = ys;
        }
        locate_some(cover, px, py, some, position + start, on_edge + start);
    }
}
