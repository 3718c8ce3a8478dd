"""Tell the viewer every lie an identity provider can tell, over HTTP, and count those it believes: it must be none.

Rule: believed means that it had effect, seen from outside: somebody is signed in, a sign-in is renewed, or one is
ended. The same provider's truth is the control, told before and after. authlib's answer to the same lies stands beside.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figure import Figure
from bench.login_believer import believes
from bench.login_house import Browser, House, running_house
from sandbox.identity_lies import Lie, When, lies_told

AMINA, TOM = "amina.farrell", "tom.whitlock"
AT_LEAST = 60


@dataclass(frozen=True, slots=True)
class Told:
    """One telling: the lie, when it was told, how the viewer answered, and whether it had its effect."""

    what: str
    when: str
    status: int
    believed: bool

    def __str__(self) -> str:
        return f"{self.what} ({self.when})"


def prove_login(lies: Collection[Lie] = tuple(Lie)) -> Iterator[Figure]:
    """Yield how many lies were told and believed, what authlib believes of them, and the control."""
    with TemporaryDirectory() as folder, running_house(Path(folder)) as house:
        by_authlib = _believed_by_authlib(house, lies)
        before = _control(house)
        told = [*_lies(house, lies), *_tricks(house)]
        after = _control(house)
    yield _lies_told(told)
    yield _lies_refused(told)
    yield _as_pages(told)
    yield _authlib(by_authlib)
    yield _truth(
        {
            f"{name}, {turn}": held
            for turn, control in (("before", before), ("after", after))
            for name, held in control.items()
        }
    )


# ── What is told ─────────────────────────────────────────────────────────────────────────────────


def _lies(house: House, lies: Collection[Lie]) -> Iterator[Told]:
    tell: Mapping[When, Callable[[House, Lie], tuple[int, bool]]] = {
        When.SIGNING_IN: _at_signing_in,
        When.AGAIN: _at_signing_in_again,
        When.SIGNING_OUT: _at_signing_out,
    }
    for when in When:
        for lie in [lie for lie in lies_told(when) if lie in lies]:
            house.an_hour_passes()
            status, believed = tell[when](house, lie)
            house.tell(Lie.TRUTH)
            yield Told(lie.value, when.value, status, believed)


def _at_signing_in(house: House, lie: Lie) -> tuple[int, bool]:
    browser = Browser(house.viewer)
    house.tell(lie)
    address = browser.leave_to_sign_in()
    if not address:
        return 503, browser.is_in()
    got = browser.come_back(house.press(address, AMINA))
    return got.status, browser.is_in()


def _at_signing_in_again(house: House, lie: Lie) -> tuple[int, bool]:
    browser = _signed_in(house)
    before = browser.session
    house.tell(lie)
    got = browser.come_back(house.press(browser.leave_to_sign_in_again(), AMINA))
    return got.status, got.status == 303 or browser.session != before or not browser.is_in()


def _at_signing_out(house: House, lie: Lie) -> tuple[int, bool]:
    browser = _signed_in(house)
    house.tell(lie)
    status = _log_out(house, house.logout_token(AMINA))
    return status, status == 200 or not browser.is_in()


def _log_out(house: House, token: str) -> int:
    return Browser(house.viewer).ask("POST", "/sign-out/back-channel", {"logout_token": token}).status


def _signed_in(house: House, user: str = AMINA) -> Browser:
    browser = Browser(house.viewer)
    browser.come_back(house.press(browser.leave_to_sign_in(), user))
    if not browser.is_in():
        raise RuntimeError("the truth was not believed, so nothing would be learnt from a lie")
    return browser


# ── What is played with the truth ────────────────────────────────────────────────────────────────


def _tricks(house: House) -> Iterator[Told]:
    """Play what needs no lie: true answers, shown again, elsewhere, or by somebody else."""
    for trick in (
        _a_return_again,
        _a_return_elsewhere,
        _a_code_of_another,
        _somebody_else_again,
        _again_in_another_sign_in,
        _a_logout_again,
    ):
        house.an_hour_passes()
        status, believed = trick(house)
        yield Told((trick.__doc__ or "").rstrip("."), "a trick", status, believed)


def _a_return_again(house: House) -> tuple[int, bool]:
    """The same return is shown twice."""
    browser = Browser(house.viewer)
    back = house.press(browser.leave_to_sign_in(), AMINA)
    browser.come_back(back)
    held = browser.session
    got = browser.come_back(back)
    return got.status, got.status == 303 or browser.session != held


def _a_return_elsewhere(house: House) -> tuple[int, bool]:
    """A return is shown in another browser, which has begun a sign-in too."""
    back = house.press(Browser(house.viewer).leave_to_sign_in(), AMINA)
    victim = Browser(house.viewer)
    victim.leave_to_sign_in()
    return victim.come_back(back).status, victim.is_in()


def _a_code_of_another(house: House) -> tuple[int, bool]:
    """The code of another browser's sign-in is brought back with this browser's state."""
    theirs = house.press(Browser(house.viewer).leave_to_sign_in(), TOM).partition("code=")[2].partition("&")[0]
    browser = Browser(house.viewer)
    back = house.press(browser.leave_to_sign_in(), AMINA)
    mine = back.partition("code=")[2].partition("&")[0]
    return browser.come_back(back.replace(mine, theirs)).status, browser.is_in()


def _somebody_else_again(house: House) -> tuple[int, bool]:
    """Somebody else signs in again in place of the person who is signed in."""
    browser = _signed_in(house)
    held = browser.session
    got = browser.come_back(house.press(browser.leave_to_sign_in_again(), TOM))
    return got.status, got.status == 303 or browser.session != held


def _again_in_another_sign_in(house: House) -> tuple[int, bool]:
    """What was begun in one sign-in to sign in again is brought back in another."""
    one = _signed_in(house)
    back = house.press(one.leave_to_sign_in_again(), TOM)
    other = _signed_in(house, TOM)
    other.cookies = {**one.cookies, **other.cookies}  # as in one browser, signed in anew meanwhile
    held = other.session
    got = other.come_back(back)
    return got.status, got.status == 303 or other.session != held


def _a_logout_again(house: House) -> tuple[int, bool]:
    """A logout token is shown a second time, after the person has signed in anew."""
    _signed_in(house)
    token = house.logout_token(AMINA)
    _log_out(house, token)
    browser = _signed_in(house)
    status = _log_out(house, token)
    return status, status == 200 or not browser.is_in()


# ── The truth, and authlib ───────────────────────────────────────────────────────────────────────


def _control(house: House) -> dict[str, bool]:
    """Return whether the truth is believed at each of the three times."""
    house.an_hour_passes()
    browser = _signed_in(house)
    before = browser.session
    browser.come_back(house.press(browser.leave_to_sign_in_again(), AMINA))
    renewed = browser.session != before and browser.is_in()
    ended = _log_out(house, house.logout_token(AMINA)) == 200 and not browser.is_in()
    return {When.SIGNING_IN.value: True, When.AGAIN.value: renewed, When.SIGNING_OUT.value: ended}


def _believed_by_authlib(house: House, lies: Collection[Lie]) -> dict[str, bool]:
    """Return whether authlib believes the truth, and each lie that can be told to it."""
    heard = {*lies_told(When.SIGNING_IN), *lies_told(When.AGAIN)}
    judged = {}
    for lie in [Lie.TRUTH, *(lie for lie in lies if lie in heard)]:
        house.tell(lie)
        judged[lie.value] = believes(house, AMINA)
    house.tell(Lie.TRUTH)
    return judged


# ── The figures ──────────────────────────────────────────────────────────────────────────────────


def _lies_told(told: list[Told]) -> Figure:
    counts = {when: sum(one.when == when for one in told) for when in dict.fromkeys(one.when for one in told)}
    said = ", ".join(
        f"{count} {when if when != 'a trick' else 'tricks with true answers'}" for when, count in counts.items()
    )
    different = len({one.what for one in told})
    return Figure(
        "lies told", f"{len(told)}: {said}; {different} different", f"≥ {AT_LEAST} different", "", different >= AT_LEAST
    )


def _lies_refused(told: list[Told]) -> Figure:
    believed = [str(one) for one in told if one.believed]
    named = f"; BELIEVED: {'; '.join(believed)}" if believed else "; believed: none"
    return Figure("refused", f"{len(told) - len(believed)} of {len(told)}{named}", "all of them", "", not believed)


def _as_pages(told: list[Told]) -> Figure:
    """A refusal is a page with a reason; an answer of 500 would be our own mistake."""
    mistakes = [str(one) for one in told if one.status not in (400, 403, 413, 503)]
    said = "; ".join(mistakes) or "every one by a page or an answer of its own"
    return Figure("refused on purpose", said, "no mistake of ours", "", not mistakes)


def _authlib(judged: Mapping[str, bool]) -> Figure:
    truth, lies = judged[Lie.TRUTH.value], {what: held for what, held in judged.items() if what != Lie.TRUTH.value}
    believed = [what for what, held in lies.items() if held]
    return Figure(
        "authlib alone, with its defaults, believes",
        f"{len(believed)} of {len(lies)}; the truth: {'yes' if truth else 'NO'}",
        limit="; ".join(believed) or "none",
        met=None if truth else False,
    )


def _truth(control: Mapping[str, bool]) -> Figure:
    missed = [name for name, held in control.items() if not held]
    said = f"{len(control) - len(missed)} of {len(control)}{': not ' + ', '.join(missed) if missed else ''}"
    return Figure("the truth believed (control)", said, "always", "", not missed)
