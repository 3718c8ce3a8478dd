"""Make every part of the viewer, once, and hand each to whoever needs it.

Rule: nothing that does I/O can be imported; it is made here. Threads and connections start at first use,
so that they belong to the worker that uses them and not to the process it was forked from.
"""

import atexit
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask
from jinja2 import StrictUndefined
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from connectors.checks import Checker, make_checker
from connectors.fanout import Fanout
from connectors.fetch import PlainFetch
from connectors.pds import Pds
from connectors.registry import known_connectors, make_fanout, make_pds
from viewer import pds_word
from viewer.access.access_event import AccessEvent, Event
from viewer.access.agreement import standing_sentences
from viewer.access.rules import Rules
from viewer.audit.journal import Journal
from viewer.audit.log import Log
from viewer.audit.writer import LogUnavailable
from viewer.budget import Budget
from viewer.configuration.draft_file import draft_reader
from viewer.dissents import Dissents
from viewer.handles import Handles
from viewer.identity.attempts import Attempts
from viewer.identity.logout import UsedTokens
from viewer.identity.open_id import OpenID, OpenIDConfig
from viewer.identity.provider import Provider, json_over
from viewer.identity.session import Limits, Sessions
from viewer.identity.smart import Smart
from viewer.launches import Launches
from viewer.live_rules import LiveRules, RulesChange
from viewer.pages import confirmation_words, words
from viewer.pages.alerts import alert_routes, open_alerts
from viewer.pages.already_done import AlreadyDone, already_done_routes
from viewer.pages.board import board_routes
from viewer.pages.break_glass import break_glass_routes
from viewer.pages.cds_hooks import Hooks, cds_hooks_routes
from viewer.pages.codes import codes_routes
from viewer.pages.cumulative import cumulative_routes
from viewer.pages.dissent import dissent_routes
from viewer.pages.errors import show_errors
from viewer.pages.find import find_routes
from viewer.pages.guard import Door, add_routes
from viewer.pages.headers import add_headers
from viewer.pages.health import health_routes
from viewer.pages.home import home_routes
from viewer.pages.keyboard import keyboard_routes
from viewer.pages.launch import RETURN, Launching, launch_routes
from viewer.pages.ledger import ledger_routes
from viewer.pages.management import management_routes
from viewer.pages.microbiology import microbiology_routes
from viewer.pages.office import Office
from viewer.pages.radiology import radiology_routes
from viewer.pages.record_report import record_report_routes
from viewer.pages.register import register_routes
from viewer.pages.report import report_routes
from viewer.pages.route import Route
from viewer.pages.rows import row_writer
from viewer.pages.sign_in import SigningIn, sign_in_routes
from viewer.pages.still_open import still_open_routes
from viewer.pages.summary import summary_routes
from viewer.pages.telephones import telephone_routes
from viewer.pages.timeline import timeline_routes
from viewer.pages.trend import trend_routes
from viewer.pages.view import Views
from viewer.pages.what_if import what_if_routes
from viewer.pages.worklist import looked_at, worklist_routes
from viewer.parts import Parts
from viewer.publishing import make_confirmations, make_publisher, public_key_of
from viewer.repeating import Repeating
from viewer.seen import Seen
from viewer.settings import Settings
from viewer.steps import Opened
from viewer.store.database import open_database
from viewer.strangers import Strangers
from viewer.unmapped import UnmappedCodes
from viewer.wanted import Wanted
from viewer.watch import Watch, make_watch
from viewer.worklists import Worklists

LONDON = ZoneInfo("Europe/London")
SIGN_IN_DEADLINE = timedelta(seconds=5)
COUNTS_EVERY = timedelta(seconds=10)  # how often counts of callers refused are written, if their minute has ended
PULSE = timedelta(seconds=0.5)  # how often a look that waits for trusts looks whether it may go on
CHECKED_SHARE = 0.02  # of answers, against the R4 models, off the page's path
ROOT = Path(__file__).resolve().parent.parent


def make_app(
    settings: Settings,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    new_secret: Callable[[], str] = secrets.token_urlsafe,
    timer: Callable[[], float] = time.monotonic,
) -> Flask:
    """Return the viewer, ready to be served."""
    made = _make(settings, clock, new_secret, timer)
    app = _flask(settings)
    count = open_alerts(made.watch.alerts, made.parts.trusts, settings.review.practices, settings.review.escalation)
    app.jinja_env.globals.update(alerts_open=count)
    door = Door(made.sessions.read, made.log.append, made.strangers.write, clock, made.parts.new_id, settings.address)
    add_routes(app, door, _routes(made))
    add_headers(app)
    show_errors(app, made.parts.trusts, LogUnavailable, SQLAlchemyError)
    _have_confirmed(app, made)
    app.extensions.update(
        log=made.log,
        sessions=made.sessions,
        close=made.ending.close,
        watch=made.watch,
        seen=made.seen,
        codes=made.codes,
        wanted=made.wanted,
        strangers=made.strangers,
    )
    app.before_request(made.watch.start)
    app.before_request(made.counting.start)
    atexit.register(made.ending.close)
    return app


