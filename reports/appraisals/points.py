"""Numbers of an appraisal: hundredths of a point, said without needless zeros."""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def cents(points: Decimal) -> Decimal:
    return points.quantize(CENT, ROUND_HALF_UP)


def plain(points: Decimal) -> str:
    """0.5, 3, 12.25: as a person writes it."""
    return f"{points.normalize():f}"


def steps(amount: Decimal, step: Decimal | None) -> Decimal:
    """How often `step` goes into what was missed, a step that was begun counted whole; without a step once."""
    return (amount / step).to_integral_value(ROUND_CEILING) if step else Decimal(1)
