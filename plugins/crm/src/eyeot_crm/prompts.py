"""Prompts: what a sales team asks of its agent every week."""

from eyeot import Localized, Prompt, PromptArgument, Reading

_DEAL = ["id", "name", "customer_id", "stage_id", "amount", "expected_close", "next_step"]
_PIPELINE = PromptArgument(
    name="pipeline",
    doc=Localized(en="One pipeline only, by name.", fr="Un seul pipeline, par son nom."),
    ref="crm.pipeline",
    absent=Localized(en="all pipelines", fr="tous les pipelines"),
)

review_pipeline = Prompt(
    name="review_pipeline",
    title=Localized(en="Weekly pipeline review", fr="Revue hebdomadaire du pipeline"),
    doc=Localized(
        en="The largest open deals, those that are stuck, and what was won and lost this week.",
        fr="Les plus grosses affaires ouvertes, celles qui stagnent, et les gains et pertes de la semaine.",
    ),
    text=Localized(
        en="Prepare my pipeline review of {today} ({pipeline}).\n"
        "1. In three lines: what was won and lost since {week_ago}, and for what amounts.\n"
        "2. The deals that need a decision this week, the largest first: what blocks each, and the next"
        " step you propose.\n"
        "3. The expected closes that are no longer believable, with the date you would set.\n"
        "Cite deals by name and id. Change nothing before I agree.",
        fr="Prépare ma revue de pipeline du {today} ({pipeline}).\n"
        "1. En trois lignes : ce qui a été gagné et perdu depuis le {week_ago}, et pour quels montants.\n"
        "2. Les affaires qui demandent une décision cette semaine, la plus grosse d'abord : ce qui bloque"
        " chacune, et la prochaine étape que tu proposes.\n"
        "3. Les dates de signature qui ne sont plus crédibles, avec celle que tu mettrais.\n"
        "Cite les affaires par leur nom et leur identifiant. Ne change rien avant mon accord.",
    ),
    arguments=(_PIPELINE,),
    reads=(
        Reading(action="crm.opportunity.list_stuck", arguments={"pipeline_id": "{pipeline}"}),
        Reading(
            action="crm.opportunity.list",
            arguments={
                "status": "open",
                "pipeline_id": "{pipeline}",
                "sort": "-amount",
                "limit": 25,
                "fields": _DEAL,
            },
        ),
        Reading(
            action="crm.opportunity.list",
            arguments={
                "status_in": ["won", "lost"],
                "pipeline_id": "{pipeline}",
                "closed_at_from": "{week_ago}",
                "limit": 50,
                "fields": ["id", "name", "status", "amount", "lost_reason", "closed_at"],
            },
        ),
    ),
    actions=("crm.opportunity.update",),
)

call_back = Prompt(
    name="customers_to_call_back",
    title=Localized(en="Customers to call back", fr="Clients à rappeler"),
    doc=Localized(
        en="Customers who have been silent too long and enquiries nobody has answered, most urgent first.",
        fr="Les clients silencieux depuis trop longtemps et les demandes sans réponse, par urgence.",
    ),
    text=Localized(
        en="Today is {today}. Whom should I call back first, after {days} days of silence?\n"
        "Give a list of at most ten, in order: unanswered enquiries before silent customers, large ones"
        " before small ones. For each: name, telephone or e-mail, why now, and one sentence to open with.",
        fr="Nous sommes le {today}. Qui dois-je rappeler en premier, après {days} jours de silence ?\n"
        "Donne une liste de dix au plus, dans l'ordre : les demandes sans réponse avant les clients"
        " silencieux, les gros avant les petits. Pour chacun : nom, téléphone ou courriel, pourquoi"
        " maintenant, et une phrase d'accroche.",
    ),
    arguments=(
        PromptArgument(
            name="days",
            doc=Localized(
                en="Days of silence before a customer counts.",
                fr="Jours de silence à partir desquels un client compte.",
            ),
            choices=("30", "60", "90", "180", "365"),
            absent=Localized(en="180", fr="180"),
        ),
    ),
    reads=(
        Reading(action="crm.customer.detect_dormant", arguments={"days": "{days}"}),
        Reading(
            action="crm.lead.list",
            arguments={
                "status": "new",
                "sort": "created_at",
                "limit": 25,
                "fields": [
                    "id",
                    "title",
                    "company_name",
                    "person_name",
                    "email",
                    "phone",
                    "need",
                    "created_at",
                ],
            },
        ),
    ),
)

prepare_meeting = Prompt(
    name="prepare_customer_meeting",
    title=Localized(en="Prepare a customer meeting", fr="Préparer un rendez-vous client"),
    doc=Localized(
        en="One page on a customer: who they are, what is going on, what to ask.",
        fr="Une page sur un client : qui il est, ce qui est en cours, quoi demander.",
    ),
    text=Localized(
        en="I am meeting {customer}. Write one page that I can read in two minutes:\n"
        "who they are and whom I shall meet; the open deals, their amount and next step; what happened"
        " last between us; three questions to ask; one risk.\n"
        "Use only what was read below or what you read yourself; say what is missing.",
        fr="Je rencontre {customer}. Écris une page que je lis en deux minutes :\n"
        "qui il est et qui je vais voir ; les affaires ouvertes, leur montant et leur prochaine étape ; nos"
        " derniers échanges ; trois questions à poser ; un risque.\n"
        "N'utilise que ce qui est lu ci-dessous ou ce que tu lis toi-même ; dis ce qui manque.",
    ),
    arguments=(
        PromptArgument(
            name="customer",
            doc=Localized(
                en="The customer, by name, id or SIREN.",
                fr="Le client, par son nom, son identifiant ou son SIREN.",
            ),
            required=True,
            ref="crm.customer",
        ),
    ),
    reads=(
        Reading(action="crm.customer.get", arguments={"id": "{customer}"}),
        Reading(
            action="crm.contact.list",
            arguments={
                "customer_id": "{customer}",
                "limit": 20,
                "fields": ["id", "full_name", "job_title", "role_in_purchase", "email", "phone"],
            },
        ),
        Reading(
            action="crm.opportunity.list",
            arguments={
                "customer_id": "{customer}",
                "status": "open",
                "limit": 20,
                "fields": _DEAL,
            },
        ),
        Reading(action="crm.customer.list_timeline", arguments={"id": "{customer}"}),
    ),
)
