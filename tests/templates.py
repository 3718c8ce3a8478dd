"""Templates compiled once in each process: a test makes an app of its own, and every app would compile them anew."""

from collections import defaultdict

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache


class _InMemory(BytecodeCache):
    """What was compiled, by template; Jinja itself throws out what no longer is the template's text."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


_by_spelling: defaultdict[tuple[bool, bool], _InMemory] = defaultdict(_InMemory)


def compiled_once(app: Flask) -> Flask:
    """Let the app use what others of the same spelling have compiled; to be called before its first page."""
    env = app.jinja_env
    env.bytecode_cache = _by_spelling[env.trim_blocks, env.lstrip_blocks]
    return app
