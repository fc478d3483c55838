"""Each person has a few turns at once: who asks for many waits for themself alone."""

import threading

import pytest

from enclos.coffre.tours import TooManyAtOnce, Tours


def test_nobody_waits_for_somebody_else():
    tours = Tours(1, waiting=0)
    with tours.one("jeanne"):
        with pytest.raises(TooManyAtOnce), tours.one("jeanne"):
            pass
        with tours.one("marc"):
            pass
    with tours.one("jeanne"):
        pass


def test_who_asks_for_many_gets_all_of_them_a_few_at_a_time():
    tours, inside, most, lock = Tours(2, waiting=40, longest_wait=30), [0], [0], threading.Lock()

    def ask():
        with tours.one("jeanne"):
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            threading.Event().wait(0.01)
            with lock:
                inside[0] -= 1

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [2]
    assert not tours._busy
    assert not tours._queued


def test_a_queue_that_does_not_move_is_left():
    tours = Tours(1, waiting=5, longest_wait=0.01)
    with tours.one("jeanne"), pytest.raises(TooManyAtOnce), tours.one("jeanne"):
        pass
    assert not tours._queued


def test_a_failure_gives_the_turn_back():
    tours = Tours(1, waiting=0)
    with pytest.raises(ZeroDivisionError), tours.one("jeanne"):
        raise ZeroDivisionError
    with tours.one("jeanne"):
        pass
