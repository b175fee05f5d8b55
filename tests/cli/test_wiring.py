"""How many bookmakers a document is announced from: the setting's number, or the documents' batch rule."""

import re

import pytest

from mispriced.cli.wiring import announced_from, plausible, settlement_rules, sites, value_rule
from mispriced.domain.plausibility import PlausibilityLimits
from mispriced.domain.settlement import Rules
from mispriced.domain.value import ValueRule
from mispriced.errors import Misconfigured
from mispriced.settings import load
from mispriced.simulator.configuration import config_toml


@pytest.fixture
def configured(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def load_with(line):
        file = tmp_path / "mispriced.toml"
        file.write_text(line + "\n" + config_toml("http://127.0.0.1:1"))
        return load(file)

    return load_with


@pytest.mark.parametrize(
    ("line", "source", "three_way", "btts", "double_chance"),
    [
        ("", None, 2, 2, 2),
        ("min_bookmakers = 2", "live", 2, 2, 2),
        ("min_bookmakers = 3", "upcoming", 3, 3, 3),
        ("min_bookmakers = 1", None, 1, 1, 1),
        ('min_bookmakers = "batch"', "upcoming", 4, 2, 4),
        ('min_bookmakers = "batch"', "live", 3, 2, 3),
        ('min_bookmakers = "batch"', None, 3, 2, 3),
    ],
)
def test_a_document_is_announced_from_so_many_bookmakers(
    configured, line, source, three_way, btts, double_chance
):
    rule = announced_from(configured(line), source)
    assert rule == {"three_way": three_way, "btts": btts, "double_chance": double_chance}


@pytest.mark.parametrize("value", ["0", '"all"', "-1", "2.5"])
def test_another_number_or_word_is_refused(configured, value):
    with pytest.raises(Misconfigured, match="min_bookmakers"):
        configured(f"min_bookmakers = {value}")


@pytest.mark.parametrize(("share", "connections"), [(1, 50), (3, 16), (15, 3), (200, 1)])
def test_workers_that_share_a_site_share_its_connections(configured, share, connections):
    found = sites(configured(f"share = {share}"))
    assert {one.limits.connections for one in found.values()} == {connections}
    assert {one.limits.per_second for one in found.values()} == {0}


def test_the_settings_of_value_reach_the_rule(monkeypatch):
    monkeypatch.setenv("MISPRICED_VALUE__STRATEGY", "consensus")
    monkeypatch.setenv("MISPRICED_VALUE__CLONES", '[["BookieAlpha", "BookieGamma"]]')
    expected = ValueRule(strategy="consensus", clones=(frozenset({"BookieAlpha", "BookieGamma"}),))
    assert value_rule(load()) == expected


def test_the_settings_of_plausibility_reach_the_limits(monkeypatch):
    monkeypatch.setenv("MISPRICED_PLAUSIBILITY__OVERROUNDS", '{"BookieAlpha/btts": [0.02, 0.1]}')
    assert plausible(load()) == PlausibilityLimits(overrounds={"BookieAlpha/btts": (0.02, 0.1)})
    monkeypatch.setenv("MISPRICED_PLAUSIBILITY__OVERROUNDS", '{"bts": [0.02, 0.1]}')
    with pytest.raises(Misconfigured, match="did you mean 'btts'"):
        plausible(load())


def test_rules_of_settlement_reach_the_table(tmp_path):
    file = tmp_path / "mispriced.toml"
    file.write_text('[settlement.rules."BookieAlpha/btts"]\nabandoned = "void"\nsource = "its page"\n')
    assert settlement_rules(load(file)) == {"BookieAlpha/btts": Rules(abandoned="void", source="its page")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[terms.BookieAlpha.tax]]\nsince = 2026-01-01\non_stakes = 0.1", "did you mean 'on_stake'?"),
        ("[settlement.rules.BookieAlpha]\nabandonned = 'void'", "did you mean 'abandoned'?"),
        ("[plausibility]\nfartest = 1", "did you mean 'farthest'?"),
    ],
)
def test_a_misspelt_key_of_judging_is_said_with_the_nearest(tmp_path, text, said):
    file = tmp_path / "mispriced.toml"
    file.write_text(text)
    with pytest.raises(Misconfigured, match=re.escape(said)):
        load(file)
