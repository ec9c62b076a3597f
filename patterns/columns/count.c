/* Counting the rows of a segment that a question takes: a filter by 64 rows, then one loop for each output. */
#include <stdlib.h>
#include <string.h>

#include "columns.h"

#define TURNS 4              /* histograms that take turns, so that equal rows in a row do not wait for each other */
#define MOST_TURNING 16384u  /* cells; with more of them equal neighbours are rare and memory counts */

#define MOST_DAYS 64 /* of a segment, which is a month; of a longer one days do not take turns */

typedef struct {
    ByteSet categories, flags, hours;
} Sets;

typedef struct {
    uint32_t categories[TURNS][256], hours[TURNS][256], flags[TURNS][256];
    uint32_t days[TURNS][MOST_DAYS]; /* from the segment's first */
    uint32_t *cells; /* TURNS, or one, of n_cells */
    uint32_t cell_turns;
} Scratch;

static Sets sets_of(const Question *q) {
    Sets sets = {0};
    if (q->categories) sets.categories = byte_set(q->categories);
    if (q->flags) sets.flags = byte_set(q->flags);
    if (q->hours) sets.hours = byte_set(q->hours);
    return sets;
}

static uint64_t first_from(const uint32_t *place, uint64_t n, uint32_t wanted) {
    uint64_t low = 0, high = n;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (place[middle] < wanted) low = middle + 1;
        else high = middle;
    }
    return low;
}

static uint32_t cell_at(const Segment *s, uint64_t row) {
    return s->cell_width == 2 ? ((const uint16_t *)s->cell)[row] : ((const uint32_t *)s->cell)[row];
}

static int area_of(const Question *q, uint32_t place) {
    uint32_t at = (place >> q->area_shift) - q->first_area;
    return at < q->n_area ? q->area[at] : AREA_OUT;
}

static int in_cells(const Question *q, uint32_t cell) { return cell < q->n_cells && q->cells[cell]; }

/* The rows of n from `from` that a question takes, as numbers counted from there; what is left of the filter is `area`. */
static uint32_t matching(const Segment *s, const Question *q, const Sets *sets, uint64_t from, uint32_t n, int area,
                         uint16_t *rows) {
    uint64_t words[BLOCK / 64];
    uint32_t found = 0, n_words = (n + 63) / 64;
    memset(words, 0xFF, n_words * sizeof *words);
    if (n % 64) words[n_words - 1] >>= 64 - n % 64;
    if (q->flags) keep_bytes(s->flags + from, n, &sets->flags, words);
    if (q->categories) keep_bytes(s->category + from, n, &sets->categories, words);
    if (q->hours) keep_bytes(s->hour + from, n, &sets->hours, words);
    if (q->first_day > s->first_day || q->last_day < s->last_day)
        keep_days(s->day + from, n, q->first_day, q->last_day, words);
    for (uint32_t w = 0; w < n_words; w++)
        for (uint64_t word = words[w]; word; word &= word - 1)
            rows[found++] = (uint16_t)(64 * w + (uint32_t)__builtin_ctzll(word));
    if (q->cells) {
        uint32_t kept = 0;
        for (uint32_t k = 0; k < found; k++) {
            uint16_t row = rows[k];
            rows[kept] = row;
            kept += (uint32_t)in_cells(q, cell_at(s, from + row));
        }
        found = kept;
    }
    if (q->area) {
        uint32_t kept = 0;
        for (uint32_t k = 0; k < found; k++) {
            uint16_t row = rows[k];
            rows[kept] = row;
            kept += area_of(q, s->place[from + row]) == area;
        }
        found = kept;
    }
    return found;
}

static int filters(const Segment *s, const Question *q) {
    return q->flags || q->categories || q->hours || q->cells || q->area || q->first_day > s->first_day ||
           q->last_day < s->last_day;
}

static void count_bytes(const uint8_t *column, const uint16_t *rows, uint32_t n, uint32_t (*into)[256]) {
    uint32_t k = 0;
    for (; k + TURNS <= n; k += TURNS)
        for (int t = 0; t < TURNS; t++) into[t][column[rows ? rows[k + t] : k + t]]++;
    for (; k < n; k++) into[0][column[rows ? rows[k] : k]]++;
}

