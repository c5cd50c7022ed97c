"""Verbs: what people say, in both languages, for what every resource can do."""

import re
from collections.abc import Iterator

HEADS: dict[str, str] = {
    "list": (
        "list liste lister which quels quelles affiche afficher filter filtrer browse montre "
        "montrer show tous toutes all every voir view display see consulter"
    ),
    "get": (
        "get show view open display see read details detail voir montrer montre affiche "
        "consulter ouvrir lire fiche"
    ),
    "search": (
        "search find look lookup locate chercher cherche rechercher recherche trouver trouve "
        "retrouver retrouve"
    ),
    "count": "count many number combien nombre compter denombrer",
    "aggregate": (
        "aggregate sum total totals average mean breakdown somme totaux totaliser moyenne "
        "repartition cumul statistics statistiques stats split ventilation ventiler"
    ),
    "create": (
        "create add new make register insert creer cree ajouter ajoute ajout nouveau nouvelle "
        "saisir enregistrer creation record request demander poser passer faire etablir "
        "rediger ecrire write book prendre issue emettre enter ouvrir generate generer"
    ),
    "update": (
        "update edit change modify correct amend set modifier modification changer change "
        "corriger actualiser maj editer mettre fix rectify rectifier rename renommer postpone "
        "repousser reporter completer"
    ),
    "archive": "archive deactivate hide shelve archiver desactiver masquer ranger cote",
    "restore": (
        "restore unarchive reactivate recover restaurer reactiver desarchiver recuperer ressortir"
    ),
    "delete": "delete remove erase drop supprimer effacer enlever retirer suppression",
    "duplicate": "duplicate copy clone dupliquer copier recopier cloner copie reproduire",
    "export": (
        "export download extract csv excel xlsx spreadsheet dump exporter telecharger extraire "
        "extraction tableur sortir"
    ),
    "import": "import load importer charger televerser reprendre",
    "history": (
        "history changelog changes log changed historique modifications journal evolution modifie"
    ),
    "comment": (
        "comment remark annotate mention commenter commentaire annoter remarque mentionner"
    ),
    "attach_document": (
        "attach attachment upload file document joindre attacher deposer televerser piece fichier"
    ),
    "list_documents": "attachments files documents pieces fichiers",
    "list_comments": "comments remarks thread said say commentaires remarques fil dit",
    "bulk_create": "bulk batch mass many several masse lot serie plusieurs",
    "bulk_update": "bulk batch mass many several masse lot serie plusieurs",
}
"""The words that name a standard verb by themselves."""

_SEEING = (
    "list liste show see view read which what quels quelles voir montre montrer lire affiche "
    "afficher lister attached attaches jointes joints"
)
_PAPERS = (
    "contract contrat quote devis invoice facture photo picture image scan pdf letter courrier "
    "lettre plan certificate attestation kbis rib receipt recu paper papier signed signe bon "
    "brochure plaquette"
)
BESIDE: dict[str, str] = {
    "aggregate": "many much number combien nombre group grouper",
    "attach_document": f"add ajouter ajoute put mettre mets send envoyer link save new {_PAPERS}",
    "list_documents": _SEEING,
    "list_comments": f"{_SEEING} people gens discussion exchange echanges",
    "comment": "leave laisser laisse write ecrire add ajouter ajoute note put tag",
    "bulk_create": HEADS["create"],
    "bulk_update": f"{HEADS['update']} assign attribuer reassign",
    "import": "file fichier csv excel xlsx spreadsheet tableur list liste old anciens upload",
    "export": "file fichier list liste all tous toutes",
    "history": "who qui",
    "restore": "archive archived archivee",
}
"""The words that count for a verb beside one that names it."""

