"""Words of club and competition names that say something other than which club it is.

Folded as `names.fold` does: lower case, no accents. General words of the field in the languages of the
bookmakers' sites; no word stands here because of one club or one data set.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WOMEN: Final = _words(
    "women womens woman wom ladies girls lfc wfc fem femenino femenina femenil feminas feminino feminina "
    "feminin feminine feminines femminile frauen damen dames damer kvinner kvinnor kvinder naiset naisten "
    "vrouwen kobiet zeny zene"
)
WOMENS_COMPETITIONS: Final = _words(
    "wsl nwsl uwcl damallsvenskan elitettan toppserien kvindeliga kvindeligaen naistenliiga"
)
YOUTH: Final = _words("youth youths primavera juvenil juveniles juniores jugend espoirs")
RESERVE: Final = _words("reserve reserves reserva reservas res rez rezerve")
SECOND_SIDE: Final = _words("ii iii 2 3")
"""What the second side of a club bears at the end of its name; elsewhere they are parts of a name."""
VIRTUAL: Final = _words(
    "srl simulated simulation virtual virtuals esoccer efootball esport esports ebattle cyber cyberfootball "
    "cybersport"
)

CLUB_FORMS: Final = _words(
    "fc cf afc sc ac as cd cs sk fk bk if nk hnk sv fv vfl vfb vfr tsv tsg tus ks mks gks rks kks us ud "
    "sd ca cr se ec ad cfr acs asd ssd ssc ss kv krc rsc kaa kfc rfc pfc ofk pfk fbc kf ff il is ik jk "
    "jks sfc cfc csm cso csu bfc dfc cdc rcd rc rcs ces gd gnk osk ssk msk mfk tj sp club clube klub "
    "klubi kulubu kulup football futbol futebol fotbal fotball fodbold fussball voetbal futbolny "
    "fotbalovy calcio sport sports sportif sportive sportiv association associazione asociacion "
    "associacao societa society team "
    "de la le les el los las du do da di del des der den the of and et und y e d a al"
)
"""Words of every second club's name: they say almost nothing about which club it is."""

SHARED_WORDS: Final = _words(
    "united utd unidos unido city town county rovers wanderers rangers athletic athletico atletico atletic "
    "albion real royal sporting deportivo deportes deportiva desportivo desportiva sportivo sportiva union "
    "uniao unione racing stade central nacional national international internacional inter gimnasia dinamo "
    "dynamo lokomotiv lokomotive lokomotivi spartak cska torpedo metalurg metallurg shakhtar zenit slavia "
    "sparta maccabi hapoel beitar bnei ironi olympic olympique olimpia olimpija olympiacos olympiakos "
    "independiente universidad universitatea universitario universitaria estudiantes academica academico "
    "academia academy juniors juventud juventude borussia eintracht fortuna hertha viktoria rapid austria "
    "wisla stal ruch gornik partizan bohemians ferroviario young boys old san santa santo sao saint st sankt "
    "sint new nova nueva novi north south east west northern southern eastern western"
)
"""Words that many clubs bear as their own: they say something, but no single one of them decides."""
SHORT_FORMS: Final = {"utd": "united"}
"""Short forms that everybody writes: the same word, so that one bookmaker may write both."""
