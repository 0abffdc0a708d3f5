// The main job of Das Tern, through the types that openapi-typescript generates and openapi-fetch.
//
//     node main_job.js DEMO_JSON
//
// DEMO_JSON holds the line that `das-tern demo --json` prints. The run brings its own doctor, patient and family member,
// so that clients can run beside each other. It ends with a failure at the first answer that is not what it should be.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./das-tern.js";

type Schemas = components["schemas"];
type Problem = Schemas["Problem"];
type Caller = Client<paths>;

interface Person {
  client: Caller;
  pair: Schemas["TokenPair"];
  id: string;
}

interface Demo {
  url: string;
  accounts: { role: string; identifier: string; password: string }[];
}

/** What openapi-fetch answers: the body of a success, or that of a failure. */
interface Answer<Body> {
  data?: Body;
  error?: Problem;
  response: Response;
}

const PASSWORD = "rice-fields-of-takeo";

class Disagreement extends Error {}

function check(step: string, holds: boolean, got: unknown): asserts holds {
  if (!holds) throw new Disagreement(`${step}: ${JSON.stringify(got)}`);
}

function done(step: string, said: string): void {
  console.log(`  ok  ${step}: ${said}`);
}

/** The body of an answer that has this status. */
async function expect<Body>(step: string, status: number, asked: Promise<Answer<Body>>): Promise<NonNullable<Body>> {
  const { data, error, response } = await asked;
  check(step, response.status === status, { status: response.status, error });
  check(step, data !== undefined && data !== null, "the client read nothing");
  return data;
}

/** The problem of a request that is refused with this status. */
async function refused(step: string, status: number, asked: Promise<Answer<unknown>>): Promise<Problem> {
  const { data, error, response } = await asked;
  check(step, response.status === status && error !== undefined, { status: response.status, data, error });
  check(step, error.status === status && Array.isArray(error.errors), error);
  return error;
}

class Clinic {
  private constructor(
    private readonly url: string,
    readonly stranger: Caller,
    readonly admin: Person,
  ) {}

  static async open(demo: Demo): Promise<Clinic> {
    const url = `${demo.url}/api`;
    const account = demo.accounts.find((one) => one.role === "ADMIN");
    check("demo", account !== undefined, demo.accounts);
    const stranger = createClient<paths>({ baseUrl: url });
    const admin = await signIn(url, stranger, account.identifier, account.password, "ADMIN");
    return new Clinic(url, stranger, admin);
  }

  withToken(token: string): Caller {
    return withToken(this.url, token);
  }

  /** The demo sends no e-mail, so an admin confirms the contact, or the licence of a doctor. */
  async admit(made: Schemas["RegistrationResult"], email: string, role: Schemas["Role"]): Promise<Person> {
    check("register", made.requiresVerification && made.status === "PENDING_VERIFICATION", made);
    const path = { id: made.userId };
    const person = await expect("verify", 200, this.admin.client.POST("/users/{id}/verify", { params: { path } }));
    check("verify", person.status === "ACTIVE" || person.status === "VERIFIED", person);
    check("verify", person.email === email && person.role === role, person);
    done("register", `${person.fullName}, ${person.status}`);
    return signIn(this.url, this.stranger, email, PASSWORD, role);
  }
}

function withToken(url: string, token: string): Caller {
  return createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });
}

async function signIn(
  url: string,
  stranger: Caller,
  identifier: string,
  password: string,
  role: Schemas["Role"],
): Promise<Person> {
  const pair = await expect("sign in", 200, stranger.POST("/auth/login", { body: { identifier, password } }));
  const client = withToken(url, pair.accessToken);
  const me = await expect("sign in", 200, client.GET("/auth/me"));
  check("sign in", me.role === role && me.id === pair.user.id, me);
  done("sign in", `${me.fullName}, ${me.role}`);
  return { client, pair, id: me.id };
}

function freshEmail(name: string): string {
  return `${name}-${randomUUID()}@clients.example`;
}

