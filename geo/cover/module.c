/* The Python face of the cover. Only the stable interface of Python is used, so one wheel serves all versions. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdlib.h>

#include "cover.h"
#include "wkb.h"

#define MOST_ANSWERS 16384 /* beyond, to fetch a kept answer from memory takes longer than to make it anew */

typedef struct {
    PyObject_HEAD
    void *block;      /* our own, or NULL */
    Py_buffer opened; /* somebody else's */
    Cover cover;
    PyObject **answers; /* by code, what locate has answered before; NULL where it has not */
    uint32_t n_answers; /* 0 for many polygons */
} CoverObject;

/* A one-dimensional buffer of items of one size; format is the character of the struct module, or 0 for any. */
static int get_array(PyObject *object, Py_buffer *view, const char *formats, Py_ssize_t itemsize, int writable,
                     const char *name) {
    int flags = PyBUF_STRIDED_RO | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(object, view, flags)) return -1;
    const char *format = view->format ? view->format : "B";
    int known = 0;
    for (const char *f = formats; *f; f++) known |= *f == format[0] && !format[1];
    if (known && view->itemsize == itemsize && view->ndim == 1) return 0;
    PyBuffer_Release(view);
    PyErr_Format(PyExc_TypeError, "%s must be a one-dimensional array of %zd-byte items (%s)", name, itemsize, formats);
    return -1;
}

static int is_contiguous(const Py_buffer *view) { return view->shape[0] < 2 || view->strides[0] == view->itemsize; }

static PyObject *raise_build(int status) {
    switch (status) {
        case NO_MEMORY: return PyErr_NoMemory();
        case TOO_LARGE: PyErr_SetString(PyExc_OverflowError, "too many edges for one cover"); break;
        case BAD_COORDINATE: PyErr_SetString(PyExc_ValueError, "a coordinate is not finite, or beyond 1e100"); break;
        default: PyErr_SetString(PyExc_ValueError, "a ring is not closed");
    }
    return NULL;
}

static void set_cover(CoverObject *self, const void *block) {
    self->cover = cover_of(block);
    uint64_t n = self->cover.header->n_polygons + 1;
    self->answers = n <= MOST_ANSWERS ? calloc(n, sizeof(PyObject *)) : NULL;
    self->n_answers = self->answers ? (uint32_t)n : 0;
}

static PyObject *new_cover(PyTypeObject *type, void *block) {
    CoverObject *self = PyObject_New(CoverObject, type);
    if (!self) return NULL;
    self->block = block;
    self->opened.obj = NULL;
    set_cover(self, block);
    return (PyObject *)self;
}

PyDoc_STRVAR(build_doc,
             "build(xy, ring_start, ring_code, ring_is_hole, n_polygons)\n--\n\n"
             "A cover of polygons: float64 (2 m,), int64 (r + 1,), uint32 (r,) 1-based, uint8 (r,), int.");

static PyObject *build(PyObject *type, PyObject *args) {
    PyObject *objects[4];
    unsigned long n_polygons;
    Py_buffer xy = {0}, start = {0}, code = {0}, hole = {0};
    PyObject *made = NULL;
    if (!PyArg_ParseTuple(args, "OOOOk", objects, objects + 1, objects + 2, objects + 3, &n_polygons)) return NULL;
    if (n_polygons > MAX_POLYGONS) return PyErr_Format(PyExc_OverflowError, "at most %u polygons", MAX_POLYGONS);
    if (get_array(objects[0], &xy, "d", 8, 0, "xy") || get_array(objects[1], &start, "lq", 8, 0, "ring_start") ||
        get_array(objects[2], &code, "IL", 4, 0, "ring_code") || get_array(objects[3], &hole, "B?", 1, 0, "ring_is_hole"))
        goto done;
    Py_ssize_t rings = code.shape[0];
    const int64_t *starts = start.buf;
    int sound = is_contiguous(&xy) && is_contiguous(&start) && is_contiguous(&code) && is_contiguous(&hole) &&
                start.shape[0] == rings + 1 && hole.shape[0] == rings && starts[0] == 0 &&
                starts[rings] * 2 == xy.shape[0];
    for (Py_ssize_t r = 0; sound && r < rings; r++) {
        uint32_t c = ((const uint32_t *)code.buf)[r];
        sound = starts[r] <= starts[r + 1] && starts[r + 1] <= starts[rings] && c >= 1 && c <= n_polygons;
    }
    if (!sound) {
        PyErr_SetString(PyExc_ValueError, "rings, codes and coordinates do not fit together");
        goto done;
    }
    int status;
    void *block;
    Py_BEGIN_ALLOW_THREADS
    block = cover_build(xy.buf, starts, code.buf, hole.buf, rings, (uint32_t)n_polygons, &status);
    Py_END_ALLOW_THREADS
    made = block ? new_cover((PyTypeObject *)type, block) : raise_build(status);
done:
    if (xy.obj) PyBuffer_Release(&xy);
    if (start.obj) PyBuffer_Release(&start);
    if (code.obj) PyBuffer_Release(&code);
    if (hole.obj) PyBuffer_Release(&hole);
    return made;
}

