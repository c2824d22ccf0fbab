"""Writes and reads the native model file: one .safetensors with the configuration as JSON text (docs/format.md)."""

import errno
import json
import math
import os
import stat
import struct
import tempfile

import numpy as np

VERSION = "1"

# Bfloat16 is read by hand: numpy has no such type.
DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}


def write_model(path, config, tensors, bf16=()):
    """Writes a model: `config` as docs/format.md has it, `tensors` a dict of float arrays (stored as F32, or BF16 where named in `bf16`).

    Raises ValueError where a weight is not finite. The file appears whole or not at all.
    """
    weights = {}
    for name, values in tensors.items():
        with np.errstate(over="ignore"):  # what overflows is refused below
            weights[name] = np.asarray(values, dtype=np.float32)
        if not np.isfinite(weights[name]).all():
            raise ValueError(f"tensor {name}: not every value is finite as float32")
    metadata = {"atrous.version": VERSION, "atrous.config": json.dumps(config, allow_nan=False)}
    write_tensors(path, weights, metadata, bf16)


def write_tensors(path, tensors, metadata=None, bf16=()):
    """Writes a .safetensors file; `metadata` is a dict of strings, `bf16` names the tensors of floats that are rounded to that."""
    header = {"__metadata__": metadata} if metadata else {}
    arrays = []
    offset = 0
    for name in sorted(tensors):
        array = np.asarray(tensors[name])
        dtype = "BF16" if name in bf16 else _dtype_name(name, array)
        if dtype == "BF16":
            array = _upper_half(array)
        data = array.astype(DTYPES[dtype]).tobytes(order="C")
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [offset, offset + len(data)]}
        arrays.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)  # the data starts at a multiple of 8 bytes
    write_whole(path, [struct.pack("<Q", len(text)), text, *arrays])


def read_tensors(path):
    """Returns the tensors of a .safetensors file as a dict of arrays. Raises ValueError where the file is broken."""
    return _read(path)[0]


def read_metadata(path):
    """Returns the header's `__metadata__` of a .safetensors file, a dict of strings."""
    return _read(path)[1]


def read_model(path):
    """Returns (config, tensors) of a native model file."""
    tensors, metadata = _read(path)
    if metadata.get("atrous.version") != VERSION or "atrous.config" not in metadata:
        raise ValueError(f"{path}: not a native model file of version {VERSION}")
    return json.loads(metadata["atrous.config"]), tensors


def _upper_half(array):
    """What bf16 keeps of finite floats: rounded to nearest, ties to even."""
    bits = array.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


def _dtype_name(name, array):
    for dtype, code in DTYPES.items():
        if dtype != "BF16" and array.dtype == np.dtype(code):
            return dtype
    raise ValueError(f"tensor {name}: no .safetensors type for {array.dtype}")


def _read(path):
    with open(path, "rb") as file:
        content = file.read()
    if len(content) < 8:
        raise ValueError(f"{path}: too short for a .safetensors file")
    size = struct.unpack("<Q", content[:8])[0]
    if size > len(content) - 8:
        raise ValueError(f"{path}: header of {size} bytes in a file of {len(content)}")
    try:
        header = json.loads(content[8:8 + size])
        metadata = header.pop("__metadata__", {})
        data = content[8 + size:]
        tensors = {name: _array(entry, data) for name, entry in header.items()}
    except (UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: broken .safetensors header ({error})") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return tensors, metadata


def _array(entry, data):
    begin, end = entry["data_offsets"]
    dtype = np.dtype(DTYPES[entry["dtype"]])
    shape = entry["shape"]
    if not 0 <= begin <= end <= len(data) or math.prod(shape) * dtype.itemsize != end - begin:
        raise ValueError(f"data offsets {begin}..{end} do not fit shape {shape} in {len(data)} bytes of data")
    array = np.frombuffer(data[begin:end], dtype=dtype).reshape(shape)
    if entry["dtype"] == "BF16":  # the upper half of a float32
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array.copy()


def write_whole(path, chunks):
    """Writes beside the target, under a name that fits and that nobody can foresee, and renames, so that a file is never seen half-written.

    Through a link, what it points to is replaced; the mode stays that of the file before.
    """
    target = os.path.realpath(path)
    descriptor, temporary = tempfile.mkstemp(prefix=".atrous-", dir=os.path.dirname(target))
    try:
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
        os.chmod(temporary, _mode(target))  # mkstemp's is private
        os.replace(temporary, target)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def _mode(path):
    if os.path.exists(path):
        mode = stat.S_IMODE(os.stat(path).st_mode)
        if not mode & 0o222:
            raise PermissionError(errno.EACCES, "is read-only")
        return mode
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
