"""While a file may be half written, only what it said before and says now is allowed, whichever half is there."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors.answer import Kind
from connectors.registry import known_connectors
from tests.access.builders import (
    A_DAY,
    BARNSLEY,
    CARE_RESULTS,
    EMERGENCY_RESULTS,
    FIND,
    PARTIES,
    PRACTICE,
    SEXUAL_HEALTH,
    SIGNED_ON,
    an_agreement,
)
from tests.access.signing import sign_again
from viewer.access.agreement import Agreement, Narrowing, Revocation, Signature
from viewer.access.clinician import Role
from viewer.access.force import vote_on
from viewer.access.signing import read_public_key
from viewer.access.unsettled import agreement_of_both, narrowing_of_both
from viewer.configuration.agreement_file import read_agreement
from viewer.configuration.config_file import Misconfigured, open_config, read_config
from viewer.configuration.trust_file import own_word_of

ROOT = Path(__file__).resolve().parents[2]
TRUST_FILES = sorted((ROOT / "config/trusts").glob("*.toml"))


# ── Every half of the shipped files ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", TRUST_FILES, ids=lambda path: path.stem)
def test_no_half_of_a_trusts_file_shares_more_than_the_whole(path: Path) -> None:
    words = path.read_bytes()
    words += b"" if b"[narrows" in words or b"[[narrows" in words else b"\n[narrows]\nshares = []\n"
    before = own_word_of(read_config(path, words), known_connectors()).narrowing
    looked_whole = 0

    for end in range(len(words)):
        try:
            half = own_word_of(read_config(path, words[:end]), known_connectors()).narrowing
        except Misconfigured:
            continue
        looked_whole += 1
        both = narrowing_of_both(before, half)
        assert both.shares <= before.shares, end
        assert set(before.never_shared) <= set(both.never_shared), end

    assert looked_whole  # or nothing was tried


def test_no_half_of_an_agreement_allows_more_than_the_whole(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    sign_again(tmp_path / "config")
    path = tmp_path / "config/agreements/working_together_2026.toml"
    files = {one.stem: open_config(one) for one in sorted((tmp_path / "config/trusts").glob("*.toml"))}
    trusts = [own_word_of(file, known_connectors()).config.trust for file in files.values()]
    keys = {name: key for name, file in files.items() if (key := read_public_key(file.values["signing_key"]))}
    words, whole = path.read_bytes(), read_agreement(open_config(path), trusts, keys)
    looked_whole = 0

    for end in range(len(words)):
        try:
            half = read_agreement(read_config(path, words[:end]), trusts, keys)
        except Misconfigured:
            continue
        looked_whole += 1
        assert_allows_no_more(agreement_of_both(whole, half), whole)

    assert looked_whole > 10


def assert_allows_no_more(both: Agreement, one: Agreement) -> None:
    clauses = {clause.number: clause for clause in one.clauses}
    for clause in both.clauses:
        was = clauses[clause.number]
        assert clause.roles <= was.roles
        assert clause.purposes <= was.purposes
        assert clause.claims <= was.claims
        assert clause.kinds <= was.kinds
    for day in (A_DAY, *(signature.on - timedelta(days=1) for signature in one.signatures)):
        assert both.signers(day) <= one.signers(day)
        assert vote_on(one, day).carried or not vote_on(both, day).carried
    assert both.practices <= one.practices
    assert both.starts >= one.starts
    assert both.ends <= one.ends
    assert set(one.never_shared) <= set(both.never_shared)
    assert one.supersedes <= both.supersedes
    assert both.unreadable or not one.unreadable
    if one.revoked:
        assert both.revoked is not None
        assert both.revoked.on <= one.revoked.on


# ── What widens, one thing at a time ─────────────────────────────────────────────────────────────

BEFORE = an_agreement(clauses=(FIND, EMERGENCY_RESULTS), never_shared=(SEXUAL_HEALTH,))
WIDER = {
    "a clause more": replace(BEFORE, clauses=(*BEFORE.clauses, CARE_RESULTS)),
    "a role more": replace(BEFORE, clauses=(FIND, replace(EMERGENCY_RESULTS, roles=frozenset(Role)))),
    "a practice more": replace(BEFORE, practices=BEFORE.practices | {"Y99009"}),
    "another practice": replace(BEFORE, practices=frozenset({"Y99009"})),
    "a party more, which has signed": replace(
        BEFORE, parties=(*PARTIES, BARNSLEY), signatures=(*BEFORE.signatures, Signature("barnsley", SIGNED_ON))
    ),
    "fewer parties, so that fewer must sign": replace(BEFORE, parties=PARTIES[:2]),
    "an earlier day of signing": replace(
        BEFORE, signatures=tuple(replace(one, on=date(2020, 1, 1)) for one in BEFORE.signatures)
    ),
    "an earlier first day": replace(BEFORE, starts=date(2020, 1, 1)),
    "a later last day": replace(BEFORE, ends=date(2090, 1, 1)),
    "a class fewer": replace(BEFORE, never_shared=()),
    "a class that the glass opens": replace(BEFORE, never_shared=(replace(SEXUAL_HEALTH, opens_by_break_glass=True),)),
}


@pytest.mark.parametrize("wider", WIDER.values(), ids=WIDER)
def test_what_widens_an_agreement_does_not_count_yet_and_what_it_takes_counts_at_once(wider: Agreement) -> None:
    for before, after in ((BEFORE, wider), (wider, BEFORE)):
        both = agreement_of_both(before, after)

        assert_allows_no_more(both, before)
        assert_allows_no_more(both, after)


def test_fewer_parties_do_not_carry_what_was_not_carried() -> None:
    before = replace(BEFORE, signatures=tuple(Signature(one.name, SIGNED_ON) for one in PARTIES[:3]))
    after = replace(before, parties=PARTIES[:3])
    assert vote_on(after, A_DAY).carried

    assert not vote_on(agreement_of_both(before, after), A_DAY).carried


def test_a_revocation_stays_and_a_new_one_counts_at_once() -> None:
    revoked = replace(BEFORE, revoked=Revocation(A_DAY, "The parties have parted."))

    assert agreement_of_both(revoked, BEFORE).revoked == revoked.revoked
    assert agreement_of_both(BEFORE, revoked).revoked == revoked.revoked


def test_what_could_not_be_read_is_not_believed_at_once() -> None:
    assert agreement_of_both(replace(BEFORE, unreadable="it was cut short"), BEFORE).unreadable
    assert agreement_of_both(None, BEFORE).unreadable
    assert narrowing_of_both(Narrowing("rotherham", frozenset(), unreadable="cut short"), Narrowing("rotherham")) == (
        Narrowing("rotherham", frozenset(), unreadable="cut short")
    )


def test_an_agreement_that_says_the_same_is_the_same() -> None:
    assert agreement_of_both(BEFORE, BEFORE) == BEFORE
    assert PRACTICE in BEFORE.practices


def test_a_trust_that_shares_more_shares_it_later_and_what_it_shares_less_it_shares_less_at_once() -> None:
    some, all_of_it = Narrowing("rotherham", frozenset({Kind.DEMOGRAPHICS})), Narrowing("rotherham")

    assert narrowing_of_both(some, all_of_it) == some
    assert narrowing_of_both(all_of_it, some) == some
