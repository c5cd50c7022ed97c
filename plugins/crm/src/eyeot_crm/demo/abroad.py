"""Abroad and upstream: the customers outside France, and the suppliers.

The VAT numbers are valid in form and above what each country has given out. The German and British
telephones are those reserved for drama; the other countries reserve none.
"""

from decimal import Decimal

from eyeot_crm.demo.companies import Profile
from eyeot_crm.demo.identifiers import Registry, siret, vat_number
from eyeot_crm.demo.model import Address, Company, PartyRole
from eyeot_crm.demo.people import Name
from eyeot_crm.demo.places import COMMUNES
from eyeot_crm.demo.trades import TRADES

# Country, trade, form, name, VAT number, headcount, revenue, language
# / street, postcode, city, telephone, the person we know
_CUSTOMERS = """
BE | hotel | SRL | Hôtel du Grand Sablon | BE0998120496 | 46 | 3910000 | fr
 / Rue de la Régence 21 | 1000 | Bruxelles | +3225550142 | Mme Charlotte Vandenberghe
BE | bakery | SRL | Boulangerie Deprez | BE0998351714 | 9 | 720000 | fr
 / Rue Royale 54 | 7500 | Tournai | +3269550118 | M. Olivier Deprez
BE | restaurant | SRL | Brasserie de la Batte | BE0998702694 | 17 | 1380000 | fr
 / Quai de la Batte 12 | 4000 | Liège | +3242550163 | M. Renaud Collard
BE | caterer | SA | Meuse Traiteur | BE0998046361 | 31 | 2640000 | fr
 / Chaussée de Dinant 208 | 5000 | Namur | +3281550127 | Mme Sabine Lambotte
DE | hotel | GmbH | Hotel Am Rheinufer | DE991204576 | 62 | 5750000 | de
 / Rheingasse 18 | 50676 | Köln | +492214710142 | Mme Katrin Lindner
DE | caterer | GmbH | Mainblick Catering | DE992603183 | 38 | 3120000 | de
 / Gutleutstraße 77 | 60329 | Frankfurt am Main | +496990009135 | M. Jens Albrecht
ES | restaurant | S.L. | Asador Bidasoa | ESB99402109 | 14 | 1090000 | es
 / Calle Mayor 9 | 20302 | Irún | +34943000142 | M. Iker Aramburu
ES | hotel | S.L. | Hotel Puerta del Ampurdán | ESB99771404 | 33 | 2480000 | es
 / Calle Nou 41 | 17600 | Figueres | +34972000127 | Mme Marta Vilanova
IT | restaurant | S.r.l. | Trattoria del Borgo | IT99812040154 | 12 | 940000 | it
 / Via Roma 33 | 18039 | Ventimiglia | +390184000142 | M. Davide Ferrero
IT | icecream | S.r.l. | Gelateria Valdostana | IT99844710279 | 8 | 610000 | it
 / Via Torino 15 | 11100 | Aosta | +390165000118 | Mme Giulia Perron
GB | restaurant | Ltd | The Clerkenwell Bistro | GB999010141 | 19 | 1560000 | en
 / 42 Exmouth Market | EC1R 4QE | London | +442079460142 | M. Simon Hartley
GB | bakery | Ltd | Saint Germain Bakehouse | GB999010337 | 13 | 990000 | en
 / 8 Lower Marsh | SE1 7RG | London | +442079460187 | Mme Emma Whitfield
"""
# Form, name, NAF, street, commune
_FRENCH_SUPPLIERS = """
SAS | Frigelia | 28.25Z | 118 avenue de l'Europe | Bourg-en-Bresse
SAS | Inoxal Cuisines Professionnelles | 28.93Z | ZI Nord | Niort
SA | Fours Tardivel | 28.93Z | 65 rue Denis Papin | Le Mans
SAS | Panneaux Isothermes du Poitou | 22.23Z | ZA de la Croix Blanche | Poitiers
SAS | Ventilation Cormeray | 28.25Z | 31 rue Ampère | Tours
SARL | Inox Découpe Orléanaise | 25.62B | 9 rue des Artisans | Orléans
SAS | Comptoir des Fluides Frigorigènes | 46.69B | 84 rue de l'Industrie | Vénissieux
SAS | Pièces Froid Service | 46.69B | 16 rue Gutenberg | Montreuil
SARL | Transports Gaborit | 49.41A | ZA du Bois Joli | Cholet
SAS | Vaisselle et Petit Matériel Bonnard | 46.44Z | 40 rue Ampère | Saint-Étienne
SARL | Montage Levage Berrichon | 33.20A | ZA des Grands Champs | Vierzon
SAS | Électricité Froid Rhodanienne | 43.22B | 22 rue des Frères Lumière | Villeurbanne
"""
# Country, form, name, VAT number, language / street, postcode, city, telephone
_FOREIGN_SUPPLIERS = """
IT | S.p.A. | Lavadora Professionale | IT99866300637 | it
 / Via dell'Artigianato 60 | 31020 | San Vendemiano | +390438000142
IT | S.r.l. | Gelatec Macchine | IT99833511001 | it
 / Via Emilia 214 | 40064 | Ozzano dell'Emilia | +39051000127
DE | GmbH | Kombidampf Technik | DE997419028 | de
 / Industriestraße 5 | 80939 | München | +498999998142
ES | S.L. | Vitrinas del Mediterráneo | ESB99503807 | es
 / Polígono Industrial Norte 12 | 46470 | Catarroja | +34961000142
"""
_TRADE = {trade.key: trade for trade in TRADES}


