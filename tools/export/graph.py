"""Builds the configuration of docs/format.md together with its tensors, so that no tensor is left without its entry."""

import numpy as np


class Graph:
    """A model in the making. Weights are float64 arrays; `None` for a bias means that there is none."""

    def __init__(self, name, source, sample_rate):
        self.tensors = {}
        self.notes = []  # lines for the user
        self.config = {
            "architecture": "WaveNet",
            "sample_rate": sample_rate,
            "prewarm": False,
            "stacks": [],
            "post": [],
            "metadata": {"name": name, "source": source},
        }

    def conv(self, name, weight, bias, dilation=1):
        """A convolution, weight [out][in][kernel]."""
        self._add(name, weight, bias)
        return {"in": weight.shape[1], "out": weight.shape[0], "kernel": weight.shape[2], "dilation": dilation,
                "groups": 1, "bias": bias is not None}

    def pointwise(self, name, weight, bias):
        """A 1x1 convolution, weight [out][in][1]."""
        self._add(name, weight[:, :, 0], bias)
        return {"out": weight.shape[0], "groups": 1, "bias": bias is not None}

    def stack(self, weight, bias):
        """Opens the only stack with its input convolution."""
        self.config["stacks"] = [{"input": self.conv("stacks.0.input", weight, bias), "input_activation": "Identity",
                                  "layers": [], "head": None}]

    def layer(self, conv, skip, residual, dilation, mixin=None, speaker=None, skip_scale=1.0, residual_scale=1.0,
              activation=None):
        """Adds a layer, gated (tanh rows first) or with one activation where that is named; every argument but that and
        the scales is a pair (weight, bias)."""
        layers = self.config["stacks"][0]["layers"]
        name = f"stacks.0.layers.{len(layers)}"
        gates = {"gating": "gated", "activation": "Tanh", "secondary_activation": "Sigmoid"}
        layer = {
            "conv": self.conv(f"{name}.conv", *conv, dilation=dilation),
            "bottleneck": conv[0].shape[0] // (1 if activation else 2),
            **({"gating": "none", "activation": activation} if activation else gates),
            "skip": self.pointwise(f"{name}.skip", *skip),
            "residual": self.pointwise(f"{name}.residual", *residual),
            "skip_scale": skip_scale, "residual_scale": residual_scale,
        }
        if mixin:
            layer["mixin_bias"] = self.pointwise(f"{name}.mixin", *mixin)["bias"]
        if speaker:
            layer["speaker_bias"] = self.pointwise(f"{name}.speaker", *speaker)["bias"]
        layers.append(layer)

    def passing_stack(self):
        """Opens the only stack as one that passes its input channel on: the model is the chain of its `post`."""
        one = np.ones((1, 1, 1))
        self.stack(one, None)
        self.config["stacks"][0]["layers"] = [{
            "conv": self.conv("stacks.0.layers.0.conv", one, None), "bottleneck": 1, "gating": "none",
            "activation": "Identity", "skip": None, "residual": None}]

    def post(self, weight, bias, activation="ReLU", dilation=1):
        """Adds an activation and a convolution after the skip sum."""
        name = f"post.{len(self.config['post'])}"
        self.config["post"].append({"activation": activation, "conv": self.conv(name, weight, bias, dilation)})

    def speakers(self, weight):
        """The embedding, weight [count][channels]."""
        self._add("speakers", weight, None)
        self.config["speakers"] = {"count": weight.shape[0], "channels": weight.shape[1]}

    def condition(self, channels, bins, pad):
        self.config["condition"] = {"kind": "features", "channels": channels, "bins": bins, "pad": pad, "upsampler": []}

    def upsample(self, kind, channels, weight=None, bias=None, **fields):
        """Adds an upsampling stage that keeps the number of channels."""
        stages = self.config["condition"]["upsampler"]
        if weight is not None:
            self._add(f"upsampler.{len(stages)}", weight, bias)
        stages.append({"kind": kind, "in": channels, "out": channels, "bias": bias is not None, **fields})

    def _add(self, name, weight, bias):
        self.tensors[f"{name}.weight"] = weight
        if bias is not None:
            self.tensors[f"{name}.bias"] = bias
