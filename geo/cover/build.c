/* From rings to a cover: directed edges, a grid over them, and the value of every cell's lower left corner.
 *
 * Polygons are never cut, since rounded cut points would move borders. A cell keeps whole edges, and the value at a
 * point is the value at the cell's corner plus the steps over the edges in between (Leaf and Edge in cover.h).
 */
#define _DEFAULT_SOURCE /* madvise */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "cover.h"

#define SPLIT_TOP 1      /* edges that a top cell may have before it becomes a subgrid */
#define SPLIT_DEEPER 8   /* the same for cells of subgrids */
#define MANY_CODES 250   /* codes that a value can count, with some to spare */
#define MANY_EDGES 2000000
#define LARGE_PAGE ((size_t)1 << 21)

/* ------------------------------------------------------------------ growing arrays */

typedef struct {
    void *items;
    size_t n, room;
} Array;

/* Room for n more items; NULL when there is no memory. */
static void *more(Array *a, size_t n, size_t width) {
    if (a->n + n > a->room) {
        size_t room = a->room + a->room / 2 + n + 16;
        void *items = realloc(a->items, room * width);
        if (!items) return NULL;
        a->items = items, a->room = room;
    }
    void *first = (char *)a->items + a->n * width;
    a->n += n;
    return first;
}

/* ------------------------------------------------------------------ edges */

typedef struct {
    double ax, ay, bx, by;
    uint32_t left, right; /* codes */
} Segment;

typedef struct {
    Segment *items;
    size_t n;
    uint32_t *slots; /* 1 + index of a segment; open addressing */
    size_t mask;
} Segments;

static uint64_t hash_of(const Segment *s) {
    uint64_t bits[4], h = 0x9E3779B97F4A7C15u;
    memcpy(bits, s, sizeof bits);
    for (int i = 0; i < 4; i++) {
        h = (h ^ bits[i]) * 0xD6E8FEB86659FD93u;
        h ^= h >> 32;
    }
    return h;
}

/* Two polygons that share an edge share its segment, when the side is still free; so overlaps keep their own. */
static void put(Segments *segments, double ax, double ay, double bx, double by, uint32_t code, int inside_is_left) {
    Segment s = {ax + 0.0, ay + 0.0, bx + 0.0, by + 0.0, 0, 0}; /* -0.0 + 0.0 = 0.0 */
    if (s.ay > s.by || (s.ay == s.by && s.ax > s.bx)) {
        s = (Segment){s.bx, s.by, s.ax, s.ay, 0, 0};
        inside_is_left = !inside_is_left;
    }
    size_t slot = hash_of(&s) & segments->mask;
    for (; segments->slots[slot]; slot = (slot + 1) & segments->mask) {
        Segment *known = segments->items + segments->slots[slot] - 1;
        if (memcmp(known, &s, 4 * sizeof(double)) != 0) continue;
        uint32_t *side = inside_is_left ? &known->left : &known->right;
        if (*side) continue;
        *side = code;
        return;
    }
    *(inside_is_left ? &s.left : &s.right) = code;
    segments->items[segments->n++] = s;
    segments->slots[slot] = (uint32_t)segments->n;
}

/* Whether a closed ring turns left around its inside: the turn at its lowest-leftmost vertex says it exactly. */
static int turns_left(const double *xy, int64_t n) {
    int64_t low = 0, before, after;
    for (int64_t i = 1; i < n; i++)
        if (xy[2 * i] < xy[2 * low] || (xy[2 * i] == xy[2 * low] && xy[2 * i + 1] < xy[2 * low + 1])) low = i;
    double x = xy[2 * low], y = xy[2 * low + 1];
    for (before = low;;) {
        before = (before + n - 1) % n;
        if (before == low || xy[2 * before] != x || xy[2 * before + 1] != y) break;
    }
    for (after = low;;) {
        after = (after + 1) % n;
        if (after == low || xy[2 * after] != x || xy[2 * after + 1] != y) break;
    }
    return orient(xy[2 * before], xy[2 * before + 1], x, y, xy[2 * after], xy[2 * after + 1]) > 0;
}

