#!/usr/bin/python3
"""Speech to learn from: the King James Bible read by flite's voice slt, as mu-law codes and mel frames.

Everything is cut at frames: an utterance is padded to a whole number of them, so that sample n belongs to frame n // HOP.
"""
import io
import multiprocessing
import os
import random
import re
import subprocess
import sys

import numpy as np
from scipy.io import wavfile
from scipy.signal import lfilter

RATE = 16000
HOP, FFT, BINS, FMIN, FMAX, FLOOR = 200, 800, 80, 60.0, 7600.0, 1e-5
GAIN, EMPHASIS = 2.3, 0.85  # of the audio the network hears; undone on output. Its peaks then reach 0.9
MU = 255
HELD_OUT = ("Ruth", "Jonah")  # books that training never sees


def verses():
    """(book, text) of every verse."""
    text = subprocess.run(["bible", "-f", "ge1:1-re22:21"], capture_output=True, check=True, text=True).stdout
    found = (re.match(r"(\d?[A-Za-z]+)\d+:\d+ (.*)", line) for line in text.splitlines())
    return [match.groups() for match in found if match]


def speak(text):
    """The text as float audio, with 0.2 s of silence behind it."""
    wav = subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", "/dev/stdout"], capture_output=True, check=True).stdout
    rate, pcm = wavfile.read(io.BytesIO(wav))
    assert rate == RATE
    return np.append(pcm, np.zeros(RATE // 5, np.int16)).astype(np.float32) / 32768


def emphasise(audio):
    """What the network hears: louder, and with the treble lifted, so that mu-law's noise falls under the speech."""
    return lfilter([GAIN, -GAIN * EMPHASIS], [1], audio).astype(np.float32)


def deemphasise(heard):
    return lfilter([1 / GAIN], [1, -EMPHASIS], heard).astype(np.float32)


def encode(heard):
    heard = np.clip(heard, -1, 1)
    f = np.sign(heard) * np.log1p(MU * np.abs(heard)) / np.log1p(MU)
    return ((f + 1) / 2 * MU).astype(np.uint8)


def decode(codes):
    f = 2 * np.asarray(codes, np.float64) / MU - 1
    return np.sign(f) * ((1 + MU) ** np.abs(f) - 1) / MU


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


def mel(heard):
    """(frames, BINS): log10 magnitudes; frame i is centred on sample i * HOP, and the last one, at the end, is left out."""
    padded = np.pad(heard, FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP][: len(heard) // HOP]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)
    magnitudes = np.abs(np.fft.rfft(frames * window))
    return np.log10(np.maximum(FLOOR, magnitudes @ mel_filters().T)).astype(np.float32)


def utterance(text):
    """Codes and mel frames of the text read aloud."""
    heard = emphasise(speak(text))
    heard = np.pad(heard, (0, -len(heard) % HOP))
    return encode(heard), mel(heard)


def read_aloud(texts, minutes):
    """One long row of codes, and its mel frames: the texts in order, until they last so long."""
    utterances, left = [], minutes * 60 * RATE
    with multiprocessing.Pool(len(os.sched_getaffinity(0))) as pool:
        for codes, frames in pool.imap(utterance, texts, chunksize=4):
            utterances.append((codes, frames))
            left -= len(codes)
            if left <= 0:
                break
    return tuple(map(np.concatenate, zip(*utterances)))


def corpus(path, minutes=600, held_minutes=6, seed=1):
    """Dict of the arrays codes, mel, held_codes, held_mel; made once, then kept in a file."""
    if not path.exists():
        all_verses = verses()
        train = [text for book, text in all_verses if book not in HELD_OUT]
        held = [text for book, text in all_verses if book in HELD_OUT]
        for texts in (train, held):
            random.Random(seed).shuffle(texts)
        codes, frames = read_aloud(train, minutes)
        held_codes, held_frames = read_aloud(held, held_minutes)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, codes=codes, mel=frames, held_codes=held_codes, held_mel=held_frames)
    return np.load(path)


if __name__ == "__main__":  # tools/train/speech.py samples/speech.wav: words that the training never sees
    sentence = "Whither thou goest, I will go; and where thou lodgest, I will lodge."  # Ruth 1:16
    wavfile.write(sys.argv[1], RATE, np.round(speak(sentence) * 32768).astype(np.int16))
