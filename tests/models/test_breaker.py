"""The breaker leaves a failing model alone, tries it again by one call, and waits longer each time."""

from taleforge.models.breaker import LONGEST_REST, Breaker


class Watched:
    """A breaker whose clock is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.states: list[str] = []
        self.breaker = Breaker(lambda: self.now, self.states.append, failures=3, rest=10.0)

    def fail(self, times: int = 1) -> None:
        """Report failures."""
        for _ in range(times):
            self.breaker.failed()


def test_it_opens_after_failures_in_a_row() -> None:
    """Two and a success are nothing; three are enough."""
    at = Watched()
    at.fail(2)
    at.breaker.succeeded()
    at.fail(2)
    assert at.breaker.admit()
    at.fail()
    assert not at.breaker.admit()
    assert at.states == ["open"]


def test_one_call_tries_it_again_and_closes_it() -> None:
    """While the trial is on its way nobody else gets through."""
    at = Watched()
    at.fail(3)
    at.now += 10
    assert [at.breaker.admit() for _ in range(3)] == [True, False, False]
    at.breaker.succeeded()
    assert at.breaker.admit()
    assert at.states == ["open", "trial", "closed"]


def test_a_trial_that_fails_makes_the_rest_longer_up_to_a_limit() -> None:
    """Ten seconds, twenty, forty … five minutes."""
    at = Watched()
    at.fail(3)
    rests = [10.0]
    for _ in range(8):
        at.now += rests[-1]
        assert at.breaker.admit()
        at.fail()
        begun = at.now
        while not at.breaker.admit():
            at.now += 1
        rests.append(at.now - begun)
        at.breaker.abandoned()
        at.now = begun
    assert rests[:4] == [10, 20, 40, 80]
    assert rests[-1] == LONGEST_REST


def test_a_trial_that_was_given_up_decides_nothing() -> None:
    """The next call may try at once."""
    at = Watched()
    at.fail(3)
    at.now += 10
    assert at.breaker.admit()
    at.breaker.abandoned()
    assert at.breaker.admit()


def test_whoever_asks_to_be_left_alone_is() -> None:
    """At once and as long as it asks, within reason."""
    at = Watched()
    at.breaker.failed(at_once=True, rest=60.0)
    at.now += 59
    assert not at.breaker.admit()
    at.now += 1
    assert at.breaker.admit()
    at.breaker.failed(at_once=True, rest=10**9)
    at.now += LONGEST_REST
    assert at.breaker.admit()
