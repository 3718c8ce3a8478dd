"""A figure as it is printed: what was measured, its goal, what bounds it, and whether the goal was met."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report. `met` is None where a figure stands for comparison and has no goal."""

    name: str
    measured: str
    goal: str = ""
    limit: str = ""  # what bounds it, or what it is compared with, measured in the same run
    met: bool | None = None

    def __str__(self) -> str:
        verdict = {True: "met", False: "NOT met", None: ""}[self.met]
        lines = [f"  {self.name:<52} {self.measured}"]
        if self.goal:
            lines.append(f"  {'':<52} goal {self.goal}: {verdict}" if verdict else f"  {'':<52} goal {self.goal}")
        if self.limit:
            lines.append(f"  {'':<52} limit: {self.limit}")
        return "\n".join(lines)


def show(title: str, figures: Iterable[Figure]) -> list[Figure]:
    """Print figures under a title as they come, and return them."""
    print(f"\n{title}", flush=True)
    shown = []
    for figure in figures:
        print(figure, flush=True)
        shown.append(figure)
    return shown


def at_most(name: str, seconds: float, limit_seconds: float, goal: str, limit: str) -> Figure:
    """Return a figure in milliseconds that is met when it is at most its goal."""
    return Figure(name, ms(seconds), f"≤ {ms(limit_seconds)} ({goal})", limit, seconds <= limit_seconds)


def ms(seconds: float) -> str:
    """Return "38 ms", or "3.8 ms" when it is short."""
    value = seconds * 1000
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


def p95(values: Iterable[float]) -> float:
    """Return the value that 95 % of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]
