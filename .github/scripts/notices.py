#!/usr/bin/env python3
"""Prints the licenses of all crates that a build for a target has: notices.py TARGET"""

import json
import pathlib
import subprocess
import sys


def crates(target):
    """Returns the packages that a build links, without those for tests and build scripts."""
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--filter-platform", target]
    metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    found, waiting = set(), [metadata["resolve"]["root"]]
    while waiting:
        for dependency in nodes[waiting.pop()]["deps"]:
            is_linked = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if is_linked and dependency["pkg"] not in found:
                found.add(dependency["pkg"])
                waiting.append(dependency["pkg"])
    return sorted((packages[id] for id in found), key=lambda package: (package["name"], package["version"]))


def texts(package):
    """Returns the license files of a package."""
    directory = pathlib.Path(package["manifest_path"]).parent
    names = ("LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE")
    files = [file for file in sorted(directory.iterdir()) if file.name.upper().startswith(names) and file.is_file()]
    return [file.read_text(errors="replace").strip() for file in files]


MIT = """Copyright (c) {authors}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."""


def standard_text(package, others):
    """Returns the text of a license that a package names without having it."""
    # Old packages write a slash.
    for license in package["license"].replace("/", " OR ").split(" OR "):
        if license == "MIT":
            return MIT.format(authors=", ".join(package["authors"]) or f"the authors of {package['name']}")
        if license == "Apache-2.0":
            return (pathlib.Path(__file__).parents[2] / "LICENSE").read_text().strip()
        if license == "MPL-2.0":
            return next(text for text in others if text.startswith("Mozilla Public License Version 2.0"))
    sys.exit(f"{package['name']} has no license file, and no text of {package['license']} is known")


def main(target):
    users = {}
    linked = crates(target)
    found = {package["id"]: texts(package) for package in linked}
    others = [text for texts in found.values() for text in texts]
    print("whosin has code of these crates. Their licenses follow.\n")
    for package in linked:
        name = f"{package['name']} {package['version']}"
        print(f"{name}: {package['license'] or 'see its license file'}")
        for text in found[package["id"]] or [standard_text(package, others)]:
            # Many differ in their line breaks alone.
            users.setdefault(" ".join(text.split()), (text, []))[1].append(name)
    for text, names in users.values():
        print("\n" + "-" * 80 + "\n" + ", ".join(dict.fromkeys(names)) + "\n\n" + text)


main(sys.argv[1])
