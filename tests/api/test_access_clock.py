"""The clock over HTTP: anybody may read it, only a sandbox's can be moved."""

import httpx


def test_the_wall_clock_is_read(api: httpx.Client) -> None:
    clock = api.get("/api/v1/clock").json()
    assert clock["sandbox"] is False
    assert "aheadSeconds" not in clock
    assert clock["now"].endswith("Z")


def test_a_sandbox_says_how_far_it_is_ahead(api: httpx.Client) -> None:
    secret = api.post("/api/v1/namespaces", json={"key": "sand", "name": "Sand", "sandbox": True}).json()["apiKey"]
    clock = api.get("/api/v1/clock", headers={"Authorization": f"Bearer {secret}"}).json()
    assert (clock["sandbox"], clock["aheadSeconds"]) == (True, 0)
