"""The commands that read a running state: what they print, that it adds up, and that it is as of now."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from mispriced import __version__
from mispriced.backends.keys import Keys
from mispriced.backends.redis import RedisStore
from mispriced.cli.clock import SystemClock
from mispriced.cli.simulated import Simulated
from mispriced.cli.stores import own_server
from mispriced.messages import Assignment, Output, Subscription
from mispriced.pipeline.compare import DetectRules
from mispriced.pipeline.detect import Detect
from mispriced.pipeline.match import Match
from tests.cli.commands import COMMAND, Answer, Asked, environment, run, run_many
from tests.domain.quotes import quote

pytestmark = [pytest.mark.xdist_group("reading"), pytest.mark.timeout(180), pytest.mark.slow]

# Long enough that nothing grows stale while the tests run; what does is a test of its own.
FRESH = "\n[freshness]\nlive_s = 3000\nupcoming_s = 3000\ncadences = 0\n"
STALE = {"MISPRICED_FRESHNESS__LIVE_S": "0.001", "MISPRICED_FRESHNESS__UPCOMING_S": "0.001"}
SAID = "SIMULATED\n"
READING = ["surebets", "values", "odds", "events", "bookmakers", "doctor", "dlq list"]


def outcomes_of(one):
    return " ".join(leg["outcome"] for leg in one["legs"])


class State:
    """One cycle of a simulated world in a server: the report of `up --once`, and what commands say then."""

    def __init__(self, url, simulated, place):
        self.url = url
        self.simulated = simulated
        self.config = place / "reading.toml"
        self.config.write_text(first_days(simulated) + FRESH, encoding="utf-8")
        given = {"REDIS_URL": url, "MISPRICED_DATA_DIR": str(place)}
        self.first = run("up", "--once", "--json", "--config", str(self.config), **given)
        self.report = self.first.json
        self._said = {}
        self._ask([f"{words}{form}" for words in READING for form in ("", " --json")], {})
        self._ask([f"{words} --jsonl" for words in ("surebets", "odds", "events")], {})
        self._ask(["surebets", "surebets --json", "odds --json"], STALE)
        found = self.json("surebets")["surebets"]
        chosen = {(outcomes_of(one), one["source"]): one["id"] for one in found}
        self.chosen = [one for one in found if one["id"] in chosen.values()]
        self._ask([f"explain {one}{form}" for one in chosen.values() for form in ("", " --json")], {})
        first = self.chosen[0]
        self._ask([f"explain {first['id']}", f"explain {first['id']} --json"], STALE)
        self._ask(["explain sbnone", "odds mnone", f"odds {first['match_id']} --json"], {})

    def _ask(self, many, given):
        asked = [
            Asked([*words.split(), "--config", str(self.config)], {"REDIS_URL": self.url, **given})
            for words in many
        ]
        for words, answer in zip(many, run_many(asked), strict=True):
            self._said[words, bool(given)] = answer

    def answer(self, words, is_stale=False):
        return self._said[words, is_stale]

    def json(self, words, is_stale=False):
        answer = self.answer(f"{words} --json", is_stale)
        assert (answer.code, answer.err) == (0, SAID)
        return answer.json


def first_days(simulated):
    """Return the simulator's configuration with the first period of each bookmaker only.

    Without its own names: a command without a configuration looks under the usual ones.
    """
    text = re.sub(r"(?m)^(prefix|keys\.tag) = .*\n", "", simulated.config.read_text(encoding="utf-8"))
    return re.sub(r"(\.date = \[[^,\]]+)[^\]]*\]", r"\1]", text)


@pytest.fixture(scope="module")
def server():
    with own_server() as url:
        yield url


@pytest.fixture(scope="module")
def state(server, tmp_path_factory):
    with Simulated(["--seed", "5", "--plant", "12"]) as simulated:
        yield State(server, simulated, tmp_path_factory.mktemp("reading"))


def keys_of(rows):
    return sorted(row["id"] for row in rows)


def matches_of(rows):
    return {(row["match_id"], row["source"]) for row in rows}


class TestOutput:
    @pytest.mark.parametrize("words", READING)
    def test_json_is_all_there_is_on_standard_output(self, state, words):
        answer = state.answer(f"{words} --json")
        assert (answer.code, answer.err) == (0, SAID)
        assert isinstance(json.loads(answer.out), list | dict)
        assert answer.out.count("\n") == 1

    @pytest.mark.parametrize("words", ["surebets", "odds", "events"])
    def test_jsonl_is_a_line_for_each_row_of_json(self, state, words):
        rows = state.json(words)
        rows = rows["surebets"] if words == "surebets" else rows
        lines = [json.loads(line) for line in state.answer(f"{words} --jsonl").out.splitlines()]
        assert len(lines) == len(rows) > 3
        assert lines[0].keys() == rows[0].keys()
        name = "id" if words == "surebets" else "match_id"
        assert Counter(line[name] for line in lines) == Counter(row[name] for row in rows)

    @pytest.mark.parametrize("words", READING)
    def test_a_person_gets_a_table_in_the_width_of_the_terminal_and_a_pipe_no_colours(self, state, words):
        answer = state.answer(words)
        assert answer.code == 0
        assert answer.err.startswith(SAID)
        assert "\x1b" not in answer.out
        assert words == "doctor" or max(map(len, answer.out.splitlines()), default=0) <= 100

    def test_every_output_of_a_simulated_world_says_so(self, state):
        assert state.first.err == ""
        assert state.report["simulated"] is True
        assert state.json("surebets")["simulated"] is True
        bare = run("events", "--jsonl", REDIS_URL=state.url)
        assert (bare.code, bare.err) == (0, SAID), "known from the store, without its configuration"

    def test_a_reader_that_goes_away_is_no_error(self, state):
        for words in (["odds", "--jsonl"], ["odds"]):
            with subprocess.Popen(
                [*COMMAND, *words],
                env=environment(REDIS_URL=state.url),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            ) as process:
                process.stdout.read(10)
                process.stdout.close()
                assert (process.wait(20), process.stderr.read().decode()) == (0, SAID), words

    def test_the_version_is_the_packages(self):
        assert run("--version") == (0, f"mispriced {__version__}\n", "")

    def test_a_data_directory_is_a_state_of_its_own(self, tmp_path):
        answer = run("surebets", "--json", MISPRICED_DATA_DIR=str(tmp_path))
        assert (answer.code, answer.err) == (0, "")
        assert answer.json["surebets"] == []
        assert answer.json["failed"] == ["no bookmaker was read yet"]


class TestCounts:
    def test_the_report_of_a_cycle_and_the_commands_after_it_agree(self, state):
        report = state.report
        because = state.json("surebets")["because"]
        events = state.json("events")
        names = [{one["bookmaker"] for one in row["events"]} for row in events]
        keys = {(one["bookmaker"], one["source"], one["event_id"]) for row in events for one in row["events"]}
        assert len(keys) == sum(len(row["events"]) for row in events)
        assert len(keys) == report["events"] == because["events"]
        assert sum(len(one) > 1 for one in names) == report["matched"] == because["matched"]
        assert Counter(name for name, _, _ in keys) == Counter(
            {name: row["events"] for name, row in report["bookmakers"].items()}
        )
        assert because == report["because"]

    def test_what_stands_after_a_cycle_was_reported_and_the_rest_is_closed(self, state):
        found = state.json("surebets")
        standing, reported = set(keys_of(found["surebets"])), set(keys_of(state.report["surebets"]))
        store = RedisStore(state.url)
        assert standing == {one.id for one in store.opportunities()} <= reported
        store.close()
        assert len(matches_of(found["surebets"])) == found["because"]["surebets"] > 3
        assert sum(found["because"]["reasons"].values()) == found["because"]["judged"]

    def test_every_quote_that_was_read_is_in_one_document(self, state):
        rows = state.json("odds")
        seats = Counter(
            (row["quote"]["bookmaker"], row["source"], row["quote"]["event_id"], row["market"])
            for row in rows
        )
        assert set(seats.values()) == {1}
        assert (
            len({(row["match_id"], row["source"], row["market"]) for row in rows})
            == (state.report["because"]["documents"])
        )
        read: Counter[str] = Counter()
        new = 0
        for one in state.json("bookmakers")["extractions"]:
            read[one["bookmaker"]] += one["quotes"]
            new += one["stored"]["changed"] + one["stored"]["unknown"]
        assert len(rows) == new <= sum(read.values()) == state.report["quotes"]
        assert read == Counter({name: row["quotes"] for name, row in state.report["bookmakers"].items()})

    def test_the_legs_of_a_surebet_are_prices_that_are_offered_now(self, state):
        offered = {
            (row["match_id"], row["source"], row["market"], row["quote"]["bookmaker"]): row
            for row in state.json("odds")
        }
        for one in state.json("surebets")["surebets"]:
            for leg in one["legs"]:
                row = offered[one["match_id"], one["source"], leg["market"], leg["bookmaker"]]
                assert row["state"] == "fresh"
                assert row["quote"]["prices"][leg["outcome"]] == leg["price"]

    def test_the_odds_of_one_match_are_its_rows_of_all(self, state):
        match_id = state.chosen[0]["match_id"]
        mine = [row["quote"] for row in state.json("odds") if row["match_id"] == match_id]
        assert [row["quote"] for row in state.json(f"odds {match_id}")] == mine != []

    def test_doctor_and_bookmakers_name_each_site_and_its_last_answers(self, state):
        on = {
            (row["bookmaker"], source)
            for row in state.json("bookmakers")["bookmakers"]
            for source in row["on"]
        }
        assert len(on) == 7
        rows = {row["part"]: row for row in state.json("doctor")}
        assert all(row["is_ok"] for row in rows.values())
        for name, source in on:
            assert rows[f"bookmaker {name} {source}"]["is"].startswith(state.simulated.url)
            assert rows[f"answers {name} {source}"]["is"].endswith("errors: none")


class TestExplain:
    def test_what_explains_a_surebet_adds_up(self, state):
        assert len(state.chosen) > 3
        for one in state.chosen:
            proof = state.json(f"explain {one['id']}")
            assert (proof["id"], proof["source"]) == (one["id"], one["source"])
            assert (proof["stands"], proof["reason"]) == (True, "")
            assert outcomes_of(proof) == outcomes_of(one)
            assert proof["markets"] == list(dict.fromkeys(leg["market"] for leg in one["legs"]))
            assert sum(leg["share"] for leg in proof["legs"]) == pytest.approx(1)
            sums = proof["arithmetic"]
            total = sum(1 / leg["price"] for leg in proof["legs"])
            assert sums["book_sum"] == pytest.approx(total / sums["break_even"])
            assert sums["profit"] == pytest.approx(one["profit"])
            assert len(sums["pays"]) == 6
            assert set(sums["pays"].values()) == {round(1 + one["profit"], 6)}
            joined = {(each["bookmaker"], each["event_id"]) for each in proof["joined"]}
            for leg in proof["legs"]:
                assert (leg["bookmaker"], leg["event_id"]) in joined
                assert len(leg["origin"]["sha256"]) == 64
                assert leg["origin"]["request"].split(" ")[0] in ("GET", "POST")
                assert datetime.fromisoformat(leg["seen_at"]) <= datetime.now(UTC)
            (evidence,) = {json.dumps(each["evidence"]) for each in proof["joined"]}
            assert len(json.loads(evidence)["evidence"]) == len(proof["joined"]) - 1

    def test_a_person_can_copy_each_request_from_one_line(self, state):
        words = f"explain {state.chosen[0]['id']}"
        lines = state.answer(words).out.splitlines()
        for leg in state.json(words)["legs"]:
            assert any(line.endswith(leg["origin"]["request"]) for line in lines)
            assert any(leg["origin"]["sha256"] in line for line in lines)

    @pytest.mark.parametrize("words", ["explain sbnone", "odds mnone"])
    def test_what_is_not_known_is_named_with_what_is(self, state, words):
        answer = state.answer(words)
        what, value = {"explain": "surebet", "odds": "match"}[words.split()[0]], words.split()[1]
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith(f"{SAID}mispriced: unknown {what} {value!r}; allowed: ")
        assert answer.err.count("\n") == 2


class TestTime:
    def test_what_was_not_seen_within_its_limit_does_not_stand(self, state):
        before = state.json("surebets")
        found = state.json("surebets", is_stale=True)
        assert (found["surebets"], found["because"]["surebets"], found["because"]["best_sum"]) == (
            [],
            0,
            None,
        )
        assert found["because"]["reasons"]["refused: a leg is stale"] == len(matches_of(before["surebets"]))
        assert "prices count for 0 s" in " ".join(found["because"]["nearest"])
        said = state.answer("surebets", is_stale=True).out
        assert said.startswith("No surebet now, because:\n")
        assert {row["state"] for row in state.json("odds", is_stale=True)} == {"gone"}
        words = f"explain {state.chosen[0]['id']}"
        proof = state.json(words, is_stale=True)
        assert proof["stands"] is False
        assert "prices count for 0 s" in proof["reason"]
        assert "it does not stand now: " in state.answer(words, is_stale=True).out

    def test_a_second_cycle_reports_what_stands_and_only_what_it_read_itself(self, server, state, tmp_path):
        given = {"REDIS_URL": server, "PREFIX": "twice", "MISPRICED_DATA_DIR": str(tmp_path)}
        full = run("up", "--once", "--json", "--config", str(state.config), **given)
        less = tmp_path / "less.toml"
        lines = state.config.read_text(encoding="utf-8").splitlines()
        without = [line for line in lines if not line.startswith("BookieBeta.date")]
        less.write_text("\n".join(without) + "\n", encoding="utf-8")
        again = run("up", "--once", "--json", "--config", str(less), **given)
        assert (full.code, again.code) == (0, 0)
        first, second = full.json, again.json
        assert len(first["surebets"]) > 3
        assert len(second["surebets"]) >= second["because"]["surebets"]
        assert second["bookmakers"]["BookieBeta"].keys() == {"events"}
        assert second["quotes"] == sum(row.get("quotes", 0) for row in second["bookmakers"].values())
        standing = run("surebets", "--json", "--config", str(less), **given).json
        assert {one["id"] for one in standing["surebets"]} <= {one["id"] for one in second["surebets"]}

    def test_sites_that_fail_are_named_and_what_was_read_before_is_not_new(self, server, state, tmp_path):
        given = {"REDIS_URL": server, "PREFIX": "fails", "MISPRICED_DATA_DIR": str(tmp_path)}
        down = tmp_path / "down.toml"
        text = state.config.read_text(encoding="utf-8")
        down.write_text(text.replace(state.simulated.url, "http://127.0.0.1:1"), encoding="utf-8")
        words = ["--json", "--config", str(down)]
        answer = run("up", "--once", *words, **given)
        assert answer.code == 3, "nothing was read: that is no success"
        assert (answer.json["events"], answer.json["quotes"], answer.json["surebets"]) == (0, 0, [])
        failed = run("surebets", *words, **given).json["failed"]
        assert len(failed) == 7
        assert failed[0].startswith("BookieAlpha live: 3 rejected live: no connection: ")
        doctor = run("doctor", *words, **given)
        assert doctor.code == 3
        rows = {row["part"]: row for row in doctor.json}
        alpha = rows["answers BookieAlpha live"]
        assert alpha["is_ok"] is False
        assert alpha["is"].startswith("last good never; errors: 3 rejected live: no connection")


class TestOffline:
    """`extract` and `parse` on the simulator's own answers."""

    def test_one_reading_prints_its_quotes_and_counts_beside(self, state):
        answer = run("extract", "bookiealpha", "btts", "live", "-1", "--config", str(state.config))
        quotes = [json.loads(line) for line in answer.out.splitlines()]
        assert answer.code == 0
        assert len(quotes) > 10
        assert {(one["bookmaker"], one["market"], one["source"]) for one in quotes} == {
            ("BookieAlpha", "btts", "live")
        }
        assert answer.err == f"{len(quotes)} quotes, {len(quotes)} events, 0 skipped; 1 ok\n"
        found = run("extract", "BookieAlpha", "btts", "live", "-1", "--json", "--config", str(state.config))
        assert found.json["report"]["quotes"] == len(found.json["quotes"])

    def test_a_broken_item_costs_itself_and_is_reported(self, state, tmp_path):
        with urllib.request.urlopen(f"{state.simulated.url}/alpha-live/v1/uo/matches", timeout=10) as answer:
            page = json.load(answer)
        events = page["data"]
        file = tmp_path / "live.json"
        file.write_text(json.dumps(page), encoding="utf-8")
        sound = run("parse", "BookieAlpha", "live", "live", str(file), "--json")
        del events[0]["home_team"]
        events[1]["home_team"] = "\x9b31m[red]x[/red] ]8;;https://canary"
        file.write_text(json.dumps(page), encoding="utf-8")
        broken = run("parse", "BookieAlpha", "live", "live", str(file), "--json")
        assert (sound.code, sound.json["outcome"], sound.json["skipped"]) == (0, "ok", [])
        assert (broken.code, broken.json["outcome"]) == (3, "partial")
        (skipped,) = broken.json["skipped"]
        assert "home_team" in skipped["reason"]
        first = str(events[0]["parent_match_id"])
        kept = [one["event_id"] for one in sound.json["quotes"] if one["event_id"] != first]
        assert [one["event_id"] for one in broken.json["quotes"]] == kept
        said = run("parse", "BookieAlpha", "live", "live", str(file))
        assert said.code == 3
        assert [json.loads(line) for line in said.out.splitlines()] == broken.json["quotes"]
        assert f"skipped: {skipped['reason']}" in said.err.splitlines()
        assert "\x9b" not in said.out + said.err


