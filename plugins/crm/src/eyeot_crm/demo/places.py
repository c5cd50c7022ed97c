"""Places: real communes with their postcodes, and street names found in any of them."""

from dataclasses import dataclass
from random import Random

from eyeot_crm.demo.model import Address

# Postcode, name, weight; `mer` and `montagne` let a Grand Large or a Chalet stand there.
_TABLE = {
    "Île-de-France": """
        75002 Paris 4; 75009 Paris 4; 75011 Paris 5; 75015 Paris 4; 75018 Paris 3
        92100 Boulogne-Billancourt 3; 93100 Montreuil 2; 78000 Versailles 3; 94300 Vincennes 2
        93200 Saint-Denis 2; 95000 Cergy 2; 94150 Rungis 2; 77300 Fontainebleau 1
        77000 Melun 1; 91300 Massy 1""",
    "Centre-Val de Loire": """
        45000 Orléans 6; 37000 Tours 5; 41000 Blois 2; 28000 Chartres 2; 18000 Bourges 2
        36000 Châteauroux 1; 45200 Montargis 1; 18100 Vierzon 1; 37400 Amboise 1; 45160 Olivet 1""",
    "Pays de la Loire": """
        44000 Nantes 6; 49000 Angers 4; 72000 Le Mans 4; 44600 Saint-Nazaire 2 mer
        44500 La Baule-Escoublac 1 mer; 53000 Laval 2; 85000 La Roche-sur-Yon 2
        85100 Les Sables-d'Olonne 1 mer; 49300 Cholet 1; 49400 Saumur 1""",
    "Bretagne": """
        35000 Rennes 6; 29200 Brest 3 mer; 29000 Quimper 2; 56000 Vannes 3 mer
        56100 Lorient 2 mer; 35400 Saint-Malo 2 mer; 22000 Saint-Brieuc 1 mer; 22100 Dinan 1
        29900 Concarneau 1 mer; 22300 Lannion 1""",
    "Normandie": """
        76000 Rouen 4; 14000 Caen 3; 76600 Le Havre 3 mer; 50100 Cherbourg-en-Cotentin 1 mer
        27000 Évreux 1; 61000 Alençon 1; 14800 Deauville 1 mer; 76200 Dieppe 1 mer
        50400 Granville 1 mer""",
    "Hauts-de-France": """
        59000 Lille 6; 80000 Amiens 3; 59140 Dunkerque 2 mer; 62100 Calais 1 mer; 62000 Arras 2
        59300 Valenciennes 2; 60000 Beauvais 1; 60200 Compiègne 1; 02100 Saint-Quentin 1
        59100 Roubaix 2; 62520 Le Touquet-Paris-Plage 1 mer; 02000 Laon 1""",
    "Grand Est": """
        67000 Strasbourg 5; 51100 Reims 3; 57000 Metz 3; 54000 Nancy 3; 68100 Mulhouse 2
        68000 Colmar 2; 10000 Troyes 2; 51200 Épernay 1; 08000 Charleville-Mézières 1
        88000 Épinal 1; 52000 Chaumont 1; 55000 Bar-le-Duc 1; 88400 Gérardmer 1 montagne""",
    "Bourgogne-Franche-Comté": """
        21000 Dijon 4; 25000 Besançon 2; 21200 Beaune 2; 71000 Mâcon 1; 89000 Auxerre 1
        58000 Nevers 1; 90000 Belfort 1; 39000 Lons-le-Saunier 1; 70000 Vesoul 1
        25300 Pontarlier 1 montagne""",
    "Auvergne-Rhône-Alpes": """
        69002 Lyon 5; 69003 Lyon 4; 69007 Lyon 3; 69100 Villeurbanne 3; 69200 Vénissieux 2
        38000 Grenoble 4; 42000 Saint-Étienne 3; 63000 Clermont-Ferrand 3; 74000 Annecy 3 montagne
        73000 Chambéry 2; 26000 Valence 2; 01000 Bourg-en-Bresse 1; 42300 Roanne 1; 03200 Vichy 1
        43000 Le Puy-en-Velay 1; 15000 Aurillac 1; 07000 Privas 1
        74400 Chamonix-Mont-Blanc 1 montagne; 74120 Megève 1 montagne""",
    "Nouvelle-Aquitaine": """
        33000 Bordeaux 6; 87000 Limoges 2; 86000 Poitiers 2; 17000 La Rochelle 2 mer; 64000 Pau 2
        64100 Bayonne 2; 64200 Biarritz 1 mer; 16000 Angoulême 1; 24000 Périgueux 1; 79000 Niort 1
        47000 Agen 1; 19100 Brive-la-Gaillarde 1; 40000 Mont-de-Marsan 1; 23000 Guéret 1
        33120 Arcachon 1 mer; 17200 Royan 1 mer""",
    "Occitanie": """
        31000 Toulouse 6; 34000 Montpellier 4; 30000 Nîmes 2; 66000 Perpignan 2; 34500 Béziers 1
        11100 Narbonne 1; 81000 Albi 1; 82000 Montauban 1; 12000 Rodez 1; 65000 Tarbes 1
        46000 Cahors 1; 32000 Auch 1; 11000 Carcassonne 1; 09000 Foix 1; 48000 Mende 1
        34200 Sète 1 mer; 81100 Castres 1""",
    "Provence-Alpes-Côte d'Azur": """
        13001 Marseille 4 mer; 13006 Marseille 3; 13008 Marseille 3 mer; 06000 Nice 5 mer
        83000 Toulon 3 mer; 13100 Aix-en-Provence 3; 84000 Avignon 2; 06400 Cannes 2 mer
        06600 Antibes 2 mer; 13200 Arles 1; 83600 Fréjus 1 mer; 05000 Gap 1 montagne
        04000 Digne-les-Bains 1; 05100 Briançon 1 montagne; 84100 Orange 1""",
    "Corse": """
        20000 Ajaccio 2 mer; 20200 Bastia 1 mer; 20137 Porto-Vecchio 1 mer; 20260 Calvi 1 mer
        20250 Corte 1 montagne""",
    "Guadeloupe": "97110 Pointe-à-Pitre 1 mer; 97139 Les Abymes 1",
    "Martinique": "97200 Fort-de-France 1 mer; 97232 Le Lamentin 1",
    "Guyane": "97300 Cayenne 1",
    "La Réunion": "97400 Saint-Denis 2 mer; 97410 Saint-Pierre 1 mer",
    "Mayotte": "97600 Mamoudzou 1 mer",
}
OVERSEAS = ("Guadeloupe", "Martinique", "Guyane", "La Réunion", "Mayotte")
_SETTINGS = ("mer", "montagne")