static int collect(Segments *segments, const double *xy, const int64_t *ring_start, const uint32_t *ring_code,
                   const uint8_t *ring_is_hole, int64_t n_rings) {
    size_t n = (size_t)(ring_start[n_rings] - ring_start[0]), slots = 16;
    while (slots < 2 * n) slots *= 2;
    if (n > INDEX_MASK) return TOO_LARGE;
    segments->items = malloc((n + 1) * sizeof(Segment));
    segments->slots = calloc(slots, sizeof(uint32_t));
    segments->mask = slots - 1;
    if (!segments->items || !segments->slots) return NO_MEMORY;
    for (int64_t r = 0; r < n_rings; r++) {
        const double *ring = xy + 2 * ring_start[r];
        int64_t corners = ring_start[r + 1] - ring_start[r] - 1; /* the last one repeats the first */
        if (corners < 3) continue;
        for (int64_t i = 0; i <= corners; i++)
            if (!(fabs(ring[2 * i]) <= MAX_COORDINATE && fabs(ring[2 * i + 1]) <= MAX_COORDINATE)) return BAD_COORDINATE;
        if (ring[0] != ring[2 * corners] || ring[1] != ring[2 * corners + 1]) return NOT_CLOSED;
        int inside_is_left = turns_left(ring, corners) != ring_is_hole[r];
        for (int64_t i = 0; i < corners; i++) {
            const double *a = ring + 2 * i;
            if (a[0] != a[2] || a[1] != a[3]) put(segments, a[0], a[1], a[2], a[3], ring_code[r], inside_is_left);
        }
    }
    free(segments->slots);
    segments->slots = NULL;
    return BUILT;
}

/* ------------------------------------------------------------------ sets of codes */

typedef struct {
    uint32_t code;
    int32_t count;
} Member;

typedef struct {
    Array members; /* of Member, by code; counts are positive */
} Set;

static int add_code(Set *set, uint32_t code, int count) {
    Member *m = set->members.items;
    size_t i = 0;
    while (i < set->members.n && m[i].code < code) i++;
    if (i < set->members.n && m[i].code == code) {
        m[i].count += count;
        return BUILT;
    }
    if (!more(&set->members, 1, sizeof(Member))) return NO_MEMORY;
    m = set->members.items;
    memmove(m + i + 1, m + i, (set->members.n - 1 - i) * sizeof(Member));
    m[i] = (Member){code, count};
    return BUILT;
}

static void drop_zeros(Set *set) {
    Member *m = set->members.items;
    size_t kept = 0;
    for (size_t i = 0; i < set->members.n; i++)
        if (m[i].count) m[kept++] = m[i];
    set->members.n = kept;
}

static int copy_set(Set *to, const Set *from) {
    to->members.n = 0;
    if (from->members.n == 0) return BUILT;
    if (!more(&to->members, from->members.n, sizeof(Member))) return NO_MEMORY;
    memcpy(to->members.items, from->members.items, from->members.n * sizeof(Member));
    return BUILT;
}

static uint32_t value_of_set(const Set *set) {
    const Member *m = set->members.items;
    uint32_t value = 0;
    for (size_t i = 0; i < set->members.n; i++) value += value_of(m[i].code) * (uint32_t)m[i].count;
    return value;
}

/* ------------------------------------------------------------------ cells */

typedef struct {
    uint32_t cell, segment;
} Pairing;

/* Scratch of one depth of subgrids. */
typedef struct {
    Array pairings; /* of Pairing: which segments meet which cells */
    Array starts;   /* of size_t: where the segments of each cell begin */
    Array list;     /* of uint32_t: the segments, cell by cell */
    Set at_cell;    /* what covers the corner of the cell that is being built */
} Scratch;

typedef struct {
    Segments segments;
    Header header;
    Array entries, leaves, sets; /* of uint32_t */
    Scratch scratch[MAX_DEPTH + 1];
} Builder;

/* A square of the grid, in top cells. */
typedef struct {
    double column, row, width;
} Cell;

static double tolerance_in(const Builder *b, double width) { return 1e-9 + 16 * b->header.slack * b->header.inv / width; }

static int pair(Scratch *scratch, int64_t row, int64_t first, int64_t last, int64_t ncols, uint32_t segment) {
    Pairing *p = more(&scratch->pairings, (size_t)(last - first + 1), sizeof(Pairing));
    if (!p) return NO_MEMORY;
    for (int64_t i = first; i <= last; i++) *p++ = (Pairing){(uint32_t)(row * ncols + i), segment};
    return BUILT;
}

static int64_t clamp(double v, int64_t low, int64_t high) {
    return v <= (double)low ? low : v >= (double)high ? high : (int64_t)v;
}

