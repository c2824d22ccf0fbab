"""Says what a file is that is no checkpoint, as far as its beginning or the names in it tell. The engine's own list,
for files that are no models, is src/model/foreign.cpp."""

TORCHSCRIPT = ("a TorchScript archive: it holds code, which is not run here; what is read is the checkpoint that "
               "training wrote")

BEGINNINGS = (
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself: git lfs pull fetches that"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, such as weights of Keras, which are not read here"),
    (b"\x93NUMPY", "a NumPy array (.npy), not a checkpoint"),
    (b"GGUF", "a GGUF file, which is not read here"),
    (b"\x1f\x8b", "compressed by gzip: unpack it first"),
    (b"BZh", "compressed by bzip2: unpack it first"),
    (b"\xfd7zXZ\x00", "compressed by xz: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd: unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive: unpack it first"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"RIFF", "a sound or video file, not a checkpoint"),
    (b"fLaC", "a sound file, not a checkpoint"),
    (b"OggS", "a sound file, not a checkpoint"),
    (b"ID3", "a sound file, not a checkpoint"),
    (b"\x89PNG", "a picture, not a checkpoint"),
    (b"\xff\xd8\xff", "a picture, not a checkpoint"),
    (b"%PDF", "a PDF document, not a checkpoint"),
    (b"\x7fELF", "a program, not a checkpoint"),
)


def kind_of(data):
    """What `data` (bytes or a mapped file) is by its beginning, or None."""
    head = bytes(data[:512])
    for beginning, kind in BEGINNINGS:
        if head.startswith(beginning):
            return kind
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "a web page: the page about the file was saved, not the file"
    if text.startswith(b"{"):
        return "JSON text, not a checkpoint: .nam files and those of GuitarML and RTNeural need no export"
    if head[257:262] == b"ustar":
        return _kind_of_tar(head)
    if head[4:8] == b"TFL3":
        return "a TensorFlow Lite model, which is not read here"
    if _is_onnx(head):
        return "an ONNX model, which is not read here"
    return None


def _kind_of_tar(head):
    """The members that PyTorch wrote until 2016 are named sys_info, pickle, storages and tensors."""
    first = head[:100].split(b"\x00")[0].rsplit(b"/", 1)[-1]
    if first in (b"sys_info", b"pickle", b"storages", b"tensors"):
        return "a tar archive, the form of PyTorch before 0.1.10 (2017), which is not read"
    return "a tar archive: unpack it first"


def _is_onnx(head):
    """A protobuf message whose field 1 is a small version and whose next is one of a model's."""
    return len(head) > 3 and head[0] == 0x08 and 0 < head[1] < 32 and head[2] in (0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A,
                                                                                   0x42)


def holds_code(names):
    """Whether a zip archive with these names is one of TorchScript or torch.package."""
    return any(name.split("/")[-1] == "constants.pkl" or "code" in name.split("/")[:2] or
               name.endswith(".py") or ".data/extern_modules" in name for name in names)


def kind_of_archive(names):
    """What a zip archive is that has no data.pkl."""
    files = [name for name in names if not name.endswith("/")]
    if files and all(name.endswith(".npy") for name in files):
        return "an archive of NumPy arrays (.npz), not a checkpoint"
    if "model.weights.h5" in files or "metadata.json" in files and "config.json" in files:
        return "a Keras archive (.keras), which is not read here"
    inside = files[0].split("/")[-1] if files else "nothing"
    return f"a zip archive of {len(files)} files ({inside}{', …' if len(files) > 1 else ''}), not a checkpoint; unpack it"
