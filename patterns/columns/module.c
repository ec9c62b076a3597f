/* The Python face of the columns. Only the stable interface of Python is used, so one wheel serves all versions. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "asking.h"

typedef struct {
    PyObject_HEAD
    Py_buffer opened;
    Segment segment;
} SegmentObject;

typedef struct {
    PyObject_HEAD
    Py_buffer opened;
    const uint64_t *starts;
    const uint32_t *bins;
    const uint16_t *counts;
    uint64_t n_lists;
} ListsObject;

static PyTypeObject *segment_type;

PyDoc_STRVAR(count_doc,
             "count(segments, changes, question, tally)\n--\n\n"
             "Add what a question takes to a tally; how many rows that is.\n\n"
             "segments: a list of Segment. changes: records of 40 bytes, or None. question: (first_day, last_day,\n"
             "categories, flags, hours: 256 bytes or None, cells: bytes or None, first_place, last_place, area: bytes or\n"
             "None, area_shift, first_area). tally: (bins, cells, days, categories, hours, flags), arrays of\n"
             "uint32 or None; bins: (counts in blocks of 256, shift, first_block, slots) or None.");

static PyObject *count(PyObject *module, PyObject *args) {
    PyObject *segments, *changed, *asked, *wanted, *answer = NULL;
    Taken taken = {.n = 0};
    Question question;
    Tally tally;
    void *changes;
    size_t n_changes;
    int status = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "O!OOO", &PyList_Type, &segments, &changed, &asked, &wanted)) return NULL;
    PyObject *held = PyList_AsTuple(segments); /* which nobody changes meanwhile */
    if (!held) return NULL;
    Py_ssize_t n = PyTuple_Size(held);
    Segment *listed = PyMem_Malloc((size_t)(n ? n : 1) * sizeof *listed);
    if (!listed) {
        Py_DECREF(held);
        return PyErr_NoMemory();
    }
    for (Py_ssize_t k = 0; k < n; k++) {
        PyObject *segment = PyTuple_GetItem(held, k);
        if (!PyObject_TypeCheck(segment, segment_type)) {
            PyErr_SetString(PyExc_TypeError, "segments must be Segments");
            goto done;
        }
        listed[k] = ((SegmentObject *)segment)->segment;
    }
    if (read_question(asked, &taken, &question) || read_tally(wanted, &taken, &question, &tally) ||
        take(&taken, changed, sizeof(Change), 0, 0, "changes", &changes, &n_changes))
        goto done;
    Py_BEGIN_ALLOW_THREADS
    Work *work = n ? work_for(&tally) : NULL;
    if (n && !work) status = -1;
    for (Py_ssize_t k = 0; k < n && !status; k++) count_segment(&listed[k], &question, &tally, work);
    if (work) work_done(work, &tally);
    if (!status) count_changes(changes, n_changes, &question, &tally);
    Py_END_ALLOW_THREADS
    answer = status ? PyErr_NoMemory() : PyLong_FromLongLong((long long)tally.total);
done:
    give_back(&taken);
    PyMem_Free(listed);
    Py_DECREF(held);
    return answer;
}

PyDoc_STRVAR(border_doc,
             "border(segment, question, start, rows)\n--\n\n"
             "Rows from `start` on that a question takes but for their area, which is undecided: (how many were written to\n"
             "rows, uint32 of at least 4096; where to go on, or None).");

static PyObject *border(PyObject *module, PyObject *args) {
    PyObject *segment, *asked, *into, *answer = NULL;
    unsigned long long from;
    Taken taken = {.n = 0};
    Question question;
    void *rows;
    size_t room;
    (void)module;
    if (!PyArg_ParseTuple(args, "O!OKO", segment_type, &segment, &asked, &from, &into)) return NULL;
    if (read_question(asked, &taken, &question) || take(&taken, into, 4, BLOCK, 1, "rows", &rows, &room)) goto done;
    if (!rows || !question.area) {
        PyErr_SetString(PyExc_ValueError, "rows and an area are needed");
        goto done;
    }
    uint64_t next, found;
    Py_BEGIN_ALLOW_THREADS
    found = select_border(&((SegmentObject *)segment)->segment, &question, from, rows, room, &next);
    Py_END_ALLOW_THREADS
    answer = next == UINT64_MAX ? Py_BuildValue("KO", found, Py_None) : Py_BuildValue("KK", found, next);
done:
    give_back(&taken);
    return answer;
}

PyDoc_STRVAR(border_changes_doc,
             "border_changes(changes, question, rows)\n--\n\n"
             "The same for changes; rows has room for all of them. How many there are.");

static PyObject *border_changes(PyObject *module, PyObject *args) {
    PyObject *changed, *asked, *into, *answer = NULL;
    Taken taken = {.n = 0};
    Question question;
    void *changes, *rows;
    size_t n, room;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOO", &changed, &asked, &into)) return NULL;
    if (read_question(asked, &taken, &question) || take(&taken, changed, sizeof(Change), 0, 0, "changes", &changes, &n) ||
        take(&taken, into, 4, n, 1, "rows", &rows, &room))
        goto done;
    answer = PyLong_FromUnsignedLongLong(rows ? select_border_changes(changes, n, &question, rows, room) : 0);
done:
    give_back(&taken);
    return answer;
}

