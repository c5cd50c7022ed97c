"""Policy: the compiled look-ups say what Casbin says, for every action and any grants."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eyeot.declare.access import Reach
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.guards.callers import access_of
from eyeot.runtime.policy import REACHES, Compiler, Grant, Policies, covers, narrowed

ORG, ME = "0190a5d4-0000-7000-8000-000000000001", "key:1"
NAMES = (
    "*", "crm:*", "crm:write", "crm:read", "core:read", "core:write", "core:admin", "core:audit",
    "crm.party:delete", "crm.lead:delete", "crm.lead:write", "crm.lead:read", "sales:*", "hr:write",
    "core.role:delete", "crm", "crm:", ":read", "crm.*", "crm.party:*", "hr.employee:salary",
)  # fmt: skip
permissions = st.sampled_from(NAMES)
reaches = st.sampled_from(sorted(REACHES))
held = st.dictionaries(permissions, st.sampled_from(list(Reach)), max_size=6)
relaxed = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _compiler(catalogue: Catalogue) -> Compiler:
    return Compiler(catalogue.actions.values(), {"hr.employee:salary", "*"})


@relaxed
@given(
    through=st.lists(st.tuples(st.sampled_from("abc"), permissions, reaches), max_size=8),
    direct=st.lists(st.tuples(permissions, reaches), max_size=3),
    roles=st.lists(st.sampled_from("abcd"), unique=True),
)
def test_compiled_look_ups_are_casbins_own_answers(
    catalogue: Catalogue,
    through: list[tuple[str, str, str]],
    direct: list[tuple[str, str]],
    roles: list[str],
) -> None:
    grants = [Grant(*one) for one in through] + [Grant(ME, *one) for one in direct]
    policies = Policies(ORG, ME, roles, grants)
    access = _compiler(catalogue).access(policies.held())

    for action in catalogue.actions.values():
        if action.scope_free:
            continue
        allowed = [REACHES[reach] for reach in REACHES if policies.allows(action.needs, reach)]
        assert access.actions.get(action.name) == max(allowed, default=None), action.name


@relaxed
@given(given_=held, scopes=st.lists(permissions, min_size=1, max_size=4))
def test_scopes_leave_what_both_the_role_and_a_scope_permit(
    catalogue: Catalogue, given_: dict[str, Reach], scopes: list[str]
) -> None:
    access = _compiler(catalogue).access(narrowed(given_, scopes))

    for action in catalogue.actions.values():
        if action.scope_free:
            continue
        by_role = [reach for name, reach in given_.items() if covers(action.needs, name)]
        by_scope = any(covers(action.needs, one) for one in scopes)
        expected = max(by_role, default=None) if by_scope else None
        assert access.actions.get(action.name) == expected, action.name


@relaxed
@given(first=held, second=held)
def test_equal_rights_have_one_fingerprint_and_different_ones_two(
    catalogue: Catalogue, first: dict[str, Reach], second: dict[str, Reach]
) -> None:
    compiler = _compiler(catalogue)
    one, other = compiler.access(first), compiler.access(second)

    assert (one.fingerprint == other.fingerprint) == (one.permissions == other.permissions)


def test_write_includes_read_and_nothing_refined(catalogue: Catalogue) -> None:
    access = _compiler(catalogue).access({"crm:write": Reach.TEAM})

    for action in catalogue.actions.values():
        plain = action.needs in ("crm:write", "crm:read")
        assert (action.name in access.actions) == plain, action.name
    assert access.permissions == {"crm:read": Reach.TEAM, "crm:write": Reach.TEAM}


def test_no_module_wide_permission_implies_what_cannot_be_undone(catalogue: Catalogue) -> None:
    broad = {
        f"{m}:{what}": Reach.ORGANISATION for m in ("core", "crm") for what in ("read", "write")
    }
    access = _compiler(catalogue).access(broad)
    grave = [one for one in catalogue.actions.values() if one.risk in ("x", "$")]

    assert grave
    assert [one.name for one in grave if one.name in access.actions] == []


def test_a_key_whose_role_is_gone_holds_nothing(catalogue: Catalogue) -> None:
    told = {"key_id": "1", "org_id": ORG, "scopes": ["crm:read"], "role_id": "2"}

    assert access_of(told, _compiler(catalogue)).actions == {}


@pytest.mark.parametrize(
    ("asked", "held", "covered"),
    [
        ("crm:read", "crm:*", True),
        ("crm:export", "crm:*", True),
        ("crm.lead:delete", "crm:*", False),
        ("hr.employee:salary", "hr:*", False),
        ("hr.employee:salary", "*", True),
    ],
)
def test_what_is_refined_is_implied_by_no_module(asked: str, held: str, covered: bool) -> None:  # noqa: FBT001
    assert covers(asked, held) is covered
