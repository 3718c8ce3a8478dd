"""All at once with fhirpy's asynchronous client, one event loop a view.

Its `fetch_all` drops included resources, so the raw bundle is fetched and its links followed.
"""

import asyncio
from typing import Any

import aiohttp
from fhirpy import AsyncFHIRClient
from fhirpy.base.exceptions import BaseFHIRError

from bench.peers.town import DEADLINE, Trust, new_app, next_link, page, trusts

app = new_app()
_TRUSTS = trusts()


@app.get("/view")
def view() -> str:
    piles = {trust.name: pile for trust, pile in zip(_TRUSTS, asyncio.run(_ask_all()), strict=True) if pile}
    return page(piles, [trust.name for trust in _TRUSTS if trust.name not in piles])


async def _ask_all() -> list[list[dict[str, Any]]]:
    return await asyncio.gather(*(_in_time(trust) for trust in _TRUSTS))


async def _in_time(trust: Trust) -> list[dict[str, Any]]:
    try:
        return await asyncio.wait_for(_ask(trust), DEADLINE)
    except (TimeoutError, aiohttp.ClientError, BaseFHIRError):
        return []


async def _ask(trust: Trust) -> list[dict[str, Any]]:
    client = AsyncFHIRClient(trust.address)
    search = (
        client.resources("DiagnosticReport")
        .search(patient=trust.patient)
        .include("DiagnosticReport", "subject")
        .include("DiagnosticReport", "result")
        .include("Observation", "has-member", iterate=True)
        .include("DiagnosticReport", "specimen")
    )
    bundle = await search.fetch_raw()
    pile = [entry["resource"] for entry in bundle["entry"]]
    while link := next_link(bundle):
        bundle = await client.execute(link, method="get")
        pile += [entry["resource"] for entry in bundle["entry"]]
    return pile
