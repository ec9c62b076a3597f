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
static inline int passes(const Edge *e, uint32_t flags, double x, double y) {
    int low = (y >= e->ay) | (int)(flags >> 31), high = (y < e->by) | (int)(flags >> 30 & 1);
    return low && high && orient(e->ax, e->ay, e->bx, e->by, x, y) < 0;
}

static inline int touches(const Edge *e, double x, double y) {
    if (y < e->ay || y > e->by) return 0;
    if (e->ax < e->bx ? (x < e->ax || x > e->bx) : (x < e->bx || x > e->ax)) return 0;
    return orient(e->ax, e->ay, e->bx, e->by, x, y) == 0;
}

static inline const Leaf *leaf_at(const Cover *cover, uint32_t entry) {
    return (const Leaf *)(cover->leaves + (entry & INDEX_MASK));
}

static inline const Edge *edge_at(const Cover *cover, uint32_t word) { return cover->edges + (word & INDEX_MASK); }

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
    double west, south;
    corner_of(cover->header, cover->entries, x, y, &west, &south);
    uint32_t single = 0, n = 0, n_edges = leaf->n & COUNT_MASK;
    const uint32_t *set = &single;
    if (leaf->n & HAS_SET) {
        set = cover->sets + leaf->edges[n_edges];
        n = set[-1];
    } else {
        uint32_t value = leaf->base;
        for (uint32_t i = 0; i < n_edges; i++) {
            const Edge *e = edge_at(cover, leaf->edges[i]);
            if (passes(e, leaf->edges[i], west, south)) value += e->step;
        }
        single = value & CODE_MASK;
        n = single != 0;
    }
    for (uint32_t last = 0;;) {
        uint32_t code = UINT32_MAX;
        for (uint32_t i = 0; i < n; i++)
            if (set[i] > last && set[i] < code) code = set[i];
        for (uint32_t i = 0; i < n_edges; i++) {
            const Edge *e = edge_at(cover, leaf->edges[i]);
            uint32_t l = e->left, r = right_of(e);
            if (l > last && l < code) code = l;
            if (r > last && r < code) code = r;
        }
        if (code == UINT32_MAX) return 0;
        int count = in_set(set, n, code);
        for (uint32_t i = 0; i < n_edges; i++) {
            const Edge *e = edge_at(cover, leaf->edges[i]);
            int side = (right_of(e) == code) - (e->left == code);
            if (side) count += side * (passes(e, leaf->edges[i], x, y) - passes(e, leaf->edges[i], west, south));
        }
        if (count > 0) return code;
        last = code;
    }
}

/* The lower of a code and those on both sides of an edge; 0, which is outside, is no code. */
static uint32_t lowest_beside(const Edge *e, uint32_t code) {
    uint32_t lowest = code - 1, l = e->left - 1, r = right_of(e) - 1; /* 0 becomes the largest of all */
    if (l < lowest) lowest = l;
    if (r < lowest) lowest = r;
    return lowest + 1;
}

static uint32_t settle(const Cover *cover, const Leaf *leaf, uint32_t value, double x, double y, uint8_t *on_edge) {
    uint32_t code = leaf->n & HEAVY || value >> 24 > 1 ? lowest_of_several(cover, leaf, x, y) : value & CODE_MASK;
    for (uint32_t i = 0; i < (leaf->n & COUNT_MASK); i++) {
        const Edge *e = edge_at(cover, leaf->edges[i]);
        if (!touches(e, x, y)) continue;
        *on_edge = 1;
        code = lowest_beside(e, code);
    }
    return code <= cover->header->n_polygons ? code : 0;
}

