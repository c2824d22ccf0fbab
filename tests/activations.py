"""Activations in double precision, as the evaluators of the tests compute them, and what they are called in files."""

import numpy as np

SLOPE = {"negative_slope": 0.01}
LIMITS = {"min_val": -1.0, "max_val": 1.0, "min_slope": 0.01, "max_slope": 0.01}


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def fast_tanh(x):
    a = np.abs(x)
    return (x * (2.45550750702956 * (1 + a) + (0.893229853513558 + 0.821226666969744 * a) * x * x)
            / (2.44506634652299 + (2.44506634652299 + x * x) * np.abs(x + 0.814642734961073 * x * a)))


def leaky_relu(x, negative_slope, negative_slopes=None):
    """`negative_slopes` are one per row, of which there may be more than x has."""
    slopes = negative_slope if negative_slopes is None else np.array(negative_slopes)[:len(x), None]
    return np.where(x > 0, x, slopes * x)


def leaky_hardtanh(x, min_val, max_val, min_slope, max_slope):
    below, above = min_val + min_slope * (x - min_val), max_val + max_slope * (x - max_val)
    return np.where(x < min_val, below, np.where(x > max_val, above, x))


# Of each its function of rows (channels, T), and its parameters with their defaults.
ACTIVATIONS = {
    "Identity": (lambda x: x, {}),
    "Tanh": (np.tanh, {}),
    "Hardtanh": (lambda x: np.clip(x, -1, 1), {}),
    "Fasttanh": (fast_tanh, {}),
    "ReLU": (lambda x: np.maximum(x, 0), {}),
    "LeakyReLU": (leaky_relu, SLOPE),
    "PReLU": (leaky_relu, {**SLOPE, "negative_slopes": None}),
    "Sigmoid": (sigmoid, {}),
    "SiLU": (lambda x: x * sigmoid(x), {}),
    "Hardswish": (lambda x: x * np.clip(x + 3, 0, 6) / 6, {}),
    "LeakyHardtanh": (leaky_hardtanh, LIMITS),
    "LeakyHardTanh": (leaky_hardtanh, LIMITS),
    "Softsign": (lambda x: x / (1 + np.abs(x)), {}),
    "ELU": (lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), {}),
}


def activate(spec, x):
    """`spec` is a name or an object with parameters."""
    spec = {"type": spec} if isinstance(spec, str) else spec
    function, parameters = ACTIVATIONS[spec["type"]]
    return function(x, **{name: spec.get(name, default) for name, default in parameters.items()})
