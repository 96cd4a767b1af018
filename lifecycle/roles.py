"""What roles are called, wherever anybody reads of them."""

from __future__ import annotations

from typing import Final

from schemas.sentences import say
from schemas.words import Role

ROLES: Final[dict[Role, str]] = {
    Role.COACH: "the coach",
    Role.CO_COACH: "the co-coach",
    Role.INTERIM_COACH: "the interim coach",
    Role.FACULTY: say("faculty"),
    Role.SPONSOR: "the sponsor",
    Role.TEAM_LEAD: "the team lead",
    Role.OFFICE: "the programme office",
    Role.DEPUTY: "the programme office's deputy",
    Role.PROCESS_OWNER: "the process owner",
    Role.MEASURE_OWNER: "the measure owner",
    Role.SERVICE: "another service",
    Role.DELEGATE: "the delegate",
    Role.OPERATOR: "the operator",
}

_CALLED: Final[dict[Role, str]] = {
    Role.COACH: say("coach"),
    Role.CO_COACH: say("co-coach"),
    Role.INTERIM_COACH: "interim coach",
    Role.FACULTY: "faculty member",
    Role.SPONSOR: say("sponsor"),
    Role.TEAM_LEAD: "team lead",
    Role.OFFICE: "programme office",
    Role.DEPUTY: "programme office's deputy",
    Role.PROCESS_OWNER: "process owner",
    Role.MEASURE_OWNER: "measure owner",
    Role.SERVICE: "another service",
    Role.DELEGATE: say("delegate"),
    Role.OPERATOR: say("operator"),
}


def called(role: Role) -> str:
    """Somebody who has a role, as in "a new sponsor"."""
    return _CALLED[role]


def beside_name(role: Role) -> str:
    """The role of somebody whose name stands before it, as in "Jo Evans (sponsor)"."""
    return ROLES[role] if role is Role.FACULTY else _CALLED[role]