static PyObject *checksum(PyObject *module, PyObject *buffer) {
    Py_buffer view;
    (void)module;
    if (PyObject_GetBuffer(buffer, &view, PyBUF_SIMPLE)) return NULL;
    uint64_t sum;
    Py_BEGIN_ALLOW_THREADS
    sum = columns_checksum(view.buf, (uint64_t)view.len);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&view);
    return PyLong_FromUnsignedLongLong(sum);
}

/* Take a buffer and see that it may be trusted; raises ValueError. */
static int open_block(PyObject *buffer, Py_buffer *opened, const char *(*check)(const void *, uint64_t)) {
    if (PyObject_GetBuffer(buffer, opened, PyBUF_SIMPLE)) {
        opened->obj = NULL;
        return -1;
    }
    const char *wrong = "it does not begin at a multiple of 8 bytes";
    if ((uintptr_t)opened->buf % 8 == 0) {
        Py_BEGIN_ALLOW_THREADS
        wrong = check(opened->buf, (uint64_t)opened->len);
        Py_END_ALLOW_THREADS
    }
    if (!wrong) return 0;
    PyErr_SetString(PyExc_ValueError, wrong);
    return -1;
}

PyDoc_STRVAR(open_doc, "open(buffer)\n--\n\nWhat lies in a buffer, which stays there. ValueError says what is wrong with it.");

static PyObject *open_segment(PyObject *type, PyObject *buffer) {
    SegmentObject *self = PyObject_New(SegmentObject, (PyTypeObject *)type);
    if (!self) return NULL;
    if (open_block(buffer, &self->opened, segment_check)) {
        Py_DECREF(self);
        return NULL;
    }
    self->segment = segment_of(self->opened.buf);
    return (PyObject *)self;
}

static void close_segment(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    if (((SegmentObject *)object)->opened.obj) PyBuffer_Release(&((SegmentObject *)object)->opened);
    PyObject_Free(object);
    Py_DECREF(type);
}

static PyObject *open_lists(PyObject *type, PyObject *buffer) {
    ListsObject *self = PyObject_New(ListsObject, (PyTypeObject *)type);
    if (!self) return NULL;
    if (open_block(buffer, &self->opened, lists_check)) {
        Py_DECREF(self);
        return NULL;
    }
    const ListsHeader *header = self->opened.buf;
    self->n_lists = header->n_lists;
    self->starts = (const uint64_t *)(header + 1);
    self->bins = (const uint32_t *)(self->starts + header->n_lists + 1);
    self->counts = (const uint16_t *)(self->bins + header->n_entries);
    return (PyObject *)self;
}

static void close_lists(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    if (((ListsObject *)object)->opened.obj) PyBuffer_Release(&((ListsObject *)object)->opened);
    PyObject_Free(object);
    Py_DECREF(type);
}

static Py_ssize_t n_lists(PyObject *self) { return (Py_ssize_t)((ListsObject *)self)->n_lists; }

static Py_ssize_t n_rows(PyObject *self) { return (Py_ssize_t)((SegmentObject *)self)->segment.rows; }

PyDoc_STRVAR(entries_doc, "entries(list)\n--\n\nHow many bins a list has.");

static PyObject *entries(PyObject *self, PyObject *number) {
    ListsObject *lists = (ListsObject *)self;
    unsigned long k = PyLong_AsUnsignedLong(number);
    if (k == (unsigned long)-1 && PyErr_Occurred()) return NULL;
    if (k >= lists->n_lists) return PyErr_Format(PyExc_IndexError, "there are %llu lists", lists->n_lists);
    return PyLong_FromUnsignedLongLong(lists->starts[k + 1] - lists->starts[k]);
}

PyDoc_STRVAR(sum_doc,
             "sum(list, shift, first, last, pairs)\n--\n\n"
             "Sum a list to bins of `shift` bits fewer, of those from first to last: (how many were written, the rows in them).");

static PyObject *sum(PyObject *self, PyObject *args) {
    ListsObject *lists = (ListsObject *)self;
    unsigned int k, shift, first, last;
    PyObject *into, *answer = NULL;
    Taken taken = {.n = 0};
    Pairs pairs;
    size_t room;
    if (!PyArg_ParseTuple(args, "IIIIO", &k, &shift, &first, &last, &into)) return NULL;
    if (k >= lists->n_lists || shift > 31) return PyErr_Format(PyExc_IndexError, "there are %llu lists", lists->n_lists);
    if (read_pairs(into, &taken, &pairs, &room)) goto done;
    uint64_t from = lists->starts[k], found, rows, n = lists->starts[k + 1] - from;
    Py_BEGIN_ALLOW_THREADS
    found = sum_list(lists->bins + from, lists->counts + from, n, shift, first, last, pairs, room, &rows);
    Py_END_ALLOW_THREADS
    answer = Py_BuildValue("KK", found, rows);
done:
    give_back(&taken);
    return answer;
}