/* Pair a segment with every cell that it meets; a few cells that it only comes near to do no harm. */
static int pair_with_cells(Builder *b, Scratch *scratch, uint32_t segment, Cell at, int64_t ncols, int64_t nrows) {
    const Segment *s = b->segments.items + segment;
    const Header *h = &b->header;
    double ua = ((s->ax - h->x0) * h->inv - at.column) / at.width, ub = ((s->bx - h->x0) * h->inv - at.column) / at.width;
    double va = ((s->ay - h->y0) * h->inv - at.row) / at.width, vb = ((s->by - h->y0) * h->inv - at.row) / at.width;
    double tolerance = tolerance_in(b, at.width);
    double ulow = fmin(ua, ub) - tolerance, uhigh = fmax(ua, ub) + tolerance, vlow = va - tolerance, vhigh = vb + tolerance;
    if (uhigh < 0 || ulow >= (double)ncols || vhigh < 0 || vlow >= (double)nrows) return BUILT;
    int64_t i0 = clamp(floor(ulow), 0, ncols - 1), i1 = clamp(floor(uhigh), 0, ncols - 1);
    int64_t j0 = clamp(floor(vlow), 0, nrows - 1), j1 = clamp(floor(vhigh), 0, nrows - 1);
    int steep = i0 == i1 || vb - va < 1e-3;
    double slope = steep ? 0 : (ub - ua) / (vb - va);
    for (int64_t j = j0; j <= j1; j++) {
        int64_t first = i0, last = i1;
        if (!steep && j0 < j1) {
            double low = fmax((double)j - tolerance, va), high = fmin((double)j + 1 + tolerance, vb);
            double u0 = ua + (low - va) * slope, u1 = ua + (high - va) * slope, spread = tolerance * (1 + fabs(slope));
            first = clamp(floor(fmin(u0, u1) - spread), i0, i1);
            last = clamp(floor(fmax(u0, u1) + spread), i0, i1);
        }
        if (pair(scratch, j, first, last, ncols, segment)) return NO_MEMORY;
    }
    return BUILT;
}

/* Sort the pairings by cell, segments in ascending order within each. */
static int group(Scratch *scratch, size_t n_cells) {
    scratch->starts.n = scratch->list.n = 0;
    size_t n = scratch->pairings.n, *starts = more(&scratch->starts, n_cells + 1, sizeof(size_t));
    uint32_t *list = more(&scratch->list, n + 1, sizeof(uint32_t));
    if (!starts || !list) return NO_MEMORY;
    memset(starts, 0, (n_cells + 1) * sizeof(size_t));
    const Pairing *p = scratch->pairings.items;
    for (size_t k = 0; k < n; k++) starts[p[k].cell + 1]++;
    for (size_t c = 0; c < n_cells; c++) starts[c + 1] += starts[c];
    for (size_t k = 0; k < n; k++) list[starts[p[k].cell]++] = p[k].segment;
    memmove(starts + 1, starts, n_cells * sizeof(size_t));
    starts[0] = 0;
    return BUILT;
}

/* Whether a split brings nothing: most segments go on through many cells that are still too full. So it is where many
 * polygons share an edge; each further split would multiply the work, without ever parting one from another. */
static int splits_in_vain(const Scratch *scratch, size_t n, size_t n_cells) {
    uint32_t counts[(size_t)1 << 2 * MAX_LOG] = {0};
    const Pairing *p = scratch->pairings.items;
    size_t crowded = 0;
    for (size_t k = 0; k < scratch->pairings.n; k++) counts[p[k].cell]++;
    for (size_t c = 0; c < n_cells; c++)
        if (counts[c] > SPLIT_DEEPER) crowded += counts[c];
    return crowded > 4 * n;
}

/* Whether a segment is counted at a point of the cell whose western border is given: `passes` of locate.c. */
static int counted(const Segment *s, double west, double x, double y) {
    int from_left = s->ax < west, to_left = s->bx < west;
    if (from_left && to_left) return 0;
    if (!(y >= s->ay || from_left) || !(y < s->by || to_left)) return 0;
    return orient(s->ax, s->ay, s->bx, s->by, x, y) < 0;
}

