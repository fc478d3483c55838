"""What was measured, beside what was aimed at."""

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Mesure:
    """One figure. `goal` is in the same words as performance goals: « ≥ 60 % du plancher »."""

    what: str
    value: str
    goal: str = ""
    is_reached: bool | None = None
    details: dict[str, float] = field(default_factory=dict)


@dataclass
class Rapport:
    mesures: list[Mesure] = field(default_factory=list)

    def add(self, what: str, value: str, *, goal: str = "", is_reached: bool | None = None, **details: float) -> None:
        self.mesures.append(
            Mesure(what, value, goal, is_reached, {name: round(figure, 3) for name, figure in details.items()})
        )

    def table(self) -> str:
        rows = [("mesure", "résultat", "but", "")]
        rows += [
            (mesure.what, mesure.value, mesure.goal, {True: "oui", False: "NON", None: ""}[mesure.is_reached])
            for mesure in self.mesures
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])

    def as_json(self) -> list[dict[str, object]]:
        return [asdict(mesure) for mesure in self.mesures]
