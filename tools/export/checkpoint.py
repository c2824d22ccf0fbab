"""Finds the state dict in what a training loop saved: alone or among optimizers, schedules and counters, of a plain
module or a wrapped one, as names and tensors or as a whole pickled module."""

import math
import os
import stat

try:
    import numpy as np
    import native
    import torch_file
    from pickled_numpy import Array
    from pickles import Malformed, Record
    from torch_tensors import Tensor
except ImportError as error:
    np = None
    IMPORT_ERROR = error

from refusal import Refusal

NEEDS = "the exporter needs NumPy: apt-get install python3-numpy, then run it by /usr/bin/python3"

# Where trainers put the state dict, and where an average of it, the first that is there counts.
PLACES = ("state_dict", "model_state_dict", "model_state", "model", "generator", "net", "network", "module", "weights",
          "params")
AVERAGES = ("ema_state_dict", "state_dict_ema", "ema_model_state_dict", "model_ema", "ema_model", "params_ema", "ema",
            "averaged_model", "swa_state_dict", "shadow", "shadow_params")
HYPER_PARAMETERS = ("hyper_parameters", "hparams", "hyperparameters", "config", "args")

# What wrappers put before the names of what they wrap: DataParallel, Lightning's modules, torch.compile.
WRAPPERS = ("module.", "_orig_mod.", "model.", "net.", "network.", "wavenet.", "generator.")

MAX_TENSORS, MAX_DEPTH = 100_000, 64  # of a module and its parts
MAX_HYPER_PARAMETERS = 10_000  # and what they hold


class Checkpoint:
    """`arrays` is {name: array}; `hparams` what the file holds of hyper-parameters, {} where nothing; `notes` are lines
    for the user."""

    def __init__(self, arrays, hparams, notes):
        self.arrays, self.hparams, self.notes = arrays, hparams, notes


def require_libraries():
    if np is None:
        raise Refusal(f"{NEEDS} ({IMPORT_ERROR})")


def load(path, average=False):
    """Reads a Checkpoint; `average` takes the moving average of the weights instead of the last ones."""
    require_libraries()
    _check_is_file(path)
    content = _safetensors(path) or torch_file.load(path)
    try:
        state, notes = _state_dict(content, path, average)
        _check_sizes(state, path)
        arrays = {name: _array(value, name, path) for name, value in state.items()}
    except Malformed as problem:
        raise Refusal(f"{path}: holds {problem}") from None
    return Checkpoint(arrays, _hyper_parameters(content), notes)


def _check_is_file(path):
    """Before it is opened, which of a pipe may take for ever."""
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}") from None
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or device"
        raise Refusal(f"{path}: expected a file, found {kind}")


def _safetensors(path):
    """The tensors of a .safetensors file, or None where the file is none."""
    try:
        with open(path, "rb") as file:
            head = file.read(9)
            if head[8:9] != b"{" or int.from_bytes(head[:8], "little") > os.fstat(file.fileno()).st_size:
                return None
        if "atrous.config" in native.read_metadata(path):
            raise Refusal(f"{path}: a native model file, which needs no export")
        return native.read_tensors(path)
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise Refusal(str(error)) from None


# Finding.


def _state_dict(content, path, average):
    """({name: tensor}, notes)."""
    averaged = _averages(content)
    plain = _search(content, PLACES)
    notes = []
    if average:
        if not averaged:
            raise Refusal(f"{path}: --ema: no moving average found{_what_is_there(content)}")
        # An average of parameters alone leaves the buffers to the plain state dict.
        plain = {**(plain or {}), **averaged} if plain and set(averaged) <= set(plain) else averaged
    elif averaged and plain:
        notes.append("there is a moving average of the weights too: --ema takes it")
    elif averaged:
        raise Refusal(f"{path}: holds a moving average of the weights alone: --ema takes it")
    if not plain:
        raise Refusal(f"{path}: no state dict found: expected names and tensors, at the top or under "
                      f"'state_dict' or 'model'{_what_is_there(content)}")
    return _unwrapped(plain, notes), notes


def _averages(content):
    """The moving average: under a key of its own, or, in Lightning's form, by names in the state dict."""
    table = _table(content)
    for key in AVERAGES:
        found = _search(table.get(key), PLACES + AVERAGES)
        if found:
            return found
    plain = _search(content, PLACES) or {}
    for key in AVERAGES:
        found = {name[len(key) + 1:]: value for name, value in plain.items() if name.startswith(f"{key}.")}
        if found:
            return found
    return None


