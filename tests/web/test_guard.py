"""Who is let in: the token in each of its forms, names of the host, origins, sizes, guesses."""

from urllib.parse import urlencode

import pytest

from mispriced.web.guard import MOST_BODY, MOST_QUERY
from tests.web.conftest import TOKEN, site_on


@pytest.fixture(scope="module")
def locked(server):
    with site_on(server, token=TOKEN, hosts=("odds.example",)) as found:
        yield found


@pytest.fixture
def guessed(server):
    with site_on(server, token=TOKEN) as found:
        yield found


def log_in(site, token=TOKEN, **headers):
    return site.get("/login?next=/docs", "POST", urlencode({"token": token}), **headers)


def cookie(site):
    return log_in(site).headers["set-cookie"].partition(";")[0]


def test_without_the_token_nothing_of_the_state_is_given(locked):
    for path in (
        "/api/v1/surebets",
        "/api/v1/stream",
        "/api/v1/openapi.json",
        "/metrics",
        "/readyz",
        "/docs",
    ):
        answer = locked.get(path)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer"), path
    assert locked.get("/healthz").status == 200
    compatible = locked.get("/v4/sports")
    assert (compatible.status, list(compatible.json)) == (401, ["message"])


def test_a_person_is_led_to_the_login_and_back(locked):
    answer = locked.get("/docs", Accept="text/html")
    assert (answer.status, answer.headers["location"]) == (303, "/login?next=/docs")
    entered = log_in(locked)
    assert (entered.status, entered.headers["location"]) == (303, "/docs")
    told = entered.headers["set-cookie"]
    assert "HttpOnly" in told
    assert "SameSite=strict" in told
    assert TOKEN not in told
    assert locked.get("/docs", Cookie=told.partition(";")[0]).status == 200


@pytest.mark.parametrize("place", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_a_login_leads_to_no_other_site(locked, place):
    answer = locked.get(f"/login?{urlencode({'next': place})}", "POST", urlencode({"token": TOKEN}))
    assert (answer.status, answer.headers["location"]) == (303, "/")


def test_a_program_gives_the_token_as_a_header_or_as_the_key_of_the_compatible_api(locked):
    assert locked.get("/api/v1/surebets", Authorization=f"Bearer {TOKEN}").status == 200
    assert locked.get(f"/v4/sports?apiKey={TOKEN}").status == 200
    assert locked.get(f"/api/v1/surebets?apiKey={TOKEN}").status == 401


@pytest.mark.parametrize("value", ["", "x", "99999999999.00", ".", "9999999999.ab\u00e9"])
def test_a_cookie_that_is_not_ours_opens_nothing(locked, value):
    assert locked.get("/docs", Cookie=f"mispriced_session={value}".encode().decode("latin-1")).status == 401


def test_a_session_that_has_ended_opens_nothing(locked):
    until, _, signature = cookie(locked).partition("=")[2].partition(".")
    assert locked.get("/docs", Cookie=f"mispriced_session={int(until) - 1}.{signature}").status == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1", 200), ("localhost:1", 200), ("[::1]:9", 200), ("odds.example", 200), ("192.0.2.7", 200),
     ("evil.example", 421), ("localhost.evil.example", 421), ("", 421)],
)  # fmt: skip
def test_a_name_that_is_not_ours_is_not_served(locked, host, status):
    assert locked.get("/healthz", Host=host).status == status


def test_a_change_is_taken_from_our_own_pages_alone(locked):
    mine = {"Cookie": cookie(locked)}
    csrf = locked.get("/api/v1/session", **mine).json["csrf"]
    own = f"http://127.0.0.1:{locked.port}"
    refused = [
        {},
        {"X_CSRF_Token": "0" * 64},
        {"X_CSRF_Token": csrf, "Origin": "https://evil.example"},
        {"X_CSRF_Token": csrf, "Origin": "null"},
        {"X_CSRF_Token": csrf, "Sec_Fetch_Site": "cross-site"},
    ]
    for headers in refused:
        assert locked.get("/logout", "POST", **mine, **headers).status == 403, headers
    assert locked.get("/logout", "POST", **mine, X_CSRF_Token=csrf, Origin=own).status == 303
    assert locked.get("/logout", "POST", Authorization=f"Bearer {TOKEN}").status == 303
    assert log_in(locked, Origin="https://evil.example").status == 403


def test_who_guesses_waits_and_a_session_goes_on(guessed):
    mine = cookie(guessed)
    statuses = [guessed.get("/docs", Authorization="Bearer wrong").status for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    waiting = guessed.get("/api/v1/surebets", Authorization=f"Bearer {TOKEN}")
    assert waiting.status == 429
    assert 50 < int(waiting.headers["retry-after"]) <= 60
    assert log_in(guessed).status == 429
    assert guessed.get("/docs", Cookie=mine).status == 200
    compatible = guessed.get("/v4/sports?apiKey=x")
    assert (compatible.status, list(compatible.json)) == (429, ["message"])


def test_what_is_too_long_is_refused(locked):
    assert locked.get("/login", "POST", "x" * (MOST_BODY + 1)).status == 413
    assert log_in(locked, token="x" * 1000).status == 401
    assert locked.get(f"/v4/sports?{'x' * MOST_QUERY}=1").status == 414


def test_a_body_without_a_length_is_read_up_to_the_limit(locked):
    chunks = "".join(f"{1000:x}\r\n{'x' * 1000}\r\n" for _ in range(20)) + "0\r\n\r\n"
    assert len(chunks) > MOST_BODY
    answer = locked.get("/login", "POST", chunks, Transfer_Encoding="chunked")
    assert answer.status == 413