@dataclass(frozen=True, slots=True, repr=False)
class _Made:
    """The parts that live as long as the worker."""

    settings: Settings
    clock: Callable[[], datetime]
    new_secret: Callable[[], str]
    engine: Engine
    log: Log
    sessions: Sessions
    dissents: Dissents
    checker: Checker
    fanout: Fanout
    pds: Pds | None
    parts: Parts
    handles: Handles
    watch: Watch
    seen: Seen
    codes: UnmappedCodes
    wanted: Wanted
    strangers: Strangers
    counting: Repeating
    ending: ExitStack  # ends the threads and connections; closing it twice is harmless


def _make(
    settings: Settings, clock: Callable[[], datetime], new_secret: Callable[[], str], timer: Callable[[], float]
) -> _Made:
    def new_id() -> str:
        return new_secret()[:22]  # 22 characters of base64 are 132 bits

    engine = open_database(settings.database)
    log = Log(engine, clock, journal=Journal(settings.journal))
    limits = Limits(settings.sign_in.idle, settings.sign_in.absolute)
    sessions = Sessions(engine, clock, new_secret, limits)
    checker = make_checker(CHECKED_SHARE)
    fanout = make_fanout(settings.trusts, clock, checker=checker, timer=timer)
    pds = make_pds(settings.pds, fanout, clock)
    handles, dissents = Handles(sessions, new_id), Dissents(engine, clock)
    live = LiveRules(settings, clock, known_connectors(), _tells(log, clock), pds=settings.pds is not None)
    parts = Parts(
        trusts=tuple(config.trust for config in settings.trusts),
        hospital_numbers={config.trust.name: config.hospital_number_system for config in settings.trusts},
        rules=live.rules,
        ask=lambda questions: fanout.ask_together(questions, PULSE),
        append=log.append,
        close=lambda sign_in, handle: handles.forget(sign_in, Opened, handle),
        clock=clock,
        new_id=new_id,
        dissents=dissents.holds,
        holds=lambda sign_in, handle: sessions.holds(sign_in) and handles.fetch(sign_in, Opened, handle) is not None,
        ask_pds=pds_word.asking(pds) if pds else None,
        strong=settings.sign_in.glass_acr,
        glass_lasts=settings.sign_in.glass_lasts,
        pause=lambda span: threading.Event().wait(span.total_seconds()),
        pds_lasts=settings.pds.deadline if settings.pds else timedelta(0),
        presence_lasts=settings.presence_lasts,
        timer=timer,
        has_ended=Launches(engine, clock, new_secret).has_ended,
    )
    watch = make_watch(settings, engine, clock)
    codes = UnmappedCodes(engine, clock, settings.catalogue, settings.code_maps)
    seen = Seen(engine, clock)
    wanted = Wanted(engine, parts.trusts)
    strangers = Strangers(log.append, clock)
    counting = Repeating("counting", strangers.settle, COUNTS_EVERY, at_end=strangers.begin_anew)
    ending = ExitStack()
    # In the order opposite to this.
    for end in (engine.dispose, wanted.close, seen.close, log.close, codes.close, fanout.close, watch.close):
        ending.callback(end)
    ending.callback(counting.close)
    return _Made(
        settings,
        clock,
        new_secret,
        engine,
        log,
        sessions,
        dissents,
        checker,
        fanout,
        pds,
        parts,
        handles,
        watch,
        seen,
        codes,
        wanted,
        strangers,
        counting,
        ending,
    )


def _tells(log: Log, clock: Callable[[], datetime]) -> Callable[[RulesChange], object]:
    """Write down what a file of the configuration says differently, before anything is decided by it."""
    return lambda change: log.append(
        AccessEvent(
            Event.RULES_CHANGED,
            clock(),
            None,
            "",
            user="the configuration",
            outcome=change.what,
            reference=change.file,
        )
    )


def _standing(rules: Rules) -> tuple[str, ...]:
    return standing_sentences(rules.agreements, rules.narrowings)


def _routes(made: _Made) -> tuple[Route, ...]:
    settings, parts, handles = made.settings, made.parts, made.handles
    write = row_writer(parts.trusts, settings.imaging)
    budget = Budget(made.clock, threading.Event().wait)
    office = Office(made.log, handles, parts.trusts)
    already = AlreadyDone(settings.retest, settings.catalogue, settings.code_maps, clock=made.clock)
    lists = Worklists(made.engine, made.clock)
    views = Views(
        parts,
        handles,
        lambda: _standing(parts.rules()),
        LogUnavailable,
        catalogue=settings.catalogue,
        code_maps=settings.code_maps,
        notice=made.codes.notice,
        already=already.lately,
        retest=settings.retest,
        looked=looked_at(handles, lists),
        imaging=settings.imaging,
    )
    return (
        *home_routes(),
        *keyboard_routes(),
        *register_routes(parts.rules, parts.trusts),
        *codes_routes(settings.catalogue, settings.code_map_files, made.codes.seen),
        *sign_in_routes(_signing_in(settings, made)),
        *find_routes(parts, handles, budget.spend),
        *break_glass_routes(parts, handles),
        *board_routes(views, write, imaging=settings.imaging),
        *worklist_routes(views, lists, settings.imaging, made.seen),
        *timeline_routes(views, write, made.seen),
        *already_done_routes(views, already, made.wanted.count),
        *cds_hooks_routes(_hooks(made, already, budget)),
        *management_routes(made.wanted.all, already.tests, parts.trusts),
        *cumulative_routes(views),
        *trend_routes(views),
        *microbiology_routes(views, write),
        *radiology_routes(views, write, settings.imaging),
        *report_routes(parts, handles, imaging=settings.imaging),
        *summary_routes(views, settings.imaging),
        *launch_routes(_launching(made, budget)),
        *still_open_routes(parts, handles, made.sessions.peek, _launches(made).has_ended),
        *ledger_routes(made.log, handles, parts.trusts),
        *record_report_routes(office, _named_in_reports(settings)),
        *what_if_routes(office, parts.rules, draft_reader(parts.trusts, settings.signing_keys)),
        *dissent_routes(made.dissents, handles, made.log.append, made.clock),
        *telephone_routes(parts.trusts),
        *_alerts(made),
        *health_routes(made.log, made.fanout, made.checker, parts.trusts, made.watch.sweeper.swept, made.pds),
    )


