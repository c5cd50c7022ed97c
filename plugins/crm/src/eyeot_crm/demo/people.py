"""People: French names as they are, many origins and regions together."""

from dataclasses import dataclass
from random import Random
from typing import Literal


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


_WOMEN = _words("""
    Nathalie Sandrine Isabelle Stéphanie Céline Aurélie Émilie Julie Camille Léa Manon Chloé
    Catherine Sylvie Valérie Christelle Virginie Sophie Caroline Laëtitia Élodie Mélanie Pauline
    Marion Charlotte Mathilde Inès Sarah Fatima Nadia Samira Leïla Aminata Aïssatou Fatoumata
    Mariam Thi-Mai Linh Maria Ana Paola Agnieszka Anne-Laure Marie-Christine Brigitte Martine
    Françoise Dominique Agnès Bénédicte Delphine Gaëlle Solène Maëlle Noémie Clémence Margaux
    Estelle Karine Corinne Myriam Yasmine Rachida Priscilla Justine Hélène Véronique
""")
_MEN = _words("""
    Philippe Stéphane Christophe Laurent Nicolas Sébastien Julien Thomas Alexandre Maxime Antoine
    Thierry Pascal Éric Frédéric Olivier David Jérôme Guillaume Cédric Mathieu Benjamin Romain
    Kévin Florian Hugo Lucas Karim Mehdi Rachid Samir Youssef Mamadou Ibrahima Moussa Cheikh
    Minh Quentin Baptiste Loïc Yann Gwenaël Erwan Ludovic Fabrice Bruno Didier Patrick Gérard
    Jean-Luc Jean-Marc Pierre-Yves Arnaud Damien Grégory Sylvain Vincent Xavier Bertrand Denis
    Joaquim José Marco Tomasz Aurélien Clément Rémi Gilles Franck Yannick
""")
_COMMON = _words("""
    Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre
    Michel Garcia David Bertrand Roux Vincent Fournier Morel Girard André Mercier Dupont Lambert
    Bonnet François Martinez Legrand Garnier Faure Rousseau Blanc Guérin Muller Henry Roussel
    Nicolas Perrin Morin Mathieu Clément Gauthier Dumont Lopez Fontaine Chevalier Robin Masson
    Sanchez Gérard Nguyen Boyer Denis Lemaire Duval Joly Gautier Roger Roche Roy Noël Meyer Lucas
    Meunier Jean Perez Marchand Dufour Blanchard Marie Barbier Brun Dumas Brunet Leroux Colin
    Fernandez Pierre Arnaud Rolland Caron Aubert Giraud Leclerc Vidal Bourgeois Renard Picard
    Lecomte Benali Benhamou Belkacem Haddad Mansouri Bouzid Cherif Amrani Khelifi Traoré Diallo
    Diop Ndiaye Camara Koné Coulibaly Sylla Da_Silva Ferreira Pereira Rodrigues Gonçalves Tran
    Pham Le_Roux Kowalski Nowak Rossi Esposito Bianchi Carpentier Charpentier Besnard Poirier
    Collet Prévost Schneider Millet Perrot Daniel Cousin Breton Guillot Langlois Pelletier Hubert
    Vasseur Bailly Marchal Rey Delattre Tessier Jacquet Lejeune Hamon Chauvin Ribeiro Barré
""")
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


_LOCAL = {region: _words(text) for region, text in _REGIONAL.items()}


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
    return rng.choice(_COMMON)


def name(rng: Random, region: str, last: str | None = None) -> Name:
    """A name as heard in the region, with that family name if one is given."""
    last = last or surname(rng, region)
    if rng.random() < _WOMEN_SHARE:
        return Name("Mme", rng.choice([first for first in _WOMEN if first != last]), last)
    return Name("M.", rng.choice([first for first in _MEN if first != last]), last)
