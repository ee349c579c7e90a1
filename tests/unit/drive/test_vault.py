"""Tokens decrypt only where they were sealed."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.secret import Secret
from shared.drive.model import Connection
from shared.drive.vault import MAX_KEYS, Sealed, Vault
from tests.fakes.clock import VirtualClock
from tests.fakes.key_wrapper import MemoryKeyWrapper

NOW = datetime(2026, 11, 25, tzinfo=UTC)
KEYS = MemoryKeyWrapper()
VAULT = Vault(lambda: KEYS, VirtualClock())


def connection(user: str, sub: str, version: int) -> Connection:
    """A connection with two sealed tokens."""
    empty = Connection(
        user_id=user, tenant_id="t", google_sub=sub, version=version, connected_at=NOW, wrapped_key=VAULT.new_key(user)
    )
    return VAULT.seal(empty, access_token=Secret(f"ya29.{user}{sub}"), refresh_token=Secret(f"1//{user}{sub}"))


ROWS = [connection(user, sub, version) for user in ("u1", "u2") for sub in ("s1", "s2") for version in (1, 2)]
FIELDS = ("access_token", "refresh_token")


def test_what_was_sealed_opens() -> None:
    """Both tokens, and nothing for none."""
    row = ROWS[0]
    assert VAULT.open(row, "access_token") == Secret("ya29.u1s1")
    assert VAULT.open(row, "refresh_token") == Secret("1//u1s1")
    assert VAULT.open(VAULT.seal(row, access_token=None), "access_token") is None


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(range(len(ROWS)), 2)))
def test_a_token_of_another_row_does_not_open(one: int, other: int) -> None:
    """Neither alone nor together with its data key."""
    for field in FIELDS:
        stolen = {field: getattr(ROWS[one], field)}
        with pytest.raises(Sealed):
            VAULT.open(msgspec.structs.replace(ROWS[other], **stolen), field)
        with pytest.raises(Sealed):
            VAULT.open(msgspec.structs.replace(ROWS[other], wrapped_key=ROWS[one].wrapped_key, **stolen), field)


def test_a_token_in_another_field_does_not_open() -> None:
    """An access token is not taken for a refresh token."""
    with pytest.raises(Sealed):
        VAULT.open(msgspec.structs.replace(ROWS[0], access_token=ROWS[0].refresh_token), "access_token")


@given(st.data())
def test_a_changed_bit_does_not_open(data: st.DataObject) -> None:
    """Anywhere in the ciphertext."""
    sealed = ROWS[0].access_token
    assert sealed
    place = data.draw(st.integers(0, len(sealed) * 8 - 1))
    changed = bytearray(sealed)
    changed[place // 8] ^= 1 << place % 8

    with pytest.raises(Sealed):
        VAULT.open(msgspec.structs.replace(ROWS[0], access_token=bytes(changed)), "access_token")


def test_a_shredded_key_opens_nothing() -> None:
    """Crypto-shredding."""
    with pytest.raises(Sealed):
        VAULT.open(msgspec.structs.replace(ROWS[0], wrapped_key=None), "access_token")


def test_kms_is_asked_once_in_five_minutes() -> None:
    """Data keys are kept in memory for minutes, and not for ever."""
    keys, clock = MemoryKeyWrapper(), VirtualClock()
    vault = Vault(lambda: keys, clock)
    row = Connection(user_id="u", tenant_id="t", google_sub="s", connected_at=NOW, wrapped_key=vault.new_key("u"))
    for _ in range(3):
        row = vault.seal(row, access_token=Secret("x"))
    assert keys.unwraps == 1

    clock.advance(301)
    vault.open(row, "access_token")
    assert keys.unwraps == 2
    assert len(vault._known) <= MAX_KEYS