# Names that a bookmaker may give: markup, escapes, controls, directions, lines.
ANYBODY = Subscription(streams=("x",), group="g", consumer="c")
ODD = [
    "[red]Real[/red] Madrid",
    "Barça [/] \\[b",
    "<script>alert(1)</script>",
    "Inter\x1b[31m\x07\x9b2J",
    "\u202eMilan\u2066 :smile:",
    "Ajax\nUtrecht\tB",
]


BOTH_SCORE = (("BookieAlpha", {"yes": 1.92, "no": 1.93}), ("BookieGamma", {"yes": 1.75, "no": 2.15}))


@contextmanager
def odd_state(server, prefix):
    """Fill a prefix of the server with surebets of events with odd names."""
    clock = SystemClock()
    store = RedisStore(server, Keys(prefix=prefix))
    kickoff = clock.now() + timedelta(hours=3)
    quotes = [
        quote(
            bookmaker,
            prices,
            event_id=f"{number}",
            refs={"betradar": f"{number}"},
            home=name,
            away=f"{name} II",
            competition=name,
            category="men",
            market="btts",
            kickoff=kickoff,
            seen_at=clock.now(),
        )
        for number, name in enumerate(ODD, 1)
        for bookmaker, prices in BOTH_SCORE
    ]
    store.upsert(quotes, clock.now())
    for group, stream, stage in (
        ("match", store.data_stream("btts", "upcoming"), Match(store, clock)),
        ("detect", store.matched_stream("btts", "upcoming"), Detect(store, clock, DetectRules())),
    ):
        subscription = Subscription(streams=(stream,), group=group, consumer="one")
        while messages := store.read(subscription, 100, 0):
            handled = stage.handle(messages)
            store.commit(subscription, handled.effects, clock.now(), handled.assignments, handled.version)
    yield store
    store.close()