_STREETS = (
    "rue de la République",
    "rue Victor Hugo",
    "rue Jean Jaurès",
    "avenue du Général de Gaulle",
    "place du Marché",
    "rue des Halles",
    "boulevard Gambetta",
    "rue Pasteur",
    "rue Nationale",
    "place de l'Église",
    "rue Saint-Jacques",
    "rue de la Poste",
    "avenue Jean Moulin",
    "rue des Tanneurs",
    "rue Gambetta",
    "place de la Liberté",
    "rue du Faubourg Saint-Nicolas",
    "rue du Four",
    "allée des Platanes",
    "rue Émile Zola",
    "avenue Aristide Briand",
    "rue de la Paix",
    "boulevard Carnot",
    "rue Lafayette",
    "rue du 11 Novembre",
    "rue Saint-Martin",
    "rue des Carmes",
    "rue du Pont",
    "place Saint-Pierre",
    "rue de Verdun",
    "avenue du Maréchal Foch",
    "rue Voltaire",
    "rue du Moulin",
    "rue Molière",
    "rue de l'Abreuvoir",
    "boulevard de la Liberté",
    "rue des Cordeliers",
    "rue Simone Veil",
    "rue Marie Curie",
    "avenue Pierre Mendès France",
    "place des Tilleuls",
    "rue Neuve",
)
_STATION = (
    "avenue de la Gare",
    "place de la Gare",
    "rue de la Gare",
    "boulevard de la Gare",
    "avenue Jean Jaurès",
    "rue du Château",
    "place du Théâtre",
)
_SEASIDE = (
    "quai du Port",
    "promenade de la Plage",
    "boulevard de la Mer",
    "rue du Phare",
    "place de la Marine",
    "avenue des Mouettes",
)
_PARKS = (
    "ZA des Grands Champs",
    "ZI Nord",
    "ZA de la Croix Blanche",
    "parc d'activités de la Plaine",
    "rue des Artisans",
    "rue de l'Industrie",
    "rue Ampère",
    "rue Denis Papin",
    "avenue de l'Europe",
    "rue des Frères Lumière",
    "rue Gutenberg",
    "ZA du Bois Joli",
)
_COUNTRY = (
    "route de la Forêt",
    "route du Lac",
    "chemin des Pins",
    "chemin de la Rivière",
    "route de l'Étang",
    "chemin du Moulin",
)
_SCHOOLS = (
    "rue Jules Ferry",
    "rue des Écoles",
    "avenue du Lycée",
    "rue du Collège",
    "rue Paul Bert",
    "rue Condorcet",
    "avenue Marcel Pagnol",
)
_HALLS = ("place de l'Hôtel de Ville", "place de la Mairie", "place de la République")
STREETS = {
    "town": _STREETS,
    "station": _STATION,
    "park": _PARKS,
    "country": _COUNTRY,
    "school": _SCHOOLS,
    "hall": _HALLS,
}


