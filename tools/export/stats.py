"""Reads the mean and scale of features: from NumPy's files, or from a scaler of scikit-learn as training pickled it."""

import io
import math

import numpy as np

from pickled_numpy import CONSTRUCTORS, Array, values_of
from pickles import Malformed, Reader, Record
from refusal import Refusal

EXPECTED = ("expected .npz with 'mean' and 'scale', .npy of shape (2, bins), or a scikit-learn scaler saved by joblib "
            "without compression")


def read(path):
    """(mean, scale), each [bins]."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror or error}") from None
    try:
        pair = _of_scaler(content) if content[:1] == b"\x80" else _of_arrays(content)
        mean, scale = (np.asarray(values, dtype=np.float64) for values in pair)
    except (ValueError, EOFError, OSError, TypeError, Malformed) as error:
        raise Refusal(f"{path}: {error}; {EXPECTED}") from None
    if not (np.isfinite(mean).all() and np.isfinite(scale).all() and (scale > 0).all()):
        raise Refusal(f"{path}: every mean must be finite and every scale above zero")
    return mean, scale


def _of_arrays(content):
    if content[:6] != b"\x93NUMPY" and content[:2] != b"PK":
        raise ValueError("not a .npy or .npz file")
    loaded = np.load(io.BytesIO(content), allow_pickle=False)
    if isinstance(loaded, np.ndarray):
        if loaded.ndim != 2 or len(loaded) != 2:
            raise ValueError(f"an array of shape {loaded.shape}")
        return loaded
    if not {"mean", "scale"} <= set(loaded.files):
        raise ValueError(f"the arrays {', '.join(loaded.files) or 'none'}")
    return loaded["mean"], loaded["scale"]


def _of_scaler(content):
    """A StandardScaler's mean_ and scale_; nothing of scikit-learn or joblib is needed for it, or runs."""
    scaler = Reader(CONSTRUCTORS, _no_persistent, {("joblib.numpy_pickle", "NumpyArrayWrapper"): _inline_array}).read(
        io.BytesIO(content))
    found = [scaler.state.get(name) for name in ("mean_", "scale_")] if isinstance(scaler, Record) else []
    if not found or not all(isinstance(array, Array) for array in found):
        raise Malformed("a pickle of no scaler with mean_ and scale_")
    return [array.values for array in found]


def _no_persistent(_):
    raise Malformed("a broken pickle: a persistent id")


def _inline_array(record, stream):
    """joblib writes an array's bytes into the middle of the pickle, behind what describes it."""
    state = record.state
    shape, dtype = state.get("shape"), state.get("dtype")
    if state.get("numpy_array_alignment_bytes") is not None:
        stream.read(stream.read(1)[0])  # padding, after its length
    size = values_of(dtype, (0,), b"", "C").dtype.itemsize
    if not isinstance(shape, tuple) or not all(type(length) is int and length >= 0 for length in shape):
        raise Malformed("a numpy array without a shape")
    array = Array(())
    array.values = values_of(dtype, shape, stream.read(size * math.prod(shape)), state.get("order", "C"))
    return array
