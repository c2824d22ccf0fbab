#!/usr/bin/python3
"""Dry plucked strings after Karplus and Strong, and other signals that show what an amplifier does.

    tools/train/strings.py samples/guitar.wav
"""
import sys

import numpy as np
from scipy.io import wavfile
from scipy.signal import butter, chirp, lfilter, sosfilt

RATE = 48000
OPEN_STRINGS = np.array([40, 45, 50, 55, 59, 64])  # MIDI notes of a guitar
CHORDS = np.array([[0, 2, 2, 1, 0, 0], [3, 2, 0, 0, 0, 3], [0, 0, 2, 2, 2, 0], [0, 0, 2, 2, 1, 0], [1, 3, 3, 2, 1, 1]])


def pluck(rng, note, seconds, decay=None, brightness=None):
    """A string: a burst of noise, one period long, that goes round a delay line and loses treble at each turn."""
    decay = rng.uniform(0.3, 4) if decay is None else decay
    brightness = rng.uniform(0.05, 0.6) if brightness is None else brightness
    period = RATE / (440 * 2 ** ((note - 69) / 12))
    burst = lfilter([brightness], [1, brightness - 1], rng.uniform(-1, 1, int(period)))
    burst -= burst.mean()
    place = max(1, int(period * rng.uniform(0.1, 0.3)))  # a string is silent at the harmonics that have a node there
    burst = np.append(burst, np.zeros(place)) - np.append(np.zeros(place), burst)
    whole, part = int(period - 0.5), (period - 0.5) % 1  # the loop's mean of two samples delays by a half
    loop = 10 ** (-3 * period / RATE / decay) * np.convolve([0.5, 0.5], [1 - part, part])
    feedback = np.concatenate([[1], np.zeros(whole - 1), -loop])
    signal = np.zeros(int(seconds * RATE))
    signal[: len(burst)] = burst[: len(signal)]
    return lfilter([1], feedback, signal)


def strum(rng, notes, seconds, **how):
    """Notes struck one after the other, some ms apart."""
    signal = np.zeros(int(seconds * RATE))
    gap = rng.uniform(0.001, 0.03)
    for i, note in enumerate(notes):
        start = int(i * gap * RATE)
        signal[start:] += pluck(rng, note, seconds, **how)[: max(0, len(signal) - start)] * rng.uniform(0.5, 1)
    return signal


def phrase(rng, seconds):
    """Single notes, power chords and whole chords, each cut off by the next."""
    signal, at = np.zeros(int(seconds * RATE)), 0.0
    while at < seconds:
        length = rng.choice([0.12, 0.25, 0.5, 1, 2])
        kind = rng.integers(3)
        if kind == 0:
            notes = [rng.integers(40, 84)]
        elif kind == 1:
            notes = rng.integers(40, 57) + np.array([0, 7, 12])
        else:
            notes = OPEN_STRINGS + CHORDS[rng.integers(len(CHORDS))] + rng.integers(0, 5)
        start = int(at * RATE)
        stroke = strum(rng, notes, min(length, seconds - at + 0.01)) * 10 ** rng.uniform(-1, 0)
        stroke[-200:] *= np.linspace(1, 0, min(200, len(stroke)))
        signal[start: start + len(stroke)] += stroke[: len(signal) - start]
        at += length
    return signal


def sweep(rng, seconds):
    t = np.arange(int(seconds * RATE)) / RATE
    low, high = rng.uniform(20, 200), rng.uniform(2000, 16000)
    return chirp(t, low, seconds, high, "logarithmic") * (1 + np.sin(2 * np.pi * rng.uniform(0.5, 8) * t)) / 2


def bursts(rng, seconds):
    """Coloured noise that comes and goes."""
    noise = rng.standard_normal(int(seconds * RATE))
    band = sosfilt(butter(1, [rng.uniform(40, 200), rng.uniform(1000, 12000)], "band", fs=RATE, output="sos"), noise)
    gates = rng.integers(0, 4, len(noise) // 4000 + 1) / 3
    return band * np.repeat(gates, 4000)[: len(noise)]


def clip(rng, seconds, kinds=(phrase, phrase, phrase, phrase, phrase, phrase, sweep, bursts)):
    """One signal of a random kind, at a random level up to full scale, after a moment of silence."""
    signal = kinds[rng.integers(len(kinds))](rng, seconds)
    signal[: RATE // 10] = 0
    return signal / (np.abs(signal).max() + 1e-9) * 10 ** rng.uniform(-1, 0)


def riff():
    """Four seconds for samples/: three chords, then a short line."""
    rng = np.random.default_rng(7)
    bright = dict(decay=3, brightness=0.5)
    chords = [(0.05, OPEN_STRINGS + CHORDS[0], 0.9), (0.85, OPEN_STRINGS + CHORDS[3], 0.9), (1.65, OPEN_STRINGS[1:] + CHORDS[2][1:], 0.9)]
    line = [(2.45 + 0.2 * i, [note], 0.2) for i, note in enumerate([64, 67, 69, 71])] + [(3.25, [40, 47, 52], 0.75)]
    signal = np.zeros(4 * RATE)
    for at, notes, seconds in chords + line:
        stroke = strum(rng, notes, seconds, **bright) * (1 if len(notes) > 1 else 2)
        stroke[-400:] *= np.linspace(1, 0, 400)
        start = int(at * RATE)
        signal[start: start + len(stroke)] += stroke[: len(signal) - start]
    return signal / np.abs(signal).max() * 0.6


if __name__ == "__main__":
    wavfile.write(sys.argv[1], RATE, np.round(riff() * 32767).astype(np.int16))
