/* The layout of a cover, and how a coordinate falls into its cells.
 *
 * A cover is one block of memory without pointers, so that it can be written to a file and mapped by many processes:
 *
 *     Header
 *     edges    Edge    each once, however many cells it crosses
 *     entries  uint32  the top grid row by row, one entry for "outside the grid", then subgrids
 *     leaves   uint32  a Leaf, then its edges: flags + index
 *     sets     uint32  n, then n codes in ascending order
 *
 * Codes are 1-based positions of polygons; 0 is outside. A code c has the value 2^24 + c, so that a sum of values
 * carries in its highest byte how many polygons it stands for.
 */
#ifndef WANGGE_COVER_H
#define WANGGE_COVER_H

#include <float.h>
#include <stddef.h>
#include <stdint.h>

#if FLT_EVAL_METHOD != 0
#error "exact predicates need doubles that are rounded to doubles after every operation (on x86: SSE2)"
#endif

#define MAGIC "WGCOVER\n"
#define VERSION 2
#define BYTE_ORDER_MARK 0x01020304u

#define MAX_POLYGONS 0xFFFFFEu
#define MAX_COORDINATE 1e100

typedef struct {
    char magic[8];
    uint32_t version;
    uint32_t byte_order;
    uint64_t size;       /* of the whole block, bytes */
    uint64_t n_polygons;
    uint64_t n_edges;
    uint64_t n_entries;
    uint64_t n_leaves;   /* words */
    uint64_t n_sets;     /* words */
    double x0, y0;       /* lower left corner of the grid */
    double inv;          /* top cells per unit of length */
    double slack;        /* more than the rounding of a border */
    uint32_t ncols, nrows;
    char reserved[24];
} Header;

_Static_assert(sizeof(Header) == 128, "the header's size is part of the format");

/* An entry: its highest bits say what it is. */
#define LEAF 0x40000000u             /* + offset of the leaf, words */
#define EDGE 0x60000000u             /* + index of the only edge, which parts the whole cell into its left and its right */
#define SUBGRID 0x80000000u          /* + log2(side) << 28 + offset of the subgrid / 4, entries */
#define IS_UNIFORM(e) ((e) < LEAF)   /* the code itself */
#define IS_LEAF(e) ((e) >> 29 == LEAF >> 29)
#define IS_EDGE(e) ((e) >> 29 == EDGE >> 29)
#define IS_SUBGRID(e) ((e) >= SUBGRID)
#define INDEX_MASK 0x1FFFFFFFu       /* of a leaf's offset, or of an edge's index */
#define SUBGRID_LOG(e) (((e) >> 28) & 7u)
#define SUBGRID_OFFSET(e) ((uint64_t)((e) & 0x0FFFFFFFu) * 4)
#define MAX_LOG 5
#define MAX_DEPTH 8

typedef struct {
    uint32_t base;    /* the value, less that of all edges counted at the cell's corner */
    uint32_t n;       /* edges, and two flags */
    uint32_t edges[]; /* flags + index; after them, if the leaf has a set, its place */
} Leaf;

#define HEAVY 0x80000000u   /* values may overflow here, so that codes must be counted one by one */
#define HAS_SET 0x40000000u /* several codes cover the corner: the word after the edges is 1 + offset of their set */
#define COUNT_MASK INDEX_MASK

#define NO_LOWER 0x80000000u /* of an edge in a leaf: a lies left of the cell, so the lower limit of y does not hold */
#define NO_UPPER 0x40000000u /* b lies left of the cell: nor does the upper */

typedef struct {
    double ax, ay, bx, by; /* from a up to b; rightward when horizontal */
    uint32_t step;         /* value on the right less value on the left, modulo 2^32 */
    uint32_t left;         /* code on the left */
} Edge;

_Static_assert(sizeof(Leaf) == 8 && sizeof(Edge) == 40, "their sizes are part of the format");

#define CODE_MASK 0x00FFFFFFu

static inline uint32_t value_of(uint32_t code) { return code ? 0x01000000u + code : 0; }
static inline uint32_t right_of(const Edge *e) { return (e->step + value_of(e->left)) & CODE_MASK; }

/* A cover in memory: the block and where its parts begin. */
typedef struct {
    const Header *header;
    const Edge *edges;
    const uint32_t *entries, *leaves, *sets;
} Cover;

static inline Cover cover_of(const void *block) {
    const Header *h = block;
    const Edge *edges = (const Edge *)(h + 1);
    const uint32_t *entries = (const uint32_t *)(edges + h->n_edges), *leaves = entries + h->n_entries;
    return (Cover){h, edges, entries, leaves, leaves + h->n_leaves};
}

/* A lower bound of every x that falls into column `column` (of top cells, with a binary fraction for subgrids).
 * `column` / inv is rounded, and so is the way back; `slack` is more than both. */
static inline double west_of(const Header *h, double column) { return (h->x0 + column / h->inv) - h->slack; }
static inline double south_of(const Header *h, double row) { return (h->y0 + row / h->inv) - h->slack; }

/* orient.c: sign of the turn a, b, p: > 0 when p lies left of the line from a to b; 0 exactly on it. */
int orient_exactly(double ax, double ay, double bx, double by, double x, double y);

#define ORIENT_ERROR 3.3306690738754716e-16 /* (3 + 16 eps) eps, eps = 2^-53: Shewchuk 1997, section 4.3 */
#define UNDERFLOW_ERROR 1e-290              /* more than what two products may lose to underflow */

static inline double magnitude(double v) { return v < 0 ? -v : v; }

static inline int orient(double ax, double ay, double bx, double by, double x, double y) {
    double left = (bx - ax) * (y - ay), right = (by - ay) * (x - ax), det = left - right;
    double error = ORIENT_ERROR * (magnitude(left) + magnitude(right)) + UNDERFLOW_ERROR;
    if (det > error) return 1;
    if (det < -error) return -1;
    return orient_exactly(ax, ay, bx, by, x, y);
}

/* build.c: a new block, or NULL. `ring_start` has n_rings + 1 offsets into xy; `ring_code` the 1-based polygon. */
enum { BUILT, NO_MEMORY, TOO_LARGE, BAD_COORDINATE, NOT_CLOSED };
void *cover_build(const double *xy, const int64_t *ring_start, const uint32_t *ring_code, const uint8_t *ring_is_hole,
                  int64_t n_rings, uint32_t n_polygons, int *status);

/* check.c: NULL when the block is sound, else what is wrong with it. Every offset is checked. */
const char *cover_check(const void *block, uint64_t size);

/* locate.c */
uint32_t locate_one(const Cover *cover, double x, double y, uint8_t *on_edge);
void locate_block(const Cover *cover, const char *x, ptrdiff_t x_stride, const char *y, ptrdiff_t y_stride, ptrdiff_t n,
                  int32_t *position, uint8_t *on_edge);

#endif
