"""Bearer tokens: what is refused, one by one, and how the issuer's keys are found."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from structlog.testing import capture_logs

from gateway.access.caller import Access
from gateway.access.tokens import ALGORITHMS
from gateway.context import AppContext, now
from gateway.problems import Problem
from records.database import Pool, connect
from tests.gateway.access.conftest import NOWHERE, TEAM, Clock, Knock
from tests.gateway.access.issuer import Issuer, by_hand, elliptic, pem, published


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    """No database: a token is proved without one."""
    made = await connect(NOWHERE)
    yield made
    await made.close()


def refused(response: httpx.Response, saying: str = "") -> bool:
    """Whether it is a 401 that says why, and how to call."""
    challenge = response.headers["WWW-Authenticate"]
    assert response.headers["Content-Type"] == "application/problem+json"
    return response.status_code == 401 and 'error="invalid_token"' in challenge and saying in response.json()["detail"]


async def test_a_good_token_opens(issuer: Issuer, knock: Knock) -> None:
    """The caller is known by the issuer's name for it."""
    response = await knock(issuer.token())
    assert (response.status_code, response.json()) == (200, "token:diary")


@pytest.mark.parametrize("algorithm", ["RS256", "PS384"])
async def test_a_key_without_an_algorithm_serves_those_of_its_kind(
    issuer: Issuer, knock: Knock, algorithm: str
) -> None:
    """An issuer need not say the algorithm of a key; the token does."""
    key = rsa.generate_private_key(65537, 2048)
    issuer.keys = [published("other", key)]
    assert (await knock(issuer.token(key=key, kid="other", algorithm=algorithm))).status_code == 200


async def test_a_token_signed_with_another_key_is_refused(issuer: Issuer, knock: Knock) -> None:
    """Naming the issuer's key is not signing with it."""
    assert refused(await knock(issuer.token(key=elliptic())), "not signed by the issuer")


@pytest.mark.parametrize("named", ["none", "None", ""])
async def test_a_token_that_is_not_signed_is_refused(issuer: Issuer, knock: Knock, named: str) -> None:
    """However it writes that it is not."""
    assert refused(await knock(by_hand({"alg": named, "kid": "first"}, issuer.claims())))


async def test_a_published_key_is_no_secret_to_sign_with(issuer: Issuer, knock: Knock) -> None:
    """HMAC with the public key as its secret proves nothing."""
    key = rsa.generate_private_key(65537, 2048)
    for alg in ({}, {"alg": "RS256"}, {"alg": "HS256"}):
        issuer.keys = [published("other", key, **alg)]
        for secret in (pem(key), json.dumps(issuer.keys[0]).encode()):
            forged = by_hand({"alg": "HS256", "kid": "other"}, issuer.claims(), secret)
            assert refused(await knock(forged))


async def test_only_algorithms_with_public_keys_are_taken() -> None:
    """No HMAC is among them."""
    assert not [name for name in ALGORITHMS if name.startswith("HS") or name.lower() == "none"]


async def test_a_secret_key_that_is_published_signs_nothing(issuer: Issuer, knock: Knock) -> None:
    """An issuer that publishes one by mistake has everybody sign tokens."""
    secret = base64.urlsafe_b64encode(b"s" * 32).rstrip(b"=").decode()
    issuer.keys += [{"kid": "shared", "kty": "oct", "k": secret}]
    assert refused(await knock(by_hand({"alg": "HS256", "kid": "shared"}, issuer.claims(), b"s" * 32)))


async def test_a_key_with_an_algorithm_serves_no_other(issuer: Issuer, knock: Knock) -> None:
    """The key's own word holds."""
    key = rsa.generate_private_key(65537, 2048)
    issuer.keys = [published("other", key, alg="RS256")]
    assert refused(await knock(issuer.token(key=key, kid="other", algorithm="PS256")))


async def test_a_key_to_encrypt_with_signs_nothing(issuer: Issuer, knock: Knock) -> None:
    """Keys have a use."""
    key = elliptic()
    issuer.keys += [published("sealing", key, use="enc", alg="ES256")]
    assert refused(await knock(issuer.token(key=key, kid="sealing")))


async def test_a_tampered_token_is_refused(issuer: Issuer, knock: Knock) -> None:
    """The signature is over what it says."""
    header, _, signature = issuer.token().split(".")
    payload = by_hand({}, issuer.claims(scope="coaching:admin:*")).split(".")[1]
    assert refused(await knock(f"{header}.{payload}.{signature}"))


