"""Every link of the documentation leads to a file of the checkout. Prints the documents; exit 1 on a dead link."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")


def main() -> int:
    documents = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
    dead = []
    for document in documents:
        print(document.relative_to(ROOT))
        targets = [target for target in LINK.findall(document.read_text(encoding="utf-8")) if "://" not in target]
        dead += [f"{document.name} : {target}" for target in targets if not (document.parent / target).exists()]
    for line in dead:
        print(f"lien mort : {line}", file=sys.stderr)
    return bool(dead)


if __name__ == "__main__":
    sys.exit(main())
