"""A signing service hands in CloudEvents that agreements were signed, with the official SDK.

Run it with::

    COACHING_KEY=mca_... python examples/cloudevents/post.py sheffield.2026-autumn.P01 sponsor 2026-10-01T09:00:00Z

It needs ``cloudevents`` and ``httpx``. The key must be granted ``tell:…:sessions``; COACHING_URL is the gateway,
``http://127.0.0.1:8080`` if unset. The answer comes when the event is kept for good: an engagement that is not known
yet gets it when it appears. After any trouble hand in the same event again: source and id name it.
"""

from __future__ import annotations

import argparse
import json
import os
from datetime import UTC, datetime

import httpx
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

SOURCE = "urn:example:signing"
TYPE = "org.coaching-lifecycle.fact.agreement_signed"


def signature(engagement: str, role: str, signed_at: datetime) -> CloudEvent:
    """One signature. The type names the fact, the subject the engagement, the data what is particular to it."""
    return CloudEvent(
        attributes={
            "id": f"{engagement}:{role}",
            "source": SOURCE,
            "type": TYPE,
            "subject": engagement,
            "time": signed_at,
            "datacontenttype": "application/json",
        },
        data={"role": role},
    )


def main() -> None:
    """Hand in the signature that the command line names; print what became of it."""
    said = argparse.ArgumentParser(description="Hand in a CloudEvent that an agreement was signed.")
    said.add_argument("engagement", help="the engagement's id, e.g. sheffield.2026-autumn.P01")
    said.add_argument("role", help="who signed: coach, sponsor or team_lead")
    said.add_argument("signed_at", nargs="?", type=datetime.fromisoformat, default=datetime.now(UTC), help="now")
    said.add_argument("--binary", action="store_true", help="attributes as headers, data as the body")
    given = said.parse_args()
    event = signature(given.engagement, given.role, given.signed_at)
    message = to_binary_event(event) if given.binary else to_structured_event(event)
    answer = httpx.post(
        f"{os.environ.get('COACHING_URL', 'http://127.0.0.1:8080')}/events",
        content=message.body,
        headers={**message.headers, "Authorization": f"Bearer {os.environ['COACHING_KEY']}"},
        timeout=60,
    )
    print(json.dumps(answer.json(), indent=2))
    answer.raise_for_status()


if __name__ == "__main__":
    main()
