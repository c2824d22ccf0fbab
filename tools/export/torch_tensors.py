"""Tensors and storages as torch.save pickles them: shapes and strides over storages that are read when asked for."""

import math

import numpy as np

import pickled_numpy
from pickles import Global, Malformed, Record

# Names of types of elements, of storages and of dtypes; a storage without a type counts bytes.
ELEMENTS = {"Double": "f8", "Float": "f4", "Half": "f2", "BFloat16": "bf16", "Long": "i8", "Int": "i4", "Short": "i2",
            "Char": "i1", "Byte": "u1", "Bool": "?", "ComplexDouble": "c16", "ComplexFloat": "c8"}
STORAGES = {f"{name}Storage": element for name, element in ELEMENTS.items()}
STORAGES.update({"UntypedStorage": "u1", "_UntypedStorage": "u1"})
DTYPES = {"float64": "f8", "double": "f8", "float32": "f4", "float": "f4", "float16": "f2", "half": "f2",
          "bfloat16": "bf16", "int64": "i8", "long": "i8", "int32": "i4", "int": "i4", "int16": "i2", "short": "i2",
          "int8": "i1", "uint8": "u1", "bool": "?", "complex128": "c16", "complex64": "c8"}


def item_size(element):
    return 2 if element == "bf16" else np.dtype(element).itemsize


class Storage:
    """`count` elements in the file. `read` gives its bytes, `order` is '<' or '>'."""

    def __init__(self, element, key, count, order, read):
        if type(count) is not int or not 0 <= count < 2**48:
            raise Malformed(f"a storage of {count!r} elements")
        self.element, self.key, self.count = element, key, count
        self._order, self._read = order, read
        self._values = {}

    def size(self):
        """In bytes."""
        return self.count * item_size(self.element)

    def values(self, element):
        """All elements, read as `element`: a view of the file where it stores them so. Tensors may share them."""
        if element not in self._values:
            data = self._read(self.key, self.size())
            dtype = np.dtype("u2" if element == "bf16" else element).newbyteorder(self._order)
            values = np.frombuffer(data, dtype=dtype, count=self.size() // dtype.itemsize)
            if element == "bf16":  # the upper half of a float32
                values = (values.astype(np.uint32) << 16).view(np.float32)
            self._values[element] = values
        return self._values[element]


class View:
    """Part of a storage, as the oldest files share them."""

    def __init__(self, storage, offset, count):
        if not all(type(number) is int and number >= 0 for number in (offset, count)) or (
                offset + count > storage.count):
            raise Malformed("a view beyond its storage")
        self.element, self.count, self._storage, self._offset = storage.element, count, storage, offset

    def size(self):
        return self.count * item_size(self.element)

    def values(self, element):
        return self._storage.values(element)[self._offset:self._offset + self.count]


class Tensor:
    """Elements of a storage. Everything is checked here, nothing is read."""

    def __init__(self, storage, offset, shape, strides, element=None):
        if not isinstance(storage, (Storage, View)):
            raise Malformed("a tensor without a storage")
        self.storage, self.element = storage, element or storage.element
        if len(shape) > 64 or len(shape) != len(strides) or not all(type(number) is int and 0 <= number < 2**48 for number in [offset, *shape, *strides]):
            raise Malformed("a tensor without a shape")
        self.offset, self.shape, self.strides = offset, tuple(shape), tuple(strides)
        count = storage.size() // item_size(self.element)
        last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides))
        if math.prod(shape) > count or (math.prod(shape) and last >= count):
            raise Malformed(f"a tensor of shape {list(shape)} beyond its storage of {count} elements")

    def array(self):
        """Its values, of the type that they are stored in; bfloat16 as float32."""
        if not math.prod(self.shape):
            return np.zeros(self.shape)
        values = self.storage.values(self.element)
        strides = [stride * values.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(values[self.offset:], self.shape, strides, writeable=False)


def _tensor(arguments):
    if len(arguments) < 4 or not all(isinstance(part, (tuple, list)) for part in arguments[2:4]):
        raise Malformed("a tensor of an unknown form")
    return Tensor(*arguments[:4])


def _typed_tensor(arguments):
    """_rebuild_tensor_v3: the storage counts bytes, the tensor names its dtype."""
    if len(arguments) < 7 or not isinstance(arguments[6], Global) or arguments[6].name not in DTYPES:
        raise Malformed(f"a tensor of type {arguments[6] if len(arguments) > 6 else 'unknown'}, which is not read")
    return Tensor(*arguments[:4], element=DTYPES[arguments[6].name])


def _first(arguments):
    """A parameter is its data."""
    if not arguments:
        raise Malformed("a parameter without data")
    return arguments[0]


def _of_class(arguments):
    """_rebuild_from_type_v2: a tensor of another class, by the function and arguments of a plain one."""
    if len(arguments) < 3 or not isinstance(arguments[0], Global) or not isinstance(arguments[2], tuple):
        raise Malformed("a tensor of an unknown form")
    construct = CONSTRUCTORS.get((arguments[0].module, arguments[0].name))
    return construct(arguments[2]) if construct and construct is not _of_class else Record(*arguments[1:3])


CONSTRUCTORS = {
    **pickled_numpy.CONSTRUCTORS,
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_tensor_v3"): _typed_tensor,
    ("torch._utils", "_rebuild_parameter"): _first,
    ("torch._utils", "_rebuild_parameter_with_state"): _first,
    ("torch._tensor", "_rebuild_from_type_v2"): _of_class,
    ("torch.nn.parameter", "Parameter"): _first,
    ("torch", "Size"): lambda arguments: tuple(arguments[0]) if arguments else (),
}
