"""The weather in both units."""

import json

import pytest

from mispriced.livedata.environment import Conditions, conditions
from mispriced.livedata.forms import Environment


@pytest.mark.parametrize(
    ("weather", "number", "description"),
    [(13, 13, "Fog"), ("5", 5, "Sunny"), (99, 99, None), (0, 0, None), ("", None, None), (None, None, None)],
)
def test_a_weather_id_is_the_vendors_word_or_none(weather, number, description):
    found = conditions(Environment(weather=weather))
    assert found == Conditions(weather=number, weather_description=description)


def test_what_is_not_said_is_none():
    assert conditions(None) == conditions(Environment(temperature="", wind="")) == Conditions()


@pytest.mark.parametrize(
    ("celsius", "fahrenheit"), [("0°C", "32.0°F"), ("-5°C", "23.0°F"), ("30°C", "86.0°F"), ("mild", None)]
)
def test_a_temperature_is_in_fahrenheit_too(celsius, fahrenheit):
    assert conditions(Environment(temperature=celsius)).temperature_fahrenheit == fahrenheit


def test_the_recorded_originals_second_units_come_out(shared_data):
    recorded = json.loads((shared_data / "recorded/thesports/step2_sample_2025-06-10_v2.json").read_text())
    for summary in recorded["summaries"]:
        one = summary["environment"]
        found = conditions(
            Environment(
                one["weather"], one["pressure"], one["temperature"], one["wind_speed"], one["humidity"]
            )
        )
        assert {name: getattr(found, name) for name in one} == one
