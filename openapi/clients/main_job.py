"""The main job of Das Tern, through the client that openapi-python-client generates.

    main_job.py DEMO_JSON

DEMO_JSON holds the line that `das-tern demo --json` prints. The run brings its own doctor, patient and family member,
so that clients can run beside each other. It ends with a failure at the first answer that is not what it should be.
"""

import datetime
import json
import sys
import uuid
from typing import Any, NoReturn, TypeVar

import httpx
from das_tern_client import AuthenticatedClient, Client
from das_tern_client.api.adherence import get_adherence_of_today
from das_tern_client.api.auth import (
    get_signed_in_person,
    login,
    logout,
    refresh_session,
    register_doctor,
    register_family,
    register_patient,
)
from das_tern_client.api.connections import (
    accept_connection,
    create_connection_code,
    list_connections,
    preview_connection_code,
    redeem_connection_code,
    request_connection,
)
from das_tern_client.api.doses import get_dose_schedule, get_doses_of_today, mark_dose_taken, skip_dose
from das_tern_client.api.health_monitoring import acknowledge_health_alert, list_health_alerts, record_vital
from das_tern_client.api.medicines import search_medicines
from das_tern_client.api.notifications import (
    count_unread_notifications,
    list_notifications,
    read_notification,
)
from das_tern_client.api.prescriptions import confirm_prescription, create_prescription, get_prescription
from das_tern_client.api.users import export_own_data, verify_person
from das_tern_client.models import (
    AccountStatus,
    AdherenceOfToday,
    AlertState,
    Connection,
    ConnectionAcceptance,
    ConnectionCodePreview,
    ConnectionCodeRequest,
    ConnectionKind,
    ConnectionPage,
    ConnectionRequest,
    ConnectionStatus,
    DoseSchedule,
    DoseStatus,
    Gender,
    HealthAlert,
    HealthAlertPage,
    LoginRequest,
    MarkTakenRequest,
    MedicineForm,
    MedicinePage,
    NewConnectionCode,
    Notification,
    NotificationPage,
    NotificationType,
    PermissionLevel,
    Prescription,
    PrescriptionRequest,
    PrescriptionStatus,
    Problem,
    Profile,
    RecordedDose,
    RecordVitalRequest,
    RedeemedConnectionCode,
    RefreshRequest,
    RegisterDoctor,
    RegisterFamily,
    RegisterPatient,
    RegistrationResult,
    Role,
    Scope,
    Severity,
    SkipDoseRequest,
    SkipReason,
    Specialty,
    TokenPair,
    TypedConnectionCode,
    UnreadCount,
    Vital,
    VitalType,
)
from das_tern_client.types import Response

WAIT = httpx.Timeout(30)
PASSWORD = "rice-fields-of-takeo"

Answer = TypeVar("Answer")


def fail(step: str, got: object) -> NoReturn:
    """Ends the run when what a step got is not what it should be."""
    sys.exit(f"FAILED {step}: {got}")


def check(step: str, holds: bool, got: object) -> None:
    if not holds:
        fail(step, got)


def done(step: str, said: str) -> None:
    print(f"  ok  {step}: {said}", flush=True)


def expect(step: str, status: int, kind: type[Answer], response: Response[Any]) -> Answer:
    """The answer, which has this status and which the client read as this type."""
    check(step, response.status_code == status, f"{response.status_code.value} {response.content!r}")
    if not isinstance(response.parsed, kind):
        fail(step, f"the client read {response.parsed!r}")
    return response.parsed


class Person:
    """Somebody who is signed in."""

    def __init__(self, client: AuthenticatedClient, pair: TokenPair) -> None:
        self.client = client
        self.pair = pair
        self.id = pair.user.id