static void count_days(const Segment *s, const uint16_t *column, const uint16_t *rows, uint32_t n, const Question *q,
                       uint32_t *into, Scratch *scratch) {
    uint32_t span = q->last_day - q->first_day, turning = s->last_day - s->first_day < MOST_DAYS;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t day = column[rows ? rows[k] : k], here = day - s->first_day;
        if (turning && here < MOST_DAYS) scratch->days[k % TURNS][here]++;
        else if (day - q->first_day <= span) into[day - q->first_day]++;
    }
}

static void add_days(const Segment *s, const Question *q, const Scratch *scratch, uint32_t *into) {
    uint32_t span = q->last_day - q->first_day;
    for (uint32_t here = 0; here < MOST_DAYS; here++) {
        uint32_t day = s->first_day + here - q->first_day;
        if (day > span) continue;
        for (int t = 0; t < TURNS; t++) into[day] += scratch->days[t][here];
    }
}

#define COUNT_CELLS(name, type)                                                                              \
    static void name(const type *column, const uint16_t *rows, uint32_t n, const Scratch *scratch, uint32_t n_cells) { \
        uint32_t turn = 0, *into[TURNS];                                                                     \
        for (uint32_t t = 0; t < TURNS; t++) into[t] = scratch->cells + (size_t)(t % scratch->cell_turns) * n_cells; \
        for (uint32_t k = 0; k < n; k++, turn = (turn + 1) % TURNS) {                                        \
            uint32_t cell = column[rows ? rows[k] : k];                                                      \
            if (cell < n_cells) into[turn][cell]++;                                                          \
        }                                                                                                    \
    }
COUNT_CELLS(count_narrow_cells, uint16_t)
COUNT_CELLS(count_wide_cells, uint32_t)

/* The block in which a stretch of rows is counting. */
typedef struct {
    uint32_t block, *counts;
} Current;

static inline void count_bin(const Bins *bins, Current *current, uint32_t place) {
    uint32_t bin = place >> bins->shift;
    if (bin >> 8 != current->block) {
        current->block = bin >> 8;
        current->counts = counter_of(bins, bin & ~255u);
    }
    current->counts[bin & 255]++;
}

/* Rows lie in the order of places, so neighbours hit one counter in turn: four stretches are gone through together. */
static void count_bins(const uint32_t *place, const uint16_t *rows, uint32_t n, const Bins *into) {
    const Bins bins = *into;
    const uint32_t part = n / 4, *at = place;
    Current c0 = {UINT32_MAX, NULL}, c1 = c0, c2 = c0, c3 = c0;
    if (rows)
        for (uint32_t k = 0; k < part; k++) {
            count_bin(&bins, &c0, at[rows[k]]);
            count_bin(&bins, &c1, at[rows[k + part]]);
            count_bin(&bins, &c2, at[rows[k + 2 * part]]);
            count_bin(&bins, &c3, at[rows[k + 3 * part]]);
        }
    else
        for (uint32_t k = 0; k < part; k++) {
            count_bin(&bins, &c0, at[k]);
            count_bin(&bins, &c1, at[k + part]);
            count_bin(&bins, &c2, at[k + 2 * part]);
            count_bin(&bins, &c3, at[k + 3 * part]);
        }
    for (uint32_t k = 4 * part; k < n; k++) count_bin(&bins, &c3, at[rows ? rows[k] : k]);
}

static void count_block(const Segment *s, const Question *q, uint64_t from, const uint16_t *rows, uint32_t n, Tally *t,
                        Scratch *scratch) {
    t->total += n;
    if (t->bins.counts) count_bins(s->place + from, rows, n, &t->bins);
    if (t->cells && s->cell_width == 2)
        count_narrow_cells((const uint16_t *)s->cell + from, rows, n, scratch, t->n_cells);
    else if (t->cells)
        count_wide_cells((const uint32_t *)s->cell + from, rows, n, scratch, t->n_cells);
    if (t->days) count_days(s, s->day + from, rows, n, q, t->days, scratch);
    if (t->categories) count_bytes(s->category + from, rows, n, scratch->categories);
    if (t->hours) count_bytes(s->hour + from, rows, n, scratch->hours);
    if (t->flags) count_bytes(s->flags + from, rows, n, scratch->flags);
}

static void add_turns(uint32_t (*turns)[256], uint32_t *into) {
    if (!into) return;
    for (int t = 0; t < TURNS; t++)
        for (int v = 0; v < 256; v++) into[v] += turns[t][v];
}

