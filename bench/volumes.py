"""What grows: a base of a million persons, the drop that fills it, a million items in the queues."""

import csv
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import parcours
from bench.charge import run
from bench.client import TOKEN, Client, Unexpected
from bench.fichiers import pdf
from bench.installation import PYTHON
from bench.processus import Meter, pss_mb, tree
from bench.scenarios import Bench
from enclos.demo.nir import synthetic_nir
from tests.services.processus import ROOT, free_port

GROWTH = ((10_000, "10 k personnes, 100 k lignes"), (1_000_000, "1 M personnes, 10 M lignes"))


def croissance(bench: Bench) -> None:
    """Every page with ten thousand persons in the base, then with a million: what grew must not be felt."""
    sizes = [count // 100 for count, _ in GROWTH] if bench.is_short else [count for count, _ in GROWTH]
    [member] = bench.portal.signed_in(1)
    for _ in range(3):
        sent = parcours.send(member, "quittance.pdf", pdf(60_000))
    agent, who = bench.portal.client(96), bench.portal.people["agent"]
    bench.portal.sign_in(agent, who)
    agent.submit(agent.page("/connexion/code/"), {"code": parcours.code_now(who["totp"])})
    newcomers = iter(bench.portal.people["adherents"][8:])
    pages: dict[str, Callable[[], object]] = {
        "/espace/": lambda: member.page("/espace/"),
        "/espace/envois/": lambda: member.page("/espace/envois/"),
        "un envoi": lambda: member.page(f"/espace/envois/{sent.reference}/"),
        "un envoi de plus, entier": lambda: parcours.send(member, "quittance.pdf", pdf(60_000)),
        "connexion": lambda: bench.portal.sign_in(bench.portal.client(95), next(newcomers)),
        "/agent/": lambda: agent.page("/agent/"),
        "/agent/a-surveiller/": lambda: agent.page("/agent/a-surveiller/"),
    }
    medians: list[dict[str, float]] = []
    before = 0
    for size in sizes:
        grown = subprocess.run(
            [PYTHON, "-m", "bench.grossir", str(before + 1), str(size)], env=bench.portal.env, cwd=ROOT, check=False, capture_output=True, text=True
        )  # fmt: skip
        if grown.returncode:
            raise RuntimeError(grown.stderr[-2000:])
        before, found = size, {}
        for name, ask in pages.items():
            run([member], lambda _, ask=ask: ask(), times=3)  # type: ignore[misc]
            releve = run([member], lambda _, ask=ask: ask(), times=8 if "conn" in name or "entier" in name else 60)  # type: ignore[misc]
            if releve.errors:
                raise RuntimeError(f"{name}: {releve.errors[0]}")
            found[name] = releve.median
        medians.append(found)
    small, large = medians
    factors = {name: large[name] / small[name] for name in pages}
    worst = max(factors, key=lambda name: factors[name])
    bench.rapport.add(
        f"{GROWTH[1][1]}, au lieu de {GROWTH[0][1]}" + (" (÷ 100)" if bench.is_short else ""),
        ", ".join(f"{name} {large[name] * 1000:.0f} ms (× {factor:.2f})" for name, factor in factors.items()),
        goal="× ≤ 1,3", is_reached=factors[worst] <= 1.3, **factors,
    )  # fmt: skip


def imports(bench: Bench) -> None:
    """The registry drop: new, then all changed, on PostgreSQL and on SQLite; rate and memory."""
    rows = 5_000 if bench.is_short else 100_000
    folder = bench.portal.folder
    goals = {"PostgreSQL": (30_000, 20_000), "SQLite": (25_000, 0)}
    bases = {
        "PostgreSQL": bench.portal.cluster.create(f"import_{free_port()}"),
        "SQLite": f"sqlite:///{folder}/import.sqlite3",
    }
    for base, url in bases.items():
        env = bench.portal.env | {"ENCLOS_DATABASE_URL": url}
        subprocess.run([PYTHON, "-m", "enclos", "migrate", "-v0"], env=env, cwd=ROOT, check=True)
        for index, what in enumerate(("nouvelles", "changées")):
            drop = folder / f"depot-{base}-{what}"
            write_drop(drop, rows, city="HAZEBROUCK" if index == 0 else "CASSEL")
            elapsed, peak, output = timed([PYTHON, "-m", "enclos", "importer", str(drop), "--pour-de-vrai"], env)
            rate, goal = rows / elapsed, goals[base][index]
            bench.rapport.add(
                f"import de {rows} personnes {what}, {base}", f"{rate:,.0f} lignes/s, {peak:.0f} Mo{output}".replace(",", " "),
                goal=(f"≥ {goal} lignes/s, " if goal else "") + "≤ 150 Mo", is_reached=rate >= goal and peak <= 150 and not output,
                par_seconde=rate, memoire_mo=peak,
            )  # fmt: skip


COLUMNS = [
    "op",
    "ref",
    "caisse",
    "agence",
    "nir",
    "nia",
    "civilite",
    "nom_naissance",
    "nom_usage",
    "prenoms",
    "date_naissance",
    "lieu_naissance",
    "pays_naissance",
    "adresse2",
    "adresse3",
    "adresse4",
    "adresse5",
    "code_postal",
    "localite",
    "pays",
    "email",
    "telephone",
    "profils",
    "droits_sante_ouverts",
    "vitale_serie",
    "vitale_photo",
    "decede",
]


def write_drop(folder: Path, rows: int, *, city: str) -> None:
    folder.mkdir(parents=True)
    with (folder / "personnes.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        for number in range(rows):
            writer.writerow({
                "ref": f"B{number:07d}", "caisse": "NPC", "nir": synthetic_nir(1_000_000 + number), "civilite": "MME",
                "nom_naissance": "Delattre", "prenoms": "Jeanne Marie", "date_naissance": "1985-05-14", "adresse4": "12 RUE DU MOULIN",
                "code_postal": "59190", "localite": city, "email": f"b{number}@courriel.example", "telephone": "0612345678",
                "profils": "particulier|exploitant", "droits_sante_ouverts": "true", "vitale_serie": "90000123450", "decede": "false",
            })  # fmt: skip


def timed(command: list[str], env: dict[str, str]) -> tuple[float, float, str]:
    """Seconds, most memory in MB, and what it said if it failed."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    peak = 0.0
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.append(process.stdout.read() if process.stdout else ""))
    reader.start()
    while process.poll() is None:
        peak = max(peak, pss_mb(tree(process.pid)))  # its readers share most of their pages
        time.sleep(0.1)
    elapsed = time.perf_counter() - began
    reader.join()
    return elapsed, peak, "" if process.returncode == 0 else f" ÉCHEC : {said[0][-300:]}"


# --- the agents' queues and searches

VOLUMES = (200, 200_000)  # persons; five items each
AGENT, MEMBER = "agent", "member"
LIBRARY = 10_000


@dataclass(frozen=True)
class Mesuree:
    """A page to measure: what it is, who asks, where; a form's fields when it is sent."""

    label: str
    who: str
    path: str
    fields: dict[str, str] = field(default_factory=dict)
    times: int = 25

    @property
    def is_sent(self) -> bool:
        return bool(self.fields)


# Those that do not exist yet are told absent. The names and the numbers are those of `peupler`.
PAGES: Sequence[Mesuree] = (
    Mesuree("file", AGENT, "/agent/"),
    Mesuree("file, page suivante", AGENT, ""),  # the link found on the page before
    Mesuree("file d’une équipe", AGENT, "/agent/?service=famille"),
    Mesuree("recherche, nom", AGENT, "/agent/recherche/", {"quoi": "Vandamme"}),
    Mesuree("recherche, nom mal tapé", AGENT, "/agent/recherche/", {"quoi": "delatre jeane"}),
    Mesuree(
        "recherche, NIR", AGENT, "/agent/recherche/", {"quoi": synthetic_nir(3_000_007), "raison": "appel"}, times=12
    ),
    Mesuree("recherche, nature", AGENT, "/agent/recherche/", {"quoi": "quittance de loyer"}),
    Mesuree("recherche, référence", AGENT, "/agent/recherche/", {"quoi": ""}),  # of the sending made at the beginning
    Mesuree("supervision", AGENT, "/agent/supervision/"),
    Mesuree("à surveiller", AGENT, "/agent/a-surveiller/"),
    Mesuree("accueil de l’adhérent", MEMBER, "/espace/"),
    Mesuree("mes documents", MEMBER, "/espace/documents/"),
    Mesuree("mes messages", MEMBER, "/espace/messages/"),
    Mesuree("qui a consulté", MEMBER, "/espace/compte/consultations/"),
)


@dataclass(frozen=True)
class Cout:
    """What a page costs: the median wait, and CPU of the web and of the database for one, which a noisy machine does not change."""

    seconds: float
    cpu_ms: float


def times_more(large: float, small: float) -> float:
    return large / small if small else 1.0


def volumes(bench: Bench) -> None:
    """Queues and searches with a thousand items, then with a million: each page within one and a half of its time."""
    sizes = [VOLUMES[0], VOLUMES[1] // 20] if bench.is_short else list(VOLUMES)
    member, agent, reference = cast(bench)
    medians: list[dict[str, Cout | None]] = []
    before = 0
    for size in sizes:
        print(f"  {size} personnes : {grow(bench, before + 1, size)}", file=sys.stderr, flush=True)
        before = size
        medians.append(measured(bench, member, agent, reference))
    small, large = medians
    for name, first in small.items():
        last = large[name]
        if first is None or last is None:
            bench.rapport.add(f"volumes : {name}", "absent : la page n’existe pas")
            continue
        factor, cpu = times_more(last.seconds, first.seconds), times_more(last.cpu_ms, first.cpu_ms)
        bench.rapport.add(
            f"volumes : {name}",
            f"{first.seconds * 1000:.1f} ms, puis {last.seconds * 1000:.1f} ms (× {factor:.2f}) ; {first.cpu_ms:.1f} ms CPU, puis {last.cpu_ms:.1f} (× {cpu:.2f})",
            goal="× ≤ 1,5", is_reached=factor <= 1.5, avant_ms=first.seconds * 1000, apres_ms=last.seconds * 1000, rapport=factor,
            avant_cpu_ms=first.cpu_ms, apres_cpu_ms=last.cpu_ms, rapport_cpu=cpu,
        )  # fmt: skip
    libraries(bench)


def cast(bench: Bench) -> tuple[Client, Client, str]:
    """A member with sendings, an agent who opened one, and the reference of the last."""
    [member] = bench.portal.signed_in(1)
    for _ in range(24):
        sent = parcours.send(member, "quittance.pdf", pdf(60_000))
    agent, who = bench.portal.client(96), bench.portal.people["agent"]
    bench.portal.sign_in(agent, who)
    agent.submit(agent.page("/connexion/code/"), {"code": parcours.code_now(who["totp"])})
    parcours.take_next(agent)
    release(bench)
    # The true ones first in the queues, whatever is added: their pages can be drawn.
    bench.portal.run_sql("UPDATE suivi_affaire SET rang_on = DATE '2020-01-01'")
    return member, agent, sent.reference


def release(bench: Bench) -> None:
    bench.portal.run_sql(
        "UPDATE suivi_affaire SET taken_by_id = NULL, taken_at = NULL, etat = 'recu' WHERE ended_at IS NULL AND taken_by_id IS NOT NULL"
    )


def grow(bench: Bench, first: int, last: int, documents: int = 0) -> str:
    grown = subprocess.run(
        [PYTHON, "-m", "bench.peupler", str(first), str(last), str(documents)], env=bench.portal.env, cwd=ROOT, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    if grown.returncode:
        raise RuntimeError(grown.stderr[-2000:])
    return grown.stdout.strip()


def measured(bench: Bench, member: Client, agent: Client, reference: str) -> dict[str, Cout | None]:
    """What each page costs; None for one that does not exist."""
    found: dict[str, Cout | None] = {}
    for page in PAGES:
        client = agent if page.who == AGENT else member
        path, fields = page.path, page.fields
        if page.label == "recherche, référence":
            fields = {"quoi": reference}
        if page.label == "file, page suivante":
            path = next_page(agent)
        found[page.label] = cost(bench, client, path, fields, page.times) if path else None
    found["prendre le suivant"] = taking(bench, agent)
    return found


def next_page(agent: Client) -> str:
    """Where the queue goes on; "" when it holds on one page."""
    link = parcours.NEXT.search(agent.page("/agent/").text)
    return link[1].replace("&amp;", "&") if link else ""


def cost(bench: Bench, client: Client, path: str, fields: dict[str, str], times: int) -> Cout | None:
    first = client.get(path)
    if first.status == 404:
        return None
    token = TOKEN.search(first.body)
    body = urlencode({**fields, "csrfmiddlewaretoken": token[1].decode() if token else ""}).encode() if fields else None

    def ask(_: Client) -> None:
        if body is None:
            answer = client.get(path)
        else:
            answer = client.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        if answer.status != 200:
            raise Unexpected(f"{answer.status} on {path}")

    run([client], ask, times=4)
    meter = meter_of(bench)
    releve = run([client], ask, times=times)
    if releve.errors:
        raise RuntimeError(f"{path}: {releve.errors[0]}")
    return Cout(releve.median, meter.used_ms() / times)


def meter_of(bench: Bench) -> Meter:
    """Of the web and of the database."""
    database = bench.portal.cluster.process
    return Meter([*bench.portal.web_pids(), *(tree(database.pid) if database else [])])


def taking(bench: Bench, agent: Client) -> Cout:
    """« Prendre le suivant », its page drawn; what was taken goes back at once."""
    durations: list[float] = []
    meter = meter_of(bench)
    for _ in range(6 if bench.is_short else 20):
        began = time.perf_counter()
        parcours.take_next(agent)
        durations.append(time.perf_counter() - began)
        release(bench)
    return Cout(sorted(durations)[len(durations) // 2], meter.used_ms() / len(durations))


def libraries(bench: Bench) -> None:
    """« Mes documents » with ten documents, then with ten thousand, in the library of the last who came in."""
    last = bench.portal.client(94)
    bench.portal.sign_in(last, bench.portal.people["adherents"][-1])
    grow(bench, 1, 0, 10)
    if last.get("/espace/documents/").status == 404:
        bench.rapport.add("bibliothèque de 10 000 documents", "absent : la page n’existe pas")
        return
    small = cost(bench, last, "/espace/documents/", {}, 40)
    grow(bench, 1, 0, LIBRARY // 20 if bench.is_short else LIBRARY)
    large = cost(bench, last, "/espace/documents/", {}, 40)
    assert small is not None
    assert large is not None
    factor = times_more(large.seconds, small.seconds)
    bench.rapport.add(
        "bibliothèque de 10 000 documents, au lieu de 10",
        f"{small.seconds * 1000:.1f} ms, puis {large.seconds * 1000:.1f} ms (× {factor:.2f}) ; CPU × {times_more(large.cpu_ms, small.cpu_ms):.2f}",
        goal="× ≤ 1,5", is_reached=factor <= 1.5, rapport=factor,
    )  # fmt: skip


ALL: dict[str, Callable[[Bench], Any]] = {"croissance": croissance, "volumes": volumes, "imports": imports}
