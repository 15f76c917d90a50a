"""Averages of ratings."""

import pytest

from kitchen.ratings import average


def test_average_of_given_stars():
    assert average([5, 4, 4]) == 4.33


def test_reviews_without_stars_count_for_nothing():
    assert average([0, 0, 5]) == 5.0
    assert average([0]) is None
    assert average([]) is None


@pytest.mark.parametrize("stars", [-1, 6])
def test_other_numbers_are_refused(stars):
    with pytest.raises(ValueError, match=str(stars)):
        average([3, stars])