PyDoc_STRVAR(add_doc, "add(list, shift, bins)\n--\n\nAdd a list, its bins shifted, to bins.");

static PyObject *add(PyObject *self, PyObject *args) {
    ListsObject *lists = (ListsObject *)self;
    unsigned int k, shift;
    PyObject *into, *answer = NULL;
    Taken taken = {.n = 0};
    Bins bins;
    if (!PyArg_ParseTuple(args, "IIO", &k, &shift, &into)) return NULL;
    if (k >= lists->n_lists || shift > 31) return PyErr_Format(PyExc_IndexError, "there are %llu lists", lists->n_lists);
    if (read_bins(into, &taken, &bins)) goto done;
    uint64_t from = lists->starts[k];
    Py_BEGIN_ALLOW_THREADS
    if (bins.counts) add_list(lists->bins + from, lists->counts + from, lists->starts[k + 1] - from, &bins, shift);
    Py_END_ALLOW_THREADS
    answer = Py_NewRef(Py_None);
done:
    give_back(&taken);
    return answer;
}

static PyMethodDef segment_methods[] = {{"open", open_segment, METH_O | METH_CLASS, open_doc}, {NULL, NULL, 0, NULL}};
static PyType_Slot segment_slots[] = {
    {Py_tp_doc, "The reports of a month as columns."},
    {Py_tp_dealloc, close_segment},
    {Py_tp_methods, segment_methods},
    {Py_sq_length, n_rows},
    {0, NULL},
};
static PyMethodDef lists_methods[] = {
    {"open", open_lists, METH_O | METH_CLASS, open_doc},
    {"entries", entries, METH_O, entries_doc},
    {"sum", sum, METH_VARARGS, sum_doc},
    {"add", add, METH_VARARGS, add_doc},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot lists_slots[] = {
    {Py_tp_doc, "How many reports each bin holds, by category."},
    {Py_tp_dealloc, close_lists},
    {Py_tp_methods, lists_methods},
    {Py_sq_length, n_lists},
    {0, NULL},
};
static PyType_Spec segment_spec = {
    "patterns.columns._columns.Segment", sizeof(SegmentObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE, segment_slots,
};
static PyType_Spec lists_spec = {
    "patterns.columns._columns.Lists", sizeof(ListsObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE, lists_slots,
};

static int fill(PyObject *module) {
    if (!segment_type && !(segment_type = (PyTypeObject *)PyType_FromSpec(&segment_spec))) return -1;
    PyObject *lists_type = PyType_FromSpec(&lists_spec);
    if (!lists_type) return -1;
    int status = PyModule_AddObjectRef(module, "Segment", (PyObject *)segment_type) ||
                 PyModule_AddObjectRef(module, "Lists", lists_type);
    Py_DECREF(lists_type);
    return status ? -1 : PyModule_AddIntConstant(module, "VERSION", COLUMNS_VERSION);
}

PyDoc_STRVAR(gather_doc,
             "gather(bins, blocks, pairs)\n--\n\n"
             "Bins that hold something, in order; how many were written, as far as there is room. blocks: uint32, the\n"
             "number of each block but the last. pairs: (x0, y0, x, y, counts), arrays of uint32.");

static PyObject *gather(PyObject *module, PyObject *args) {
    PyObject *binned, *numbers, *into, *answer = NULL;
    Taken taken = {.n = 0};
    Bins bins;
    Pairs pairs;
    void *blocks;
    size_t room;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOO", &binned, &numbers, &into)) return NULL;
    if (read_bins(binned, &taken, &bins) || read_pairs(into, &taken, &pairs, &room) ||
        take(&taken, numbers, 4, bins.n_blocks ? bins.n_blocks - 1 : 0, 0, "blocks", &blocks, NULL))
        goto done;
    uint64_t found = 0;
    Py_BEGIN_ALLOW_THREADS
    if (bins.counts && blocks) found = gather_bins(&bins, blocks, pairs, room);
    Py_END_ALLOW_THREADS
    answer = PyLong_FromUnsignedLongLong(found);
done:
    give_back(&taken);
    return answer;
}

static PyMethodDef functions[] = {
    {"gather", gather, METH_VARARGS, gather_doc},
    {"count", count, METH_VARARGS, count_doc},
    {"border", border, METH_VARARGS, border_doc},
    {"border_changes", border_changes, METH_VARARGS, border_changes_doc},
    {"checksum", checksum, METH_O, "checksum(buffer)\n--\n\nXXH64 of its bytes, seed 0."},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, (void *)fill}, {0, NULL}};
static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT, .m_name = "patterns.columns._columns", .m_methods = functions, .m_slots = module_slots,
};

PyMODINIT_FUNC PyInit__columns(void) { return PyModuleDef_Init(&definition); }
