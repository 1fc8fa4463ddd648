"""What can be done with notifications: name channels and rules, tell what happened, deliver it and deliver it again."""

from backend.notifications.repository import EventFilter, Listing
from backend.notifications.service.channels import (
    ChannelInput,
    create_channel,
    delete_channel,
    get_channel,
    list_channels,
    update_channel,
)
from backend.notifications.service.delivery import Answer, Send, deliver_due
from backend.notifications.service.events import (
    Delivered,
    EventView,
    RuleView,
    get_event,
    list_events,
    resend,
    view_rules,
)
from backend.notifications.service.rules import (
    RuleInput,
    create_rule,
    delete_rule,
    get_rule,
    list_rules,
    update_rule,
)
from backend.notifications.service.telling import heard, tell, tell_test

__all__ = [
    "Answer",
    "ChannelInput",
    "Delivered",
    "EventFilter",
    "EventView",
    "Listing",
    "RuleInput",
    "RuleView",
    "Send",
    "create_channel",
    "create_rule",
    "delete_channel",
    "delete_rule",
    "deliver_due",
    "get_channel",
    "get_event",
    "get_rule",
    "heard",
    "list_channels",
    "list_events",
    "list_rules",
    "resend",
    "tell",
    "tell_test",
    "update_channel",
    "update_rule",
    "view_rules",
]