/* Carry a set from one point of a cell to another. */
static int carry(const Builder *b, Set *set, const uint32_t *list, size_t n, double west, double x0, double y0, double x1,
                 double y1) {
    int changed = 0;
    for (size_t k = 0; k < n; k++) {
        const Segment *s = b->segments.items + list[k];
        int step = counted(s, west, x1, y1) - counted(s, west, x0, y0);
        if (!step) continue;
        changed = 1;
        if (s->right && add_code(set, s->right, step)) return NO_MEMORY;
        if (s->left && add_code(set, s->left, -step)) return NO_MEMORY;
    }
    if (changed) drop_zeros(set);
    return BUILT;
}

/* 1 + offset of a stored set; the last one stored is used again when it is the same. */
static int store_set(Builder *b, const Set *set, uint32_t *offset) {
    const Member *m = set->members.items;
    uint32_t n = (uint32_t)set->members.n, *words = b->sets.items;
    if (b->sets.n > n && words[b->sets.n - n - 1] == n) {
        uint32_t same = 0;
        while (same < n && words[b->sets.n - n + same] == m[same].code) same++;
        if (same == n) {
            *offset = (uint32_t)(b->sets.n - n);
            return BUILT;
        }
    }
    if (b->sets.n + n + 1 >= UINT32_MAX) return TOO_LARGE;
    words = more(&b->sets, n + 1, sizeof(uint32_t));
    if (!words) return NO_MEMORY;
    *words++ = n;
    *offset = (uint32_t)(b->sets.n - n);
    for (uint32_t i = 0; i < n; i++) words[i] = m[i].code;
    return BUILT;
}

static uint32_t lowest(const Set *set) { return set->members.n ? ((const Member *)set->members.items)->code : 0; }

/* Whether an edge parts a whole cell into its left and its right. Its limits of y must not matter: an end is no higher or
 * lower than the cell, or west of it, or so far east that beyond it every point of the cell is on the left anyway. */
static int parts(const Header *h, const Segment *s, Cell cell) {
    double west = west_of(h, cell.column), east = west_of(h, cell.column + cell.width) + 4 * h->slack;
    double south = south_of(h, cell.row), north = south_of(h, cell.row + cell.width) + 4 * h->slack;
    int no_lower = s->ay <= south || s->ax < west || (s->ax >= east && s->bx < s->ax);
    int no_upper = s->by >= north || s->bx < west || (s->bx >= east && s->ax < s->bx);
    return no_lower && no_upper;
}

static int build_leaf(Builder *b, const uint32_t *list, size_t n, Cell cell, const Set *corner, uint32_t *entry) {
    double west = west_of(&b->header, cell.column), south = south_of(&b->header, cell.row);
    size_t offset = b->leaves.n;
    if (offset + n + 3 > INDEX_MASK) return TOO_LARGE;
    Leaf *leaf = more(&b->leaves, 3 + n, sizeof(uint32_t));
    if (!leaf) return NO_MEMORY;
    leaf->base = value_of_set(corner), leaf->n = 0, leaf->edges[0] = 0;
    for (size_t k = 0; k < n; k++) {
        const Segment *s = b->segments.items + list[k];
        uint32_t flags = (s->ax < west ? NO_LOWER : 0) | (s->bx < west ? NO_UPPER : 0);
        if (flags == (NO_LOWER | NO_UPPER)) continue; /* never east of the cell's border */
        if (counted(s, west, west, south)) leaf->base -= value_of(s->right) - value_of(s->left);
        leaf->edges[leaf->n++] = flags | list[k];
    }
    uint32_t kept = leaf->n, only = leaf->edges[0] & INDEX_MASK;
    const Segment *first = b->segments.items + only;
    b->leaves.n = offset;
    if (!kept) {
        *entry = lowest(corner);
    } else if (kept == 1 && corner->members.n < 2 && leaf->base == value_of(first->left) && parts(&b->header, first, cell)) {
        *entry = EDGE + only;
    } else {
        *entry = LEAF + (uint32_t)offset;
        b->leaves.n += 2 + kept;
        if (corner->members.n + n >= MANY_CODES) leaf->n |= HEAVY;
        if (corner->members.n < 2) return BUILT;
        leaf->n |= HAS_SET;
        b->leaves.n++;
        return store_set(b, corner, leaf->edges + kept);
    }
    return BUILT;
}

static int build_cells(Builder *b, int depth, Cell at, int64_t ncols, int64_t nrows, size_t first, const uint32_t *above,
                       size_t n_above, const Set *corner);

