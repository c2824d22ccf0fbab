#!/usr/bin/python3
"""Speech to learn from: prompts that people recorded for telephone exchanges (Debian's asterisk-core-sounds-*-g722), and some of flite's voices.

    tools/train/people.py data    gathers it into build/train/people.npz, and says how much there is of whom

It is kept as it came, coded in G.722 at 8,000 bytes a second, so that it is small enough to send; `load` makes of it what a network hears.

Other people's speech that Debian has was measured and left out: the noise of tuxpaint-stamps lies 20 to 40 dB under the speech, that of half of
klettres-data's languages likewise, and both are under the GPL, while the prompts are under CC BY(-SA): weights could not be handed on under both.
"""
import argparse
import hashlib
import io
import json
import multiprocessing
import random
import re
import subprocess
from pathlib import Path

import packages

packages.need("numpy", "scipy")

import numpy as np  # noqa: E402
from scipy.io import wavfile  # noqa: E402

import g722  # noqa: E402
import sound  # noqa: E402

SOUNDS = Path("/usr/share/asterisk/sounds")
SPEAKERS = {"en_US_f_Allison": "en", "es_MX_f_Allison": "es", "fr_CA_f_June": "fr", "it_IT_m_Carlo": "it", "ru_RU_f_IvrvoiceRU": "ru"}
STRANGER = "it_IT_m_Carlo"  # never trained on at all
NO_SPEECH = re.compile("/silence/|beep|2tone|tt-monkeys")
ISOLATED = ("digits", "letters", "phonetic")  # folders of words
FLITE = {"slt": 12, "awb": 4, "rms": 4}  # minutes of each voice
HELD_BOOKS = ("Ruth", "Jonah")  # that flite never reads to the training
BYTES_A_SECOND = 8000
PAUSE = sound.RATE // 5  # of nothing behind every utterance: longer than a network remembers, so that each begins afresh


def prompts():
    """Paths of all prompts in which somebody speaks."""
    return sorted(path for speaker in SPEAKERS for path in (SOUNDS / speaker).rglob("*.g722") if not NO_SPEECH.search(str(path)))


def held_out(path):
    """Whether training never hears it: an eighth of the files, the isolated words of the English speaker, one speaker wholly."""
    apart = path.parent.name in ISOLATED and SPEAKERS[path.relative_to(SOUNDS).parts[0]] == "en"
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


def encode(audio):
    """G.722 of audio, (bytes,)."""
    pcm = np.round(32767 * np.clip(audio, -1, 1)).astype(np.int16).tobytes()
    command = ["ffmpeg", "-v", "error", "-f", "s16le", "-ar", str(sound.RATE), "-ac", "1", "-i", "-", "-f", "g722", "-"]
    return np.frombuffer(subprocess.run(command, input=pcm, capture_output=True, check=True).stdout, np.uint8)


def read_aloud(pool, voice, held, minutes, at_once=16):
    """Verses in G.722, drawn at random, until they last so long."""
    texts = [text for book, text in verses() if (book in HELD_BOOKS) == held]
    random.Random(voice).shuffle(texts)
    return gather((coded for start in range(0, len(texts), at_once)
                   for coded in pool.map(verse, [(voice, text) for text in texts[start:start + at_once]])), minutes)


def verse(voice_and_text):
    return encode(speak(*voice_and_text))


def gather(streams, minutes=np.inf):
    """The first of the streams that last so long; fragments are left out."""
    gathered, left = [], minutes * 60 * BYTES_A_SECOND
    for coded in streams:
        if left <= 0:
            break
        if len(coded) > BYTES_A_SECOND // 5:
            gathered.append(coded)
            left -= len(coded)
    return gathered


def sentences(speaker):
    """Held-out prompts of a speaker but for isolated words, shuffled."""
    files = [path for path in prompts() if speaker in path.parts and held_out(path) and path.parent.name not in ISOLATED]
    random.Random(2).shuffle(files)
    return files


def collect():
    """{part: {name: coded utterances}}, of speech to train on and to hold out."""
    parts = {"train": {}, "held": {}}
    for speaker, language in SPEAKERS.items():
        files = [file for file in prompts() if speaker in file.parts and not held_out(file)]
        parts["train"][language] = gather(np.fromfile(file, np.uint8) for file in files)
        parts["held"][language] = gather((np.fromfile(file, np.uint8) for file in sentences(speaker)), minutes=1.2)
    with multiprocessing.Pool() as pool:
        for voice, minutes in FLITE.items():
            parts["train"][voice] = read_aloud(pool, voice, False, minutes)
        parts["held"]["slt"] = read_aloud(pool, "slt", True, 1.2)
    return parts


def save(path, parts):
    """{train,held}_{coded,lengths,speakers}: utterances end to end, how long each is, whose it is."""
    arrays = {}
    for part, speakers in parts.items():
        utterances = [(name, coded) for name, streams in speakers.items() for coded in streams]
        arrays[f"{part}_coded"] = np.concatenate([coded for _, coded in utterances])
        arrays[f"{part}_lengths"] = np.array([len(coded) for _, coded in utterances])
        arrays[f"{part}_speakers"] = np.array([name for name, _ in utterances])
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)


class Corpus:
    """A row of what the network hears, utterance after utterance with a pause behind each, and its frames; all cut at frames."""

    def __init__(self, heard, speakers):
        """`heard` is (samples, frames) of each utterance."""
        self.heard = np.concatenate([samples for samples, _ in heard])  # (samples,)
        self.mel = np.concatenate([mel for _, mel in heard])  # (samples / HOP, BINS)
        self.begins = np.cumsum([0, *(len(mel) for _, mel in heard)])[:-1]  # frames
        self.speakers = speakers


def hear(index, pcm):
    """(samples, frames) of an utterance and its pause; its level is its own, within 3 dB, so that the network learns to speak at any."""
    level = 10 ** (random.Random(index).uniform(-3, 3) / 20)
    audio = level * sound.normalise(sound.trim(pcm.astype(np.float32) / 32768))
    audio = np.append(audio, np.zeros(PAUSE + -len(audio) % sound.HOP, np.float32))
    heard = np.clip(sound.emphasise(audio), -1, 1)
    return heard, sound.mel(heard)


def load(path, part):
    with np.load(path) as file, multiprocessing.Pool() as pool:
        coded, lengths, speakers = (file[f"{part}_{name}"] for name in ("coded", "lengths", "speakers"))
        audio = g722.decode(np.split(coded, np.cumsum(lengths)[:-1]), pool.map)
        return Corpus(pool.starmap(hear, enumerate(audio), chunksize=16), speakers)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["data"])
    parser.add_argument("--output", type=Path, default=Path("build/train/people.npz"))
    options = parser.parse_args()
    packages.need("flite", "bible", "ffmpeg", *packages.PROMPTS)
    parts = collect()
    save(options.output, parts)
    minutes = {part: {name: round(sum(map(len, streams)) / BYTES_A_SECOND / 60, 1) for name, streams in speakers.items()} for part, speakers in parts.items()}
    print("minutes:", json.dumps(minutes))


if __name__ == "__main__":
    main()
