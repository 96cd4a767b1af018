"""Open questions are a projection: before something falls due, time alone opens and closes none but as it says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from lifecycle.account import Account
from lifecycle.gathering import Subject
from lifecycle.subject_rules import SubjectRules
from lifecycle.worklist import open_questions

_SECOND = timedelta(seconds=1)


def questions_stand_until_something_is_due(
    rules: SubjectRules[Any], known: Account[Any], done: Mapping[str, datetime], now: datetime
) -> None:
    """What is written now, once all that is due was carried out, is what the rules say until the next item is due."""
    ahead = rules.upcoming(rules.assess(known, now, done), done)
    until = ahead[0].at if ahead else now + timedelta(days=400)
    written = open_questions(Subject(rules, rules.assess(known, now, done), done))
    for part in (0.01, 0.5, 1.0):
        at = now + (until - _SECOND - now) * part
        changed = _asked(rules, known, done, at) ^ {str(row) for row in written if row.stands_at(at)}
        assert not changed, f"at {at}, after {now}, before {until}: {changed}"


def _asked(rules: SubjectRules[Any], known: Account[Any], done: Mapping[str, datetime], at: datetime) -> set[str]:
    questions = open_questions(Subject(rules, rules.assess(known, at, done), done))
    return {str(question) for question in questions if question.stands_at(at)}