@pytest.fixture(scope="module")
def odd(server):
    """Return what the reading commands say of events with odd names."""
    given = {"REDIS_URL": server, "PREFIX": "odd", "COLUMNS": "250"}
    with odd_state(server, "odd") as store:
        found = {one.home: one.id for one in store.opportunities()}
        many = [
            "surebets",
            "surebets --json",
            "odds",
            "events",
            *(f"explain {one}" for one in found.values()),
            *(f"stakes {one} --total 100 --json" for one in found.values()),
        ]
        asked = [Asked(words.split(), given) for words in many]
        said = dict(zip(many, run_many(asked), strict=True))
    explained = [said[f"explain {found[name]}"] for name in ODD]
    whole = Answer(max(one.code for one in explained), "".join(one.out for one in explained), "")
    staked = [said[f"stakes {found[name]} --total 100 --json"] for name in ODD]
    return said | {"explain": whole, "stakes": staked}


class TestStakes:
    def test_a_surebet_that_stands_is_staked_on_its_own_legs(self, odd):
        for answer, name in zip(odd["stakes"], ODD, strict=True):
            [surebet] = [one for one in odd["surebets --json"].json["surebets"] if one["home"] == name]
            legs = [(leg["outcome"], leg["bookmaker"], leg["price"]) for leg in surebet["legs"]]
            bets = answer.json["bets"]
            assert [(one["outcome"], one["bookmaker"], one["price"]) for one in bets] == legs
            returned = 100 * (1 + surebet["profit"])
            assert float(answer.json["guaranteed"]) == pytest.approx(returned - 100, abs=0.05)


