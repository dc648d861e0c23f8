"""What tokens cost, where that is known: by the price list of `genai-prices`, if it is installed.

A server under one's own roof costs nothing that is counted here. Fetches nothing.
"""

from collections.abc import Callable
from importlib.util import find_spec
from ipaddress import ip_address
from math import ceil
from urllib.parse import urlsplit

from taleforge.models.values import Model, Usage

MILLIONTHS = 1_000_000
Price = Callable[[Usage], int]
"""Returns what tokens cost in millionths of a US dollar, rounded up; 0 where no price is known."""


def price_of(model: Model) -> Price:
    """Return the prices of a model; takes a quarter of a second for the first whose server is far away."""
    if _is_near(urlsplit(model.url).hostname or "") or find_spec("genai_prices") is None:
        return lambda _: 0
    import genai_prices  # noqa: PLC0415  # of an extra, and slow

    def price(usage: Usage) -> int:
        tokens = genai_prices.Usage(input_tokens=usage.read, output_tokens=usage.written)
        try:
            found = genai_prices.calc_price(tokens, model.name, provider_api_url=model.url)
        except LookupError:
            return 0
        return ceil(found.total_price * MILLIONTHS)

    return price


def _is_near(host: str) -> bool:
    """Whether a host is this machine or one of its neighbours: by its address, or by a name without a domain."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".lan"))