@dataclass(frozen=True, slots=True)
class Commune:
    name: str
    postcode: str
    region: str
    weight: int
    setting: str | None

    @property
    def is_district(self) -> bool:
        """An arrondissement of Paris, Lyon or Marseille, where no business park fits."""
        return self.postcode[:3] in ("750", "690", "130")

    @property
    def department(self) -> str:
        if self.postcode.startswith("97"):
            return self.postcode[:3]
        if self.region == "Corse":
            return "2A" if self.postcode[:3] in ("200", "201") else "2B"
        return self.postcode[:2]


def _commune(region: str, row: str) -> Commune:
    postcode, *words = row.split()
    setting = words.pop() if words[-1] in _SETTINGS else None
    weight = int(words.pop())
    return Commune(" ".join(words), postcode, region, weight, setting)


def _rows(text: str) -> list[str]:
    return [row for line in text.splitlines() for row in line.split(";") if row.strip()]


COMMUNES = tuple(_commune(region, row) for region, text in _TABLE.items() for row in _rows(text))
_WEIGHTS = [commune.weight for commune in COMMUNES]


def somewhere(rng: Random) -> Commune:
    return rng.choices(COMMUNES, _WEIGHTS)[0]


def address(rng: Random, commune: Commune, kind: str) -> Address:
    streets = STREETS[kind]
    if kind in ("town", "station") and commune.setting == "mer":
        streets += _SEASIDE
    street = rng.choice(streets)
    return Address(
        line=street
        if street.startswith(("ZA", "ZI", "parc"))
        else f"{_number(rng, kind)} {street}",
        postcode=commune.postcode,
        city=commune.name,
        department=commune.department,
        region=commune.region,
        country="FR",
    )


def _number(rng: Random, kind: str) -> str:
    if kind == "hall":
        return "1"
    number = str(min(rng.randint(1, 60), rng.randint(1, 140)))
    return number + rng.choices(("", " bis", " ter"), (30, 2, 1))[0]


def of(city: str) -> str:
    """`de Lille`, `d'Angers`, `du Mans`, `des Abymes`."""
    if city.startswith("Le "):
        return f"du {city[3:]}"
    if city.startswith("Les "):
        return f"des {city[4:]}"
    return f"d'{city}" if city[0] in "AEIOUÉÈH" and city != "Hyères" else f"de {city}"


def at(city: str) -> str:
    """`à Lille`, `au Mans`, `aux Abymes`."""
    if city.startswith("Le "):
        return f"au {city[3:]}"
    if city.startswith("Les "):
        return f"aux {city[4:]}"
    return f"à {city}"
