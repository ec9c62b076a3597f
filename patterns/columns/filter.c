/* Which of many rows are in a set, and their numbers: 32 rows at a time where the processor has AVX2, else one by one. */
#include <string.h>

#include "columns.h"

#ifdef WIDE
#include <immintrin.h>
#endif

ByteSet byte_set(const uint8_t *table) {
    ByteSet set = {.table = table};
    for (int v = 0; v < 256; v++) {
        uint8_t bit = (uint8_t)(table[v] ? 1 << (v >> 4 & 7) : 0);
        (v < 128 ? set.low : set.high)[v & 15] |= bit;
    }
    return set;
}

static uint32_t in_word(uint32_t n, uint32_t w) { return n - 64 * w < 64 ? n - 64 * w : 64; }

static uint64_t single_bytes(const uint8_t *column, uint32_t n, const uint8_t *table) {
    uint64_t word = 0;
    for (uint32_t k = 0; k < n; k++) word |= (uint64_t)(table[column[k]] != 0) << k;
    return word;
}

static uint64_t single_days(const uint16_t *column, uint32_t n, uint32_t first, uint32_t last) {
    uint64_t word = 0;
    for (uint32_t k = 0; k < n; k++) word |= (uint64_t)(column[k] >= first && column[k] <= last) << k;
    return word;
}

static int in_table(const uint8_t *table, uint32_t n_cells, uint32_t cell) { return cell < n_cells && table[cell]; }

static uint64_t single_cells(const void *column, uint32_t width, uint32_t from, uint32_t n, const uint8_t *table,
                             uint32_t n_cells) {
    uint64_t word = 0;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t cell = width == 2 ? ((const uint16_t *)column)[from + k] : ((const uint32_t *)column)[from + k];
        word |= (uint64_t)in_table(table, n_cells, cell) << k;
    }
    return word;
}

static uint32_t single_rows(const uint64_t *words, uint32_t n_words, uint16_t *rows) {
    uint32_t found = 0;
    for (uint32_t w = 0; w < n_words; w++)
        for (uint64_t word = words[w]; word; word &= word - 1) rows[found++] = (uint16_t)(64 * w + (uint32_t)__builtin_ctzll(word));
    return found;
}

#ifdef WIDE
/* A byte's high half names a bit, its low half the line of the table for values below 128, or from 128 on.
 * What lies beyond the last row may be read, for a margin follows each column; the words have no bits there. */
WIDELY static void wide_bytes(const uint8_t *column, uint32_t n, const ByteSet *set, uint64_t *words) {
    const __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)set->low));
    const __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)set->high));
    const __m256i bits = _mm256_set1_epi64x((long long)0x8040201008040201u), half = _mm256_set1_epi8(0x0F);
    for (uint32_t w = 0; w < (n + 63) / 64; w++) {
        if (!words[w]) continue;
        uint64_t in[2];
        for (int k = 0; k < 2; k++) {
            __m256i v = _mm256_loadu_si256((const __m256i *)(column + 64 * w + 32 * k)), line = _mm256_and_si256(v, half);
            __m256i bit = _mm256_shuffle_epi8(bits, _mm256_and_si256(_mm256_srli_epi16(v, 4), half));
            __m256i of = _mm256_blendv_epi8(_mm256_shuffle_epi8(low, line), _mm256_shuffle_epi8(high, line), v);
            in[k] = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(of, bit), bit));
        }
        words[w] &= in[0] | in[1] << 32;
    }
}

WIDELY static void wide_days(const uint16_t *column, uint32_t n, uint32_t first, uint32_t last, uint64_t *words) {
    const __m256i begin = _mm256_set1_epi16((short)first), span = _mm256_set1_epi16((short)(last - first));
    for (uint32_t w = 0; w < (n + 63) / 64; w++) {
        if (!words[w]) continue;
        uint64_t in[2];
        for (int k = 0; k < 2; k++) {
            const __m256i *at = (const __m256i *)(column + 64 * w + 32 * k);
            __m256i a = _mm256_subs_epu16(_mm256_sub_epi16(_mm256_loadu_si256(at), begin), span);
            __m256i b = _mm256_subs_epu16(_mm256_sub_epi16(_mm256_loadu_si256(at + 1), begin), span);
            __m256i none = _mm256_setzero_si256();
            __m256i both = _mm256_packs_epi16(_mm256_cmpeq_epi16(a, none), _mm256_cmpeq_epi16(b, none));
            in[k] = (uint32_t)_mm256_movemask_epi8(_mm256_permute4x64_epi64(both, 0xD8)); /* lanes were packed apart */
        }
        words[w] &= in[0] | in[1] << 32;
    }
}