@pytest.mark.parametrize(
    ("claims", "saying"),
    [
        ({"exp": now() - timedelta(minutes=1)}, "expired"),
        ({"nbf": now() + timedelta(days=1)}, "not valid yet"),
        ({"iss": "https://login.example.org"}, "another issuer"),
        ({"aud": "another-service"}, "another service"),
        ({"aud": ["another-service", "and-another"]}, "another service"),
        ({"exp": None}, "lacks"),
        ({"iss": None}, "lacks"),
        ({"aud": None}, "lacks"),
        ({"sub": None}, "lacks"),
        ({"sub": "x" * 256}, ""),
        ({"sub": "Nurse\nAlder"}, ""),
    ],
    ids=lambda case: "-".join(case) if isinstance(case, dict) else "",
)
async def test_a_token_that_says_the_wrong_things_is_refused(
    issuer: Issuer, knock: Knock, claims: dict[str, Any], saying: str
) -> None:
    """And the caller is told which."""
    assert refused(await knock(issuer.token(**claims)), saying)


async def test_a_clock_may_be_somewhat_off(issuer: Issuer, knock: Knock) -> None:
    """Ten seconds are forgiven."""
    off = issuer.token(nbf=now() + timedelta(seconds=10), iat=now() + timedelta(seconds=10))
    assert (await knock(off)).status_code == 200
    assert (await knock(issuer.token(exp=now() - timedelta(seconds=10)))).status_code == 200


@pytest.mark.parametrize("written", ["x", "a.b.c", "..", "é.é.é", f"{base64.b64encode(b'[' * 9000).decode()}.e30.e30"])
async def test_what_is_no_token_is_refused(issuer: Issuer, http: httpx.AsyncClient, written: str) -> None:
    """Nothing breaks, and the issuer is not bothered."""
    response = await http.get("/probe/read", headers=[(b"Authorization", f"Bearer {written}".encode())])
    assert refused(response)
    assert issuer.asked == 0


async def test_nobody_is_refused(http: httpx.AsyncClient) -> None:
    """Closed by default; the answer says how to call."""
    response = await http.get("/probe/read")
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="coaching"')
    assert response.json()["type"] == "/problems/not-authenticated"


async def test_without_an_issuer_no_token_is_taken(context: AppContext, issuer: Issuer) -> None:
    """Where none is set, there are API keys only."""
    alone = AppContext(context.client, context.pool, context.settings.model_copy(update={"oidc_issuer": None}))
    with pytest.raises(Problem, match="not accepted here") as problem:
        await Access(alone).by_token(issuer.token())
    assert problem.value.status == 401
    assert issuer.asked == 0


async def test_a_new_key_is_found_when_a_token_names_it(issuer: Issuer, knock: Knock, clock: Clock) -> None:
    """The issuer rotates: tokens of the new key open, and those of the old one do not once it is withdrawn."""
    assert (await knock(issuer.token())).status_code == 200
    clock.at += 31
    before, issuer.key = issuer.token(), elliptic()
    issuer.keys = [published("second", issuer.key, use="sig", alg="ES256")]
    assert (await knock(issuer.token(kid="second"))).status_code == 200
    assert issuer.asked == 2
    assert refused(await knock(before))


async def test_keys_nobody_knows_do_not_make_us_ask_without_end(
    issuer: Issuer, context: AppContext, clock: Clock
) -> None:
    """Once in thirty seconds, however many such tokens come, and however many at once."""
    access = Access(context, clock)

    async def tries(times: int) -> None:
        for tried in await asyncio.gather(
            *(access.by_token(issuer.token(kid=f"made-up-{number}")) for number in range(times)), return_exceptions=True
        ):
            assert isinstance(tried, Problem)
            assert tried.kind == "not-authenticated"

    await tries(20)
    assert issuer.asked == 1
    clock.at += 29
    await tries(20)
    assert issuer.asked == 1
    clock.at += 2
    await tries(20)
    assert issuer.asked == 2
    assert (await access.by_token(issuer.token())).id == "token:diary"


async def test_a_withdrawn_key_is_forgotten_within_an_hour(issuer: Issuer, knock: Knock, clock: Clock) -> None:
    """Keys are renewed even if every token names one that is known."""
    old = issuer.token()
    assert (await knock(old)).status_code == 200
    issuer.keys = [published("second", elliptic())]
    clock.at += 3590
    assert (await knock(old)).status_code == 200
    clock.at += 20
    assert refused(await knock(old))


