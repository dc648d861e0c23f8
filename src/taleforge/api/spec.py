"""How routes document themselves: the problems they may answer with, and the OpenAPI document as a whole.

Every route may be refused for its input, its rate or its size, or find the store unavailable; the rest it names itself.
Serves nothing.
"""

from http import HTTPStatus
from typing import Any, Final

from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Components, Reference, SecurityScheme

from taleforge import __version__
from taleforge.api.problems import MEDIA_TYPE, Problem

_ABOUT: Final = (
    "The table server. Lists that can grow come in pages: `limit` says how many, and what `next` says goes into `after`"
    " for the page behind. A POST with an Idempotency-Key is done once. The seat stream is described in the protocol."
)
EVERYWHERE: Final = (400, 413, 421, 429, 500, 503)


def documented(*statuses: int) -> dict[str, Any]:
    """Return the arguments that document the answers of a route beside the good one."""
    return {"responses": {status: _answer(status) for status in sorted({*EVERYWHERE, *statuses})}}


def _answer(status: int) -> ResponseSpec:
    if status == HTTPStatus.NOT_MODIFIED:
        return ResponseSpec(None, description="Nothing has changed.")
    phrase = HTTPStatus(status).phrase
    return ResponseSpec(Problem, generate_examples=False, description=phrase, media_type=MEDIA_TYPE)


def config() -> OpenAPIConfig:
    """Return what the document says of the API as a whole."""
    schemes: dict[str, SecurityScheme | Reference] = {
        "bearer": SecurityScheme("http", scheme="bearer", description="A seat token, an API key or the local token."),
        "session": SecurityScheme("apiKey", name="taleforge_session", security_scheme_in="cookie"),
    }
    return OpenAPIConfig(
        title="Taleforge", version=__version__,
        description=_ABOUT,
        components=Components(security_schemes=schemes), security=[{"bearer": []}, {"session": []}, {}],
        use_handler_docstrings=True, path="/api/v1/schema", render_plugins=(),
    )  # fmt: skip
