"""Words that pocketsphinx hears: free dictation, or one of a few words or sentences."""
import itertools
import random
from pathlib import Path

import numpy as np
import pocketsphinx

MODEL = Path("/usr/share/pocketsphinx/model/en-us")
DIGITS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty "
          "thirty forty fifty sixty seventy eighty ninety hundred thousand million").split()
DIGIT_FILES = [*map(str, range(21)), *map(str, range(30, 100, 10)), "hundred", "thousand", "million"]
SPELLING = ("alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo sierra tango uniform victor "
            "whiskey x-ray yankee zulu").split()
ISOLATED = {f"digits/{file}": word for file, word in zip(DIGIT_FILES, DIGITS)} | {f"phonetic/{word[0]}_p": word for word in SPELLING}

SENTENCES = [["the", "my", "your"], ["old", "young", "little", "happy"], ["king", "woman", "dog", "teacher", "doctor"],
             ["found", "bought", "wanted", "carried", "forgot"], ["three", "seven", "twenty", "many"], ["green", "white", "heavy", "broken"],
             ["apples", "books", "windows", "horses", "letters"], ["on monday", "last winter", "in the morning", "near the river"]]


def sentences(count, seed=1):
    """Drawn from SENTENCES, a word of each."""
    draw = random.Random(seed)
    return [" ".join(draw.choice(words) for words in SENTENCES) for _ in range(count)]


class Listener:
    """Of open dictation; or, with alternatives, of one of each in turn."""

    def __init__(self, alternatives=None):
        options = {"-hmm": MODEL / "en-us", "-dict": MODEL / "cmudict-en-us.dict", "-logfn": "/dev/null"}
        if alternatives is None:
            options["-lm"] = MODEL / "en-us.lm.bin"
        config = pocketsphinx.Decoder.default_config()
        for name, value in options.items():
            config.set_string(name, str(value))
        self.decoder = pocketsphinx.Decoder(config)
        if alternatives is not None:
            rule = " ".join("(" + " | ".join(words) + ")" for words in alternatives)
            self.decoder.set_jsgf_string("all", f"#JSGF V1.0; grammar all; public <all> = {rule};")
            self.decoder.set_search("all")

    def hear(self, audio):
        """The words in float audio at 16 kHz."""
        quiet = np.zeros(3200)
        pcm = np.round(32767 * np.clip(np.concatenate([quiet, audio, quiet]), -1, 1)).astype(np.int16)
        self.decoder.start_utt()
        self.decoder.process_raw(pcm.tobytes(), False, True)
        self.decoder.end_utt()
        hypothesis = self.decoder.hyp()
        return hypothesis.hypstr.split() if hypothesis else []


def errors(expected, heard):
    """Words to insert, leave out or replace, at least (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for i, j in itertools.product(range(1, len(expected) + 1), range(len(heard) + 1)):
        if j == 0:
            corner, row[0] = row[0], i
        else:
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (expected[i - 1] != heard[j - 1]))
    return row[-1]
