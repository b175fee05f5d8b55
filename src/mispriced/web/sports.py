"""Sport keys of the compatible API: competitions as The Odds API names them, and a rule for all others.

Source: the list of sports in the public documentation of The Odds API v4. A competition is recognised by
its country and one of its names; one that is not in the table is `soccer_COUNTRY_NAME`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

ALL: Final = "soccer"
UPCOMING: Final = "upcoming"
NEXT: Final = 8  # matches of `upcoming` that have not begun; it has all that have

# key | title | country | further names
TABLE: Final = """
soccer_epl | EPL | England | Premier League; English Premier League
soccer_efl_champ | Championship | England | EFL Championship; English Championship
soccer_england_league1 | League 1 | England | League One; EFL League One
soccer_england_league2 | League 2 | England | League Two; EFL League Two
soccer_fa_cup | FA Cup | England |
soccer_spain_la_liga | La Liga - Spain | Spain | LaLiga; La Liga; Primera Division
soccer_spain_segunda_division | La Liga 2 - Spain | Spain | LaLiga 2; Segunda Division
soccer_italy_serie_a | Serie A - Italy | Italy | Serie A; Italy Serie A
soccer_italy_serie_b | Serie B - Italy | Italy | Serie B; Italy Serie B
soccer_germany_bundesliga | Bundesliga - Germany | Germany | Bundesliga; German Bundesliga
soccer_germany_bundesliga2 | Bundesliga 2 - Germany | Germany | 2. Bundesliga; Bundesliga 2
soccer_germany_liga3 | 3. Liga - Germany | Germany | 3. Liga; Liga 3
soccer_france_ligue_one | Ligue 1 - France | France | Ligue 1
soccer_france_ligue_two | Ligue 2 - France | France | Ligue 2
soccer_netherlands_eredivisie | Dutch Eredivisie | Netherlands | Eredivisie
soccer_portugal_primeira_liga | Primeira Liga - Portugal | Portugal | Primeira Liga; Liga Portugal
soccer_belgium_first_div | Belgium First Div | Belgium | First Division A; Jupiler Pro League; Pro League
soccer_turkey_super_league | Turkey Super League | Turkey | Super Lig; Super League
soccer_greece_super_league | Super League - Greece | Greece | Super League; Super League 1
soccer_spl | Premiership - Scotland | Scotland | Premiership; Scottish Premiership
soccer_switzerland_superleague | Swiss Superleague | Switzerland | Super League
soccer_austria_bundesliga | Austrian Football Bundesliga | Austria | Bundesliga
soccer_denmark_superliga | Denmark Superliga | Denmark | Superliga; Superligaen
soccer_norway_eliteserien | Eliteserien - Norway | Norway | Eliteserien
soccer_sweden_allsvenskan | Allsvenskan - Sweden | Sweden | Allsvenskan
soccer_sweden_superettan | Superettan - Sweden | Sweden | Superettan
soccer_finland_veikkausliiga | Veikkausliiga - Finland | Finland | Veikkausliiga
soccer_poland_ekstraklasa | Ekstraklasa - Poland | Poland | Ekstraklasa
soccer_usa_mls | MLS | USA | Major League Soccer
soccer_mexico_ligamx | Liga MX | Mexico | Liga MX Apertura; Liga MX Clausura
soccer_brazil_campeonato | Brazil Série A | Brazil | Serie A; Brasileirao Serie A; Brasileiro Serie A
soccer_brazil_serie_b | Brazil Série B | Brazil | Serie B; Brasileiro Serie B
soccer_argentina_primera_division | Primera División - Argentina | Argentina | Liga Profesional
soccer_chile_campeonato | Primera División - Chile | Chile | Primera Division
soccer_australia_aleague | A-League | Australia |
soccer_japan_j_league | J League | Japan | J1 League; J. League
soccer_korea_kleague1 | K League 1 | South Korea | K League
soccer_china_superleague | Super League - China | China | Super League; Chinese Super League
"""


class Sport(Struct, frozen=True, kw_only=True):
    """A competition as the compatible API lists it."""

    key: str
    group: str = "Soccer"
    title: str
    description: str
    active: bool = True
    has_outrights: bool = False


def sport_of(country: str, competition: str) -> Sport:
    """Return the sport of a competition.

    >>> sport_of("England", "Premier League").key
    'soccer_epl'
    >>> sport_of("Kenya", "Premier League").key
    'soccer_kenya_premier_league'
    """
    known = _KNOWN.get((_slug(country), _slug(competition)))
    if known is not None:
        return known
    name = "_".join(one for one in (_slug(country), _slug(competition)) if one)
    return Sport(
        key=f"{ALL}_{name or 'other'}",
        title=competition or "Other",
        description=" ".join(one for one in (country, competition) if one) or "Other competitions",
    )


def all_sports() -> Iterable[Sport]:
    """Return every competition of the table."""
    return dict.fromkeys(_KNOWN.values())


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "_".join(re.findall(r"[a-z0-9]+", plain.casefold()))


def _known() -> dict[tuple[str, str], Sport]:
    found = {}
    for line in TABLE.strip().splitlines():
        key, title, country, further = (one.strip() for one in line.split("|"))
        sport = Sport(key=key, title=title, description=f"{country} football")
        for name in (title, *further.split(";")):
            found[_slug(country), _slug(name)] = sport
    return found


_KNOWN: Final = _known()
