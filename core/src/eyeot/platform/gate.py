"""Gate: the database functions that find a credential by its hash, and tell of changed policies."""

FOLD = """
CREATE FUNCTION eyeot_fold(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT lower(public.unaccent('public.unaccent', value)) $$
"""
"""unaccent() is only STABLE, since its dictionary could change; naming that makes this safe to index."""

KEY = """
CREATE FUNCTION eyeot_gate_key(secret bytea) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT jsonb_build_object(
    'key_id', k.id, 'org_id', k.org_id, 'org_slug', o.slug, 'org_name', c.legal_name,
    'name', k.name, 'made_for', k.made_for, 'user_id', k.owner_id, 'scopes', k.scopes,
    'expires_at', extract(epoch FROM CASE
        WHEN k.secret_hash = encode(secret, 'hex') THEN k.expires_at
        ELSE least(k.expires_at, k.former_until) END),
    'ip_allowlist', k.ip_allowlist, 'locale', c.locale, 'timezone', c.timezone,
    'team_ids', (SELECT jsonb_agg(m.team_id) FROM core_team_member m
                 WHERE m.org_id = k.org_id AND m.user_id = k.owner_id),
    'role_id', k.role_id,
    'roles', (SELECT jsonb_agg(jsonb_build_object('name', r.name, 'permissions', r.permissions))
              FROM core_role r
              WHERE r.org_id = k.org_id AND r.id = k.role_id AND r.archived_at IS NULL),
    'refused', CASE
        WHEN c.archived_at IS NOT NULL THEN 'The organisation of this key is closed.'
        WHEN k.status <> 'active' THEN 'This key was revoked.'
        WHEN u.status <> 'active' THEN 'The person this key acts for may not work here now.'
        END)
  FROM core_api_key k
  JOIN eyeot_organisation o ON o.id = k.org_id
  JOIN core_organization c ON c.org_id = k.org_id
  LEFT JOIN core_user u ON u.org_id = k.org_id AND u.id = k.owner_id
  WHERE k.secret_hash = encode(secret, 'hex') OR k.former_hash = encode(secret, 'hex')
  LIMIT 1
$$
"""

CHANGED = """
CREATE FUNCTION eyeot_policy_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('eyeot_policy', coalesce(NEW.org_id, OLD.org_id)::text);
  RETURN NULL;
END $$
"""

GOVERNING = (
    "core_api_key",
    "core_role",
    "core_user",
    "core_user_role",
    "core_team_member",
    "core_organization",
)

FUNCTIONS = (
    FOLD,
    KEY,
    "ALTER FUNCTION eyeot_gate_key(bytea) OWNER TO eyeot_gate",
    CHANGED,
    *(
        f"CREATE TRIGGER policy_changed AFTER INSERT OR UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION eyeot_policy_changed()"
        for table in GOVERNING
    ),
)
DROPPED = "DROP FUNCTION eyeot_policy_changed, eyeot_gate_key, eyeot_fold"

DISABLED = """
CREATE FUNCTION eyeot_gate_disabled(organisation uuid) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(array_agg(name ORDER BY name), '{}') FROM (
    SELECT name FROM eyeot_module WHERE NOT enabled
    UNION SELECT name FROM core_module WHERE org_id = organisation AND status = 'disabled') found
$$
"""
"""The modules that are switched off for an organisation, by itself or for the whole deployment."""

KEY_AND_MODULES = KEY.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    "    'refused', CASE", "    'disabled', eyeot_gate_disabled(k.org_id),\n    'refused', CASE"
)
KEY_AND_PROVENANCE = KEY_AND_MODULES.replace(
    "    'refused', CASE", "    'provenance', k.provenance,\n    'refused', CASE"
)
KEY_AND_LICENCE = KEY_AND_PROVENANCE.replace(
    "    'refused', CASE", "    'licence', eyeot_gate_licence(k.org_id),\n    'refused', CASE"
)
LICENCE = """
CREATE FUNCTION eyeot_gate_licence(organisation uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT jsonb_build_object(
    'licence', (SELECT l.signed FROM core_licence l WHERE l.org_id = organisation),
    'people', (SELECT count(*) FROM core_user u WHERE u.org_id = organisation AND u.status = 'active'),
    'seen', (SELECT extract(epoch FROM a.at) FROM core_audit_event a WHERE a.org_id = organisation
             ORDER BY a.id DESC LIMIT 1))
$$
"""
"""An organisation's licence as it was signed, the people who count, and the newest time its audit knows."""

