"""Every figure that /metrics shows, named once: `measures` counts them, docs/reference/metrics.md lists them.

Names are Prometheus' own: base units, `_total` on what only grows. No label takes more values than a program has: never
an id, a path or an address. Counts nothing.
"""

from typing import Final, Literal

from msgspec import Struct

from taleforge.telemetry.spans import STAGES

Kind = Literal["counter", "gauge", "histogram", "info"]


class Figure(Struct, frozen=True):
    """A family of figures; in a histogram, of those that end in `_bucket`, `_sum` and `_count`."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()


HTTP_REQUESTS: Final = Figure(
    "taleforge_http_requests_total", "counter", "Requests answered, by the route's template.",
    ("method", "route", "status"),
)  # fmt: skip
HTTP_SECONDS: Final = Figure("taleforge_http_request_seconds", "histogram", "Time to answer a request.", ("route",))
RATE_LIMITED: Final = Figure(
    "taleforge_rate_limited_total", "counter", "Requests and commands that came too soon, by the limit.", ("rule",)
)
SOCKETS: Final = Figure("taleforge_sockets", "gauge", "Seat streams open now.")
SOCKETS_CLOSED: Final = Figure("taleforge_sockets_closed_total", "counter", "Seat streams closed, by code.", ("code",))
SOCKET_FRAMES: Final = Figure(
    "taleforge_socket_frames_total", "counter", "Frames, `in` from clients and `out` to them.", ("direction",)
)
RESYNCS: Final = Figure("taleforge_resyncs_total", "counter", "Slow readers that were begun anew.")
SEATS: Final = Figure("taleforge_seats", "gauge", "Seats with a stream open now.")
TABLES: Final = Figure(
    "taleforge_tables", "gauge", "Tables in memory: as their `owner`, or as a `mirror` of one elsewhere.", ("part",)
)
BUS_MESSAGES: Final = Figure(
    "taleforge_bus_messages_total", "counter",
    "Messages between processes: gone `out`, come `in`, `dropped` before they went.", ("what",),
)  # fmt: skip
BUS_UP: Final = Figure(
    "taleforge_bus_up", "gauge", "Whether this process hears, and is heard by, others: by NATS, by Redis, or alone."
)
BUS_GAPS: Final = Figure(
    "taleforge_bus_gaps_total", "counter", "Times that messages may have been lost; whoever missed them read the log."
)
COMMANDS: Final = Figure(
    "taleforge_commands_total", "counter",
    "Commands answered: `ack`, `ask`, or `refused` with its code.", ("outcome", "code"),
)  # fmt: skip
COMMAND_SECONDS: Final = Figure("taleforge_command_seconds", "histogram", "Time from a command to its answer.")
STAGE_SECONDS: Final = Figure(
    "taleforge_stage_seconds", "histogram",
    f"Time of a step: {'; '.join(f'`{name}`, {meaning}' for name, meaning in STAGES.items())}.", ("stage",),
)  # fmt: skip
STAGE_FAILURES: Final = Figure(
    "taleforge_stage_failures_total", "counter",
    "Steps that failed; of `narrate`, those after which the plain narrator told instead.", ("stage",),
)  # fmt: skip
APPEND_BATCH: Final = Figure(
    "taleforge_append_batch_size", "histogram", "Writes that shared a transaction, and so one wait for the disk."
)
STORE_CONNECTIONS: Final = Figure(
    "taleforge_store_connections", "gauge", "Connections to the database, `used` and `idle`.", ("state",)
)
STORE_WAITING: Final = Figure("taleforge_store_waiting", "gauge", "Writes and statements that wait for the store now.")
STORE_SLOW: Final = Figure("taleforge_store_slow_total", "counter", "What the store took too long for.", ("what",))
STORE_UP: Final = Figure("taleforge_store_up", "gauge", "Whether the store answered when it was last needed.")
STORE_RECONNECTS: Final = Figure("taleforge_store_reconnects_total", "counter", "Times a lost database was back.")
REDIS_UP: Final = Figure(
    "taleforge_redis_up", "gauge", "Whether Redis answered when it was last asked, if there is one."
)
REDIS_UNANSWERED: Final = Figure(
    "taleforge_redis_unanswered_total", "counter",
    "Questions to Redis without an answer, after which this process went on alone.", ("what",),
)  # fmt: skip
JOBS: Final = Figure("taleforge_jobs", "gauge", "Jobs kept, at the last look.", ("queue", "state"))
PICTURES: Final = Figure(
    "taleforge_pictures_total", "counter", "Pictures that were painted and hung here, by who painted them.", ("engine",)
)
JOB_SECONDS: Final = Figure(
    "taleforge_job_seconds", "histogram", "Time from a wish to its end, by queue and how it ended.", ("queue", "state")
)
BACKUP_AGE: Final = Figure(
    "taleforge_backup_age_seconds", "gauge",
    "Age of the newest backup in `backup.folder`, if that is set; infinite where there is none.",
)  # fmt: skip
MEMORY_SEARCHES: Final = Figure(
    "taleforge_memory_searches_total", "counter",
    "Searches in memories, by `words` alone or by `both` words and meaning.", ("by",),
)  # fmt: skip
MEMORY_VECTORS: Final = Figure(
    "taleforge_memory_vectors_total", "counter", "Memories that this process placed, to be found by their meaning."
)
NARRATIONS_PENDING: Final = Figure("taleforge_narrations_pending", "gauge", "What happened and is not told yet.")
LOOP_LAG: Final = Figure(
    "taleforge_event_loop_lag_seconds", "histogram", "How much later than asked the event loop came to something."
)
SPANS_SENT: Final = Figure("taleforge_trace_spans_sent_total", "counter", "Spans handed over to who keeps traces.")
SPANS_DROPPED: Final = Figure("taleforge_trace_spans_dropped_total", "counter", "Spans that could not be handed over.")
CONTAINER_MEMORY: Final = Figure(
    "taleforge_container_memory_bytes", "gauge",
    "Memory of the container around the process with all that runs there, where it has a limit.",
)  # fmt: skip
CONTAINER_LIMIT: Final = Figure(
    "taleforge_container_memory_limit_bytes", "gauge", "Memory that this container may have."
)
STARTED: Final = Figure("taleforge_start_time_seconds", "gauge", "When the process began to serve, since 1970.")
BUILD: Final = Figure("taleforge_build_info", "info", "Always 1; the versions are labels.", ("version", "python"))

MODEL_CALLS: Final = Figure(
    "taleforge_model_calls_total", "counter",
    "Calls of language models: `ok`, or what went wrong; `resting` and `budget` asked nobody.", ("model", "outcome"),
)  # fmt: skip
MODEL_TOKENS: Final = Figure(
    "taleforge_model_tokens_total", "counter", "Tokens read (`in`) and written (`out`).", ("model", "direction")
)
MODEL_COST: Final = Figure(
    "taleforge_model_cost_dollars_total",
    "counter",
    "What models cost in US dollars, where prices are known.",
    ("model",),
)
MODEL_WAIT: Final = Figure(
    "taleforge_model_first_piece_seconds_total", "counter", "Time to first pieces of answers, all together.", ("model",)
)
MODEL_ANSWERS: Final = Figure(
    "taleforge_model_answers_total", "counter", "Answers of which a first piece came.", ("model",)
)
MODEL_RESTING: Final = Figure(
    "taleforge_model_resting", "gauge", "Whether a model failed so often that it is left alone for now.", ("model",)
)
TELLINGS: Final = Figure(
    "taleforge_tellings_total", "counter",
    "Pieces of story told where there is a model: by whom, and why not by it; `usual` gave it nothing to tell.",
    ("by", "why"),
)  # fmt: skip

VOICE_REQUESTS: Final = Figure(
    "taleforge_voice_requests_total", "counter",
    "What was to be said (`speak`), heard (`hear`) or measured here: `done`, `refused` as bad input, `failed`, or "
    "`left` when nobody waited for it any more.",
    ("task", "outcome"),
)  # fmt: skip
VOICE_SECONDS: Final = Figure(
    "taleforge_voice_seconds", "histogram", "Time until something came: of what is said the first sound.", ("task",)
)
VOICE_SOUND: Final = Figure(
    "taleforge_voice_sound_seconds_total", "counter", "Seconds of sound: said (packed, by its text), heard, measured.",
    ("task",),
)  # fmt: skip
VOICE_FELL_BACK: Final = Figure(
    "taleforge_voice_fell_back_total", "counter",
    "Times that an engine failed, and the one that needs no model took over.", ("task",),
)  # fmt: skip

OF_THE_PROCESS: Final = (
    Figure("process_virtual_memory_bytes", "gauge", "Virtual memory of the process."),
    Figure("process_resident_memory_bytes", "gauge", "Memory of the process that is really there."),
    Figure("process_start_time_seconds", "gauge", "When the process began, since 1970."),
    Figure("process_cpu_seconds_total", "counter", "Processor time of the process."),
    Figure("process_open_fds", "gauge", "Files and sockets the process has open."),
    Figure("process_max_fds", "gauge", "Files and sockets it may have open."),
)
"""What prometheus-client itself finds out, on Linux."""

FIGURES: Final = (
    HTTP_REQUESTS, HTTP_SECONDS, RATE_LIMITED, SOCKETS, SOCKETS_CLOSED, SOCKET_FRAMES, RESYNCS, SEATS, TABLES, COMMANDS,
    BUS_MESSAGES, BUS_UP, BUS_GAPS, COMMAND_SECONDS, STAGE_SECONDS, STAGE_FAILURES, APPEND_BATCH, STORE_CONNECTIONS,
    STORE_WAITING, STORE_SLOW, STORE_UP, STORE_RECONNECTS, REDIS_UP, REDIS_UNANSWERED, BACKUP_AGE, JOBS,
    MEMORY_SEARCHES, MEMORY_VECTORS,
    JOB_SECONDS, PICTURES,
    NARRATIONS_PENDING, LOOP_LAG, SPANS_SENT, SPANS_DROPPED, MODEL_CALLS, MODEL_TOKENS, MODEL_COST, MODEL_WAIT,
    MODEL_ANSWERS, MODEL_RESTING, TELLINGS, VOICE_REQUESTS, VOICE_SECONDS, VOICE_SOUND, VOICE_FELL_BACK,
    CONTAINER_MEMORY, CONTAINER_LIMIT, STARTED, BUILD,
    *OF_THE_PROCESS,
)  # fmt: skip
