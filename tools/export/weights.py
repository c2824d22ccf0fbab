"""The weights of a checkpoint as float64 arrays under their plain names, weight norm folded."""

import re

import numpy as np

from refusal import Refusal

# How weight norm stores (magnitude g, direction v) of NAME.weight: before PyTorch 2, and since.
WEIGHT_NORM = (
    (".weight_g", ".weight_v"),
    (".parametrizations.weight.original0", ".parametrizations.weight.original1"),
)


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
            with np.errstate(all="ignore"):  # what is not finite is refused where it is taken
                norm = np.sqrt(np.sum(v * v, axis=tuple(range(1, v.ndim)), keepdims=True))
            if g.shape != norm.shape or not (norm > 0).all():
                raise Refusal(f"{name_g}: weight norm needs one magnitude per row of {name_v} and no row of zeros; "
                              f"found shapes {list(g.shape)} and {list(v.shape)}")
            with np.errstate(all="ignore"):
                folded[base + ".weight"] = g * v / norm
            del folded[name_g], folded[name_v]
    return folded


def _natural(name):
    """Sorts by dotted parts, numbers by value."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in name.split(".")]
