"""Averages of ratings."""

from collections.abc import Iterable


def average(ratings: Iterable[int]) -> float | None:
    """Average of the ratings that were given.

    A rating of 0 is a review without stars, and counts for nothing.

    Args:
        ratings: Stars from 0 to 5.

    Returns:
        The average, rounded to two digits, or None without any stars.

    Raises:
        ValueError: When a rating is not from 0 to 5.
    """
    given = list(ratings)
    wrong = [stars for stars in given if not 0 <= stars <= 5]
    if wrong:
        raise ValueError(f"ratings are from 0 to 5, not {wrong[0]}")
    stars = [rating for rating in given if rating > 0]
    return round(sum(stars) / len(stars), 2) if stars else None
