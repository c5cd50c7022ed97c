"""Lexicon: what people say for the standard verbs and for everyday business, in both languages."""

from collections.abc import Iterator
from functools import cache, lru_cache

from eyeot.surface.mcp.verbs import HEADS, companions
from eyeot.surface.mcp.words import LANGUAGES, fold, stem

CONCEPTS = """
    customer client clientele
    supplier vendor fournisseur
    company companies business firm societe entreprise boite organisation organization
    person people personne gens
    contact interlocuteur
    lead prospect piste
    opportunity opportunities deal deals affaire affaires opportunite
    quote quotation estimate proposal offer devis offre proposition chiffrage chiffrer
    order orders commande
    invoice invoices bill facture facturer facturation billing unpaid impaye impayes impayee impayees
    credit avoir
    overdue late retard echu echue
    reminder dunning chase remind relance relancer rappel rappeler
    payment pay paid paiement payer reglement regler encaisser encaissement
    refund reimburse rembourser remboursement
    bank banque bancaire
    reconcile reconciliation rapprocher rapprochement match lettrer lettrage
    tax taxes vat tva taxe
    due deadline echeance
    product products item article produit reference sku
    price prices pricing tarif prix
    discount rebate remise rabais reduction ristourne
    stock inventory inventaire shelf shelves rayon rayons
    shortage stockout rupture manquant
    warehouse entrepot depot magasin
    purchase buy achat acheter approvisionnement procurement
    delivery deliver ship shipment livraison livrer expedition expedier shipping
    translation translate traduction traduire
    print printing imprimer impression
    receive receipt reception recevoir receptionner
    transfer move transferer transfert deplacer
    return returns retour retourner
    ticket tickets incident case
    request requests demande demandes
    reply answer respond repondre reponse
    close resolve cloturer fermer cloture resoudre
    reopen rouvrir reouvrir
    assign attribuer affecter assigner attribution affectation confier donner grant accorder
    complaint complain complains reclamation plainte plaindre plaint
    dispute contest litige contester conteste contestation desaccord disagree disagrees
    damaged broken defective faulty abime casse cassee defectueux defectueuse
    exchange swap replace replacement echanger echange remplacer remplacement
    owe owes owed owing debt debts dette dettes
    installment instalment installments instalments echelonner echeancier
    connect connecter connexion connection brancher relier
    ready pret prete prets pretes
    raise increase augmenter augmentation hausse relever
    lower decrease baisser baisse
    employee employees staff worker salarie employe collaborateur personnel
    leave holiday holidays vacation absence absent conge conges vacances off pto away
    sick sickness illness malade maladie arret
    payslip payroll salary wage wages paie salaire bulletin remuneration
    expense expenses frais depense depenses
    timesheet hours heures pointage temps
    hire recruit candidate embaucher embauche recruter recrutement candidat
    contract contrat
    approve approval validate confirm approuver valider validation approbation accepter accept
    reject refuse decline refuser rejeter refus
    cancel annuler annulation abort undo revert defaire
    stop stopper arreter arrete halt interrompre
    retry reessayer again rerun
    recurring recurrent recurrente schedule scheduled planifier planification programmer
    enable activate activer reactivate reactiver
    disable deactivate desactiver
    compare comparer difference
    split partager repartir share scinder diviser couper separer fractionner
    dormant inactive inactif neglected
    advance avancer
    lock geler freeze verrouiller figer
    version versions
    competitor concurrent
    send envoyer envoi transmettre
    post comptabiliser book
    draft brouillon
    meeting appointment rendez rdv reunion
    note memo
    task todo tache
    report rapport etat
    forecast prediction predict prevision prevoir previsions projection
    revenue turnover chiffre ca
    sales vente ventes sell sells selling sold vendre vendu vendus vendent vend
    margin profit marge benefice rentabilite
    merge fusionner regrouper combine fusion doublon doublons duplicates dedupe
    convert transform turn convertir transformer conversion
    key keys cle cles token jeton
    user users utilisateur utilisateurs member membre
    role roles permission permissions droits right rights acces access
    audit trail tracabilite
    organisation tenant etablissement
    check verify verifier controler
    cash treasury tresorerie liquidites
    cash especes liquide
    signature sign signer signe
    renew renewal renouveler renouvellement
    subscription abonnement
    journal ledger ecriture ecritures entry entries comptable accounting comptabilite compta
    month monthly mois mensuel
    today aujourd
    week weekly semaine
"""
"""One line per meaning: words that may stand for each other."""

FIELDS = """
    address adresse
    phone phones telephone tel mobile portable
    email emails mail mails courriel
    website site web
    job fonction poste
    amount montant value valeur revenue revenu rapporte
    name nom
    legal registered sociale
    industry secteur activite branche
    city ville
    postcode postal zip
    language langue
    probability probabilite
    expected prevu prevue prevues prevus attendu
    budget
    source origine provenance
    owner responsable commercial salesperson proprietaire
    reason motif
    parent subsidiary filiale mere
    deputy suppleant
    headcount effectif
    outcome resultat
"""
"""One line per field, as it is asked for."""