static uint32_t locate_in_leaf(const Cover *cover, uint32_t entry, double x, double y, uint8_t *on_edge) {
    const Leaf *leaf = leaf_at(cover, entry);
    uint32_t value = leaf->base, n = leaf->n & COUNT_MASK;
    int unsure = (leaf->n & HEAVY) != 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t word = leaf->edges[i];
        const Edge *e = edge_at(cover, word);
        double left = (e->bx - e->ax) * (y - e->ay), right = (e->by - e->ay) * (x - e->ax), det = left - right;
        double error = ORIENT_ERROR * (magnitude(left) + magnitude(right)) + UNDERFLOW_ERROR;
        uint32_t low = (uint32_t)(y >= e->ay) | word >> 31, high = (uint32_t)(y < e->by) | (word >> 30 & 1);
        uint32_t counts = low & high & (uint32_t)(det < 0);
        unsure |= magnitude(det) <= error;
        value += e->step & (0u - counts);
    }
    if (RARELY(unsure)) {
        value = leaf->base;
        for (uint32_t i = 0; i < n; i++) {
            const Edge *e = edge_at(cover, leaf->edges[i]);
            if (passes(e, leaf->edges[i], x, y)) value += e->step;
        }
        return settle(cover, leaf, value, x, y, on_edge);
    }
    if (RARELY(value >> 24 > 1)) return settle(cover, leaf, value, x, y, on_edge);
    value &= CODE_MASK;
    return value <= cover->header->n_polygons ? value : 0;
}

static inline uint32_t locate_beside(const Edge *e, double x, double y, uint8_t *on_edge) {
    int turn = orient(e->ax, e->ay, e->bx, e->by, x, y);
    if (RARELY(turn == 0) && touches(e, x, y)) {
        *on_edge = 1;
        return lowest_beside(e, 0);
    }
    return turn < 0 ? right_of(e) : e->left;
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
    if (IS_UNIFORM(e)) return e;
    if (IS_EDGE(e)) return locate_beside(edge_at(cover, e), x, y, on_edge);
    return locate_in_leaf(cover, e, x, y, on_edge);
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

static inline void prefetch_edge(const Edge *e) {
    PREFETCH(e);
    PREFETCH(&e->step);
}

/* A block of points goes through the levels together, so that the memory of one is fetched while others compute. */
static void locate_some(const Cover *cover, const double *x, const double *y, int n, int32_t *position,
                        uint8_t *on_edge) {
    const Header *h = cover->header;
    const uint32_t *entries = cover->entries;
    uint32_t index[BLOCK], entry[BLOCK];
    uint16_t deeper[BLOCK], beside[BLOCK], in_leaf[BLOCK];
    int n_deeper = 0, n_beside = 0, n_leaf = 0;
    top_entries(h, x, y, n, index);
    for (int k = 0; k < n; k++) PREFETCH(entries + index[k]);
    for (int k = 0; k < n; k++) {
        uint32_t e = entries[index[k]];
        position[k] = (int32_t)e - 1;
        on_edge[k] = 0;
        entry[k] = e;
        deeper[n_deeper] = (uint16_t)k;
        n_deeper += IS_SUBGRID(e);
        beside[n_beside] = (uint16_t)k;
        n_beside += IS_EDGE(e);
        in_leaf[n_leaf] = (uint16_t)k;
        n_leaf += IS_LEAF(e);
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
            beside[n_beside] = (uint16_t)k;
            n_beside += IS_EDGE(e);
            in_leaf[n_leaf] = (uint16_t)k;
            n_leaf += IS_LEAF(e);
        }
        n_deeper = still;
    }
    for (int l = 0; l < n_beside; l++) prefetch_edge(edge_at(cover, entry[beside[l]]));
    for (int l = 0; l < n_leaf; l++) PREFETCH(leaf_at(cover, entry[in_leaf[l]]));
    for (int l = 0; l < n_beside; l++) {
        int k = beside[l];
        position[k] = (int32_t)locate_beside(edge_at(cover, entry[k]), x[k], y[k], on_edge + k) - 1;
    }
    for (int l = 0; l < n_leaf; l++) {
        const Leaf *leaf = leaf_at(cover, entry[in_leaf[l]]);
        prefetch_edge(edge_at(cover, leaf->edges[0]));
        prefetch_edge(edge_at(cover, leaf->edges[(leaf->n & COUNT_MASK) > 1]));
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
