"""Signs: the names over the doors of the demo company's customers, trade by trade.

A name that begins with `mer:` or `montagne:` needs such a place.
"""


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.replace("\n", ";").split(";") if name.strip())


RESTAURANTS = _names("""
    Le Comptoir des Halles; La Table d'Augustine; Le Bouchon du Marché; Chez Mado; L'Ardoise
    Le Petit Zinc; Les Deux Garçons; L'Auberge du Cheval Blanc; Le Bistrot des Amis; La Cantinière
    Le Relais de la Poste; La Ferme aux Saveurs; L'Assiette Bleue; Le Jardin de Marguerite
    Brasserie du Théâtre; Brasserie de l'Horloge; Le Grand Café; La Marmite; Chez Gaston
    La Bonne Fourchette; Le Coq Hardi; L'Atelier Gourmand; Les Trois Canards; Le Cellier
    La Table de Jeanne; Le Clos Fleuri; Au Bon Accueil; L'Échalote; Le Safran; La Tablée
    Les Copains d'Abord; Le Patio; Chez Ernestine; La Cuillère en Bois; Le Tire-Bouchon
    L'Olivier; Le Chaudron; Aux Petits Oignons; La Mère Guichard; Le Carré des Saveurs
    Le Jasmin d'Orient; Saveurs de Hanoï; La Trattoria di Nonna; Le Riad; Osteria del Sole
    Le Tandoor; La Casa Pepe; Sakura; Le Dakar; Chez Linh; La Rôtisserie du Centre
    La Verrière; Le Bistrot de la Gare; L'Embuscade; L'Entracte; Les Mauvaises Herbes
    mer: Le Grand Large; mer: La Cabane du Port; mer: L'Écume; mer: La Criée; mer: Les Embruns
    mer: Le Cabestan; mer: La Table du Phare; mer: Le Bar à Huîtres; montagne: Le Chalet des Cimes
    montagne: La Fruitière; montagne: Le Refuge Gourmand; Le Potager de Louise; Le Vieux Pressoir
    La Flambée; Le Goût des Autres; Maison Angèle; Le Perroquet Vert; Quai des Saveurs
""")
FAST_FOOD = _names("""
    Burger & Cie; Le Camion à Frites; Tacos du Centre; Pasta Presto; Kebab Istanbul; Wok & Go
    La Crêpe Dentelle; Bagel Street; Poké Malin; Pizza Napoli; La Baraque à Burgers; Le Bun Doré
    Salades & Cie; Pizzeria Vesuvio; Green Bol; Le Panini Gourmand; Chez Slim; Frites & Compagnie
    Bao Bun; La Galette Bretonne; Pita Pitta; Street Bowl
""")
BAKERIES = _names("""
    Le Fournil Saint-Honoré; La Mie Dorée; Au Pain d'Antan; Le Pétrin de Léon; La Gerbe d'Or
    L'Épi Gourmand; Aux Délices du Fournil; La Boulange du Marché; Le Levain des Carmes
    Au Blé Noir; Pain et Merveilles; La Fournée de Paul-Henri
    Les Pains de Lucie; La Huche à Pain; Croûte et Mie; Au Petit Mitron; Le Quignon
    La Fabrique à Pain; Farine et Levain; Le Moulin de la Place; L'Atelier du Pain
""")
HOTELS = _names("""
    Hôtel du Commerce; Hôtel de l'Europe; Hôtel des Voyageurs; Hôtel du Parc; Hôtel Terminus
    Hôtel de la Tour; Le Clos des Cèdres; Hôtel du Lion d'Or; Hôtel Beau Rivage; Hôtel Central
    Le Domaine des Tourelles; Hôtel Saint-Nicolas; Hôtel des Arts; La Villa Florentine
    Hôtel du Cygne; Hôtel de la Cathédrale; Les Jardins d'Adélaïde; Hôtel Sainte-Anne
    Hôtel du Palais; Le Manoir des Lys; mer: Hôtel de la Plage; mer: Hôtel des Dunes
    mer: Hôtel Belle Vue; mer: Hôtel du Phare; montagne: Hôtel des Alpages
    montagne: Le Chalet du Lac; Hôtel de la Poste; Hôtel Bristol; Hôtel Les Glycines
    Le Prieuré Saint-Michel; Hôtel Richelieu; Hôtel du Vieux Pont
""")
CAMPINGS = _names("""
    Camping Les Pins; Camping du Lac; Camping La Clairière; Camping L'Étang Bleu
    mer: Camping des Dunes; mer: Camping La Grande Plage; mer: Camping Les Goélands
    montagne: Camping Les Edelweiss; Camping Les Peupliers; Camping Le Val Vert
    Camping La Châtaigneraie; Camping L'Île Verte; Camping Les Acacias; Camping Le Bois Dormant
""")
CATERERS = _names("""
    Festins & Traditions; Réceptions Delorme; Saveurs Événements; Le Buffet Champêtre
    Cocktails & Compagnie; Grand Siècle Réceptions; Aux Noces de Cana; Épices et Festins
    La Cuisine de Margot; Instants Gourmands; L'Art de la Table; Toqués Traiteur
    Banquets de France; Papilles en Fête; Table Ouverte
""")
CONTRACT = _names("""
    Restaucole; Tablia Restauration; Cantinéo; Midi Collectivités; Saveurs en Partage
    Graines de Midi; Les Tables Communes; Repas Solidaires
    Les Convives de l'Ouest; Grain de Sel Collectivités
""")
CARE = _names("""
    Résidence Les Tilleuls; Résidence Les Hortensias; EHPAD Les Jardins de l'Orme
    Résidence Le Clos Saint-Joseph; EHPAD La Roseraie; Résidence Beau Soleil; EHPAD Les Mimosas
    Résidence Les Magnolias; Maison Sainte-Élisabeth; EHPAD Le Bois Fleuri
    Résidence Les Quatre Saisons; EHPAD Les Érables; Résidence Bel Air; Résidence Le Verger
    EHPAD Saint-Vincent; EHPAD La Pommeraie; Résidence Les Lavandes; Résidence L'Orée du Bois
    EHPAD Les Charmilles; Résidence Les Camélias
""")
CLINICS = _names("""
    Clinique Saint-Luc; Clinique des Cèdres; Clinique de la Roseraie; Polyclinique du Parc
    Centre de rééducation Le Belvédère; Clinique Sainte-Odile; Clinique Les Ormeaux
""")
SCHOOLS = _names("""
    Collège Simone Veil; Lycée Ada Lovelace; Lycée Germaine Tillion; Collège Rosa Parks
    Lycée Paul Langevin; Collège Jean Rostand; Lycée hôtelier Raymond Oliver
    Lycée Marie Curie; Collège Lucie Aubrac; Lycée Joliot-Curie; Collège Joséphine Baker
    Lycée Émilie du Châtelet; Collège Albert Camus; Lycée agricole Olivier de Serres
    Collège Gisèle Halimi; Lycée Sophie Germain; Collège Jacques Prévert
""")
WHOLESALE = _names("""
    Marée Atlantique Distribution; Primeurs du Val; Froid Express Alimentaire
    Comptoir des Viandes; Les Halles du Centre; Alpes Frais Distribution; Sud Primeurs
    Provisions & Saveurs; Grand Marché Négoce; Océan Mareyage
""")
GROCERIES = _names("""
    Supérette du Centre; Marché Malin; Bio des Remparts; La Halle Paysanne; Épi Vert
    Le Panier Fermier; Épicerie Saint-Jacques; Le Marché de Léon; Vrac & Bio; Nature en Vrac
    L'Épicerie des Faubourgs; Frais Village
""")
BARS = _names("""
    Le Balto des Sports; Le Café de la Mairie; Bar L'Équinoxe; Le Chat Noir; Le Zinc
    La Cave à Jules; Café des Arts; Le Bar du Marché; Le Repaire; L'Apéro; Le Café Crème
    Le Bar des Sportifs; L'Heure Heureuse
""")
PASTRIES = _names("""
    Sucre et Vanille; L'Éclair Gourmand; Douceurs d'Adèle; La Religieuse; Praliné; Saint-Honoré
""")
BUTCHERS = _names("""
    La Bonne Entrecôte; Au Cochon Rose; Boucherie du Marché; L'Étal du Boucher
""")
FISHMONGERS = _names("Le Banc de Poissons; Marée Fraîche; La Belle Dorade; Aux Trois Homards")
CHEESES = _names("La Cave d'Affinage; L'Affineur du Coin; Au Bon Fromage; Brebis & Cie")
ICE_CREAMS = _names("Glaces Pôle Nord; Gelato di Casa; Le Cornet d'Amour; Sorbets et Merveilles")
