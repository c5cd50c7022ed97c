"""Wording: what pages about people say, in both languages."""

from eyeot.declare.problem import Problem
from eyeot.surface.pages import Visit, refusals

_WEAK = {
    "short": (
        "Use at least 12 characters. A few words in a row are easy to remember.",
        "Utilisez au moins 12 caractères. Quelques mots à la suite se retiennent bien.",
    ),
    "long": ("Use at most 200 characters.", "Utilisez au plus 200 caractères."),
    "common": (
        "This is among the first that attackers try. Use a few words that do not belong together.",
        "C'est l'un des premiers que les pirates essaient. Choisissez quelques mots sans lien entre eux.",
    ),
    "alike": (
        "It is too close to your name, address or organisation. Use words that have nothing to do with you.",
        "Il ressemble trop à votre nom, adresse ou organisation. Choisissez des mots sans rapport avec vous.",
    ),
    "different": (
        "The two are not the same. Write the new password twice.",
        "Les deux saisies diffèrent. Écrivez deux fois le nouveau mot de passe.",
    ),
    "wrong": (
        "This is not your present password. Check it and try again.",
        "Ce n'est pas votre mot de passe actuel. Vérifiez-le et réessayez.",
    ),
}
_REFUSED = {
    ("core.user.invite", "email"): (
        "This person was invited or works here already; look for them in the list.",
        "Cette personne est déjà invitée ou travaille déjà ici ; cherchez-la dans la liste.",
    ),
    ("permission",): (
        "You can only give rights that you hold yourself. Ask somebody who holds them.",
        "Vous ne pouvez donner que des droits que vous avez vous-même. Demandez à qui les détient.",
    ),
    ("core.role.unassign", "user_id"): (
        "The last owner and the last administrator keep their role. Give it to somebody else first.",
        (
            "Le dernier propriétaire et le dernier administrateur gardent leur rôle. Donnez-le d'abord à"
            " quelqu'un d'autre."
        ),
    ),
    ("core.user.suspend", "user_id"): (
        "The last owner and the last administrator stay. Give their role to somebody else first.",
        (
            "Le dernier propriétaire et le dernier administrateur restent. Donnez d'abord leur rôle à"
            " quelqu'un d'autre."
        ),
    ),
    ("core.user.deactivate", "hand_over_to"): (
        "Choose an active colleague who takes their work over.",
        "Choisissez un collègue actif qui reprend leur travail.",
    ),
    ("core.user.reset_mfa", "id"): (
        (
            "It cannot be reset here: they have none, or their account works elsewhere too. In that case they"
            " use a recovery code, or ask whoever operates this server."
        ),
        (
            "Impossible ici : soit il n'y en a pas, soit ce compte travaille aussi ailleurs."
            " Dans ce cas, qu'ils utilisent un code de secours ou demandent à l'exploitant du serveur."
        ),
    ),
    ("core.role.update", "id"): (
        "Somebody must be able to administer the organisation. Give another role that right first.",
        "Quelqu'un doit pouvoir administrer l'organisation. Donnez d'abord ce droit à un autre rôle.",
    ),
}
_REFUSED["core.user.deactivate", "user_id"] = _REFUSED["core.user.suspend", "user_id"]
_REFUSED["core.role.archive", "id"] = _REFUSED["core.role.update", "id"]
_REFUSED["core.role.assign", "user_id"] = _REFUSED["core.role.unassign", "user_id"]


def weak(visit: Visit, fault: str) -> str:
    """Why a password is not taken."""
    return visit.say(*_WEAK[fault])


def refusal(visit: Visit, action: str, refused: Problem) -> str:
    """A refusal of one of these pages' actions, as a sentence for the reader."""
    field = getattr(refused, "field", None)
    known = _REFUSED.get((action, field)) if field else None
    known = known or (_REFUSED.get((field,)) if field else None)
    return visit.say(*known) if known else refusals.said(visit, refused)
