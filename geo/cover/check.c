/* Is a block of memory a sound cover? Whatever passes cannot lead a look-up out of the block. */
#include <math.h>
#include <string.h>

#include "cover.h"

static const char *check_header(const Header *h, uint64_t size) {
    if (size < sizeof(Header) || memcmp(h->magic, MAGIC, 8) != 0) return "not a cover";
    if (h->byte_order != BYTE_ORDER_MARK) return "written on a machine of the other byte order";
    if (h->version != VERSION) return "written by another version";
    if (h->size != size) return "its length is not the one it was written with";
    if (h->n_polygons > MAX_POLYGONS) return "too many polygons";
    if (h->n_edges > size / sizeof(Edge) || h->n_entries > size / 4 || h->n_leaves > size / 4 || h->n_sets > size / 4)
        return "its parts are larger than itself";
    if (size != sizeof(Header) + h->n_edges * sizeof(Edge) + (h->n_entries + h->n_leaves + h->n_sets) * 4)
        return "its parts do not fill it";
    if (!(isfinite(h->x0) && isfinite(h->y0) && isfinite(h->slack) && isfinite(h->inv) && h->inv > 0))
        return "its grid is not finite";
    if (!h->ncols || !h->nrows || (uint64_t)h->ncols * h->nrows >= LEAF) return "its grid has no cells, or too many";
    if ((uint64_t)h->ncols * h->nrows + 1 > h->n_entries) return "its grid is cut off";
    return NULL;
}

/* What no cell has claimed yet: each part of the block belongs to one cell, or a check could take for ever. */
typedef struct {
    Cover cover;
    uint64_t entries, leaves;
} Check;

static const char *check_leaf(Check *check, uint64_t offset) {
    const Header *h = check->cover.header;
    if (offset + 3 > h->n_leaves) return "a leaf lies outside";
    const Leaf *leaf = (const Leaf *)(check->cover.leaves + offset);
    uint64_t n = leaf->n & COUNT_MASK, words = 2 + n + (leaf->n & HAS_SET ? 1 : 0);
    if (!n) return "a leaf has no edges";
    if (words > h->n_leaves - offset) return "a leaf is cut off";
    if (words > check->leaves) return "leaves overlap";
    check->leaves -= words;
    for (uint64_t i = 0; i < n; i++)
        if ((leaf->edges[i] & INDEX_MASK) >= h->n_edges) return "an edge lies outside";
    if (leaf->n & HAS_SET) {
        uint32_t set = leaf->edges[n];
        if (!set || set >= h->n_sets || check->cover.sets[set - 1] > h->n_sets - set) return "a set lies outside";
    }
    return NULL;
}

static const char *check_entries(Check *check, uint64_t first, uint64_t n, int depth) {
    const Header *h = check->cover.header;
    if (n > h->n_entries || first > h->n_entries - n) return "a subgrid lies outside";
    if (n > check->entries || depth > MAX_DEPTH) return "subgrids overlap";
    check->entries -= n;
    for (uint64_t k = first; k < first + n; k++) {
        uint32_t e = check->cover.entries[k];
        const char *wrong = NULL;
        if (IS_UNIFORM(e)) {
            if (e > h->n_polygons) return "a code is too large";
        } else if (IS_EDGE(e)) {
            if ((e & INDEX_MASK) >= h->n_edges) return "an edge lies outside";
        } else if (IS_LEAF(e)) {
            wrong = check_leaf(check, e & INDEX_MASK);
        } else if (SUBGRID_LOG(e) < 1 || SUBGRID_LOG(e) > MAX_LOG) {
            return "a subgrid has an unknown size";
        } else {
            wrong = check_entries(check, SUBGRID_OFFSET(e), (uint64_t)1 << 2 * SUBGRID_LOG(e), depth + 1);
        }
        if (wrong) return wrong;
    }
    return NULL;
}

const char *cover_check(const void *block, uint64_t size) {
    const char *wrong = size < sizeof(Header) ? "not a cover" : check_header(block, size);
    if (wrong) return wrong;
    Check check = {cover_of(block), 0, 0};
    const Header *h = check.cover.header;
    for (uint64_t k = 0; k < h->n_edges; k++) {
        const Edge *e = check.cover.edges + k;
        if (e->left > h->n_polygons || right_of(e) > h->n_polygons) return "a code is too large";
    }
    uint64_t top = (uint64_t)h->ncols * h->nrows;
    if (check.cover.entries[top]) return "outside the grid is not outside";
    check.entries = h->n_entries, check.leaves = h->n_leaves;
    return check_entries(&check, 0, top, 0);
}
