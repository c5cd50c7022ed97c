"""People: French names as they are, of many origins and regions, no two people alike."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from eyeot_crm.demo.identifiers import Registry


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a family name comes from, and the first names that often go with it."""

    weight: int
    kept: float
    """How often the first name comes from there as well."""
    women: tuple[str, ...]
    men: tuple[str, ...]
    surnames: tuple[str, ...]


_FRENCH = _Origin(
    weight=78,
    kept=0.96,
    women=_words("""
        Nathalie Sandrine Isabelle Stéphanie Céline Aurélie Émilie Julie Camille Léa Manon Chloé
        Catherine Sylvie Valérie Christelle Virginie Sophie Caroline Laëtitia Élodie Mélanie
        Pauline Marion Charlotte Mathilde Anne-Laure Marie-Christine Brigitte Martine Françoise
        Dominique Agnès Bénédicte Delphine Gaëlle Solène Maëlle Noémie Clémence Margaux Estelle
        Karine Corinne Priscilla Justine Hélène Véronique Anne-Sophie Fabienne Laurence Patricia
        Florence Audrey Vanessa Lucie Juliette Amandine Coralie Ludivine Séverine
    """),
    men=_words("""
        Philippe Stéphane Christophe Laurent Nicolas Sébastien Julien Thomas Alexandre Maxime
        Antoine Thierry Pascal Éric Frédéric Olivier David Jérôme Guillaume Cédric Mathieu
        Benjamin Romain Kévin Florian Hugo Lucas Quentin Baptiste Loïc Yann Erwan Ludovic Fabrice
        Bruno Didier Patrick Gérard Jean-Luc Jean-Marc Pierre-Yves Arnaud Damien Grégory Sylvain
        Vincent Xavier Bertrand Denis Aurélien Clément Rémi Gilles Franck Yannick Emmanuel Hervé
        Jean-François Dominique Simon Adrien Mickaël
    """),
    surnames=_words("""
        Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent
        Lefebvre Michel Garcia David Bertrand Roux Vincent Fournier Morel Girard André Mercier
        Dupont Lambert Bonnet François Martinez Legrand Garnier Faure Rousseau Blanc Guérin Muller
        Henry Roussel Nicolas Perrin Morin Mathieu Clément Gauthier Dumont Lopez Fontaine
        Chevalier Robin Masson Sanchez Gérard Boyer Denis Lemaire Duval Joly Gautier Roger Roche
        Roy Noël Meyer Lucas Meunier Jean Perez Marchand Dufour Blanchard Marie Barbier Brun Dumas
        Brunet Leroux Colin Fernandez Pierre Arnaud Rolland Caron Aubert Giraud Leclerc Vidal
        Bourgeois Renard Picard Lecomte Le_Roux Carpentier Charpentier Besnard Poirier Collet
        Prévost Schneider Millet Perrot Daniel Cousin Breton Guillot Langlois Pelletier Hubert
        Vasseur Bailly Marchal Rey Delattre Tessier Jacquet Lejeune Hamon Chauvin Barré
    """),
)
_ORIGINS = (
    _FRENCH,
    _Origin(
        weight=9,
        kept=0.7,
        women=_words("Fatima Nadia Samira Leïla Inès Sarah Myriam Yasmine Rachida Sonia Farida"),
        men=_words("Karim Mehdi Rachid Samir Youssef Nabil Farid Sofiane Hakim Bilal Yassine"),
        surnames=_words("""
            Benali Benhamou Belkacem Haddad Mansouri Bouzid Cherif Amrani Khelifi Saïdi Meziane
        """),
    ),
    _Origin(
        weight=5,
        kept=0.7,
        women=_words("Aminata Aïssatou Fatoumata Mariam Awa Rokhaya Grâce"),
        men=_words("Mamadou Ibrahima Moussa Cheikh Ousmane Amadou Boubacar"),
        surnames=_words("Traoré Diallo Diop Ndiaye Camara Koné Coulibaly Sylla Sow"),
    ),
    _Origin(
        weight=4,
        kept=0.5,
        women=_words("Maria Ana Paula Sandra Cristina"),
        men=_words("Joaquim José Paulo Carlos Manuel"),
        surnames=_words("Da_Silva Ferreira Pereira Rodrigues Gonçalves Ribeiro Lopes"),
    ),
    _Origin(
        weight=2,
        kept=0.6,
        women=_words("Linh Thi-Mai Mai-Anh Lan"),
        men=_words("Minh Huy Duc Anh-Tuan"),
        surnames=_words("Nguyen Tran Pham Le_Van"),
    ),
    _Origin(
        weight=2,
        kept=0.4,
        women=_words("Paola Agnieszka Chiara Ewa"),
        men=_words("Marco Tomasz Enzo Pawel"),
        surnames=_words("Rossi Esposito Bianchi Kowalski Nowak Ferrari"),
    ),
)
_REGIONAL = {
    "Bretagne": """Le_Gall Le_Goff Kervella Guéguen Le_Bihan Tanguy Cadiou Madec Quéré Le_Floch
        Riou Kerneis Jaouen Morvan Prigent""",
    "Normandie": "Lemonnier Lecoq Auvray Vauquelin Levasseur Toutain Anquetil Lebreton Hébert",
    "Pays de la Loire": "Bouvet Chevallier Guilloteau Rabouin Brossard Gaudin Papin Retailleau",
    "Hauts-de-France": "Dewaele Vanhoutte Lefevre Delannoy Descamps Delcroix Wattel Hennion",
    "Grand Est": "Schmitt Klein Weber Zimmermann Wagner Kieffer Hoffmann Schaeffer Ruch Keller",
    "Bourgogne-Franche-Comté": "Jeannin Vuillemin Cattin Boillot Grosjean Mugnier Naudin Trapet",
    "Auvergne-Rhône-Alpes": "Chapuis Berthet Perret Gonnet Chambon Vialatte Bouchet Favre Mollard",
    "Nouvelle-Aquitaine": "Etcheverry Lafitte Dubourg Labarthe Cazenave Larrieu Puyau Desmoulins",
    "Occitanie": "Cazals Fabre Puig Delmas Bousquet Salvador Rouquette Cabrol Serres Marty Barthès",
    "Provence-Alpes-Côte d'Azur": "Giordano Ricci Pellegrin Aubanel Isnard Gastaud Ravel Audibert",
    "Corse": "Casanova Paoli Santoni Luciani Mattei Leca Orsini Colonna Poggi Albertini Filippi",
    "Guadeloupe": "Gustave Lubin Nestor Toussaint Bélizaire Félicité",
    "Martinique": "Jean-Baptiste Césaire Marie-Sainte Lagier Sylvestre Désiré",
    "Guyane": "Adelson Contout Lony Prévot Horth Ringuet",
    "La Réunion": "Hoarau Payet Grondin Boyer Rivière Dijoux Técher Fontaine Maillot Lauret",
    "Mayotte": "Abdou Attoumani Saïd Madi Ahamada Boinali",
}
_LOCAL_SHARE = 0.5
_WOMEN_SHARE = 0.46
# Nobody is called Françoise François.
_ALIKE = 5

