"""Customers: whose usage is whose, and which names clash."""

from datetime import UTC, datetime
from typing import Any

import pytest

from backend.customers import service
from backend.customers.service import CustomerFilter, CustomerInput
from backend.errors import Conflict, Invalid, NotFound, PreconditionFailed
from backend.infra.context import Context
from tests.conftest import Work


def customer(ctx: Context, key: str | None = "acme", *subjects: str, **more: Any) -> str:
    return service.create(ctx, CustomerInput(name=more.pop("name", "Acme"), key=key, subject_keys=subjects, **more)).id


def test_a_customer_is_found_by_id_and_by_key(work: Work) -> None:
    with work() as ctx:
        created = customer(ctx, "acme", "acme-eu", "acme-us")
    with work(writing=False) as ctx:
        assert service.get(ctx, created).name == "Acme"
        found = service.get(ctx, "acme")
        assert service.subject_keys(ctx, [found]) == {created: ("acme-eu", "acme-us")}
        assert service.usage_subjects(ctx, found) == ("acme", "acme-eu", "acme-us")


def test_an_unknown_customer_is_not_found(work: Work) -> None:
    with work() as ctx, pytest.raises(NotFound, match="nobody"):
        service.get(ctx, "nobody")


def test_a_customer_without_key_and_subjects_is_refused(work: Work) -> None:
    with work() as ctx, pytest.raises(Invalid, match="key or at least one subject"):
        customer(ctx, None)


def test_a_subject_given_twice_is_refused(work: Work) -> None:
    with work() as ctx, pytest.raises(Invalid, match="once"):
        customer(ctx, None, "a", "a")


@pytest.mark.parametrize(
    ("key", "subjects"),
    [("acme", ()), ("globex", ("acme-eu",)), ("acme-eu", ())],
    ids=["key taken", "subject taken", "key is another's subject"],
)
def test_names_that_belong_to_another_customer_clash(work: Work, key: str, subjects: tuple[str, ...]) -> None:
    with work() as ctx:
        first = customer(ctx, "acme", "acme-eu")
        with pytest.raises(Conflict) as clash:
            customer(ctx, key, *subjects)
        assert clash.value.facts == {"conflictingEntityId": first}


def test_a_key_must_not_be_another_customers_id(work: Work) -> None:
    with work() as ctx:
        first = customer(ctx)
        with pytest.raises(Conflict):
            customer(ctx, first)


def test_a_customer_may_keep_its_own_names_and_use_its_key_as_subject(work: Work) -> None:
    with work() as ctx:
        customer(ctx, "acme", "acme", "acme-eu")
        changed = service.update(ctx, "acme", CustomerInput(name="Acme Inc", key="acme", subject_keys=("acme-eu",)))
        assert changed.name == "Acme Inc"
        assert service.usage_subjects(ctx, changed) == ("acme", "acme-eu")


def test_the_owner_of_a_key_comes_before_the_owner_of_a_subject(work: Work) -> None:
    with work() as ctx:
        acme = customer(ctx, "acme")
        reseller = customer(ctx, "reseller", "acme", "globex")
        assert service.owners(ctx, ["acme", "globex", "nobody"]) == {"acme": acme, "globex": reseller}
        assert service.usage_subjects(ctx, service.get(ctx, reseller)) == ("reseller", "globex")


def test_a_customer_keeps_its_key_when_it_is_another_customers_subject_by_now(work: Work) -> None:
    with work() as ctx:
        acme = customer(ctx, "acme")
        customer(ctx, "reseller", "acme")
        changed = service.update(ctx, acme, CustomerInput(name="Acme Inc", key="acme", subject_keys=("acme-eu",)))
        assert service.usage_subjects(ctx, changed) == ("acme", "acme-eu")


def test_an_update_replaces_everything(work: Work) -> None:
    with work() as ctx:
        created = customer(ctx, "acme", "a", "b", description="old", currency="EUR", labels={"tier": "gold"})
    with work() as ctx:
        service.update(ctx, created, CustomerInput(name="Acme", subject_keys=("c", "a")))
    with work(writing=False) as ctx:
        now = service.get(ctx, created)
        assert (now.key, now.description, now.currency, now.labels) == (None, None, None, None)
        assert service.usage_subjects(ctx, now) == ("c", "a")
        assert service.owners(ctx, ["a", "b", "c"]) == {"a": created, "c": created}


def test_a_deleted_customer_frees_its_names_and_stays_readable(work: Work) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with work(now=noon) as ctx:
        first = customer(ctx, "acme", "acme-eu")
        service.delete(ctx, "acme")
    with work() as ctx:
        service.delete(ctx, first)
        second = customer(ctx, "acme", "acme-eu")
        assert service.get(ctx, "acme").id == second
        gone = service.get(ctx, first, deleted=True)
        assert gone.deleted_at == noon
        assert service.subject_keys(ctx, [gone]) == {first: ("acme-eu",)}
        assert service.usage_subjects(ctx, gone) == ()
        for use_case in (service.get, lambda ctx, id_: service.update(ctx, id_, CustomerInput(name="x", key="x"))):
            with pytest.raises(PreconditionFailed):
                use_case(ctx, first)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (CustomerFilter(), ["Acme", "Globex", "Umbrella"]),
        (CustomerFilter(key="GLO"), ["Globex"]),
        (CustomerFilter(name="bre"), ["Umbrella"]),
        (CustomerFilter(primary_email="@EXAMPLE.com"), ["Acme", "Globex"]),
        (CustomerFilter(subject="brella-"), ["Umbrella"]),
        (CustomerFilter(search="ac"), ["Acme"]),
        (CustomerFilter(name="%"), []),
        (CustomerFilter(include_deleted=True), ["Acme", "Gone", "Globex", "Umbrella"]),
    ],
)
def test_lists_are_filtered(work: Work, wanted: CustomerFilter, names: list[str]) -> None:
    with work() as ctx:
        customer(ctx, "acme", name="Acme", primary_email="anna@example.com")
        customer(ctx, "globex", name="Globex", primary_email="gus@example.com")
        customer(ctx, None, "umbrella-1", "umbrella-2", name="Umbrella")
        customer(ctx, "gone", name="Gone")
        service.delete(ctx, "gone")
    with work(writing=False) as ctx:
        rows, total = service.list_customers(ctx, wanted)
        assert sorted(row.name for row in rows) == sorted(names)
        assert total == len(names)


def test_lists_come_in_pages(work: Work) -> None:
    with work() as ctx:
        for number in range(5):
            customer(ctx, f"c{number}", name=f"Customer {number}")
        rows, total = service.list_customers(ctx, descending=True, offset=1, limit=2)
        assert [row.name for row in rows] == ["Customer 3", "Customer 2"]
        assert total == 5


def test_namespaces_do_not_see_each_others_customers(work: Work) -> None:
    with work("one") as ctx:
        customer(ctx, "acme", "acme-eu")
    with work("two") as ctx:
        customer(ctx, "acme", "acme-eu")
        assert service.list_customers(ctx)[1] == 1
