"""What the workers do for the registry: learn the names it has just received."""

from django.tasks import task

from enclos.registre.recherche import learn_missing
from enclos.socle.promesses import sweep


@task()
def learn_names() -> int:
    """After a drop: the names that nobody bore before."""
    return learn_missing()


@sweep("registre.noms", every=3600)
def learn_forgotten_names() -> int:
    """Those whose task was lost: a name not learnt is found by its exact writing alone."""
    return learn_missing()
