"""How far the log is confirmed is said plainly; what is not is said with since when, and that care goes on."""

from datetime import UTC, datetime, timedelta
from html import unescape

from flask import Flask, render_template

from tests.audit.witnessing import ORIGIN, a_pem, a_signing_key
from tests.whole import ROOT
from viewer.audit.checkpoint import Confirmation, Missing
from viewer.configuration.log_file import LogSettings
from viewer.pages.confirmation_words import in_words
from viewer.publishing import public_key_of

NOW = datetime(2026, 1, 21, 15, 0, tzinfo=UTC)
TITLES = {"barnsley": "Barnsley", "rotherham": "Rotherham"}


def said(**fields):
    fields = {"is_signed": True, "eligible": 7, "cosigned": 7, "entries": 1240, "checkpoint": 1240} | fields
    return in_words(Confirmation(**fields), TITLES, NOW)


def test_a_log_that_nobody_signs_is_said_to_be_unsigned_and_no_clinician_is_told():
    found = in_words(Confirmation(entries=12), TITLES, NOW)

    assert found.sentence.startswith("This log is not signed")
    assert found.foot == ""


def test_a_confirmed_log_is_said_to_be_confirmed_to_which_entry_by_how_many():
    found = said(size=1234, confirmed_at=NOW)

    assert found.sentence == (
        "Confirmed to entry 1,234 at 21-Jan-2026 15:00 by more than three quarters of the trusts; "
        "7 of 7 trusts have cosigned the newest checkpoint, at entry 1,240. 6 newer entries wait for it."
    )
    assert (found.foot, found.missing, found.alarming) == ("", (), False)


def test_below_the_quorum_everybody_is_told_since_when_and_that_care_goes_on():
    missing = (Missing("barnsley", 1100, "no connection could be made", False), Missing("rotherham", 0, "", False))
    found = said(size=1100, confirmed_at=NOW, since=NOW - timedelta(hours=1), cosigned=5, missing=missing)

    assert found.sentence == (
        "Not confirmed since 14:00 (confirmed to entry 1,100 of 1,240): 5 of 7 trusts have cosigned the newest "
        "checkpoint, at entry 1,240, and more than three quarters are needed. Care goes on."
    )
    assert found.missing == (
        "Barnsley: last cosigned at entry 1,100; when last asked, no connection could be made.",
        "Rotherham: has never cosigned.",
    )
    assert found.foot == "The log has not been confirmed by enough trusts since 14:00; care goes on."


def test_since_another_day_is_said_with_the_day():
    found = said(since=NOW - timedelta(days=2))

    assert "since 19-Jan-2026 15:00; care goes on" in found.foot


def test_a_trust_that_saw_another_log_is_an_alarm():
    missing = (Missing("barnsley", 9, "it has seen 9 entries, and this log has only 8", True),)
    found = said(size=5, confirmed_at=NOW, cosigned=6, missing=missing)

    assert found.alarming
    assert found.missing[0].startswith("Barnsley says that it was shown another log: it has seen 9 entries")


def test_what_cannot_be_read_is_said_to_be_unreadable():
    assert "cannot be read just now" in said(unreadable=True).sentence


def test_no_witness_at_all_is_said():
    assert "no trust's witness is configured" in said(eligible=0, cosigned=0).sentence


def rendered(template, confirmation, **known):
    app = Flask("viewer", root_path=str(ROOT), template_folder="templates")
    if confirmation is not None:
        app.jinja_env.globals["log_confirmation"] = lambda: confirmation
    app.jinja_env.globals.update(known)
    with app.test_request_context():
        return render_template(template).strip()


def test_the_foot_of_a_page_says_nothing_unless_there_is_something_to_say():
    assert rendered("confirmation_foot.html", said(size=9, confirmed_at=NOW)) == ""
    assert rendered("confirmation_foot.html", None) == ""
    assert "care goes on" in rendered("confirmation_foot.html", said(since=NOW))


def test_an_officers_page_lists_who_is_missing():
    missing = (Missing("barnsley", 9, "<b>", True),)
    page = rendered("confirmation.html", said(size=5, confirmed_at=NOW, missing=missing))

    assert "confirmation-alarming" in page
    assert "&lt;b&gt;" in page


def test_the_logs_public_key_stands_where_the_ledger_says_how_far_the_log_is_confirmed():
    key = public_key_of(LogSettings(ORIGIN, a_pem("log"), ()))

    assert key == str(a_signing_key().verifier)
    assert key in unescape(rendered("confirmation.html", said(), log_key=key))
    assert "public key" not in rendered("confirmation.html", said(), log_key=public_key_of(None))
