"""The database's address, as managed services write it."""

from __future__ import annotations

import ssl

import pytest

from records.address import read_address
from records.database import connect
from records.errors import AddressUnreadable


async def test_parameters_of_libpq_alone_reach_no_server(database_url: str) -> None:
    """They are read, or left to the driver; the server's own, such as options, reach it."""
    said = (
        "connect_timeout=10&keepalives=1&gssencmode=disable&channel_binding=prefer&pgbouncer=true&sslmode=disable"
        "&application_name=other&options=-c%20statement_timeout%3D77s&target_session_attrs=read-write"
    )
    pool = await connect(f"{database_url}&{said}")
    try:
        assert await pool.fetchval("SELECT current_setting('statement_timeout')") == "77s"
    finally:
        await pool.close()


@pytest.mark.parametrize(("written", "seconds"), [("", 5.0), ("10", 10.0), ("1", 2.0), ("0", 60.0)])
def test_a_time_to_connect_is_libpqs(written: str, seconds: float) -> None:
    """At least two seconds; 0 waits long, never for ever."""
    said = f"?connect_timeout={written}" if written else ""
    assert read_address(f"postgresql://u@h/d{said}").options["timeout"] == seconds


@pytest.mark.parametrize("said", ["sslmode=require&channel_binding=require", "sslmode=verify-full&sslrootcert=system"])
def test_where_a_channel_is_to_be_bound_the_certificate_is_checked(said: str) -> None:
    """By what the system trusts."""
    address = read_address(f"postgresql://u:hush@h/d?{said}")
    context = address.options["ssl"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert "hush" not in repr(address)


@pytest.mark.parametrize("url", ["postgresql://u:hush@h/d?connect_timeout=soon", "postgresql://u:hush[@h/d"])
def test_an_address_that_cannot_be_read_is_not_quoted(url: str) -> None:
    """It may hold a password; the message says how one is written."""
    with pytest.raises(AddressUnreadable) as wrong:
        read_address(url)
    assert "hush" not in str(wrong.value)
    assert "%40" in str(wrong.value)
