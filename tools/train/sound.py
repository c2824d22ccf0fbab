"""The sound that the voice hears and makes: levels, shaping, mu-law codes, mel frames. models/voice.md has the figures in words."""
import numpy as np
from scipy.signal import lfilter

RATE = 16000
HOP, FFT, BINS, FMIN, FMAX, FLOOR = 200, 800, 80, 60.0, 7600.0, 1e-5
GAIN, EMPHASIS = 1.25, 0.85  # of the audio the network hears; undone on output. Sibilants of loud speech then reach 1
MU, CLASSES = 255, 256
LEVEL = 0.126  # RMS of speech, pauses left out, after `normalise`
SILENCE = RATE // 10  # longest that `trim` leaves


def loudness(audio):
    """(frames,) RMS of each whole frame of HOP samples."""
    return np.sqrt((audio[: len(audio) // HOP * HOP].reshape(-1, HOP) ** 2).mean(1) + 1e-20)


def normalise(audio):
    """At LEVEL: the frames within 35 dB of the loudest count."""
    frames = loudness(audio)
    loud = frames[frames > frames.max() * 10 ** (-35 / 20)]
    return audio * (LEVEL / np.sqrt((loud**2).mean()))


def trim(audio, below=-50):
    """Silences, of frames so many dB below the loudest, cut to SILENCE: half of it after the sound before, half before the next."""
    frames = loudness(audio)
    sounds = np.flatnonzero(frames > frames.max() * 10 ** (below / 20))
    reach = SILENCE // HOP // 2
    keep = np.zeros(len(frames), bool)
    for offset in range(-reach, reach + 1):
        keep[np.clip(sounds + offset, 0, len(frames) - 1)] = True
    return audio[: len(frames) * HOP].reshape(-1, HOP)[keep].ravel()


def emphasise(audio):
    """What the network hears: the treble lifted, so that mu-law's noise falls under the speech."""
    return lfilter([GAIN, -GAIN * EMPHASIS], [1], audio).astype(np.float32)


def deemphasise(heard):
    return lfilter([1 / GAIN], [1, -EMPHASIS], heard).astype(np.float32)


def encode(heard):
    heard = np.clip(heard, -1, 1)
    f = np.sign(heard) * np.log1p(MU * np.abs(heard)) / np.log1p(MU)
    return ((f + 1) / 2 * MU).astype(np.uint8)


def expand(f):
    """The inverse of mu-law's curve, of numbers from -1 to 1."""
    return np.sign(f) * ((1 + MU) ** np.abs(f) - 1) / MU


def decode(codes):
    return expand(2 * np.asarray(codes, np.float64) / MU - 1)


def code_edges():
    """(CLASSES + 1,) where the intervals that `encode` maps to a code begin and end."""
    edges = expand(2 * np.arange(CLASSES + 1) / MU - 1)
    edges[-2] = 1.0  # the last code is the value 1 alone, as what is above is clipped to it
    edges[0], edges[-1] = -np.inf, np.inf
    return edges


def hz_of_mel(mel):
    """Slaney's scale: linear to 1 kHz, then logarithmic."""
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


def mel_of_hz(hz):
    return np.where(hz < 1000, hz * 3 / 200, 15 + np.log(np.maximum(hz, 1e-9) / 1000) * 27 / np.log(6.4))


def mel_filters():
    """(BINS, FFT / 2 + 1) triangles of equal area."""
    edges = hz_of_mel(np.linspace(mel_of_hz(FMIN), mel_of_hz(FMAX), BINS + 2))
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    hz = np.arange(FFT // 2 + 1) * RATE / FFT
    rise, fall = (hz - low) / (middle - low), (high - hz) / (high - middle)
    return np.maximum(0, np.minimum(rise, fall)) * 2 / (high - low)


FILTERS = mel_filters().T
WINDOW = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)


def mel(heard):
    """(frames, BINS): log10 magnitudes; frame i is centred on sample i * HOP, and the last one, at the end, is left out."""
    padded = np.pad(heard, FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP][: len(heard) // HOP]
    return np.log10(np.maximum(FLOOR, np.abs(np.fft.rfft(frames * WINDOW)) @ FILTERS)).astype(np.float32)
