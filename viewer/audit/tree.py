"""The tree of hashes over the log: one root speaks for every entry, and short proofs show it.

Source: RFC 6962 §2.1 (Certificate Transparency); verification as RFC 9162 §2.1.3.2 and §2.1.4.2.
Rule: nothing here reads the log. Leaves are bytes; a stored tree is a function from
(level, index) to the hash of one complete subtree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

HASH_SIZE = 32
EMPTY_ROOT = sha256().digest()

# The hash of the `index`-th complete subtree of 2^level leaves, counted from 0.
Subtree = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf; the first byte keeps a leaf from posing as a node."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of `size` leaves, held as its peaks: the roots of its complete subtrees, the largest first.

    There is one peak for each 1 in the binary of `size`, so an append costs what a
    binary counter costs: one step on average, never more than log2 of the size.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> "tuple[Tree, tuple[bytes, ...]]":
        """Return the tree with one more leaf hash, and the complete subtrees that leaf closes, its own first."""
        peaks = list(self.peaks)
        closed = [leaf]
        for _ in range(_trailing_zeros(self.size + 1)):
            closed.append(node_hash(peaks.pop(), closed[-1]))
        peaks.append(closed[-1])
        return Tree(self.size + 1, tuple(peaks)), tuple(closed)

    @property
    def root(self) -> bytes:
        """Return the hash that speaks for every leaf (RFC 6962 MTH)."""
        return _bag(self.peaks) if self.peaks else EMPTY_ROOT


def load(size: int, subtree: Subtree) -> Tree:
    """Return the tree of the first `size` leaves out of its stored complete subtrees."""
    return Tree(size, _peaks(0, size, subtree))


def inclusion_proof(index: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Return the path that proves leaf `index` (from 0) is in the tree of `size` leaves (RFC 6962 §2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    return _path(index, 0, size, subtree)


def consistency_proof(old: int, new: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Return the proof that the first `old` of `new` leaves are still what they were (RFC 6962 §2.1.2)."""
    if not 0 < old <= new:
        raise ValueError(f"a tree of {old} leaves has no consistency proof to one of {new}")
    return _subproof(old, 0, new, True, subtree)


def proves_inclusion(leaf: bytes, index: int, size: int, proof: tuple[bytes, ...], root: bytes) -> bool:
    """Say whether `proof` shows that `leaf` is the hash at `index` in the tree of `size` leaves with this root."""
    if not 0 <= index < size:
        return False
    node, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(step, found)
            node, last = _up_to_a_right_child(node, last)
        else:
            found = node_hash(found, step)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def proves_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: tuple[bytes, ...]) -> bool:
    """Say whether `proof` shows that the tree of `new` leaves begins with the tree of `old`."""
    if old == new:
        return old > 0 and not proof and old_root == new_root
    if not 0 < old < new:
        return False
    steps = (old_root, *proof) if old & (old - 1) == 0 else proof
    if not steps:
        return False
    node, last = _up_to_a_left_child(old - 1, new - 1)
    found_old = found_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            found_old, found_new = node_hash(step, found_old), node_hash(step, found_new)
            node, last = _up_to_a_right_child(node, last)
        else:
            found_new = node_hash(found_new, step)
        node, last = node >> 1, last >> 1
    return last == 0 and found_old == old_root and found_new == new_root


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1


def _bag(peaks: tuple[bytes, ...]) -> bytes:
    """Return the root over peaks, the largest first: each hangs to the left of everything smaller."""
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def _peaks(start: int, end: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Return the complete subtrees that cover leaves [start, end), where `start` is where RFC 6962 would split."""
    peaks = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(subtree(level, start >> level))
        start += 1 << level
    return tuple(peaks)


def _split(width: int) -> int:
    """Return the largest power of two smaller than `width` (RFC 6962's k)."""
    return 1 << (width - 1).bit_length() - 1


def _path(index: int, start: int, end: int, subtree: Subtree) -> tuple[bytes, ...]:
    if end - start == 1:
        return ()
    middle = start + _split(end - start)
    if index < middle:
        return (*_path(index, start, middle, subtree), _bag(_peaks(middle, end, subtree)))
    return (*_path(index, middle, end, subtree), _bag(_peaks(start, middle, subtree)))


def _subproof(old: int, start: int, end: int, is_whole: bool, subtree: Subtree) -> tuple[bytes, ...]:
    if old == end:
        return () if is_whole else (_bag(_peaks(start, end, subtree)),)
    middle = start + _split(end - start)
    if old <= middle:
        return (*_subproof(old, start, middle, is_whole, subtree), _bag(_peaks(middle, end, subtree)))
    return (*_subproof(old, middle, end, False, subtree), _bag(_peaks(start, middle, subtree)))


def _up_to_a_right_child(node: int, last: int) -> tuple[int, int]:
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _up_to_a_left_child(node: int, last: int) -> tuple[int, int]:
    while node & 1:
        node, last = node >> 1, last >> 1
    return node, last
