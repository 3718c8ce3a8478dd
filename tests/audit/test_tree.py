"""The tree keeps RFC 6962, judged by its vectors and by an oracle written from its text alone."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.audit.tree import (
    EMPTY_ROOT,
    Tree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    load,
    node_hash,
    proves_consistency,
    proves_inclusion,
)

# The leaves and roots of the Certificate Transparency test vectors (google/certificate-transparency, RFC 6962).
VECTORS = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
]


class Stored:
    """A log grown leaf by leaf, keeping the subtrees each append closes, as the database does."""

    def __init__(self, leaves):
        self.tree = Tree()
        self.roots = [self.tree.root]
        self.subtrees = {}
        for index, leaf in enumerate(leaves):
            self.tree, closed = self.tree.append(leaf_hash(leaf))
            self.roots.append(self.tree.root)
            self.subtrees.update({(level, index >> level): it for level, it in enumerate(closed)})

    def subtree(self, level, index):
        return self.subtrees[level, index]


def leaves_of(size):
    return [b"leaf %d" % number for number in range(size)]


# --- the oracle: RFC 6962 §2.1 read aloud, sharing nothing with the tree above ---


def oracle_k(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def oracle_mth(d):
    if not d:
        return sha256(b"").digest()
    if len(d) == 1:
        return sha256(b"\x00" + d[0]).digest()
    k = oracle_k(len(d))
    return sha256(b"\x01" + oracle_mth(d[:k]) + oracle_mth(d[k:])).digest()


def oracle_path(m, d):
    if len(d) == 1:
        return []
    k = oracle_k(len(d))
    if m < k:
        return [*oracle_path(m, d[:k]), oracle_mth(d[k:])]
    return [*oracle_path(m - k, d[k:]), oracle_mth(d[:k])]


def oracle_subproof(m, d, b):
    if m == len(d):
        return [] if b else [oracle_mth(d)]
    k = oracle_k(len(d))
    if m <= k:
        return [*oracle_subproof(m, d[:k], b), oracle_mth(d[k:])]
    return [*oracle_subproof(m - k, d[k:], False), oracle_mth(d[:k])]


# --- the promises ---


def test_the_empty_tree_has_the_hash_of_nothing():
    assert Tree().root == EMPTY_ROOT == sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_the_rfc_6962_vectors(size):
    leaves = [bytes.fromhex(leaf) for leaf, _ in VECTORS[:size]]

    assert Stored(leaves).tree.root.hex() == VECTORS[size - 1][1]


def test_a_leaf_cannot_pose_as_a_node():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")

    assert leaf_hash(left + right) != node_hash(left, right)


@pytest.mark.parametrize("size", range(70))
def test_a_tree_grown_leaf_by_leaf_has_the_root_of_all_its_leaves_at_every_size(size):
    assert Stored(leaves_of(size)).tree.root == oracle_mth(leaves_of(size))


@pytest.mark.parametrize("size", range(70))
def test_a_tree_loaded_from_its_stored_subtrees_is_the_tree_that_was_grown(size):
    stored = Stored(leaves_of(69))

    loaded = load(size, stored.subtree)

    assert loaded == Stored(leaves_of(size)).tree


def test_an_append_closes_as_many_subtrees_as_its_count_ends_in_zeros_and_one_more():
    tree, closed = Tree(), []
    for size in range(1, 17):
        tree, subtrees = tree.append(leaf_hash(b"%d" % size))
        closed.append(len(subtrees))

    assert closed == [1, 2, 1, 3, 1, 2, 1, 4, 1, 2, 1, 3, 1, 2, 1, 5]


@pytest.mark.parametrize("size", range(1, 34))
def test_every_leaf_of_every_tree_has_the_proof_of_the_rfc_and_it_is_believed(size):
    leaves = leaves_of(size)
    stored = Stored(leaves_of(33))
    root = oracle_mth(leaves)

    for index in range(size):
        proof = inclusion_proof(index, size, stored.subtree)
        assert list(proof) == oracle_path(index, leaves)
        assert proves_inclusion(leaf_hash(leaves[index]), index, size, proof, root)


@pytest.mark.parametrize("new", range(1, 34))
def test_every_earlier_tree_has_the_proof_of_the_rfc_and_it_is_believed(new):
    leaves = leaves_of(new)
    stored = Stored(leaves_of(33))

    for old in range(1, new + 1):
        proof = consistency_proof(old, new, stored.subtree)
        assert list(proof) == oracle_subproof(old, leaves, True)
        assert proves_consistency(old, oracle_mth(leaves[:old]), new, oracle_mth(leaves), proof)


@given(data=st.data(), size=st.integers(1, 300))
def test_an_inclusion_proof_altered_in_any_way_is_not_believed(data, size):
    stored = Stored(leaves_of(size))
    index = data.draw(st.integers(0, size - 1))
    leaf, root = leaf_hash(b"leaf %d" % index), stored.tree.root
    proof = inclusion_proof(index, size, stored.subtree)

    other = data.draw(st.integers(-1, size).filter(lambda it: it != index))
    assert not proves_inclusion(leaf, other, size, proof, root)
    assert not proves_inclusion(leaf_hash(b"another leaf"), index, size, proof, root)
    assert not proves_inclusion(leaf, index, size, proof, leaf_hash(b"another root"))
    for altered in alterations(data, proof):
        assert not proves_inclusion(leaf, index, size, altered, root)


@given(data=st.data(), new=st.integers(2, 300))
def test_a_consistency_proof_altered_in_any_way_is_not_believed(data, new):
    stored = Stored(leaves_of(new))
    old = data.draw(st.integers(1, new - 1))
    old_root, new_root = stored.roots[old], stored.roots[new]
    proof = consistency_proof(old, new, stored.subtree)

    assert proves_consistency(old, old_root, new, new_root, proof)
    assert not proves_consistency(old, leaf_hash(b"another root"), new, new_root, proof)
    assert not proves_consistency(old, old_root, new, leaf_hash(b"another root"), proof)
    for altered in alterations(data, proof):
        assert not proves_consistency(old, old_root, new, new_root, altered)


@given(old=st.integers(1, 200), more=st.integers(1, 100))
def test_a_log_that_rewrote_an_old_entry_cannot_prove_it_did_not(old, more):
    honest = Stored(leaves_of(old))
    rewritten = Stored([b"rewritten", *leaves_of(old + more)[1:]])

    proof = consistency_proof(old, old + more, rewritten.subtree)

    assert not proves_consistency(old, honest.tree.root, old + more, rewritten.tree.root, proof)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (-1, 3)])
def test_trees_that_cannot_be_compared_prove_nothing(old, new):
    root = Stored(leaves_of(3)).tree.root

    assert not proves_consistency(old, root, new, root, ())
    with pytest.raises(ValueError, match="no consistency proof"):
        consistency_proof(old, new, Stored(leaves_of(3)).subtree)


@pytest.mark.parametrize("index", [-1, 3])
def test_a_leaf_that_is_not_in_the_tree_has_no_proof(index):
    stored = Stored(leaves_of(3))

    assert not proves_inclusion(leaf_hash(b"leaf 0"), index, 3, (), stored.tree.root)
    with pytest.raises(ValueError, match="not in a tree of 3"):
        inclusion_proof(index, 3, stored.subtree)


def alterations(data, proof):
    """Every way to alter a proof once: a step too many, a step too few, one bit of one step, two steps swapped."""
    yield (*proof, leaf_hash(b"too many"))
    if not proof:
        return
    where = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    yield proof[:where] + proof[where + 1 :]
    yield (*proof[:where], flip(proof[where], bit), *proof[where + 1 :])
    if len(proof) > 1:
        yield (*proof[1:], proof[0])


def flip(step, bit):
    return (int.from_bytes(step) ^ 1 << bit).to_bytes(32)
