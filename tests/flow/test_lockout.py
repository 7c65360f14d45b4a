from bailiwick.flow.lockout import MOST_FAILURES, WAIT_US, Lockout

NOW = 1_800_000_000_000_000


def guessed(times, at_us=NOW):
    lockout = Lockout()
    for _ in range(times):
        lockout.failed("ana@acme.example", at_us)
    return lockout


def test_a_few_wrong_passwords_cost_nothing():
    assert guessed(MOST_FAILURES - 1).wait_us("ana@acme.example", NOW) == 0


def test_one_more_makes_the_address_wait_and_no_other():
    lockout = guessed(MOST_FAILURES)
    assert lockout.wait_us("ana@acme.example", NOW + 1) == WAIT_US - 1
    assert lockout.wait_us("rosa@acme.example", NOW) == 0


def test_waiting_is_enough_and_starts_the_count_again():
    lockout = guessed(MOST_FAILURES)
    later = NOW + WAIT_US
    assert lockout.wait_us("ana@acme.example", later) == 0
    lockout.failed("ana@acme.example", later)
    assert lockout.wait_us("ana@acme.example", later) == 0


def test_a_right_password_clears_the_address():
    lockout = guessed(MOST_FAILURES - 1)
    lockout.passed("ana@acme.example")
    lockout.failed("ana@acme.example", NOW)
    assert lockout.wait_us("ana@acme.example", NOW) == 0


def test_made_up_addresses_do_not_fill_the_memory():
    lockout = Lockout()
    for number in range(10_050):
        lockout.failed(f"{number}@acme.example", NOW)
    assert len(lockout._failures) == 10_000
