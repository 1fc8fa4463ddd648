"""A key shows when it was last used, without making reads into writes."""

import httpx

from backend.jobs import last_seen


def test_a_key_in_use_shows_when_it_was_last_used(api: httpx.Client) -> None:
    assert "lastUsedAt" not in api.get("/api/v1/api-keys").json()["items"][0]
    last_seen.run()
    assert "lastUsedAt" in api.get("/api/v1/api-keys").json()["items"][0]
