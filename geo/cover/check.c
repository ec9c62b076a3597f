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
    if (h->n_entries > size / 4 || h->n_units > size / 8 || h->n_sets > size / 4) return "its parts are larger than itself";
    if (size != sizeof(Header) + entries_bytes(h) + h->n_units * 8 + h->n_sets * 4) return "its parts do not fill it";
    if (!(isfinite(h->x0) && isfinite(h->y0) && isfinite(h->slack) && isfinite(h->inv) && h->inv > 0))
        return "its grid is not finite";
    if (!h->ncols || !h->nrows || (uint64_t)h->ncols * h->nrows >= LEAF) return "its grid has no cells, or too many";
    if ((uint64_t)h->ncols * h->nrows + 1 > h->n_entries) return "its grid is cut off";
    return NULL;
}

static const char *check_leaf(const Cover *cover, uint64_t offset) {
    const Header *h = cover->header;
    if (offset + 2 > h->n_units) return "a leaf lies outside";
    const Leaf *leaf = (const Leaf *)(cover->leaves + offset);
    const Edge *edges = (const Edge *)(leaf + 1);
    if ((uint64_t)leaf->n * 5 > h->n_units - offset - 2) return "a leaf is cut off";
    if (leaf->set && (leaf->set >= h->n_sets || cover->sets[leaf->set - 1] > h->n_sets - leaf->set))
        return "a set lies outside";
    for (uint32_t i = 0; i < leaf->n; i++)
        if (left_of(edges + i) > h->n_polygons || right_of(edges + i) > h->n_polygons) return "a code is too large";
    return NULL;
}

const char *cover_check(const void *block, uint64_t size) {
    const char *wrong = size < sizeof(Header) ? "not a cover" : check_header(block, size);
    if (wrong) return wrong;
    Cover cover = cover_of(block);
    const Header *h = cover.header;
    if (cover.entries[(uint64_t)h->ncols * h->nrows]) return "outside the grid is not outside";
    for (uint64_t k = 0; k < h->n_entries && !wrong; k++) {
        uint32_t e = cover.entries[k];
        if (IS_UNIFORM(e)) {
            if (e > h->n_polygons) wrong = "a code is too large";
        } else if (IS_SUBGRID(e)) {
            uint64_t first = SUBGRID_OFFSET(e), log = SUBGRID_LOG(e);
            /* Subgrids come after the cell they are in, so no way down can go round in circles. */
            if (log < 1 || log > MAX_LOG || first <= k || first + ((uint64_t)1 << 2 * log) > h->n_entries)
                wrong = "a subgrid lies outside";
        } else {
            wrong = check_leaf(&cover, LEAF_OFFSET(e));
        }
    }
    return wrong;
}
