"""How far two places on the ground are from each other."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

# The mean radius of WGS-84's ellipsoid, (2a + b) ÷ 3 of a = 6,378,137 m and b = 6,356,752.314 m, as IUGG defines it.
EARTH_METRES = 6_371_008.8

Place = tuple[float, float]


def metres_between(one: Place, other: Place) -> float:
    """The way over the ground between two places given as latitude and longitude in degrees of WGS-84."""
    (north, east), (other_north, other_east) = [
        (radians(latitude), radians(longitude)) for latitude, longitude in (one, other)
    ]
    across = sin((other_north - north) / 2) ** 2 + cos(north) * cos(other_north) * sin((other_east - east) / 2) ** 2
    return 2 * EARTH_METRES * asin(min(1.0, sqrt(across)))
