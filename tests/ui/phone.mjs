// What the tests of the pages on phones stand on.
import { account, caller, settled, visitor } from './kit.mjs';

export const PHONE = { width: 360, height: 740 };
const MINUTE = 60_000;

let count = 0;
/** A new patient of the doctor, with what is prescribed here: `names`, each in two minutes. */
export async function patientWith(clinic, names, more = {}) {
  count += 1;
  const staff = await caller(clinic, account(clinic, 'ADMIN'));
  const who = { identifier: `phone-${count}@demo.example`, password: 'a calm river 7' };
  const person = { role: 'PATIENT', firstName: 'Dara', lastName: `Number ${count}`, email: who.identifier, gender: 'MALE', dateOfBirth: '1960-03-31', language: 'ENGLISH', password: who.password };
  const { userId } = await staff.send('POST', '/users', person);
  const api = await caller(clinic, who);
  const { send } = await caller(clinic, account(clinic, 'DOCTOR', 'VERIFIED'));
  const { code } = await api.send('POST', '/connections/codes', { permissionLevel: 'ALLOWED' });
  await send('POST', '/connections/codes/redeem', { code });
  const times = [new Date(Date.now() + 7 * 60 * MINUTE + 2 * MINUTE).toISOString().slice(11, 16)];
  const medications = [];
  for (const name of names) {
    const { items } = await send('GET', `/medicines/search?q=${encodeURIComponent(name)}&limit=1`);
    medications.push({ medicineId: items[0].id, doseAmount: 1, doseUnit: 'TABLET', times, frequency: 'DAILY', mealRelation: 'AFTER', durationDays: 20 });
  }
  const body = { patientId: userId, diagnosis: 'Trying the pages', medications, ...more };
  const { findings } = await send('POST', '/prescriptions/check', { patientId: userId, medications });
  const overrides = findings.filter((one) => one.tier === 'STOP').map((one) => ({ findingId: one.id, reason: one.overrideReasons[0], note: 'only tried' }));
  const prescription = await send('POST', '/prescriptions', { ...body, overrides });
  return { id: userId, name: api.user.fullName, account: { ...who, id: userId }, prescription, api };
}

/** A person signed in on a phone, at this path. */
export async function phone(browser, clinic, person, { path, ...options } = {}) {
  const who = await visitor(browser, clinic.url, { ...PHONE, ...options });
  const page = await who.page();
  await signIn(page, clinic.url, person, path);
  return { ...who, page };
}

export async function signIn(page, url, person, path) {
  await page.goto(`${url}/sign-in`);
  await page.fill('#identifier', person.identifier);
  await page.fill('#password', person.password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('nav.spots');
  await settled(page);
  if (path) { await page.goto(url + path); await settled(page); }
}

/** The doses of the prescription that are due about now. */
export async function doses({ api, prescription }) {
  const { doses } = await api.send('GET', '/doses/schedule?days=2');
  const soon = doses.filter((dose) => dose.prescriptionId === prescription.id).sort((one, other) => (one.scheduledTime < other.scheduledTime ? -1 : 1));
  return soon.filter((dose) => dose.scheduledTime === soon[0].scheduledTime);
}

/** Tries until it holds, for some seconds. */
export const eventually = async (act) => {
  for (let tries = 0; ; tries += 1) {
    try { return await act(); } catch (error) { if (tries > 60) throw error; }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
};
