"""The weather at the ground, in the API's units and beside them in Fahrenheit and miles an hour."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from mispriced.livedata.forms import Environment
from mispriced.livedata.words import WEATHER

MPH: Final = 2.237  # miles an hour in a metre a second
_NUMBER: Final = re.compile(r"\s*(-?\d{1,4}(?:\.\d*)?)")


class Conditions(Struct, frozen=True, kw_only=True):
    """A match's environment as a summary has it; what the API does not say is None."""

    weather: int | None = None
    weather_description: str | None = None
    temperature: str | None = None
    temperature_fahrenheit: str | None = None
    humidity: str | None = None
    wind_speed: str | None = None
    wind_speed_mph: str | None = None
    pressure: str | None = None


def conditions(environment: Environment | None) -> Conditions:
    """Return the environment with both units; a text without a number has no second unit.

    >>> read = conditions(Environment(5, "762mmHg", "28°C", "11.m/s", "37%"))
    >>> read.weather_description, read.temperature_fahrenheit, read.wind_speed_mph
    ('Sunny', '82.4°F', '24.6mph')
    """
    if environment is None:
        return Conditions()
    printed = str(environment.weather)
    weather = int(printed) if printed.isascii() and printed.isdecimal() else None
    celsius, metres = _number(environment.temperature), _number(environment.wind)
    return Conditions(
        weather=weather,
        weather_description=None if weather is None else WEATHER.get(weather),
        temperature=environment.temperature or None,
        temperature_fahrenheit=None if celsius is None else f"{celsius * 9 / 5 + 32:.1f}°F",
        humidity=environment.humidity or None,
        wind_speed=environment.wind or None,
        wind_speed_mph=None if metres is None else f"{metres * MPH:.1f}mph",
        pressure=environment.pressure or None,
    )


def _number(text: str | None) -> float | None:
    found = _NUMBER.match(text or "")
    return float(found[1]) if found else None
