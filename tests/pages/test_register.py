"""The register says who shares what with whom, who has signed which text, and what changed, as the files say it now."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from connectors.answer import Kind
from sandbox.town import Town
from tests.access.builders import (
    A_DAY,
    FIND,
    GP_RESULTS,
    PARTIES,
    ROTHERHAM,
    SEXUAL_HEALTH,
    SIGNED_ON,
    an_agreement,
    rules_of,
    signed_by,
    signed_by_all_but,
)
from tests.pages.builders import a_clinician, an_app, an_asking
from tests.pages.page_tester import Page, PageTester
from tests.whole import AMINA, KOFI, PRIYA, another, viewer_of
from viewer.access.agreement import Agreement, Narrowing, Revocation, Signature
from viewer.access.clinician import Clinician, Role
from viewer.access.force import Force
from viewer.access.rules import Rules
from viewer.pages import register_words
from viewer.pages.register import register_routes

OLD = an_agreement(
    name="working_together_2025",
    short="WT-2025",
    practices=frozenset({"Y99009"}),
    clauses=(FIND, replace(GP_RESULTS, kinds=frozenset({Kind.LABORATORY}))),
)
NEW = an_agreement(supersedes=frozenset({"working_together_2025"}), never_shared=(SEXUAL_HEALTH,))


def read(path: str, rules: Rules, role: Role = Role.CONSULTANT) -> Page:
    routes = register_routes(lambda: rules, PARTIES)
    return PageTester(an_app(*routes, asking=an_asking(a_clinician(role=role)))).get(path)


def entry(page: Page, name: str) -> str:
    return page.one("section", data_agreement=name).words


# ── How each agreement stands ────────────────────────────────────────────────────────────────────

STATES: list[tuple[Force, Agreement, str]] = [
    (Force.IN_FORCE, NEW, "● In force"),
    (Force.REVIEW_OVERDUE, replace(NEW, review=date(2026, 11, 20)), "▲ In force, and its review is late"),
    (
        Force.NOT_CARRIED,
        replace(NEW, signatures=()),
        "○ Not in force: not carried. WT-2026 is not carried: 0 of 5",
    ),
    (Force.NOT_BEGUN, replace(NEW, starts=date(2026, 12, 1)), "WT-2026 starts on 1 December 2026"),
    (Force.EXPIRED, replace(NEW, ends=date(2026, 11, 20)), "WT-2026 ended on 20 November 2026"),
    (Force.REVOKED, replace(NEW, revoked=Revocation(A_DAY, "They parted.")), "✕ Not in force: revoked"),
    (Force.UNREADABLE, replace(NEW, unreadable="line 3: not TOML"), "✕ Not in force: its file cannot be read"),
    (Force.SUPERSEDED, replace(NEW, superseded_by="WT-2027"), "WT-2026 is superseded by WT-2027"),
]


@pytest.mark.parametrize(("force", "agreement", "said"), STATES, ids=[row[0].name for row in STATES])
def test_an_agreement_that_is_not_in_force_says_so_and_why(force: Force, agreement: Agreement, said: str) -> None:
    page = read("/agreements", rules_of(agreement))

    assert said in entry(page, "working_together_2026")
    assert ("No agreement is in force" in page.one("main").words) == (not force.holds)


def test_every_state_has_words_and_a_shape_of_its_own() -> None:
    assert set(register_words.FORCES) == set(Force)
    assert len(set(register_words.FORCES.values())) == len(Force)
    assert all(not words[0].isalnum() for words in register_words.FORCES.values())


def test_the_vote_is_said_in_numbers() -> None:
    page = read("/agreements", rules_of(an_agreement(signatures=signed_by_all_but(ROTHERHAM))))

    assert "4 of 5 trusts have signed; 4 are needed: carried" in entry(page, "working_together_2026")


def test_a_party_that_has_not_signed_is_named_with_the_reason() -> None:
    spoilt = Signature("rotherham", SIGNED_ON, "it does not verify with the trust’s signing_key")
    agreement = an_agreement(signatures=(*signed_by_all_but(ROTHERHAM), spoilt))

    page = read("/agreements", rules_of(agreement))

    party = page.one("tr", data_party="rotherham").words
    assert "✕ Not signed: what stands there is no signature: it does not verify" in party
    assert "✕ Have not signed: Rotherham" in page.one("main").words


def test_a_signature_of_a_later_day_is_said_to_hold_from_then() -> None:
    agreement = an_agreement(signatures=(*signed_by_all_but(ROTHERHAM), *signed_by(ROTHERHAM, on=date(2026, 12, 1))))

    page = read("/agreements", rules_of(agreement))

    assert "✕ Not signed: its signature holds from 1 December 2026" in page.one("tr", data_party="rotherham").words


# ── Who shares what ──────────────────────────────────────────────────────────────────────────────


def test_each_clause_says_who_may_ask_for_what() -> None:
    page = read("/agreements", rules_of())

    assert page.one("tr", data_clause="3.1").words == (
        "3.1 a GP direct care: of a registered patient laboratory and radiology results"
    )


NARROWINGS = [
    (Narrowing("rotherham"), "everything that an agreement allows nothing named"),
    (Narrowing("rotherham", frozenset({Kind.DEMOGRAPHICS})), "demographics alone, and nothing else nothing named"),
    (Narrowing("rotherham", frozenset()), "nothing at all nothing named"),
    (Narrowing("rotherham", frozenset(), unreadable="x"), "nothing: its own file cannot be read nothing named"),
    (Narrowing("rotherham", never_shared=(SEXUAL_HEALTH,)), "everything that an agreement allows sexual-health"),
]


@pytest.mark.parametrize(("narrowing", "said"), NARROWINGS)
def test_what_each_trust_keeps_to_itself_is_said(narrowing: Narrowing, said: str) -> None:
    page = read("/agreements", rules_of(narrowings=(narrowing,)))

    assert page.one("tr", data_trust="rotherham").words == f"Rotherham {said}"


def test_the_standing_sentences_are_on_the_register() -> None:
    page = read("/agreements", rules_of(NEW))

    assert "Rotherham never shares sexual-health results here" in page.one("main").words


# ── One agreement, and what changed ──────────────────────────────────────────────────────────────


def test_one_agreement_is_shown_in_full() -> None:
    digest = "0123456789abcdef" * 4
    signatures = tuple(replace(one, text=digest, key="551f 148b") for one in signed_by(*PARTIES))

    page = read("/agreements/working_together_2026", rules_of(replace(NEW, digest=digest, signatures=signatures)))

    said = page.one("main").words
    assert "0123 4567 89ab cdef" in said
    assert "551f 148b" in page.one("tr", data_party="rotherham").words
    assert "A GP, for own patients." in said
    assert "“Rotherham never shares sexual-health results here”" in said


def test_what_changes_between_two_versions_is_said_in_words() -> None:
    page = read("/agreements/working_together_2025/changes/working_together_2026", rules_of(OLD, NEW))

    rows = {row.words for row in page.all("tr")}
    assert "GP practice − Removed Y99009 nothing" in rows
    assert "GP practice + Added nothing Y99001" in rows
    assert "Clause 3.1, kinds ≠ Changed laboratory results laboratory results, radiology results" in rows
    (clause,) = [row for row in rows if row.startswith("Clause 4.2(a) + Added nothing In the department")]
    assert "Purposes: emergency care. Relationships: of a patient in their department." in clause
    assert "Takes the place of + Added nothing WT-2025" in rows
    assert any(row.startswith("Never shared: sexual-health of Rotherham + Added") for row in rows)
    assert not any(row.startswith("Clause 2.1") for row in rows)


def test_the_other_way_round_what_was_added_is_removed() -> None:
    page = read("/agreements/working_together_2026/changes/working_together_2025", rules_of(OLD, NEW))

    assert "GP practice + Added nothing Y99009" in {row.words for row in page.all("tr")}


def test_the_register_leads_to_what_changed() -> None:
    page = read("/agreements", rules_of(OLD, NEW))

    links = [link["href"] for link in page.all("a")]
    assert "/agreements/working_together_2025/changes/working_together_2026" in links
    assert "/agreements/working_together_2026" in links


def test_two_that_say_the_same_have_no_differences() -> None:
    page = read("/agreements/working_together_2026/changes/working_together_2026", rules_of())

    assert "Nothing: both say the same." in page.one("main").words


@pytest.mark.parametrize("path", ["/agreements/x", "/agreements/x/changes/working_together_2026"])
def test_an_agreement_nobody_knows_is_not_found(path: str) -> None:
    routes = register_routes(rules_of, PARTIES)

    assert an_app(*routes).test_client().get(path).status_code == 404


# ── The whole viewer ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", [AMINA, KOFI, PRIYA], ids=["consultant", "gp", "officer"])
def test_everybody_in_a_role_reads_the_register_of_the_shipped_agreements(
    town: Town, tmp_path: Path, who: Clinician
) -> None:
    with viewer_of(town, tmp_path) as viewer:
        browser = viewer.browser(another(who))
        page = browser.read("/agreements")
        changes = browser.read("/agreements/working_together_2025/changes/working_together_2026")
        in_full = browser.read("/agreements/working_together_2026")

    assert "/agreements" in page.links
    assert "7 of 7 trusts have signed; 6 are needed: carried" in page.said
    assert "WT-2025 is superseded by WT-2026" in page.said
    assert "Party + Added nothing Mid Yorkshire" in changes.said
    assert "SHA-256" in in_full.said


def test_a_trust_that_narrows_is_on_the_register_and_in_the_log_at_once(town: Town, tmp_path: Path) -> None:
    with viewer_of(town, tmp_path) as viewer:
        browser = viewer.browser(another(AMINA))
        before = browser.read("/agreements").said
        own = viewer.settings.folder / "trusts" / "barnsley.toml"
        own.write_text(own.read_text().replace("[sign_in]", "[narrows]\nshares = []\n\n[sign_in]"))
        after = browser.read("/agreements").said
        (written,) = viewer.events(event="rules changed")

    assert "nothing at all" not in before
    assert "nothing at all" in after
    assert (written.reference, written.outcome) == (
        "trusts/barnsley.toml",
        "Shares changed: demographics, laboratory results, radiology results → nothing",
    )


def test_the_kinds_of_a_clause_are_said_as_people_do():
    def said(*kinds):
        return register_words.kinds(replace(an_agreement().clauses[0], kinds=frozenset(kinds)))

    assert said(Kind.LABORATORY, Kind.RADIOLOGY) == "laboratory and radiology results"
    assert said(*Kind) == "demographics, laboratory and radiology results"
    assert said(Kind.RADIOLOGY) == "radiology results"
