/* Ask a cover about points where a look-up that could leave the block would leave it, in every way that it can be asked. */
#ifndef WANGGE_FUZZ_ASK_H
#define WANGGE_FUZZ_ASK_H

#include <math.h>
#include <stdlib.h>

#include "cover.h"

#define ASKED 700 /* more than one block of a bulk look-up */

static inline void point_to_ask(const Cover *cover, uint32_t k, double *x, double *y) {
    static const double strange[] = {NAN, INFINITY, -INFINITY, 1e308, -1e308, 5e-324, -0.0, 180.0};
    const Header *h = cover->header;
    uint32_t mixed = k * 2654435761u;
    if (k < 64) {
        *x = strange[k & 7], *y = strange[k >> 3];
    } else if (k % 2 && h->n_edges) { /* the end of an edge, or a point beside it */
        const Edge *e = cover->edges + mixed % h->n_edges;
        *x = k % 4 == 1 ? e->ax : (e->ax + e->bx) / 2, *y = k % 4 == 1 ? e->ay : (e->ay + e->by) / 2;
        if (k % 8 > 4) *x = nextafter(*x, *y);
    } else { /* somewhere in the grid, its corners and its last column and row among them */
        double u = (mixed & 0xFF) / 255.0, v = (mixed >> 8 & 0xFF) / 255.0;
        *x = h->x0 + u * h->ncols / h->inv, *y = h->y0 + v * h->nrows / h->inv;
    }
}

/* Aborts when an answer is no polygon, or the bulk says something else than single look-ups. */
static inline void ask(const Cover *cover) {
    static double x[ASKED], y[ASKED];
    static int32_t position[ASKED];
    static uint8_t on_edge[ASKED];
    for (uint32_t k = 0; k < ASKED; k++) point_to_ask(cover, k, x + k, y + k);
    locate_block(cover, (const char *)x, sizeof *x, (const char *)y, sizeof *y, ASKED, position, on_edge);
    for (uint32_t k = 0; k < ASKED; k++) {
        uint8_t edge;
        uint32_t code = locate_one(cover, x[k], y[k], &edge);
        if (code > cover->header->n_polygons || (int32_t)code - 1 != position[k] || edge != on_edge[k]) abort();
    }
}

#endif