def _hooks(made: _Made, already: AlreadyDone, budget: Budget) -> Hooks:
    """Return what trusts' ordering systems need to ask what was done already."""
    return Hooks(
        parts=made.parts,
        already=already,
        systems=made.settings.ordering,
        roles=made.settings.sign_in.roles,
        use=UsedTokens(made.engine, made.clock).use,
        write_stranger=made.strangers.write,
        address=made.settings.address,
        log_unavailable=LogUnavailable,
        spend=budget.spend,
        count=made.wanted.count,
    )


def _launches(made: _Made) -> Launches:
    return Launches(made.engine, made.clock, made.new_secret)


def _launching(made: _Made, budget: Budget) -> Launching:
    """Return what trusts' record systems need to open a patient here."""
    return Launching(
        parts=made.parts,
        handles=made.handles,
        launches=_launches(made),
        systems=made.settings.launches,
        use=UsedTokens(made.engine, made.clock).use,
        write_stranger=made.strangers.write,
        address=made.settings.address,
        log_unavailable=LogUnavailable,
        spend=budget.spend,
        smart=Smart(PlainFetch().send, made.clock, made.new_secret, f"{made.settings.address}{RETURN}"),
    )


def _named_in_reports(settings: Settings) -> frozenset[str]:
    """Return the trusts that have decided that reports to patients name those who looked."""
    return frozenset(config.trust.name for config in settings.trusts if config.names_in_record_reports)


def _alerts(made: _Made) -> tuple[Route, ...]:
    watch, review = made.watch, made.settings.review
    return alert_routes(
        watch.alerts, watch.sweeper, review.facts, made.log.append, made.handles, made.parts.trusts, review.practices,
        review.escalation,
    )  # fmt: skip


def _signing_in(settings: Settings, made: _Made) -> SigningIn:
    known = settings.sign_in
    config = OpenIDConfig(
        issuer=known.issuer,
        client_id=known.client_id,
        return_url=f"{settings.address}/sign-in/return",
        signed_out_url=f"{settings.address}/sign-out",
        key=known.key,
        key_id=known.key_id,
        scopes=known.scopes,
        acr=known.acr,
        max_age=known.max_age,
        glass_acr=known.glass_acr,
    )
    fetch_json = json_over(PlainFetch().send, SIGN_IN_DEADLINE)
    open_id = OpenID(config, Provider(known.issuer, fetch_json, made.clock), fetch_json, made.clock)
    return SigningIn(
        open_id=open_id,
        attempts=Attempts(made.engine, made.clock, made.new_secret),
        sessions=made.sessions,
        used_tokens=UsedTokens(made.engine, made.clock),
        roles=known.roles,
        append=made.log.append,
        write_stranger=made.strangers.write,
        new_secret=made.new_secret,
        trusts=made.parts.trusts,
        forget=made.fanout.forget,
    )


def _have_confirmed(app: Flask, made: _Made) -> None:
    """Publish the log to the trusts' witnesses from the worker's first request on, and let every page say how far."""
    publisher = make_publisher(made.settings.log, made.engine, made.clock, made.parts.new_id())
    if publisher is not None:
        made.ending.callback(publisher.thread.close)
        app.before_request(publisher.thread.start)
    confirmations = make_confirmations(made.settings.log, made.engine, made.clock)
    titles = {trust.name: trust.title for trust in made.parts.trusts}
    app.jinja_env.globals["log_key"] = public_key_of(made.settings.log)
    app.jinja_env.globals["log_confirmation"] = lambda: confirmation_words.in_words(
        confirmations.now(), titles, made.clock()
    )


def _flask(settings: Settings) -> Flask:
    app = Flask("viewer", root_path=str(ROOT), static_folder="static", template_folder="templates")
    app.config.update(MAX_CONTENT_LENGTH=64 * 1024, SEND_FILE_MAX_AGE_DEFAULT=3600, TRUSTED_HOSTS=None)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(partnership=settings.partnership, words=words)
    return app
