"""Prompts: what an owner asks about the deployment itself every week."""

from eyeot.declare.prompt import Localized, Prompt, Reading

agent_activity = Prompt(
    name="what_agents_did",
    title=Localized(
        en="What did agents do this week?", fr="Qu'ont fait les agents cette semaine ?"
    ),
    doc=Localized(
        en="What agents changed in the last seven days, what they were refused, and what deserves a look.",
        fr="Ce que les agents ont changé en sept jours, ce qui leur a été refusé, ce qui mérite examen.",
    ),
    text=Localized(
        en="Tell me what agents did between {week_ago} and {today}:\n"
        "1. What each agent changed, summed up by kind of record, with the numbers.\n"
        "2. What was refused or failed, grouped by reason: a missing permission, a wrong input, a bug.\n"
        "3. Up to five calls that I should look at myself, and why: unusual hours, many records at once,"
        " deletions, repeated refusals.\n"
        "When a list is cut short, count with core.audit_event.count rather than guess.",
        fr="Dis-moi ce que les agents ont fait entre le {week_ago} et le {today} :\n"
        "1. Ce que chaque agent a changé, résumé par type d'enregistrement, avec les nombres.\n"
        "2. Ce qui a été refusé ou a échoué, groupé par raison : droit manquant, saisie fausse, panne.\n"
        "3. Au plus cinq appels que je devrais regarder moi-même, et pourquoi : horaires inhabituels,"
        " beaucoup d'enregistrements d'un coup, suppressions, refus répétés.\n"
        "Quand une liste est coupée, compte avec core.audit_event.count plutôt que de deviner.",
    ),
    reads=(
        Reading(
            action="core.audit_event.list",
            arguments={
                "actor_type": "agent",
                "at_from": "{week_ago}",
                "events_is_set": True,
                "limit": 100,
                "fields": ["at", "actor", "action", "events"],
            },
        ),
        Reading(
            action="core.audit_event.list",
            arguments={
                "actor_type": "agent",
                "at_from": "{week_ago}",
                "outcome_in": ["refused", "failed"],
                "limit": 100,
                "fields": ["at", "actor", "action", "outcome", "code"],
            },
        ),
    ),
    actions=("core.audit_event.count",),
)

access_review = Prompt(
    name="review_access",
    title=Localized(en="Review who has access", fr="Revue des accès"),
    doc=Localized(
        en="Keys and people that should no longer have access, or should have less.",
        fr="Les clés et les personnes qui ne devraient plus avoir d'accès, ou moins.",
    ),
    text=Localized(
        en="Review who can get in, as of {today}:\n"
        "1. Active keys without an end, without an owner, or whose owner is not active.\n"
        "2. People who have never signed in, or not for three months.\n"
        "3. For each, what you would do (end, narrow, ask), as a table that I can tick off.\n"
        "Change nothing before I agree.",
        fr="Passe en revue qui peut entrer, au {today} :\n"
        "1. Les clés actives sans fin, sans titulaire, ou dont le titulaire n'est pas actif.\n"
        "2. Les personnes qui ne se sont jamais connectées, ou pas depuis trois mois.\n"
        "3. Pour chacune, ce que tu ferais (fermer, réduire, demander), en un tableau que je peux cocher.\n"
        "Ne change rien avant mon accord.",
    ),
    reads=(
        Reading(
            action="core.api_key.list",
            arguments={
                "status": "active",
                "limit": 100,
                "fields": ["id", "name", "made_for", "owner_id", "scopes", "expires_at"],
            },
        ),
        Reading(
            action="core.user.list",
            arguments={
                "limit": 100,
                "fields": ["id", "display_name", "status", "last_login_at", "created_at"],
            },
        ),
    ),
    actions=("core.api_key.usage",),
)
