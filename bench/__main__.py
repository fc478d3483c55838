"""`python -m bench [SCENARIO…] [--court] [--sans-clamd]`: runs them, prints the table, writes var/bench/*.json."""

import argparse
import json
import platform
import sys
import time
from pathlib import Path

from bench import scenarios, volumes
from bench.installation import cores, floor, installed, work_folder
from bench.rapport import Rapport
from tests.services.clamd import Clamd
from tests.services.processus import ROOT

# Memory is looked at after all the rest.
ALL = (
    {name: run for name, run in scenarios.ALL.items() if name != "memoire"}
    | volumes.ALL
    | {"memoire": scenarios.memoire}
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("scenarios", nargs="*", help=f"parmi : {', '.join(ALL)}")
    parser.add_argument("--court", action="store_true", help="passages courts, pour voir si tout marche")
    parser.add_argument("--sans-clamd", action="store_true", help="sans antivirus, en mode démonstration")
    options = parser.parse_args()
    unknown = set(options.scenarios) - set(ALL)
    if unknown:
        parser.error(f"scénarios inconnus : {', '.join(unknown)}")
    rapport = Rapport()
    with work_folder() as folder:
        clamd = Clamd.start(folder / "clamd") if not options.sans_clamd else None
        with installed(folder, clamd=clamd) as portal, floor(folder, portal.cluster) as (floor_port, floor_process):
            bench = scenarios.Bench(portal, floor_port, floor_process, rapport, is_short=options.court)
            for name in options.scenarios or ALL:
                print(f"… {name}", file=sys.stderr, flush=True)
                ALL[name](bench)
        if clamd:
            clamd.stop()
    print(rapport.table())
    target = ROOT / "var/bench"
    target.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    machine = {"coeurs": cores(), "python": platform.python_version(), "noyau": platform.release(), "date": stamp}
    path = Path(target / f"{stamp}.json")
    path.write_text(json.dumps({"machine": machine, "mesures": rapport.as_json()}, ensure_ascii=False, indent=1))
    print(f"\nÉcrit dans {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
