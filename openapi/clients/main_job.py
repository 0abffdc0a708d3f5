"""The main job of Das Tern, through the client that openapi-python-client generates.

    main_job.py DEMO_JSON [N]

DEMO_JSON holds the line that `das-tern demo --json` prints. N chooses one of the first doctor's patients (0 when left
out): a client that runs beside this one takes another, so that neither hears of the other's alerts.
"""

import datetime
import json
import sys
import uuid

from das_tern_client import AuthenticatedClient, Client
from das_tern_client.api.adherence import get_adherence_of_today
from das_tern_client.api.auth import get_signed_in_person, login, refresh_session, register_family
from das_tern_client.api.connections import create_connection_code, preview_connection_code, redeem_connection_code
from das_tern_client.api.doses import get_dose_schedule, get_doses_of_today, mark_dose_taken, skip_dose
from das_tern_client.api.health_monitoring import acknowledge_health_alert, list_health_alerts, record_vital
from das_tern_client.api.medicines import search_medicines
from das_tern_client.api.notifications import list_notifications
from das_tern_client.api.prescriptions import create_prescription
from das_tern_client.api.users import verify_person
from das_tern_client.models import (
    AccountStatus,
    AlertState,
    ConnectionCodeRequest,
    ConnectionKind,
    ConnectionStatus,
    DoseStatus,
    LoginRequest,
    MarkTakenRequest,
    MedicineForm,
    PermissionLevel,
    PrescriptionRequest,
    PrescriptionStatus,
    Problem,
    RecordVitalRequest,
    RedeemedConnectionCode,
    RefreshRequest,
    RegisterFamily,
    Role,
    Scope,
    Severity,
    SkipDoseRequest,
    SkipReason,
    TypedConnectionCode,
    VitalType,
)

WAIT = 30.0
FAMILY_PASSWORD = "rice-fields-of-takeo"


def check(step, holds, got):
    """Ends the run when what a step got is not what it should be."""
    if not holds:
        sys.exit(f"FAILED {step}: {got}")


def done(step, said):
    print(f"  ok  {step}: {said}", flush=True)


def ask(step, status, operation, **arguments):
    """Calls an operation; the answer has this status, and is what the client made of it."""
    response = operation.sync_detailed(**arguments)
    check(step, response.status_code == status, f"{response.status_code.value} {response.content!r}")
    check(step, response.parsed is not None, "the client read nothing")
    return response.parsed


class Clinic:
    def __init__(self, demo):
        self.url = demo["url"] + "/api"
        self.accounts = demo["accounts"]
        self.stranger = Client(base_url=self.url, timeout=WAIT)

    def first(self, role):
        return next(account for account in self.accounts if account["role"] == role)

    def patient_of(self, doctor, number):
        """The patient of that number among those who let the doctor see everything."""
        open_to = {one["userId"] for one in doctor["connections"] if one["level"] == "ALLOWED"}
        patients = [one for one in self.accounts if one["role"] == "PATIENT" and one["id"] in open_to]
        return patients[number]

    def with_token(self, token):
        return AuthenticatedClient(base_url=self.url, token=token, timeout=WAIT)

    def sign_in(self, identifier, password, role):
        pair = ask("sign in", 200, login, client=self.stranger, body=LoginRequest(identifier, password))
        client = self.with_token(pair.access_token)
        me = ask("sign in", 200, get_signed_in_person, client=client)
        check("sign in", me.role == role and me.id == pair.user.id, me)
        done("sign in", f"{me.full_name}, {me.role.value}")
        return client, pair


def refuse(clinic, identifier):
    """A failure is read too, with its list of fields, empty or not."""
    wrong = ask("wrong password", 401, login, client=clinic.stranger, body=LoginRequest(identifier, "wrong"))
    check("wrong password", isinstance(wrong, Problem) and wrong.errors == [], wrong)
    body = RegisterFamily(full_name="", password="short")
    empty = ask("empty form", 400, register_family, client=clinic.stranger, body=body)
    fields = sorted(error.field for error in empty.errors)
    check("empty form", fields == ["email", "fullName", "password"], empty)
    done("failures", f"{wrong.status} {wrong.title}; {empty.status} {', '.join(fields)}")


