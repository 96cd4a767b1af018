"""A list of leavers, as a personnel office keeps it."""

from schemas.leavers import check_leavers


def test_a_list_of_leavers_is_checked_line_by_line() -> None:
    """A file without its columns is said so; each line that can't be read is named."""
    lines, faults = check_leavers(
        "person;last day\nanna@example.org;31/03/2027\nnobody;2027-03-31\n;2027-03-31\notto;soon\n"
    )
    assert [(line.line, line.person, f"{line.last_day}") for line in lines] == [
        (2, "anna@example.org", "2027-03-31"), (3, "nobody", "2027-03-31"),
    ]  # fmt: skip
    assert [(fault.line, fault.column) for fault in faults] == [(4, "person"), (5, "last_day")]
    assert [fault.column for fault in check_leavers("name,day\nAnna,2027-03-31\n")[1]] == ["person", "last_day"]