_DAY = (
    "(?:day|week|month|quarter|year|morning|evening|night|monday|tuesday|wednesday|thursday"
    "|friday|saturday|sunday|jour|semaine|mois|trimestre|annee|matin|soir|nuit|lundi|mardi"
    "|mercredi|jeudi|vendredi|samedi|dimanche)s?"
)
_SHEET = "(?:excel|csv|xlsx|tableur|spreadsheet|sheet)"
_MEASURE = (
    "(?:totals?|totaux|sums?|sommes?|averages?|mean|moyennes?|moyen|montants?|amounts?|valeurs?"
    "|values?|how much|how many|combien|nombre|number|breakdown|repartition|revenue|chiffre"
    "|cumul|worth)"
)
_IDIOMS = tuple(
    (re.compile(rf"\b(?:{said})\b"), meant)
    for said, meant in (
        (rf"({_MEASURE}\b.*) (?:by|per|par|selon|each|chaque|for each)", r"\1 aggregate"),
        (rf"({_MEASURE} \w+(?: \w+)? (?:each|chaque))", r"\1 aggregate"),
        ("faire (?:ca|cela)|do (?:this|that|it)", ""),
        ("secteurs? d activite", "secteur"),
        ("(a|ai|as|ont|est|sont|ete|avait|avons|pas|bien|deja) regle(e?s?)", r"\1 paye\2"),
        (
            "(?:nous|me|lui|leur) doi(?:t|vent)|(?:combien|ce qu|qu) (?:on|nous) (?:doi[st]|devons)",
            "dette",
        ),
        (
            "(?:gagn\\w*|perdu) (?:de l |d )?argent|(?:make|made|making|lose|lost) (?:any )?money",
            "profit",
        ),
        (r"(?:send\w*|sent|ship\w*|g[ia]ve\w*)((?: \w+){0,3}) back", r"return\1"),
        ("(?:job|work) (?:openings?|offers?|ads?|adverts?|vacanc\\w+)", "hire"),
        ("^e?mail (?=(?:the|a|an|this|these|my|our) )", "send "),
        (
            r"(?:how much )?(?:revenue|turnover|money|chiffre(?: d affaires)?|rapporte)(?=.* aggregate)",
            "amount",
        ),
        ("how much(?=.* aggregate)", "amount"),
        (rf"(?:every|each|chaque|tous les|toutes les|once a|once every) {_DAY}", "recurring"),
        (
            rf"(?:from|depuis|a partir d|a partir de)(?: \w+){{0,3}} (?:{_SHEET}|file|fichier)",
            "import",
        ),
        (rf"(?:to|into|as|in|vers|en|dans|sous)(?: \w+){{0,3}} {_SHEET}(?: file)?", "export"),
        ("(?:into|dans) (?:a |an |un )?(?:file|fichier)", "export"),
        ("at once|in one go|in one shot|in one call|all together|in bulk", "bulk"),
        (
            "d un (?:seul )?coup|a la fois|en une (?:seule )?fois|en masse|en lots?|par lots?",
            "bulk",
        ),
        ("(?:turn|switch|shut)(?: it)? off|stop using|met\\w* hors service", "disable"),
        (
            "(?:turn|switch)(?: it)?(?: back)? on|re ?met\\w* en (?:marche|service|route)",
            "reactivate",
        ),
        ("bring(?: it| them)? back|put back|get back", "restore"),
        ("bring(?: it| them)? in|take over from", "import"),
        ("get rid of|throw away", "delete"),
        ("set up|put in place|met\\w* en place", "create"),
        ("hand over|pass on|hand(?= )", "assign"),
        ("roll(?: it)? back|take back|revenir en arriere", "undo"),
        ("hold of", "search"),
    )
)


def without_idioms(said: str) -> str:
    """Words with what several say together put as one: 'd un coup' is 'bulk'."""
    for idiom, meant in _IDIOMS:
        said = idiom.sub(meant, said)
    return said


def companions() -> Iterator[tuple[str, str]]:
    """Each word that counts beside a verb, with the verb."""
    for verb, said in BESIDE.items():
        for word in said.split():
            yield word, verb