class Clinic:
    def __init__(self, demo: dict[str, Any]) -> None:
        self.url = demo["url"] + "/api"
        self.stranger = Client(base_url=self.url, timeout=WAIT)
        account = next(account for account in demo["accounts"] if account["role"] == "ADMIN")
        self.admin = self.sign_in(account["identifier"], account["password"], Role.ADMIN)

    def with_token(self, token: str) -> AuthenticatedClient:
        return AuthenticatedClient(base_url=self.url, token=token, timeout=WAIT)

    def sign_in(self, identifier: str, password: str, role: Role) -> Person:
        body = LoginRequest(identifier, password)
        pair = expect("sign in", 200, TokenPair, login.sync_detailed(client=self.stranger, body=body))
        client = self.with_token(pair.access_token)
        me = expect("sign in", 200, Profile, get_signed_in_person.sync_detailed(client=client))
        check("sign in", me.role == role and me.id == pair.user.id, me)
        done("sign in", f"{me.full_name}, {me.role.value}")
        return Person(client, pair)

    def admit(self, made: RegistrationResult, email: str, role: Role) -> Person:
        """The demo sends no e-mail, so an admin confirms the contact, or the licence of a doctor."""
        check("register", made.requires_verification, made)
        check("register", made.status == AccountStatus.PENDING_VERIFICATION, made)
        response = verify_person.sync_detailed(client=self.admin.client, id=made.user_id)
        person = expect("verify", 200, Profile, response)
        check("verify", person.status in (AccountStatus.ACTIVE, AccountStatus.VERIFIED), person)
        check("verify", person.email == email and person.role == role, person)
        done("register", f"{person.full_name}, {person.status.value}")
        return self.sign_in(email, PASSWORD, role)


def fresh_email(name: str) -> str:
    return f"{name}-{uuid.uuid4().hex}@clients.example"


def register(clinic: Clinic) -> tuple[Person, Person, Person]:
    """A doctor, a patient and a family member of their own."""
    email = fresh_email("doctor")
    doctor_form = RegisterDoctor(
        full_name="Dr. Keo Sothea",
        hospital_clinic="Takeo Health Centre",
        specialty=Specialty.GENERAL_PRACTICE,
        license_number=f"PY-{uuid.uuid4().hex}",
        password=PASSWORD,
        email=email,
    )
    response = register_doctor.sync_detailed(client=clinic.stranger, body=doctor_form)
    doctor = clinic.admit(expect("register", 201, RegistrationResult, response), email, Role.DOCTOR)

    email = fresh_email("patient")
    patient_form = RegisterPatient(
        first_name="Sreymom",
        last_name="Chea",
        gender=Gender.FEMALE,
        date_of_birth=datetime.date(1961, 4, 14),
        password=PASSWORD,
        email=email,
    )
    response = register_patient.sync_detailed(client=clinic.stranger, body=patient_form)
    patient = clinic.admit(expect("register", 201, RegistrationResult, response), email, Role.PATIENT)

    email = fresh_email("family")
    family_form = RegisterFamily(full_name="Chan Sophea", password=PASSWORD, email=email)
    response = register_family.sync_detailed(client=clinic.stranger, body=family_form)
    family = clinic.admit(expect("register", 201, RegistrationResult, response), email, Role.FAMILY_MEMBER)
    return doctor, patient, family


