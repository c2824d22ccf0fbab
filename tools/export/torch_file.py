"""The files that torch.save writes, read without PyTorch.

    since 1.6   a zip archive of one folder: data.pkl, a pickle whose tensors name storages; data/KEY, their bytes;
                byteorder, where it is not an older one
    before      pickles one after the other: a magic number, the version, the system's sizes, the object, the list of
                keys of storages; then, for each key, the number of elements in 8 bytes and the elements
    by pickle   one pickle, in which every storage is a file of the form before, as bytes

Archives that hold code are refused before anything in them is read. Storages are read when a tensor is asked for.
"""

import io
import mmap
import os
import struct
import zipfile
import zlib

import foreign
from pickles import Global, Malformed, Reader
from refusal import Refusal
from torch_tensors import CONSTRUCTORS, STORAGES, Storage, View

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
MAX_EXPANSION = 10    # times the file's size, and MIN_EXPANSION: what deflated entries may give in all
MIN_EXPANSION = 1 << 26


def load(path):
    """What torch.save was given, with Tensors in it."""
    data = _mapped(path)
    try:
        if data[:4] == b"PK\x03\x04":
            return _load_archive(data, path)
        if data[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
            return _load_pickles(data, data)
    except Malformed as problem:
        raise Refusal(f"{path}: holds {problem}") from None
    except RecursionError:
        raise Refusal(f"{path}: holds a pickle of too many levels") from None
    raise Refusal(f"{path}: {foreign.kind_of(data) or 'not a PyTorch checkpoint'}")


def _mapped(path):
    """The file's bytes, not copied."""
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                raise Refusal(f"{path}: not a PyTorch checkpoint (an empty file)")
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}") from None
    except ValueError:
        raise Refusal(f"{path}: not a file of bytes that can be mapped") from None


class _Archive:
    """A zip archive by the names of its entries. Its own sizes are believed only as far as its bytes go."""

    def __init__(self, data):
        try:
            with zipfile.ZipFile(data) as archive:
                self.entries = {info.filename: info for info in archive.infolist()}
        except Exception as error:  # zipfile promises no list of what it raises for broken files
            raise Malformed(f"a broken zip archive ({error})") from None
        self._data = data
        self._left = MIN_EXPANSION + MAX_EXPANSION * len(data)

    def read(self, name, size=None):
        """The bytes of an entry, which must be `size` where that is given."""
        info = self.entries.get(name)
        if info is None:
            raise Malformed(f"no entry {name}: the archive is incomplete")
        if size is not None and info.file_size != size:
            raise Malformed(f"{info.file_size} bytes in {name} where {size} are due")
        begin = info.header_offset
        header = self._data[begin:begin + 30]
        if len(header) < 30 or header[:4] != b"PK\x03\x04" or info.flag_bits & 1:
            raise Malformed(f"a broken or encrypted entry {name}")
        begin += 30 + sum(struct.unpack("<HH", header[26:30]))
        if begin + info.compress_size > len(self._data):
            raise Malformed(f"an entry {name} beyond the end of the file")
        packed = memoryview(self._data)[begin:begin + info.compress_size]
        return self._unpacked(info, packed)

    def _unpacked(self, info, packed):
        if info.compress_type == zipfile.ZIP_STORED and info.file_size == info.compress_size:
            return packed
        if info.compress_type != zipfile.ZIP_DEFLATED:
            raise Malformed(f"an entry {info.filename} that is neither stored nor deflated")
        self._left -= info.file_size
        if self._left < 0:
            raise Malformed("deflated entries that are too large for the file")
        try:
            values = zlib.decompressobj(-15).decompress(packed, info.file_size + 1)
        except zlib.error as error:
            raise Malformed(f"a broken entry {info.filename} ({error})") from None
        if len(values) != info.file_size:
            raise Malformed(f"an entry {info.filename} that is not as long as it says")
        return values


