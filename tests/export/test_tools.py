"""What the Python tools have in common: how they write files, and what they say where a package is missing."""
import os
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).parents[2] / "tools"
sys.path.insert(0, str(TOOLS / "export"))
try:
    import native
except ImportError as error:
    print(f"SKIPPED: {error}")
    sys.exit(77)


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_a_replaced_file_keeps_its_mode(self):
        path = self.folder / ("x" * 255)
        native.write_whole(path, [b"ol", b"d"])
        self.assertEqual(path.read_bytes(), b"old")
        path.chmod(0o604)
        native.write_whole(path, [b"new"])
        self.assertEqual((path.read_bytes(), stat.S_IMODE(path.stat().st_mode)), (b"new", 0o604))
        self.assertEqual(len(list(self.folder.iterdir())), 1)

    def test_a_link_is_written_through(self):
        link = self.folder / "link"
        link.symlink_to("target")
        for text in b"created", b"replaced":
            native.write_whole(link, [text])
            self.assertEqual((os.readlink(link), (self.folder / "target").read_bytes()), ("target", text))

    def test_a_read_only_file_stays(self):
        path = self.folder / "model"
        path.write_bytes(b"old")
        path.chmod(0o444)
        self.assertRaises(PermissionError, native.write_whole, path, [b"new"])
        self.assertEqual((path.read_bytes(), len(list(self.folder.iterdir()))), (b"old", 1))


class Packages(unittest.TestCase):
    def test_amp_names_them(self):
        """-S hides what Debian's packages have installed."""
        ran = subprocess.run([sys.executable, "-S", TOOLS / "train" / "amp.py", "out.nam"], capture_output=True, text=True)
        self.assertEqual((ran.returncode, ran.stdout), (1, ""))
        self.assertRegex(ran.stderr, r"^amp.py: .*apt-get install python3-numpy python3-scipy python3-torch\n$")


if __name__ == "__main__":
    unittest.main()