/** A doctor, a patient and a family member of their own. */
async function register(clinic: Clinic): Promise<[Person, Person, Person]> {
  let email = freshEmail("doctor");
  const doctorForm: Schemas["RegisterDoctor"] = {
    fullName: "Dr. Keo Sothea",
    hospitalClinic: "Takeo Health Centre",
    specialty: "GENERAL_PRACTICE",
    licenseNumber: `TS-${randomUUID()}`.slice(0, 40),
    password: PASSWORD,
    email,
  };
  let made = await expect("register", 201, clinic.stranger.POST("/auth/register/doctor", { body: doctorForm }));
  const doctor = await clinic.admit(made, email, "DOCTOR");

  email = freshEmail("patient");
  const patientForm: Schemas["RegisterPatient"] = {
    firstName: "Sreymom",
    lastName: "Chea",
    gender: "FEMALE",
    dateOfBirth: "1961-04-14",
    password: PASSWORD,
    email,
  };
  made = await expect("register", 201, clinic.stranger.POST("/auth/register/patient", { body: patientForm }));
  const patient = await clinic.admit(made, email, "PATIENT");

  email = freshEmail("family");
  const familyForm = { fullName: "Chan Sophea", password: PASSWORD, email };
  made = await expect("register", 201, clinic.stranger.POST("/auth/register/family", { body: familyForm }));
  const family = await clinic.admit(made, email, "FAMILY_MEMBER");
  return [doctor, patient, family];
}

/** A failure is read too, with its list of bad fields, empty or not. */
async function meetFailures(clinic: Clinic, doctor: Person, patient: Person): Promise<void> {
  const credentials = { identifier: patient.pair.user.email ?? "", password: "wrong" };
  const wrong = await refused("wrong password", 401, clinic.stranger.POST("/auth/login", { body: credentials }));
  check("wrong password", wrong.errors.length === 0, wrong);

  const form = { fullName: "", password: "short" };
  const empty = await refused("empty form", 400, clinic.stranger.POST("/auth/register/family", { body: form }));
  const fields = empty.errors.map((one) => one.field).sort();
  check("empty form", fields.join() === "email,fullName,password", empty);
  check("empty form", empty.errors.every((one) => one.message !== ""), empty);

  const path = { id: randomUUID() };
  const asked = doctor.client.GET("/prescriptions/{id}", { params: { path } });
  const missing = await refused("no such prescription", 404, asked);
  check("no such prescription", missing.code === "prescription_not_found", missing);

  const header = { "Idempotency-Key": randomUUID() };
  const measure = (value: number) =>
    patient.client.POST("/health-monitoring/vitals", {
      params: { header },
      body: { vitalType: "HEART_RATE", value, unit: "bpm" },
    });
  const kept = await expect("one key", 201, measure(71));
  const again = await expect("one key", 201, measure(71));
  check("one key", again.id === kept.id, again);
  const reused = await refused("one key, two bodies", 422, measure(72));
  const codes = [wrong, empty, missing, reused].map((problem) => `${problem.status} ${problem.code}`).join(", ");
  done("failures", `${codes}; fields ${fields.join(", ")}`);
}

async function connect(doctor: Person, patient: Person): Promise<void> {
  const asked = await expect(
    "connect",
    201,
    doctor.client.POST("/connections", { body: { targetUserId: patient.id } }),
  );
  const query = { status: "PENDING" } as const;
  const waiting = await expect("connect", 200, patient.client.GET("/connections", { params: { query } }));
  check("connect", waiting.items.length === 1 && waiting.items[0]?.id === asked.id, waiting);
  const made = await expect(
    "connect",
    200,
    patient.client.POST("/connections/{id}/accept", {
      params: { path: { id: asked.id } },
      body: { permissionLevel: "ALLOWED" },
    }),
  );
  check("connect", made.status === "ACCEPTED" && made.kind === "DOCTOR", made);
  done("connect", `${made.kind} at ${made.permissionLevel}`);
}

async function prescribe(doctor: Person, patient: Person): Promise<Schemas["Prescription"]> {
  const query = { q: "paracetamol", limit: 20 };
  const page = await expect("search", 200, doctor.client.GET("/medicines/search", { params: { query } }));
  const tablet = page.items.find((one) => one.form === "TABLET" && one.strength === "500 mg");
  check("search", tablet !== undefined && tablet.genericName.includes("aracetamol"), page);
  done("search", `${page.items.length} found, ${tablet.displayName}`);
  // A first dose soon, whatever the time of day; later doses follow every six hours.
  const soon = new Date(Date.now() + 10 * 60_000).toISOString();
  const written = await expect(
    "prescribe",
    200,
    doctor.client.POST("/prescriptions", {
      params: { header: { "Idempotency-Key": randomUUID() } },
      body: {
        patientId: patient.id,
        medicineId: tablet.id,
        dosage: "500 mg",
        frequency: "every 6 hours",
        durationDays: 3,
        firstAt: soon,
        requiresConfirmation: true,
      },
    }),
  );
  check("prescribe", written.status === "PENDING_CONFIRMATION" && written.patientId === patient.id, written);
  const line = written.medications[0];
  check("prescribe", line !== undefined && written.medications.length === 1 && line.medicineId === tablet.id, written);
  done("prescribe", line.understood.english);
  return written;
}

