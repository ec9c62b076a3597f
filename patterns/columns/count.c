/* Counting the rows of a segment that a question takes: a filter by 64 rows, then one loop for each output. */
#include <stdlib.h>
#include <string.h>

#include "columns.h"

#define TURNS 4              /* histograms that take turns, so that equal rows in a row do not wait for each other */

typedef struct {
    ByteSet categories, flags, hours;
} Sets;

/* Where rows are counted before they are added to a tally. Two columns that are wanted both are counted as pairs, by one
 * step instead of two: categories by flags, hours by day. */
struct Work {
    uint32_t categories[TURNS][256], hours[TURNS][256], flags[TURNS][256];
    uint32_t days[MOST_DAYS][256]; /* from the segment's first, by hour */
    uint32_t (*pairs)[256];        /* 256 flags by category, or NULL */
    uint32_t *cells;               /* n_cells and one more, or NULL */
};

Work *work_for(const Tally *t) {
    Work *work = calloc(1, sizeof *work);
    if (!work) return NULL;
    if (t->cells) work->cells = calloc((size_t)t->n_cells + 1, sizeof *work->cells);
    if (t->categories && t->flags) work->pairs = calloc(256, sizeof *work->pairs);
    if ((t->cells && !work->cells) || (t->categories && t->flags && !work->pairs)) {
        work_done(work, NULL);
        return NULL;
    }
    return work;
}

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


static int area_of(const Question *q, uint32_t place) {
    uint32_t at = (place >> q->area_shift) - q->first_area;
    return at < q->n_area ? q->area[at] : AREA_OUT;
}

static int in_cells(const Question *q, uint32_t cell) { return cell < q->n_cells && q->cells[cell]; }