def meet_failures(clinic: Clinic, doctor: Person, patient: Person) -> None:
    """A failure is read too, with its list of bad fields, empty or not."""
    body = LoginRequest(str(patient.pair.user.email), "wrong")
    wrong = expect("wrong password", 401, Problem, login.sync_detailed(client=clinic.stranger, body=body))
    check("wrong password", wrong.errors == [] and wrong.status == 401, wrong)

    form = RegisterFamily(full_name="", password="short")
    empty = expect("empty form", 400, Problem, register_family.sync_detailed(client=clinic.stranger, body=form))
    fields = sorted(error.field for error in empty.errors)
    check("empty form", fields == ["email", "fullName", "password"], empty)
    check("empty form", all(error.message for error in empty.errors), empty)

    response = get_prescription.sync_detailed(client=doctor.client, id=uuid.uuid4())
    missing = expect("no such prescription", 404, Problem, response)
    check("no such prescription", missing.code == "prescription_not_found", missing)

    key = str(uuid.uuid4())
    first = RecordVitalRequest(vital_type=VitalType.HEART_RATE, value=71, unit="bpm")
    other = RecordVitalRequest(vital_type=VitalType.HEART_RATE, value=72, unit="bpm")
    response = record_vital.sync_detailed(client=patient.client, body=first, idempotency_key=key)
    kept = expect("one key", 201, Vital, response)
    response = record_vital.sync_detailed(client=patient.client, body=first, idempotency_key=key)
    again = expect("one key", 201, Vital, response)
    check("one key", again.id == kept.id, again)
    response = record_vital.sync_detailed(client=patient.client, body=other, idempotency_key=key)
    reused = expect("one key, two bodies", 422, Problem, response)
    codes = ", ".join(f"{problem.status} {problem.code}" for problem in (wrong, empty, missing, reused))
    done("failures", f"{codes}; fields {', '.join(fields)}")


def connect(doctor: Person, patient: Person) -> None:
    ask = ConnectionRequest(target_user_id=patient.id)
    response = request_connection.sync_detailed(client=doctor.client, body=ask)
    asked = expect("connect", 201, Connection, response)
    response = list_connections.sync_detailed(client=patient.client, status=ConnectionStatus.PENDING)
    waiting = expect("connect", 200, ConnectionPage, response)
    check("connect", [one.id for one in waiting.items] == [asked.id], waiting)
    accept = ConnectionAcceptance(permission_level=PermissionLevel.ALLOWED)
    response = accept_connection.sync_detailed(client=patient.client, id=asked.id, body=accept)
    made = expect("connect", 200, Connection, response)
    check("connect", made.status == ConnectionStatus.ACCEPTED and made.kind == ConnectionKind.DOCTOR, made)
    done("connect", f"{made.kind.value} at {made.permission_level.value}")


def prescribe(doctor: Person, patient: Person) -> Prescription:
    response = search_medicines.sync_detailed(client=doctor.client, q="paracetamol", limit=20)
    page = expect("search", 200, MedicinePage, response)
    tablets = [one for one in page.items if one.form == MedicineForm.TABLET and one.strength == "500 mg"]
    check("search", bool(tablets) and "aracetamol" in tablets[0].generic_name, page)
    tablet = tablets[0]
    done("search", f"{len(page.items)} found, {tablet.display_name}")
    # A first dose soon, whatever the time of day; later doses follow every six hours.
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=10)
    body = PrescriptionRequest(
        patient_id=patient.id,
        medicine_id=tablet.id,
        dosage="500 mg",
        frequency="every 6 hours",
        duration_days=3,
        first_at=soon,
        requires_confirmation=True,
    )
    key = str(uuid.uuid4())
    response = create_prescription.sync_detailed(client=doctor.client, body=body, idempotency_key=key)
    written = expect("prescribe", 200, Prescription, response)
    check("prescribe", written.status == PrescriptionStatus.PENDING_CONFIRMATION, written)
    check("prescribe", written.patient_id == patient.id and len(written.medications) == 1, written)
    check("prescribe", written.medications[0].medicine_id == tablet.id, written)
    done("prescribe", written.medications[0].understood.english)
    return written


