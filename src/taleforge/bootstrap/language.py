"""Language models by the settings: opened for a house, or for a host who wants to look at them.

Imports nothing of an extra where no model is named.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from taleforge.accounts.memory import in_memory
from taleforge.accounts.ports import GrantStore, Stores
from taleforge.accounts.spending import Answering, Spending, allowances
from taleforge.errors import Misconfigured
from taleforge.live.ports import Clock
from taleforge.live.system import SystemClock, SystemIds
from taleforge.messages.ids import IdSource
from taleforge.models.values import Survey, Trial
from taleforge.settings import Settings
from taleforge.table import ports

if TYPE_CHECKING:
    from taleforge.models.setup import Models


def answering_by(log: ports.EventLog, grants: GrantStore) -> Answering:
    """Return what tells who answers for a table: the space that it belongs to, and whoever was its first host."""

    async def answering(table: str) -> tuple[str, ...]:
        row = await log.table(table)
        if row is None:
            return ()
        hosts = [grant.person for grant in await grants.of(table=table) if grant.role == "host"]
        return f"space:{row.space}", *(f"person:{host}" for host in hosts[:1])

    return answering


def models_of(
    settings: Settings, stores: Stores, ids: IdSource, clock: Clock, log: ports.EventLog | None = None
) -> "Models | None":
    """Return the models that the settings name, what they use kept in the ledger; None when they name none.

    Raises:
        Misconfigured: what they name is none, or the parts are not installed that talk to it.
    """
    chosen = settings.model
    if not chosen.url:
        if settings.narrator.kind == "model":
            raise Misconfigured("The narrator is to be a model, but none is named.", "Set model.url.")
        return None
    try:
        from taleforge.models.setup import configured, open_models  # noqa: PLC0415  # of an extra
    except ImportError as error:
        raise Misconfigured(
            f"A model needs parts that are not installed ({error.name}).", "pip install 'taleforge[models]'"
        ) from error
    cost = round(chosen.cost_per_day * 1_000_000)
    quotas = allowances(
        chosen.tokens_per_day, chosen.tokens_per_table, cost, chosen.tokens_per_space, chosen.tokens_per_person
    )
    where = {} if log is None else {"answering": answering_by(log, stores.grants)}
    purse = Spending(stores.ledger, lambda: ids("job"), lambda: int(clock.now().timestamp() * 1000), quotas, **where)
    return open_models(configured(chosen), purse, passed=clock.passed)


async def survey(settings: Settings) -> Survey:
    """Look at the models of the settings; raises Misconfigured."""
    models = models_of(settings, in_memory(), SystemIds(), SystemClock())
    if models is None:
        return Survey("grammar")
    try:
        return await models.look(telling=settings.narrator.kind != "grammar")
    finally:
        await models.close()


async def ask_models(settings: Settings, text: str, heard: Callable[[str], None]) -> Trial:
    """Ask the models of the settings something; `heard` is told each piece. Raises ModelFailed, Misconfigured."""
    models = models_of(settings, in_memory(), SystemIds(), SystemClock())
    if models is None:
        raise Misconfigured("No model is configured.", "Set model.url, such as http://localhost:11434/v1.")
    try:
        return await models.ask(text, heard)
    finally:
        await models.close()


def narrator_of(settings: Settings, models: "Models | None") -> ports.Narrator | None:
    """Return the narrator that tells by models; None where the settings want none."""
    if models is None or settings.narrator.kind == "grammar":
        return None
    from taleforge.narration.model import ModelNarrator  # noqa: PLC0415  # only where there is a model

    return ModelNarrator(models.ladder, models.tally)
