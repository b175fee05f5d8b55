"""The commands around the record, as a person gives them."""

from __future__ import annotations

import json

from mispriced.simulator.configuration import config_toml
from tests.cli.commands import Asked, run, run_many
from tests.domain.quotes import quote
from tests.history.test_read import quotes, write


def test_the_record_is_asked_in_words_and_in_json(tmp_path):
    write(tmp_path, "quotes-upcoming", quotes(("m1", quote()), ("m2", quote(event_id="2"))))
    place = ["--dir", str(tmp_path)]
    words, asked, margins, empty, market, nowhere, replay = run_many(
        [
            Asked(["history", "quotes", "m1", *place]),
            Asked(["history", "quotes", "m1", "--json", *place]),
            Asked(["history", "margins", "--json", *place]),
            Asked(["history", "survival", *place]),
            Asked(["history", "quotes", "m1", "--market", "bts", *place]),
            Asked(["history", "margins", "--dir", str(tmp_path / "none")]),
            Asked(["replay", str(tmp_path / "none")]),
        ]
    )
    line = "2026-05-14 12:00:00  three_way  upcoming  BookieAlpha  1 2.30  X 3.20  2 3.55\n"
    assert (words.code, words.out) == (0, line)
    assert [one["prices"] for one in asked.json] == [{"1": 2.3, "X": 3.2, "2": 3.55}]
    assert [one["quotes"] for one in margins.json] == [2]
    assert (empty.code, empty.out) == (0, "")
    assert (market.code, market.err.strip().endswith("; did you mean 'btts'?")) == (2, True)
    assert (nowhere.code, "nothing is recorded in" in nowhere.err) == (2, True)
    assert (replay.code, replay.err) == (2, f"mispriced: {tmp_path / 'none'} is no folder\n")


def test_a_bookmakers_answers_are_kept_on_request_and_nothing_of_one_that_is_off(tmp_path):
    config = tmp_path / "mispriced.toml"
    config.write_text(config_toml("http://127.0.0.1:9", [("BookieBeta", "upcoming")]))
    off = run("record", "--raw", "BookieGamma", "--config", str(config))
    assert (off.code, off.err) == (
        78,
        "mispriced: BookieGamma has no address and periods: there is nothing to read\n",
    )
    gone = run("record", "--raw", "bookiebeta", "--config", str(config), "--out", str(tmp_path / "raw"))
    assert gone.code == 1
    assert "0 answers in" in gone.err
    assert not (tmp_path / "raw").exists()
    both = run("record", "--raw", "BookieBeta", "--forget", "--config", str(config))
    assert (both.code, both.err) == (2, "mispriced: of --raw and --forget only one can be given\n")


def test_the_demos_answers_are_kept_and_read_again(tmp_path):
    from mispriced.cli.simulated import Simulated

    with Simulated(["--seed", "3"]) as simulated:
        out = tmp_path / "raw"
        kept = run("record", "--raw", "BookieAlpha", "--config", str(simulated.config), "--out", str(out))
    assert kept.code == 0, kept.err
    routes = json.loads((out / "routes.json").read_text())["routes"]
    assert {(one["bookmaker"], one["source"]) for one in routes} == {
        ("BookieAlpha", "upcoming"),
        ("BookieAlpha", "live"),
    }
    [answer] = [one for one in routes if one["step"] == "live"][:1]
    read = run("parse", "BookieAlpha", "live", "live", str(out / answer["file"]), "--json")
    assert read.json["quotes"]
