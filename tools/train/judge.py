#!/usr/bin/python3
"""Judges voices by numbers, on speech that they were never trained on, beside the original and Griffin-Lim from the same mel frames.

    tools/train/judge.py this=models/voice.safetensors before=old.safetensors --card models/voice.md

writes the table between the card's marks <!-- judge --> and <!-- /judge -->. It takes the program `atrous`, and packages that it names where they are missing.
"""
import argparse
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import packages

packages.need("numpy", "scipy", "pocketsphinx", "/usr/share/pocketsphinx/model/en-us", "flite", "ffmpeg", *packages.PROMPTS)

import numpy as np  # noqa: E402
from scipy.io import wavfile  # noqa: E402
from scipy.signal import butter, sosfilt  # noqa: E402

import measures  # noqa: E402
import people  # noqa: E402
import sound  # noqa: E402
import words  # noqa: E402

sys.path.append(str(Path(__file__).parents[1] / "export"))
import native  # noqa: E402

LANGUAGES = {"en": "English", "es": "Spanish", "fr": "French", "ru": "Russian", "it": "Italian, a speaker never heard"}
SEEDS = 20


def read(path):
    rate, pcm = wavfile.read(path)
    assert rate == sound.RATE
    return pcm.astype(np.float32) / 32768


def write(path, audio):
    path.parent.mkdir(parents=True, exist_ok=True)
    wavfile.write(path, sound.RATE, np.round(32767 * np.clip(audio, -1, 1)).astype(np.int16))


class System:
    """Something that speaks again what it hears: wav in, wav out; what it made is kept in a folder."""

    def __init__(self, folder):
        self.folder = folder

    def copy(self, source):
        target = self.folder / source.relative_to(source.parents[1])
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            self.make(source, target)
        return target

    def nats(self, source):
        return None


class Original(System):
    def copy(self, source):
        return source


class GriffinLim(System):
    def make(self, source, target):
        write(target, measures.griffin_lim(sound.mel(sound.emphasise(read(source)))))


