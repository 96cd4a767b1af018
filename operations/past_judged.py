"""What a past means, by opaque ids: judged by the rules with what is recorded already. Records nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from lifecycle import cohort as cohort_rules
from lifecycle import engagement as engagement_rules
from lifecycle.account import DIFFERENT, holding
from operations.cohorts import CohortPlan
from operations.past_facts import TEAMS, FactFault, FactsFileError, PastFact, fault_of
from schemas.cohort_facts import EnrolmentAccepted, LearningSessionHeld, MicrosystemIdentified
from schemas.corrections import COHORT_FACT, ENGAGEMENT_FACT, AnyFact, CohortFact, Correction, EngagementFact
from schemas.engagement_facts import EngagementProposed
from schemas.inputs import TakeOver
from schemas.words import CohortId, EngagementId

_PERSONS: Final = ("person", "team_lead", "sponsor", "faculty")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import took over. ``fresh`` is false when all of it had been taken over before."""

    cohort: CohortId
    fresh: bool
    engagements: int
    facts: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What is new of a cohort and of its engagements, in order; ``fresh``: nothing was recorded before."""

    name: CohortId
    cohort: tuple[CohortFact, ...]
    engagements: dict[EngagementId, tuple[EngagementFact, ...]]
    fresh: bool

    @property
    def new(self) -> int:
        """How many facts it adds."""
        return len(self.cohort) + sum(len(facts) for facts in self.engagements.values())

    @property
    def imported(self) -> Imported:
        """What an import of it says."""
        return Imported(self.name, fresh=self.fresh, engagements=len(self.engagements), facts=self.new)

    def asked(self, at: datetime) -> TakeOver:
        """What the engine is asked to record."""
        return TakeOver(cohort=self.name, at=at, facts=self.cohort, engagements={**self.engagements})


@dataclass(slots=True)
class Judge:
    """Reads a past with what the roster begins and what is recorded, and finds every fact that cannot be."""

    plan: CohortPlan
    begins: tuple[CohortFact, ...]
    recorded: Mapping[str, tuple[Any, ...]]
    ids: Ids
    at: datetime
    faults: list[FactFault] = field(default_factory=list)
    lines: dict[str, PastFact] = field(default_factory=dict)

    def taken(self, past: tuple[PastFact, ...]) -> Taken:
        """What is new. Raises FactsFileError."""
        of_cohort: list[CohortFact] = [*self.begins]
        of_engagements: dict[EngagementId, list[EngagementFact]] = defaultdict(list)
        for past_fact in past:
            self._read(past_fact, of_cohort, of_engagements)
        recorded = self.recorded[self.plan.cohort]
        state = cohort_rules.fold([*recorded, *of_cohort], self.at)
        self._refused(state.account.void)
        begun = {fact.enrolment for fact in of_cohort if isinstance(fact, EnrolmentAccepted | MicrosystemIdentified)}
        told: dict[EngagementId, list[Any]] = {}
        for effect in cohort_rules.effects(self.plan.cohort, state):
            if isinstance(effect.fact, EngagementProposed):
                known = bool(self.recorded.get(effect.subject))
                if effect.subject in of_engagements or effect.fact.enrolment in begun:
                    told[effect.subject] = [] if known else [self._watched(effect.fact)]
            elif told.get(effect.subject):
                told[effect.subject].append(effect.fact)
        for engagement, facts in of_engagements.items():
            if engagement not in told:
                self._fault(facts[0].event_id, "the roster and the cohort's facts give this subject no engagement")
        whole = {name: self._whole(name, [*facts, *of_engagements.get(name, ())]) for name, facts in told.items()}
        if self.faults:
            raise FactsFileError(tuple(sorted(self.faults, key=lambda fault: fault.line)))
        new = {name: facts for name, facts in whole.items() if facts}
        return Taken(self.plan.cohort, _in_order(of_cohort), new, fresh=not recorded)

    def _read(
        self, past_fact: PastFact, of_cohort: list[CohortFact], of_engagements: dict[EngagementId, list[EngagementFact]]
    ) -> None:
        try:
            fields = self.ids.instead(dict(past_fact.fields))
            fact: AnyFact = self._model(past_fact.subject).validate_python(fields)
            if past_fact.adds and isinstance(fact, LearningSessionHeld):
                fact = self._with_recorded(fact)
        except LookupError as unknown:
            self.faults.append(FactFault(past_fact.line, past_fact.subject, str(unknown.args[0])))
        except ValidationError as wrong:
            for error in wrong.errors(include_url=False, include_input=False):
                place = ".".join(str(part) for part in error["loc"][1:])
                self.faults.append(
                    FactFault(past_fact.line, past_fact.subject, f"{place}: {error['msg']}".removeprefix(": "))
                )
        else:
            self._keep(past_fact, fact, of_cohort, of_engagements)

    def _model(self, subject: str) -> TypeAdapter[Any]:
        return COHORT_FACT if subject == self.plan.cohort else ENGAGEMENT_FACT

    def _keep(
        self,
        past_fact: PastFact,
        fact: AnyFact,
        of_cohort: list[CohortFact],
        of_engagements: dict[EngagementId, list[EngagementFact]],
    ) -> None:
        """Take it among the others, unless it is recorded already."""
        wrong = ""
        if fact.event_id in self.lines:
            wrong = "the same event id stands on two lines"
        elif fact.occurred_at > self.at:
            wrong = "it lies in the future"
        self.lines[fact.event_id] = past_fact
        known = next((one for one in self.recorded[past_fact.subject] if one.event_id == fact.event_id), None)
        if known is not None and not fact.repeats(known):
            wrong = DIFFERENT.reason
        if wrong:
            self.faults.append(FactFault(past_fact.line, past_fact.subject, wrong))
        elif known is None:
            into: list[Any] = of_cohort if past_fact.subject == self.plan.cohort else of_engagements[past_fact.subject]
            into.append(fact)

    def _watched(self, opening: EngagementProposed) -> EngagementProposed:
        """The engine sends what falls due from now on; what was missed before it took over, it does not."""
        return opening.model_copy(update={"watched_from": self.at})

    def _whole(self, name: EngagementId, facts: list[EngagementFact]) -> tuple[EngagementFact, ...]:
        recorded = self.recorded.get(name, ())
        if recorded or facts:
            self._refused(engagement_rules.fold([*recorded, *facts], self.at).account.void)
        return _in_order(facts)

    def _refused(self, void: Mapping[str, Any]) -> None:
        recorded = {fact.event_id for facts in self.recorded.values() for fact in facts}
        for event_id, refusal in void.items():
            if event_id not in recorded:
                self._fault(event_id, refusal.reason)

    def _fault(self, event_id: str, problem: str) -> None:
        self.faults.append(fault_of(self.lines.values(), event_id, problem))

    def _with_recorded(self, fact: LearningSessionHeld) -> LearningSessionHeld | Correction:
        """Whoever attended a session that is recorded already is added to those who did."""
        recorded = self.recorded[self.plan.cohort]
        found = holding(cohort_rules.fold(list(recorded), self.at).account) if recorded else []
        held = [(event_id, one) for event_id, one in found if isinstance(one, LearningSessionHeld)]
        for event_id, one in held:
            if one.number == fact.number:
                attended = tuple(dict.fromkeys((*one.attended, *fact.attended)))
                if attended == one.attended:
                    return next(known for known in recorded if known.event_id == event_id)  # type: ignore[no-any-return]
                digest = sha256("/".join(attended).encode()).hexdigest()[:16]
                return Correction(
                    event_id=f"{fact.event_id}:{digest}",
                    occurred_at=self.at,
                    corrects=event_id,
                    replacement=one.model_copy(update={"attended": attended}),
                )
        return fact


def _in_order(facts: list[Any]) -> tuple[Any, ...]:
    """As they occurred; the opening stays first, and facts of one moment stay in the order given."""
    return (*facts[:1], *sorted(facts[1:], key=lambda fact: fact.occurred_at))


@dataclass(frozen=True, slots=True)
class Ids:
    """The opaque ids of those whom a past names."""

    people: Mapping[str, Collection[str]] = field(repr=False)
    teams: Mapping[str, str] = field(repr=False)

    def instead(self, given: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
        """The same without names and addresses. Raises LookupError for a person whom the roster does not have."""
        if not isinstance(given, dict):
            return given
        return {name: self._one(name, value) for name, value in given.items()}

    def _one(self, name: str, value: Any) -> Any:  # noqa: ANN401 - as above
        if name in _PERSONS and isinstance(value, str) and "@" in value:
            found = self.people.get(value.lower(), ())
            if len(found) != 1:
                has = "several people have" if found else "nobody of the roster or the academy has"
                raise LookupError(f"{name}: {has} this address")
            return next(iter(found))
        if name in TEAMS and isinstance(value, str):
            return self.teams.get(value, value)
        return self.instead(value)


def addresses(past: Iterable[PastFact]) -> set[str]:
    """The addresses by which a past names people."""
    found = (one.fields.get(name) for one in past for name in _PERSONS)
    return {one.lower() for one in found if isinstance(one, str) and "@" in one}