def read_and_confirm(patient: Person, prescription: Prescription) -> None:
    response = list_notifications.sync_detailed(client=patient.client, limit=50)
    page = expect("message", 200, NotificationPage, response)
    told = [one for one in page.items if one.resource_id == str(prescription.id)]
    check("message", len(told) == 1 and told[0].type_ == NotificationType.PRESCRIPTION_SHARED, page)
    check("message", not told[0].is_read, told)
    before = expect("message", 200, UnreadCount, count_unread_notifications.sync_detailed(client=patient.client))
    response = read_notification.sync_detailed(client=patient.client, id=told[0].id)
    read = expect("message", 200, Notification, response)
    after = expect("message", 200, UnreadCount, count_unread_notifications.sync_detailed(client=patient.client))
    check("message", read.is_read and after.unread_count == before.unread_count - 1, (before, after))
    done("message", f"{read.title}; unread {before.unread_count}, then {after.unread_count}")
    response = confirm_prescription.sync_detailed(client=patient.client, id=prescription.id)
    confirmed = expect("confirm", 200, Prescription, response)
    check("confirm", confirmed.status == PrescriptionStatus.ACTIVE, confirmed)
    check("confirm", confirmed.confirmed_at is not None, confirmed)
    done("confirm", confirmed.status.value)


def take_and_skip(patient: Person, prescription: Prescription) -> None:
    today = expect("today", 200, DoseSchedule, get_doses_of_today.sync_detailed(client=patient.client))
    check("today", today.from_ == today.to and len(today.doses) == today.counts.planned, today)
    done("today", f"{len(today.doses)} doses on {today.from_}")
    # Two days: late in the evening the next dose is tomorrow's.
    response = get_dose_schedule.sync_detailed(client=patient.client, days=2)
    days = expect("schedule", 200, DoseSchedule, response)
    own = [dose for dose in days.doses if dose.prescription_id == prescription.id]
    check("schedule", len(own) >= 4 and all(dose.status == DoseStatus.DUE for dose in own), own)
    done("schedule", f"{len(own)} doses of this prescription, the first at {own[0].scheduled_time:%H:%M} UTC")

    mark = MarkTakenRequest(confirm_early=True, notes="With water")
    response = mark_dose_taken.sync_detailed(client=patient.client, id=own[0].id, body=mark)
    taken = expect("take", 200, RecordedDose, response)
    check("take", taken.dose.id == own[0].id and taken.dose.taken_at is not None, taken)
    check("take", taken.dose.status == DoseStatus.TAKEN_ON_TIME, taken)
    done("take", taken.message)
    skip = SkipDoseRequest(reason=SkipReason.SIDE_EFFECT, note="Dizzy")
    response = skip_dose.sync_detailed(client=patient.client, id=own[1].id, body=skip)
    skipped = expect("skip", 200, RecordedDose, response)
    check("skip", skipped.dose.status == DoseStatus.SKIPPED, skipped)
    check("skip", skipped.dose.skip_reason == SkipReason.SIDE_EFFECT, skipped)
    done("skip", skipped.message)


def compare_adherence(doctor: Person, patient: Person) -> None:
    response = get_adherence_of_today.sync_detailed(client=patient.client)
    own = expect("adherence", 200, AdherenceOfToday, response)
    response = get_adherence_of_today.sync_detailed(client=doctor.client, patient_id=patient.id)
    seen = expect("adherence", 200, AdherenceOfToday, response)
    check("adherence", own == seen and own.patient_id == patient.id, (own, seen))
    done("adherence", f"{own.taking.part} of {own.taking.n} taken, the same for patient and doctor")


def alert_and_answer(doctor: Person, patient: Person) -> None:
    body = RecordVitalRequest(
        vital_type=VitalType.BLOOD_PRESSURE, value=212, value_secondary=124, unit="mmHg", notes="Headache"
    )
    vital = expect("vital", 201, Vital, record_vital.sync_detailed(client=patient.client, body=body))
    check("vital", vital.severity == Severity.CRITICAL and vital.alert_id is not None, vital)
    done("vital", f"{vital.value:g}/{vital.value_secondary:g} {vital.unit} is {vital.severity}")
    response = list_health_alerts.sync_detailed(client=doctor.client, patient_id=patient.id)
    alerts = expect("alerts", 200, HealthAlertPage, response)
    check("alerts", [one.id for one in alerts.items] == [vital.alert_id], alerts)
    alert = alerts.items[0]
    check("alerts", alert.state == AlertState.OPEN, alert)
    done("alerts", f"{alert.kind.value} of {alert.patient_name}")
    response = acknowledge_health_alert.sync_detailed(client=doctor.client, id=alert.id)
    answered = expect("acknowledge", 200, HealthAlert, response)
    check("acknowledge", answered.state == AlertState.ACKNOWLEDGED, answered)
    check("acknowledge", answered.acknowledged_by == doctor.id, answered)
    done("acknowledge", answered.state.value)