static int build_cell(Builder *b, int depth, Cell cell, const uint32_t *list, size_t n, const Set *corner, size_t at) {
    uint32_t entry = 0;
    int status;
    double smallest = 1024 * b->header.slack * b->header.inv;
    size_t limit = depth == 0 ? SPLIT_TOP : SPLIT_DEEPER;
    if (!n) {
        entry = lowest(corner);
    } else if (n <= limit || depth >= MAX_DEPTH || cell.width / 2 < smallest) {
        if ((status = build_leaf(b, list, n, cell, corner, &entry))) return status;
    } else {
        int log = 1;
        while (log < MAX_LOG && ((size_t)1 << 2 * log) < 4 * n && cell.width / (2 << log) >= smallest) log++;
        int64_t side = (int64_t)1 << log;
        size_t first = b->entries.n;
        if (first / 4 >= 0x10000000u) return TOO_LARGE;
        if (!more(&b->entries, (size_t)(side * side), sizeof(uint32_t))) return NO_MEMORY;
        Cell part = {cell.column, cell.row, cell.width / (double)side};
        Scratch *scratch = b->scratch + depth + 1;
        scratch->pairings.n = 0;
        for (size_t k = 0; k < n; k++)
            if ((status = pair_with_cells(b, scratch, list[k], part, side, side))) return status;
        if (splits_in_vain(scratch, n, (size_t)(side * side))) {
            b->entries.n = first;
            if ((status = build_leaf(b, list, n, cell, corner, &entry))) return status;
            ((uint32_t *)b->entries.items)[at] = entry;
            return BUILT;
        }
        if ((status = build_cells(b, depth + 1, part, side, side, first, list, n, corner))) return status;
        entry = SUBGRID | (uint32_t)log << 28 | (uint32_t)(first / 4);
    }
    ((uint32_t *)b->entries.items)[at] = entry;
    return BUILT;
}

/* The cells of a grid, row by row. `corner` holds at the lower left corner of the first cell; at the beginning of
 * each row it is carried up along the segments `above` of the cell that the grid is part of (none for the top). */
static int build_cells(Builder *b, int depth, Cell at, int64_t ncols, int64_t nrows, size_t first, const uint32_t *above,
                       size_t n_above, const Set *corner) {
    Scratch *scratch = b->scratch + depth;
    int status = group(scratch, (size_t)(ncols * nrows));
    if (status) return status;
    double west = west_of(&b->header, at.column), south = south_of(&b->header, at.row);
    for (int64_t j = 0; j < nrows; j++) {
        Cell cell = {at.column, at.row + (double)j * at.width, at.width};
        double x0 = west, y = south_of(&b->header, cell.row);
        if ((status = copy_set(&scratch->at_cell, corner))) return status;
        if ((status = carry(b, &scratch->at_cell, above, n_above, west, west, south, west, y))) return status;
        for (int64_t i = 0; i < ncols; i++) {
            size_t c = (size_t)(j * ncols + i), *starts = scratch->starts.items;
            const uint32_t *list = (const uint32_t *)scratch->list.items + starts[c];
            size_t n = starts[c + 1] - starts[c];
            cell.column = at.column + (double)i * at.width;
            if ((status = build_cell(b, depth, cell, list, n, &scratch->at_cell, first + c))) return status;
            double x1 = west_of(&b->header, cell.column + at.width);
            if ((status = carry(b, &scratch->at_cell, list, n, x0, x0, y, x1, y))) return status;
            x0 = x1;
        }
        if (depth == 0 && scratch->at_cell.members.n) return NOT_CLOSED;
    }
    return BUILT;
}

/* ------------------------------------------------------------------ the whole */