def prescribe(doctor, patient_id):
    page = ask("search", 200, search_medicines, client=doctor, q="paracetamol", limit=20)
    tablet = next((one for one in page.items if one.form == MedicineForm.TABLET and one.strength == "500 mg"), None)
    check("search", tablet is not None and "aracetamol" in tablet.generic_name, page)
    done("search", f"{len(page.items)} found, {tablet.display_name}")
    # A first dose soon, whatever the time of day; later doses follow every six hours.
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=10)
    body = PrescriptionRequest(
        patient_id=patient_id,
        medicine_id=tablet.id,
        dosage="500 mg",
        frequency="every 6 hours",
        duration_days=3,
        first_at=soon,
    )
    written = ask("prescribe", 200, create_prescription, client=doctor, body=body, idempotency_key=str(uuid.uuid4()))
    check("prescribe", written.status == PrescriptionStatus.ACTIVE and written.patient_id == patient_id, written)
    check("prescribe", len(written.medications) == 1 and written.medications[0].medicine_id == tablet.id, written)
    done("prescribe", written.medications[0].understood.english)
    return written


def take_and_skip(patient, prescription):
    today = ask("today", 200, get_doses_of_today, client=patient)
    check("today", today.from_ == today.to and len(today.doses) == today.counts.planned, today)
    done("today", f"{len(today.doses)} doses on {today.from_}")
    # Two days: late in the evening the next dose is tomorrow's.
    days = ask("schedule", 200, get_dose_schedule, client=patient, days=2)
    own = [dose for dose in days.doses if dose.prescription_id == prescription.id]
    check("schedule", len(own) >= 4 and all(dose.status == DoseStatus.DUE for dose in own), own)
    done("schedule", f"{len(own)} doses of this prescription, the first at {own[0].scheduled_time:%H:%M} UTC")

    body = MarkTakenRequest(confirm_early=True, notes="With water")
    taken = ask("take", 200, mark_dose_taken, client=patient, id=own[0].id, body=body)
    check("take", taken.dose.id == own[0].id and taken.dose.taken_at is not None, taken)
    check("take", taken.dose.status == DoseStatus.TAKEN_ON_TIME, taken)
    done("take", taken.message)
    body = SkipDoseRequest(reason=SkipReason.SIDE_EFFECT, note="Dizzy")
    skipped = ask("skip", 200, skip_dose, client=patient, id=own[1].id, body=body)
    check("skip", skipped.dose.status == DoseStatus.SKIPPED, skipped)
    check("skip", skipped.dose.skip_reason == SkipReason.SIDE_EFFECT, skipped)
    done("skip", skipped.message)


def compare_adherence(doctor, patient, patient_id):
    own = ask("adherence", 200, get_adherence_of_today, client=patient)
    seen = ask("adherence", 200, get_adherence_of_today, client=doctor, patient_id=patient_id)
    check("adherence", own == seen and own.patient_id == patient_id, (own, seen))
    done("adherence", f"{own.taking.part} of {own.taking.n} taken, the same for patient and doctor")


def alert_and_answer(doctor, patient, patient_id):
    body = RecordVitalRequest(
        vital_type=VitalType.BLOOD_PRESSURE, value=212, value_secondary=124, unit="mmHg", notes="Headache"
    )
    vital = ask("vital", 201, record_vital, client=patient, body=body)
    check("vital", vital.severity == Severity.CRITICAL and vital.alert_id is not None, vital)
    done("vital", f"{vital.value:g}/{vital.value_secondary:g} {vital.unit} is {vital.severity.value}")
    alerts = ask("alerts", 200, list_health_alerts, client=doctor, patient_id=patient_id)
    alert = next((one for one in alerts.items if one.id == vital.alert_id), None)
    check("alerts", alert is not None and alert.state == AlertState.OPEN, alerts)
    done("alerts", f"{alert.kind.value} of {alert.patient_name}")
    answered = ask("acknowledge", 200, acknowledge_health_alert, client=doctor, id=alert.id)
    check("acknowledge", answered.state == AlertState.ACKNOWLEDGED, answered)
    check("acknowledge", answered.acknowledged_by is not None, answered)
    done("acknowledge", answered.state.value)
    page = ask("notifications", 200, list_notifications, client=doctor, limit=50)
    told = next((one for one in page.items if one.resource_id == str(alert.id)), None)
    check("notifications", told is not None and told.patient_id == patient_id, page)
    done("notifications", f"{len(page.items)} on the page, {told.type_.value}: {told.title}")


