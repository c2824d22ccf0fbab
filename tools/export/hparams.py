"""The hyper-parameters that stand beside a checkpoint: a JSON object."""

import json
import os

from refusal import Refusal


class Hparams:
    """Typed access; a key that is null counts as absent. `path` is None where no file was given or found."""

    def __init__(self, values, path):
        self.path = path
        self._values = {key: value for key, value in values.items() if value is not None}

    def __contains__(self, key):
        return key in self._values

    def integer(self, key, default=None, low=None):
        value = self._number(key, default)
        if value is not None and int(value) != value:
            raise self._wrong(key, "a whole number")
        if value is not None and low is not None and value < low:
            raise self._wrong(key, f"{low} or more")
        return None if value is None else int(value)

    def number(self, key, default=None):
        return self._number(key, default)

    def text(self, key, default=None):
        return self._typed(key, default, str, "a string")

    def flag(self, key, default=None):
        return self._typed(key, default, bool, "true or false")

    def integers(self, key, default=None):
        value = self._typed(key, default, list, "a list of whole numbers")
        if value is not None and not all(type(item) is int and item > 0 for item in value):
            raise self._wrong(key, "a list of positive whole numbers")
        return value

    def choice(self, key, choices):
        """One of `choices`, which are flags or strings."""
        value = self._values.get(key)
        if not any(value is choice or value == choice and type(value) is type(choice) for choice in choices):
            raise self._wrong(key, "one of " + ", ".join(json.dumps(choice) for choice in choices))
        return value

    def group(self, key):
        """A nested object, empty where absent."""
        return Hparams(self._typed(key, {}, dict, "an object"), f"{self.path}: {key}")

    def require(self, key, why):
        """Refuses where `key` is absent, saying what it is needed for."""
        if key not in self:
            if self.path is None:
                raise Refusal(f"no hyper-parameters: give --hparams FILE with at least {key!r} ({why})")
            raise Refusal(f"{self.path}: no {key!r} ({why})")

    def agree(self, key, found, what):
        """Refuses where the file says something else than the tensors do."""
        said = self.integer(key)
        if said is not None and said != found:
            raise Refusal(f"{self.path}: {key}: {said}, but the checkpoint has {found} {what}")

    def _number(self, key, default):
        value = self._values.get(key, default)
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or value != value
                                  or value in (float("inf"), float("-inf"))):
            raise self._wrong(key, "a number")
        return value

    def _typed(self, key, default, kind, name):
        value = self._values.get(key, default)
        if value is not None and not isinstance(value, kind):
            raise self._wrong(key, name)
        return value

    def _wrong(self, key, expected):
        return Refusal(f"{self.path}: {key}: expected {expected}, found {json.dumps(self._values.get(key))[:80]}")


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            values = json.load(file)
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise Refusal(f"{path}: not JSON ({error})") from None
    if not isinstance(values, dict):
        raise Refusal(f"{path}: expected a JSON object, found {type(values).__name__}")
    return Hparams(values, path)


def find(checkpoint, inside):
    """What stands beside the checkpoint, CHECKPOINT.json in place of its ending or hparams.json; else `inside`, what it
    holds itself; else none."""
    for candidate in (os.path.splitext(checkpoint)[0] + ".json",
                      os.path.join(os.path.dirname(checkpoint), "hparams.json")):
        if os.path.isfile(candidate):
            return read(candidate)
    return Hparams(inside, f"{checkpoint}: its hyper-parameters" if inside else None)