/* The rows of n from `from` that a question takes, as numbers counted from there; what is left of the filter is `area`. */
static uint32_t matching(const Segment *s, const Question *q, const Sets *sets, uint64_t from, uint32_t n, int area,
                         uint16_t *rows) {
    uint64_t words[BLOCK / 64];
    uint32_t n_words = (n + 63) / 64;
    memset(words, 0xFF, n_words * sizeof *words);
    if (n % 64) words[n_words - 1] >>= 64 - n % 64;
    if (q->flags) keep_bytes(s->flags + from, n, &sets->flags, words);
    if (q->categories) keep_bytes(s->category + from, n, &sets->categories, words);
    if (q->hours) keep_bytes(s->hour + from, n, &sets->hours, words);
    if (q->first_day > s->first_day || q->last_day < s->last_day)
        keep_days(s->day + from, n, q->first_day, q->last_day, words);
    if (q->cells) keep_cells(s->cell + from * s->cell_width, s->cell_width, n, q->cells, q->n_cells, words);
    uint32_t found = rows_of(words, n_words, rows);
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

#define INLINED static inline __attribute__((always_inline))
#define ROW(k) (rows ? rows[k] : (k))

/* Rows lie in the order of places, so neighbours hit one counter in turn, and each would wait for the one before: TURNS
 * stretches of n rows are gone through together. */
#define BY_TURNS(row, n, ...)                                                                                \
    do {                                                                                                     \
        const uint32_t part_ = (n) / TURNS;                                                                  \
        for (uint32_t k_ = 0; k_ < part_; k_++)                                                              \
            for (uint32_t turn_ = 0; turn_ < TURNS; turn_++) {                                               \
                uint32_t row = ROW(k_ + turn_ * part_);                                                      \
                __VA_ARGS__                                                                                  \
            }                                                                                                \
        for (uint32_t k_ = part_ * TURNS, turn_ = 0; k_ < (n); k_++) {                                       \
            uint32_t row = ROW(k_);                                                                          \
            (void)turn_;                                                                                     \
            __VA_ARGS__                                                                                      \
        }                                                                                                    \
    } while (0)

INLINED void count_bytes_in(const uint8_t *column, const uint16_t *rows, uint32_t n, uint32_t (*into)[256]) {
    BY_TURNS(row, n, { into[turn_][column[row]]++; });
}

static void count_bytes(const uint8_t *column, const uint16_t *rows, uint32_t n, uint32_t (*into)[256]) {
    if (rows) count_bytes_in(column, rows, n, into);
    else count_bytes_in(column, NULL, n, into);
}

/* Cells, days with hours and flags with categories, as far as they are wanted, in one loop; what nobody asked for has the
 * last counter of the cells. */
INLINED void count_values_in(const Segment *s, uint64_t from, const uint16_t *rows, uint32_t n, const Tally *t, Work *work,
                             int cells, int days, int pairs) {
    const uint16_t *cell = (const uint16_t *)s->cell + from, *day = s->day + from;
    const uint8_t *hour = s->hour + from, *flags = s->flags + from, *category = s->category + from;
    const uint32_t n_cells = t->n_cells, first = s->first_day;
    BY_TURNS(row, n, {
        if (cells) work->cells[cell[row] < n_cells ? cell[row] : n_cells]++;
        if (days) work->days[(day[row] - first) % MOST_DAYS][hour[row]]++;
        if (pairs) work->pairs[flags[row]][category[row]]++;
    });
}

static void count_long_cells(const uint32_t *cell, const uint16_t *rows, uint32_t n, const Tally *t) {
    for (uint32_t k = 0; k < n; k++)
        if (cell[ROW(k)] < t->n_cells) t->cells[cell[ROW(k)]]++;
}

static void count_values(const Segment *s, uint64_t from, const uint16_t *rows, uint32_t n, const Tally *t, Work *work) {
    int shorts = t->cells && s->cell_width == 2;
    if (t->cells && !shorts) count_long_cells((const uint32_t *)s->cell + from, rows, n, t);
    switch (shorts | (t->days != NULL) << 1 | (work->pairs != NULL) << 2) {
#define CASE(which) \
    case which: count_values_in(s, from, rows, n, t, work, which & 1, which & 2, which & 4); break
        CASE(1);
        CASE(2);
        CASE(3);
        CASE(4);
        CASE(5);
        CASE(6);
        CASE(7);
    }
}

#define COUNT_BINS(name, wide)                                                                               \
    wide static void name(const uint32_t *place, const uint16_t *rows, uint32_t n, const Bins *into) {       \
        const Bins bins = *into;                                                                             \
        if (rows) BY_TURNS(row, n, { ++*counter_of(&bins, place[row] >> bins.shift); });                     \
        else BY_TURNS(row, n, { ++*counter_of(&bins, place[row] >> bins.shift); });                          \
    }
COUNT_BINS(count_bins_single, )
#ifdef WIDE
COUNT_BINS(count_bins_wide, WIDELY)
#endif

static void count_bins(const uint32_t *place, const uint16_t *rows, uint32_t n, const Bins *into) {
#ifdef WIDE
    if (is_wide()) {
        count_bins_wide(place, rows, n, into);
        return;
    }
#endif
    count_bins_single(place, rows, n, into);
}

static void count_block(const Segment *s, uint64_t from, const uint16_t *rows, uint32_t n, Tally *t, Work *work) {
    t->total += n;
    if (t->bins.counts) count_bins(s->place + from, rows, n, &t->bins);
    count_values(s, from, rows, n, t, work);
    if (t->hours && !t->days) count_bytes(s->hour + from, rows, n, work->hours);
    if (work->pairs) return;
    if (t->categories) count_bytes(s->category + from, rows, n, work->categories);
    if (t->flags) count_bytes(s->flags + from, rows, n, work->flags);
}

/* Add the days of a segment to a tally, and forget them. */
static void add_days(const Segment *s, const Question *q, Tally *t, uint32_t (*days)[256]) {
    for (uint32_t here = 0; here <= s->last_day - s->first_day; here++) {
        uint32_t day = s->first_day + here - q->first_day, sum = 0;
        for (uint32_t hour = 0; hour < 256; hour++) {
            sum += days[here][hour];
            if (t->hours) t->hours[hour] += days[here][hour];
        }
        if (day <= q->last_day - q->first_day) t->days[day] += sum;
        memset(days[here], 0, sizeof days[here]);
    }
}

void count_segment(const Segment *s, const Question *q, Tally *t, Work *work) {
    if (q->first_day > s->last_day || q->last_day < s->first_day) return;
    if (sums_answer(s, q, t)) {
        count_sums(s, q, t);
        return;
    }
    uint64_t from = first_from(s->place, s->rows, q->first_place);
    uint64_t until = q->last_place == UINT32_MAX ? s->rows : first_from(s->place, s->rows, q->last_place + 1);
    Sets sets = sets_of(q);
    int filtered = filters(s, q);
    uint16_t rows[BLOCK + 8];
    for (uint64_t at = from; at < until; at += BLOCK) {
        uint32_t n = until - at < BLOCK ? (uint32_t)(until - at) : BLOCK;
        uint32_t found = filtered ? matching(s, q, &sets, at, n, AREA_IN, rows) : n;
        if (found) count_block(s, at, filtered ? rows : NULL, found, t, work);
    }
    if (t->days) add_days(s, q, t, work->days);
}

static void add_turns(uint32_t (*turns)[256], uint32_t *into) {
    for (int t = 0; t < TURNS; t++)
        for (int v = 0; v < 256; v++) into[v] += turns[t][v];
}

void work_done(Work *work, Tally *t) {
    if (t && t->categories) add_turns(work->categories, t->categories);
    if (t && t->hours) add_turns(work->hours, t->hours);
    if (t && t->flags) add_turns(work->flags, t->flags);
    for (uint32_t line = 0; t && work->pairs && line < 256; line++)
        for (uint32_t v = 0; v < 256; v++) {
            t->flags[line] += work->pairs[line][v];
            t->categories[v] += work->pairs[line][v];
        }
    for (uint32_t cell = 0; t && work->cells && cell < t->n_cells; cell++) t->cells[cell] += work->cells[cell];
    free(work->pairs);
    free(work->cells);
    free(work);
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
    uint16_t rows[BLOCK + 8];
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
