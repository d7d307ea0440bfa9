#!/usr/bin/env python3
"""Writes the home and the versions of Cargo.toml into each file that repeats them: manifest.py [DIRECTORY]"""

import pathlib
import re
import sys
from urllib.parse import urlsplit


def replace(root, file, *rules):
    """Replaces what each pattern finds in a file. One that finds nothing is an error."""
    path = root / file
    text = path.read_text()
    for pattern, line in rules:
        text, count = re.subn(pattern, lambda _, line=line: line, text, flags=re.MULTILINE)
        if count == 0:
            sys.exit(f"{file}: nothing matches {pattern}")
    path.write_text(text)


def value(text, key):
    """Returns the value of a key of the package."""
    return re.search(rf'^{key} = "(.*)"$', text, re.MULTILINE)[1]


def main(root):
    manifest = (root / "Cargo.toml").read_text()
    home, version, rust = (value(manifest, key) for key in ("homepage", "version", "rust-version"))
    base = home.rstrip("/")
    host = urlsplit(home).hostname
    path = urlsplit(base).path.removesuffix("/whosin").split("/")[1:]
    developer = ".".join([*reversed(host.split(".")), *path])
    changelog = (root / "CHANGELOG.md").read_text()
    released = re.search(rf"^## \[{re.escape(version)}\] - (.*)$", changelog, re.MULTILINE)
    if not released:
        sys.exit(f"CHANGELOG.md does not say when {version} was released")
    replace(
        root,
        "Cargo.toml",
        (r'^repository = ".*"$', f'repository = "{base}"'),
        (r"<whosin@.*>", f"<whosin@{host}>"),
    )
    replace(
        root,
        "README.md",
        (r"\[release\]\(.*?\)", f"[release]({base}/releases)"),
        (r"whosin_[0-9.]+-1_", f"whosin_{version}-1_"),
        (r"whosin-[0-9.]+-", f"whosin-{version}-"),
        (r"\(https://rustup.rs\) [0-9.]+ or newer", f"(https://rustup.rs) {rust} or newer"),
    )
    replace(root, "CHANGELOG.md", (r"^\[Unreleased\]: .*$", f"[Unreleased]: {base}/compare/v{version}...HEAD"))
    for old in re.findall(r"^\[([0-9.]+)\]: ", changelog, re.MULTILINE):
        replace(root, "CHANGELOG.md", (rf"^\[{re.escape(old)}\]: .*$", f"[{old}]: {base}/releases/tag/v{old}"))
    replace(root, "assets/config.schema.json", (r'"\$id": ".*"', f'"$id": "{base}/config.schema.json"'))
    replace(root, "assets/package/PKGBUILD", (r"^url=.*$", f"url={base}"), (r"^pkgver=.*$", f"pkgver={version}"))
    replace(
        root,
        "assets/package/package.nix",
        (r'homepage = ".*"', f'homepage = "{home}"'),
        (r'^  version = ".*"', f'  version = "{version}"'),
    )
    replace(
        root,
        "assets/package/whosin.rb",
        (r'homepage ".*"', f'homepage "{home}"'),
        (r'url ".*"', f'url "{base}/archive/v{version}.tar.gz"'),
    )
    replace(
        root,
        "assets/package/whosin.metainfo.xml",
        (r"<id>.*</id>", f"<id>{developer}.whosin</id>"),
        (r'<developer id=".*">', f'<developer id="{developer}">'),
        (r'<url type="homepage">.*</url>', f'<url type="homepage">{home}</url>'),
        (r"<release version=.*/>", f'<release version="{version}" date="{released[1]}"/>'),
    )


main(pathlib.Path(sys.argv[1]) if sys.argv[1:] else pathlib.Path(__file__).resolve().parents[2])
