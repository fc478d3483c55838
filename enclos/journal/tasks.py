"""Chores of the journal: watch the lines of the day, seal the days that are over, remove those at their term."""

from enclos.journal import jalons, purge, scellement
from enclos.socle.promesses import sweep


@sweep("journal.jalonner", every=30)
def pose_due() -> int:
    return jalons.pose_due()


@sweep("journal.sceller", every=60)
def seal_due() -> int:
    return scellement.seal_due()


@sweep("journal.purger", every=3600)
def purge_due() -> int:
    return purge.purge_due()
