"""Plants the demo company: acts out its year in order, with invoices drawn as time passes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend import bootstrap, clockwork
from backend.access import service as access
from backend.customers import service as customers
from backend.infra.clock import wall
from backend.infra.context import DEFAULT_NAMESPACE, Context, unit_of_work
from backend.invoicing import service as invoicing
from backend.invoicing.models import AppKind
from backend.invoicing.service import ProfileInput
from backend.metering import service as metering
from backend.seed.cast import VISITOR
from backend.seed.offer import SELLER
from backend.seed.story import Act, tell


@dataclass(frozen=True, slots=True)
class Planted:
    """The customer's login of the demo; the password is not kept anywhere else."""

    customer_email: str
    customer_password: str


def is_planted(ctx: Context) -> bool:
    """Whether the story has begun in a namespace: its first act makes meters."""
    return metering.list_meters(ctx)[1] > 0


def plant(
    password: str,
    *,
    namespace: str = DEFAULT_NAMESPACE,
    now: datetime | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Planted:
    """Tell the whole story up to now into an empty namespace; the same story for the same day.

    `say` hears of every month that has passed. The namespace is empty before, else nothing is well defined.
    """
    bootstrap.ensure_billing(namespace, AppKind.SANDBOX)
    end = now or wall()
    acts = tell(end)
    clock = acts[0].at - timedelta(seconds=1)
    _name_seller(namespace, clock)
    for act in acts:
        if act.at.month != clock.month:
            say(f"  {act.at:%B %Y}")
        _let_time_pass(namespace, clock, act.at)
        _perform(namespace, act)
        clock = act.at
    _let_time_pass(namespace, clock, end)
    clockwork.run_due(namespace, end)
    return _invite(namespace, password)


def _name_seller(namespace: str, at: datetime) -> None:
    with unit_of_work(namespace, now=at) as ctx:
        profile = invoicing.default_profile(ctx)
        invoicing.update_profile(ctx, profile.id, ProfileInput(profile.name, SELLER, default=True))


def _perform(namespace: str, act: Act) -> None:
    with unit_of_work(namespace, now=act.at) as ctx:
        act.do(ctx)
    if act.has_consequences:
        clockwork.run_due(namespace, act.at)


def _let_time_pass(namespace: str, clock: datetime, to: datetime) -> None:
    """Do what falls due on the way, at the instant when it does."""
    while (stop := clockwork.next_due(namespace, clock)) is not None and stop <= to:
        clockwork.run_due(namespace, stop)
        clock = stop


def _invite(namespace: str, password: str) -> Planted:
    with unit_of_work(namespace) as ctx:
        customer = customers.get(ctx, VISITOR.key)
        user = access.CustomerUserInput(VISITOR.email, VISITOR.name, password, customer.id)
        access.create_customer_user(ctx, user)
    return Planted(VISITOR.email, password)
