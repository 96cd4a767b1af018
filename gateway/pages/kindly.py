"""Pages that only say something: a link that does not work, a part that is over, records that are away."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response

from gateway.context import AppContext
from gateway.pages.drawing import message
from gateway.pages.pressed import Press
from gateway.problems import Problem
from records.pages import Office

_ASK_BY_MAIL = "If that doesn't help, reply to the email: it goes to the programme office."


def no_part(root: str, office: Office | None) -> Response:
    """The reader had a part in this, and has none now."""
    words = (
        "You had a role in this when we asked you. That has changed since, so you don't need to do anything, and "
        "you can't record anything here."
    )
    return message("We no longer need this from you", words, status=403, office=office, root=root)


def no_role(root: str, office: Office | None) -> Response:
    """Whoever is signed in has no part in anything, or none any more."""
    words = "We know who you are, but you don't have a role in the coaching programme at the moment."
    otherwise = "You don't need to do anything. If you think that's wrong, ask the programme office to add you."
    return message("You don't have a role at the moment", words, otherwise, status=403, office=office, root=root)


def another_academy(root: str) -> Response:
    """A page of an academy in which whoever is signed in has no part; or that there isn't."""
    words = (
        "You're signed in, but you don't have a role at this academy. If you should have one, ask its programme "
        "office to add you, with the email address you signed in with."
    )
    home = f"{root}/home"
    return message("This page belongs to another academy", words, status=403, home=home, root=root)


def not_theirs(root: str) -> Response:
    """Whoever is signed in has no part in what the page is about; or there is no such thing."""
    words = (
        "There's nothing at this address, or it belongs to people you don't work with. If you should be able to see "
        "it, ask the programme office."
    )
    home = f"{root}/home"
    return message("You can't see this page", words, status=404, home=home, home_label="Your tasks", root=root)


def in_place_of(problem: Problem, headers: Headers, root: str) -> Response | None:
    """The page for a browser at a mistyped address, with too big a file, or kept waiting in vain.

    None for programs, and for all else.
    """
    if "text/html" not in headers.get("accept", ""):
        return None
    match problem.kind:
        case "unknown":
            return not_theirs(root)
        case "too-large":
            words = "Nothing was recorded. Please go back, and send a smaller file, or two with half the rows each."
            found = message("The file is too big", words, status=problem.status, root=root)
            found.headers.update(problem.headers)
            return found
        case "away" | "read-only":
            return failed(problem, root)
        case _:
            return None


def unknown_link(root: str) -> Response:
    """No key of ours signed the link, or nothing is recorded of what it is about."""
    words = (
        "Part of the link is missing or has changed. Please open the link in the email again, or copy the "
        "whole address."
    )
    return message("This link doesn't work", words, _ASK_BY_MAIL, status=404, root=root)


AGAIN: Final = Press(
    title="This link no longer works",
    paragraphs=(
        "Links only work for a while, and stop when an email address changes. Nothing is lost.",
        "We can email a new one to the person this link was for.",
    ),
    label="Send me a new one",
    topic="link-again",
)


def over(context: AppContext, root: str, token: str, office: Office | None) -> Response:
    """The time of a link is over, or its person has had their links forgotten."""
    return AGAIN.draw(context, root, f"/a/{token}/again", status=410, office=office)


def too_late(root: str, office: Office | None) -> Response:
    """The time is over in which an address could be confirmed, or its change undone; or another change came between."""
    words = (
        "A new address can be confirmed for two days, and a change of address can be undone once, within a week. "
        "Nothing was changed now. If that isn't right, please ask the programme office."
    )
    return message("This link no longer works", words, status=410, office=office, root=root)


def from_elsewhere(root: str) -> Response:
    """A form that a page of another site sent."""
    words = "Something on another website tried to send this form, so nothing was changed."
    return message("Nothing was changed", words, "Please open the page from your email again.", status=403, root=root)


def too_many(root: str) -> Response:
    """Too many pages at once, from one address."""
    words = "Too many pages have been opened from your network. Please wait a minute, and try again."
    found = message("Please wait a minute", words, status=429, root=root)
    found.headers["Retry-After"] = "60"
    return found


def failed(problem: Problem, root: str) -> Response:
    """Something else went wrong, or the engine is away."""
    if problem.kind not in {"away", "read-only"}:
        words = "Nothing is lost. Please reply to the email: it goes to the programme office."
        return message("Something went wrong", words, status=problem.status, root=root)
    found = message(
        "Please try again in a few minutes",
        "We can't reach the programme's records at the moment. Please try again in a few minutes.",
        "If you pressed a button, press it again then: nothing is recorded twice.",
        status=problem.status,
        root=root,
    )
    found.headers.update(problem.headers)
    return found


def address_changed(root: str, office: Office | None) -> Response:
    """The new address holds."""
    words = "Emails from the coaching programme now go to your new address."
    return message("Your email address is changed", words, status=200, office=office, root=root)


def mail_sent(root: str, office: Office | None) -> Response:
    """The mail that confirms an address is on its way."""
    return message(
        "Check your email",
        "Open the email we've sent to your new address, and use its link to confirm it. It works for two days.",
        "Until then, nothing changes. If no email comes, check the address and try again.",
        status=200,
        office=office,
        root=root,
    )
