"""What others count, as /metrics shows it: the tables, the store, the bus, and what is shared with other processes.

They are asked when somebody looks, and know nothing of figures. Counts nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol, get_args, runtime_checkable

from taleforge.api import figures
from taleforge.api.ages import BackupAge
from taleforge.api.measures import Measures
from taleforge.api.shared import Shared
from taleforge.bootstrap import QUEUES, House, Workshop
from taleforge.jobs.values import State
from taleforge.memory.meaning import Meaning
from taleforge.models.tally import Tally
from taleforge.store.workload import Workload
from taleforge.voice.ports import Speech

STATES: Final[tuple[State, ...]] = get_args(State)


@runtime_checkable
class Burdened(Protocol):
    """A store that says what it has to do."""

    @property
    def workload(self) -> Workload:
        """What it has to do, and how it bears it."""
        ...

    @property
    def connections(self) -> Mapping[str, int]:
        """How many connections are `used` and `idle`."""
        ...


def show(measures: Measures, house: House, shared: Shared | None, backups: Path | None = None) -> None:
    """Have the figures of a house shown; `backups` is the folder in which they are made."""
    tables, bus = house.tables, house.services.bus

    def parts() -> Mapping[tuple[str, ...], float]:
        owned = tables.owned
        return {("owner",): owned, ("mirror",): len(tables) - owned}

    def messages() -> Mapping[tuple[str, ...], float]:
        return _labelled({what: count for what, count in bus.counts.items() if what != "gaps"})

    measures.show(figures.TABLES, parts)
    measures.show(figures.JOBS, lambda: _jobs(house.jobs.counts) if house.jobs else {})
    measures.show(figures.JOB_SECONDS, lambda: house.jobs.timings if house.jobs else {})
    measures.show(figures.PICTURES, lambda: house.gallery.hung if house.gallery else {})
    measures.show(figures.MEMORY_SEARCHES, lambda: _labelled(house.recollection.searches))
    _show_meaning(measures, house.meaning)
    measures.show(figures.NARRATIONS_PENDING, lambda: {(): tables.untold})
    measures.show(figures.BUS_MESSAGES, messages)
    measures.show(figures.BUS_UP, lambda: {(): float(bus.up)})
    measures.show(figures.BUS_GAPS, lambda: {(): bus.counts.get("gaps", 0)})
    measures.show(figures.REDIS_UP, lambda: {(): float(shared.up)} if shared else {})
    measures.show(figures.REDIS_UNANSWERED, lambda: shared.unanswered.counts if shared else {})
    age = BackupAge(backups) if backups else None
    measures.show(figures.BACKUP_AGE, lambda: {(): age.seconds()} if age else {})
    _show_models(measures, house.models.tally if house.models else None)
    _show_voice(measures, house.speech)
    _show_store(measures, house.services.log)


def show_work(measures: Measures, shop: Workshop) -> None:
    """Have the figures of a process shown that does jobs and plays no table."""
    measures.show(figures.JOBS, lambda: _jobs(shop.jobs.counts))
    measures.show(figures.BUS_UP, lambda: {(): float(shop.bus.up)})
    _show_meaning(measures, shop.meaning)
    _show_models(measures, shop.models.tally if shop.models else None)
    _show_voice(measures, shop.speech)
    _show_store(measures, shop.store)


def _jobs(counts: Mapping[tuple[str, State], int]) -> Mapping[tuple[str, ...], float]:
    """Return how many jobs there are of each kind, also of those of which there are none, so that the first is more."""
    return {(queue, state): counts.get((queue, state), 0) for queue in QUEUES for state in STATES}


def _show_meaning(measures: Measures, meaning: Meaning | None) -> None:
    """Have it shown how many memories were placed here, where they are found by meaning."""
    measures.show(figures.MEMORY_VECTORS, lambda: {(): meaning.made} if meaning else {})


def _show_models(measures: Measures, tally: Tally | None) -> None:
    """Have the figures of the language models shown, if there are any."""
    measures.show(figures.MODEL_CALLS, lambda: tally.calls() if tally else {})
    measures.show(figures.MODEL_TOKENS, lambda: tally.tokens() if tally else {})
    measures.show(figures.MODEL_COST, lambda: tally.dollars() if tally else {})
    measures.show(figures.MODEL_WAIT, lambda: tally.waits() if tally else {})
    measures.show(figures.MODEL_ANSWERS, lambda: tally.answers() if tally else {})
    measures.show(figures.MODEL_RESTING, lambda: tally.resting() if tally else {})
    measures.show(figures.TELLINGS, lambda: tally.tellings if tally else {})


def _show_voice(measures: Measures, speech: Speech | None) -> None:
    """Have the figures of what speaks and hears shown, where something does."""
    if speech is None:
        return
    measures.show(figures.VOICE_REQUESTS, lambda: speech.counts.requests.counts)
    measures.show(figures.VOICE_SECONDS, lambda: speech.counts.waits)
    measures.show(figures.VOICE_SOUND, lambda: speech.counts.sound)
    measures.show(figures.VOICE_FELL_BACK, lambda: speech.counts.fell_back.counts)


def _show_store(measures: Measures, store: object) -> None:
    """Have the figures of a store shown; one in memory bears no load."""
    borne = store if isinstance(store, Burdened) else None
    workload = borne.workload if borne else Workload()
    measures.show(figures.APPEND_BATCH, lambda: {(): workload.batches})
    measures.show(figures.STORE_WAITING, lambda: {(): workload.waiting})
    measures.show(figures.STORE_SLOW, lambda: workload.slow.counts)
    measures.show(figures.STORE_UP, lambda: {(): float(not workload.away)})
    measures.show(figures.STORE_RECONNECTS, lambda: {(): workload.reconnects})
    measures.show(figures.STORE_CONNECTIONS, lambda: _labelled(borne.connections if borne else {}))


def _labelled(counts: Mapping[str, int]) -> Mapping[tuple[str, ...], float]:
    return {(label,): count for label, count in counts.items()}
