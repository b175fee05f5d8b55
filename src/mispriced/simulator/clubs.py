"""Real clubs and competitions that the seeded fixtures are drawn from.

A club is its official name and, after `=`, the short form that some bookmakers list. Not here: how
a bookmaker spells it (spelling), who meets whom (fixtures).
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class Club(Struct, frozen=True):
    """A club: its official name, and a short form, the same where there is none."""

    name: str
    short: str


class Competition(Struct, frozen=True):
    """A competition: its country, its name and another name for it, its clubs."""

    country: str
    name: str
    other_name: str
    clubs: tuple[Club, ...]


def _competitions(text: str) -> tuple[Competition, ...]:
    found = []
    for block in text.strip().split("\n\n"):
        head, _, names = block.partition("\n")
        country, name, other = (part.strip() for part in head.split("|"))
        clubs = [one.split("=") for one in names.replace("\n", " ").split(";")]
        found.append(
            Competition(
                country, name, other, tuple(Club(parts[0].strip(), parts[-1].strip()) for parts in clubs)
            )
        )
    return tuple(found)


# Several clubs share a name across countries (Everton, Liverpool, Barcelona, River Plate, Racing,
# Nacional, Rangers, Guaraní, Independiente, Universidad Católica, Arsenal): bait for a matcher.
FIRST: Final = _competitions("""
England | Premier League | English Premier League
Arsenal FC; Aston Villa FC; AFC Bournemouth; Brentford FC; Brighton & Hove Albion FC=Brighton; Burnley FC;
Chelsea FC; Crystal Palace FC; Everton FC; Fulham FC; Leeds United FC; Liverpool FC; Manchester City FC=Man
City; Manchester United FC=Man United; Newcastle United FC; Nottingham Forest FC; Sunderland AFC; Tottenham
Hotspur FC=Tottenham; West Ham United FC; Wolverhampton Wanderers FC=Wolverhampton

Spain | LaLiga | La Liga
Athletic Club Bilbao=Athletic Bilbao; Atlético Madrid=Atl. Madrid; CA Osasuna; RC Celta de Vigo=Celta Vigo;
Deportivo Alavés=Alavés; Elche CF; FC Barcelona; Getafe CF; Girona FC; Levante UD; RCD Mallorca; Rayo
Vallecano; Real Betis Balompié=Real Betis; RCD Espanyol Barcelona=Espanyol; Real Madrid CF; Real Oviedo;
Real Sociedad San Sebastián=Real Sociedad; Sevilla FC; Valencia CF; Villarreal CF

Italy | Serie A | Italy Serie A
AC Milan; ACF Fiorentina; AS Roma; Atalanta BC; Bologna FC; Cagliari Calcio=Cagliari; Como 1907=Como; US
Cremonese; Genoa CFC=Genoa; Hellas Verona FC; Inter Milano=Inter; Juventus FC; SS Lazio; US Lecce; SSC
Napoli=Napoli; Parma Calcio=Parma; Pisa SC; US Sassuolo; Torino FC; Udinese Calcio=Udinese

Germany | Bundesliga | 1. Bundesliga
1. FC Heidenheim=Heidenheim; 1. FC Köln=FC Köln; 1. FC Union Berlin=Union Berlin; FSV Mainz 05=Mainz 05;
Bayer 04 Leverkusen=Bayer Leverkusen; FC Bayern München=Bayern München; Borussia Dortmund; Borussia
Mönchengladbach=Mönchengladbach; Eintracht Frankfurt; FC Augsburg; Hamburger SV; RB Leipzig; SC Freiburg; FC
St. Pauli; TSG Hoffenheim; VfB Stuttgart; VfL Wolfsburg; SV Werder Bremen=Werder Bremen

