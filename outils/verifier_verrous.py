"""Every dependency of pyproject.toml is pinned in the requirement files, and no pin names a host. Asks nobody: works offline."""

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)")


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text()
    assert "://" not in text, f"requirements/{name} names a host"
    return {canonicalize_name(found[1]): found[2] for line in text.splitlines() if (found := PIN.match(line))}


def faults() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    portal = [*project["project"]["dependencies"], *groups["construction"]]
    demo = [*portal, *groups["demo"]]
    wanted = {
        "portail.txt": portal,
        "demo.txt": demo,
        "developpement.txt": [*demo, *groups["test"], *groups["qualite"]],
    }
    found = []
    for name, requirements in wanted.items():
        pinned = pins(name)
        for requirement in map(Requirement, requirements):
            version = pinned.get(canonicalize_name(requirement.name))
            if version is None:
                found.append(f"requirements/{name}: {requirement.name} is missing")
            elif not requirement.specifier.contains(version, prereleases=True):
                found.append(f"requirements/{name}: {requirement.name} {version} is not {requirement.specifier}")
    all_pins = pins("developpement.txt")
    for narrow in ("portail.txt", "demo.txt"):
        found += [f"{name}: {version} in {narrow}, {all_pins.get(name)} for development"
                  for name, version in pins(narrow).items() if all_pins.get(name) != version]  # fmt: skip
    return found


if __name__ == "__main__":
    problems = faults()
    print("\n".join([*problems, "outils/verrouiller les refait."]) if problems else "ok")
    sys.exit(bool(problems))
