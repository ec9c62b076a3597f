/* Which of many rows are in a set: 16 bytes at a time where the processor can shuffle bytes, else one by one. */
#include <string.h>

#include "columns.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define SHUFFLES 1
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

static uint64_t scalar_bytes(const uint8_t *column, uint32_t n, const uint8_t *table) {
    uint64_t word = 0;
    for (uint32_t k = 0; k < n; k++) word |= (uint64_t)(table[column[k]] != 0) << k;
    return word;
}

static uint64_t scalar_days(const uint16_t *column, uint32_t n, uint32_t first, uint32_t last) {
    uint64_t word = 0;
    for (uint32_t k = 0; k < n; k++) word |= (uint64_t)(column[k] >= first && column[k] <= last) << k;
    return word;
}

#ifdef SHUFFLES
/* A byte's high half names a bit, its low half the line of the table; a shuffle answers 0 where the top bit is set. */
__attribute__((target("ssse3"))) static uint64_t shuffled_bytes(const uint8_t *column, const ByteSet *set) {
    const __m128i low = _mm_loadu_si128((const __m128i *)set->low), high = _mm_loadu_si128((const __m128i *)set->high);
    const __m128i bits = _mm_set1_epi64x((long long)0x8040201008040201u), top = _mm_set1_epi8((char)0x80);
    const __m128i half = _mm_set1_epi8(0x0F), line = _mm_set1_epi8((char)0x8F), seven = _mm_set1_epi8(7);
    uint64_t word = 0;
    for (int k = 0; k < 4; k++) {
        __m128i v = _mm_loadu_si128((const __m128i *)(column + 16 * k));
        __m128i found = _mm_or_si128(_mm_shuffle_epi8(low, _mm_and_si128(v, line)),
                                     _mm_shuffle_epi8(high, _mm_and_si128(_mm_xor_si128(v, top), line)));
        __m128i bit = _mm_shuffle_epi8(bits, _mm_and_si128(_mm_and_si128(_mm_srli_epi16(v, 4), half), seven));
        __m128i out = _mm_cmpeq_epi8(_mm_and_si128(found, bit), _mm_setzero_si128());
        word |= (uint64_t)(uint16_t)~_mm_movemask_epi8(out) << (16 * k);
    }
    return word;
}

static uint64_t compared_days(const uint16_t *column, uint32_t first, uint32_t last) {
    const __m128i begin = _mm_set1_epi16((short)first), span = _mm_set1_epi16((short)(last - first));
    uint64_t word = 0;
    for (int k = 0; k < 4; k++) {
        __m128i in[2];
        for (int half = 0; half < 2; half++) {
            __m128i v = _mm_loadu_si128((const __m128i *)(column + 16 * k + 8 * half));
            in[half] = _mm_cmpeq_epi16(_mm_subs_epu16(_mm_sub_epi16(v, begin), span), _mm_setzero_si128());
        }
        word |= (uint64_t)(uint16_t)_mm_movemask_epi8(_mm_packs_epi16(in[0], in[1])) << (16 * k);
    }
    return word;
}

/* What lies beyond the last row may be read, for a margin follows each column; the words have no bits there. */
__attribute__((target("ssse3"))) static void keep_bytes_shuffled(const uint8_t *column, uint32_t n, const ByteSet *set,
                                                                  uint64_t *words) {
    for (uint32_t w = 0; w < (n + 63) / 64; w++)
        if (words[w]) words[w] &= shuffled_bytes(column + 64 * w, set);
}
#endif

static uint32_t in_word(uint32_t n, uint32_t w) { return n - 64 * w < 64 ? n - 64 * w : 64; }

void keep_bytes(const uint8_t *column, uint32_t n, const ByteSet *set, uint64_t *words) {
#ifdef SHUFFLES
    if (__builtin_cpu_supports("ssse3")) {
        keep_bytes_shuffled(column, n, set, words);
        return;
    }
#endif
    for (uint32_t w = 0; w < (n + 63) / 64; w++)
        if (words[w]) words[w] &= scalar_bytes(column + 64 * w, in_word(n, w), set->table);
}

void keep_days(const uint16_t *column, uint32_t n, uint32_t first, uint32_t last, uint64_t *words) {
    for (uint32_t w = 0; w < (n + 63) / 64; w++) {
        if (!words[w]) continue;
#ifdef SHUFFLES
        (void)scalar_days;
        (void)in_word;
        words[w] &= compared_days(column + 64 * w, first, last);
#else
        words[w] &= scalar_days(column + 64 * w, in_word(n, w), first, last);
#endif
    }
}