_LOCAL = {region: _words(text) for region, text in _REGIONAL.items()}
_WEIGHTS = [origin.weight for origin in _ORIGINS]
_ORIGIN_OF = {last: origin for origin in _ORIGINS for last in origin.surnames}


@dataclass(frozen=True, slots=True)
class Name:
    civility: Literal["M.", "Mme"]
    first: str
    last: str

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}"


def surname(rng: Random, region: str) -> str:
    if region in _LOCAL and rng.random() < _LOCAL_SHARE:
        return rng.choice(_LOCAL[region])
    return rng.choice(rng.choices(_ORIGINS, _WEIGHTS)[0].surnames)


def name(rng: Random, registry: Registry, region: str, last: str | None = None) -> Name:
    """A new name as heard in the region, with that family name if one is given."""
    while True:
        family = last or surname(rng, region)
        woman = rng.random() < _WOMEN_SHARE
        origin = _ORIGIN_OF.get(family, _FRENCH)
        if rng.random() > origin.kept:
            origin = rng.choice(_ORIGINS[1:]) if origin is _FRENCH else _FRENCH
        found = Name("Mme" if woman else "M.", rng.choice(_first(origin, woman=woman)), family)
        if found.first[:_ALIKE] not in family and registry.claim(found.full):
            return found


def _first(origin: _Origin, *, woman: bool) -> tuple[str, ...]:
    return origin.women if woman else origin.men
