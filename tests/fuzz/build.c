/* Rings of any kind: they are refused, or their cover passes the check and answers every point.
 *
 * Input: one byte says how coordinates are read; then, for each ring, a byte with its code and whether it is a hole, a
 * byte with its corners, and the corners. On a small lattice rings meet, cross and repeat themselves often.
 */
#include <string.h>

#include "ask.h"

#define CORNERS 400
#define RINGS 60

typedef struct {
    const uint8_t *data;
    size_t left;
} Input;

static uint8_t byte_of(Input *in) { return in->left ? in->left--, *in->data++ : 0; }

static double coordinate_of(Input *in, uint8_t kind) {
    if (kind & 1) return byte_of(in) % 16 * (kind & 2 ? 0.1 : 1.0);
    double v = 0;
    if (in->left < sizeof v) return 0;
    memcpy(&v, in->data, sizeof v);
    in->data += sizeof v, in->left -= sizeof v;
    return v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static double xy[2 * (CORNERS + 300)];
    static int64_t start[RINGS + 1];
    static uint32_t code[RINGS];
    static uint8_t hole[RINGS];
    Input in = {data, size};
    uint8_t kind = byte_of(&in);
    int64_t rings = 0, n = 0;
    while (in.left && rings < RINGS && n < CORNERS) {
        uint8_t head = byte_of(&in);
        int corners = byte_of(&in);
        start[rings] = n;
        code[rings] = 1 + (head & 0x3F) % 40, hole[rings] = head >> 7;
        for (int k = 0; k < corners && n < CORNERS; k++, n++)
            xy[2 * n] = coordinate_of(&in, kind), xy[2 * n + 1] = coordinate_of(&in, kind);
        if (n > start[rings] && !(head & 0x40)) memcpy(xy + 2 * n++, xy + 2 * start[rings], 2 * sizeof(double));
        rings++;
    }
    start[rings] = n;
    int status;
    void *block = cover_build(xy, start, code, hole, rings, 40, &status);
    if (!block != (status != BUILT)) abort();
    if (!block) return 0;
    if (cover_check(block, ((const Header *)block)->size)) abort();
    Cover cover = cover_of(block);
    ask(&cover);
    free(block);
    return 0;
}
