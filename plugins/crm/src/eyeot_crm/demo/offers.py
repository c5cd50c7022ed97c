"""Offers: what the demo company sells, to whom, for how much, and how customers ask for it.

In a need, `{couverts}`, `{repas}` and `{mois}` are filled in; in a name, `{m3}` follows the amount.
"""

from dataclasses import dataclass

TABLES = ("restaurant", "hotel")
COLLECTIVE = ("contract", "care", "clinic", "school", "town")
KITCHENS = (*TABLES, "caterer", "camping", *COLLECTIVE)
SHOPS = ("bakery", "pastry", "butcher", "fish", "cheese")
STREET = ("fastfood", "bar", "icecream")
ALL = (*KITCHENS, *SHOPS, *STREET, "grocery", "wholesale")


@dataclass(frozen=True, slots=True)
class Offer:
    name: str
    trades: tuple[str, ...]
    prices: tuple[int, int]
    """From and to, in euros before tax."""
    needs: tuple[str, ...] = ()
    smallest: int = 0
    """The headcount below which nobody buys it."""

    @property
    def title(self) -> str:
        return self.name.removesuffix(" {m3} m³")


KITCHEN_OFFERS = (
    Offer(
        "Chambre froide positive {m3} m³",
        (*KITCHENS, "butcher", "cheese", "fish", "grocery", "fastfood"),
        (4_500, 16_000),
        (
            (
                "Notre chambre froide positive ne tient plus les 3 °C dès qu'il fait chaud. Nous "
                "voulons la remplacer sans fermer plus de deux jours."
            ),
            (
                "Nous agrandissons la réserve et cherchons une chambre froide positive avec "
                "étagères et porte pivotante, posée en {mois}."
            ),
        ),
    ),
    Offer(
        "Chambre froide négative {m3} m³",
        ("caterer", "icecream", "fish", "grocery", "pastry", *COLLECTIVE),
        (6_500, 24_000),
        (
            (
                "Nous stockons trop en armoires et voulons passer à une chambre froide négative "
                "avec sol isolé. Le local existe déjà."
            ),
            (
                "Le groupe de notre chambre négative est en fin de vie et fonctionne encore au "
                "R404A. Nous demandons un devis de remplacement complet."
            ),
        ),
        smallest=5,
    ),
    Offer(
        "Cellule de refroidissement rapide",
        ("restaurant", "hotel", "caterer", "pastry", "bakery", "icecream", "butcher"),
        (3_800, 15_000),
        (
            (
                "Le service d'hygiène nous demande de refroidir nos préparations en moins de deux "
                "heures. Nous cherchons une cellule mixte de 10 niveaux."
            ),
            (
                "Nous voulons préparer à l'avance et refroidir sur place, environ {repas} "
                "portions par jour."
            ),
        ),
    ),
    Offer(
        "Four mixte 10 niveaux GN 1/1",
        (*TABLES, "caterer", "camping", "school"),
        (9_500, 23_000),
        (
            (
                "Notre four mixte a douze ans et tombe en panne chaque mois. Nous voulons un "
                "modèle 10 niveaux avec lavage automatique."
            ),
            (
                "Nous ouvrons un second service et un seul four ne suffit plus pour {couverts} "
                "couverts. Une démonstration serait utile."
            ),
        ),
    ),
    Offer(
        "Fours mixtes et armoires de maintien",
        COLLECTIVE,
        (19_000, 46_000),
        (
            (
                "Nous produisons {repas} repas par jour et devons renouveler deux fours 20 "
                "niveaux avec leurs armoires de maintien en température."
            ),
            (
                "Le budget de renouvellement des fours est validé. Nous cherchons un "
                "fournisseur qui assure la pose sans interrompre le service."
            ),
        ),
    ),
    Offer(
        "Rénovation complète de la cuisine",
        TABLES,
        (34_000, 115_000),
        (
            (
                "Nous refaisons toute la cuisine pendant la fermeture annuelle : plan, cuisson, "
                "froid, laverie et extraction, pour {couverts} couverts."
            ),
            (
                "Nous reprenons l'établissement et la cuisine date des années 1990. Il nous faut "
                "une étude et un chiffrage avant {mois}."
            ),
        ),
        smallest=8,
    ),
    Offer(
        "Piano de cuisson sur mesure",
        TABLES,
        (14_000, 48_000),
        (
            (
                "Le chef souhaite un piano central sur mesure, tout induction, avec deux fours et "
                "une plancha."
            ),
            (
                "Nous remplaçons notre fourneau gaz par un piano à induction et voulons connaître "
                "la puissance électrique à prévoir."
            ),
        ),
        smallest=6,
    ),
    Offer(
        "Hotte et extraction",
        (*TABLES, "caterer", "camping", "fastfood"),
        (4_800, 25_000),
        (
            (
                "La commission de sécurité demande la mise en conformité de notre hotte. Nous "
                "avons six mois pour faire les travaux."
            ),
            (
                "Nos voisins se plaignent des odeurs. Nous cherchons une hotte avec filtration et "
                "un moteur plus silencieux."
            ),
        ),
    ),
    Offer(
        "Laverie complète",
        ("hotel", "caterer", "camping", *COLLECTIVE),
        (12_000, 42_000),
        (
            (
                "Notre laverie est sous-dimensionnée pour {couverts} couverts. Nous voulons une "
                "machine à convoyeur de paniers et un tri des déchets."
            ),
            (
                "Nous souhaitons une étude pour réorganiser la laverie, réduire le port de "
                "charges et la consommation d'eau."
            ),
        ),
        smallest=12,
    ),
    Offer(
        "Lave-vaisselle à capot",
        (*TABLES, "bar", "fastfood", "camping", "caterer"),
        (3_200, 8_500),
        (
            (
                "Notre lave-vaisselle à capot fuit et le réparateur ne trouve plus de pièces. Il "
                "nous en faut un autre rapidement."
            ),
            (
                "Notre lave-vaisselle ne suit plus le service du samedi. Que conseillez-vous pour "
                "{couverts} couverts ?"
            ),
        ),
    ),
    Offer(
        "Self-service et banques de distribution",
        ("school", "town"),
        (24_000, 88_000),
        (
            (
                "Nous voulons remplacer la ligne de self par des îlots et un buffet de crudités, "
                "pour {repas} convives par jour."
            ),
            (
                "Le restaurant scolaire doit être réaménagé cet été. Une consultation sera "
                "publiée en {mois}."
            ),
        ),
    ),
    Offer(
        "Passage en liaison froide",
        ("contract", "town"),
        (32_000, 112_000),
        (
            (
                "Nous passons en liaison froide pour livrer quatre sites, soit {repas} repas par "
                "jour. Il faut des cellules, une zone d'allotissement et le stockage."
            ),
            (
                "Nous étudions le regroupement de deux cuisines. Nous cherchons un partenaire "
                "pour le plan et l'équipement."
            ),
        ),
    ),
    Offer(
        "Armoires froides inox",
        (*KITCHENS, "bar", "fastfood"),
        (1_800, 7_200),
        (
            (
                "Deux armoires froides sont en panne et nous en voulons de plus économes, classe "
                "A si possible."
            ),
            (
                "Nous avons besoin de trois armoires GN 2/1 ventilées, livrées en semaine avant "
                "10 heures."
            ),
        ),
    ),
    Offer(
        "Tables froides et saladettes",
        (*TABLES, "fastfood", "bar"),
        (1_700, 7_800),
        (
            (
                "Nous réorganisons le poste froid et cherchons deux tables réfrigérées de 700 mm "
                "de profondeur."
            ),
            "Il nous faut une saladette trois portes et un dessus réfrigéré pour le poste pizza.",
        ),
    ),
    Offer(
        "Chariots de remise en température",
        ("care", "clinic"),
        (9_000, 38_000),
        (
            (
                "Nous servons {repas} plateaux et nos chariots ne remontent plus à 63 °C. Nous "
                "voulons les remplacer sur deux exercices."
            ),
            (
                "Nous souhaitons essayer un chariot à convection dans une unité avant d'équiper "
                "tout l'établissement."
            ),
        ),
    ),
    Offer(
        "Plans de travail et rayonnages inox",
        ALL,
        (1_500, 6_500),
        (
            (
                "Nous avons besoin de tables inox sur mesure et de rayonnages en aluminium pour "
                "la réserve."
            ),
            (
                "Le contrôle sanitaire demande de remplacer nos plans en bois. Nous voulons un "
                "devis pour 9 mètres d'inox."
            ),
        ),
    ),
)
MAINTENANCE_OFFERS = (
    Offer("Contrat de maintenance froid", ALL, (1_500, 5_200)),
    Offer("Contrat de maintenance cuisson et laverie", KITCHENS, (1_600, 6_800)),
    Offer(
        "Contrat de maintenance multitechnique",
        (*COLLECTIVE, "hotel", "wholesale"),
        (3_400, 14_500),
    ),
)