LICENCE_FUNCTIONS = (
    LICENCE,
    "ALTER FUNCTION eyeot_gate_licence(uuid) OWNER TO eyeot_gate",
    KEY_AND_LICENCE,
    """CREATE TRIGGER policy_changed AFTER INSERT OR UPDATE OR DELETE ON core_licence
    FOR EACH ROW EXECUTE FUNCTION eyeot_policy_changed()""",
)
LICENCE_DROPPED = (
    KEY_AND_PROVENANCE,
    "DROP TRIGGER policy_changed ON core_licence",
    "DROP FUNCTION eyeot_gate_licence",
)
SWITCHED = """
CREATE FUNCTION eyeot_module_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('eyeot_policy', '');
  RETURN NULL;
END $$
"""
"""Tells nobody's organisation: what changed concerns all."""

DISABLED_FUNCTIONS = (
    DISABLED,
    "ALTER FUNCTION eyeot_gate_disabled(uuid) OWNER TO eyeot_gate",
    KEY_AND_MODULES,
    SWITCHED,
    """CREATE TRIGGER policy_changed AFTER INSERT OR UPDATE OR DELETE ON core_module
    FOR EACH ROW EXECUTE FUNCTION eyeot_policy_changed()""",
    """CREATE TRIGGER module_changed AFTER INSERT OR UPDATE OR DELETE ON eyeot_module
    FOR EACH STATEMENT EXECUTE FUNCTION eyeot_module_changed()""",
)
DISABLED_DROPPED = (
    KEY.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
    "DROP TRIGGER policy_changed ON core_module",
    "DROP TRIGGER module_changed ON eyeot_module",
    "DROP FUNCTION eyeot_module_changed, eyeot_gate_disabled",
)
CREDENTIAL = """
CREATE FUNCTION eyeot_gate_credential(org uuid, credential uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT eyeot_gate_key(decode(k.secret_hash, 'hex'))
  FROM core_api_key k WHERE k.org_id = org AND k.id = credential
$$
"""
"""The caller of a credential by its id, for jobs, which go on without its secret."""
KEY_AND_AGENT = KEY_AND_LICENCE.replace(
    "    'refused', CASE",
    """    'granted', k.granted,
    'agent', (SELECT jsonb_build_object('id', a.id, 'name', a.name, 'status', a.status,
                'ceiling', a.ceiling, 'approval_policy', a.approval_policy,
                'retired', a.archived_at IS NOT NULL)
              FROM core_agent_client a WHERE a.org_id = k.org_id AND a.id = k.agent_id),
    'refused', CASE""",
)
PAUSED = """
CREATE FUNCTION eyeot_gate_paused(org uuid, credential uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM core_api_key k
    JOIN core_agent_client a ON a.org_id = k.org_id AND a.id = k.agent_id
    WHERE k.org_id = org AND k.id = credential AND a.status = 'paused' AND a.archived_at IS NULL)
$$
"""
"""Whether the agent of a key is paused, so that its jobs and plans wait."""
MEMBER = """
CREATE FUNCTION eyeot_gate_member(organisation uuid, member uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT jsonb_build_object(
    'org_id', u.org_id, 'org_slug', o.slug, 'org_name', c.legal_name, 'user_id', u.id,
    'name', u.display_name, 'locale', u.locale, 'timezone', c.timezone,
    'team_ids', (SELECT jsonb_agg(m.team_id) FROM core_team_member m
                 WHERE m.org_id = u.org_id AND m.user_id = u.id),
    'roles', (SELECT jsonb_agg(jsonb_build_object('name', r.name, 'permissions', r.permissions))
              FROM core_user_role h JOIN core_role r ON r.org_id = h.org_id AND r.id = h.role_id
              WHERE h.org_id = u.org_id AND h.user_id = u.id AND r.archived_at IS NULL
                AND (h.expires_at IS NULL OR h.expires_at > now())),
    'roles_until', (SELECT extract(epoch FROM min(h.expires_at)) FROM core_user_role h
              WHERE h.org_id = u.org_id AND h.user_id = u.id AND h.expires_at > now()),
    'signed_out_at', extract(epoch FROM u.signed_out_at),
    'disabled', eyeot_gate_disabled(u.org_id),
    'licence', eyeot_gate_licence(u.org_id),
    'refused', CASE
        WHEN c.archived_at IS NOT NULL THEN 'This organisation is closed.'
        WHEN u.status <> 'active' THEN 'This person may not work here now.'
        END)
  FROM core_user u
  JOIN eyeot_organisation o ON o.id = u.org_id
  JOIN core_organization c ON c.org_id = u.org_id
  WHERE u.org_id = organisation AND u.id = member
$$
"""
"""A person as a caller: what their roles give today, and why they may not work here, if so."""