France | Ligue 1 | France Ligue 1
AJ Auxerre; Angers SCO=Angers; AS Monaco; FC Lorient; FC Metz; FC Nantes; Le Havre AC; Lille OSC=Lille; OGC
Nice=Nice; Olympique Lyonnais=Olympique Lyon; Olympique de Marseille=Olympique Marseille; Paris FC; RC Lens;
RC Strasbourg; Paris Saint-Germain FC=Paris St. Germain; Stade Brestois 29=Stade Brest; Stade Rennais
FC=Stade Rennes; Toulouse FC

Netherlands | Eredivisie | Holland Eredivisie
Ajax Amsterdam=Ajax; AZ Alkmaar; SBV Excelsior=Excelsior; FC Groningen; FC Twente Enschede=FC Twente; FC
Utrecht; FC Volendam; Feyenoord Rotterdam=Feyenoord; Fortuna Sittard; Go Ahead Eagles; SC Heerenveen;
Heracles Almelo; NAC Breda; NEC Nijmegen; PEC Zwolle; PSV Eindhoven; Sparta Rotterdam; SC Telstar

Portugal | Primeira Liga | Liga Portugal
FC Alverca; FC Arouca; AVS Futebol=AVS; SL Benfica=Benfica; SC Braga; Casa Pia AC=Casa Pia; CF Estrela
Amadora; GD Estoril Praia=Estoril; FC Famalicão; Gil Vicente FC; Moreirense FC; CD Nacional; FC Porto; Rio
Ave FC; CD Santa Clara; Sporting CP Lisboa=Sporting Lisboa; CD Tondela; Vitória SC Guimarães=Vitória
Guimarães

Turkey | Süper Lig | Super Lig
Alanyaspor; Antalyaspor; Beşiktaş JK=Beşiktaş; Çaykur Rizespor=Rizespor; Eyüpspor; Fatih Karagümrük;
Fenerbahçe SK=Fenerbahçe; Galatasaray SK=Galatasaray; Gaziantep FK; Gençlerbirliği; Göztepe SK; Kasımpaşa
SK; İstanbul Başakşehir FK=Başakşehir; Kayserispor; Kocaelispor; Konyaspor; Samsunspor; Trabzonspor

Scotland | Premiership | Scottish Premiership
Aberdeen FC; Celtic FC; Dundee FC; Dundee United FC; Falkirk FC; Heart of Midlothian FC=Hearts Midlothian;
Hibernian FC; Kilmarnock FC; Livingston FC; Motherwell FC; Rangers FC; St. Mirren FC

Brazil | Série A | Brasileirão Serie A
Atlético Mineiro=Atl. Mineiro; EC Bahia; Botafogo FR=Botafogo; RB Bragantino; Ceará SC; Corinthians
SP=Corinthians; Cruzeiro EC=Cruzeiro; CR Flamengo; Fluminense FC; Fortaleza EC; Grêmio FBPA=Grêmio; SC
Internacional; EC Juventude; Mirassol FC; SE Palmeiras; Santos FC; São Paulo FC; Sport Recife; CR Vasco da
Gama=Vasco da Gama; EC Vitória

Argentina | Liga Profesional | Primera División
Argentinos Juniors; Arsenal de Sarandí=Arsenal Sarandí; Atlético Tucumán; Banfield; Barracas Central;
Belgrano; Boca Juniors; Defensa y Justicia; Estudiantes de La Plata=Estudiantes LP; Gimnasia y Esgrima La
Plata=Gimnasia LP; Godoy Cruz; Huracán; CA Independiente=Independiente; Instituto Córdoba=Instituto; CA
Lanús; Newell's Old Boys; Platense; Racing Club; River Plate; Rosario Central; San Lorenzo de Almagro=San
Lorenzo; San Martín San Juan; Sarmiento de Junín=Sarmiento; Talleres de Córdoba=Talleres; Tigre; Unión de
Santa Fe=Unión Santa Fe; Vélez Sarsfield; Aldosivi

