"""What every worker does for notices: digests at their hour, letters at their term, what came back, what is too old."""

from enclos.avis import actions, retours
from enclos.avis.models import Relais, Resume
from enclos.avis.relais import post
from enclos.avis.resumes import gather
from enclos.socle.promesses import sweep, sweep_promises


@sweep("avis.resumes", every=30)
def digests_due() -> int:
    return sweep_promises(Resume, gather, batch=200)


@sweep("avis.lettres", every=300)
def letters_due() -> int:
    return sweep_promises(Relais, post, batch=200)


@sweep("avis.retours", every=60)
def follow_returns() -> int:
    return retours.note_arrivals() + retours.note_returns() + retours.send_again() + retours.replace_texts()


@sweep("avis.menage", every=3600)
def forget_old() -> int:
    return actions.forget_old()
