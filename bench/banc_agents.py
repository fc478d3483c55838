"""The agents' bench, as an agent lives it: from « Traité » to the next paper on the screen, prepared ahead or not."""

import json
import re
import time
from html import unescape
from typing import TYPE_CHECKING

from bench import parcours
from bench.charge import Releve
from bench.client import Answer, Client, Unexpected, multipart
from bench.fichiers import pdf
from bench.installation import wait_for_pdfs
from bench.processus import Meter

if TYPE_CHECKING:
    from bench.scenarios import Bench

GOAL_S = 0.3
PAPERS = 48
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
FIRST_IMAGE = re.compile(r'<img src="([^"]+/lecture\.jpg[^"]*)"')
ACTION = re.compile(r'action="([^"]+/decision/traiter/)"')
PREPARE = re.compile(r'<precharge-suivant data-url="([^"]+)"')


class Poste:
    """An agent's browser: what it fetched ahead stays in its own cache for as long as the server said."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.kept: dict[str, float] = {}
        self.hits = 0

    def decide(self, paper: Answer) -> tuple[Answer, float]:
        """« Traité »; the next paper, and the seconds until its first page is drawn."""
        action = ACTION.search(paper.text)
        if action is None:
            raise Unexpected(f"nothing to decide on {paper.url}")
        began = time.perf_counter()
        following = self.client.follow(self.client.submit(paper, {}, action=action[1]))
        image = FIRST_IMAGE.search(following.text)
        if image is None:
            raise Unexpected(f"no page on {following.url}")
        address = unescape(image[1])
        if self.kept.get(address, 0) > time.monotonic():
            self.hits += 1
        elif (answer := self.client.get(address)).status != 200:
            raise Unexpected(f"{answer.status} on the page image")
        return following, time.perf_counter() - began

    def prepare(self, paper: Answer) -> None:
        """What the script of the page does while the agent reads."""
        ahead, token = PREPARE.search(paper.text), TOKEN.search(paper.text)
        if ahead is None or token is None:
            raise Unexpected(f"nothing prepares the next paper on {paper.url}")
        body, kind = multipart({"csrfmiddlewaretoken": unescape(token[1])}, [])
        answer = self.client.request("POST", ahead[1], body, {"Content-Type": kind})
        if answer.status == 204:
            return
        for address in json.loads(answer.body)["images"]:
            image = self.client.request("GET", address, headers={"X-Enclos-Precharge": "1"})
            fresh = re.search(r"max-age=(\d+)", image.headers.get("cache-control", ""))
            if image.status == 200 and fresh:
                self.kept[address] = time.monotonic() + int(fresh[1])


def agents(bench: "Bench") -> None:
    """Forty-eight decisions without anything prepared, then as many with."""
    [member] = bench.portal.signed_in(1)
    count = bench.times(PAPERS)
    for _ in range(2 * count + 3):
        parcours.send(member, "quittance.pdf", pdf(300_000))
    wait_for_pdfs(bench.portal)
    client, who = bench.portal.client(97), bench.portal.people["agent"]
    bench.portal.sign_in(client, who)
    client.submit(client.page("/connexion/code/"), {"code": parcours.code_now(who["totp"])})
    paper = parcours.take_next(client)
    for is_prepared in (False, True):
        poste, releve, cpu_ms = Poste(client), Releve(), 0.0
        for _ in range(count):
            if is_prepared:
                poste.prepare(paper)
            meter = Meter(bench.portal.all_pids())
            paper, elapsed = poste.decide(paper)
            cpu_ms += meter.used_ms()
            releve.durations.append(elapsed)
        releve.elapsed = sum(releve.durations)
        p50, p95 = releve.median, releve.quantile(0.95)
        how = f"préparé ({poste.hits} fois sur {count})" if is_prepared else "sans préparation"
        bench.rapport.add(
            f"agent : de la décision au document suivant affiché, {how}",
            f"p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms sur {count} documents, {cpu_ms / count:.0f} ms CPU",
            goal="p50 ≤ 300 ms", is_reached=p50 <= GOAL_S and (not is_prepared or poste.hits == count),
            p50_ms=p50 * 1000, p95_ms=p95 * 1000, trouves=poste.hits, cpu_ms=cpu_ms / count,
        )  # fmt: skip
