"""Delivery status notifications in the forms in which mail servers of the world write them, and one complaint.

`{to}` and `{id}` stand for the address and the Message-ID of our letter.
"""

_OURS = """\
Received: from needs.coalition.example (needs.coalition.example [192.0.2.7])
Message-ID: <{id}>
From: Unmet <unmet@coalition.example>
To: {to}
Subject: Unmet: A return waits for your approval
Auto-Submitted: auto-generated
"""

POSTFIX_NO_SUCH_USER = (
    """\
Return-Path: <>
Date: Mon,  1 Feb 2021 09:00:04 +0000 (UTC)
From: MAILER-DAEMON@mx.ministry.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: unmet@coalition.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4DTz1c0Rkcz9sVT.1612170004/mx.ministry.example"
Content-Transfer-Encoding: 8bit
Message-Id: <20210201090004.4DTz1d1M3Yz9sVW@mx.ministry.example>

This is a MIME-encapsulated message.

--4DTz1c0Rkcz9sVT.1612170004/mx.ministry.example
Content-Description: Notification
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

This is the mail system at host mx.ministry.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

<{to}>: host 192.0.2.25[192.0.2.25] said: 550 5.1.1 <{to}>:
    Recipient address rejected: User unknown in local recipient table (in reply to RCPT TO command)

--4DTz1c0Rkcz9sVT.1612170004/mx.ministry.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.ministry.example
X-Postfix-Queue-ID: 4DTz1c0Rkcz9sVT
X-Postfix-Sender: rfc822; unmet@coalition.example
Arrival-Date: Mon,  1 Feb 2021 09:00:03 +0000 (UTC)

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: failed
Status: 5.1.1
Remote-MTA: dns; 192.0.2.25
Diagnostic-Code: smtp; 550 5.1.1 Recipient address rejected:
    User unknown in local recipient table

--4DTz1c0Rkcz9sVT.1612170004/mx.ministry.example
Content-Description: Undelivered Message
Content-Type: message/rfc822
Content-Transfer-Encoding: 8bit

"""
    + _OURS
    + """\
Content-Type: text/plain; charset="utf-8"

Zambia: version 2 of the return for r1 waits for your approval.

--4DTz1c0Rkcz9sVT.1612170004/mx.ministry.example--
"""
)

# Only the headers come back, and the status is in small letters with a comment, as RFC 3464 allows.
EXIM_MAILBOX_CLOSED = (
    """\
Return-path: <>
X-Failed-Recipients: {to}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@smtp.ministry.example>
To: unmet@coalition.example
Content-Type: multipart/report; report-type=delivery-status; boundary=1612170000-eximdsn-1804289383
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1l6UqI-0001Xq-3R@smtp.ministry.example>

--1612170000-eximdsn-1804289383
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

  {to}
    all hosts have been failing

--1612170000-eximdsn-1804289383
Content-type: message/delivery-status

Reporting-MTA: dns; smtp.ministry.example

Action: failed
Final-Recipient: rfc822;{to}
Status: 5.2.1 (mailbox disabled, not accepting messages)
Remote-MTA: dns; mx.ministry.example
Diagnostic-Code: smtp; 550 5.2.1 The e-mail account is inactive

--1612170000-eximdsn-1804289383
Content-type: text/rfc822-headers

"""
    + _OURS
    + """
--1612170000-eximdsn-1804289383--
"""
)

# The address was forwarded: the last one is another one. The recipient's own words are in base64 of Arabic.
EXCHANGE_FORWARDED = (
    """\
From: <postmaster@office.example>
To: <unmet@coalition.example>
Date: Mon, 1 Feb 2021 09:02:11 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="_9a1c2e3f_"
MIME-Version: 1.0
Content-Language: ar
Message-ID: <0fd0c4a1@EXCH01.office.example>
In-Reply-To: <{id}>
References: <{id}>
Subject: Undeliverable: Unmet: A return waits for your approval
Auto-Submitted: auto-replied

--_9a1c2e3f_
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

2KrYudiw2ZHYsSDYp9mE2KrYs9mE2YrZhQ==

--_9a1c2e3f_
Content-Type: message/delivery-status

Reporting-MTA: dns;EXCH01.office.example
Received-From-MTA: dns;needs.coalition.example
Arrival-Date: Mon, 1 Feb 2021 09:02:10 +0000

Final-Recipient: rfc822;someone.else@office.example
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup

--_9a1c2e3f_
Content-Type: message/rfc822

"""
    + _OURS
    + """\
Content-Type: text/plain

Zambia

--_9a1c2e3f_--
"""
)

SENDMAIL_LATE = (
    """\
From: Mail Delivery Subsystem <MAILER-DAEMON@relay.example>
To: <unmet@coalition.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="1119400I002138.1612170000/relay.example"
Subject: Warning: could not send message for past 4 hours
Auto-Submitted: auto-generated (warning-timeout)

--1119400I002138.1612170000/relay.example

    **********************************************
    **      THIS IS A WARNING MESSAGE ONLY      **
    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **
    **********************************************

--1119400I002138.1612170000/relay.example
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
Arrival-Date: Mon, 1 Feb 2021 05:00:00 GMT

Final-Recipient: RFC822; {to}
Action: delayed
Status: 4.4.1
Remote-MTA: DNS; mx.ministry.example
Last-Attempt-Date: Mon, 1 Feb 2021 09:00:00 GMT
Will-Retry-Until: Sat, 6 Feb 2021 05:00:00 GMT

--1119400I002138.1612170000/relay.example
Content-Type: message/rfc822

"""
    + _OURS
    + """
--1119400I002138.1612170000/relay.example--
"""
)

POSTFIX_MAILBOX_FULL = POSTFIX_NO_SUCH_USER.replace("5.1.1", "4.2.2").replace("User unknown", "Mailbox full")
POSTFIX_TAKEN = POSTFIX_NO_SUCH_USER.replace("Action: failed", "Action: delivered").replace("5.1.1", "2.1.5")

COMPLAINT = (
    """\
From: <abuse@post.example>
Date: Mon, 1 Feb 2021 10:00:00 +0000
Subject: FW: Unmet: A return waits for your approval
To: <unmet@coalition.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report;
     boundary="part1_13d.2e68ed54_boundary"

--part1_13d.2e68ed54_boundary
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message received from IP 192.0.2.7.

--part1_13d.2e68ed54_boundary
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1

--part1_13d.2e68ed54_boundary
Content-Type: message/rfc822
Content-Disposition: inline

"""
    + _OURS
    + """
--part1_13d.2e68ed54_boundary--
"""
)
NOT_SPAM = COMPLAINT.replace("Feedback-Type: abuse", "Feedback-Type: not-spam")

OUT_OF_OFFICE = """\
From: {to}
To: unmet@coalition.example
In-Reply-To: <{id}>
Auto-Submitted: auto-replied
Subject: 550 5.1.1 I am on leave
Content-Type: text/plain

Status: 5.1.1
Final-Recipient: rfc822; {to}
Action: failed
"""
