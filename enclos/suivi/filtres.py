"""What narrows a queue: one object for the page, « Prendre le suivant », saved filters and decisions for several items."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.http import urlencode

from enclos.caisses.models import Service
from enclos.comptes.models import Compte
from enclos.socle.dates import today_paris
from enclos.suivi.models import Affaire, AffaireQuerySet, Genre


class Qui(TextChoices):
    """Who has it."""

    LIBRES = "libres", "Personne : à prendre"
    MIENS = "miens", "Moi"
    COLLEGUES = "collegues", "Un collègue"
    A_REPRENDRE = "a-reprendre", "À reprendre (oubliés, agent absent)"


@dataclass(frozen=True, kw_only=True)
class Filtre:
    """A choice for each question of the form; "" or False where nothing was chosen."""

    service: str = ""  # code of a team
    genre: str = ""
    groupe: str = ""
    nature: str = ""
    age: str = ""  # received so many days ago at least
    legal: str = ""  # silence becomes a decision within so many days
    retard: bool = False
    precaire: bool = False
    qui: str = ""

    def __bool__(self) -> bool:
        return bool(self.chosen)

    @property
    def chosen(self) -> dict[str, str]:
        """What was chosen, as an address or a saved filter says it."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: "oui" if value is True else value for name, value in given.items() if value}

    @property
    def query(self) -> str:
        """The same as the query of an address."""
        return urlencode(self.chosen)

    def apply(self, rows: AffaireQuerySet, agent: Compte) -> AffaireQuerySet:
        """The rows of `rows` that it keeps, the team apart."""
        today = today_paris()
        if self.genre:
            rows = rows.filter(genre=self.genre)
            if self.genre != Genre.DOCUMENT:
                rows = rows.exclude(genre=Genre.DOCUMENT)  # the words of the index
        if self.groupe:
            rows = rows.filter(groupe=self.groupe)
        if self.nature:
            rows = rows.filter(nature=self.nature)
        if self.age:
            rows = rows.filter(received_at__lt=timezone.now() - timedelta(days=int(self.age)))
        if self.legal:
            until = today + timedelta(days=int(self.legal))
            rows = rows.filter(legal_on__isnull=False, legal_on__lte=until, rang_on__lte=until)
        if self.retard:
            rows = rows.late_by_rank(today)
        if self.precaire:
            rows = rows.filter(is_precaire=True)
        match self.qui:
            case Qui.LIBRES:
                rows = rows.free()
            case Qui.MIENS:
                rows = rows.held_by(agent)
            case Qui.COLLEGUES:
                rows = rows.taken().exclude(taken_by=agent)
            case Qui.A_REPRENDRE:
                rows = rows.forgotten().exclude(taken_by=agent)
        return rows

    def teams(self, services: Iterable[Service]) -> list[Service]:
        """Those of `services` that it looks at."""
        return [one for one in services if not self.service or one.code == self.service]

    def queue(self, agent: Compte, service: Service) -> AffaireQuerySet:
        """The open items of a team of the agent that it keeps; without those of `agent` unless asked for."""
        rows = Affaire.objects.open().filter(service=service)
        if not self.qui:
            rows = rows.exclude(taken_by=agent)
        return self.apply(rows, agent)

    def takeable(self, rows: AffaireQuerySet, agent: Compte) -> AffaireQuerySet:
        """The same, for « Prendre le suivant »: whoever has them, only free ones are ever given."""
        return replace(self, qui="").apply(rows, agent)

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Filtre":
        """From the cleaned values of a form."""
        return cls(**{field.name: values[field.name] for field in fields(cls) if values.get(field.name)})
