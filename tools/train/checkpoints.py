"""Checkpoints of voice.py: .safetensors whose metadata holds the shape and the state as JSON.

A whole one holds the weights, their running mean, AdamW's moments and the state of the random numbers: training goes on as if it had not stopped.
One in bf16, for keeping and sending, holds the mean alone: training goes on from there, and warms up its moments again.
"""
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch

import vocoder

sys.path.append(str(Path(__file__).parents[1] / "export"))
import native  # noqa: E402

KEY = "atrous.training"
MOMENTS = ("exp_avg", "exp_avg_sq", "step")


def is_one(path):
    return KEY in native.read_metadata(path)


def shape(path):
    return vocoder.Shape(**json.loads(native.read_metadata(path)[KEY])["shape"])


def save(path, training, half=False):
    parts = ("smooth",) if half else ("model", "smooth")
    tensors = {f"{part}.{name}": value.cpu().numpy() for part in parts for name, value in getattr(training, part).state_dict().items()}
    bf16 = set(tensors) if half else set()
    if not half:
        for index, moments in training.optimizer.state_dict()["state"].items():
            tensors |= {f"moments.{index}.{name}": torch.as_tensor(moments[name]).cpu().numpy() for name in MOMENTS}
        tensors["random"] = torch.get_rng_state().numpy()
    state = {**training.state, "best": training.state["best"] if math.isfinite(training.state["best"]) else 99.0}
    text = json.dumps({"shape": training.model.shape.__dict__, "state": state})
    native.write_tensors(path, tensors, {KEY: text}, bf16)


def load(path, training):
    tensors, header = native.read_tensors(path), json.loads(native.read_metadata(path)[KEY])
    tensors = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in tensors.items()}
    for part in ("smooth", "model"):
        kept = {name[len(part) + 1:]: value for name, value in tensors.items() if name.startswith(f"{part}.")}
        getattr(training, part).load_state_dict(kept or training.smooth.state_dict())
    training.state = header["state"]
    if "random" not in tensors:
        training.state["warm"] = 0
        return
    moments = training.optimizer.state_dict()
    indices = {int(name.split(".")[1]) for name in tensors if name.startswith("moments.")}
    moments["state"] = {index: {name: tensors[f"moments.{index}.{name}"] for name in MOMENTS} for index in indices}
    training.optimizer.load_state_dict(moments)
    torch.set_rng_state(tensors["random"])