def connect_family(clinic, admin, patient, patient_id):
    email = f"family-{uuid.uuid4().hex}@clients.example"
    body = RegisterFamily(full_name="Chan Sophea", password=FAMILY_PASSWORD, email=email)
    made = ask("register", 201, register_family, client=clinic.stranger, body=body)
    check("register", made.requires_verification and made.status == AccountStatus.PENDING_VERIFICATION, made)
    # The demo sends no e-mail, so staff confirm the contact.
    person = ask("verify", 200, verify_person, client=admin, id=made.user_id)
    check("verify", person.status == AccountStatus.ACTIVE and person.email == email, person)
    done("register", f"{person.full_name}, {person.status.value}")
    family, _ = clinic.sign_in(email, FAMILY_PASSWORD, Role.FAMILY_MEMBER)

    body = ConnectionCodeRequest(permission_level=PermissionLevel.SELECTED, scopes=[Scope.DOSES])
    code = ask("code", 201, create_connection_code, client=patient, body=body)
    check("code", code.code in code.qr_code or code.qr_code, code)
    seen = ask("preview", 200, preview_connection_code, client=family, body=TypedConnectionCode(code.code))
    check("preview", seen.patient_id == patient_id and seen.scopes == [Scope.DOSES], seen)
    done("preview", f"{seen.patient_name}, {seen.permission_level.value}")
    joined = ask("redeem", 200, redeem_connection_code, client=family, body=RedeemedConnectionCode(code.code))
    check("redeem", joined.status == ConnectionStatus.ACCEPTED and joined.kind == ConnectionKind.FAMILY, joined)
    check("redeem", joined.patient_id == patient_id and joined.carer_id == made.user_id, joined)
    doses = ask("redeem", 200, get_doses_of_today, client=family, patient_id=patient_id)
    hidden = ask("redeem", 404, list_health_alerts, client=family, patient_id=patient_id)
    check("redeem", isinstance(hidden, Problem), hidden)
    done("redeem", f"family sees {len(doses.doses)} doses and no vital signs")


def refresh(clinic, pair):
    renewed = ask("refresh", 200, refresh_session, client=clinic.stranger, body=RefreshRequest(pair.refresh_token))
    check("refresh", renewed.refresh_token != pair.refresh_token and renewed.user.id == pair.user.id, renewed)
    me = ask("refresh", 200, get_signed_in_person, client=clinic.with_token(renewed.access_token))
    check("refresh", me.id == pair.user.id, me)
    done("refresh", f"a new pair for {me.full_name}, {renewed.expires_in} s")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        clinic = Clinic(json.load(file))
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    doctor_account = clinic.first("DOCTOR")
    patient_account = clinic.patient_of(doctor_account, number)
    patient_id = uuid.UUID(patient_account["id"])

    def sign_in(account, role):
        return clinic.sign_in(account["identifier"], account["password"], role)

    doctor, _ = sign_in(doctor_account, Role.DOCTOR)
    patient, pair = sign_in(patient_account, Role.PATIENT)
    admin, _ = sign_in(clinic.first("ADMIN"), Role.ADMIN)
    refuse(clinic, patient_account["identifier"])
    prescription = prescribe(doctor, patient_id)
    take_and_skip(patient, prescription)
    compare_adherence(doctor, patient, patient_id)
    alert_and_answer(doctor, patient, patient_id)
    connect_family(clinic, admin, patient, patient_id)
    refresh(clinic, pair)
    print("main job through openapi-python-client: done")


if __name__ == "__main__":
    main()
