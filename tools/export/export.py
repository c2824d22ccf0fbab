#!/usr/bin/python3
"""Turns a PyTorch checkpoint of a WaveNet into a native model file (docs/format.md)."""

import argparse
import os
import sys

import checkpoint
import hparams as hyper_parameters
from checkpoint import Refusal

EXAMPLE = """example:
  /usr/bin/python3 tools/export/export.py checkpoint_step000100000_ema.pth --hparams hparams.json -o voice.safetensors
"""


def families():
    """The table of families; a new one is a file with NAME, SOURCE, recognises() and export(), and an entry here.

    What needs NumPy is imported late, so that its absence can be said in one line.
    """
    import family_r9y9
    import family_vincentherrmann
    return [family_r9y9, family_vincentherrmann]


def main(arguments=None):
    options = _options(arguments)
    try:
        for line in export(options):
            print(line)
    except Refusal as refusal:
        print(f"export.py: {' '.join(str(refusal).split())}", file=sys.stderr)
        return 2
    return 0


def export(options):
    """Writes the model; returns the lines that say what was found."""
    checkpoint.require_libraries()
    import native
    weights = checkpoint.Weights(checkpoint.load(options.checkpoint), options.checkpoint)
    family = _family(weights, options.family)
    hparams = hyper_parameters.read(options.hparams) if options.hparams else hyper_parameters.find(options.checkpoint)
    stats = _read_stats(options.stats) if options.stats else None
    name = os.path.splitext(os.path.basename(options.checkpoint))[0]
    graph = family.export(weights, hparams, name, stats)
    try:
        native.write_model(options.output, graph.config, graph.tensors)
    except ValueError as error:
        raise Refusal(f"{options.checkpoint}: {error}") from None
    except OSError as error:
        raise Refusal(f"{options.output}: {error.strerror or error}") from None
    return _found(family, hparams, graph) + [f"wrote       {options.output}"]


def _options(arguments):
    parser = argparse.ArgumentParser(prog="export.py", description=__doc__, epilog=EXAMPLE,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="a state dict saved by torch.save")
    parser.add_argument("--hparams", metavar="FILE", help="hyper-parameters as JSON (default: CHECKPOINT with the "
                        "ending .json, or hparams.json beside it)")
    parser.add_argument("--family", choices=["auto", "r9y9", "vincentherrmann"], default="auto",
                        help="whose layout the checkpoint has (default: recognised from the tensors' names)")
    parser.add_argument("--stats", metavar="FILE", help="mean and scale of the features: .npz with 'mean' and "
                        "'scale', or .npy of shape (2, bins)")
    parser.add_argument("-o", "--output", metavar="OUT.safetensors", required=True, help="the model file to write")
    return parser.parse_args(arguments)


def _family(weights, wanted):
    for family in families():
        if wanted == family.NAME or (wanted == "auto" and family.recognises(weights)):
            return family
    shown = ", ".join(sorted(weights.names())[:4])
    raise Refusal(f"{weights.source}: no known family ({', '.join(family.NAME for family in families())}) has tensors "
                  f"named like these: {shown}, …; --family names one")


def _read_stats(path):
    """(mean, scale) of the features."""
    import numpy as np
    try:
        content = np.load(path, allow_pickle=False)
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror or error}") from None
    except (ValueError, EOFError):
        raise Refusal(f"{path}: not a .npy or .npz file; a scaler saved by joblib is converted where scikit-learn is "
                      "installed: python3 -c \"import joblib, numpy; s = joblib.load('IN.joblib'); "
                      "numpy.savez('OUT.npz', mean=s.mean_, scale=s.scale_)\"") from None
    if not isinstance(content, np.ndarray):
        if not {"mean", "scale"} <= set(content.files):
            raise Refusal(f"{path}: expected arrays 'mean' and 'scale', found {', '.join(content.files) or 'none'}")
        content = [content["mean"], content["scale"]]
    elif content.ndim != 2 or len(content) != 2:
        raise Refusal(f"{path}: expected shape (2, bins), found {content.shape}")
    mean, scale = (np.asarray(values, dtype=np.float64) for values in content)
    if not (np.isfinite(mean).all() and np.isfinite(scale).all() and (scale > 0).all()):
        raise Refusal(f"{path}: every mean must be finite and every scale above zero")
    return mean, scale


def _found(family, hparams, graph):
    """What the model is, in a few lines."""
    config = graph.config
    layers = config["stacks"][0]["layers"]
    convs = [layer["conv"] for layer in layers]
    field = 1 + sum((conv["kernel"] - 1) * conv["dilation"] for conv in convs)
    dilations = sorted({conv["dilation"] for conv in convs})
    first = layers[0]
    lines = [
        f"family      {family.NAME} ({family.SOURCE}), hyper-parameters {hparams.path or 'none'}",
        f"layers      {len(layers)}, kernel {convs[0]['kernel']}, dilations {dilations[0]} to {dilations[-1]}",
        f"channels    residual {convs[0]['in']}, gate {convs[0]['out']}, skip {first['skip']['out']}",
        f"receptive   {field} samples, {1000 * field / config['sample_rate']:.1f} ms at {config['sample_rate']:g} Hz",
        f"input       {config['input']['kind']}" + (f", code {config['code']['kind']}" if "code" in config else ""),
        f"condition   {_conditioning(config)}",
        f"output      {config['output']['kind']}, {config['output']['channels']} channels",
    ]
    return lines + [f"note        {note}" for note in graph.notes]


def _conditioning(config):
    parts = []
    if "condition" in config:
        stages = config["condition"]["upsampler"]
        factor = 1
        for stage in stages:
            factor *= stage.get("stride", 1)
        parts.append(f"{config['condition']['bins']} bins, upsampled {factor} times, "
                     f"{config['condition']['pad']} frames of padding")
    if "speakers" in config:
        parts.append(f"{config['speakers']['count']} speakers of {config['speakers']['channels']} channels")
    return "; ".join(parts) or "none"


if __name__ == "__main__":
    sys.exit(main())