def _records(text: str) -> list[list[str]]:
    rows = text.replace("\n / ", " | ").strip().splitlines()
    return [[field.strip() for field in row.split("|")] for row in rows]


def foreign_customers(registry: Registry) -> list[Profile]:
    return [_foreign_customer(registry, record) for record in _records(_CUSTOMERS)]


def _foreign_customer(registry: Registry, record: list[str]) -> Profile:
    country, trade_key, form, sign, vat, headcount, revenue, language, *place, known = record
    civility, first, last = known.split(" ", 2)
    trade = _TRADE[trade_key]
    return Profile(
        company=_foreign(registry, (country, form, sign, vat, language), place, "customer"),
        industry=trade.industry,
        headcount=int(headcount),
        annual_revenue=Decimal(revenue),
        trade=trade,
        area=country,
        founder=Name("Mme" if civility == "Mme" else "M.", first, last),
    )


def _foreign(
    registry: Registry, legal: tuple[str, str, str, str, str], place: list[str], role: PartyRole
) -> Company:
    country, form, sign, vat, language = legal
    line, postcode, city, phone = place
    domain = registry.domain(sign, city)
    return Company(
        key="",
        name=f"{sign} {form}",
        trade_name=sign,
        legal_form=form,
        siren=None,
        siret=None,
        vat_number=vat,
        naf_code=None,
        is_taxable_person=True,
        address=Address(line, postcode, city, None, None, country),
        phone=phone,
        email=f"info@{domain}",
        website=f"https://www.{domain}",
        language=language,
        roles=(role,),
    )


def suppliers(registry: Registry) -> list[Company]:
    french = [_french_supplier(registry, record) for record in _records(_FRENCH_SUPPLIERS)]
    return french + [
        _foreign(registry, (country, form, sign, vat, language), place, "supplier")
        for country, form, sign, vat, language, *place in _records(_FOREIGN_SUPPLIERS)
    ]


def _french_supplier(registry: Registry, record: list[str]) -> Company:
    form, sign, naf, line, city = record
    place = next(commune for commune in COMMUNES if commune.name == city)
    siren = registry.siren()
    domain = registry.domain(sign)
    return Company(
        key="",
        name=f"{sign} {form}",
        trade_name=sign,
        legal_form=form,
        siren=siren,
        siret=siret(siren),
        vat_number=vat_number(siren),
        naf_code=naf,
        is_taxable_person=True,
        address=Address(line, place.postcode, city, place.department, place.region, "FR"),
        phone=registry.landline(place.region, place.department),
        email=f"commercial@{domain}",
        website=f"https://www.{domain}",
        language="fr",
        roles=("supplier",),
    )
