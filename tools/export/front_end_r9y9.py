"""r9y9's front end, from the hyper-parameters: what `features` and `waveform` of the native configuration say."""

import math

from refusal import Refusal


def hop_size(hparams):
    """Samples per frame, or None where the file does not say."""
    if "hop_size" in hparams:
        return hparams.integer("hop_size", low=1)
    if "frame_shift_ms" in hparams:
        return int(hparams.number("frame_shift_ms") / 1000 * hparams.number("sample_rate"))
    return None


def add(graph, model, stats):
    """Adds `features` and `waveform`, or says in a note why not."""
    hparams = model.hparams
    _add_waveform(graph, hparams, model.older)
    hop = hop_size(hparams)
    absent = _why_no_features(hparams, hop, model.older)
    if absent:
        if stats is not None:
            raise Refusal(f"--stats: no front end to normalise ({absent})")
        graph.notes.append(f"front end left out: {absent}; give features from a file")
        return
    _check(graph, model, hop)
    graph.config["features"] = _features(hparams, hop, stats is not None)
    if stats is None:
        graph.notes.append("front end written without normalisation: r9y9 trains on normalised features, "
                           "so give the scaler's mean and scale with --stats if this model did")
    else:
        _add_stats(graph, stats)


def _why_no_features(hparams, hop, older):
    missing = [key for key in ("fft_size", "num_mels", "fmin") if key not in hparams] + ([] if hop else ["hop_size"])
    if missing:
        return f"the hyper-parameters lack {', '.join(missing)}"
    if older:
        return "the older graph was trained on features of the lws package, which cannot be reproduced exactly"
    if hparams.text("window", "hann") != "hann":
        return f"window {hparams.text('window')!r}, not 'hann'"
    return None


def _features(hparams, hop, normalized):
    """A centred STFT with reflect padding, magnitude, Slaney mel bands, log10."""
    rate = hparams.number("sample_rate")
    return {
        "sample_rate": rate, "fft": hparams.integer("fft_size", low=1), "window": _window(hparams), "hop": hop,
        "bins": hparams.integer("num_mels", low=1), "centered": True,
        "fmin": hparams.number("fmin"), "fmax": hparams.number("fmax", rate / 2),
        "mel_scale": "slaney", "slaney_norm": True, "power": 1, "log_base": "ten", "floor": 1e-10, "log_scale": 1,
        "log_offset": 0, "normalized": normalized, "of_shaped_audio": False,
    }


def _window(hparams):
    length = hparams.integer("win_length", default=hparams.integer("fft_size"))
    if length < 0:  # r9y9's way to say that the length is in milliseconds
        hparams.require("win_length_ms", "win_length is negative")
        length = int(hparams.number("win_length_ms") / 1000 * hparams.number("sample_rate"))
    if not 0 < length <= hparams.integer("fft_size"):
        raise Refusal(f"{hparams.path}: win_length: expected 1 to fft_size {hparams.integer('fft_size')}, "
                      f"found {length}")
    return length


def _check(graph, model, hop):
    bins = graph.config["condition"]["bins"]
    model.hparams.agree("num_mels", bins, "bins of conditioning")
    if model.stages.scales and math.prod(model.stages.scales) != hop:
        raise Refusal(f"{model.hparams.path}: hop_size: expected {math.prod(model.stages.scales)}, the product of the "
                      f"upsampler's scales {model.stages.scales}, found {hop}")


def _add_stats(graph, stats):
    mean, scale = stats
    bins = graph.config["condition"]["bins"]
    for name, values in (("mean", mean), ("scale", scale)):
        if values.shape != (bins,):
            raise Refusal(f"--stats: {name}: expected {bins} values, found shape {list(values.shape)}")
        graph.tensors[f"features.{name}"] = values


def _add_waveform(graph, hparams, older):
    """High-pass, gain and pre-emphasis, beside compression; r9y9 computes the features before gain and pre-emphasis."""
    if older:
        if hparams.flag("rescaling", False):
            graph.notes.append("r9y9 scaled every training file to the same peak; that is not done here")
        return
    if "global_gain_scale" not in hparams:  # not a preset of the training code, which always has it
        return
    gain = hparams.number("global_gain_scale")
    waveform = {"highpass_hz": hparams.number("highpass_cutoff", 70.0), "gain": gain if gain > 0 else 1.0,
                "preemphasis": _preemphasis(hparams)}
    if "highpass_cutoff" not in hparams:
        graph.notes.append("high-pass at 70 Hz, r9y9's default (the hyper-parameters have no highpass_cutoff)")
    waveform["highpass_hz"] = max(waveform["highpass_hz"], 0)
    graph.config.setdefault("waveform", {}).update(waveform)


def _preemphasis(hparams):
    name = hparams.text("preprocess", "")
    if name in ("", "none"):
        return 0.0
    if name == "preemphasis":
        return hparams.number("preemphasis", 0.85)
    raise Refusal(f"{hparams.path}: preprocess: expected '' or 'preemphasis', found {name!r}")
