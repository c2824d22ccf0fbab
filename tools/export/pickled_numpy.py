"""NumPy's scalars and arrays in pickles: training writes them into schedules, counters and hyper-parameters."""

import math

import numpy as np

from pickles import Global, Malformed

KINDS = "biufcSU"  # of dtypes; records and objects are not read


class Dtype:
    """A numpy.dtype in the making: its name at first, then, from its state, its byte order."""

    def __init__(self, arguments):
        if not arguments or not isinstance(arguments[0], str):
            raise Malformed("a numpy.dtype without a name")
        self._name, self._order = arguments[0].lstrip("<>=|"), "<"

    def build(self, state):
        if isinstance(state, tuple) and len(state) > 1 and state[1] == ">":
            self._order = ">"

    def dtype(self):
        name = {"b1": "?", "bool": "?"}.get(self._name, self._name)
        dtype = np.dtype(name)
        if dtype.kind not in KINDS:
            raise Malformed(f"a numpy array of {name}")
        return dtype.newbyteorder(self._order)


class Array:
    """A numpy.ndarray in the making; empty until its state comes."""

    def __init__(self, _):
        self.values = np.zeros(0)

    def build(self, state):
        if not isinstance(state, tuple) or len(state) != 5:
            raise Malformed("a numpy array of an unknown form")
        _, shape, dtype, fortran, data = state
        self.values = values_of(dtype, shape, data, "F" if fortran else "C")


def values_of(dtype, shape, data, order):
    """The array of a Dtype and a shape whose bytes `data` holds, in order 'C' or 'F'."""
    if isinstance(data, str):  # written by Python 2
        data = data.encode("latin-1")
    if not isinstance(dtype, Dtype) or not isinstance(data, (bytes, bytearray)):
        raise Malformed("a numpy array of Python objects")
    dtype = dtype.dtype()
    if not isinstance(shape, tuple) or not all(type(size) is int and size >= 0 for size in shape) or len(shape) > 32:
        raise Malformed("a numpy array without a shape")
    if math.prod(shape) * dtype.itemsize != len(data) or not dtype.itemsize:
        raise Malformed("a numpy array whose data does not fit its shape")
    if order not in ("C", "F"):
        raise Malformed("a numpy array of an unknown order")
    return np.frombuffer(data, dtype=dtype, count=math.prod(shape)).reshape(shape, order=order)


def _scalar(arguments):
    dtype, data = arguments
    return values_of(dtype, (), data, "C").item()


def _from_buffer(arguments):
    """How protocol 5 writes arrays without their buffers apart."""
    data, dtype, shape, order = arguments
    array = Array(())
    array.values = values_of(dtype, shape, data, order)
    return array


def _reconstruct(arguments):
    if not arguments or not isinstance(arguments[0], Global) or arguments[0].name not in ("ndarray", "memmap"):
        raise Malformed("a numpy array of an unknown class")
    return Array(arguments)


CONSTRUCTORS = {("numpy", "dtype"): Dtype}
for core in ("numpy.core", "numpy._core"):  # before NumPy 2, and since
    CONSTRUCTORS[(f"{core}.multiarray", "scalar")] = _scalar
    CONSTRUCTORS[(f"{core}.multiarray", "_reconstruct")] = _reconstruct
    CONSTRUCTORS[(f"{core}.numeric", "_frombuffer")] = _from_buffer