async function readAndConfirm(patient: Person, prescription: Schemas["Prescription"]): Promise<void> {
  const query = { limit: 50 };
  const page = await expect("message", 200, patient.client.GET("/notifications", { params: { query } }));
  const told = page.items.filter((one) => one.resourceId === prescription.id);
  const message = told[0];
  check("message", told.length === 1 && message !== undefined && message.type === "PRESCRIPTION_SHARED", page);
  check("message", !message.isRead, message);
  const before = await expect("message", 200, patient.client.GET("/notifications/unread-count"));
  const read = await expect(
    "message",
    200,
    patient.client.POST("/notifications/{id}/read", { params: { path: { id: message.id } } }),
  );
  const after = await expect("message", 200, patient.client.GET("/notifications/unread-count"));
  check("message", read.isRead && after.unreadCount === before.unreadCount - 1, [before, after]);
  done("message", `${read.title}; unread ${before.unreadCount}, then ${after.unreadCount}`);
  const path = { id: prescription.id };
  const asked = patient.client.POST("/prescriptions/{id}/confirm", { params: { path } });
  const confirmed = await expect("confirm", 200, asked);
  check("confirm", confirmed.status === "ACTIVE" && typeof confirmed.confirmedAt === "string", confirmed);
  done("confirm", confirmed.status);
}

async function takeAndSkip(patient: Person, prescription: Schemas["Prescription"]): Promise<void> {
  const today = await expect("today", 200, patient.client.GET("/doses/today"));
  check("today", today.from === today.to && today.doses.length === today.counts.planned, today);
  done("today", `${today.doses.length} doses on ${today.from}`);
  // Two days: late in the evening the next dose is tomorrow's.
  const query = { days: 2 };
  const days = await expect("schedule", 200, patient.client.GET("/doses/schedule", { params: { query } }));
  const own = days.doses.filter((dose) => dose.prescriptionId === prescription.id);
  const [first, second] = own;
  check("schedule", own.length >= 4 && own.every((dose) => dose.status === "DUE"), own);
  check("schedule", first !== undefined && second !== undefined, own);
  const hour = first.scheduledTime.slice(11, 16);
  done("schedule", `${own.length} doses of this prescription, the first at ${hour} UTC`);

  const taken = await expect(
    "take",
    200,
    patient.client.POST("/doses/{id}/mark-taken", {
      params: { path: { id: first.id } },
      body: { confirmEarly: true, notes: "With water" },
    }),
  );
  check("take", taken.dose.id === first.id && typeof taken.dose.takenAt === "string", taken);
  check("take", taken.dose.status === "TAKEN_ON_TIME", taken);
  done("take", taken.message);
  const skipped = await expect(
    "skip",
    200,
    patient.client.POST("/doses/{id}/skip", {
      params: { path: { id: second.id } },
      body: { reason: "SIDE_EFFECT", note: "Dizzy" },
    }),
  );
  check("skip", skipped.dose.status === "SKIPPED" && skipped.dose.skipReason === "SIDE_EFFECT", skipped);
  done("skip", skipped.message);
}

async function compareAdherence(doctor: Person, patient: Person): Promise<void> {
  const own = await expect("adherence", 200, patient.client.GET("/adherence/today"));
  const query = { patientId: patient.id };
  const seen = await expect("adherence", 200, doctor.client.GET("/adherence/today", { params: { query } }));
  check("adherence", JSON.stringify(own) === JSON.stringify(seen) && own.patientId === patient.id, [own, seen]);
  done("adherence", `${own.taking.part} of ${own.taking.n} taken, the same for patient and doctor`);
}

