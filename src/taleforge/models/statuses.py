"""What the status of an answer means for whoever asked: wait, set something right, or ask somebody else.

Does not read the body of the answer.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from taleforge.errors import ModelFailed

KINDS = {
    400: ("refused", "refused the question", "Check that model.name is a model for conversations."),
    401: ("denied", "does not accept the key", "Set model.key."),
    402: ("denied", "wants to be paid", "Look after the account at that provider."),
    403: ("denied", "does not allow it", "Check what model.key may do."),
    404: ("absent", "is not there", "Check model.url and model.name."),
    429: ("limited", "has had enough for now", "Wait, or ask for a higher limit there."),
}
ADMINISTRATIVE = frozenset({"denied", "absent"})
"""What does not go away by itself."""


def failure_of(response: httpx.Response, label: str) -> ModelFailed:
    """Return what an answer that is no success comes to."""
    kind, what, remedy = KINDS.get(
        response.status_code, ("failing", f"answered with status {response.status_code}", "Look into its log.")
    )
    return ModelFailed(f"The model {label} {what}.", remedy, kind, seconds_of(response.headers))


def seconds_of(headers: httpx.Headers) -> float:
    """Return the seconds that `Retry-After` asks for, whether it counts them or names a time; else 0."""
    text = headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (when.astimezone(UTC) - datetime.now(UTC)).total_seconds())