def share_with_family(family: Person, patient: Person) -> None:
    form = ConnectionCodeRequest(permission_level=PermissionLevel.SELECTED, scopes=[Scope.DOSES])
    response = create_connection_code.sync_detailed(client=patient.client, body=form)
    code = expect("code", 201, NewConnectionCode, response)
    typed = TypedConnectionCode(code.code)
    response = preview_connection_code.sync_detailed(client=family.client, body=typed)
    seen = expect("preview", 200, ConnectionCodePreview, response)
    check("preview", seen.patient_id == patient.id and seen.scopes == [Scope.DOSES], seen)
    done("preview", f"{seen.patient_name}, {seen.permission_level.value}")
    redeemed = RedeemedConnectionCode(code.code)
    response = redeem_connection_code.sync_detailed(client=family.client, body=redeemed)
    joined = expect("redeem", 200, Connection, response)
    check("redeem", joined.status == ConnectionStatus.ACCEPTED and joined.kind == ConnectionKind.FAMILY, joined)
    check("redeem", joined.patient_id == patient.id and joined.carer_id == family.id, joined)
    response = get_doses_of_today.sync_detailed(client=family.client, patient_id=patient.id)
    doses = expect("redeem", 200, DoseSchedule, response)
    response = list_health_alerts.sync_detailed(client=family.client, patient_id=patient.id)
    hidden = expect("redeem", 403, Problem, response)
    check("redeem", hidden.code == "scope_not_shared", hidden)
    done("redeem", f"family sees {len(doses.doses)} doses; of vital signs {hidden.code}")


def take_data_away(patient: Person, prescription: Prescription) -> None:
    response = export_own_data.sync_detailed(client=patient.client)
    check("export", response.status_code == 200, response.content)
    text = response.content.decode()
    for expected in (str(patient.pair.user.email), str(prescription.id), "With water", "Headache"):
        check("export", expected in text, f"{expected} is not in it")
    done("export", f"{len(response.content)} bytes hold the profile, the prescription, the note and the measurement")


def renew_and_leave(clinic: Clinic, patient: Person) -> None:
    body = RefreshRequest(patient.pair.refresh_token)
    response = refresh_session.sync_detailed(client=clinic.stranger, body=body)
    renewed = expect("refresh", 200, TokenPair, response)
    check("refresh", renewed.refresh_token != patient.pair.refresh_token, renewed)
    client = clinic.with_token(renewed.access_token)
    me = expect("refresh", 200, Profile, get_signed_in_person.sync_detailed(client=client))
    check("refresh", me.id == patient.id, me)
    left = logout.sync_detailed(client=client)
    check("sign out", left.status_code == 204, left.content)
    ended = expect("sign out", 401, Problem, get_signed_in_person.sync_detailed(client=client))
    done("sign out", f"{me.full_name}; then {ended.status} {ended.code}")


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        clinic = Clinic(json.load(file))
    doctor, patient, family = register(clinic)
    meet_failures(clinic, doctor, patient)
    connect(doctor, patient)
    prescription = prescribe(doctor, patient)
    read_and_confirm(patient, prescription)
    take_and_skip(patient, prescription)
    compare_adherence(doctor, patient)
    alert_and_answer(doctor, patient)
    share_with_family(family, patient)
    take_data_away(patient, prescription)
    renew_and_leave(clinic, patient)
    print("main job through openapi-python-client: done")


if __name__ == "__main__":
    main()
