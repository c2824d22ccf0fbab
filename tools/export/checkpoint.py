"""Opens a PyTorch checkpoint and serves its weights, weight norm folded, as float64 arrays under their plain names."""

import re
import warnings

try:
    import numpy as np
    import torch
except ImportError as error:
    torch = None
    IMPORT_ERROR = error

NEEDS = ("the exporter needs PyTorch and NumPy: apt-get install python3-torch python3-numpy, "
         "then run it by /usr/bin/python3")

RECIPE = (
    "where its code is installed, save the state dict: "
    'python3 -c "import torch; m = torch.load(\'IN.pth\', map_location=\'cpu\'); '
    'torch.save(m.state_dict(), \'OUT.pth\')"'
)

# How weight norm stores (magnitude g, direction v) of NAME.weight: before PyTorch 2, and since.
WEIGHT_NORM = (
    (".weight_g", ".weight_v"),
    (".parametrizations.weight.original0", ".parametrizations.weight.original1"),
)


class Refusal(Exception):
    """Input that the exporter does not take; the message is one line for the user."""


def require_libraries():
    if torch is None:
        raise Refusal(f"{NEEDS} ({IMPORT_ERROR})")


def load(path):
    """Returns the checkpoint's state dict as {name: array}, as stored."""
    require_libraries()
    content = _unpickle(path)
    if isinstance(content, torch.nn.Module):
        raise Refusal(f"{path}: holds a whole module ({type(content).__name__}), not a state dict; {RECIPE}")
    if not isinstance(content, dict):
        raise Refusal(f"{path}: holds a {type(content).__name__}, not a state dict; {RECIPE}")
    state = content.get("state_dict", content)
    if not isinstance(state, dict) or not state or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise Refusal(f"{path}: no state dict found: expected names and tensors, at the top or under 'state_dict'")
    arrays = {str(name): value.detach().to(torch.float64).numpy() for name, value in state.items()}
    if all(name.startswith("module.") for name in arrays):  # saved from DataParallel
        arrays = {name[len("module."):]: array for name, array in arrays.items()}
    return arrays


def _unpickle(path):
    """Reads with weights_only alone: a checkpoint from elsewhere must not run code here."""
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:  # PyTorch raises a dozen types for files that are broken, and promises none
        if isinstance(error, TypeError) and "weights_only" in str(error):
            old = torch.__version__
            raise Refusal(f"PyTorch {old} cannot load checkpoints safely: 1.13 or newer is needed") from None
        raise Refusal(f"{path}: {_why_not_loaded(str(error))}") from None


def _why_not_loaded(message):
    found = re.search(r"(?:Unsupported class|GLOBAL) ([\w.]+)", message)
    if found:
        return f"holds pickled code ({found.group(1)}), not just tensors; {RECIPE}"
    reason = message.split("WeightsUnpickler error: ")[-1].strip().split("\n")[0]
    return f"not a PyTorch checkpoint ({reason[:160] or 'nothing in it'})"


class Weights:
    """The weights of a checkpoint. A family names all it expects, then takes each with its shape."""

    def __init__(self, arrays, source):
        self.source = source
        self._arrays = fold_weight_norm(arrays)

    def names(self):
        return set(self._arrays)

    def has(self, name):
        return name in self._arrays

    def count(self, prefix):
        """The number of layers in a list of modules: one more than the highest index in `prefix.INDEX.…`."""
        pattern = re.compile(re.escape(prefix) + r"\.(\d+)\.")
        found = [int(match.group(1)) for match in map(pattern.match, self._arrays) if match]
        return max(found) + 1 if found else 0

    def any(self, pattern):
        return any(re.fullmatch(pattern, name) for name in self._arrays)

    def drop(self, pattern):
        """Forgets tensors that the graph does not use; returns how many."""
        unused = [name for name in self._arrays if re.fullmatch(pattern, name)]
        for name in unused:
            del self._arrays[name]
        return len(unused)

    def expect(self, expected):
        """Refuses unless the names are exactly `expected`, listing what is missing and what is unexpected."""
        missing = sorted(set(expected) - self.names(), key=_natural)
        unexpected = sorted(self.names() - set(expected), key=_natural)
        if missing or unexpected:
            lists = [f"{title} tensors: {', '.join(names)}"
                     for title, names in (("missing", missing), ("unexpected", unexpected)) if names]
            raise Refusal(f"{self.source}: {'; '.join(lists)}")

    def shape(self, name, dimensions):
        """The shape of a tensor that every size is read from."""
        if name not in self._arrays:
            raise Refusal(f"{self.source}: missing tensors: {name}")
        shape = self._arrays[name].shape
        if len(shape) != dimensions or 0 in shape:
            raise Refusal(f"{self.source}: {name}: expected {dimensions} dimensions, found shape {list(shape)}")
        return shape

    def take(self, name, *shape):
        """The tensor `name`, which must have this shape, in float64."""
        array = self._arrays[name]
        if array.shape != shape:
            raise Refusal(f"{self.source}: {name}: expected shape {list(shape)}, found {list(array.shape)}")
        if not np.isfinite(array).all():
            raise Refusal(f"{self.source}: {name}: not every value is finite")
        return array


def fold_weight_norm(arrays):
    """Replaces each pair (g, v) by the plain weight g·v/‖v‖, the norm taken over all dimensions but the first.

    Half a pair stays under its own name, and so is reported as unexpected beside the missing weight.
    """
    folded = dict(arrays)
    for suffix_g, suffix_v in WEIGHT_NORM:
        for name_g in [name for name in arrays if name.endswith(suffix_g)]:
            base = name_g[:-len(suffix_g)]
            name_v = base + suffix_v
            if name_v not in arrays:
                continue
            g, v = arrays[name_g], arrays[name_v]
            norm = np.sqrt(np.sum(v * v, axis=tuple(range(1, v.ndim)), keepdims=True))
            if g.shape != norm.shape or not (norm > 0).all():
                raise Refusal(f"{name_g}: weight norm needs one magnitude per row of {name_v} and no row of zeros; "
                              f"found shapes {list(g.shape)} and {list(v.shape)}")
            folded[base + ".weight"] = g * v / norm
            del folded[name_g], folded[name_v]
    return folded


def _natural(name):
    """Sorts by dotted parts, numbers by value."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in name.split(".")]
