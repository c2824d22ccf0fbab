"""Random native models that generate sound: every part of the format that they may have (docs/format.md), alone and in
any combination, with every weight random. What a model has is noted as it is chosen, so that a test can tell what its
models have left out.
"""

import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from activations import ACTIVATIONS  # noqa: E402

NAMES = tuple(name for name in ACTIVATIONS if name != "LeakyHardTanh")  # which is LeakyHardtanh
CODES = ("r9y9", "ibab", "kan_bayashi", "vincentherrmann", "nsynth", "vincentherrmann_linear")
INPUTS = ("signal", "one_hot", "class_value")
OUTPUTS = ("categorical", "logistic_mixture", "gaussian")
GATINGS = ("none", "gated", "blended")
MERGES = ("sum", "concatenate")
STAGES = ("conv", "repeat", "stretch", "transposed", "transposed2d")
PARTS = ("speakers", "head", "post", "groups", "no skip", "no residual", "slopes", "two stacks",
         "groups of classes", "cells")
FILMS = ("conv_pre", "conv_post", "mixin_pre", "mixin_post", "activation_pre", "activation_post", "residual_post",
         "skip_post")
EVERYTHING = {(kind, name) for kind, names in (("activation", NAMES), ("input", INPUTS), ("output", OUTPUTS),
                                               ("gating", GATINGS), ("merge", MERGES), ("stage", STAGES), ("part", PARTS),
                                               ("code", CODES), ("film", FILMS),
                                               ("condition", ("none", "features", "signal", "model")),
                                               ("precision", ("f32", "bf16"))) for name in names}


