"""Lost: what sellers write down when a deal does not come, by reason and kind of customer."""

from typing import Literal

from eyeot_crm.demo.model import LostKind

Setting = Literal["private", "small", "public", "maintenance"]
WEIGHTS: dict[LostKind, int] = {
    "price": 8,
    "timing": 4,
    "product": 3,
    "competitor": 6,
    "no_decision": 4,
}
NOTES: dict[LostKind, dict[Setting, tuple[str, ...]]] = {
    "price": {
        "private": (
            "Un devis concurrent était 12 % moins cher à matériel équivalent.",
            "La banque a réduit l'enveloppe et notre offre dépassait le budget.",
            "Le client a préféré du matériel reconditionné.",
            "Remise demandée de 20 %, au-dessous de notre marge minimale.",
        ),
        "small": (
            "Le client a trouvé le même modèle 300 € moins cher sur internet.",
            "Le client a préféré un appareil d'occasion révisé.",
            "Le client voulait une remise que nous n'accordons pas à l'unité.",
            "Le client a retenu une gamme inférieure chez un confrère.",
        ),
        "public": (
            "Offre classée deuxième, avec un écart de 9 % sur le prix.",
            "Crédits insuffisants au budget de l'exercice.",
            "Offre jugée supérieure à l'estimation du maître d'ouvrage.",
        ),
        "maintenance": (
            "Le client préfère payer les dépannages à l'heure.",
            "Un confrère demande 15 % de moins par an.",
        ),
    },
    "timing": {
        "private": (
            "Délai de fabrication de huit semaines, trop long pour la date d'ouverture.",
            "Travaux repoussés à l'an prochain par le bailleur.",
            "Nous ne pouvions pas poser pendant la fermeture annuelle.",
        ),
        "small": (
            "Rupture chez le fabricant, le client ne pouvait pas attendre.",
            "Achat remis à la saison prochaine.",
        ),
        "public": (
            "Travaux reportés à l'exercice suivant.",
            "Nous ne pouvions pas livrer dans le délai fixé par la consultation.",
        ),
        "maintenance": (
            "Contrat en cours chez un confrère jusqu'à l'an prochain.",
            "Nous ne pouvions pas garantir un dépannage en quatre heures.",
        ),
    },
    "product": {
        "private": (
            "Le client voulait une marque que nous ne distribuons pas.",
            "Les dimensions de notre modèle ne passaient pas dans le local.",
            "Notre solution demandait des travaux que le client ne voulait pas engager.",
        ),
        "small": (
            "Le modèle voulu n'est pas à notre catalogue.",
            "L'appareil ne passait pas sous le plan de travail.",
        ),
        "public": (
            "Une exigence du cahier des charges n'était pas tenue par notre matériel.",
            "Notre modèle ne passait pas par les accès du bâtiment.",
        ),
        "maintenance": (
            "Le parc comprend des marques pour lesquelles nous n'avons pas d'agrément.",
        ),
    },
    "competitor": {
        "private": (
            "Le client a suivi son installateur habituel.",
            "Un confrère local proposait un dépannage en quatre heures.",
            "Le fabricant a traité l'affaire en direct.",
        ),
        "small": (
            "Le client a acheté chez un grossiste en libre-service.",
            "Le client a suivi son installateur habituel.",
        ),
        "public": (
            "Marché attribué à un autre candidat, mieux noté sur la valeur technique.",
            "Achat passé par une centrale d'achat publique.",
        ),
        "maintenance": (
            "Contrat signé avec le frigoriste déjà présent sur le site.",
            "Le client regroupe tous ses contrats chez un prestataire multitechnique.",
        ),
    },
    "no_decision": {
        "private": (
            "Plus de réponse après trois relances.",
            "Projet abandonné à la suite d'un changement de direction.",
            "Les associés n'ont pas trouvé d'accord.",
            "Le prêt n'a pas été accordé.",
        ),
        "small": (
            "Plus de réponse après trois relances.",
            "Le client a finalement fait réparer l'ancien appareil.",
        ),
        "public": (
            "Consultation déclarée sans suite.",
            "Plus de réponse après trois relances.",
            "Projet suspendu dans l'attente d'un vote.",
        ),
        "maintenance": (
            "Plus de réponse après trois relances.",
            "Le client ne souhaite plus s'engager à l'année.",
        ),
    },
}
