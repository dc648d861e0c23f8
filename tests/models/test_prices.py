"""Prices are those of the provider, and nothing is made up where none is known."""

import pytest

from taleforge.models.prices import price_of
from taleforge.models.values import Model, Usage
from tests.conftest import Need

MUCH = Usage(1_000_000, 1_000_000)


def test_a_provider_has_its_price(need: Need) -> None:
    """A million tokens in, a million out, in millionths of a dollar; a part of a millionth is one."""
    need("genai_prices", "pip install genai-prices")
    price = price_of(Model("https://api.openai.com/v1", "gpt-4o-mini"))
    assert price(MUCH) == 750_000
    assert price(Usage(1)) == 1
    assert price(Usage(0)) == 0


@pytest.mark.parametrize(
    "url",
    ["http://localhost:11434/v1", "http://127.0.0.1/v1", "http://10.0.0.7/v1", "http://ollama:11434/v1",
     "https://api.openai.com/v1", "https://models.example.org/v1"],
)  # fmt: skip
def test_what_is_not_known_costs_nothing(url: str) -> None:
    """A server of one's own, a model nobody heard of, a provider nobody knows."""
    assert price_of(Model(url, "a model nobody heard of"))(MUCH) == 0