PyDoc_STRVAR(open_doc,
             "open(buffer)\n--\n\n"
             "The cover that lies in a buffer, which stays where it is. ValueError says what is wrong with it.");

static PyObject *open_cover(PyObject *type, PyObject *buffer) {
    CoverObject *self = PyObject_New(CoverObject, (PyTypeObject *)type);
    if (!self) return NULL;
    self->block = NULL;
    self->answers = NULL;
    self->n_answers = 0;
    if (PyObject_GetBuffer(buffer, &self->opened, PyBUF_SIMPLE)) {
        self->opened.obj = NULL;
        Py_DECREF(self);
        return NULL;
    }
    const char *wrong = "it does not begin at a multiple of 8 bytes";
    if ((uintptr_t)self->opened.buf % 8 == 0) {
        Py_BEGIN_ALLOW_THREADS
        wrong = cover_check(self->opened.buf, (uint64_t)self->opened.len);
        Py_END_ALLOW_THREADS
    }
    if (wrong) {
        Py_DECREF(self);
        PyErr_SetString(PyExc_ValueError, wrong);
        return NULL;
    }
    set_cover(self, self->opened.buf);
    return (PyObject *)self;
}

PyDoc_STRVAR(locate_doc,
             "locate(x, y)\n--\n\n"
             "(position, on_edge) of the first polygon that covers a point; (-1, False) outside.");

static PyObject *locate(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    if (n != 2) return PyErr_Format(PyExc_TypeError, "locate takes 2 numbers, not %zd", n);
    double x = PyFloat_AsDouble(args[0]), y = PyFloat_AsDouble(args[1]);
    if ((x == -1.0 || y == -1.0) && PyErr_Occurred()) return NULL;
    uint8_t on_edge;
    CoverObject *cover = (CoverObject *)self;
    uint32_t code = locate_one(&cover->cover, x, y, &on_edge);
    PyObject **known = !on_edge && code < cover->n_answers ? cover->answers + code : NULL;
    if (known && *known) return Py_NewRef(*known);
    PyObject *answer = PyTuple_New(2), *position = answer ? PyLong_FromLong((long)code - 1) : NULL;
    if (!position) {
        Py_XDECREF(answer);
        return NULL;
    }
    PyTuple_SetItem(answer, 0, position);
    PyTuple_SetItem(answer, 1, PyBool_FromLong(on_edge));
    if (known && !*known) *known = Py_NewRef(answer);
    return answer;
}

PyDoc_STRVAR(locate_into_doc,
             "locate_into(x, y, position, on_edge, start, stop)\n--\n\n"
             "Answer the points start .. stop: float64, float64, int32, uint8, all (n,). Other threads go on meanwhile.");

static PyObject *locate_into(PyObject *self, PyObject *args) {
    PyObject *objects[4];
    Py_ssize_t first, stop;
    Py_buffer x = {0}, y = {0}, position = {0}, on_edge = {0};
    PyObject *answer = NULL;
    if (!PyArg_ParseTuple(args, "OOOOnn", objects, objects + 1, objects + 2, objects + 3, &first, &stop)) return NULL;
    if (get_array(objects[0], &x, "d", 8, 0, "x") || get_array(objects[1], &y, "d", 8, 0, "y") ||
        get_array(objects[2], &position, "il", 4, 1, "position") || get_array(objects[3], &on_edge, "B?", 1, 1, "on_edge"))
        goto done;
    Py_ssize_t n = x.shape[0];
    if (y.shape[0] != n || position.shape[0] != n || on_edge.shape[0] != n || !is_contiguous(&position) ||
        !is_contiguous(&on_edge) || first < 0 || first > stop || stop > n) {
        PyErr_SetString(PyExc_ValueError, "arrays and range do not fit together");
        goto done;
    }
    const Cover *cover = &((CoverObject *)self)->cover;
    Py_ssize_t sx = x.strides[0], sy = y.strides[0];
    Py_BEGIN_ALLOW_THREADS
    locate_block(cover, (const char *)x.buf + first * sx, sx, (const char *)y.buf + first * sy, sy, stop - first,
                 (int32_t *)position.buf + first, (uint8_t *)on_edge.buf + first);
    Py_END_ALLOW_THREADS
    answer = Py_None;
    Py_INCREF(answer);
done:
    if (x.obj) PyBuffer_Release(&x);
    if (y.obj) PyBuffer_Release(&y);
    if (position.obj) PyBuffer_Release(&position);
    if (on_edge.obj) PyBuffer_Release(&on_edge);
    return answer;
}

