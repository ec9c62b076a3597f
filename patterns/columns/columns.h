/* Columns of reports in mapped files: segments of a month in Morton order, their sums, and lists of bins. */
#ifndef WANGGE_COLUMNS_H
#define WANGGE_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(NARROW)
#define WIDE 1 /* there may be AVX2; NARROW leaves it out, as other processors do */
#define WIDELY __attribute__((target("avx2,bmi,bmi2,popcnt")))
static inline int is_wide(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"); }
#endif

#define COLUMNS_VERSION 1
#define BYTE_ORDER_MARK 0x01020304u
#define SEGMENT_MAGIC "WANGGECO"
#define LISTS_MAGIC "WANGGELI"
#define CHECKED_FROM 32 /* the checksum covers what follows magic, version, byte order, size and itself */
#define MARGIN 128      /* bytes after a column that may be read and count for nothing */
#define BLOCK 4096      /* rows that are looked at together */
#define MOST_DAYS 64u   /* of a segment, which is a month */

typedef struct {
    char magic[8];
    uint32_t version, byte_order;
    uint64_t size, checksum;
} Head;

enum { PLACE, DAY, HOUR, CATEGORY, FLAGS, CELL, SUMS, PARTS };

/* Days are counted from first_day; sums[(days + 1)][sum_slots][n_cells] are of all rows before that day's end, and of
 * none in the first line. Slot 0 is of all categories, slot c + 1 of category c. */
typedef struct {
    Head head;
    uint64_t rows, at[PARTS];
    uint32_t cell_width, n_cells, first_day, last_day, sum_width, sum_slots;
} SegmentHeader;

typedef struct {
    uint64_t rows;
    const uint32_t *place;
    const uint16_t *day;
    const uint8_t *hour, *category, *flags, *cell, *sums;
    uint32_t cell_width, n_cells, first_day, last_day, sum_width, sum_slots;
} Segment;

/* Bins by their Morton number at one zoom, ascending, and how many rows each holds: all of them, then by category. */
typedef struct {
    Head head;
    uint64_t n_lists, n_entries;
} ListsHeader; /* then starts u64 (n_lists + 1), bins u32 and counts u16 (n_entries); what is more stands in parts */

/* A change of what a segment says: the old values with weight -1, the new ones with +1. */
typedef struct {
    uint32_t place, cell;
    uint16_t day;
    uint8_t hour, category, flags;
    int8_t weight;
    uint16_t spare;
    int64_t id;
    double lon, lat;
} Change;

typedef struct {
    uint32_t first_day, last_day;
    const uint8_t *categories, *flags, *hours; /* 256 of 0 or 1, or NULL for all */
    const uint8_t *cells;                      /* n_cells of 0 or 1, or NULL for all */
    uint32_t n_cells;
    uint32_t first_place, last_place;
    const uint8_t *area; /* by place >> area_shift from first_area: AREA_OUT, AREA_IN, AREA_BORDER; or NULL */
    uint32_t area_shift, first_area, n_area;
} Question;

enum { AREA_OUT, AREA_IN, AREA_BORDER };

/* Bins of places >> shift, in blocks of 256: `slots` names the block's by (bin >> 8) - first_block; the last slot is of
 * what lies behind, and, like every one without a block, names the last block, which is nobody's. */
typedef struct {
    uint32_t *counts, shift, first_block, n_slots, n_blocks;
    const uint32_t *slots; /* n_slots, of which there is one at least, each below n_blocks */
} Bins;

/* What is counted; NULL where it is not asked for. */
typedef struct {
    Bins bins;
    uint32_t *cells, n_cells;
    uint32_t *days; /* from the question's first_day */
    uint32_t *categories, *hours, *flags; /* 256 */
    uint64_t total;
} Tally;

/* What is wrong with a block, or NULL. */
const char *segment_check(const void *block, uint64_t size);
const char *lists_check(const void *block, uint64_t size);
Segment segment_of(const void *block);

typedef struct {
    uint32_t x0, y0, *x, *y, *counts;
} Pairs;

uint64_t columns_checksum(const uint8_t *bytes, uint64_t n);

/* Sets of bytes, in the form in which 32 are tested at once: by low half, for values below 128 and from 128 on. */
typedef struct {
    uint8_t low[16], high[16];
    const uint8_t *table;
} ByteSet;

ByteSet byte_set(const uint8_t *table);
/* Take from `words` (64 rows each, of n rows) the rows that are not in a set, not between two days, not of some cells. */
void keep_bytes(const uint8_t *column, uint32_t n, const ByteSet *set, uint64_t *words);
void keep_days(const uint16_t *column, uint32_t n, uint32_t first, uint32_t last, uint64_t *words);
void keep_cells(const void *column, uint32_t width, uint32_t n, const uint8_t *table, uint32_t n_cells, uint64_t *words);
/* The numbers of the rows that words have, and how many they are; up to 8 more may be written behind them. */
uint32_t rows_of(const uint64_t *words, uint32_t n_words, uint16_t *rows);

/* What counting the segments of a question needs beside the tally, NULL where memory is missing; at the end it is added to
 * the tally (unless that is NULL) and given back. */
typedef struct Work Work;
Work *work_for(const Tally *tally);
void work_done(Work *work, Tally *tally);
/* Count a segment's rows, from its sums where these answer. */
void count_segment(const Segment *segment, const Question *question, Tally *tally, Work *work);
/* The same for changes, which may take away. */
void count_changes(const Change *changes, uint64_t n, const Question *question, Tally *tally);
int sums_answer(const Segment *segment, const Question *question, const Tally *tally);
void count_sums(const Segment *segment, const Question *question, Tally *tally);
/* The rows from `from` on that a question takes and whose area is undecided, at most `room`; where it stopped in *next. */
uint64_t select_border(const Segment *segment, const Question *question, uint64_t from, uint32_t *rows, uint64_t room,
                       uint64_t *next);
uint64_t select_border_changes(const Change *changes, uint64_t n, const Question *question, uint32_t *rows, uint64_t room);

/* Bins that hold something, from the first on: their columns and lines (from x and y), and counts; how many, at most room. */
uint64_t gather_bins(const Bins *bins, const uint32_t *blocks, Pairs into, uint64_t room);
/* A list summed to coarser bins, between two of those; how many, at most room, and the rows that they hold. */
uint64_t sum_list(const uint32_t *bins, const uint16_t *counts, uint64_t n, uint32_t shift, uint32_t first, uint32_t last,
                  Pairs into, uint64_t room, uint64_t *rows);
void add_list(const uint32_t *bins, const uint16_t *counts, uint64_t n, const Bins *into, uint32_t shift);

/* The counter of a bin. */
static inline uint32_t *counter_of(const Bins *bins, uint32_t bin) {
    uint32_t block = (bin >> 8) - bins->first_block, last = bins->n_slots - 1;
    return bins->counts + ((size_t)bins->slots[block < last ? block : last] << 8 | (bin & 255));
}

#endif
