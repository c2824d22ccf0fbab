"""Model, feature and sound files as bytes, with the standard library alone."""
import json
import struct
import wave
import zipfile


def tensors(shapes, metadata=None):
    """A .safetensors file of zeros but for tensors whose value is given: {name: shape} or {name: (shape, value)}."""
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    for name, shape in shapes.items():
        shape, value = shape if isinstance(shape, tuple) else (shape, 0.0)
        count = 1
        for size in shape:
            count *= size
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * count]}
        data += struct.pack("<f", value) * count
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def native(config, shapes):
    return tensors(shapes, {"atrous.version": "1", "atrous.config": json.dumps(config)})


def conv(**changes):
    return {"in": 1, "out": 1, "kernel": 1, "dilation": 1, "groups": 1, "bias": False, **changes}


def filter_with(**parts):
    """The smallest native effect, with other parts of the configuration."""
    config = {"architecture": "Linear", "sample_rate": 16000, "post": [{"conv": conv()}], **parts}
    return native(config, {"post.0.weight": [1, 1, 1]})


def vocoder(stages, shapes, channels=1):
    """The smallest native generator that reads one bin through an upsampler that makes channels of it."""
    layer = {"conv": conv(), "bottleneck": 1}
    config = {"architecture": "WaveNet", "sample_rate": 16000, "stacks": [{"input": conv(), "layers": [layer]}],
              "condition": {"kind": "features", "channels": channels, "bins": 1, "upsampler": stages},
              "post": [{"conv": conv(out=2)}], "output": {"kind": "gaussian", "channels": 2}}
    own = {"stacks.0.input.weight": [1, 1, 1], "stacks.0.layers.0.conv.weight": [1, 1, 1],
           "stacks.0.layers.0.mixin.weight": [1, channels], "post.0.weight": [2, 1, 1]}
    return native(config, {**shapes, **own})


def nam(architecture, config, weights):
    document = {"version": "0.7.0", "architecture": architecture, "config": config, "weights": weights,
                "sample_rate": 48000}
    return json.dumps(document, separators=(",", ":")).encode()


def linear_nam(weights):
    return nam("Linear", {"receptive_field": len(weights), "bias": False}, weights)


def layers_nam(channels, dilations, **changes):
    """A WaveNet of one layer array with a kernel of two, its weights zeros."""
    array = {"input_size": 1, "condition_size": 1, "channels": channels, "kernel_size": 2, "dilations": dilations,
             "activation": "Tanh", "head_size": 1, "head_bias": False, **changes}
    layer = 2 * channels * channels + channels + channels + channels * channels + channels
    return nam("WaveNet", {"layers": [array], "head": None}, [0] * (channels + layer * len(dilations) + channels + 1))


def array(frames):
    """A .npy of zeros, one bin a frame."""
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 1), }\n" % frames
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header.encode() + bytes(4 * frames)


def write_npz(path, frames):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("mel.npy", array(frames))


def write_wav(path, channels, frames, rate=48000):
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(bytes(range(250)) * (channels * frames * 2 // 250 + 1))
