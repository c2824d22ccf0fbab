#!/usr/bin/python3
"""Evaluates a native model file over a whole signal in double precision: the oracle of the tests.

    evaluate.py MODEL.safetensors INPUTS.safetensors -o OUT.safetensors

INPUTS holds `x` (1, C, T) or `classes` (T), or both, of which the model hears what its input is; and where the model has
them `c` (1, bins, frames, padded already) and `g` (1). OUT holds `y` (1, channels, T) in F32. Follows docs/format.md and the comment on top of src/model/config.hpp,
as plainly as numpy allows; knows nothing of how the engine runs.
"""

import argparse
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "..", "tools", "export")]
import native  # noqa: E402
from activations import activate  # noqa: E402


class Evaluator:
    def __init__(self, config, tensors):
        self.config = config
        self.tensors = {name: np.asarray(values, dtype=np.float64) for name, values in tensors.items()}

    def run(self, inputs):
        """y (channels, T) for a dict of arrays as in an INPUTS file."""
        x = self._input(inputs)
        condition = self._condition(inputs, x)
        warm_up = self._receptive_field() if self.config.get("prewarm") else 0
        if warm_up:  # as after a receptive field of zeros
            x = np.pad(x, ((0, 0), (warm_up, 0)))
            condition = None if condition is None else np.pad(condition, ((0, 0), (warm_up, 0)))
        return self._network(x, condition, self._speaker(inputs))[:, warm_up:]

    def _input(self, inputs):
        """What the first convolution reads, (channels, T)."""
        if "classes" not in inputs or self.config["input"]["kind"] == "signal":
            return np.asarray(inputs["x"], dtype=np.float64)[0]
        classes = np.asarray(inputs["classes"], dtype=np.int64)
        count = self.config["code"]["classes"]
        if self.config["input"]["kind"] == "one_hot":
            return np.eye(count)[classes].T
        return np.linspace(-1, 1, count)[classes][None, :]

    def _condition(self, inputs, x):
        kind = self.config.get("condition", {}).get("kind", "none")
        if kind == "signal":
            return x
        if kind == "none":
            return None
        if kind == "model":
            return self._inner().run({"x": x[None]})
        c = self.upsampled(inputs)
        if c.shape[1] != x.shape[1]:
            raise ValueError(f"the upsampled conditioning has {c.shape[1]} samples, the input {x.shape[1]}")
        return c

    def _inner(self):
        """The model that makes the condition."""
        prefix = "condition."
        return Evaluator(self.config["condition"]["model"], {name[len(prefix):]: values for name, values
                                                             in self.tensors.items() if name.startswith(prefix)})

    def upsampled(self, inputs):
        """The conditioning (channels, samples) that frames are made into."""
        c = np.asarray(inputs["c"], dtype=np.float64)[0]
        for index, stage in enumerate(self.config["condition"]["upsampler"]):
            c = activate(stage.get("activation", "Identity"), self._upsample(c, stage, f"upsampler.{index}"))
        return c

    def _speaker(self, inputs):
        if not self.config.get("speakers"):
            return None
        return self.tensors["speakers.weight"][int(np.asarray(inputs["g"]).reshape(-1)[0])]

    def _network(self, x, condition, speaker):
        v, acc = x, 0.0
        for s, stack in enumerate(self.config["stacks"]):
            name = f"stacks.{s}"
            v = activate(stack.get("input_activation", "Identity"), self._conv(v, stack["input"], f"{name}.input"))
            for n, layer in enumerate(stack["layers"]):
                v, acc = self._layer(v, acc, layer, f"{name}.layers.{n}", condition, speaker)
            if stack.get("head"):
                acc = self._conv(acc, stack["head"], f"{name}.head")
        if not self.config["stacks"]:
            acc = x
        for n, post in enumerate(self.config.get("post", [])):
            run = {"conv": self._conv, "lstm": self._lstm, "gru": self._gru}[post.get("kind", "conv")]
            acc = activate(post.get("activation", "Identity"), acc)
            if post.get("softmax"):
                acc = np.exp(acc) / np.exp(acc).sum(axis=0)
            acc = run(acc, post["conv"], f"post.{n}")
        output = self.config["output"]
        y = acc * output.get("scale", 1.0)
        return y + output["input_skip"] * x[:len(y)] if output.get("input_skip") else y

    def _layer(self, v, acc, layer, name, condition, speaker):
        def film(point, values):
            """values · scale(condition) + shift(condition), both rows of one product."""
            at = (layer.get("film") or {}).get(point)
            if at is None:
                return values
            rows = self._pointwise(condition, at.get("groups", 1), True, f"{name}.film.{point}")
            return values * rows[:len(values)] + (rows[len(values):] if at.get("shift", True) else 0.0)

        z = self._branches(film("conv_pre", v), layer, name)
        if speaker is not None:
            z = z + self._pointwise(speaker[:, None], 1, layer.get("speaker_bias", False), f"{name}.speaker")
        z = film("conv_post", z)
        if condition is not None:
            groups, bias = layer.get("mixin_groups", 1), layer.get("mixin_bias", False)
            z = z + film("mixin_post", self._pointwise(film("mixin_pre", condition), groups, bias, f"{name}.mixin"))
        o = film("activation_post", self._gate(film("activation_pre", z), layer))
        skip, residual = layer.get("skip"), layer.get("residual")
        branch = o
        if skip is not None:
            branch = self._pointwise(o, skip.get("groups", 1), skip.get("bias", True), f"{name}.skip")
        acc = (acc + film("skip_post", branch)) * layer.get("skip_scale", 1.0)
        if residual is not None:
            v = v + film("residual_post", self._pointwise(o, residual.get("groups", 1), residual.get("bias", True),
                                                          f"{name}.residual"))
        return v * layer.get("residual_scale", 1.0), acc

    def _branches(self, v, layer, name):
        """Convolutions side by side, added or one below the other."""
        rows = [self._conv(v, layer["conv"], f"{name}.conv")]
        rows += [self._conv(v, conv, f"{name}.branches.{n}") for n, conv in enumerate(layer.get("branches", []))]
        return np.concatenate(rows) if layer.get("merge") == "concatenate" else sum(rows)

    def _lstm(self, x, conv, name):
        weight, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
        hidden, cell = self.tensors[f"{name}.hidden"], self.tensors[f"{name}.cell"]
        steps = []
        for column in x.T:
            i, f, g, o = np.split(weight @ np.concatenate([column, hidden]) + bias, 4)
            cell = cell / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
            hidden = np.tanh(cell) / (1 + np.exp(-o))
            steps.append(hidden)
        return np.stack(steps, axis=1)

    def _gru(self, x, conv, name):
        weight, hidden, inputs = self.tensors[f"{name}.weight"], self.tensors[f"{name}.hidden"], conv["in"]
        steps = []
        z_bias, r_bias, read_bias, state_bias = np.split(self.tensors[f"{name}.bias"], 4)
        for column in x.T:
            z_read, r_read, n_read = np.split(weight[:, :inputs] @ column, 3)
            z_state, r_state, n_state = np.split(weight[:, inputs:] @ hidden, 3)
            z, r = 1 / (1 + np.exp(-(z_read + z_state + z_bias))), 1 / (1 + np.exp(-(r_read + r_state + r_bias)))
            n = np.tanh(n_read + read_bias + r * (n_state + state_bias))
            hidden = z * hidden + (1 - z) * n
            steps.append(hidden)
        return np.stack(steps, axis=1)

    @staticmethod
    def _gate(z, layer):
        gating, first = layer.get("gating", "none"), layer.get("activation", "Tanh")
        if gating == "none":
            return activate(first, z)
        upper, lower = np.split(z, 2)
        gate = activate(layer.get("secondary_activation", "Sigmoid"), lower)
        if gating == "gated":
            return activate(first, upper) * gate
        return gate * activate(first, upper) + (1 - gate) * upper

    def _conv(self, x, conv, name):
        """Causal: tap kernel-1 is the current sample, tap k lies (kernel-1-k)·dilation samples back."""
        groups, kernel, dilation = conv.get("groups", 1), conv.get("kernel", 1), conv.get("dilation", 1)
        weight, steps = self.tensors[f"{name}.weight"], x.shape[1]
        if weight.shape != (conv["out"], conv["in"] // groups, kernel) or x.shape[0] != conv["in"]:
            raise ValueError(f"{name}: weight {weight.shape} over {x.shape[0]} rows does not fit {conv}")
        y = np.zeros((conv["out"], steps))
        for k in range(kernel):
            lag = (kernel - 1 - k) * dilation
            past = np.pad(x, ((0, 0), (lag, 0)))[:, :steps]
            y += grouped_product(weight[:, :, k], past, groups)
        return y + self._bias(name, conv.get("bias", True))

    def _pointwise(self, x, groups, bias, name):
        return grouped_product(self.tensors[f"{name}.weight"], x, groups) + self._bias(name, bias)

    def _bias(self, name, there):
        return self.tensors[f"{name}.bias"][:, None] if there else 0.0

    def _receptive_field(self):
        """At least as many samples as any path reaches back."""
        convs = [post["conv"] for post in self.config.get("post", [])]
        for stack in self.config["stacks"]:
            convs += [stack["input"], stack.get("head") or {}]
            for layer in stack["layers"]:
                convs += [layer["conv"], *layer.get("branches", [])]
        return 1 + sum((conv.get("kernel", 1) - 1) * conv.get("dilation", 1) for conv in convs)

    def _upsample(self, c, stage, name):
        """One stage from (bins, frames) to (bins, frames)."""
        kind, stride = stage["kind"], stage.get("stride", 1)
        if kind == "repeat":
            return np.repeat(c, stride, axis=1)
        weight, bias = self.tensors[f"{name}.weight"], self._bias(name, stage.get("bias", False))
        if kind == "conv":
            return self._valid_conv(c, weight, stage) + bias
        if kind == "stretch":
            return same_conv2d(np.repeat(c, stride, axis=1), weight) + bias
        if kind == "transposed":
            return transposed(c, weight, stage) + bias
        return transposed2d(c, weight, stage) + bias

    @staticmethod
    def _valid_conv(c, weight, stage):
        kernel, dilation, stride = stage["kernel"], stage.get("dilation", 1), stage.get("stride", 1)
        span = c.shape[1] - dilation * (kernel - 1)
        y = sum(grouped_product(weight[:, :, k], c[:, k * dilation:k * dilation + span], stage.get("groups", 1))
                for k in range(kernel))
        return y[:, ::stride]


def grouped_product(weight, x, groups):
    """Rows of group g of `weight` [out][in/groups] read the inputs of group g."""
    return np.concatenate([w @ part for w, part in zip(np.split(weight, groups), np.split(x, groups))])


def same_conv2d(c, weight):
    """Cross-correlation over (bins, time) with zeros around, so that both sizes stay."""
    height, width = weight.shape
    padded = np.pad(c, ((height // 2, height // 2), (width // 2, width // 2)))
    y = np.zeros(c.shape)
    for f in range(height):
        for k in range(width):
            y += weight[f, k] * padded[f:f + c.shape[0], k:k + c.shape[1]]
    return y


def transposed(c, weight, stage):
    """Every input frame t adds weight[:, :, k]·c[:, t] to output frame t·stride + k·dilation - padding."""
    groups, stride, dilation = stage.get("groups", 1), stage.get("stride", 1), stage.get("dilation", 1)
    y = np.zeros((stage["out"], (c.shape[1] - 1) * stride + dilation * (stage["kernel"] - 1) + 1
                  + stage.get("output_padding", 0)))
    for k in range(stage["kernel"]):
        parts = [w.T @ part for w, part in zip(np.split(weight[:, :, k], groups), np.split(c, groups))]
        rows = np.concatenate(parts)
        y[:, k * dilation:k * dilation + (c.shape[1] - 1) * stride + 1:stride] += rows
    return _crop(y, stage)


def transposed2d(c, weight, stage):
    """The same over (bins, time) with one channel; bin i adds to bin i + f - frequency_kernel//2."""
    stride, dilation, (height, width) = stage.get("stride", 1), stage.get("dilation", 1), weight.shape
    steps = (c.shape[1] - 1) * stride + dilation * (width - 1) + 1 + stage.get("output_padding", 0)
    y = np.zeros((c.shape[0] + height - 1, steps))
    for f in range(height):
        for k in range(width):
            first = k * dilation
            y[f:f + c.shape[0], first:first + (c.shape[1] - 1) * stride + 1:stride] += weight[f, k] * c
    half = height // 2
    return _crop(y[half:half + c.shape[0]], stage)


def _crop(y, stage):
    """`padding` cuts both ends; output_padding has made the far one longer."""
    padding = stage.get("padding", 0)
    return y[:, padding:y.shape[1] - padding]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", metavar="MODEL.safetensors")
    parser.add_argument("inputs", metavar="INPUTS.safetensors")
    parser.add_argument("-o", "--output", metavar="OUT.safetensors", required=True)
    options = parser.parse_args()
    evaluator = Evaluator(*native.read_model(options.model))
    y = evaluator.run(native.read_tensors(options.inputs))
    native.write_tensors(options.output, {"y": y[None].astype(np.float32)})


if __name__ == "__main__":
    main()
