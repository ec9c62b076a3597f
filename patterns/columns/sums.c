/* What needs no row: sums by cell, category and day of a segment, and lists of bins. */
#include "columns.h"

#define PUT_TOGETHER 4096 /* entries of a list */
#define TOGETHER 16       /* bins of a block */

int sums_answer(const Segment *s, const Question *q, const Tally *t) {
    if (!s->sums || t->bins.counts || t->hours || t->flags || q->flags || q->hours || q->area) return 0;
    if (q->first_place || q->last_place != UINT32_MAX) return 0;
    return s->sum_slots > 1 || !(q->categories || t->categories);
}

typedef struct {
    uint32_t before, until; /* lines of the sums: of what is before the first day, and of what is within the last one */
} Lines;

static Lines lines_of(const Segment *s, uint32_t first_day, uint32_t last_day) {
    uint32_t first = first_day > s->first_day ? first_day : s->first_day;
    uint32_t last = last_day < s->last_day ? last_day : s->last_day;
    return (Lines){first - s->first_day, last - s->first_day + 1};
}

#define ADD_SUMS(name, type)                                                                                      \
    static uint64_t name(const Segment *s, const Question *q, Lines lines, uint32_t slot, uint32_t *into, uint32_t n) { \
        const type *before = (const type *)s->sums + ((size_t)lines.before * s->sum_slots + slot) * s->n_cells;   \
        const type *until = (const type *)s->sums + ((size_t)lines.until * s->sum_slots + slot) * s->n_cells;     \
        uint64_t total = 0;                                                                                       \
        uint32_t sum = 0;                                                                                         \
        if (q->cells && q->n_cells < n) n = q->n_cells;                                                           \
        if (q->cells)                                                                                             \
            for (uint32_t c = 0; c < n; c++) {                                                                    \
                uint32_t more = q->cells[c] ? (type)(until[c] - before[c]) : 0;                                   \
                total += more;                                                                                    \
                if (into) into[c] += more;                                                                        \
            }                                                                                                     \
        else if (into)                                                                                            \
            for (uint32_t c = 0; c < n; c++) into[c] += (type)(until[c] - before[c]);                             \
        if (!q->cells)                                                                                            \
            for (uint32_t c = 0; c < n; c++) sum += (type)(until[c] - before[c]);                                 \
        return total + sum;                                                                                       \
    }
ADD_SUMS(add_short_sums, uint16_t)
ADD_SUMS(add_long_sums, uint32_t)

static uint64_t add_sums(const Segment *s, const Question *q, Lines lines, uint32_t slot, uint32_t *cells, uint32_t n) {
    if (cells && n > s->n_cells) n = s->n_cells;
    if (!cells) n = s->n_cells;
    return s->sum_width == 2 ? add_short_sums(s, q, lines, slot, cells, n) : add_long_sums(s, q, lines, slot, cells, n);
}

static void count_slot(const Segment *s, const Question *q, Tally *t, uint32_t slot) {
    uint64_t total = add_sums(s, q, lines_of(s, q->first_day, q->last_day), slot, t->cells, t->n_cells);
    t->total += total;
    if (slot && t->categories) t->categories[slot - 1] += (uint32_t)total;
    if (!t->days) return;
    Lines all = lines_of(s, q->first_day, q->last_day);
    for (uint32_t line = all.before; line < all.until; line++)
        t->days[s->first_day + line - q->first_day] +=
            (uint32_t)add_sums(s, q, (Lines){line, line + 1}, slot, NULL, s->n_cells);
}

void count_sums(const Segment *s, const Question *q, Tally *t) {
    if (!q->categories && !t->categories) {
        count_slot(s, q, t, 0);
        return;
    }
    for (uint32_t slot = 1; slot < s->sum_slots; slot++)
        if (!q->categories || q->categories[slot - 1]) count_slot(s, q, t, slot);
}

static uint32_t gathered(uint32_t bits) {
    bits &= 0x55555555u;
    bits = (bits | bits >> 1) & 0x33333333u;
    bits = (bits | bits >> 2) & 0x0F0F0F0Fu;
    bits = (bits | bits >> 4) & 0x00FF00FFu;
    return (bits | bits >> 8) & 0x0000FFFFu;
}