PERSON = """
CREATE FUNCTION eyeot_gate_person(organisation uuid, account uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT eyeot_gate_member(u.org_id, u.id) FROM core_user u
  WHERE u.org_id = organisation AND u.account_id = account
$$
"""
HOUSES = """
CREATE FUNCTION eyeot_gate_houses(account uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object('org_id', u.org_id, 'slug', o.slug,
      'name', c.legal_name, 'user_id', u.id, 'display_name', u.display_name, 'locale', u.locale)
    ORDER BY c.legal_name, o.slug), '[]')
  FROM core_user u
  JOIN eyeot_organisation o ON o.id = u.org_id
  JOIN core_organization c ON c.org_id = u.org_id
  WHERE u.account_id = account AND u.status = 'active' AND c.archived_at IS NULL
$$
"""
"""The organisations that an account may work in."""

PEOPLE_FUNCTIONS = (
    MEMBER,
    "ALTER FUNCTION eyeot_gate_member(uuid, uuid) OWNER TO eyeot_gate",
    PERSON,
    "ALTER FUNCTION eyeot_gate_person(uuid, uuid) OWNER TO eyeot_gate",
    HOUSES,
    "ALTER FUNCTION eyeot_gate_houses(uuid) OWNER TO eyeot_gate",
)
PEOPLE_DROPPED = ("DROP FUNCTION eyeot_gate_houses, eyeot_gate_person, eyeot_gate_member",)

