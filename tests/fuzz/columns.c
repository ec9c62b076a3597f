/* A file of columns that somebody altered: it is refused, or no question leaves it.
 *
 * Input: 16 bytes of the question, then the file. What would be its length, kind and checksum is set right first, or
 * hardly any input would come further than the header.
 */
#include <stdlib.h>
#include <string.h>

#include "columns.h"

#define ASKED 16
#define CELLS 37
#define DAYS 80

static void ask_lists(const uint8_t *block) {
    const ListsHeader *header = (const ListsHeader *)block;
    const uint64_t *starts = (const uint64_t *)(header + 1);
    const uint32_t *bins = (const uint32_t *)(starts + header->n_lists + 1);
    const uint16_t *counts = (const uint16_t *)(bins + header->n_entries);
    static uint32_t x[64], y[64], n[64], counters[3 * 256];
    const uint32_t slots[3] = {0, 1, 0};
    const Bins into = {counters, 0, 1, 3, 3, slots};
    for (uint64_t k = 0; k < header->n_lists; k++) {
        uint64_t rows, from = starts[k], length = starts[k + 1] - from;
        if (sum_list(bins + from, counts + from, length, 2, 1, 1u << 20, (Pairs){0, 0, x, y, n}, 64, &rows) > 64) abort();
        add_list(bins + from, counts + from, length, &into, 1);
    }
}

/* With a filter, and without; then the rows on a rim. What was counted is in the segment. */
static void ask_segment(const uint8_t *block, const uint8_t *asked) {
    static uint32_t counters[5 * 256], cells[CELLS], days[DAYS], bytes[3][256], rows[BLOCK];
    static uint8_t sets[3][256], some[CELLS], area[50];
    const uint32_t slots[7] = {0, 1, 2, 3, 0, 4, 1};
    Segment segment = segment_of(block);
    for (int v = 0; v < 256; v++)
        for (int k = 0; k < 3; k++) sets[k][v] = (asked[k] >> (v & 7)) & 1;
    for (int v = 0; v < CELLS; v++) some[v] = (asked[3] >> (v & 7)) & 1;
    for (int v = 0; v < 50; v++) area[v] = (uint8_t)((asked[4] + v) % 3);
    uint32_t first = segment.first_day > asked[5] % 8 ? segment.first_day - asked[5] % 8 : 0;
    for (int kind = 0; kind < 16; kind++) {
        Question q = {.first_day = first, .last_day = first + asked[6] % DAYS, .last_place = UINT32_MAX};
        if (kind & 1) q.flags = sets[0], q.categories = sets[1], q.hours = sets[2];
        if (kind & 2) q.cells = some, q.n_cells = CELLS;
        if (kind & 4) q.area = area, q.area_shift = asked[7] % 32, q.first_area = asked[8], q.n_area = 50;
        if (asked[9] & 1) memcpy(&q.first_place, asked + 10, 4), q.last_place = q.first_place + asked[14] * 65536u;
        Tally t = {.cells = cells, .n_cells = CELLS, .days = days, .categories = kind & 8 ? NULL : bytes[0]};
        if (!(kind & 8))
            t.bins = (Bins){counters, asked[15] % 32, asked[8], 7, 5, slots}, t.hours = bytes[1], t.flags = bytes[2];
        Work *work = work_for(&t);
        if (!work) abort();
        count_segment(&segment, &q, &t, work);
        work_done(work, &t);
        uint64_t next = 0;
        for (int turn = 0; q.area && turn < 4 && next != UINT64_MAX; turn++)
            if (select_border(&segment, &q, next, rows, BLOCK, &next) > BLOCK) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < ASKED + sizeof(Head)) return 0;
    size_t length = size - ASKED;
    uint8_t *block = malloc(length); /* of the very size, so that a byte beyond it is noticed */
    if (!block) return 0;
    memcpy(block, data + ASKED, length);
    Head *head = (Head *)block;
    int lists = head->magic[6] == LISTS_MAGIC[6];
    memcpy(head->magic, lists ? LISTS_MAGIC : SEGMENT_MAGIC, 8);
    head->version = COLUMNS_VERSION, head->byte_order = BYTE_ORDER_MARK, head->size = length;
    head->checksum = columns_checksum(block + CHECKED_FROM, length - CHECKED_FROM);
    if (lists && !lists_check(block, length)) ask_lists(block);
    if (!lists && !segment_check(block, length)) ask_segment(block, data);
    free(block);
    return 0;
}
