#!/usr/bin/python3
"""Speech to learn from: prompts that people recorded for telephone exchanges (Debian's asterisk-core-sounds-*-g722), and some of flite's voices.

    tools/train/people.py data    gathers it into build/train/people.npz, and says how much there is of whom

Other people's speech that Debian has was measured and left out: the noise of tuxpaint-stamps lies 20 to 40 dB under the speech, that of half of
klettres-data's languages likewise, and both are under the GPL, while the prompts are under CC BY(-SA): weights could not be handed on under both.
"""
import argparse
import hashlib
import io
import json
import multiprocessing
import os
import random
import re
import subprocess
from pathlib import Path

import numpy as np
from scipy.io import wavfile

import sound

SOUNDS = Path("/usr/share/asterisk/sounds")
SPEAKERS = {"en_US_f_Allison": "en", "es_MX_f_Allison": "es", "fr_CA_f_June": "fr", "it_IT_m_Carlo": "it", "ru_RU_f_IvrvoiceRU": "ru"}
STRANGER = "it_IT_m_Carlo"  # never trained on at all
NO_SPEECH = re.compile("/silence/|beep|2tone|tt-monkeys")
FLITE = {"slt": 15, "awb": 6, "rms": 6}  # minutes of each voice
HELD_BOOKS = ("Ruth", "Jonah")  # that flite never reads to the training
PAUSE = sound.RATE // 5  # of nothing behind every utterance: longer than a network remembers, so that each begins afresh


def prompts():
    """Paths of all prompts in which somebody speaks."""
    return sorted(path for speaker in SPEAKERS for path in (SOUNDS / speaker).rglob("*.g722") if not NO_SPEECH.search(str(path)))


def held_out(path):
    """Whether training never hears it: an eighth of the files, the isolated words of the English speaker, one speaker wholly."""
    apart = path.parent.name in ("digits", "letters", "phonetic") and SPEAKERS[path.relative_to(SOUNDS).parts[0]] == "en"
    return STRANGER in path.parts or apart or hashlib.sha1(str(path)[1:].encode()).hexdigest()[-1] in "01"


def decode(path):
    """The audio of a prompt, from -1 to 1."""
    pcm = subprocess.run(["ffmpeg", "-v", "error", "-f", "g722", "-i", path, "-f", "s16le", "-"], capture_output=True, check=True).stdout
    return np.frombuffer(pcm, np.int16).astype(np.float32) / 32768


def verses():
    """(book, text) of every verse of the King James Bible."""
    text = subprocess.run(["bible", "-f", "ge1:1-re22:21"], capture_output=True, check=True, text=True).stdout
    found = (re.match(r"(\d?[A-Za-z]+)\d+:\d+ (.*)", line) for line in text.splitlines())
    return [match.groups() for match in found if match]


def speak(voice, text):
    wav = subprocess.run(["flite", "-voice", voice, "-t", text, "-o", "/dev/stdout"], capture_output=True, check=True).stdout
    rate, pcm = wavfile.read(io.BytesIO(wav))
    assert rate == sound.RATE
    return pcm.astype(np.float32) / 32768


def utterance(source):
    """The audio of a source, a path or flite's voice and a text, as int16; at a level of its own within 3 dB, so that the network speaks at any."""
    audio = decode(source) if isinstance(source, Path) else speak(*source)
    if len(audio) < sound.RATE // 10:
        return np.zeros(0, np.int16)
    level = 10 ** (random.Random(str(source)).uniform(-3, 3) / 20)
    audio = level * sound.normalise(sound.trim(audio))
    return np.round(32767 * np.clip(audio, -1, 1)).astype(np.int16)


def gather(pool, sources, minutes=np.inf, at_once=32):
    """Utterances of the sources in order, until they last so long."""
    gathered, left = [], minutes * 60 * sound.RATE
    for start in range(0, len(sources), at_once):
        if left <= 0:
            break
        gathered += [audio for audio in pool.map(utterance, sources[start:start + at_once]) if len(audio)]
        left = minutes * 60 * sound.RATE - sum(map(len, gathered))
    return gathered


def read_aloud(pool, voice, held, minutes, seed=1):
    texts = [text for book, text in verses() if (book in HELD_BOOKS) == held]
    random.Random(seed).shuffle(texts)
    return gather(pool, [(voice, text) for text in texts], minutes)


def collect(path):
    """Writes utterances end to end, their lengths and whose they are, to train on and to hold out: {train,held}_{audio,lengths,speakers}."""
    parts = {"train": {}, "held": {}}
    with multiprocessing.Pool(len(os.sched_getaffinity(0))) as pool:
        for speaker, language in SPEAKERS.items():
            files = [file for file in prompts() if speaker in file.parts]
            parts["train"][language] = gather(pool, [file for file in files if not held_out(file)])
            sentences = [file for file in files if held_out(file) and file.parent.name not in ("digits", "letters", "phonetic")]
            random.Random(1).shuffle(sentences)
            parts["held"][language] = gather(pool, sentences, minutes=2)
        for voice, minutes in FLITE.items():
            parts["train"][voice] = read_aloud(pool, voice, False, minutes)
        parts["held"]["slt"] = read_aloud(pool, "slt", True, 2)
    arrays = {}
    for part, speakers in parts.items():
        utterances = [(name, audio) for name, audios in speakers.items() for audio in audios]
        arrays[f"{part}_audio"] = np.concatenate([audio for _, audio in utterances])
        arrays[f"{part}_lengths"] = np.array([len(audio) for _, audio in utterances])
        arrays[f"{part}_speakers"] = np.array([name for name, _ in utterances])
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)
    return {part: {name: round(sum(map(len, audios)) / sound.RATE / 60, 1) for name, audios in speakers.items()} for part, speakers in parts.items()}


class Corpus:
    """A row of what the network hears, utterance after utterance with a pause behind each, and its frames; all cut at frames."""

    def __init__(self, audio, lengths, speakers):
        heard, frames, self.begins, self.speakers, at = [], [], [], [], 0
        for end, length, speaker in zip(np.cumsum(lengths), lengths, speakers):
            said = np.append(audio[end - length:end] / np.float32(32767), np.zeros(PAUSE + -length % sound.HOP, np.float32))
            heard.append(np.clip(sound.emphasise(said), -1, 1))
            frames.append(sound.mel(heard[-1]))
            self.begins.append(at)
            self.speakers.append(speaker)
            at += len(frames[-1])
        self.heard, self.mel = np.concatenate(heard), np.concatenate(frames)  # (samples,), (samples / HOP, BINS)
        self.begins = np.array(self.begins)  # frames


def load(path, part):
    with np.load(path) as file:
        return Corpus(*(file[f"{part}_{name}"] for name in ("audio", "lengths", "speakers")))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["data"])
    parser.add_argument("--output", type=Path, default=Path("build/train/people.npz"))
    options = parser.parse_args()
    print("minutes:", json.dumps(collect(options.output)))


if __name__ == "__main__":
    main()