int count_segment(const Segment *s, const Question *q, Tally *t) {
    if (q->first_day > s->last_day || q->last_day < s->first_day) return 0;
    if (sums_answer(s, q, t)) {
        count_sums(s, q, t);
        return 0;
    }
    uint64_t from = first_from(s->place, s->rows, q->first_place);
    uint64_t until = q->last_place == UINT32_MAX ? s->rows : first_from(s->place, s->rows, q->last_place + 1);
    if (from >= until) return 0;
    Scratch scratch = {.cell_turns = t->n_cells <= MOST_TURNING ? TURNS : 1};
    if (t->cells && !(scratch.cells = calloc((size_t)scratch.cell_turns * t->n_cells, sizeof *scratch.cells))) return -1;
    Sets sets = sets_of(q);
    int filtered = filters(s, q);
    uint16_t rows[BLOCK];
    for (uint64_t at = from; at < until; at += BLOCK) {
        uint32_t n = until - at < BLOCK ? (uint32_t)(until - at) : BLOCK;
        uint32_t found = filtered ? matching(s, q, &sets, at, n, AREA_IN, rows) : n;
        if (found) count_block(s, q, at, filtered ? rows : NULL, found, t, &scratch);
    }
    if (t->days) add_days(s, q, &scratch, t->days);
    add_turns(scratch.categories, t->categories);
    add_turns(scratch.hours, t->hours);
    add_turns(scratch.flags, t->flags);
    for (uint32_t turn = 0; t->cells && turn < scratch.cell_turns; turn++)
        for (uint32_t cell = 0; cell < t->n_cells; cell++) t->cells[cell] += scratch.cells[(size_t)turn * t->n_cells + cell];
    free(scratch.cells);
    return 0;
}

static int takes(const Question *q, const Change *c) {
    return c->day >= q->first_day && c->day <= q->last_day && c->place >= q->first_place && c->place <= q->last_place &&
           (!q->categories || q->categories[c->category]) && (!q->flags || q->flags[c->flags]) &&
           (!q->hours || q->hours[c->hour]) && (!q->cells || in_cells(q, c->cell));
}

void count_changes(const Change *changes, uint64_t n, const Question *q, Tally *t) {
    for (uint64_t k = 0; k < n; k++) {
        const Change *c = changes + k;
        if (!takes(q, c) || (q->area && area_of(q, c->place) != AREA_IN)) continue;
        uint32_t weight = (uint32_t)(int32_t)c->weight;
        t->total += (uint64_t)(int64_t)c->weight;
        if (t->bins.counts) *counter_of(&t->bins, c->place >> t->bins.shift) += weight;
        if (t->cells && c->cell < t->n_cells) t->cells[c->cell] += weight;
        if (t->days) t->days[c->day - q->first_day] += weight;
        if (t->categories) t->categories[c->category] += weight;
        if (t->hours) t->hours[c->hour] += weight;
        if (t->flags) t->flags[c->flags] += weight;
    }
}

uint64_t select_border(const Segment *s, const Question *q, uint64_t from, uint32_t *into, uint64_t room, uint64_t *next) {
    Sets sets = sets_of(q);
    uint16_t rows[BLOCK];
    uint64_t found = 0, begin = first_from(s->place, s->rows, q->first_place);
    uint64_t until = q->last_place == UINT32_MAX ? s->rows : first_from(s->place, s->rows, q->last_place + 1);
    if (q->first_day > s->last_day || q->last_day < s->first_day) until = 0;
    if (from < begin) from = begin;
    for (; from < until && room - found >= BLOCK; from += BLOCK) {
        uint32_t n = until - from < BLOCK ? (uint32_t)(until - from) : BLOCK;
        uint32_t more = matching(s, q, &sets, from, n, AREA_BORDER, rows);
        for (uint32_t k = 0; k < more; k++) into[found++] = (uint32_t)(from + rows[k]);
    }
    *next = from < until ? from : UINT64_MAX;
    return found;
}

uint64_t select_border_changes(const Change *changes, uint64_t n, const Question *q, uint32_t *rows, uint64_t room) {
    uint64_t found = 0;
    for (uint64_t k = 0; k < n && found < room; k++)
        if (q->area && takes(q, changes + k) && area_of(q, changes[k].place) == AREA_BORDER) rows[found++] = (uint32_t)k;
    return found;
}