async function alertAndAnswer(doctor: Person, patient: Person): Promise<void> {
  const vital = await expect(
    "vital",
    201,
    patient.client.POST("/health-monitoring/vitals", {
      body: { vitalType: "BLOOD_PRESSURE", value: 212, valueSecondary: 124, unit: "mmHg", notes: "Headache" },
    }),
  );
  check("vital", vital.severity === "CRITICAL" && typeof vital.alertId === "string", vital);
  done("vital", `${vital.value}/${vital.valueSecondary} ${vital.unit} is ${vital.severity}`);
  const query = { patientId: patient.id };
  const alerts = await expect("alerts", 200, doctor.client.GET("/health-monitoring/alerts", { params: { query } }));
  const alert = alerts.items[0];
  check("alerts", alerts.items.length === 1 && alert?.id === vital.alertId && alert.state === "OPEN", alerts);
  done("alerts", `${alert.kind} of ${alert.patientName}`);
  const path = { id: alert.id };
  const asked = doctor.client.POST("/health-monitoring/alerts/{id}/acknowledge", { params: { path } });
  const answered = await expect("acknowledge", 200, asked);
  check("acknowledge", answered.state === "ACKNOWLEDGED" && answered.acknowledgedBy === doctor.id, answered);
  done("acknowledge", answered.state);
}

async function shareWithFamily(family: Person, patient: Person): Promise<void> {
  const form: Schemas["ConnectionCodeRequest"] = { permissionLevel: "SELECTED", scopes: ["DOSES"] };
  const { code } = await expect("code", 201, patient.client.POST("/connections/codes", { body: form }));
  const seen = await expect("preview", 200, family.client.POST("/connections/codes/preview", { body: { code } }));
  check("preview", seen.patientId === patient.id && seen.scopes.join() === "DOSES", seen);
  done("preview", `${seen.patientName}, ${seen.permissionLevel}`);
  const joined = await expect("redeem", 200, family.client.POST("/connections/codes/redeem", { body: { code } }));
  check("redeem", joined.status === "ACCEPTED" && joined.kind === "FAMILY", joined);
  check("redeem", joined.patientId === patient.id && joined.carerId === family.id, joined);
  const query = { patientId: patient.id };
  const doses = await expect("redeem", 200, family.client.GET("/doses/today", { params: { query } }));
  const asked = family.client.GET("/health-monitoring/alerts", { params: { query } });
  const hidden = await refused("redeem", 403, asked);
  check("redeem", hidden.code === "scope_not_shared", hidden);
  done("redeem", `family sees ${doses.doses.length} doses; of vital signs ${hidden.code}`);
}

async function takeDataAway(patient: Person, prescription: Schemas["Prescription"]): Promise<void> {
  const whole = await expect("export", 200, patient.client.GET("/users/me/export"));
  const text = JSON.stringify(whole);
  for (const expected of [patient.pair.user.email ?? "?", prescription.id, "With water", "Headache"]) {
    check("export", text.includes(expected), `${expected} is not in it`);
  }
  done("export", `${text.length} characters hold the profile, the prescription, the note and the measurement`);
}

async function renewAndLeave(clinic: Clinic, patient: Person): Promise<void> {
  const { refreshToken } = patient.pair;
  const renewed = await expect("refresh", 200, clinic.stranger.POST("/auth/refresh", { body: { refreshToken } }));
  check("refresh", renewed.refreshToken !== refreshToken, renewed);
  const client = clinic.withToken(renewed.accessToken);
  const me = await expect("refresh", 200, client.GET("/auth/me"));
  check("refresh", me.id === patient.id, me);
  const left = await client.POST("/auth/logout");
  check("sign out", left.response.status === 204, left.error);
  const ended = await refused("sign out", 401, client.GET("/auth/me"));
  done("sign out", `${me.fullName}; then ${ended.status} ${ended.code}`);
}

async function main(file: string): Promise<void> {
  const clinic = await Clinic.open(JSON.parse(readFileSync(file, "utf8")) as Demo);
  const [doctor, patient, family] = await register(clinic);
  await meetFailures(clinic, doctor, patient);
  await connect(doctor, patient);
  const prescription = await prescribe(doctor, patient);
  await readAndConfirm(patient, prescription);
  await takeAndSkip(patient, prescription);
  await compareAdherence(doctor, patient);
  await alertAndAnswer(doctor, patient);
  await shareWithFamily(family, patient);
  await takeDataAway(patient, prescription);
  await renewAndLeave(clinic, patient);
  console.log("main job through openapi-typescript and openapi-fetch: done");
}

try {
  await main(process.argv[2] ?? "demo.json");
} catch (error) {
  console.error("FAILED", error instanceof Disagreement ? error.message : error);
  process.exitCode = 1;
}
