import pytest

from cityinit.distances import metres_between


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ((30.59, 114.31), (30.59, 114.31), 0),
        # A minute of latitude is a nautical mile, nearly.
        ((30.0, 114.0), (30.0 + 1 / 60, 114.0), 1853),
        ((0.0, 0.0), (0.0, 1.0), 111_195),
        ((60.0, 0.0), (60.0, 1.0), 55_597),
        ((90.0, 0.0), (-90.0, 0.0), 20_015_114),
        ((10.0, 179.9), (10.0, -179.9), 21_901),
        ((0.0, 0.0), (0.0, 180.0), 20_015_114),
    ],
)
def test_the_way_over_the_ground(one, other, metres):
    assert round(metres_between(one, other)) == round(metres_between(other, one)) == metres