WIDELY static inline uint32_t of_cell(__m256i cells, uint32_t cell) {
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi16(cells, _mm256_set1_epi16((short)cell)));
}

/* Neighbours are mostly of one cell or two: of 16, those of the first and of the last are seen to at once. */
WIDELY static void wide_cells(const uint16_t *column, uint32_t n, const uint8_t *table, uint32_t n_cells, uint64_t *words) {
    for (uint32_t w = 0; w < (n + 63) / 64; w++) {
        if (!words[w]) continue;
        uint64_t in = 0;
        for (uint32_t k = 0; k < 64; k += 16) {
            const uint16_t *at = column + 64 * w + k;
            __m256i v = _mm256_loadu_si256((const __m256i *)at);
            uint32_t first = of_cell(v, at[0]), last = of_cell(v, at[15]), left = ~(first | last); /* two bits each */
            uint32_t found = (in_table(table, n_cells, at[0]) ? first : 0) | (in_table(table, n_cells, at[15]) ? last : 0);
            while (left) {
                uint32_t cell = at[(uint32_t)__builtin_ctz(left) / 2], same = of_cell(v, cell);
                if (in_table(table, n_cells, cell)) found |= same;
                left &= ~same;
            }
            in |= (uint64_t)_pext_u32(found, 0x55555555u) << k;
        }
        words[w] &= in;
    }
}

/* The places of the ones of a byte, in order. */
static uint64_t ones_of[256];

__attribute__((constructor)) static void list_ones(void) {
    for (uint32_t v = 0; v < 256; v++)
        for (uint32_t bit = 0, found = 0; bit < 8; bit++)
            if (v >> bit & 1) ones_of[v] |= (uint64_t)bit << 8 * found++;
}

WIDELY static uint32_t wide_rows(const uint64_t *words, uint32_t n_words, uint16_t *rows) {
    const __m128i eight = _mm_set1_epi16(8);
    uint32_t found = 0;
    for (uint32_t w = 0; w < n_words; w++) {
        if (!words[w]) continue;
        __m128i first = _mm_set1_epi16((short)(64 * w));
        for (uint64_t word = words[w], k = 0; k < 8; k++, word >>= 8, first = _mm_add_epi16(first, eight)) {
            __m128i ones = _mm_cvtepu8_epi16(_mm_cvtsi64_si128((long long)ones_of[word & 255]));
            _mm_storeu_si128((__m128i *)(rows + found), _mm_add_epi16(ones, first));
            found += (uint32_t)_mm_popcnt_u32((uint32_t)(word & 255));
        }
    }
    return found;
}
#endif

void keep_bytes(const uint8_t *column, uint32_t n, const ByteSet *set, uint64_t *words) {
#ifdef WIDE
    if (is_wide()) {
        wide_bytes(column, n, set, words);
        return;
    }
#endif
    for (uint32_t w = 0; w < (n + 63) / 64; w++)
        if (words[w]) words[w] &= single_bytes(column + 64 * w, in_word(n, w), set->table);
}

void keep_days(const uint16_t *column, uint32_t n, uint32_t first, uint32_t last, uint64_t *words) {
#ifdef WIDE
    if (is_wide()) {
        wide_days(column, n, first, last, words);
        return;
    }
#endif
    for (uint32_t w = 0; w < (n + 63) / 64; w++)
        if (words[w]) words[w] &= single_days(column + 64 * w, in_word(n, w), first, last);
}

void keep_cells(const void *column, uint32_t width, uint32_t n, const uint8_t *table, uint32_t n_cells, uint64_t *words) {
#ifdef WIDE
    if (width == 2 && is_wide()) {
        wide_cells(column, n, table, n_cells, words);
        return;
    }
#endif
    for (uint32_t w = 0; w < (n + 63) / 64; w++)
        if (words[w]) words[w] &= single_cells(column, width, 64 * w, in_word(n, w), table, n_cells);
}

uint32_t rows_of(const uint64_t *words, uint32_t n_words, uint16_t *rows) {
#ifdef WIDE
    if (is_wide()) return wide_rows(words, n_words, rows);
#endif
    return single_rows(words, n_words, rows);
}
