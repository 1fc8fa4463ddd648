"""Passwords: hashes that tell nothing, and a check that costs the same for nobody."""

import pytest
from argon2 import PasswordHasher

from backend.access.password import NOBODY, hash_password, is_password
from backend.errors import Invalid


def test_a_password_is_recognised_by_a_hash_of_its_own() -> None:
    first, second = hash_password("correct horse"), hash_password("correct horse")
    assert first != second
    assert is_password("correct horse", first)
    assert not is_password("correct house", first)
    assert not is_password("correct horse", "not a hash")


def test_the_check_for_nobody_costs_what_a_real_one_costs() -> None:
    assert not PasswordHasher().check_needs_rehash(NOBODY)
    assert not is_password("correct horse", None)


@pytest.mark.parametrize("length", [0, 7, 1025])
def test_a_password_has_a_sensible_length(length: int) -> None:
    with pytest.raises(Invalid, match="8 to 1024"):
        hash_password("x" * length)
