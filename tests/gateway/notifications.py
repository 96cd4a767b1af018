"""Notifications of mail that came back, as mail servers of different makers write them; all of them invented."""

from __future__ import annotations

from textwrap import dedent

OURS = "<c78e6e9a9e0e838839cccca60b29c448afd723fd@example.org>"


def _mail(text: str, **said: str) -> bytes:
    given = {"id": OURS, "action": "failed", "status": "5.1.1"} | said
    whole = dedent(text).lstrip()
    for name, value in given.items():
        whole = whole.replace(f"[{name}]", value)
    return whole.replace("\n", "\r\n").encode()


def postfix(**said: str) -> bytes:
    """As Postfix: the report in the middle, the whole mail returned."""
    return _mail(
        """
        Return-Path: <>
        Received: by mx.trust.example (Postfix) id 4XyZ12abcd; Tue,  6 Oct 2026 11:00:04 +0100 (BST)
        Date: Tue,  6 Oct 2026 11:00:04 +0100 (BST)
        From: MAILER-DAEMON@mx.trust.example (Mail Delivery System)
        Subject: Undelivered Mail Returned to Sender
        To: coaching@example.org
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status;
        \tboundary="4XyZ12abcd.1791280804/mx.trust.example"
        Message-Id: <20261006100004.4XyZ12abcd@mx.trust.example>

        This is a MIME-encapsulated message.

        --4XyZ12abcd.1791280804/mx.trust.example
        Content-Description: Notification
        Content-Type: text/plain; charset=us-ascii

        I'm sorry to have to inform you that your message could not
        be delivered to one or more recipients. It's attached below.

        <anna@trust.example>: host mail.trust.example[192.0.2.7] said: 550 5.1.1
            <anna@trust.example>: Recipient address rejected: User unknown

        --4XyZ12abcd.1791280804/mx.trust.example
        Content-Description: Delivery report
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.trust.example
        X-Postfix-Queue-ID: 4XyZ12abcd
        X-Postfix-Sender: rfc822; coaching@example.org
        Arrival-Date: Tue,  6 Oct 2026 11:00:02 +0100 (BST)

        Final-Recipient: rfc822; anna@trust.example
        Original-Recipient: rfc822;anna@trust.example
        Action: [action]
        Status: [status]
        Remote-MTA: dns; mail.trust.example
        Diagnostic-Code: smtp; 550 5.1.1 <anna@trust.example>: Recipient address
            rejected: User unknown

        --4XyZ12abcd.1791280804/mx.trust.example
        Content-Description: Undelivered Message
        Content-Type: message/rfc822

        Return-Path: <coaching@example.org>
        From: Coaching programme <coaching@example.org>
        To: Anna Example <anna@trust.example>
        Subject: Did your session happen?
        Message-ID: [id]
        Content-Type: text/plain

        Hello Anna Example,

        --4XyZ12abcd.1791280804/mx.trust.example--
        """,
        **said,
    )


def exchange(**said: str) -> bytes:
    """As Exchange: words as HTML within an alternative, the status with a comment, a folded Message-ID."""
    return _mail(
        """
        From: Microsoft Outlook <postmaster@trust.example>
        To: "coaching@example.org" <coaching@example.org>
        Date: Tue, 6 Oct 2026 10:00:05 +0000
        Content-Type: multipart/report; report-type=delivery-status;
        \tboundary="b7a9f0f4-9d3e-4a51-8a0f-1c2d3e4f5a6b"
        X-MS-Exchange-Message-Is-Ndr:
        Content-Language: en-GB
        Message-ID: <b7a9f0f4@trust.example>
        In-Reply-To: [id]
        References: [id]
        Subject: =?utf-8?Q?Undeliverable:_Did_your_session_happen=3F?=
        Auto-Submitted: auto-replied
        MIME-Version: 1.0

        --b7a9f0f4-9d3e-4a51-8a0f-1c2d3e4f5a6b
        Content-Type: multipart/alternative; differences=Content-Type; boundary="inner"

        --inner
        Content-Type: text/plain; charset="us-ascii"
        Content-Transfer-Encoding: quoted-printable

        anna@trust.example wasn't found at trust.example.

        --inner
        Content-Type: text/html; charset="us-ascii"
        Content-Transfer-Encoding: quoted-printable

        <html><body>anna@trust.example wasn't found.</body></html>

        --inner--

        --b7a9f0f4-9d3e-4a51-8a0f-1c2d3e4f5a6b
        Content-Type: message/delivery-status

        Reporting-MTA: dns;AB1PR01MB1234.eurprd01.prod.outlook.example
        Received-From-MTA: dns;mail.example.org
        Arrival-Date: Tue, 6 Oct 2026 10:00:03 +0000

        Final-Recipient: rfc822;anna@trust.example
        Action: [action]
        Status: [status] (bad destination mailbox)
        Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup

        --b7a9f0f4-9d3e-4a51-8a0f-1c2d3e4f5a6b
        Content-Type: message/rfc822

        From: Coaching programme <coaching@example.org>
        Message-ID:
         [id]
        Subject: Did your session happen?

        Hello

        --b7a9f0f4-9d3e-4a51-8a0f-1c2d3e4f5a6b--
        """,
        **said,
    )


def headers_only(**said: str) -> bytes:
    """With no more than the returned headers, and those encoded."""
    return _mail(
        """
        From: <MAILER-DAEMON@relay.example>
        Subject: failure notice
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type="delivery-status"; boundary=x

        --x
        Content-Type: text/plain

        Sorry.
        --x
        Content-Type: message/delivery-status

        Reporting-MTA: dns; relay.example

        Final-Recipient: rfc822; anna@trust.example
        Action: [action]
        Status: [status]
        --x
        Content-Type: text/rfc822-headers
        Content-Transfer-Encoding: quoted-printable

        From: coaching@example.org
        Message-Id: [id]
        --x--
        """,
        **said,
    )


def international(**said: str) -> bytes:
    """As RFC 6533 has it, with an address that is not ASCII."""
    written = headers_only(**said).replace(b"message/delivery-status", b"message/global-delivery-status")
    return written.replace(b"text/rfc822-headers", b"message/global-headers")


def wrapped(**said: str) -> bytes:
    """Within another mail, as a scanner adds its footer."""
    head = b"Subject: failure notice\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n"
    return head + headers_only(**said) + b"\r\n--outer\r\nContent-Type: text/plain\r\n\r\nScanned.\r\n--outer--\r\n"


def to_two(first: str, second: str) -> bytes:
    """About two recipients, as of a list that the mail was passed on to: each with its action and status."""
    one, two = first.split(), second.split()
    more = f"\r\n\r\nFinal-Recipient: rfc822; ben@trust.example\r\nAction: {two[0]}\r\nStatus: {two[1]}\r\n--x"
    return headers_only(action=one[0], status=one[1]).replace(
        b"\r\n--x\r\nContent-Type: text/rfc822", (f"{more}\r\nContent-Type: text/rfc822".encode())
    )