class Voice(System):
    def __init__(self, folder, atrous, model):
        super().__init__(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.atrous, self.model = atrous, model
        self.mixture = native.read_model(model)[0]["output"]["kind"] == "logistic_mixture"

    def run(self, *arguments):
        return subprocess.run([self.atrous, *map(str, arguments)], capture_output=True, check=True, text=True).stdout

    def make(self, source, target, *options):
        self.run("generate", self.model, target, "--from", source, *options)

    def nats(self, source):
        """A sample, of mu-law's 256 intervals, after the receptive field."""
        if not self.mixture:
            return json.loads(self.run("score", self.model, source, "--json"))["nll_nats_after_receptive_field"]
        logits = self.folder / "logits.safetensors"
        self.run("score", self.model, source, "--logits", logits)
        past = native.read_model(self.model)[0]["stacks"][0]["layers"]
        past = 1 + sum(layer["conv"]["dilation"] for layer in past)
        codes = sound.encode(sound.emphasise(read(source)))
        outputs = native.read_tensors(logits)["y"][0].T  # (T, 3 mixtures); row t is of sample t + 1
        return measures.mixture_nats(outputs[past:-1], codes[past + 1:])


def write_sources(folder, seconds):
    """What is to be copied: {kind: [wav]} of sentences per language, isolated words, and flite's sentences."""
    sources = {}
    for speaker, language in people.SPEAKERS.items():
        sources[language] = []
        for path in people.sentences(speaker):
            if sum(len(read(wav)) for wav in sources[language]) > seconds * sound.RATE:
                break
            audio = people.decode(path)
            if len(audio) > 1.2 * sound.RATE:
                sources[language].append(folder / language / f"{path.stem}.wav")
                write(sources[language][-1], audio)
    english = people.SOUNDS / "en_US_f_Allison"
    sources["isolated"] = [folder / "isolated" / f"{Path(name).name}.wav" for name in words.ISOLATED]
    for name, wav in zip(words.ISOLATED, sources["isolated"]):
        write(wav, people.decode(english / f"{name}.g722"))
    sources["flite"] = [folder / "flite" / f"{index}.wav" for index in range(24)]
    for text, wav in zip(words.sentences(24), sources["flite"]):
        write(wav, people.speak("slt", text))
    return sources


def quality(system, atrous, wavs):
    """{measure: mean over the wavs} of one language."""
    found = {"nats": [], "stft": [], "mcd": [], "cents": [], "gross": []}
    for wav in wavs:
        copy = system.copy(wav)
        a, b = read(wav), read(copy)
        length = min(len(a), len(b))
        cents, gross = measures.pitch_error(a[:length], b[:length])
        distance = json.loads(subprocess.run([atrous, "compare", wav, copy, "--json"], capture_output=True, check=True).stdout)["stft_distance"]
        for name, value in zip(found, (system.nats(wav), distance, measures.mel_cepstral_distortion(a[:length], b[:length]), cents, 100 * gross)):
            found[name].append(value)
    return {name: None if None in values else float(np.mean(values)) for name, values in found.items()}


def wrong_words(system, sources):
    """Words: isolated ones missed; percent heard otherwise than in the original (dictation), and than was said (flite's sentences)."""
    def percent(listener, pairs):
        counts = [(words.errors(expected, listener.hear(read(system.copy(wav)))), len(expected)) for expected, wav in pairs]
        return 100 * sum(wrong for wrong, _ in counts) / sum(total for _, total in counts)

    closed = words.Listener([list(words.ISOLATED.values())])
    right = [closed.hear(read(system.copy(wav))) == [word] for word, wav in zip(words.ISOLATED.values(), sources["isolated"])]
    dictation = words.Listener()
    heard = [(dictation.hear(read(wav)), wav) for wav in sources["en"]]
    said = [(text.split(), wav) for text, wav in zip(words.sentences(24), sources["flite"])]
    return {"isolated": sum(right), "dictation": percent(dictation, heard), "flite": percent(words.Listener(words.SENTENCES), said)}


def above_50_hz(audio):
    return sosfilt(butter(4, 50, "highpass", fs=sound.RATE, output="sos"), audio)


def beginning(voice, wav):
    """(dB under the speech's peak of the loudest first 20 ms of SEEDS seeds, dB under full scale of 2 s of silence spoken again)."""
    original = read(wav)
    start = voice.folder / "start.wav"
    write(start, original[: sound.RATE // 2])
    peaks, copy = [], voice.folder / "copy.wav"
    for seed in range(SEEDS):
        voice.make(start, copy, "--seed", seed)
        peaks.append(np.abs(above_50_hz(read(copy))[: sound.RATE // 50]).max())
    write(start, np.zeros(2 * sound.RATE))
    voice.make(start, copy)
    return {"click": 20 * np.log10(np.abs(original).max() / max(max(peaks), 1e-6)), "silence": -20 * np.log10(max(np.abs(read(copy)).max(), 1e-6))}


def judge(system, atrous, sources, seconds):
    """All that the table says of a system; kept beside its copies, as it takes minutes."""
    kept = system.folder / f"results-{seconds:g}.json"
    if kept.exists():
        return json.loads(kept.read_text())
    result = {language: quality(system, atrous, sources[language]) for language in LANGUAGES}
    result |= wrong_words(system, sources)
    if isinstance(system, Voice):
        result |= beginning(system, Path("samples/speech.wav"))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(result))
    return result


def rows(results, isolated):
    """(label, cells) of the table."""
    def cells(pick, form):
        values = [pick(result) for result in results]
        return ["" if value is None else form.format(value) for value in values]

    for language, name in LANGUAGES.items():
        yield f"{name}: nats a sample", cells(lambda result: result[language]["nats"], "{:.2f}")
        yield "STFT distance", cells(lambda result: result[language]["stft"], "{:.3f}")
        yield "mel-cepstral distortion, dB", cells(lambda result: result[language]["mcd"], "{:.2f}")
        yield "F0 error, cents", cells(lambda result: result[language]["cents"], "{:.1f}")
        yield "frames off by over 300 cents, or voiced in one alone", cells(lambda result: result[language]["gross"], "{:.1f} %")
    yield "English dictation: words heard otherwise than in the original", cells(lambda result: result["dictation"], "{:.1f} %")
    yield f"isolated English words heard right, of {isolated}", cells(lambda result: result["isolated"], "{}")
    yield "24 sentences of flite's, of a known grammar: words heard wrong", cells(lambda result: result["flite"], "{:.1f} %")
    yield f"loudest first 20 ms of {SEEDS} seeds above 50 Hz, dB under the speech's peak", cells(lambda result: result.get("click"), "{:.1f}")
    yield "silence spoken again, dB under full scale", cells(lambda result: result.get("silence"), "{:.1f}")


def table(results, isolated):
    names = list(results)
    lines = ["| | " + " | ".join(names) + " |", "|" + " --- |" * (len(names) + 1)]
    lines += [f"| {label} | " + " | ".join(cells) + " |" for label, cells in rows(list(results.values()), isolated)]
    return "\n".join(lines)


def into(card, text):
    head, rest = card.read_text().split("<!-- judge -->\n", 1)
    tail = rest.split("<!-- /judge -->", 1)[1]
    card.write_text(f"{head}<!-- judge -->\n{text}\n<!-- /judge -->{tail}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("voices", nargs="+", metavar="NAME=MODEL", help="the columns of voices")
    parser.add_argument("--atrous", default="build/release/bin/atrous")
    parser.add_argument("--work", type=Path, default=Path("build/judge"), help="for copies and results: what stands there is not made again")
    parser.add_argument("--seconds", type=float, default=40, help="of sentences per language")
    parser.add_argument("--card", type=Path, help="the page that takes the table; it is printed otherwise")
    options = parser.parse_args()
    sources = write_sources(options.work / "original", options.seconds)
    systems = {"original": Original(options.work / "original")}
    for voice in options.voices:
        name, model = voice.split("=", 1)
        digest = hashlib.sha1(Path(model).read_bytes()).hexdigest()[:8]  # what another model made is no copy of this one's
        systems[name] = Voice(options.work / f"{name}-{digest}", options.atrous, model)
    systems["Griffin-Lim"] = GriffinLim(options.work / "griffin-lim")
    results = {name: judge(system, options.atrous, sources, options.seconds) for name, system in systems.items()}
    text = table(results, len(sources["isolated"]))
    into(options.card, text) if options.card else print(text)


if __name__ == "__main__":
    main()
