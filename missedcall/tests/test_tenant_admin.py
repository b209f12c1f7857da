"""Promise P5 on the staff pages: nobody sees another business."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone

from booking.models import Appointment, BookingLink
from conversations.models import PhoneLine, Template
from conversations.tests.factories import (
    CallFactory,
    ConversationFactory,
    EpisodeFactory,
    MessageFactory,
    PhoneLineFactory,
    RingTargetFactory,
    TemplateFactory,
)
from crm.models import (
    Business,
    Closure,
    ConsentEvent,
    DeskTask,
    Lead,
    LeadEvent,
    LeadSource,
    Membership,
)
from crm.tenant_admin import TenantAdmin
from crm.tenant_scope import TenantScope
from crm.tests.factories import (
    PASSWORD,
    BusinessFactory,
    DeskTaskFactory,
    LeadFactory,
    LeadSourceFactory,
    MembershipFactory,
    OpeningHoursFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

SUPERUSER_ONLY = {get_user_model()}
MARK = "Zebrafinch"  # stands in every row of the other business
PART_OF_MARK = "ebrafinc"  # finds it, and is not it when echoed by a page
NAMES = [f"{MARK} {what}" for what in ("Dental", "van", "Person", "line")]
Role = Membership.Role


def _call(business):
    line = business.lines.first()
    return CallFactory(business=business, line=line, transcript=MARK)


def _visit(business):
    now = timezone.now()
    return Appointment.objects.create(
        business=business,
        lead=business.leads.first(),
        title=MARK,
        starts_at=now,
        ends_at=now + timezone.timedelta(hours=1),
    )


def _link(business):
    return BookingLink.objects.create(
        business=business,
        lead=business.leads.first(),
        token_hash="0" * 64,
        expires_at=timezone.now(),
    )


def _event(business):
    return LeadEvent.objects.create(
        business=business,
        lead=business.leads.first(),
        kind=LeadEvent.Kind.LEAD_CREATED,
        key="k",
    )


def _consent(business):
    return ConsentEvent.objects.create(
        business=business,
        phone="+13122000000",
        kind=ConsentEvent.Kind.OPT_OUT,
        how=ConsentEvent.How.STAFF,
        text=MARK,
    )


ROWS = {
    "crm.business": lambda business: business,
    "crm.membership": lambda business: business.memberships.first(),
    "crm.leadsource": lambda business: business.sources.first(),
    "crm.lead": lambda business: business.leads.first(),
    "crm.leadevent": _event,
    "crm.consentevent": _consent,
    "crm.desktask": lambda business: DeskTaskFactory(
        business=business, lead=business.leads.first(), detail=MARK
    ),
    "booking.appointment": _visit,
    "booking.bookinglink": _link,
    "conversations.phoneline": lambda business: business.lines.first(),
    "conversations.call": _call,
    "conversations.episode": lambda business: EpisodeFactory(
        business=business,
        line=business.lines.first(),
        lead=business.leads.first(),
    ),
    "conversations.conversation": lambda business: ConversationFactory(
        business=business, lead=business.leads.first(), line=business.lines.first()
    ),
    "conversations.message": lambda business: MessageFactory(
        conversation=ConversationFactory(
            business=business, lead=business.leads.first(), line=business.lines.first()
        ),
        body=MARK,
    ),
    "conversations.template": lambda business: TemplateFactory(
        business=business, body=MARK
    ),
}


@pytest.fixture
def theirs():
    """Another business, with its name in every corner."""
    business = BusinessFactory(name=f"{MARK} Dental")
    source = LeadSourceFactory(business=business, name=f"{MARK} van")
    LeadFactory(
        business=business, name=f"{MARK} Person", first_source=source, owner=None
    )
    line = PhoneLineFactory(business=business, source=source, label=f"{MARK} line")
    RingTargetFactory(line=line, label=MARK)
    MembershipFactory(business=business, user=UserFactory(username=f"{MARK}-colleague"))
    OpeningHoursFactory(business=business)
    return business


@pytest.fixture
def owner(client):
    """The owner of one business, signed in with `client`."""
    member = MembershipFactory(role=Role.OWNER)
    LeadFactory(business=member.business)
    PhoneLineFactory(business=member.business)
    client.force_login(member.user)
    return member


def sign_in(client, role, business=None):
    member = MembershipFactory(role=role, business=business or BusinessFactory())
    client.force_login(member.user)
    return member


def page(model, name, *args):
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=args)


def tenant_pages():
    pages = [m for m in admin.site._registry if m not in SUPERUSER_ONLY]
    return sorted(pages, key=lambda model: model._meta.label_lower)


def ids(model):
    return model._meta.label_lower


def test_every_page_is_scoped_or_for_superusers_only(rf):
    for model, model_admin in admin.site._registry.items():
        scoped = isinstance(model_admin, TenantAdmin)
        assert scoped or model in SUPERUSER_ONLY, model
    assert {ids(model) for model in tenant_pages()} == set(ROWS)


@pytest.mark.parametrize("model", tenant_pages(), ids=ids)
def test_a_row_of_another_business_does_not_exist(client, owner, theirs, model):
    row = ROWS[ids(model)](theirs)
    for name in ("change", "history", "delete"):
        address = page(model, name, row.pk)
        assert client.get(address).status_code == 404, name
        assert client.post(address, {"post": "yes"}).status_code == 404, name
    assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", tenant_pages(), ids=ids)
def test_no_list_shows_or_finds_another_business(client, owner, theirs, model):
    ROWS[ids(model)](theirs)
    queries = [
        {},
        {"q": PART_OF_MARK},
        {"q": "312"},
        {"show": "all"},
        {"show": "all", "q": "3"},
    ]
    for query in queries:
        answer = client.get(page(model, "changelist"), query, follow=True)
        assert answer.status_code == 200
        assert MARK not in answer.content.decode(), query


@pytest.mark.parametrize("model", tenant_pages(), ids=ids)
def test_no_form_offers_rows_of_another_business(client, owner, theirs, model):
    own = ROWS[ids(model)](owner.business)
    for address in (page(model, "change", own.pk), page(model, "add")):
        answer = client.get(address)
        assert answer.status_code in (200, 403)
        shown = answer.content.decode()
        assert not [name for name in (*NAMES, f"{MARK}-") if name in shown], address


@pytest.mark.parametrize("model", tenant_pages(), ids=ids)
def test_a_superuser_sees_all(client, theirs, admin_user, model):
    client.force_login(admin_user)
    row = ROWS[ids(model)](theirs)
    assert client.get(page(model, "change", row.pk)).status_code == 200
    answer = client.get(page(model, "changelist"), {"show": "all"}, follow=True)
    assert answer.context["cl"].result_count >= 1


def test_these_tests_would_see_a_leak(client, owner, theirs, monkeypatch):
    monkeypatch.setattr(TenantScope, "scoped", lambda self, request, rows: rows)
    lead = theirs.leads.first()
    assert client.get(page(Lead, "change", lead.pk)).status_code != 404
    listed = client.get(page(Lead, "changelist"), {"q": PART_OF_MARK})
    assert MARK in listed.content.decode()


def test_autocomplete_finds_only_own_leads(client, owner, theirs):
    own = owner.business.leads.first()
    answer = client.get(
        reverse("admin:autocomplete"),
        {
            "app_label": "booking",
            "model_name": "appointment",
            "field_name": "lead",
            "term": "",
        },
    )
    assert [found["id"] for found in answer.json()["results"]] == [str(own.pk)]


def test_a_filter_by_another_business_id_shows_nothing(client, owner, theirs):
    source = theirs.sources.first()
    answer = client.get(
        page(Lead, "changelist"), {"latest_source__id__exact": source.pk}
    )
    assert f"{MARK}" not in answer.content.decode()


def test_bulk_delete_reaches_only_own_rows(client, owner, theirs):
    foreign, own = (
        TemplateFactory(business=theirs),
        TemplateFactory(business=owner.business),
    )
    client.post(
        page(Template, "changelist"),
        {
            "action": "delete_selected",
            "_selected_action": [foreign.pk, own.pk],
            "post": "yes",
        },
    )
    assert Template.objects.filter(pk=foreign.pk).exists()
    assert not Template.objects.filter(pk=own.pk).exists()


def test_bulk_done_reaches_only_own_tasks(client, owner, theirs):
    foreign = DeskTaskFactory(business=theirs, lead=None)
    own = DeskTaskFactory(business=owner.business, lead=None)
    client.post(
        page(DeskTask, "changelist"),
        {"action": "finish", "_selected_action": [foreign.pk, own.pk]},
    )
    foreign.refresh_from_db()
    own.refresh_from_db()
    assert (foreign.state, own.state) == (DeskTask.State.OPEN, DeskTask.State.DONE)


def test_a_new_row_goes_to_the_only_business(client, owner):
    client.post(page(LeadSource, "add"), {"name": "Radio"})
    assert LeadSource.objects.get(name="Radio").business == owner.business


def test_a_forged_business_on_a_new_row_is_ignored(client, owner, theirs):
    client.post(page(LeadSource, "add"), {"name": "Radio", "business": theirs.pk})
    assert LeadSource.objects.get(name="Radio").business == owner.business


def test_a_row_cannot_be_moved_to_another_business(client, owner, theirs):
    MembershipFactory(user=owner.user, business=theirs, role=Role.OWNER)
    source = LeadSourceFactory(business=owner.business)
    address = page(LeadSource, "change", source.pk)
    client.post(address, {"name": "Van", "business": theirs.pk})
    source.refresh_from_db()
    assert (source.name, source.business) == ("Van", owner.business)


def test_somebody_with_two_businesses_chooses_where_a_row_goes(client, owner, theirs):
    MembershipFactory(user=owner.user, business=theirs, role=Role.OWNER)
    client.post(page(LeadSource, "add"), {"name": "Radio", "business": theirs.pk})
    assert LeadSource.objects.get(name="Radio").business == theirs


def test_the_role_counts_in_the_business_of_the_row(client, owner, theirs):
    MembershipFactory(user=owner.user, business=theirs, role=Role.READ_ONLY)
    source = theirs.sources.first()
    address = page(LeadSource, "change", source.pk)
    assert client.get(address).status_code == 200
    assert client.post(address, {"name": "Radio"}).status_code == 403
    client.post(page(LeadSource, "add"), {"name": "Radio", "business": theirs.pk})
    assert not LeadSource.objects.filter(name="Radio").exists()


def test_a_lead_cannot_get_an_owner_from_another_business(client, owner, theirs):
    stranger = theirs.memberships.first().user
    lead = owner.business.leads.first()
    fields = {"name": "Ann", "kind": "new", "stage": "new", "owner": stranger.pk}
    fields |= {"events-TOTAL_FORMS": 0, "events-INITIAL_FORMS": 0}
    client.post(page(Lead, "change", lead.pk), fields)
    lead.refresh_from_db()
    assert lead.owner is None


def test_a_lead_owner_has_to_work_in_the_business_of_the_lead(client, owner, theirs):
    MembershipFactory(user=owner.user, business=theirs, role=Role.OWNER)
    lead = owner.business.leads.first()
    stranger = theirs.memberships.exclude(user=owner.user).first().user
    fields = {"kind": "new", "stage": "new"}
    fields |= {"events-TOTAL_FORMS": 0, "events-INITIAL_FORMS": 0}
    address = page(Lead, "change", lead.pk)
    answer = client.post(address, {**fields, "owner": stranger.pk})
    assert "Choose one of" in answer.content.decode()
    answer = client.post(address, {**fields, "owner": owner.user.pk})
    assert answer.status_code == 302


def test_relations_stay_inside_one_of_two_businesses(client, owner, theirs):
    MembershipFactory(user=owner.user, business=theirs, role=Role.OWNER)
    answer = client.post(
        page(Appointment, "add"),
        {
            "business": owner.business.pk,
            "lead": theirs.leads.first().pk,
            "title": "Visit",
            "starts_at_0": "2026-12-01",
            "starts_at_1": "10:00",
            "ends_at_0": "2026-12-01",
            "ends_at_1": "11:00",
            "status": "booked",
        },
    )
    assert "Choose one of" in answer.content.decode()
    assert not Appointment.objects.exists()


def test_a_duplicate_name_is_a_sentence_and_no_crash(client, owner):
    LeadSourceFactory(business=owner.business, name="Radio")
    answer = client.post(page(LeadSource, "add"), {"name": "Radio"})
    assert answer.status_code == 200
    assert LeadSource.objects.filter(name="Radio").count() == 1


def test_history_of_a_deleted_foreign_row_stays_hidden(client, owner, theirs):
    lead = theirs.leads.first()
    LogEntry.objects.create(
        user=owner.user,
        content_type=ContentType.objects.get_for_model(Lead),
        object_id=str(lead.pk),
        object_repr=MARK,
        action_flag=CHANGE,
    )
    assert client.get(page(Lead, "history", lead.pk)).status_code == 404


SET_UP = [LeadSource, PhoneLine, Template, Membership]


@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.FRONT_DESK])
@pytest.mark.parametrize("model", SET_UP, ids=ids)
def test_only_managers_change_set_up(client, theirs, role, model):
    sign_in(client, role, theirs)
    row = ROWS[ids(model)](theirs)
    assert client.get(page(model, "add")).status_code == 403
    assert client.get(page(model, "change", row.pk)).status_code == 200
    assert client.post(page(model, "change", row.pk), {}).status_code == 403
    assert client.post(page(model, "delete", row.pk), {}).status_code == 403


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OWNER])
@pytest.mark.parametrize("model", SET_UP, ids=ids)
def test_managers_and_owners_change_set_up(client, theirs, role, model):
    sign_in(client, role, theirs)
    row = ROWS[ids(model)](theirs)
    assert client.get(page(model, "add")).status_code == 200
    assert client.post(page(model, "change", row.pk), _no_inlines()).status_code == 200


def _no_inlines():
    return {"targets-TOTAL_FORMS": 0, "targets-INITIAL_FORMS": 0}


def test_the_front_desk_works_on_leads_and_appointments(client, theirs):
    sign_in(client, Role.FRONT_DESK, theirs)
    assert client.get(page(Lead, "add")).status_code == 200
    assert client.get(page(Appointment, "add")).status_code == 200


def test_read_only_reads_and_nothing_else(client, theirs):
    sign_in(client, Role.READ_ONLY, theirs)
    lead = theirs.leads.first()
    task = DeskTaskFactory(business=theirs, lead=lead)
    assert client.get(page(Lead, "change", lead.pk)).status_code == 200
    assert client.post(page(Lead, "change", lead.pk), {}).status_code == 403
    assert client.get(page(Lead, "add")).status_code == 403
    done = reverse("admin:crm_desktask_done", args=[task.pk])
    assert client.post(done).status_code == 403
    stop = reverse("admin:crm_lead_texts", args=[lead.pk, "stop"])
    assert client.post(stop).status_code == 403
    assert not ConsentEvent.objects.exists()


@pytest.mark.parametrize("role", Role.values)
def test_only_superusers_make_and_delete_businesses(client, theirs, role):
    sign_in(client, role, theirs)
    assert client.get(page(Business, "add")).status_code == 403
    assert client.post(page(Business, "delete", theirs.pk)).status_code == 403
    assert Business.objects.filter(pk=theirs.pk).exists()


def test_a_superuser_deletes_an_empty_business(admin_client):
    business = BusinessFactory()
    admin_client.post(page(Business, "delete", business.pk), {"post": "yes"})
    assert not Business.objects.filter(pk=business.pk).exists()


def test_accounts_are_for_superusers(client, owner, admin_client):
    user = get_user_model()
    assert client.get(page(user, "changelist")).status_code == 403
    assert client.get(page(user, "change", owner.user.pk)).status_code == 403
    assert client.get(page(user, "add")).status_code == 403
    assert admin_client.get(page(user, "changelist")).status_code == 200


def test_staff_without_a_team_see_no_rows(client, theirs):
    client.force_login(UserFactory())
    answer = client.get(reverse("admin:index"))
    assert "You are in no team yet" in answer.content.decode()
    assert client.get(page(Lead, "changelist")).status_code == 403
    lead = theirs.leads.first()
    assert client.get(page(Lead, "change", lead.pk)).status_code == 404


def test_leaving_the_team_ends_access_with_the_next_click(client, owner):
    assert client.get(page(Lead, "changelist")).status_code == 200
    owner.delete()
    assert client.get(page(Lead, "changelist")).status_code == 403


class TestSignIn:
    def test_the_admin_hands_over_to_the_accounts_pages(self, client):
        answer = client.get("/admin/crm/lead/", follow=True)
        target, _status = answer.redirect_chain[-1]
        assert target == "/accounts/login/?next=%2Fadmin%2Fcrm%2Flead%2F"

    def test_signing_in_leads_to_where_one_wanted_to_go(self, client):
        member = MembershipFactory()
        answer = client.post(
            "/accounts/login/?next=/admin/crm/lead/",
            {
                "login": member.user.email,
                "password": PASSWORD,
                "next": "/admin/crm/lead/",
            },
        )
        assert (answer.status_code, answer["Location"]) == (302, "/admin/crm/lead/")

    def test_a_client_account_is_told_that_it_has_no_desk(self, client):
        client.force_login(UserFactory(is_staff=False))
        answer = client.get("/admin/", follow=True)
        assert answer.status_code == 403
        assert "has no desk" in answer.content.decode()

    def test_nobody_signs_up_alone(self, client):
        answer = client.get("/accounts/signup/")
        assert "by invitation" in answer.content.decode()

    def test_signing_out_ends_at_the_sign_in_page(self, client, owner):
        answer = client.post(reverse("admin:logout"))
        assert answer["Location"] == reverse("account_login")
        assert client.get("/admin/").status_code == 302

    def test_every_sign_in_page_opens(self, client):
        for name in ("login", "reset_password", "reset_password_done"):
            assert client.get(reverse(f"account_{name}")).status_code == 200, name

    def test_a_new_colleague_can_choose_a_password(self, client, owner, mailoutbox):
        fields = {"email": "New@Example.com", "role": Role.FRONT_DESK}
        client.post(page(Membership, "add"), fields)
        client.logout()
        client.post(reverse("account_reset_password"), {"email": "new@example.com"})
        assert mailoutbox[0].to == ["new@example.com"]


class TestTeam:
    def test_a_manager_adds_a_colleague(self, client, theirs):
        sign_in(client, Role.MANAGER, theirs)
        fields = {"email": "new@example.com", "role": Role.FRONT_DESK}
        client.post(page(Membership, "add"), fields)
        member = Membership.objects.get(user__email="new@example.com")
        assert (member.business, member.role) == (theirs, Role.FRONT_DESK)
        assert member.user.is_staff
        assert not member.user.is_superuser

    def test_a_manager_makes_no_owner(self, client, theirs):
        manager = sign_in(client, Role.MANAGER, theirs)
        fields = {"email": "new@example.com", "role": Role.OWNER}
        answer = client.post(page(Membership, "add"), fields)
        assert "Only an owner can" in answer.content.decode()
        client.post(page(Membership, "change", manager.pk), {"role": Role.OWNER})
        manager.refresh_from_db()
        assert manager.role == Role.MANAGER

    def test_a_manager_cannot_remove_an_owner(self, client, theirs):
        first = MembershipFactory(business=theirs, role=Role.OWNER)
        MembershipFactory(business=theirs, role=Role.OWNER)
        sign_in(client, Role.MANAGER, theirs)
        address = page(Membership, "delete", first.pk)
        assert client.post(address, {"post": "yes"}).status_code == 403

    def test_a_manager_changes_a_role(self, client, theirs):
        sign_in(client, Role.MANAGER, theirs)
        member = MembershipFactory(business=theirs)
        address = page(Membership, "change", member.pk)
        client.post(address, {"role": Role.READ_ONLY})
        member.refresh_from_db()
        assert member.role == Role.READ_ONLY

    def test_the_last_owner_stays(self, client, owner):
        answer = client.post(
            page(Membership, "change", owner.pk), {"role": Role.FRONT_DESK}
        )
        assert "only owner" in answer.content.decode()
        delete = page(Membership, "delete", owner.pk)
        assert client.post(delete, {"post": "yes"}).status_code == 403

    def test_inviting_twice_never_changes_a_role(self, client, owner):
        other = MembershipFactory(business=owner.business, role=Role.OWNER)
        fields = {"email": other.user.email, "role": Role.READ_ONLY}
        answer = client.post(page(Membership, "add"), fields)
        assert "in the team already" in answer.content.decode()
        other.refresh_from_db()
        assert other.role == Role.OWNER


class TestTasks:
    def test_the_list_shows_what_is_open(self, client, owner):
        lead = owner.business.leads.first()
        DeskTaskFactory(business=owner.business, lead=lead, detail="Ring Ann")
        DeskTaskFactory(
            business=owner.business, lead=lead, detail="Old one", state="done"
        )
        shown = client.get(page(DeskTask, "changelist")).content.decode()
        assert "Ring Ann" in shown
        assert "Old one" not in shown
        done = client.get(page(DeskTask, "changelist"), {"show": "done"})
        assert "Old one" in done.content.decode()

    def test_one_click_finishes_a_task(self, client, owner):
        task = DeskTaskFactory(business=owner.business, lead=None)
        client.post(reverse("admin:crm_desktask_done", args=[task.pk]))
        task.refresh_from_db()
        assert (task.state, task.done_by) == (DeskTask.State.DONE, owner.user)

    def test_a_link_alone_finishes_nothing(self, client, owner):
        task = DeskTaskFactory(business=owner.business, lead=None)
        address = reverse("admin:crm_desktask_done", args=[task.pk])
        assert client.get(address).status_code == 405
        task.refresh_from_db()
        assert task.state == DeskTask.State.OPEN

    def test_another_business_task_is_not_there(self, client, owner, theirs):
        task = DeskTaskFactory(business=theirs, lead=None)
        address = reverse("admin:crm_desktask_done", args=[task.pk])
        assert client.post(address).status_code == 404

    @pytest.mark.parametrize(
        ("ref", "address"),
        [
            ("episode:12", "/admin/conversations/episode/12/change/"),
            ("call:5", "/admin/conversations/call/5/change/"),
            ("message:9", "/admin/conversations/message/9/change/"),
            ("line:3:30034", "/admin/conversations/phoneline/3/change/"),
        ],
    )
    def test_a_task_leads_to_what_it_is_about(self, client, owner, ref, address):
        DeskTaskFactory(business=owner.business, lead=None, ref=ref)
        shown = client.get(page(DeskTask, "changelist")).content.decode()
        assert f'href="{address}"' in shown


class TestLeads:
    def test_the_front_desk_changes_a_lead(self, client, theirs):
        sign_in(client, Role.FRONT_DESK, theirs)
        lead = theirs.leads.first()
        fields = {"name": "Ann", "kind": "customer", "stage": "won", "value": "450.50"}
        fields |= {"language": "es", "do_not_text": "on"}
        fields |= {"events-TOTAL_FORMS": 0, "events-INITIAL_FORMS": 0}
        answer = client.post(page(Lead, "change", lead.pk), fields)
        assert answer.status_code == 302
        phone, source = lead.phone, lead.first_source
        lead.refresh_from_db()
        assert (lead.name, lead.stage, str(lead.value)) == ("Ann", "won", "450.50")
        assert (lead.language, lead.do_not_text) == ("es", True)
        assert (lead.phone, lead.first_source) == (phone, source)

    def test_staff_record_that_texts_are_unwanted_and_welcome_again(
        self, client, owner
    ):
        lead = owner.business.leads.first()
        client.post(reverse("admin:crm_lead_texts", args=[lead.pk, "stop"]))
        client.post(reverse("admin:crm_lead_texts", args=[lead.pk, "allow"]))
        said = ConsentEvent.objects.order_by("id").values_list("kind", "how", "phone")
        assert list(said) == [
            ("opt_out", "staff", lead.phone),
            ("opt_in", "staff", lead.phone),
        ]

    def test_a_number_is_read_however_it_is_typed(self, client, owner):
        source = owner.business.sources.first()
        fields = {"name": "Ann", "phone": "(312) 867-5309", "first_source": source.pk}
        fields |= {"kind": "new", "stage": "new"}
        fields |= {"events-TOTAL_FORMS": 0, "events-INITIAL_FORMS": 0}
        client.post(page(Lead, "add"), fields)
        lead = Lead.objects.get(name="Ann")
        assert (lead.phone, lead.latest_source) == ("+13128675309", source)

    def test_a_known_number_is_refused_in_a_sentence(self, client, owner):
        known = owner.business.leads.first()
        fields = {"name": "Ann", "phone": known.phone, "kind": "new", "stage": "new"}
        fields |= {"events-TOTAL_FORMS": 0, "events-INITIAL_FORMS": 0}
        answer = client.post(page(Lead, "add"), fields)
        assert "has this number already" in answer.content.decode()

    @pytest.mark.parametrize("typed", ["867-5309", "(312) 867", "+1 312 867 5309"])
    def test_digits_find_a_lead(self, client, owner, typed):
        LeadFactory(business=owner.business, phone="+13128675309", name="Jenny")
        shown = client.get(page(Lead, "changelist"), {"q": typed}).content.decode()
        assert "Jenny" in shown


def test_clocks_show_the_zone_of_the_business(client, owner):
    owner.business.timezone = "Asia/Tokyo"
    owner.business.save()
    visit = Appointment.objects.create(
        business=owner.business,
        lead=owner.business.leads.first(),
        title="Visit",
        starts_at="2026-12-01T00:30:00Z",
        ends_at="2026-12-01T01:30:00Z",
    )
    shown = client.get(page(Appointment, "change", visit.pk)).content.decode()
    assert 'value="09:30:00"' in shown


def test_times_are_read_on_the_clock_of_the_business(client, owner):
    fields = {
        "lead": owner.business.leads.first().pk,
        "title": "Visit",
        "starts_at_0": "2026-12-01",
        "starts_at_1": "10:00",
        "ends_at_0": "2026-12-01",
        "ends_at_1": "11:00",
        "status": "booked",
    }
    client.post(page(Appointment, "add"), fields)
    assert Appointment.objects.get().starts_at.isoformat() == (
        "2026-12-01T16:00:00+00:00"
    )


class TestBusiness:
    def test_with_one_business_its_page_opens_at_once(self, client, owner):
        answer = client.get(page(Business, "changelist"))
        assert answer["Location"] == page(Business, "change", owner.business.pk)

    def test_a_closure_that_ends_before_it_starts_is_refused(self, client, owner):
        answer = client.post(
            page(Business, "change", owner.business.pk),
            {
                **_business_fields(owner.business),
                "closures-0-name": "Trip",
                "closures-0-starts_on": "2026-12-10",
                "closures-0-ends_on": "2026-12-01",
                "closures-TOTAL_FORMS": 1,
            },
        )
        assert "The last day is before the first day." in answer.content.decode()
        assert not Closure.objects.exists()

    def test_a_phone_is_kept_in_one_form(self, client, owner):
        fields = {**_business_fields(owner.business), "phone": "(312) 867-5309"}
        client.post(page(Business, "change", owner.business.pk), fields)
        owner.business.refresh_from_db()
        assert owner.business.phone == "+13128675309"

    def test_a_new_business_opens_every_day(self, admin_client):
        fields = _business_fields(BusinessFactory.build(name="New", slug="new"))
        admin_client.post(page(Business, "add"), fields)
        assert Business.objects.get(slug="new").opening_hours.count() == 7


def _business_fields(business):
    fields = {
        name: getattr(business, name)
        for name in (
            "name", "trade", "language", "slug", "color", "timezone", "country",
            "currency", "text_countries", "episode_minutes", "suppression_hours",
            "conversation_hours",
        )
    }  # fmt: skip
    for inline in ("opening_hours", "closures", "memberships"):
        fields |= {f"{inline}-TOTAL_FORMS": 0, f"{inline}-INITIAL_FORMS": 0}
    return fields


class TestToday:
    def test_the_counts_lead_to_the_rows_they_count(self, client, owner, theirs):
        business = owner.business
        lead, line = business.leads.first(), business.lines.first()
        DeskTaskFactory(business=business, lead=lead)
        DeskTaskFactory(business=theirs, lead=None)
        EpisodeFactory(business=business, line=line)
        EpisodeFactory(business=theirs, line=theirs.lines.first())
        answer = client.get(reverse("admin:index"))
        cards = {str(card["title"]): card for card in answer.context["cards"]}
        assert [card["count"] for card in cards.values()] == [1, 0, 1]
        listed = client.get(cards["Missed today"]["url"])
        assert listed.context["cl"].result_count == 1