Uruguay | Primera División | Liga AUF Uruguaya
Boston River; Cerro Largo FC; CA Cerro; Danubio FC; Defensor Sporting; Juventud Las Piedras; Liverpool FC
Montevideo=Liverpool Montevideo; Miramar Misiones; Montevideo City Torque; Montevideo Wanderers; Nacional
Montevideo; Peñarol; Plaza Colonia; CA Progreso; Racing Club Montevideo=Racing Montevideo; River Plate
Montevideo

Chile | Primera División | Liga de Primera
Audax Italiano; Cobresal; Colo-Colo; Coquimbo Unido; Deportes Iquique; Deportes La Serena=La Serena; Everton
de Viña del Mar=Everton Viña; Huachipato FC; Deportes Limache; Ñublense; O'Higgins FC; Palestino; Unión
Española; Unión La Calera; Universidad Católica; Universidad de Chile

Ecuador | Liga Pro | Serie A
CD Aucas=Aucas; Barcelona SC Guayaquil=Barcelona Guayaquil; Deportivo Cuenca; Delfín SC; CD El Nacional;
CS Emelec; Independiente del Valle; LDU Quito; Libertad FC Loja=Libertad Loja; Macará; Manta FC; Mushuc
Runa SC=Mushuc Runa; Orense SC; CD Técnico Universitario=Técnico Universitario; Universidad Católica
Quito; Vinotinto Ecuador

Paraguay | Copa de Primera | Primera División
Atlético Tembetary; Cerro Porteño; General Caballero JLM=General Caballero; Club Guaraní=Guaraní; Libertad
Asunción; Nacional Asunción; Club Olimpia=Olimpia Asunción; Recoleta FC; Sportivo Ameliano; Sportivo
Luqueño; Sportivo Trinidense; Sportivo 2 de Mayo

Kenya | Premier League | FKF Premier League
AFC Leopards; APS Bomet FC; Bandari FC; Bidco United FC; Gor Mahia FC; Kakamega Homeboyz FC; Kariobangi
Sharks FC; KCB FC; Kenya Police FC; Mara Sugar FC; Mathare United FC; Murang'a Seal FC; Nairobi United FC;
Posta Rangers FC; Shabana FC; Sofapaka FC; Tusker FC; Ulinzi Stars FC

USA | Major League Soccer | MLS
Atlanta United FC; Austin FC; Charlotte FC; Chicago Fire FC; FC Cincinnati; Colorado Rapids; Columbus Crew;
FC Dallas; D.C. United; Houston Dynamo FC; Inter Miami CF; LA Galaxy; Los Angeles FC; Minnesota United FC;
CF Montréal; Nashville SC; New England Revolution; New York City FC; New York Red Bulls; Orlando City SC;
Philadelphia Union; Portland Timbers; Real Salt Lake; San Diego FC; San Jose Earthquakes; Seattle Sounders
FC; Sporting Kansas City; St. Louis City SC; Toronto FC; Vancouver Whitecaps FC

Norway | Eliteserien | Norway Eliteserien
Bodø/Glimt; SK Brann; Bryne FK; Fredrikstad FK; Hamarkameratene=Ham-Kam; FK Haugesund; KFUM Oslo;
Kristiansund BK; Molde FK; Rosenborg BK; Sandefjord Fotball=Sandefjord; Sarpsborg 08 FF=Sarpsborg 08;
Strømsgodset IF=Strømsgodset; Tromsø IL; Vålerenga IF=Vålerenga; Viking FK Stavanger=Viking Stavanger
""")

SECOND: Final = _competitions("""
England | Championship | English Championship
Birmingham City FC; Blackburn Rovers FC; Bristol City FC; Charlton Athletic FC; Coventry City FC; Derby
County FC; Hull City AFC; Ipswich Town FC; Leicester City FC; Middlesbrough FC; Millwall FC; Norwich City
FC; Oxford United FC; Portsmouth FC; Preston North End FC=Preston; Queens Park Rangers FC; Sheffield United
FC; Swansea City AFC; Sheffield Wednesday FC=Sheffield Wed; Southampton FC; Stoke City FC; Watford FC;
Wrexham AFC; West Bromwich Albion FC=West Brom

