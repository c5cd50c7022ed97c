"""Policies: Casbin holds them, with the organisation as domain; callers get them compiled to look-ups."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import casbin
from casbin.persist.adapter import Adapter

from eyeot.declare.access import Access, Reach, module_of
from eyeot.declare.action import Action

REACHES = {"own": Reach.OWN, "team": Reach.TEAM, "organisation": Reach.ORGANISATION}
EVERYTHING = "*"

_MODEL = """
[request_definition]
r = sub, dom, obj, act
[policy_definition]
p = sub, dom, obj, act
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.dom == p.dom && r.act == p.act && covers(r.obj, p.obj) && g(r.sub, p.sub, r.dom)
"""


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission and how far it reaches, held through a role or directly."""

    holder: str
    permission: str
    reach: str


class Policies:
    """The grants of one organisation's credential as a Casbin enforcer."""

    def __init__(
        self, organisation: str, subject: str, roles: Iterable[str], grants: Iterable[Grant]
    ) -> None:
        self.organisation = organisation
        self.subject = subject
        model = casbin.Enforcer.new_model(text=_MODEL)
        self.enforcer = casbin.Enforcer(
            model, _Given(organisation, subject, tuple(roles), tuple(grants))
        )
        self.enforcer.add_function("covers", covers)

    def allows(self, permission: str, reach: str) -> bool:
        """Casbin's own answer: the slow truth that the compiled look-ups are tested against."""
        return bool(self.enforcer.enforce(self.subject, self.organisation, permission, reach))

    def held(self) -> dict[str, Reach]:
        """Every permission of the subject, through roles too, with its widest reach."""
        found: dict[str, Reach] = {}
        for rule in self.enforcer.get_implicit_permissions_for_user(
            self.subject, self.organisation
        ):
            permission, reach = rule[2], REACHES[rule[3]]
            found[permission] = max(found.get(permission, Reach.OWN), reach)
        return found


class _Given(Adapter):  # type: ignore[misc]
    """Hands Casbin its rules; the database is their store."""

    def __init__(
        self, organisation: str, subject: str, roles: tuple[str, ...], grants: tuple[Grant, ...]
    ) -> None:
        self._rules = [["p", one.holder, organisation, one.permission, one.reach] for one in grants]
        self._rules += [["g", subject, role, organisation] for role in roles]

    def load_policy(self, model: casbin.Model) -> None:
        """Load every rule at once; adding them one by one is quadratic in pycasbin 2.8."""
        for kind, *rule in self._rules:
            assertion = model[kind][kind]
            assertion.policy.append(rule)
            assertion.policy_map[",".join(rule)] = len(assertion.policy) - 1


def covers(asked: str, held: str) -> bool:
    """Whether holding one permission is holding the other.

    `*` covers all; `crm:*` every `crm:…`; `crm:write` covers `crm:read`. What is refined to a resource
    (`crm.lead:delete`, `hr.employee:salary`) is implied by nothing but `*`.
    """
    if held in (EVERYTHING, asked):
        return True
    module, _, what = held.partition(":")
    if what == "*":
        return asked.partition(":")[0] == module
    return what == "write" and asked == f"{module}:read"


def narrowed(held: dict[str, Reach], scopes: Iterable[str]) -> dict[str, Reach]:
    """What remains of held permissions under scopes: each scope as far as something held covers it."""
    return within(held, dict.fromkeys(scopes, Reach.ORGANISATION))


def within(held: dict[str, Reach], bounds: dict[str, Reach]) -> dict[str, Reach]:
    """What remains of held permissions within others, no further than either reaches."""
    out: dict[str, Reach] = {}
    for bound, most in bounds.items():
        reaches = [reach for name, reach in held.items() if covers(bound, name)]
        if reaches:
            out[bound] = max(out.get(bound, Reach.OWN), min(max(reaches), most))
        for name, reach in held.items():
            if covers(name, bound):
                out[name] = max(out.get(name, Reach.OWN), min(reach, most))
    return out


class Compiler:
    """Turns held permissions into look-ups over the installed actions; equal grants share the result."""

    def __init__(self, actions: Iterable[Action], sensitive: Iterable[str]) -> None:
        self._needs = [(action.name, action.needs) for action in actions if not action.scope_free]
        self._modules = frozenset(module_of(name) for name, _ in self._needs)
        self._names = sorted({needs for _, needs in self._needs} | set(sensitive))
        self._compiled = lru_cache(maxsize=4096)(self._compile)

    def access(self, held: dict[str, Reach], disabled: frozenset[str] = frozenset()) -> Access:
        """The compiled access of these permissions, without what disabled modules would give."""
        return self._compiled(frozenset(held.items()), disabled & self._modules)

    def _compile(self, held: frozenset[tuple[str, Reach]], disabled: frozenset[str]) -> Access:
        permissions = {}
        for name in self._names:
            if disabled and module_of(name) in disabled:
                continue
            reaches = [reach for permission, reach in held if covers(name, permission)]
            if reaches:
                permissions[name] = max(reaches)
        actions = {
            name: permissions[needs]
            for name, needs in self._needs
            if needs in permissions and module_of(name) not in disabled
        }
        told = repr((sorted((n, int(r)) for n, r in permissions.items()), sorted(disabled)))
        fingerprint = hashlib.sha256(told.encode()).hexdigest()[:16]
        return Access(actions, permissions, fingerprint, disabled)
