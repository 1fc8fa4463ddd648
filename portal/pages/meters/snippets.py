"""What a program writes to send events that a meter counts: ready to copy, with the address of this server."""

import json
from dataclasses import dataclass

from backend.metering.models import Meter
from portal.pages.meters.words import sample_event

KEY = "YOUR_API_KEY"


@dataclass(frozen=True)
class Snippets:
    """The same event, sent with curl, from Python and from JavaScript."""

    curl: str = ""
    python: str = ""
    javascript: str = ""


def snippets(meter: Meter, address: str) -> Snippets:
    """The official OpenMeter SDKs send to Meterline as they are."""
    event = sample_event(meter.aggregation, meter.event_type, meter.value_property, meter.group_by)
    sent = json.loads(event)
    return Snippets(
        curl="\n".join(
            (
                f"curl -X POST {address}/api/v1/events \\",
                f"  -H 'Authorization: Bearer {KEY}' \\",
                "  -H 'Content-Type: application/cloudevents+json' \\",
                "  -d '" + event.replace("'", "'\\''") + "'",
            )
        ),
        python="\n".join(
            (
                "# pip install openmeter",
                "import uuid",
                "from openmeter import Client",
                "",
                f'client = Client(endpoint="{address}", token="{KEY}")',
                "client.events.ingest_event({",
                '    "specversion": "1.0",',
                '    "id": str(uuid.uuid4()),',
                f'    "source": {json.dumps(sent["source"])},',
                f'    "type": {json.dumps(sent["type"])},',
                f'    "subject": {json.dumps(sent["subject"])},',
                f'    "data": {json.dumps(sent["data"])},',
                "})",
            )
        ),
        javascript="\n".join(
            (
                "// npm install @openmeter/sdk",
                "import { OpenMeter } from '@openmeter/sdk'",
                "",
                f"const client = new OpenMeter({{ baseUrl: '{address}', apiKey: '{KEY}' }})",
                "await client.events.ingest({",
                f"  type: {json.dumps(sent['type'])},",
                f"  subject: {json.dumps(sent['subject'])},",
                f"  data: {json.dumps(sent['data'])},",
                "})",
            )
        ),
    )
