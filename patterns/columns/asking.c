/* Reading what a call from Python brings. */
#include "asking.h"

void give_back(Taken *taken) {
    while (taken->n) PyBuffer_Release(&taken->views[--taken->n]);
}

int take(Taken *taken, PyObject *object, size_t itemsize, size_t least, int writable, const char *name, void **bytes,
         size_t *items) {
    *bytes = NULL;
    if (items) *items = 0;
    if (object == Py_None) return 0;
    Py_buffer *view = &taken->views[taken->n];
    if (PyObject_GetBuffer(object, view, PyBUF_C_CONTIGUOUS | (writable ? PyBUF_WRITABLE : 0))) return -1;
    taken->n++;
    size_t n = (size_t)view->len / itemsize;
    if ((size_t)view->itemsize != itemsize || n < least || (uintptr_t)view->buf % (itemsize % 8 ? itemsize : 8)) {
        PyErr_Format(PyExc_TypeError, "%s must be an array of at least %zu items of %zu bytes", name, least, itemsize);
        return -1;
    }
    *bytes = view->buf;
    if (items) *items = n;
    return 0;
}

int read_question(PyObject *object, Taken *taken, Question *q) {
    PyObject *sets[4], *area;
    unsigned int first_area;
    size_t n_cells, n_area;
    void *bytes[5];
    *q = (Question){0};
    if (!PyTuple_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "a question is a tuple");
        return -1;
    }
    if (!PyArg_ParseTuple(object, "IIOOOOIIOII", &q->first_day, &q->last_day, sets, sets + 1, sets + 2, sets + 3,
                          &q->first_place, &q->last_place, &area, &q->area_shift, &first_area))
        return -1;
    if (take(taken, sets[0], 1, 256, 0, "categories", bytes, NULL) || take(taken, sets[1], 1, 256, 0, "flags", bytes + 1, NULL) ||
        take(taken, sets[2], 1, 256, 0, "hours", bytes + 2, NULL) || take(taken, sets[3], 1, 0, 0, "cells", bytes + 3, &n_cells) ||
        take(taken, area, 1, 0, 0, "area", bytes + 4, &n_area))
        return -1;
    q->categories = bytes[0], q->flags = bytes[1], q->hours = bytes[2], q->cells = bytes[3], q->area = bytes[4];
    q->n_cells = (uint32_t)n_cells, q->n_area = (uint32_t)n_area, q->first_area = first_area;
    if (q->first_day > q->last_day || q->last_day > UINT16_MAX || q->area_shift > 31 || n_cells > UINT32_MAX ||
        n_area > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "days, cells or area of the question are unsound");
        return -1;
    }
    return 0;
}

/* (counts, shift, first_block, slots), or None: counts in whole blocks of 256, slots (one at least) below their number. */
int read_bins(PyObject *object, Taken *taken, Bins *bins) {
    PyObject *arrays[2];
    void *bytes[2];
    size_t n, n_slots;
    *bins = (Bins){0};
    if (object == Py_None) return 0;
    if (!PyTuple_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "bins are a tuple");
        return -1;
    }
    if (!PyArg_ParseTuple(object, "OIIO", arrays, &bins->shift, &bins->first_block, arrays + 1) ||
        take(taken, arrays[0], 4, 256, 1, "counts", bytes, &n) || take(taken, arrays[1], 4, 1, 0, "slots", bytes + 1, &n_slots))
        return -1;
    int sound = bytes[0] && bytes[1] && bins->shift <= 31 && n % 256 == 0 && n <= UINT32_MAX && n_slots <= UINT32_MAX;
    for (size_t k = 0; sound && k < n_slots; k++) sound = ((const uint32_t *)bytes[1])[k] < n / 256;
    if (!sound) {
        PyErr_SetString(PyExc_ValueError, "bins and slots do not fit together");
        return -1;
    }
    bins->counts = bytes[0], bins->slots = bytes[1];
    bins->n_blocks = (uint32_t)(n / 256), bins->n_slots = (uint32_t)n_slots;
    return 0;
}

/* (x0, y0, x, y, counts): arrays of one length. */
int read_pairs(PyObject *object, Taken *taken, Pairs *pairs, size_t *room) {
    PyObject *arrays[3];
    void *bytes[3];
    size_t n[3];
    if (!PyTuple_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "pairs are a tuple");
        return -1;
    }
    if (!PyArg_ParseTuple(object, "IIOOO", &pairs->x0, &pairs->y0, arrays, arrays + 1, arrays + 2)) return -1;
    for (int k = 0; k < 3; k++)
        if (take(taken, arrays[k], 4, 0, 1, "pairs", bytes + k, n + k)) return -1;
    if (!bytes[0] || !bytes[1] || !bytes[2]) {
        PyErr_SetString(PyExc_ValueError, "pairs are arrays");
        return -1;
    }
    pairs->x = bytes[0], pairs->y = bytes[1], pairs->counts = bytes[2];
    *room = n[0] < n[1] ? n[0] : n[1];
    if (n[2] < *room) *room = n[2];
    return 0;
}

int read_tally(PyObject *object, Taken *taken, const Question *q, Tally *t) {
    PyObject *arrays[6];
    size_t n_cells;
    void *bytes[6];
    *t = (Tally){0};
    if (!PyTuple_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "a tally is a tuple");
        return -1;
    }
    if (!PyArg_ParseTuple(object, "OOOOOO", arrays, arrays + 1, arrays + 2, arrays + 3, arrays + 4, arrays + 5))
        return -1;
    size_t days = q->last_day - q->first_day + 1;
    if (read_bins(arrays[0], taken, &t->bins) || take(taken, arrays[1], 4, 0, 1, "cells", bytes + 1, &n_cells) ||
        take(taken, arrays[2], 4, days, 1, "days", bytes + 2, NULL) ||
        take(taken, arrays[3], 4, 256, 1, "categories", bytes + 3, NULL) ||
        take(taken, arrays[4], 4, 256, 1, "hours", bytes + 4, NULL) || take(taken, arrays[5], 4, 256, 1, "flags", bytes + 5, NULL))
        return -1;
    if (n_cells > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "the cells of the tally are unsound");
        return -1;
    }
    t->cells = bytes[1], t->days = bytes[2], t->categories = bytes[3], t->hours = bytes[4], t->flags = bytes[5];
    t->n_cells = (uint32_t)n_cells;
    return 0;
}
