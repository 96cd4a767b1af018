"""What a deputy and an operator are mailed, in another language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from activities.mail import read_address
from activities.phrases import Phrases
from lifecycle.incidents import INCIDENTS, in_words
from operations import deputies, operator
from records.incidents import ForDeputy, Incident
from schemas.incidents import ENGINE, Finding, IncidentKind
from schemas.programme import DEFAULT_ZONE, Language
from tests.activities.pseudo import PSEUDO, in_place_of_welsh, left

__all__ = ["in_place_of_welsh"]

AT = datetime(2027, 3, 30, 9, tzinfo=UTC)
OFFICES: dict[IncidentKind, dict[str, str]] = {
    IncidentKind.OFFICE_UNREACHABLE: {"since": AT.isoformat()},
    IncidentKind.OFFICE_AWAY: {"until": "2027-04-08"},
}


def found(
    kind: IncidentKind,
    subject: str = "sheffield",
    facts: dict[str, str] | None = None,
    closed_at: datetime | None = None,
) -> Incident:
    """An incident of a kind."""
    return Incident(1, Finding(kind=kind, subject=subject, facts=facts or {}), "sheffield", AT, AT, closed_at, None)


@pytest.mark.usefixtures("in_place_of_welsh")
@pytest.mark.parametrize("kind", OFFICES)
def test_no_word_of_a_deputys_mail_stands_outside_the_templates(kind: IncidentKind) -> None:
    """Its subject and its text; the academy's code alone is no word."""
    mail = deputies.mail_to(ForDeputy(found(kind, facts=OFFICES[kind]), "Ζωή", "zoe@example.org", Language.WELSH), AT)
    assert left(mail.subject, mail.text) == {"sheffield"}


@pytest.mark.parametrize("kind", OFFICES)
def test_a_deputy_reads_what_the_pages_say_of_the_same_incident(kind: IncidentKind) -> None:
    """So that somebody who asks about the mail finds its words."""
    incident = found(kind, facts=OFFICES[kind])
    mail = deputies.mail_to(ForDeputy(incident, "Dana", "dana@example.org"), AT)
    said = (*in_words(incident.finding, DEFAULT_ZONE), INCIDENTS[kind].remedy)
    assert mail.subject == INCIDENTS[kind].label
    assert [part for part in said if part not in mail.text] == []


def test_no_word_around_the_operators_incidents_stands_outside_the_templates() -> None:
    """What is new and what is over, few and many; how an incident itself is said is the command line's."""
    kinds = [*IncidentKind] * 2
    for new, over, still in product((0, 1, len(kinds)), (0, 1, 2), (0, 7)):
        opened = [found(kind, ENGINE) for kind in kinds[:new]]
        closed = [found(kind, ENGINE, closed_at=AT + timedelta(days=1)) for kind in kinds[:over]]
        desk = read_address("Γραφείο <desk@example.org>")
        mail = operator.mail_to(desk, opened, closed, still, AT, Phrases(PSEUDO, Language.WELSH))
        text = mail.text
        for incident in (*opened, *closed):
            known = INCIDENTS[incident.finding.kind]
            said = " ".join(in_words(incident.finding, DEFAULT_ZONE))
            for part in sorted((known.label, said, known.remedy, known.typed(1) or said), key=len, reverse=True):
                text = text.replace(part, "")
        assert not left(mail.subject, text)
