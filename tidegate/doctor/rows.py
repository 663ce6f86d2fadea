"""One row of an examination, by its result."""

from tidegate.output.shapes import DiagnosisShape


def ok(name: str, seen: str) -> DiagnosisShape:
    """Nothing to do."""
    return DiagnosisShape(name=name, result="ok", seen=seen, next="")


def warn(name: str, seen: str, then: str) -> DiagnosisShape:
    """It works, but not as well as it should."""
    return DiagnosisShape(name=name, result="warn", seen=seen, next=then)


def fail(name: str, seen: str, then: str) -> DiagnosisShape:
    """It does not work until somebody does something."""
    return DiagnosisShape(name=name, result="fail", seen=seen, next=then)


def skip(name: str, why: str) -> DiagnosisShape:
    """It was not examined."""
    return DiagnosisShape(name=name, result="skip", seen=why, next="")