INVITATION = """
CREATE FUNCTION eyeot_gate_invitation(secret bytea) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT jsonb_build_object(
    'org_id', i.org_id, 'org_slug', o.slug, 'org_name', c.legal_name, 'user_id', u.id,
    'email', u.email, 'name', u.display_name, 'locale', u.locale, 'timezone', c.timezone,
    'inviter', (SELECT b.display_name FROM core_user b
                WHERE b.org_id = i.org_id AND b.id = i.invited_by),
    'disabled', eyeot_gate_disabled(u.org_id),
    'licence', eyeot_gate_licence(u.org_id))
  FROM core_invitation i
  JOIN core_user u ON u.org_id = i.org_id AND u.id = i.user_id
  JOIN eyeot_organisation o ON o.id = i.org_id
  JOIN core_organization c ON c.org_id = i.org_id
  WHERE i.secret_hash = encode(secret, 'hex') AND i.expires_at > now() AND u.status = 'invited'
    AND c.archived_at IS NULL
$$
"""
"""Whom a one-time link invites where, while it is good."""
SESSIONS = """
CREATE FUNCTION eyeot_gate_sessions(organisation uuid, member uuid)
RETURNS TABLE (id uuid, signed_in_at timestamptz, seen_at timestamptz, expires_at timestamptz, ip text,
  user_agent text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT s.id, s.signed_in_at, s.seen_at, s.expires_at, s.ip, s.user_agent
  FROM core_user u JOIN eyeot_session s ON s.account_id = u.account_id AND s.org_id = u.org_id
  WHERE u.org_id = organisation AND u.id = member AND s.verified AND s.expires_at > now()
    AND u.org_id = NULLIF(current_setting('app.org_id', true), '')::uuid
    AND (u.signed_out_at IS NULL OR s.signed_in_at > u.signed_out_at)
  ORDER BY s.seen_at DESC LIMIT 200
$$
"""
"""Where somebody is signed in to this organisation; what they do in others is not told."""
RESET_FACTOR = """
CREATE FUNCTION eyeot_gate_reset_factor(organisation uuid, member uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE whose uuid;
BEGIN
  SELECT u.account_id INTO whose FROM core_user u WHERE u.org_id = organisation AND u.id = member
    AND u.org_id = NULLIF(current_setting('app.org_id', true), '')::uuid;
  IF whose IS NULL THEN
    RETURN 'nobody';
  END IF;
  IF EXISTS (SELECT FROM core_user o
             WHERE o.account_id = whose AND o.org_id <> organisation AND o.status <> 'deactivated') THEN
    RETURN 'elsewhere';
  END IF;
  UPDATE eyeot_account SET totp_secret = NULL, totp_since = NULL, totp_step = NULL WHERE id = whose;
  DELETE FROM eyeot_recovery_code WHERE account_id = whose;
  RETURN 'done';
END $$
"""
"""Take a second factor away; only of an account that belongs to this organisation alone."""
MEMBERS_FUNCTIONS = (
    INVITATION,
    "ALTER FUNCTION eyeot_gate_invitation(bytea) OWNER TO eyeot_gate",
    SESSIONS,
    "ALTER FUNCTION eyeot_gate_sessions(uuid, uuid) OWNER TO eyeot_gate",
    RESET_FACTOR,
    "ALTER FUNCTION eyeot_gate_reset_factor(uuid, uuid) OWNER TO eyeot_gate",
)
MEMBERS_DROPPED = (
    "DROP FUNCTION eyeot_gate_reset_factor, eyeot_gate_sessions, eyeot_gate_invitation",
)
GRANT = """
CREATE FUNCTION eyeot_gate_grant(organisation uuid, consent uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT eyeot_gate_member(g.org_id, g.owner_id) || jsonb_build_object(
    'grant_id', g.id, 'client_name', g.client_name, 'client_id', g.client_id, 'scopes', g.scopes,
    'ip_allowlist', g.ip_allowlist, 'ends_at', extract(epoch FROM g.expires_at),
    'agent', (SELECT jsonb_build_object('id', a.id, 'name', a.name, 'status', a.status,
                'ceiling', a.ceiling, 'approval_policy', a.approval_policy,
                'retired', a.archived_at IS NOT NULL)
              FROM core_agent_client a WHERE a.org_id = g.org_id AND a.id = g.agent_id),
    'revoked', g.status <> 'active')
  FROM core_oauth_grant g WHERE g.org_id = organisation AND g.id = consent
$$
"""
"""An app as a caller: its person as they stand today, and what they let it do."""
BEARER = """
CREATE FUNCTION eyeot_gate_token(secret bytea) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT eyeot_gate_grant(t.org_id, t.grant_id) || jsonb_build_object(
    'expires_at', extract(epoch FROM t.expires_at), 'narrowed', t.scopes)
  FROM core_oauth_token t WHERE t.token_hash = secret AND t.kind = 'access'
  LIMIT 1
$$
"""
PAUSED_APPS = PAUSED.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    "a.archived_at IS NULL)",
    """a.archived_at IS NULL)
  OR EXISTS (SELECT FROM core_oauth_grant g
    JOIN core_agent_client a ON a.org_id = g.org_id AND a.id = g.agent_id
    WHERE g.org_id = org AND g.id = credential AND a.status = 'paused' AND a.archived_at IS NULL)""",
)
GRANT_FUNCTIONS = (
    GRANT,
    "ALTER FUNCTION eyeot_gate_grant(uuid, uuid) OWNER TO eyeot_gate",
    BEARER,
    "ALTER FUNCTION eyeot_gate_token(bytea) OWNER TO eyeot_gate",
    PAUSED_APPS,
    # That one was used is no change of what it may do.
    """CREATE TRIGGER policy_changed
    AFTER DELETE OR UPDATE OF status, scopes, ip_allowlist, expires_at, agent_id, owner_id ON core_oauth_grant
    FOR EACH ROW EXECUTE FUNCTION eyeot_policy_changed()""",
    # Nobody remembers a token that is over, however many are swept at once.
    """CREATE TRIGGER policy_changed AFTER DELETE ON core_oauth_token
    FOR EACH ROW WHEN (OLD.kind = 'access' AND OLD.expires_at > now())
    EXECUTE FUNCTION eyeot_policy_changed()""",
)
GRANT_DROPPED = (
    PAUSED.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
    "DROP FUNCTION eyeot_gate_token, eyeot_gate_grant",
)