static void lay_grid(Builder *b) {
    const Segment *s = b->segments.items;
    size_t n = b->segments.n;
    double west = 0, south = 0, east = 0, north = 0;
    for (size_t k = 0; k < n; k++) {
        if (k == 0) west = east = s->ax, south = s->ay, north = s->by;
        west = fmin(west, fmin(s[k].ax, s[k].bx)), east = fmax(east, fmax(s[k].ax, s[k].bx));
        south = fmin(south, s[k].ay), north = fmax(north, s[k].by);
    }
    double largest = fmax(fmax(fabs(west), fabs(east)), fmax(fabs(south), fabs(north)));
    double slack = 16 * DBL_EPSILON * largest + 1e-280;
    double width = east - west, height = north - south, wanted = (double)n * (n > MANY_EDGES ? 0.5 : 2);
    double pad = fmax(width, height) * 1e-3 + 4 * slack;
    width += 2 * pad, height += 2 * pad;
    double cell = fmax(sqrt(width / fmax(wanted, 1)) * sqrt(height), 4096 * slack); /* their product may underflow */
    Header *h = &b->header;
    h->inv = 1 / cell;
    h->ncols = (uint32_t)ceil(width / cell) + 1, h->nrows = (uint32_t)ceil(height / cell) + 1;
    h->x0 = west - pad, h->y0 = south - pad;
    h->slack = slack;
}

static int build(Builder *b) {
    lay_grid(b);
    int64_t ncols = b->header.ncols, nrows = b->header.nrows, n = ncols * nrows;
    if (n >= LEAF - 4) return TOO_LARGE;
    size_t top = ((size_t)n + 1 + 3) & ~(size_t)3; /* one for "outside the grid"; subgrids begin at multiples of 4 */
    uint32_t *entries = more(&b->entries, top, sizeof(uint32_t));
    if (!entries) return NO_MEMORY;
    memset(entries, 0, top * sizeof(uint32_t));
    Cell at = {0, 0, 1};
    Set nothing = {{0}};
    for (size_t k = 0; k < b->segments.n; k++)
        if (pair_with_cells(b, b->scratch, (uint32_t)k, at, ncols, nrows)) return NO_MEMORY;
    return build_cells(b, 0, at, ncols, nrows, 0, NULL, 0, &nothing);
}

/* Points fall anywhere: where a large block lies on large pages, a look-up waits for what it reads, and not also for the
 * tables by which its page is found. */
static void *block_of(size_t size) {
#ifdef MADV_HUGEPAGE
    void *block;
    if (size >= 4 * LARGE_PAGE && !posix_memalign(&block, LARGE_PAGE, size)) {
        madvise(block, size, MADV_HUGEPAGE);
        return block;
    }
#endif
    return malloc(size);
}

static void *written(Builder *b, uint32_t n_polygons) {
    Header *h = &b->header;
    memcpy(h->magic, MAGIC, 8);
    h->version = VERSION, h->byte_order = BYTE_ORDER_MARK;
    h->n_polygons = n_polygons, h->n_edges = b->segments.n, h->n_entries = b->entries.n, h->n_leaves = b->leaves.n;
    h->n_sets = b->sets.n;
    h->size = sizeof(Header) + h->n_edges * sizeof(Edge) + (h->n_entries + h->n_leaves + h->n_sets) * 4;
    char *block = block_of(h->size), *p = block;
    if (!block) return NULL;
    memcpy(p, h, sizeof(Header)), p += sizeof(Header);
    Edge *edges = (Edge *)p;
    for (size_t k = 0; k < b->segments.n; k++) {
        const Segment *s = b->segments.items + k;
        edges[k] = (Edge){s->ax, s->ay, s->bx, s->by, value_of(s->right) - value_of(s->left), s->left};
    }
    p += h->n_edges * sizeof(Edge);
    memcpy(p, b->entries.items, b->entries.n * 4), p += b->entries.n * 4;
    if (b->leaves.n) memcpy(p, b->leaves.items, b->leaves.n * 4), p += b->leaves.n * 4;
    if (b->sets.n) memcpy(p, b->sets.items, b->sets.n * 4);
    return block;
}

void *cover_build(const double *xy, const int64_t *ring_start, const uint32_t *ring_code, const uint8_t *ring_is_hole,
                  int64_t n_rings, uint32_t n_polygons, int *status) {
    Builder b;
    memset(&b, 0, sizeof b);
    void *block = NULL;
    *status = collect(&b.segments, xy, ring_start, ring_code, ring_is_hole, n_rings);
    if (!*status) *status = build(&b);
    if (!*status && !(block = written(&b, n_polygons))) *status = NO_MEMORY;
    for (int d = 0; d <= MAX_DEPTH; d++) {
        Scratch *s = b.scratch + d;
        free(s->pairings.items), free(s->starts.items), free(s->list.items);
        free(s->at_cell.members.items);
    }
    free(b.segments.items), free(b.segments.slots);
    free(b.entries.items), free(b.leaves.items), free(b.sets.items);
    return block;
}
