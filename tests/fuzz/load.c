/* A saved cover that somebody altered: it is refused, or no look-up leaves it.
 *
 * What a checksum would be is set right first, or hardly any input would come further than the header.
 */
#include <string.h>

#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *block = malloc(size ? size : 1); /* of the very size, so that a byte beyond it is noticed */
    if (!block) return 0;
    if (size) memcpy(block, data, size);
    if (size >= sizeof(Header)) {
        Header *h = (Header *)block;
        memcpy(h->magic, MAGIC, 8);
        h->version = VERSION, h->byte_order = BYTE_ORDER_MARK, h->size = size;
        h->n_sets = (size - sizeof(Header)) / 4 - h->n_edges * 10 - h->n_entries - h->n_leaves;
    }
    if (!cover_check(block, size)) {
        Cover cover = cover_of(block);
        ask(&cover);
    }
    free(block);
    return 0;
}