class TestNames:
    def test_json_gives_names_as_they_are_and_a_terminal_nothing_to_obey(self, odd):
        answer = odd["surebets --json"]
        assert sorted(one["home"] for one in answer.json["surebets"]) == sorted(ODD)
        assert answer.out.removesuffix("\n").isprintable()

    @pytest.mark.parametrize("words", ["surebets", "odds", "events", "explain"])
    def test_names_are_text_and_no_markup_emoji_or_control(self, odd, words):
        answer = odd[words]
        assert (answer.code, answer.err) == (0, "")
        assert answer.out.replace("\n", "").isprintable()
        for name in ("[red]Real[/red]", "Barça [/]", "<script>alert(1)</script>", "Inter�[31m", ":smile:"):
            assert name in answer.out, name

    def test_a_match_is_found_by_an_id_that_it_had(self, server):
        with odd_state(server, "old") as store:
            known = store.events()[1]
            kept, lost = known[0].match_id, known[-1].match_id
            assert kept != lost
            moved = [Assignment(event=one.event, match_id=kept) for one in known if one.match_id == lost]
            store.commit(ANYBODY, [], SystemClock().now(), moved)
            answer = run("odds", lost, "--json", REDIS_URL=server, PREFIX="old")
            assert {row["match_id"] for row in answer.json} == {kept}


