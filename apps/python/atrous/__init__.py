"""WaveNets, fast: effects on a signal, and generators of sound.

    effect = atrous.Effect("amp.nam", sample_rate=48000)
    wet = effect(dry)                                    # (frames,) or (channels, frames), float32 or float64
    speech = atrous.Generator("voice.safetensors").generate(mel, seed=1)  # mel (frames, bins) -> (samples,)

Audio is a NumPy array of shape (frames,), one channel, or (channels, frames), full scale -1 to 1; features are
(frames, bins). A layout is never guessed: an array of another shape or dtype is refused. What comes back is float32.
Wherever a function takes a model, it takes a path, a Model or a Network: a Network is loaded and packed once, and shared.
"""

from ._atrous import (Bank, Chunks, Effect, Error, Generator, HybridDilation, Knob, Model, Network, NetworkInfo, Score,
                      Voice, __version__, mel, read_audio, resample, score, write_audio)

__all__ = ["Bank", "Chunks", "Effect", "Error", "Generator", "HybridDilation", "Knob", "Model", "Network", "NetworkInfo",
           "Score", "Voice", "__version__", "mel", "read_audio", "resample", "score", "write_audio"]

for _type in (Bank, Chunks, Effect, Generator, HybridDilation, Knob, Model, Network, NetworkInfo, Score, Voice):
    _type.__module__ = __name__
del _type
