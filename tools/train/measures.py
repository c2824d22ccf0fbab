"""How far a copy of speech is from the original, in numbers; and Griffin and Lim's copy, which takes no training."""
import numpy as np

import sound

F0_RANGE, F0_WINDOW = (60, 400), 640  # Hz; samples: 2.4 periods of the lowest
VOICED = 0.6  # correlation of a frame with itself a period later


def spectra(audio):
    """(frames, FFT / 2 + 1), complex; frame i is centred on sample i * HOP."""
    padded = np.pad(audio, sound.FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, sound.FFT)[::sound.HOP]
    return np.fft.rfft(frames * sound.WINDOW)


def mel_cepstral_distortion(original, copy, order=24):
    """dB: 10 / ln 10 · sqrt(2 sum of squares of the differences of c1 ... c24), mean over the frames within 50 dB of the loudest."""
    def logs(audio):
        return np.log(np.maximum(1e-7, np.abs(spectra(audio)) @ sound.FILTERS))

    a, b = logs(original), logs(copy)
    cosines = np.cos(np.pi * np.outer(np.arange(sound.BINS) + 0.5, np.arange(1, order + 1)) / sound.BINS) / sound.BINS
    loud = sound.loudness(np.pad(original, (0, sound.HOP)))[: len(a)]
    differences = ((a - b) @ cosines)[: len(loud)][loud > loud.max() * 10 ** (-50 / 20)]
    return 10 / np.log(10) * np.sqrt(2 * (differences**2).sum(1)).mean()


def pitch(audio):
    """(frames,) Hz, 0 where a frame is not voiced: the peak of the normalised autocorrelation, the earliest of those nearly as high."""
    low, high = sound.RATE // F0_RANGE[1], sound.RATE // F0_RANGE[0]
    span = F0_WINDOW + high + 1
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(audio, (span // 2, span)), span)[::sound.HOP]
    loud = np.sqrt((frames**2).mean(1))
    found = np.zeros(len(frames))
    for index in np.flatnonzero(loud > loud.max() * 10 ** (-35 / 20)):
        frame = frames[index] - frames[index].mean()
        products = np.correlate(frame, frame[:F0_WINDOW], "valid")  # lags 0 ... high + 1
        squares = np.cumsum(np.append(0, frame**2))
        energies = squares[F0_WINDOW:] - squares[:-F0_WINDOW]
        r = products / np.sqrt(energies[0] * energies[: len(products)] + 1e-12)
        lags = np.arange(low, high)
        peaks = lags[(r[lags] >= r[lags - 1]) & (r[lags] > r[lags + 1])]
        if len(peaks) and r[peaks].max() > VOICED:
            lag = peaks[r[peaks] > 0.92 * r[peaks].max()][0]
            before, at, after = r[lag - 1:lag + 2]
            found[index] = sound.RATE / (lag + 0.5 * (before - after) / (before - 2 * at + after))
    return found


def pitch_error(original, copy):
    """(cents: mean size of the difference over frames voiced in both, share of frames off by more than 300 cents or voiced in one alone)."""
    a, b = pitch(original), pitch(copy)
    a, b = a[: len(b)], b[: len(a)]
    both = (a > 0) & (b > 0)
    cents = 1200 * np.abs(np.log2(a[both] / b[both]))
    voiced = ((a > 0) | (b > 0)).sum()
    return cents[cents < 300].mean(), 1 - (cents < 300).sum() / voiced


def griffin_lim(mel, rounds=60, seed=1):
    """Audio of mel frames (frames, BINS): magnitudes by the pseudo-inverse of the filters, phases by Griffin and Lim (1984)."""
    magnitudes = np.maximum(0, 10.0**mel @ np.linalg.pinv(sound.FILTERS))
    length = (len(mel) - 1) * sound.HOP
    weights = synthesis(np.ones((len(mel), sound.FFT)) * sound.WINDOW**2, length)
    phases = np.exp(2j * np.pi * np.random.default_rng(seed).random(magnitudes.shape))
    for _ in range(rounds):
        heard = synthesis(np.fft.irfft(magnitudes * phases) * sound.WINDOW, length) / np.maximum(weights, 1e-3)
        phases = np.exp(1j * np.angle(spectra(heard)))
    return sound.deemphasise(heard)


def synthesis(frames, length):
    """Overlap and add: frame i is centred on sample i * HOP."""
    total = np.zeros(length + sound.FFT)
    for index, frame in enumerate(frames):
        total[index * sound.HOP:index * sound.HOP + sound.FFT] += frame
    return total[sound.FFT // 2:][:length]


def mixture_nats(outputs, codes):
    """Mean nats of mu-law codes (T,) under mixtures of logistics (T, 3 mixtures), each integrated over the code's interval."""
    logits, means, log_scales = np.split(outputs.astype(np.float64), 3, 1)
    edges = sound.code_edges()
    sharpness = np.exp(-log_scales)

    def below(edge):
        return 0.5 * (1 + np.tanh(0.5 * np.clip((edge[:, None] - means) * sharpness, -700, 700)))

    shares = np.exp(logits - logits.max(1, keepdims=True))
    inside = (shares / shares.sum(1, keepdims=True) * (below(edges[codes + 1]) - below(edges[codes]))).sum(1)
    return -np.log(np.maximum(inside, 1e-12)).mean()