def _search(content, places, depth=0, seen=None):
    """The tensors of a module, of a state dict under the first of `places`, of `content` itself, or of the only other
    entry that has some; None where there are none."""
    if isinstance(content, Record) and isinstance(content.state.get("_parameters"), dict):
        return _module(content)
    table = _table(content)
    seen = set() if seen is None else seen
    if depth > 2 or not table or id(table) in seen:  # as deep as {"model": {"generator": …}}
        return None
    seen.add(id(table))
    for key in places:
        found = _search(table.get(key), places, depth + 1, seen)
        if found:
            return found
    own = _tensors(table)
    if own or depth:
        return own or None
    others = []
    for key, value in table.items():
        if key not in AVERAGES and id(_table(value)) not in seen:
            seen.add(id(_table(value)))
            others += [found for found in [_tensors(_table(value))] if found]
    return others[0] if len(others) == 1 else None


def _table(value):
    """A dict, or what an object that behaves like one holds; else empty."""
    if isinstance(value, Record):
        return value.table
    return value if isinstance(value, dict) else {}


def _tensors(table):
    return {name: value for name, value in table.items() if isinstance(name, str) and _is_tensor(value)}


def _is_tensor(value):
    return isinstance(value, (Tensor, Array, np.ndarray))


def _module(record):
    """The state dict of a pickled module: {name: tensor} of it and its parts."""
    found, parts = {}, 0
    pending = [("", record, 0)]
    while pending:
        prefix, module, depth = pending.pop()
        parts += 1
        if parts + len(found) > MAX_TENSORS or depth > MAX_DEPTH:
            raise Malformed("a module of too many parts")
        state = module.state
        hidden = state.get("_non_persistent_buffers_set", [])
        for group in ("_parameters", "_buffers"):
            for name, value in _tensors(_table(state.get(group))).items():
                if group == "_parameters" or not isinstance(hidden, list) or name not in hidden:
                    found[prefix + name] = value
        inner = [(f"{prefix}{name}.", part, depth + 1) for name, part in _table(state.get("_modules")).items()
                 if isinstance(part, Record)]
        pending += reversed(inner)
    return found


def _unwrapped(state, notes):
    """Without the names of wrappers in front; what is not of the wrapped module is passed over."""
    for prefix in WRAPPERS:
        inside = {name[len(prefix):]: value for name, value in state.items() if name.startswith(prefix)}
        if inside:
            if len(inside) < len(state):
                notes.append(f"{len(state) - len(inside)} tensors beside those named {prefix}… are not used")
            return _unwrapped(inside, notes)
    return state


def _what_is_there(content):
    if isinstance(content, Record):
        return f"; the file holds an object of {content.kind}"
    table = _table(content)
    if not table:
        return f"; the file holds a {type(content).__name__}" if not isinstance(content, dict) else "; the file is empty"
    names = ", ".join(str(key)[:40] for key in list(table)[:6])
    return f"; at the top are {names}{', …' if len(table) > 6 else ''}"


# Reading.


def _check_sizes(state, path):
    """Tensors may share storages, but not so that a small file makes large arrays."""
    tensors = [value for value in state.values() if isinstance(value, Tensor)]
    stored = sum(storage.count for storage in {id(tensor.storage): tensor.storage for tensor in tensors}.values())
    if sum(math.prod(tensor.shape) for tensor in tensors) > 4 * stored + (1 << 20):
        raise Refusal(f"{path}: its tensors share their storages so often that they would not fit into memory")


def _array(value, name, path):
    values = value.values if isinstance(value, Array) else value.array() if isinstance(value, Tensor) else value
    if values.dtype.kind not in "fiub":
        raise Refusal(f"{path}: {name}: expected real numbers, found {values.dtype}")
    with np.errstate(all="ignore"):  # what is not finite is refused where it is taken
        return np.asarray(values, dtype=np.float64)


# Hyper-parameters.


def _hyper_parameters(content):
    """{name: number, text, list or dict}, of Lightning's hyper_parameters and the like."""
    for key in HYPER_PARAMETERS:
        found = _plain(_table(content).get(key), [MAX_HYPER_PARAMETERS])
        if isinstance(found, dict) and found:
            return found
    return {}


def _plain(value, left, depth=0):
    """`value` as JSON has it; None for what it does not have, and where it is deep or nothing of the count in `left` is
    left. Namespaces and OmegaConf's nodes are what they hold."""
    left[0] -= 1
    if depth > 8 or left[0] < 0:
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item, left, depth + 1) for item in value]
    if isinstance(value, Record):
        for key in ("_content", "_val"):
            if key in value.state:
                return _plain(value.state[key], left, depth + 1)
        value = value.table or value.state
    if isinstance(value, dict):
        return {str(key): _plain(item, left, depth + 1) for key, item in value.items()}
    return None
