"""One name for each provider and model, however an event or a price list writes it."""

import re

_PROVIDERS = {
    "amazon-bedrock": "bedrock",
    "aws": "amazon",
    "azure_ai": "azure",
    "bedrock_converse": "bedrock",
    "gemini": "google",
    "mistralai": "mistral",
    "nano-gpt": "nanogpt",
    "nano_gpt": "nanogpt",
}
_VERTEX = re.compile(r"vertex_ai[-_].+")
_MODELS = {"deepseek-chat": "deepseek-v3", "deepseek-reasoner": "deepseek-r1"}
_REVISION = re.compile(r"-v\d+:\d+$")
_DATE = re.compile(r"-(?:\d{8}|\d{4}-\d{2}-\d{2})$")
_REGION = re.compile(r"^(?:us|eu|ap)\.")
_POINT = re.compile(r"(?<=\d)\.(?=\d)")


def provider_id(name: str) -> str:
    """The provider that a name stands for: `bedrock_converse` is `bedrock` (metering spec 14)."""
    short = name.strip().lower()
    return "vertex_ai" if _VERTEX.fullmatch(short) else _PROVIDERS.get(short, short)


def model_id(name: str) -> str:
    """The model without region, revision and date: `us.claude-3.5-sonnet-20241022-v2:0` is `claude-3-5-sonnet`."""
    short = _DATE.sub("", _REVISION.sub("", name.strip().lower()))
    plain = _POINT.sub("-", _REGION.sub("", short))
    return _MODELS.get(plain, plain)
