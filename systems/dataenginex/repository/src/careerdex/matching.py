"""How well a person's skills match a job's."""


def skills(text: str) -> frozenset[str]:
    """Skills of a comma-separated list, without case and blanks."""
    return frozenset(part.strip().lower() for part in text.split(",") if part.strip())


def score(person: frozenset[str], job: frozenset[str]) -> float:
    """Share of the job's skills that the person has, from 0 to 1. A job that asks for nothing suits everybody."""
    return len(person & job) / len(job) if job else 1.0