_OBJECTS = """
    quote order invoice credit payment refund bank reconcile stock shortage
    warehouse purchase delivery receipt return ticket complaint leave sickness payslip expense
    timesheet hire contract subscription journal revenue margin forecast cash price discount
"""
OBJECTS = frozenset(f"~{word}" for word in _OBJECTS.split())
"""What a business keeps, each in a module of its own, which may not be installed."""

STATES = """
    lost perdu
    won gagne
    abandoned abandonne
    open ouvert
    closed clos
    qualified qualifie
    disqualified disqualifie ecarte
    converted converti
    contacted contacte
    recycled recycle
    invited invite
    suspended suspendu
    deactivated desactive
    archived archive
    blocked bloque
    revoked revoque
    expired expire
    dormant inactif
    stuck stalled rotting
    overdue late retard
    refused refuse
    failed echoue
    cancelled canceled annule
    sent envoye
    signed signe
    approved approuve valide
    rejected rejete
    delivered livre
    received recu
    resolved resolu
    pending waiting attente cours
    draft brouillon
    paid paye
    unpaid impaye
    away absent
"""
"""One line per state: how it is said of a record in English, then in French (masculine singular)."""

_FINALS = """
    posted poste
    comptabilise
    issued emis
    sent envoye
    validated valide
    approved approuve
    confirmed confirme
    accepted accepte
    signed signe
    paid paye
    numbered numerote
    sealed scelle
    final definitif
    filed depose
"""
"""States from which on a record stands, written as those above."""

_QUALIFIERS = """
ready pret prete prets pretes euro euros eur two three four five ten deux trois quatre cinq dix
open opened ouvert ouverts ouverte ouvertes closed ferme fermes pending waiting attente cours
current actuel draft drafts brouillon brouillons active actif actifs inactive paid paye payes
signed signe signes wrong mauvais mauvaise bad faux date dates numero
numeros number yesterday hier tomorrow demain today aujourd hui now maintenant week semaine
semaines month mois year annee last dernier derniers derniere dernieres next prochain prochaine
prochains recent recents recently new nouveaux nouvelles old anciens name nom named called appele
janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre january
february march april may june july august september october november december lundi mardi mercredi
jeudi vendredi samedi dimanche monday tuesday wednesday thursday friday saturday sunday trimestre
quarter jour day jours days matin soir
"""
QUALIFIERS = frozenset(_QUALIFIERS.split())
"""Words that say which records, rather than what to do with them."""

VERB, _CONCEPT = "=", "~"


@cache
def _meanings() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for verb, said in HEADS.items():
        for word in (*said.split(), *verb.split("_")[:1]):
            _note(found, word, VERB + verb)
    for first, words in _synonymous():
        for word in words:
            _note(found, word, _CONCEPT + first)
    return {term: frozenset(names) for term, names in found.items()}


def _synonymous() -> Iterator[tuple[str, list[str]]]:
    """Each meaning with the words that have it."""
    for line in (*_lines(CONCEPTS), *_lines(FIELDS)):
        yield line[0], line
    for line in _lines(STATES):
        yield line[0], [form for word in line for form in _inflected(word)]


def _lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.strip().splitlines()]


def _inflected(word: str) -> tuple[str, ...]:
    """A participle in both genders and numbers; without accents, stems do not bring them together."""
    return (word, f"{word}e", f"{word}s", f"{word}es")


@cache
def states() -> frozenset[str]:
    """Every word that says what state a record is in."""
    return frozenset(form for word in STATES.split() for form in _inflected(word))


@cache
def finals() -> frozenset[str]:
    """Every word that says of a record that it stands."""
    return frozenset(form for word in _FINALS.split() for form in _inflected(word))


@cache
def business_words() -> frozenset[str]:
    """The words of everyday business, whether or not anything installed does it."""
    said = (fold(word) for word in CONCEPTS.split())
    return frozenset(stem(word, language) for word in said for language in LANGUAGES)


def _note(found: dict[str, set[str]], word: str, meaning: str) -> None:
    for language in LANGUAGES:
        found.setdefault(stem(fold(word), language), set()).add(meaning)


@cache
def known_words() -> frozenset[str]:
    """Every word of the lexicon."""
    said = [*HEADS.values(), CONCEPTS, FIELDS]
    return frozenset(fold(word) for line in said for word in line.split())


@lru_cache(maxsize=50_000)
def meanings(word: str) -> frozenset[str]:
    """The verbs (`=create`) and concepts (`~invoice`) that a folded word may stand for."""
    known = _meanings()
    none: frozenset[str] = frozenset()
    return none.union(*(known.get(stem(word, language), none) for language in LANGUAGES))


@cache
def _beside() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for word, verb in companions():
        _note(found, word, verb)
    return {term: frozenset(verbs) for term, verbs in found.items()}


@lru_cache(maxsize=50_000)
def beside(word: str) -> frozenset[str]:
    """The standard verbs beside whose names a folded word counts."""
    known = _beside()
    none: frozenset[str] = frozenset()
    return none.union(*(known.get(stem(word, language), none) for language in LANGUAGES))
