"""A distribution as a bar chart of text: one line for each total, or for a range of totals when there are many.

Only draws: the chances come from whoever counted them.
"""

from collections.abc import Iterator, Mapping

from taleforge.terminal.numbers import percent

_EIGHTHS = " ▏▎▍▌▋▊▉"
_WIDEST = 60


def chart(
    title: str, pmf: Mapping[int, float], mean: float, *, width: int, rows: int, mark: int | None = None
) -> list[str]:
    """Return the lines of a chart at most `width` columns wide with about `rows` bars.

    `mark` is a total: the last line says how likely it is to reach it, and the bars that do are pointed at.
    """
    first, last = min(pmf), max(pmf)
    lines = [f"{title}   {first} to {last}, on average {mean:.2f}", ""]
    bins = list(_bins(pmf, rows))
    most = max(chance for _, _, chance in bins)
    label_width = max(len(_label(low, high)) for low, high, _ in bins)
    room = max(min(width - label_width - 13, _WIDEST), 8)
    for low, high, chance in bins:
        pointer = ">" if mark is not None and low >= mark else " "
        bar = _bar(chance / most * room)
        lines.append(f"{pointer}{_label(low, high):>{label_width}}  {percent_fine(chance):>7}  {bar}".rstrip())
    if mark is not None:
        reached = sum(chance for total, chance in pmf.items() if total >= mark)
        lines += ["", f"{mark} or more: {percent_fine(min(reached, 1.0))}"]
    return lines


def percent_fine(chance: float) -> str:
    """Return a chance to a tenth of a percent, and what is rarer in whole odds."""
    if 0 < chance < 0.0005:
        return "<0.1 %"
    return percent(chance) if chance in {0, 1} else f"{chance * 100:.1f} %"


def _bins(pmf: Mapping[int, float], rows: int) -> Iterator[tuple[int, int, float]]:
    """Gather totals into ranges of equal size when there are more than `rows` of them."""
    if len(pmf) <= rows:
        yield from ((total, total, pmf[total]) for total in sorted(pmf))
        return
    first, last = min(pmf), max(pmf)
    size = -(-(last - first + 1) // rows)
    gathered: dict[int, float] = {}
    for total in sorted(pmf):
        low = first + (total - first) // size * size
        gathered[low] = gathered.get(low, 0.0) + pmf[total]
    yield from ((low, min(low + size - 1, last), chance) for low, chance in gathered.items())


def _label(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}–{high}"


def _bar(length: float) -> str:
    whole, eighths = divmod(round(length * 8), 8)
    return "█" * whole + _EIGHTHS[eighths].strip()
