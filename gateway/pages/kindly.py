"""Pages that only say something: a link that does not work, a part that is over, records that are away."""

from __future__ import annotations

from starlette.responses import Response

from gateway.pages.drawing import message
from gateway.problems import Problem
from records.pages import Office

_ASK_BY_MAIL = "If that does not help, reply to the mail: the programme office reads it."


def no_part(root: str, office: Office | None) -> Response:
    """The reader had a part in this, and has none now."""
    words = (
        "This was asked of you when you had a part in it. That has changed since, so you need do nothing, and nothing "
        "can be told here."
    )
    return message("This is no longer asked of you", words, status=403, office=office, root=root)


def unknown_link(root: str) -> Response:
    """No key of ours signed the link, or nothing is recorded of what it is about."""
    words = (
        "The address is not complete, or was changed on its way. Please open the link in the mail again, or copy the "
        "whole address."
    )
    return message("This link does not work", words, _ASK_BY_MAIL, status=404, root=root)


def expired(root: str, office: Office | None) -> Response:
    """The time of a link is over."""
    words = "Links do not work for ever. Nothing is lost: the newest mail from us has a link that works."
    return message("This link has expired", words, status=410, office=office, root=root)


def too_many(root: str) -> Response:
    """Too many pages at once, from one address."""
    words = "Too many pages were opened from where you are. Please wait a minute, and try again."
    found = message("Please wait a minute", words, status=429, root=root)
    found.headers["Retry-After"] = "60"
    return found


def failed(problem: Problem, root: str) -> Response:
    """Something else went wrong, or the engine is away."""
    if problem.kind != "away":
        words = "Nothing is lost. Please reply to the mail: the programme office reads it."
        return message("Something went wrong", words, status=problem.status, root=root)
    found = message(
        "Please try again in a few minutes",
        "The programme's records cannot be reached at the moment. Please try again in a few minutes.",
        "If you pressed a button, press it again then: what was told already is not told twice.",
        status=problem.status,
        root=root,
    )
    found.headers.update(problem.headers)
    return found


def address_changed(root: str, office: Office | None) -> Response:
    """The new address holds."""
    words = "Mail of the coaching programme goes to your new address."
    return message("Your email address is changed", words, status=200, office=office, root=root)


def mail_sent(root: str, office: Office | None) -> Response:
    """The mail that confirms an address is on its way."""
    return message(
        "Look into your mail",
        "Open the mail we have sent to your new address, and use its link to confirm it. It works for two days.",
        "Until then, nothing changes. If no mail comes, look whether the address was written right, and try again.",
        status=200,
        office=office,
        root=root,
    )
