"""Channels are created, found, changed and deleted; a channel that a rule uses stays."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from backend.errors import Conflict, Invalid, Issue, NotFound, refuse
from backend.infra.context import Context
from backend.notifications import repository, signature
from backend.notifications.models import NotificationChannel
from backend.notifications.repository import Listing

LONGEST_URL, MOST_HEADERS, LONGEST_HEADER = 2048, 50, 4096
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}", re.ASCII)
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*", re.ASCII)
_OURS = re.compile(r"(svix|webhook)-.*|host|content-(type|length|encoding)|transfer-encoding|connection", re.I)


@dataclass(frozen=True, slots=True)
class ChannelInput:
    """Everything that may be said about a channel; without a secret a new one is made, or the present one stays."""

    name: str
    url: str
    custom_headers: Mapping[str, str] = field(default_factory=dict)
    signing_secret: str | None = None
    disabled: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


def create_channel(ctx: Context, wanted: ChannelInput) -> NotificationChannel:
    """Create a webhook channel (metering spec 12). Raises Invalid, naming every field that is wrong."""
    refuse(_issues(wanted))
    secret = wanted.signing_secret or signature.new_secret()
    channel = NotificationChannel(name=wanted.name, url=wanted.url, signing_secret=secret)
    return _write(ctx, channel, wanted)


def update_channel(ctx: Context, channel_id: str, wanted: ChannelInput) -> NotificationChannel:
    """Replace what a channel says. Raises NotFound, Conflict for a deleted one, Invalid."""
    channel = _living(ctx, channel_id)
    refuse(_issues(wanted))
    channel.name, channel.url = wanted.name, wanted.url
    channel.signing_secret = wanted.signing_secret or channel.signing_secret
    return _write(ctx, channel, wanted)


def delete_channel(ctx: Context, channel_id: str) -> None:
    """Delete a channel. Raises NotFound, Conflict when it is deleted, Invalid while a rule names it."""
    channel = _living(ctx, channel_id)
    naming = repository.rules_of(ctx, (channel_id,))
    if naming:
        message = f"The channel is used by the rule {naming[0].name}: take it out of its rules first."
        raise Invalid(message, issues=[Issue("channelId", "notification_channel_in_use", message)])
    channel.deleted_at = ctx.now
    ctx.session.add(channel)


def get_channel(ctx: Context, channel_id: str) -> NotificationChannel:
    """A channel, also a deleted one. Raises NotFound."""
    channel = repository.channel(ctx, channel_id)
    if channel is None:
        raise NotFound(f"There is no notification channel {channel_id}.")
    return channel


def list_channels(ctx: Context, wanted: Listing) -> tuple[Sequence[NotificationChannel], int]:
    """One page of channels, and how many there are in all."""
    return repository.list_channels(ctx, wanted)


def _living(ctx: Context, channel_id: str) -> NotificationChannel:
    """Held, so that no rule comes to name it while it is deleted."""
    get_channel(ctx, channel_id)
    [channel] = repository.hold_channels(ctx, (channel_id,))
    if channel.deleted_at is not None:
        raise Conflict(f"The notification channel {channel_id} was deleted.")
    return channel


def _write(ctx: Context, channel: NotificationChannel, wanted: ChannelInput) -> NotificationChannel:
    channel.custom_headers, channel.labels = dict(wanted.custom_headers), dict(wanted.labels)
    channel.disabled = wanted.disabled
    ctx.session.add(channel)
    ctx.session.flush()
    return channel


def _issues(wanted: ChannelInput) -> Iterator[Issue]:
    if not _is_web_address(wanted.url):
        message = "A webhook needs an address that begins with https:// or http:// and names a host."
        yield Issue("url", "notification_channel_invalid_url", message)
    if wanted.signing_secret is not None and not signature.is_secret(wanted.signing_secret):
        message = "A signing secret is base64 of 32 to 100 characters, with or without whsec_ in front."
        yield Issue("signingSecret", "notification_channel_invalid_secret", message)
    if len(wanted.custom_headers) > MOST_HEADERS:
        message = f"A channel takes at most {MOST_HEADERS} headers."
        yield Issue("customHeaders", "notification_channel_too_many_headers", message)
    for name, value in wanted.custom_headers.items():
        if not _HEADER_NAME.fullmatch(name) or len(value) > LONGEST_HEADER or not _HEADER_VALUE.fullmatch(value):
            yield Issue("customHeaders", "notification_channel_invalid_header", f"The header {name!r} cannot be sent.")
        elif _OURS.fullmatch(name):
            message = f"The header {name} is set by Meterline."
            yield Issue("customHeaders", "notification_channel_reserved_header", message)


def _is_web_address(url: str) -> bool:
    if len(url) > LONGEST_URL or not url.isascii() or any(character <= " " for character in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