static int get_block(PyObject *object, Py_buffer *view, int flags) {
    CoverObject *self = (CoverObject *)object;
    return PyBuffer_FillInfo(view, object, (void *)self->cover.header, (Py_ssize_t)self->cover.header->size, 1, flags);
}

static Py_ssize_t length(PyObject *self) { return (Py_ssize_t)((CoverObject *)self)->cover.header->n_polygons; }

static void dealloc(PyObject *object) {
    CoverObject *self = (CoverObject *)object;
    PyTypeObject *type = Py_TYPE(object);
    for (uint32_t code = 0; code < self->n_answers; code++) Py_XDECREF(self->answers[code]);
    free(self->answers);
    free(self->block);
    if (!self->block && self->opened.obj) PyBuffer_Release(&self->opened);
    PyObject_Free(object);
    Py_DECREF(type);
}

PyDoc_STRVAR(wkb_doc,
             "points_of_wkb(data, offsets, valid, first, x, y)\n--\n\n"
             "Coordinates of an Arrow array of WKB points from its buffers; -1, or the index of what is no point.");

static PyObject *points_of_wkb(PyObject *module, PyObject *args) {
    PyObject *objects[5];
    Py_ssize_t first;
    Py_buffer data = {0}, offsets = {0}, valid = {0}, x = {0}, y = {0};
    PyObject *answer = NULL;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOnOO", objects, objects + 1, objects + 2, &first, objects + 3, objects + 4)) return NULL;
    if (PyObject_GetBuffer(objects[0], &data, PyBUF_SIMPLE) || get_array(objects[1], &offsets, "ilq", 4, 0, "offsets")) {
        if (!data.obj) goto done;
        PyErr_Clear();
        if (get_array(objects[1], &offsets, "lq", 8, 0, "offsets")) goto done;
    }
    if ((objects[2] != Py_None && PyObject_GetBuffer(objects[2], &valid, PyBUF_SIMPLE)) ||
        get_array(objects[3], &x, "d", 8, 1, "x") || get_array(objects[4], &y, "d", 8, 1, "y"))
        goto done;
    Py_ssize_t n = x.shape[0];
    if (first < 0 || y.shape[0] != n || offsets.shape[0] < first + n + 1 || !is_contiguous(&offsets) || !is_contiguous(&x) ||
        !is_contiguous(&y) || (valid.obj && valid.len * 8 < first + n)) {
        PyErr_SetString(PyExc_ValueError, "the buffers do not fit together");
        goto done;
    }
    int64_t bad;
    Py_BEGIN_ALLOW_THREADS
    bad = wkb_points(data.buf, data.len, offsets.buf, offsets.itemsize == 8, valid.obj ? valid.buf : NULL, first, n, x.buf,
                     y.buf);
    Py_END_ALLOW_THREADS
    answer = PyLong_FromLongLong(bad);
done:
    if (data.obj) PyBuffer_Release(&data);
    if (offsets.obj) PyBuffer_Release(&offsets);
    if (valid.obj) PyBuffer_Release(&valid);
    if (x.obj) PyBuffer_Release(&x);
    if (y.obj) PyBuffer_Release(&y);
    return answer;
}

static PyMethodDef cover_methods[] = {
    {"build", build, METH_VARARGS | METH_CLASS, build_doc},
    {"open", open_cover, METH_O | METH_CLASS, open_doc},
    {"locate", (PyCFunction)(void (*)(void))locate, METH_FASTCALL, locate_doc},
    {"locate_into", locate_into, METH_VARARGS, locate_into_doc},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot cover_slots[] = {
    {Py_tp_doc, "Polygons, compiled so that a point finds the first that covers it. Its buffer is what is saved."},
    {Py_tp_dealloc, dealloc},
    {Py_tp_methods, cover_methods},
    {Py_sq_length, length},
    {Py_bf_getbuffer, get_block},
    {0, NULL},
};

static PyType_Spec cover_spec = {
    "geo.cover._cover.Cover", sizeof(CoverObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE, cover_slots,
};

static int fill(PyObject *module) {
    PyObject *type = PyType_FromSpec(&cover_spec);
    if (!type) return -1;
    int status = PyModule_AddObjectRef(module, "Cover", type);
    Py_DECREF(type);
    return status || PyModule_AddIntConstant(module, "VERSION", VERSION);
}

static PyMethodDef functions[] = {{"points_of_wkb", points_of_wkb, METH_VARARGS, wkb_doc}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, (void *)fill}, {0, NULL}};
static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT, .m_name = "geo.cover._cover", .m_methods = functions, .m_slots = module_slots,
};

PyMODINIT_FUNC PyInit__cover(void) { return PyModuleDef_Init(&definition); }