class Maker:
    """A configuration, its tensors {name: array}, and what it has: pairs of EVERYTHING."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.tensors, self.reduced, self.has = {}, [], set()
        self.config = self.make()

    # Numbers
    def whole(self, low, high):
        return int(self.random.integers(low, high + 1))

    def width(self, most):
        """Often one that can have groups."""
        return self.whole(1, most) if self.chance() else 4 * self.whole(1, most // 4)

    def chance(self, probability=0.5):
        return bool(self.random.random() < probability)

    def real(self, low, high):
        return float(np.float32(self.random.uniform(low, high)))

    def scale(self):
        """A constant factor. It goes into weights, which bf16 rounds again, but for powers of two (docs/adr/0002)."""
        return self.real(0.5, 1.5) if self.precision == "f32" else 2.0 ** self.whole(-1, 0)

    def pick(self, kind, names):
        name = names[self.whole(0, len(names) - 1)]
        self.has.add((kind, name))
        return name

    def part(self, name, probability=0.5):
        chosen = self.chance(probability)
        if chosen:
            self.has.add(("part", name))
        return chosen

    def groups(self, *widths):
        if self.chance():
            return 1
        count = int(np.gcd.reduce(widths))
        count = [n for n in range(1, count + 1) if count % n == 0][-1 if self.chance() else 0]
        if count > 1:
            self.has.add(("part", "groups"))
        return count

    # Tensors
    def weight(self, name, *shape, reduced=True):
        """Scaled by the fan-in, so that signals neither die out nor grow on their way."""
        scale = 1.3 / np.sqrt(max(1, np.prod(shape[1:])))
        self.tensors[f"{name}.weight"] = self.random.uniform(-scale, scale, shape).astype(np.float32)
        if reduced:
            self.reduced.append(f"{name}.weight")

    def bias(self, name, width, there=True):
        if there:
            self.tensors[f"{name}.bias"] = self.random.uniform(-0.4, 0.4, width).astype(np.float32)

    # Parts
    def activation(self, width):
        kind = self.pick("activation", NAMES)
        if kind == "PReLU" and self.part("slopes"):
            return {"type": kind, "negative_slopes": [self.real(-0.5, 0.9) for _ in range(width)]}
        if kind in ("PReLU", "LeakyReLU") and self.chance():
            return {"type": kind, "negative_slope": self.real(-0.3, 0.6)}
        if kind == "LeakyHardtanh" and self.chance():
            return {"type": kind, "min_val": self.real(-1.5, -0.1), "max_val": self.real(0.1, 1.5),
                    "min_slope": self.real(0, 0.5), "max_slope": self.real(0, 0.5)}
        return kind

    def conv(self, name, wide, out, kernel=1, dilation=1, reduced=True):
        groups, bias = self.groups(wide, out), self.chance(0.8)
        self.weight(name, out, wide // groups, kernel, reduced=reduced)
        self.bias(name, out, bias)
        return {"in": wide, "out": out, "kernel": kernel, "dilation": dilation, "groups": groups, "bias": bias}

    def pointwise(self, name, wide, out):
        groups, bias = self.groups(wide, out), self.chance(0.8)
        self.weight(name, out, wide // groups)
        self.bias(name, out, bias)
        return {"out": out, "groups": groups, "bias": bias}

    def stage(self, index, bins):
        kind, name = self.pick("stage", STAGES), f"upsampler.{index}"
        stage = {"kind": kind, "in": bins, "out": bins, "activation": self.activation(bins) if self.chance() else "Identity"}
        if kind == "repeat":
            return {**stage, "stride": self.whole(1, 4)}
        stage["bias"] = self.chance()
        if kind in ("conv", "transposed"):
            stage["out"] = self.width(9)
            if isinstance(stage["activation"], dict):
                stage["activation"].pop("negative_slopes", None)
            stage["groups"] = self.groups(bins, stage["out"])
        if kind == "conv":
            stage["kernel"] = self.whole(1, 4)
            self.weight(name, stage["out"], bins // stage["groups"], stage["kernel"])
            self.bias(name, stage["out"], stage["bias"])
            return stage
        stage["stride"] = self.whole(1, 4)
        if kind in ("stretch", "transposed2d"):
            stage["frequency_kernel"] = 2 * self.whole(0, 2) + 1
        if kind == "stretch":
            stage["kernel"] = 2 * self.whole(0, 3) + 1
        else:
            stage["kernel"], stage["dilation"] = self.whole(1, 6), self.whole(1, 2)
            stage["padding"] = self.whole(0, stage["dilation"] * (stage["kernel"] - 1) // 2)
            stage["output_padding"] = self.whole(0, max(stage["stride"], stage["dilation"]) - 1)
        if kind == "transposed":
            self.weight(name, bins, stage["out"] // stage["groups"], stage["kernel"])
        else:
            self.weight(name, stage["frequency_kernel"], stage["kernel"], reduced=False)
        self.bias(name, stage["out"] if kind == "transposed" else 1, stage["bias"])
        return stage

    def inner(self):
        """An effect of one output, whose tensors stand beside those of this model."""
        model, precision = Maker.__new__(Maker), self.precision
        model.random, model.tensors, model.reduced, model.has, model.precision = self.random, {}, [], self.has, "f32"
        config = {"architecture": "WaveNet", "sample_rate": 16000, "input": {"kind": "signal", "channels": 1},
                  "output": {"kind": "waveform", "channels": 1, "scale": model.real(0.5, 1.5),
                             "input_skip": model.real(-1, 1)},
                  "condition": {"kind": "signal", "channels": 1} if model.chance() else {"kind": "none"}}
        config["stacks"], width = model.stacks(config, 1)
        config["post"] = model.post(width, 1)
        self.tensors.update({f"condition.{name}": values for name, values in model.tensors.items()})
        assert self.precision == precision
        return config

    def condition(self, reads_signal):
        kinds = ("none", "features", "features", "features") + (("signal", "model", "model") if reads_signal else ())
        kind = self.pick("condition", kinds)
        if kind == "none":
            return {"kind": "none"}
        if kind == "signal":
            return {"kind": "signal", "channels": 1}
        if kind == "model":
            return {"kind": "model", "channels": 1, "model": self.inner()}
        bins = self.width(8)
        stages = [self.stage(0, bins)]
        for index in range(1, self.whole(1, 4)):
            stages.append(self.stage(index, stages[-1]["out"]))
        return {"kind": "features", "bins": bins, "channels": stages[-1]["out"], "upsampler": stages}

    def layer(self, name, channels, skip, config):
        """`skip` rows, which a layer without a 1x1 gives only where it is as wide as the bottleneck."""
        bottleneck, gating = self.width(20), self.pick("gating", GATINGS)
        if self.part("no skip", 0.3):
            bottleneck = skip
        rows = bottleneck if gating == "none" else 2 * bottleneck
        layer = {**self.branches(name, channels, rows), "bottleneck": bottleneck, "gating": gating, "activation": self.activation(bottleneck),
                 "secondary_activation": self.activation(bottleneck) if gating != "none" and self.chance() else "Sigmoid",
                 "skip_scale": self.scale(), "residual_scale": self.scale()}
        if config["condition"]["kind"] != "none":
            bins = config["condition"]["channels"]
            layer["mixin_groups"], layer["mixin_bias"] = self.groups(bins, rows), self.chance()
            self.weight(f"{name}.mixin", rows, bins // layer["mixin_groups"])
            self.bias(f"{name}.mixin", rows, layer["mixin_bias"])
        if "speakers" in config:
            layer["speaker_bias"] = self.chance()
            self.weight(f"{name}.speaker", rows, config["speakers"]["channels"], reduced=False)
            self.bias(f"{name}.speaker", rows, layer["speaker_bias"])
        if bottleneck != skip or self.chance():
            layer["skip"] = self.pointwise(f"{name}.skip", bottleneck, skip)
        if not self.part("no residual", 0.2):
            layer["residual"] = self.pointwise(f"{name}.residual", bottleneck, channels)
        if config["condition"]["kind"] != "none" and self.chance(0.3):
            layer["film"] = self.films(name, layer, channels, rows, config["condition"]["channels"])
        return layer

    def branches(self, name, channels, rows):
        """Convolutions side by side that give so many rows, most often one."""
        def conv(part, out):
            return self.conv(f"{name}.{part}", channels, out, self.whole(1, 4), 2 ** self.whole(0, 5))

        if self.chance(0.7):
            return {"conv": conv("conv", rows)}
        merge, count = self.pick("merge", MERGES), self.whole(1, 4)
        widths = [rows] * (1 + count)
        if merge == "concatenate":
            count = min(count, rows - 1)
            cuts = np.sort(self.random.choice(np.arange(1, rows), count, replace=False)) if count else []
            widths = [int(width) for width in np.diff([0, *cuts, rows])]
        branches = [conv(f"branches.{n}", width) for n, width in enumerate(widths[1:])]
        made = {"conv": conv("conv", widths[0]), "branches": branches, "merge": merge if branches else "sum"}
        for part in ["conv", *(f"branches.{n}" for n in range(count))] if merge == "sum" else []:
            self.tensors[f"{name}.{part}.weight"] /= np.float32(np.sqrt(1 + count))  # as loud as one
        return made

    def films(self, name, layer, channels, rows, bins):
        widths = {"conv_pre": channels, "mixin_pre": bins, "activation_post": layer["bottleneck"],
                  "residual_post": "residual" in layer and channels, "skip_post": "skip" in layer and layer["skip"]["out"]}
        films = {}
        for point in FILMS:
            width = widths.get(point, rows)
            if not width or self.chance():
                continue
            self.has.add(("film", point))
            shift = self.chance()
            height = (2 if shift else 1) * width
            films[point] = {"shift": shift, "groups": self.groups(bins, height)}
            self.weight(f"{name}.film.{point}", height, bins // films[point]["groups"], reduced=False)
            self.bias(f"{name}.film.{point}", height)
        return films

    def stacks(self, config, heard):
        """The stacks, and how many rows leave them; every one hands on as many."""
        stacks, skip = [], self.width(24)
        for index in range(2 if self.part("two stacks") else 1):
            name, channels = f"stacks.{index}", self.width(24)
            stack = {"input": self.conv(f"{name}.input", heard, channels, self.whole(1, 3), self.whole(1, 2), index > 0),
                     "input_activation": self.activation(channels) if self.chance(0.3) else "Identity"}
            if index == 0 and heard > 1 and stack["input"]["groups"] > 1:
                self.has.add(("part", "groups of classes"))
            stack["layers"] = [self.layer(f"{name}.layers.{n}", channels, skip, config) for n in range(self.whole(1, 6))]
            if self.part("head"):
                skip_before, skip = skip, self.width(24)
                stack["head"] = self.conv(f"{name}.head", skip_before, skip, self.whole(1, 3), self.whole(1, 3))
            stacks.append(stack)
            heard = channels
        return stacks, skip

    def post(self, width, outputs):
        """Ends in `outputs` rows."""
        entries = []
        for index in range(self.whole(1, 2) if self.part("post", 0.7) else 0):
            out = self.width(32)
            if self.part("cells", 0.25):
                name = f"post.{index}"
                kind = self.pick("cells", ("lstm", "gru"))
                self.weight(name, {"lstm": 4, "gru": 3}[kind] * out, width + out, reduced=False)
                self.bias(name, 4 * out)
                for state in {"lstm": ("hidden", "cell"), "gru": ("hidden",)}[kind]:
                    self.tensors[f"{name}.{state}"] = self.random.uniform(-0.5, 0.5, out).astype(np.float32)
                entries.append({"activation": self.activation(width), "kind": kind, "conv": {"in": width, "out": out},
                                "softmax": self.part("softmax", 0.12)})
                width = out
                continue
            entries.append({"activation": self.activation(width),
                            "conv": self.conv(f"post.{index}", width, out, self.whole(1, 3), self.whole(1, 3))})
            width = out
        entries.append({"activation": self.activation(width), "conv": self.conv(f"post.{len(entries)}", width, outputs)})
        return entries

    def make(self):
        self.precision = self.pick("precision", ("f32", "bf16"))
        config = {"architecture": "WaveNet", "sample_rate": 16000, "precision": self.precision}
        kind, output = self.pick("input", INPUTS), self.pick("output", OUTPUTS)
        config["input"] = {"kind": kind, "channels": 1}
        outputs = {"logistic_mixture": 3 * self.whole(1, 10), "gaussian": 2}.get(output)
        if kind != "signal" or output == "categorical":
            code = self.pick("code", CODES)
            classes = 256 if code == "nsynth" else max(2, self.width(40))
            config["code"] = {"kind": code, "classes": classes, "first": self.whole(0, classes - 1)}
        config["output"] = {"kind": output, "channels": outputs or config["code"]["classes"], "scale": self.scale()}
        config["condition"] = self.condition(kind == "signal")
        if self.part("speakers"):
            config["speakers"] = {"count": self.whole(1, 5), "channels": self.whole(1, 6)}
            self.weight("speakers", config["speakers"]["count"], config["speakers"]["channels"], reduced=False)
        heard = config["code"]["classes"] if kind == "one_hot" else 1
        config["stacks"], width = self.stacks(config, heard)
        config["post"] = self.post(width, config["output"]["channels"])
        if self.precision == "f32":
            self.reduced = []
        return config
