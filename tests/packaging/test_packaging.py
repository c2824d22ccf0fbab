#!/usr/bin/python3
"""What packagers read agrees with the sources: versions, the libraries that are needed, and that every file that
`cmake --install` installs has a Debian package; and tools/release refuses what is not ready. Building packages is tools/try-packages.
"""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PORT = ROOT / "packaging/vcpkg/atrous"
OF_TESTS = {"catch2", "zlib"}  # in vcpkg's words; Debian's packages run tests


def needed(column):
    """A column of the list in tools/install-packages: 0 Debian, 1 Homebrew, 2 vcpkg."""
    script = (ROOT / "tools/install-packages").read_text()
    rows = re.search(r"packages='\n(.*?)'", script, re.DOTALL)[1].strip().splitlines()
    return {row.split()[column] for row in rows} - {"-"}


def read_deb822(path):
    """The paragraphs of a Debian control file."""
    paragraphs = re.split(r"\n\s*\n", path.read_text().strip())
    return [dict(re.findall(r"^([\w-]+):(.*(?:\n[ \t].*)*)", paragraph, re.MULTILINE)) for paragraph in paragraphs]


class Packaging(unittest.TestCase):
    def test_one_version_everywhere(self):
        call = subprocess.run([ROOT / "tools/release", "--versions"], capture_output=True, text=True)
        self.assertEqual((call.returncode, call.stdout, call.stderr), (0, "", ""))

    def test_debian_builds_with_what_the_build_needs(self):
        listed = read_deb822(ROOT / "debian/control")[0]["Build-Depends"]
        names = {re.split(r"[\s(<]", entry.strip())[0] for entry in listed.split(",")}
        self.assertEqual(needed(0) - {"g++"} - names, set(), "g++ alone is there by itself")

    def test_vcpkg_builds_with_what_the_build_needs(self):
        port = json.loads((PORT / "vcpkg.json").read_text())
        listed = port["dependencies"] + [name for feature in port["features"].values() for name in feature["dependencies"]]
        names = {entry if isinstance(entry, str) else entry["name"] for entry in listed}
        self.assertEqual(needed(2) - OF_TESTS - names, set())

    def test_the_port_sets_options_that_there_are(self):
        portfile = (PORT / "portfile.cmake").read_text()
        declared = "".join(path.read_text() for path in [ROOT / "CMakeLists.txt", *(ROOT / "cmake").glob("*.cmake")])
        for name in set(re.findall(r"ATROUS_[A-Z]+", portfile)):
            self.assertRegex(declared, rf"(option\(|set\(){name}\b")
        for name in json.loads((PORT / "vcpkg.json").read_text())["features"]:
            self.assertRegex(portfile, rf"\b{name}\b")

    def test_every_component_has_a_package(self):
        lists = "".join(path.read_text() for path in ROOT.rglob("CMakeLists.txt") if "build" not in path.parts)
        lists += (ROOT / "cmake/AtrousInstall.cmake").read_text()
        components = set(re.findall(r"\bCOMPONENT (\w+)", lists))
        packages = {paragraph["Package"].strip() for paragraph in read_deb822(ROOT / "debian/control")[1:]}
        packed = set()
        for path in (ROOT / "debian").glob("*.cmake-components"):
            self.assertIn(path.stem, packages)
            packed |= set(path.read_text().split())
        self.assertEqual(components, packed)


@unittest.skipUnless(shutil.which("git"), "needs git")
class Releases(unittest.TestCase):
    """tools/release refuses, before it builds anything, what is not ready."""

    FILES = ("tools/release", "include/atrous/version.h", "debian/changelog", "packaging/vcpkg/atrous/vcpkg.json", "CHANGELOG.md")

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        for name in self.FILES:
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.root / name)
        self.version = re.search(r"\((.*)-", (self.root / "debian/changelog").read_text())[1]
        self.edit("CHANGELOG.md", r"## \[Unreleased\]", f"## [Unreleased]\n\n## [{self.version}] - 2026-01-01")
        self.edit("debian/changelog", "UNRELEASED", "unstable")
        self.git("init", "--quiet")
        self.commit()

    def edit(self, name, pattern, text):
        path = self.root / name
        path.write_text(re.sub(pattern, text, path.read_text(), count=1))

    def git(self, *arguments):
        subprocess.run(["git", "-C", self.root, "-c", "user.name=a", "-c", "user.email=a@b", *arguments], check=True, capture_output=True)

    def commit(self):
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "all")

    def refusal(self):
        """The one line that it says."""
        call = subprocess.run([self.root / "tools/release"], capture_output=True, text=True)
        self.assertEqual((call.returncode, call.stdout), (1, ""))
        self.assertEqual(call.stderr.count("\n"), 1, call.stderr)
        self.assertFalse((self.root / "build").exists())
        return call.stderr

    def test_changes(self):
        self.git("tag", f"v{self.version}")
        (self.root / "more").touch()
        self.assertIn("changes that are not committed", self.refusal())

    def test_no_tag(self):
        self.assertIn(f"expected the tag v{self.version}", self.refusal())
        self.git("tag", f"v{self.version}")
        self.edit("CHANGELOG.md", "# Changelog", "# Changes")
        self.commit()
        self.assertIn("HEAD is not tagged", self.refusal())

    def test_another_version(self):
        for name in ("debian/changelog", "packaging/vcpkg/atrous/vcpkg.json", "CHANGELOG.md"):
            kept = (self.root / name).read_text()
            self.edit(name, rf"(atrous \(|version-semver\": \"|\[){re.escape(self.version)}", r"\g<1>77.0.0")
            self.assertIn(f"{name} states version '77.0.0', expected {self.version}", self.refusal())
            (self.root / name).write_text(kept)

    def test_unreleased(self):
        for name, pattern, text in (("CHANGELOG.md", r"## \[\d.*", ""), ("debian/changelog", "unstable", "UNRELEASED")):
            kept = (self.root / name).read_text()
            self.edit(name, pattern, text)
            self.commit()
            self.git("tag", "--force", f"v{self.version}")
            self.assertIn(name, self.refusal())
            (self.root / name).write_text(kept)


if __name__ == "__main__":
    unittest.main()
