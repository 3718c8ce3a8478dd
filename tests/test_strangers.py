"""Who proves nothing is in the log, one by one or by number; no flood fills it, and no count is lost."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from viewer.access.access_event import AccessEvent, Event
from viewer.audit.writer import LogUnavailable
from viewer.strangers import ANNOUNCED, OF_ONE_ADDRESS, OF_ONE_CALLER, OF_ONE_NAME, Strangers

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Desk:
    """A clock that is put on, and a log that may refuse to be written."""

    def __init__(self) -> None:
        self.now = NOON
        self.log: list[AccessEvent] = []
        self.is_down = False
        self.strangers = Strangers(self.append, lambda: self.now)

    def append(self, *events: AccessEvent) -> None:
        if self.is_down and events:
            raise LogUnavailable("it is down")
        self.log += events

    def refuse(self, times: int = 1, address: str = "192.0.2.7", user: str = "a record system") -> None:
        for number in range(times):
            refusal = AccessEvent(
                Event.REFUSED, self.now, None, "", view=f"v{number}", user=user, device=f"{address} curl/8",
                outcome="refused", because="launch: there is no context",
            )  # fmt: skip
            self.strangers.write(refusal)

    @property
    def reasons(self) -> list[str]:
        return [one.because for one in self.log]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_few_are_written_one_by_one_and_as_they_are(desk: Desk) -> None:
    desk.refuse(OF_ONE_CALLER - 1)

    assert [one.view for one in desk.log] == [f"v{number}" for number in range(OF_ONE_CALLER - 1)]
    assert set(desk.reasons) == {"launch: there is no context"}


def test_a_flood_from_one_address_is_announced_at_once_and_counted_when_its_minute_ends(desk: Desk) -> None:
    desk.refuse(1000)
    during = desk.reasons
    desk.now += MINUTE
    desk.strangers.settle()

    assert len(during) == OF_ONE_CALLER
    assert during[-1] == f"launch: there is no context; {ANNOUNCED}"
    counted = desk.log[OF_ONE_CALLER:]
    more = f"{1000 - OF_ONE_CALLER} more refused in this minute from this address in this name"
    assert [one.because for one in counted] == [f"{more}; the first of them is named here"]
    assert (counted[0].at, counted[0].device, counted[0].outcome) == (NOON, "192.0.2.7 curl/8", "refused")


def test_the_next_stranger_of_a_later_minute_brings_the_count_along(desk: Desk) -> None:
    desk.refuse(10)
    desk.now += MINUTE
    desk.refuse(1)

    assert desk.reasons[OF_ONE_CALLER].startswith(f"{10 - OF_ONE_CALLER} more refused in this minute")
    assert desk.reasons[-1] == "launch: there is no context"


def test_whoever_has_many_addresses_fills_no_more_than_the_lines_of_whom_they_claim_to_be(desk: Desk) -> None:
    for number in range(200):
        desk.refuse(3, address=f"192.0.2.{number}", user="the record system of Rotherham, it is claimed")
    desk.refuse(1, address="198.51.100.1", user="the record system of Barnsley, it is claimed")
    desk.strangers.begin_anew()

    assert len(desk.log) == OF_ONE_NAME + 2
    assert desk.log[OF_ONE_NAME].user.startswith("the record system of Barnsley")  # another’s lines are left
    assert desk.reasons[-1].startswith(f"{600 - OF_ONE_NAME} more refused in this minute in this name from any address")


def test_whoever_claims_to_be_many_fills_no_more_than_the_lines_of_their_address(desk: Desk) -> None:
    for number in range(100):
        desk.refuse(1, user=f"the record system of {number}, it is claimed")

    assert len(desk.log) == OF_ONE_ADDRESS


def test_a_network_of_ipv6_is_one_caller(desk: Desk) -> None:
    for number in range(1, 100):
        desk.refuse(1, address=f"2001:db8::{number:x}")
    desk.refuse(1, address="2001:db8:0:1::1")

    assert len(desk.log) == OF_ONE_CALLER + 1


@pytest.mark.parametrize("flood", [1, 7, 50, 331])
def test_every_refusal_is_in_the_log_or_in_a_count_of_it(desk: Desk, flood: int) -> None:
    addresses = count()
    for _ in range(5):
        desk.refuse(flood, address=f"192.0.2.{next(addresses) % 3}")
        desk.now += timedelta(seconds=25)
    desk.strangers.begin_anew()

    counted = sum(int(one.split()[0]) for one in desk.reasons if "more refused" in one)
    one_by_one = sum("more refused" not in one for one in desk.reasons)
    assert one_by_one + counted == 5 * flood


def test_a_count_that_the_log_did_not_take_waits_for_it(desk: Desk) -> None:
    desk.refuse(8)
    desk.now += MINUTE
    desk.is_down = True
    desk.strangers.settle()
    with pytest.raises(LogUnavailable):
        desk.refuse(1)
    desk.is_down = False
    desk.strangers.settle()

    assert [one for one in desk.reasons if "more refused" in one] == [
        "3 more refused in this minute from this address in this name; the first of them is named here"
    ]
