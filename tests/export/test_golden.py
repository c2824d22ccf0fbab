#!/usr/bin/python3
"""Golden checkpoints, exported and evaluated, against the outputs of their original runtimes.

ATROUS_GOLDEN_DIR names the folder of golden cases. Exits with 77, which ctest shows as skipped, where there is none or
PyTorch is absent; a folder without cases fails.
"""

import os
import sys
import unittest

GOLDEN = os.environ.get("ATROUS_GOLDEN_DIR", "")
if not os.path.isdir(GOLDEN):
    print(f"SKIPPED: no folder of golden cases at {GOLDEN!r}")
    sys.exit(77)

from test_export import InFolder, native, np  # noqa: E402


class Golden(InFolder):

    def cases(self, family):
        folder = os.path.join(GOLDEN, "checkpoints", family)
        names = sorted(name[:-4] for name in os.listdir(folder) if name.endswith(".pth"))
        self.assertTrue(names, folder)
        for name in names:
            with self.subTest(name):
                self.export(os.path.join(folder, f"{name}.pth"))
                yield native.read_tensors(os.path.join(folder, f"{name}.safetensors")), name

    def test_r9y9(self):
        for tensors, name in self.cases("r9y9"):
            worst = np.abs(self.evaluated(tensors) - tensors["y"][0]).max()
            print(f"golden r9y9 {name}: max abs {worst:.1e}")
            self.assertLess(worst, 5e-6)
            if "greedy" in tensors:
                self.greedy(tensors)

    def greedy(self, tensors):
        """Fed its own choices, starting from the model's first class, the network chooses them again."""
        steps = len(tensors["greedy"])
        classes = np.zeros(tensors["x"].shape[2], dtype=np.int64)
        classes[0] = native.read_model(self.output)[0]["code"]["first"]
        classes[1:steps] = tensors["greedy"][:-1]
        inputs = {name: values for name, values in tensors.items() if name in ("c", "g")}
        chosen = self.evaluated({**inputs, "classes": classes})[:, :steps].argmax(axis=0)
        np.testing.assert_array_equal(chosen, tensors["greedy"])

    def test_vincentherrmann(self):
        for tensors, name in self.cases("vincentherrmann"):
            logits = tensors["logits"]
            worst = np.abs(self.evaluated(tensors)[:, :len(logits)].T - logits).max()
            print(f"golden vincentherrmann {name}: max abs {worst:.1e}")
            self.assertLess(worst, 3e-4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