class TestDeadLetters:
    def test_letters_are_listed_replayed_dropped_and_counted(self, server):
        store = RedisStore(server, Keys(prefix="dead"))
        store.publish([Output(stream="dead-jobs", fields={"n": "\x1b[31m"})] * 3)
        jobs = Subscription(streams=("dead-jobs",), group="g", consumer="one")
        for one in store.read(jobs, 10, 0):
            store.bury(jobs, one, "no [red]job[/red]\nat all\x1b", SystemClock().now())
        ids = [letter.id for letter in store.dead_letters()]
        store.close()
        many = [
            "dlq list --json", "dlq list", "doctor --json", f"dlq replay {ids[0]}", f"dlq drop {ids[0]}",
            "dlq drop all", "dlq list --json", "dlq drop all",
        ]  # fmt: skip
        given = {"REDIS_URL": server, "PREFIX": "dead", "COLUMNS": "250"}
        said = run_many([Asked(words.split(), given) for words in many], at_once=1)
        listed, shown, doctor, replayed, wrong, dropped, empty, nothing = said
        assert [(one["id"], one["stream"], one["error"], one["fields"]) for one in listed.json] == [
            (letter, "dead-jobs", "no [red]job[/red]\nat all\x1b", {"n": "\x1b[31m"}) for letter in ids
        ]
        assert shown.err == "3 dead letters\n"
        assert shown.out.count("no [red]job[/red]�at all�\n") == 3
        rows = {row["part"]: row for row in doctor.json}
        assert rows["dead letters"] == {
            "part": "dead letters",
            "is_ok": False,
            "is": "3; see `mispriced dlq list`",
        }
        assert replayed == (0, "1 replayed\n", "")
        line = f"mispriced: unknown dead letter '{ids[0]}'; allowed: {ids[1]}, {ids[2]}"
        assert (wrong.code, wrong.err.startswith(line)) == (2, True)
        assert dropped == (0, "2 dropped\n", "")
        assert empty.json == []
        assert nothing == (0, "0 dropped\n", "")