def _load_archive(data, path):
    archive = _Archive(data)
    names = list(archive.entries)
    if foreign.holds_code(names):
        raise Refusal(f"{path}: {foreign.TORCHSCRIPT}")
    pickles = [name for name in names if name.split("/")[-1] == "data.pkl" and name.count("/") <= 1]
    if len(pickles) != 1:
        raise Refusal(f"{path}: {foreign.kind_of_archive(names)}")
    folder = pickles[0][:-len("data.pkl")]
    order = "<"
    if f"{folder}byteorder" in archive.entries:
        order = ">" if bytes(archive.read(f"{folder}byteorder")) == b"big" else "<"
    storages = {}

    def persistent(identity):
        element, key, count = _storage_identity(identity)
        if key not in storages:
            storages[key] = Storage(element, f"{folder}data/{key}", count, order, archive.read)
        return storages[key]

    content = io.BytesIO(archive.read(pickles[0]))
    return Reader(CONSTRUCTORS, persistent).read(content)


def _storage_identity(identity):
    """(element, key, count) of ('storage', type, key, device, count)."""
    if not isinstance(identity, tuple) or len(identity) < 5 or identity[0] != "storage" or (
            not isinstance(identity[1], Global)):
        raise Malformed("a broken pickle: a persistent id of no storage")
    if identity[1].name not in STORAGES:
        raise Malformed(f"a storage of type {identity[1]}, which is not read")
    return STORAGES[identity[1].name], str(identity[2]), identity[4]


class _Sequence:
    """Storages that are laid out behind the pickles, so that where each lies is known at the end alone."""

    def __init__(self, data):
        self._data = memoryview(data)
        self.storages = {}
        self._places = {}

    def persistent(self, identity):
        if isinstance(identity, tuple) and len(identity) == 4 and identity[0] == "module":
            return identity[1]  # a class, with the text of its source, which is of no interest
        element, key, count = _storage_identity(identity)
        if key not in self.storages:
            self.storages[key] = Storage(element, key, count, "<", self.read)
        view = identity[5] if len(identity) > 5 else None
        if view is None:
            return self.storages[key]
        if not isinstance(view, tuple) or len(view) != 3:
            raise Malformed("a broken pickle: a view of an unknown form")
        return View(self.storages[key], view[1], view[2])

    def lay_out(self, keys, begin):
        for key in keys:
            storage = self.storages.get(str(key))
            head = self._data[begin:begin + 8]
            if storage is None or len(head) < 8:
                raise Malformed("storages that are cut off or belong to no tensor")
            count = struct.unpack("<q", head)[0]
            end = begin + 8 + storage.size()
            if count != storage.count or end > len(self._data):
                raise Malformed(f"a storage of {count} elements where {storage.count} are due, or cut off")
            self._places[str(key)] = (begin + 8, end)
            begin = end

    def read(self, key, _):
        if key not in self._places:
            raise Malformed(f"no storage {key}: the file is incomplete")
        begin, end = self._places[key]
        return self._data[begin:end]


def _load_pickles(data, stream, inside=False):
    """`stream` reads `data`, from its beginning; `inside` another pickle there are no further ones."""
    sequence = _Sequence(data)
    constructors = dict(CONSTRUCTORS)
    if not inside:
        constructors["torch.storage", "_load_from_bytes"] = _load_from_bytes

    def read():
        return Reader(constructors, sequence.persistent).read(stream)

    first = read()
    if first != MAGIC:
        return first
    version, system = read(), read()
    if version != PROTOCOL or not isinstance(system, dict) or system.get("little_endian") is not True:
        raise Malformed("a PyTorch checkpoint of an unknown version or of a big-endian machine")
    content, keys = read(), read()
    if not isinstance(keys, list):
        raise Malformed("a broken pickle: no list of storages")
    sequence.lay_out(keys, stream.tell())
    return content


def _load_from_bytes(arguments):
    if len(arguments) != 1 or not isinstance(arguments[0], bytes):
        raise Malformed("a storage of something else than bytes")
    return _load_pickles(arguments[0], io.BytesIO(arguments[0]), inside=True)