Spain | LaLiga 2 | Segunda División
Albacete BP=Albacete; UD Almería; FC Andorra; Burgos CF; Cádiz CF; CD Castellón; AD Ceuta FC=Ceuta; Córdoba
CF; Cultural Leonesa; Deportivo La Coruña; SD Eibar; Granada CF; SD Huesca; UD Las Palmas; CD Leganés;
Málaga CF; CD Mirandés; Racing Santander; Real Valladolid CF; Real Zaragoza; Sporting Gijón; Sociedad
Deportiva Amorebieta=Amorebieta

Italy | Serie B | Italy Serie B
Avellino Calcio=Avellino; SSC Bari=Bari; Carrarese Calcio=Carrarese; Calcio Catanzaro=Catanzaro; Cesena FC;
Empoli FC; Frosinone Calcio=Frosinone; SS Juve Stabia=Juve Stabia; Mantova 1911=Mantova; Modena FC; AC
Monza; Calcio Padova=Padova; Palermo FC; Delfino Pescara=Pescara; AC Reggiana; UC Sampdoria=Sampdoria;
Spezia Calcio=Spezia; FC Südtirol; Venezia FC; Virtus Entella

Germany | 2. Bundesliga | Bundesliga 2
1. FC Kaiserslautern=Kaiserslautern; 1. FC Magdeburg=Magdeburg; 1. FC Nürnberg=Nürnberg; Arminia Bielefeld;
Dynamo Dresden; Eintracht Braunschweig; SV Elversberg; Fortuna Düsseldorf; Greuther Fürth; Hannover 96;
Hertha BSC=Hertha Berlin; Holstein Kiel; Karlsruher SC; SC Paderborn 07; Preußen Münster; FC Schalke
04=Schalke 04; SV Darmstadt 98; VfL Bochum

Belgium | Pro League | Jupiler Pro League
RSC Anderlecht; Royal Antwerp FC=Antwerp; Cercle Brugge KSV=Cercle Brugge; Club Brugge KV=Club Brugge;
Charleroi SC; FCV Dender; KRC Genk; KAA Gent; RAAL La Louvière=La Louvière; OH Leuven; KV Mechelen;
Sint-Truidense VV=St. Truiden; Standard Liège; Union Saint-Gilloise=Union St. Gilloise; KVC Westerlo; Zulte
Waregem

Greece | Super League | Super League 1
AE Larissa; AEK Athens; Aris Thessaloniki; Asteras Tripolis; Atromitos Athens; AE Kifisia; Levadiakos FC;
OFI Crete; Olympiacos Piraeus; Panathinaikos Athens=Panathinaikos; Panetolikos; Panserraikos; PAOK
Thessaloniki=PAOK; Volos NFC=Volos

Poland | Ekstraklasa | PKO BP Ekstraklasa
Arka Gdynia; Cracovia Kraków=Cracovia; GKS Katowice; Górnik Zabrze; Jagiellonia Białystok; Korona Kielce;
Lech Poznań; Lechia Gdańsk; Legia Warszawa; Motor Lublin; Piast Gliwice; Pogoń Szczecin; Radomiak Radom;
Raków Częstochowa; Widzew Łódź; Zagłębie Lubin; Wisła Płock; Bruk-Bet Termalica Nieciecza=Nieciecza

Japan | J1 League | J-League
Avispa Fukuoka; Cerezo Osaka; Fagiano Okayama; FC Tokyo; Gamba Osaka; Kashima Antlers; Kashiwa Reysol;
Kawasaki Frontale; Kyoto Sanga FC; Machida Zelvia; Nagoya Grampus; Sanfrecce Hiroshima; Shimizu S-Pulse;
Shonan Bellmare; Tokyo Verdy; Urawa Red Diamonds=Urawa Reds; Vissel Kobe; Yokohama F. Marinos; Yokohama FC;
Albirex Niigata
""")
