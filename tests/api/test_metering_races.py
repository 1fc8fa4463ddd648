"""Many who tell about one meter, feature or subject at the same moment: what they leave behind fits together."""

import httpx

from tests.api.test_catalog_races import MANY, at_once

METERS, FEATURES, SUBJECTS = "/api/v1/meters", "/api/v1/features", "/api/v1/subjects"


def test_no_feature_is_left_with_a_meter_that_was_deleted(api: httpx.Client) -> None:
    api.post(METERS, json={"slug": "calls", "aggregation": "COUNT", "eventType": "call"}).raise_for_status()

    def act(number: int) -> httpx.Response:
        if number % 2:
            return api.delete(f"{METERS}/calls")
        return api.post(FEATURES, json={"key": f"calls_{number}", "name": "Calls", "meterSlug": "calls"})

    at_once(act)
    deleted = api.get(f"{METERS}/calls").status_code == 404
    assert bool(api.get(FEATURES).json()) is not deleted


def test_all_who_tell_about_a_new_subject_are_heard(api: httpx.Client) -> None:
    told = at_once(lambda number: api.post(SUBJECTS, json=[{"key": "acme", "displayName": f"Acme {number}"}]))
    assert told == {200: MANY}
    assert [found["key"] for found in api.get(SUBJECTS).json()] == ["acme"]
