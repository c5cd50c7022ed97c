"""Shop offers: what bakers, butchers, grocers, bars and wholesalers ask for."""

from eyeot_crm.demo.offers import SHOPS, Offer

SHOP_OFFERS = (
    Offer(
        "Vitrine réfrigérée",
        SHOPS,
        (4_900, 29_000),
        (
            (
                "Notre vitrine a vingt ans et condense toute la journée. Nous voulons une vitrine "
                "droite, éclairage à leds, environ 4 mètres."
            ),
            (
                "Nous refaisons la façade en {mois} et souhaitons changer la vitrine en même "
                "temps, avec groupe à distance."
            ),
        ),
    ),
    Offer(
        "Four à soles électrique",
        ("bakery",),
        (19_000, 54_000),
        (
            (
                "Notre four à soles au fioul arrive en fin de vie. Nous voulons passer à "
                "l'électrique et connaître les aides possibles."
            ),
            "Nous cuisons 600 baguettes par jour et cherchons un four de 12 m² avec élévateur.",
        ),
        smallest=4,
    ),
    Offer(
        "Pétrin spirale et batteur",
        ("bakery", "pastry"),
        (4_500, 16_000),
        (
            (
                "Le pétrin n'est plus aux normes de sécurité. Nous cherchons un pétrin spirale de "
                "80 litres et reprise de l'ancien."
            ),
            (
                "Nous avons besoin d'un batteur de 40 litres et d'un pétrin plus silencieux, car "
                "nous travaillons la nuit."
            ),
        ),
    ),
    Offer(
        "Chambre de fermentation contrôlée",
        ("bakery",),
        (8_200, 25_000),
        (
            (
                "Nous voulons arrêter la fabrication de nuit et passer en pousse lente : une "
                "chambre pour deux chariots 60 x 80."
            ),
            (
                "Notre armoire de pousse ne suffit plus. Nous cherchons une chambre de "
                "fermentation et sa mise en service."
            ),
        ),
    ),
    Offer(
        "Laminoir et façonneuse",
        ("bakery", "pastry"),
        (6_500, 19_500),
        (
            (
                "Nous développons les viennoiseries maison et cherchons un laminoir sur socle, "
                "bande de 600 mm."
            ),
            "La façonneuse abîme les pâtes hydratées. Nous aimerions essayer un autre modèle.",
        ),
    ),
    Offer(
        "Agencement du laboratoire",
        ("bakery", "pastry", "caterer", "butcher", "icecream"),
        (24_000, 92_000),
        (
            (
                "Nous déménageons le laboratoire dans un local de 140 m² et voulons un plan "
                "respectant la marche en avant."
            ),
            "Nous créons un laboratoire pour alimenter deux boutiques. Ouverture prévue en {mois}.",
        ),
        smallest=5,
    ),
    Offer(
        "Agencement du magasin",
        ("bakery", "butcher", "cheese", "fish", "pastry", "grocery"),
        (18_000, 78_000),
        (
            (
                "Nous rénovons la boutique : comptoirs, vitrines, éclairage et caisse. Le magasin "
                "ne peut fermer que trois semaines."
            ),
            (
                "Nous reprenons un fonds de commerce et voulons réaménager la surface de vente "
                "avant {mois}."
            ),
        ),
        smallest=4,
    ),
    Offer(
        "Surgélateur à chariot",
        ("bakery", "pastry", "caterer", "icecream"),
        (9_800, 31_000),
        (
            (
                "Nous voulons surgeler nos entremets sur chariot pour lisser la production de fin "
                "d'année."
            ),
            "Nous cherchons un surgélateur d'environ 60 kg par cycle, à installer avant {mois}.",
        ),
        smallest=5,
    ),
    Offer(
        "Turbine à glace et pasteurisateur",
        ("icecream", "pastry"),
        (9_500, 34_000),
        (
            (
                "Nous lançons une gamme de sorbets et cherchons une turbine de 8 litres avec "
                "pasteurisateur, neufs ou reconditionnés."
            ),
        ),
    ),
    Offer(
        "Machine à glaçons et arrière-bar",
        ("bar", "hotel", "restaurant"),
        (1_900, 8_200),
        (
            (
                "Nous refaisons le bar et avons besoin d'un arrière-bar réfrigéré de trois portes "
                "et d'une machine à glaçons de 60 kg par jour."
            ),
            "La machine à glaçons a lâché hier soir. Pouvez-vous en livrer une cette semaine ?",
        ),
    ),
    Offer(
        "Ligne de cuisson snack",
        ("fastfood", "camping", "bar"),
        (5_500, 26_000),
        (
            (
                "Nous doublons la ligne de cuisson : deux friteuses, une plancha et un maintien "
                "au chaud, en gaz ou en électrique."
            ),
            "Nous refaisons le coin snack et devons être prêts en {mois}.",
        ),
    ),
    Offer(
        "Four à pizza",
        ("fastfood", "restaurant", "camping"),
        (5_800, 19_000),
        (
            (
                "Nous ajoutons la pizza à la carte et hésitons entre un four électrique à deux "
                "étages et un four à bois."
            ),
        ),
    ),
    Offer(
        "Remplacement du fluide frigorigène",
        ("grocery", "wholesale", "butcher", "contract", "clinic"),
        (6_500, 48_000),
        (
            (
                "Notre centrale froid fonctionne au R404A. Nous voulons chiffrer le passage au "
                "CO2 et connaître les délais."
            ),
            (
                "Le dernier contrôle d'étanchéité a relevé deux fuites. Nous voulons remplacer "
                "l'installation plutôt que la recharger."
            ),
        ),
    ),
    Offer(
        "Meubles froids de vente",
        ("grocery",),
        (14_000, 88_000),
        (
            (
                "Nous voulons fermer les meubles du rayon frais avec des portes vitrées, sur 14 "
                "mètres linéaires."
            ),
            (
                "Nous agrandissons la surface de vente et cherchons des meubles à groupe logé, "
                "avec reprise des anciens."
            ),
        ),
    ),
    Offer(
        "Plateforme frigorifique",
        ("wholesale",),
        (42_000, 118_000),
        (
            (
                "Nous construisons un entrepôt de 900 m² avec deux températures et trois quais. "
                "Nous consultons pour les panneaux et la production de froid."
            ),
        ),
        smallest=20,
    ),
    Offer(
        "Machine sous vide et thermoscelleuse",
        ("butcher", "caterer", "cheese", "fish", "wholesale"),
        (2_300, 9_800),
        (
            (
                "Nous vendons de plus en plus à emporter et cherchons une machine sous vide à "
                "cloche, barre de soudure de 420 mm."
            ),
        ),
    ),
    Offer(
        "Étal réfrigéré et production de glace",
        ("fish",),
        (6_800, 21_000),
        (
            (
                "Nous refaisons l'étal en inox avec évacuation et voulons produire 200 kg de "
                "glace en écailles par jour."
            ),
        ),
    ),
)
