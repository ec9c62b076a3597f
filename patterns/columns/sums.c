/* What needs no row: sums by cell, category and day of a segment, and lists of bins. */
#include "columns.h"

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

static void put(const Pairs *into, uint64_t at, uint32_t bin, uint32_t count) {
    into->x[at] = into->x0 + gathered(bin);
    into->y[at] = into->y0 + gathered(bin >> 1);
    into->counts[at] = count;
}

uint64_t gather_bins(const Bins *bins, const uint32_t *blocks, Pairs into, uint64_t room) {
    uint64_t found = 0;
    for (uint32_t block = 0; block + 1 < bins->n_blocks; block++) {
        const uint32_t *counts = bins->counts + ((size_t)block << 8);
        for (uint32_t k = 0; k < 256; k += 8) {
            uint32_t any = 0;
            for (uint32_t j = 0; j < 8; j++) any |= counts[k + j];
            for (uint32_t j = 0; any && j < 8; j++)
                if (counts[k + j]) {
                    if (found < room) put(&into, found, blocks[block] << 8 | (k + j), counts[k + j]);
                    found++;
                }
        }
    }
    return found;
}

uint64_t sum_list(const uint32_t *bins, const uint16_t *counts, uint64_t n, uint32_t shift, uint32_t first, uint32_t last,
                  Pairs into, uint64_t room) {
    uint64_t found = 0, k = 0, high = n;
    while (k < high) { /* the first entry that is not before `first` */
        uint64_t middle = (k + high) / 2;
        if (bins[middle] >> shift < first) k = middle + 1;
        else high = middle;
    }
    while (k < n && bins[k] >> shift <= last && found < room) {
        uint32_t bin = bins[k] >> shift, sum = 0;
        for (; k < n && bins[k] >> shift == bin; k++) sum += counts[k];
        put(&into, found++, bin, sum);
    }
    return found;
}

void add_list(const uint32_t *bins, const uint16_t *counts, uint64_t n, const Bins *into, uint32_t shift) {
    for (uint64_t k = 0; k < n; k++) *counter_of(into, bins[k] >> shift) += counts[k];
}
