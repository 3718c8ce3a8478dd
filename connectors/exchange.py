"""One exchange with one trust: the token, the searches, their pages one after another, until all is here or time is up.

Rule: one wall-clock deadline stands around everything, and whatever happens there is a Sum.
At most one request is sent a second time because its connection failed before any answer began.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from connectors.answer import ByNumber, InDepartment, Outcome, Presence, Query, Results, Search, Trouble
from connectors.connector import Connector, is_askable
from connectors.fetch import Fetcher, Got, Sending, not_json
from connectors.gathering import Gathering, Pile, Sum
from connectors.page import Page
from connectors.paging import next_address
from connectors.reading import Reading
from connectors.tokens import Tokens
from connectors.trust_config import TrustConfig

# Beyond this, reading goes to a thread of its own: here it would keep other trusts' answers waiting.
_LONG_PAGE = 256 * 1024
_MANY_ENTRIES = 5_000
_NO_SUCH_PATH = frozenset({404, 405, 501})


@dataclass(slots=True)
class Exchange:
    """One Query put to one trust."""

    config: TrustConfig
    connector: Connector
    open_fetcher: Callable[[], Fetcher]
    tokens: Tokens
    reading: Reading
    query: Query
    request_id: str
    requests: int = 0
    details: dict[str, str] = field(default_factory=dict)
    gathering: Gathering = field(init=False)
    _fetcher: Fetcher = field(init=False)
    _ends: float = 0.0
    _may_repeat: bool = True

    def __post_init__(self) -> None:
        self.gathering = Gathering(self.query, self.config.address, self.config.caps)

    async def run(self) -> Sum:
        """Ask, and return what came by the deadline."""
        self._fetcher = self.open_fetcher()
        seconds = self.config.deadline.total_seconds()
        self._ends = asyncio.get_running_loop().time() + seconds
        late = ""
        try:
            async with asyncio.timeout_at(self._ends) as timer:
                await self._converse()
        except TimeoutError:
            if not timer.expired():
                raise
            late = f"{seconds:.1f} s"
        return await self._sum_up(late)

    async def _sum_up(self, late: str) -> Sum:
        if sum(len(pile.entries) for pile in self.gathering.piles) < _MANY_ENTRIES:
            return self.gathering.sum_up(late)
        pages = sum(pile.pages for pile in self.gathering.piles)
        return await self.reading.read(pages, self.gathering.sum_up, late)

    async def _converse(self) -> None:
        query = self.query
        if isinstance(query, Presence):
            await self._ask_who_is_present(query)
            return
        if isinstance(query, InDepartment):
            await self._search(self.connector.who_is_in_department(self.config))
            return
        if not isinstance(query, Results):
            await self._search(self.connector.who_is_this(query, self.config))
            return
        asked = query.patient_ids or await self._who_is_this(query)
        await self._ask_for_results(asked, query)
        if self.gathering.holds_results() and not set(asked) <= set(self.gathering.patient_ids()):
            # Their record did not come along: the ids may be out of date, and "none" would then be false.
            fresh = await self._who_is_this(query)
            await self._ask_for_results(tuple(id_ for id_ in fresh if id_ not in asked), query)

    async def _ask_who_is_present(self, query: Presence) -> None:
        """Ask for the encounters of a patient whom the trust knows; of one it does not know it holds none."""
        if ids := tuple(id_ for id_ in query.patient_ids if is_askable(id_)):
            await self._search(self.connector.who_is_present(ids, self.config))

    async def _who_is_this(self, query: Results) -> tuple[str, ...]:
        await self._search(self.connector.who_is_this(ByNumber(query.nhs_number), self.config))
        return self.gathering.patient_ids()

    async def _ask_for_results(self, ids: tuple[str, ...], query: Results) -> None:
        if not ids:
            return
        searches = self.connector.what_is_held(ids, query.kinds, self.config)
        if len(searches) == 1:  # as it is at most trusts most of the time; a task of its own would be waste
            await self._search(searches[0])
            return
        async with asyncio.TaskGroup() as together:
            for search in searches:
                together.create_task(self._search(search))

    async def _search(self, search: Search) -> None:
        """Follow one search to its last page, or as far as it goes."""
        pile = self.gathering.begin(search)
        got = await self._first(pile)
        while (address := self._beyond(pile, await self._read(pile, got))) is not None:
            got = await self._ask(pile, Sending("GET", address, {}))
        pile.over = True

    def _beyond(self, pile: Pile, page: Page | Trouble) -> str | None:
        """Take a page, and return where the next one is; None when there is none, or none that is followed."""
        if isinstance(page, Trouble):
            pile.trouble = _at_its_page(pile, page)
            self.details.update(page.details)
            return None
        pile.take(page)
        if not page.next_link:
            return None
        address = next_address(page.next_link, self.config.address)
        if isinstance(address, Trouble):
            pile.trouble = address
            return None
        pile.trouble = pile.may_follow(address, self.config.caps)
        return None if pile.trouble else address

    async def _read(self, pile: Pile, got: Got | Trouble) -> Page | Trouble:
        """Return a response as a page."""
        if isinstance(got, Trouble):
            return got
        trouble = said_no(got) or not_json(got.headers)
        if trouble:
            return trouble
        room = self.gathering.room()
        self.gathering.bytes += len(got.content)
        if len(got.content) < _LONG_PAGE:
            return self.connector.read_page(got.content, room)
        return await self.reading.read(pile.pages, self.connector.read_page, got.content, room)

    async def _first(self, pile: Pile) -> Got | Trouble:
        """Send the search itself: in the body of a POST, so that no NHS number stands in a URL."""
        search = pile.search
        where = f"{self.config.address}/{search.resource}"
        if self.config.post_search:
            got = await self._ask(pile, Sending("POST", f"{where}/_search", {}, search.parameters))
            if isinstance(got, Trouble) or got.status not in _NO_SUCH_PATH or not self.config.get_fallback:
                return got
        return await self._ask(pile, Sending("GET", f"{where}?{urlencode(search.parameters)}", {}))

    async def _ask(self, pile: Pile, sending: Sending) -> Got | Trouble:
        """Send with a token, and once more with a new one if the trust no longer knows it."""
        got, token = await self._send_with_token(pile, sending)
        if token and isinstance(got, Got) and got.status == 401:
            self.tokens.refuse(self.config, token)
            got, _ = await self._send_with_token(pile, sending)
        return got

    async def _send_with_token(self, pile: Pile, sending: Sending) -> tuple[Got | Trouble, str]:
        pile.waiting = "its sign-in"
        token = await self.tokens.token(self.config, self._fetcher)
        pile.waiting = ""
        if isinstance(token, Trouble):
            return token, ""
        whole = replace(sending, headers=self._headers(token))
        got = await self._send(whole)
        if isinstance(got, Trouble) and got.connecting and self._repeats():
            got = await self._send(whole)
        return got, token

    async def _send(self, sending: Sending) -> Got | Trouble:
        self.requests += 1
        return await self._fetcher.send(sending, self.gathering.room())

    def _repeats(self) -> bool:
        """Say whether a failed connection is tried again: once an exchange, while half of its time is left."""
        left = self._ends - asyncio.get_running_loop().time()
        repeats, self._may_repeat = self._may_repeat and left > self.config.deadline.total_seconds() / 2, False
        return repeats

    def _headers(self, token: str) -> dict[str, str]:
        headers = {
            "Accept": "application/fhir+json",
            "Prefer": "handling=strict",
            "X-Request-ID": self.request_id,
        }
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return headers


def said_no(got: Got) -> Trouble | None:
    """Return what a status other than 200 means. The body that came with it is not read."""
    reason = f"HTTP {got.status}"
    match got.status:
        case 200:
            return None
        case 401:
            return Trouble(Outcome.SIGN_IN_FAILED, reason)
        case 403:
            return Trouble(Outcome.REFUSED, reason)
        case 429:
            return Trouble(Outcome.BUSY, reason, details=_retry_after(got))
        case 503:
            return Trouble(Outcome.FAILED, reason, details=_retry_after(got))
        case status if 300 <= status < 400:
            return Trouble(Outcome.FAILED, f"{reason}: it sent us elsewhere, and we did not go")
    return Trouble(Outcome.FAILED, reason)


def _retry_after(got: Got) -> dict[str, str]:
    seconds = got.headers.get("retry-after", "")
    return {"retry_after": seconds} if seconds.isdecimal() and len(seconds) < 7 else {}


def _at_its_page(pile: Pile, trouble: Trouble) -> Trouble:
    if not pile.pages:
        return trouble
    return replace(trouble, reason=f"a further page did not come: {trouble.reason}")
