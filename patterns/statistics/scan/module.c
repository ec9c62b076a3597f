/* The Python face of the scan. Only the stable interface of Python is used, so one wheel serves all versions. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "scan.h"

/* A contiguous one-dimensional buffer of items of one size. */
static int get_array(PyObject *object, Py_buffer *view, const char *formats, Py_ssize_t itemsize, const char *name) {
    int writable = *formats == 'w' ? PyBUF_WRITABLE : 0;
    if (PyObject_GetBuffer(object, view, PyBUF_ND | PyBUF_FORMAT | writable)) return -1;
    const char *format = view->format ? view->format : "B";
    int known = 0;
    for (const char *f = formats + (writable != 0); *f; f++) known |= *f == format[0] && !format[1];
    if (known && view->itemsize == itemsize && view->ndim == 1) return 0;
    PyBuffer_Release(view);
    view->obj = NULL;
    PyErr_Format(PyExc_TypeError, "%s must be a contiguous array of %zd-byte items (%s)", name, itemsize, formats);
    return -1;
}

enum { ORDER, LENGTH, CELL, AGE, STRATUM, INPUTS };

typedef struct {
    Py_buffer views[INPUTS];
    City city;
} Given;

static void release(Given *given) {
    for (int i = 0; i < INPUTS; i++)
        if (given->views[i].obj) PyBuffer_Release(&given->views[i]);
}

/* Every index that the search follows is checked here. */
static const char *wrong_with(const City *city, const Given *given) {
    if (city->n_cells < 1 || given->views[ORDER].shape[0] % city->n_cells) return "order is not a row for each cell";
    if (city->windows < 1 || city->windows > MOST_WINDOWS || city->least < 1) return "windows or least out of range";
    if (given->views[AGE].shape[0] != city->n_events || city->n_events < 1) return "not an age for each event";
    if (city->n_events > 1 << 23) return "more events than single precision counts";
    if (city->n_strata < 1 || city->stratum[0] != 0 || city->stratum[city->n_strata] != city->n_events)
        return "strata do not cover the events";
    for (int64_t s = 0; s < city->n_strata; s++)
        if (city->stratum[s] >= city->stratum[s + 1]) return "a stratum is empty";
    for (int64_t i = 0; i < city->n_cells * city->width; i++)
        if (city->order[i] < 0 || city->order[i] >= city->n_cells) return "order names no cell";
    for (int64_t i = 0; i < city->n_cells; i++)
        if (city->length[i] < 0 || city->length[i] > city->width) return "a length is beyond its row";
    for (int64_t e = 0; e < city->n_events; e++)
        if (city->cell[e] < 0 || city->cell[e] >= city->n_cells || city->age[e] < 0) return "an event is nowhere";
    return NULL;
}

static int get_city(PyObject **objects, int windows, int least, Given *given) {
    static const char *names[] = {"order", "length", "cell", "age", "stratum"};
    for (int i = 0; i < INPUTS; i++)
        if (get_array(objects[i], &given->views[i], i == STRATUM ? "lq" : "il", i == STRATUM ? 8 : 4, names[i])) return -1;
    City *city = &given->city;
    Py_buffer *v = given->views;
    *city = (City){v[LENGTH].shape[0], 0, v[ORDER].buf, v[LENGTH].buf, v[CELL].shape[0], v[CELL].buf, v[AGE].buf,
                   v[STRATUM].shape[0] - 1, v[STRATUM].buf, windows, least};
    city->width = city->n_cells > 0 ? v[ORDER].shape[0] / city->n_cells : 0;
    const char *wrong = wrong_with(city, given);
    if (wrong) PyErr_SetString(PyExc_ValueError, wrong);
    return wrong ? -1 : 0;
}

PyDoc_STRVAR(peaks_doc,
             "peaks(order, length, cell, age, stratum, windows, least, score, zone, window)\n--\n\n"
             "The best cylinder around each cell: its score, number of cells and days are written into the last three.");

static PyObject *peaks(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *objects[INPUTS], *outs[3], *result = NULL;
    int windows, least;
    Given given = {0};
    Py_buffer out[3] = {{0}};
    Peak *found = NULL;
    if (!PyArg_ParseTuple(args, "OOOOOiiOOO", objects, objects + 1, objects + 2, objects + 3, objects + 4, &windows,
                          &least, outs, outs + 1, outs + 2))
        return NULL;
    if (get_city(objects, windows, least, &given) || get_array(outs[0], out, "wd", 8, "score") ||
        get_array(outs[1], out + 1, "wil", 4, "zone") || get_array(outs[2], out + 2, "wil", 4, "window"))
        goto done;
    int64_t n = given.city.n_cells;
    if (out[0].shape[0] != n || out[1].shape[0] != n || out[2].shape[0] != n) {
        PyErr_SetString(PyExc_ValueError, "not a place for each cell");
        goto done;
    }
    Bench *bench = bench_new(&given.city);
    found = PyMem_Malloc((size_t)n * sizeof(Peak));
    if (bench && found) {
        Py_BEGIN_ALLOW_THREADS
        scan_peaks(bench, found);
        Py_END_ALLOW_THREADS
        for (int64_t i = 0; i < n; i++) {
            ((double *)out[0].buf)[i] = found[i].score;
            ((int32_t *)out[1].buf)[i] = found[i].length;
            ((int32_t *)out[2].buf)[i] = found[i].window;
        }
        result = Py_NewRef(Py_None);
    } else PyErr_NoMemory();
    bench_free(bench);
done:
    PyMem_Free(found);
    for (int i = 0; i < 3; i++)
        if (out[i].obj) PyBuffer_Release(out + i);
    release(&given);
    return result;
}

PyDoc_STRVAR(replicates_doc,
             "replicates(order, length, cell, age, stratum, windows, least, seed, first, floor, enough, score)\n--\n\n"
             "The highest scores of as many random arrangements as `score` has places, numbered from `first`.");

static PyObject *replicates(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *objects[INPUTS], *scores, *result = NULL;
    int windows, least;
    unsigned long long seed, first;
    double floor, enough;
    Given given = {0};
    Py_buffer out = {0};
    if (!PyArg_ParseTuple(args, "OOOOOiiKKddO", objects, objects + 1, objects + 2, objects + 3, objects + 4, &windows,
                          &least, &seed, &first, &floor, &enough, &scores))
        return NULL;
    if (get_city(objects, windows, least, &given) || get_array(scores, &out, "wd", 8, "score")) goto done;
    if (!(floor >= 0)) {
        PyErr_SetString(PyExc_ValueError, "floor is not a score");
        goto done;
    }
    Bench *bench = bench_new(&given.city);
    if (bench) {
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t i = 0; i < out.shape[0]; i++)
            ((double *)out.buf)[i] = scan_replicate(bench, seed, first + (uint64_t)i, floor, enough);
        Py_END_ALLOW_THREADS
        result = Py_NewRef(Py_None);
    } else PyErr_NoMemory();
    bench_free(bench);
done:
    if (out.obj) PyBuffer_Release(&out);
    release(&given);
    return result;
}

static PyMethodDef methods[] = {
    {"peaks", peaks, METH_VARARGS, peaks_doc},
    {"replicates", replicates, METH_VARARGS, replicates_doc},
    {NULL, NULL, 0, NULL},
};

static int exec_module(PyObject *module) { return PyModule_AddIntConstant(module, "MOST_WINDOWS", MOST_WINDOWS); }

static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec_module}, {0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_scan", "The space-time scan.", 0, methods, slots,
                                        NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__scan(void) { return PyModuleDef_Init(&definition); }