/* Entries of a list as pairs, and whether one shares its bin with the next: loops that the compiler makes wide. */
#define PUT(name, wide)                                                                                           \
    wide static uint32_t name(const uint32_t *restrict bins, const uint16_t *restrict counts, uint32_t n, uint32_t shift, \
                              uint32_t x0, uint32_t y0, uint32_t *restrict x, uint32_t *restrict y,               \
                              uint32_t *restrict sums, uint64_t *rows) {                                          \
        uint32_t shared = 0, sum = 0;                                                                             \
        for (uint32_t k = 0; k + 1 < n; k++) shared |= (bins[k] ^ bins[k + 1]) >> shift == 0;                     \
        if (shared) return 1;                                                                                     \
        for (uint32_t k = 0; k < n; k++) {                                                                        \
            x[k] = x0 + gathered(bins[k] >> shift);                                                               \
            y[k] = y0 + gathered(bins[k] >> shift >> 1);                                                          \
            sums[k] = counts[k];                                                                                  \
            sum += counts[k];                                                                                     \
        }                                                                                                         \
        *rows += sum;                                                                                             \
        return 0;                                                                                                 \
    }
PUT(put_single, )
#ifdef WIDE
PUT(put_wide, WIDELY)
#endif

static uint32_t put(const uint32_t *bins, const uint16_t *counts, uint32_t n, uint32_t shift, const Pairs *into, uint64_t at,
                    uint64_t *rows) {
    uint32_t *x = into->x + at, *y = into->y + at, *sums = into->counts + at;
#ifdef WIDE
    if (is_wide()) return put_wide(bins, counts, n, shift, into->x0, into->y0, x, y, sums, rows);
#endif
    return put_single(bins, counts, n, shift, into->x0, into->y0, x, y, sums, rows);
}

uint64_t gather_bins(const Bins *bins, const uint32_t *blocks, Pairs into, uint64_t room) {
    uint64_t found = 0;
    uint32_t x[256], y[256];
    for (uint32_t k = 0; k < 256; k++) x[k] = gathered(k), y[k] = gathered(k >> 1);
    for (uint32_t block = 0; block + 1 < bins->n_blocks && found < room; block++) {
        const uint32_t *counts = bins->counts + ((size_t)block << 8);
        uint32_t left = into.x0 + gathered(blocks[block] << 8), top = into.y0 + gathered(blocks[block] << 8 >> 1);
        for (uint32_t k = 0; k < 256; k += TOGETHER) {
            uint32_t any = 0;
            for (uint32_t j = k; j < k + TOGETHER; j++) any |= counts[j];
            if (!any) continue;
            for (uint32_t j = k; j < k + TOGETHER && found < room; j++) { /* each is written, and stays when it holds something */
                into.x[found] = left + x[j];
                into.y[found] = top + y[j];
                into.counts[found] = counts[j];
                found += counts[j] != 0;
            }
        }
    }
    return found;
}

/* The first of n entries whose bin is not before one. */
static uint64_t entry_from(const uint32_t *bins, uint64_t n, uint32_t shift, uint64_t bin) {
    uint64_t low = 0, high = n;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (bins[middle] >> shift < bin) low = middle + 1;
        else high = middle;
    }
    return low;
}

uint64_t sum_list(const uint32_t *bins, const uint16_t *counts, uint64_t n, uint32_t shift, uint32_t first, uint32_t last,
                  Pairs into, uint64_t room, uint64_t *rows) {
    uint64_t found = 0, k = entry_from(bins, n, shift, first);
    *rows = 0;
    n = entry_from(bins, n, shift, (uint64_t)last + 1);
    while (k < n && found < room) {
        uint64_t stretch = n - k < PUT_TOGETHER ? n - k : PUT_TOGETHER, until = k + stretch;
        int apart = until == n || bins[until] >> shift != bins[until - 1] >> shift;
        if (apart && room - found >= stretch && !put(bins + k, counts + k, (uint32_t)stretch, shift, &into, found, rows)) {
            found += stretch;
            k = until;
            continue;
        }
        while (k < until && found < room) { /* the last bin is summed to its end, which may be beyond */
            uint32_t bin = bins[k] >> shift, sum = 0;
            for (; k < n && bins[k] >> shift == bin; k++) sum += counts[k];
            into.x[found] = into.x0 + gathered(bin);
            into.y[found] = into.y0 + gathered(bin >> 1);
            into.counts[found++] = sum;
            *rows += sum;
        }
    }
    return found;
}

void add_list(const uint32_t *bins, const uint16_t *counts, uint64_t n, const Bins *into, uint32_t shift) {
    for (uint64_t k = 0; k < n; k++) *counter_of(into, bins[k] >> shift) += counts[k];
}
