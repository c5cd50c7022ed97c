"""Misfits: requests that are not for the demo company, and plain advertising."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Misfit:
    title: str
    company: str
    mailbox: str
    need: str
    budget: int = 0
    """Euros; 0 when none is named."""


MISFITS = {
    Misfit(
        "Réfrigérateur pour la maison",
        "Particulier",
        "famille",
        "Je cherche un grand réfrigérateur américain pour ma cuisine, livré et installé.",
        1_200,
    ): 1,
    Misfit(
        "Climatisation de bureaux",
        "Cabinet Orsel Géomètres",
        "secretariat",
        "Nous voulons climatiser quatre bureaux et une salle de réunion avant l'été.",
        9_000,
    ): 1,
    Misfit(
        "Location d'un camion frigorifique",
        "Association La Grande Tablée",
        "bureau",
        "Nous cherchons un camion frigorifique à louer pour une fête de village.",
        600,
    ): 1,
    Misfit(
        "Piscine naturelle",
        "Gîte du Moulin Brûlé",
        "reservation",
        "Nous demandons un devis pour la filtration d'une piscine de 10 mètres sur 4.",
    ): 1,
    Misfit(
        "Machine à café de bureau",
        "Imprimerie Talbot",
        "accueil",
        "Il nous faut deux machines à café à dosettes pour la salle de repos.",
        800,
    ): 1,
    Misfit(
        "Réparation d'un lave-linge",
        "Laverie des Quatre Vents",
        "contact",
        "Un de nos lave-linge de 18 kg n'essore plus. Pouvez-vous passer cette semaine ?",
    ): 1,
    Misfit(
        "Cuisine équipée pour un appartement",
        "Agence immobilière Delvaux",
        "gestion",
        "Nous équipons six appartements neufs et voulons un prix par cuisine, pose comprise.",
        24_000,
    ): 1,
    Misfit(
        "Panneaux solaires",
        "Ferme des Coteaux",
        "ferme",
        "Nous aimerions couvrir un hangar de 400 m² et revendre l'électricité.",
    ): 1,
}
SPAM = {
    Misfit(
        "Votre site en première page",
        "Visibilité Express",
        "promo",
        "Nous plaçons votre site en tête des résultats en dix jours. Offre valable ce soir.",
    ): 1,
    Misfit(
        "Fichier de 40 000 restaurants",
        "Base Contacts Pro",
        "ventes",
        "Achetez un fichier de 40 000 adresses de restaurateurs à prix cassé.",
    ): 1,
    Misfit(
        "Financement immédiat",
        "Crédit Sans Délai",
        "offre",
        "Votre entreprise peut recevoir 50 000 euros sous 24 heures, sans justificatif.",
    ): 1,
    Misfit(
        "Objets publicitaires",
        "Stylos et Cie",
        "catalogue",
        "Découvrez nos 3 000 objets à votre logo, livraison offerte dès 500 pièces.",
    ): 1,
    Misfit(
        "Mise en conformité obligatoire",
        "Registre National des Affichages",
        "service",
        "Dernier rappel avant amende : commandez vos panneaux d'affichage obligatoires.",
    ): 1,
    Misfit(
        "Application mobile à 99 euros",
        "Applis Minute",
        "hello",
        "Nous créons votre application en une semaine pour 99 euros par mois.",
    ): 1,
}