async def test_an_issuer_that_is_away_is_503(issuer: Issuer, knock: Knock, clock: Clock) -> None:
    """It is not the caller's fault, and comes right by itself once the issuer answers."""
    issuer.broken = True
    response = await knock(issuer.token())
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.json()["type"] == "/problems/away"
    issuer.broken = False
    assert (await knock(issuer.token())).status_code == 503
    clock.at += 6
    assert (await knock(issuer.token())).status_code == 200


async def test_an_issuer_that_does_not_listen_is_503(issuer: Issuer, knock: Knock) -> None:
    """As one that answers nonsense."""
    token = issuer.token()
    issuer.close()
    assert (await knock(token)).status_code == 503


async def test_known_keys_go_on_while_the_issuer_is_away(issuer: Issuer, knock: Knock, clock: Clock) -> None:
    """Only a token of a key nobody knows has to wait: it may be a new one."""
    assert (await knock(issuer.token())).status_code == 200
    issuer.broken = True
    clock.at += 4000
    assert (await knock(issuer.token())).status_code == 200
    assert (await knock(issuer.token(kid="second"))).status_code == 503


async def test_an_issuer_that_names_itself_otherwise_is_not_believed(issuer: Issuer, knock: Knock) -> None:
    """OpenID Connect Discovery, section 4.3."""
    issuer.named = "https://login.example.org"
    assert (await knock(issuer.token())).status_code == 503


@pytest.mark.parametrize("document", [[], "keys", [1], None])
async def test_what_is_no_set_of_keys_is_503(issuer: Issuer, knock: Knock, document: Any) -> None:
    """Nothing breaks; an empty set knows no key."""
    issuer.keys = document
    assert (await knock(issuer.token())).status_code == (401 if document == [] else 503)


async def test_a_key_that_cannot_be_read_is_refused(issuer: Issuer, knock: Knock) -> None:
    """Another one beside it goes on."""
    issuer.keys += [{"kid": "odd", "kty": "EC", "crv": "P-256", "x": "?"}]
    assert refused(await knock(issuer.token(kid="odd")))
    assert (await knock(issuer.token())).status_code == 200


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"scope": "coaching:read:*:*"}, 200),
        ({"scope": "coaching:read:sheffield:*"}, 200),
        ({"scope": None, "scp": ["coaching:read:*:*"]}, 200),
        ({"scope": None, "scp": "coaching:read:*:*"}, 200),
        ({"scope": None, "roles": ["coaching:read:sheffield:engagements"]}, 200),
        ({"scope": "openid", "roles": ["coaching:tell:*:*", "coaching:read:*:*"]}, 200),
        ({"scope": None, "roles": ["read:*:*"]}, 403),
        ({"scope": "coaching:admin:sheffield.2026-autumn"}, 200),
        ({"scope": "coaching:tell:*:*"}, 403),
        ({"scope": "openid profile"}, 403),
        ({"scope": None}, 403),
        ({"scope": 7}, 403),
        ({"scope": ["coaching:tell:*:*", 7]}, 403),
        ({"scope": "coaching:read:leeds:*"}, 403),
        ({"scope": "coaching:read:sheffield.2027-spring:*"}, 403),
        ({"scope": "coaching:admin:leeds"}, 403),
    ],
    ids=str,
)
async def test_a_token_opens_what_its_scope_says(
    issuer: Issuer, knock: Knock, claims: dict[str, Any], status: int
) -> None:
    """Another verb, academy or cohort is 403."""
    response = await knock(issuer.token(**claims), f"/probe/read/{TEAM}")
    assert response.status_code == status
    if status == 403:
        assert response.json()["type"] == "/problems/not-allowed"
        assert 'error="insufficient_scope"' in response.headers["WWW-Authenticate"]


async def test_no_token_is_logged(issuer: Issuer, knock: Knock) -> None:
    """Neither a good one nor a bad one, nor whom it names."""
    with capture_logs() as logs:
        tokens = [issuer.token(), issuer.token(exp=now() - timedelta(hours=1)), issuer.token(key=elliptic())]
        for token in tokens:
            await knock(token)
    said = json.dumps(logs, default=str)
    assert [line["why"] for line in logs if line["event"] == "security.token_refused"] == [
        "ExpiredSignatureError",
        "InvalidSignatureError",
    ]
    assert not any(part in said for token in tokens for part in token.split("."))
    assert "diary" not in said
