/* Whether a block that was read from a file may be trusted: its form, its bounds, its checksum. */
#include <string.h>

#include "columns.h"

#define P1 0x9E3779B185EBCA87u
#define P2 0xC2B2AE3D27D4EB4Fu
#define P3 0x165667B19E3779F9u
#define P4 0x85EBCA77C2B2AE63u
#define P5 0x27D4EB2F165667C5u

static uint64_t rotated(uint64_t v, int by) { return v << by | v >> (64 - by); }

static uint64_t mixed(uint64_t lane, uint64_t word) { return rotated(lane + word * P2, 31) * P1; }

static uint64_t word_at(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* XXH64 with seed 0, of the published specification: four lanes, so that it keeps up with memory. */
uint64_t columns_checksum(const uint8_t *bytes, uint64_t n) {
    const uint8_t *end = bytes + n;
    uint64_t sum = P5;
    if (n >= 32) {
        uint64_t lane[4] = {P1 + P2, P2, 0, 0 - P1};
        for (; end - bytes >= 32; bytes += 32)
            for (int k = 0; k < 4; k++) lane[k] = mixed(lane[k], word_at(bytes + 8 * k));
        sum = rotated(lane[0], 1) + rotated(lane[1], 7) + rotated(lane[2], 12) + rotated(lane[3], 18);
        for (int k = 0; k < 4; k++) sum = (sum ^ mixed(0, lane[k])) * P1 + P4;
    }
    sum += n;
    for (; end - bytes >= 8; bytes += 8) sum = rotated(sum ^ mixed(0, word_at(bytes)), 27) * P1 + P4;
    if (end - bytes >= 4) {
        uint32_t half;
        memcpy(&half, bytes, sizeof half);
        sum = rotated(sum ^ half * P1, 23) * P2 + P3;
        bytes += 4;
    }
    for (; bytes < end; bytes++) sum = rotated(sum ^ *bytes * P5, 11) * P1;
    sum = (sum ^ sum >> 33) * P2;
    sum = (sum ^ sum >> 29) * P3;
    return sum ^ sum >> 32;
}

static const char *head_check(const void *block, uint64_t size, const char *magic, uint64_t least) {
    const Head *head = block;
    if (size < least) return "it is too short";
    if (memcmp(head->magic, magic, sizeof head->magic)) return "it is of another kind";
    if (head->byte_order != BYTE_ORDER_MARK) return "it is of another byte order";
    if (head->version != COLUMNS_VERSION) return "it is of another version";
    if (head->size != size) return "it is truncated";
    if (head->checksum != columns_checksum((const uint8_t *)block + CHECKED_FROM, size - CHECKED_FROM))
        return "its checksum differs";
    return NULL;
}

static int fits(uint64_t at, uint64_t items, uint64_t width, uint64_t size) {
    if (at % 64 || at > size || size - at < MARGIN) return 0;
    return items <= (size - at - MARGIN) / width;
}

const char *segment_check(const void *block, uint64_t size) {
    const char *wrong = head_check(block, size, SEGMENT_MAGIC, sizeof(SegmentHeader));
    if (wrong) return wrong;
    const SegmentHeader *h = block;
    const uint64_t width[SUMS] = {4, 2, 1, 1, 1, h->cell_width};
    if ((h->cell_width != 2 && h->cell_width != 4) || !h->n_cells || h->rows > UINT32_MAX) return "its header is unsound";
    if (h->first_day > h->last_day || h->last_day - h->first_day >= MOST_DAYS || h->last_day > UINT16_MAX)
        return "its days are unsound";
    for (int part = PLACE; part < SUMS; part++)
        if (!fits(h->at[part], h->rows, width[part], size)) return "a column leaves it";
    if (h->sum_width) {
        uint64_t lines = (uint64_t)(h->last_day - h->first_day + 2) * h->sum_slots;
        if ((h->sum_width != 2 && h->sum_width != 4) || !h->sum_slots || h->sum_slots > 257) return "its sums are unsound";
        if (lines > UINT64_MAX / 4 / h->n_cells || !fits(h->at[SUMS], lines * h->n_cells, h->sum_width, size))
            return "its sums leave it";
    }
    return NULL;
}

const char *lists_check(const void *block, uint64_t size) {
    const char *wrong = head_check(block, size, LISTS_MAGIC, sizeof(ListsHeader));
    if (wrong) return wrong;
    const ListsHeader *h = block;
    uint64_t room = size - sizeof *h;
    if (h->n_lists < 1 || h->n_lists > 257 || room / 8 < h->n_lists + 1) return "its lists leave it";
    if (h->n_entries > (room - (h->n_lists + 1) * 8) / 6) return "its lists leave it";
    const uint64_t *starts = (const uint64_t *)(h + 1);
    for (uint64_t k = 0; k < h->n_lists; k++)
        if (starts[k] > starts[k + 1]) return "its lists are out of order";
    return starts[0] || starts[h->n_lists] != h->n_entries ? "its lists leave it" : NULL;
}

Segment segment_of(const void *block) {
    const SegmentHeader *h = block;
    const uint8_t *bytes = block;
    return (Segment){
        .rows = h->rows,
        .place = (const uint32_t *)(bytes + h->at[PLACE]),
        .day = (const uint16_t *)(bytes + h->at[DAY]),
        .hour = bytes + h->at[HOUR],
        .category = bytes + h->at[CATEGORY],
        .flags = bytes + h->at[FLAGS],
        .cell = bytes + h->at[CELL],
        .sums = h->sum_width ? bytes + h->at[SUMS] : NULL,
        .cell_width = h->cell_width,
        .n_cells = h->n_cells,
        .first_day = h->first_day,
        .last_day = h->last_day,
        .sum_width = h->sum_width,
        .sum_slots = h->sum_slots,
    };
}
