/* What a call from Python brings: arrays that are taken for its time, questions, and what is counted into. */
#ifndef WANGGE_ASKING_H
#define WANGGE_ASKING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "columns.h"

#define MOST_ARRAYS 16

/* Buffers that one call has taken, given back together. */
typedef struct {
    Py_buffer views[MOST_ARRAYS];
    int n;
} Taken;

void give_back(Taken *taken);

/* The bytes of an array of at least `least` items of one size, NULL for None; -1 with an exception where it is none. */
int take(Taken *taken, PyObject *object, size_t itemsize, size_t least, int writable, const char *name, void **bytes,
         size_t *items);

/* All of these give -1, with an exception, where what is given is unsound. */
int read_question(PyObject *object, Taken *taken, Question *q);
int read_bins(PyObject *object, Taken *taken, Bins *bins);
int read_pairs(PyObject *object, Taken *taken, Pairs *pairs, size_t *room);
int read_tally(PyObject *object, Taken *taken, const Question *q, Tally *t);

#endif
