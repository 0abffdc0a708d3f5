// How a doctor finds out whom to call, finds a patient, and writes notes, in a real browser against the real program.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as kit from './kit.mjs';
import { account, caller, finish, settled, startBrowser, startClinic } from './kit.mjs';
import { eventually } from './phone.mjs';

let clinic;
let browser;
let doctor;
let api;

before(async () => {
  [clinic, browser] = await Promise.all([startClinic(), startBrowser()]);
  doctor = account(clinic, 'DOCTOR', 'VERIFIED');
  api = await caller(clinic, doctor);
});
after(async () => { await browser?.close(); await clinic?.stop(); });

const desk = (options) => kit.desk(browser, clinic, doctor, options);
const open = async (page, path) => { await page.goto(clinic.url + path); await settled(page); };

let count = 0;
/** A new patient who shares so much with the doctor. */
async function newPatient({ name = ['Bopha', 'Chea'], phone, ...share } = {}) {
  count += 1;
  const who = { identifier: phone ?? `desk-${count}@demo.example`, password: 'a calm river 7' };
  const contact = phone ? { phone } : { email: who.identifier };
  const staff = await caller(clinic, account(clinic, 'ADMIN'));
  const { userId } = await staff.send('POST', '/users', { role: 'PATIENT', firstName: name[0], lastName: name[1], gender: 'FEMALE', dateOfBirth: '1960-03-31', language: 'ENGLISH', password: who.password, ...contact });
  const own = await caller(clinic, who);
  const { code } = await own.send('POST', '/connections/codes', { permissionLevel: 'ALLOWED', ...share });
  const connection = await api.send('POST', '/connections/codes/redeem', { code });
  return { id: userId, connection: connection.id, name: own.user.fullName, api: own };
}

test('whom to call stands there with the reason as soon as there is one, and goes when it is settled', async () => {
  const patient = await newPatient({ phone: '+85512345001' });
  const who = await desk();
  const { page } = who;
  await open(page, '/clinic');
  const list = page.getByRole('region', { name: 'Whom to call today' });
  const attention = page.locator('.totals a[href*="attention=yes"]');
  const before = Number(await attention.textContent());
  assert.equal(await list.getByText(patient.name).count(), 0);
  await patient.api.send('POST', '/health-monitoring/vitals', { vitalType: 'BLOOD_PRESSURE', value: 192, valueSecondary: 121, unit: 'mmHg' });
  const card = list.locator('article', { hasText: patient.name });
  await card.waitFor();
  assert.match(await card.textContent(), /A health alert about blood pressure has not been answered \(\w+\)\..*just now/s);
  assert.equal(await card.locator('a[href^="tel:"]').getAttribute('href'), 'tel:+85512345001');
  await eventually(async () => assert.equal(Number(await attention.textContent()), before + 1));
  // By keyboard alone from the reason to what it rests on.
  await card.getByRole('link', { name: /A health alert/ }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/clinic/patients/${patient.id}/vitals`);
  await page.goBack();
  await settled(page);
  const { items: [alert] } = await api.send('GET', `/health-monitoring/alerts?patientId=${patient.id}`);
  await api.send('POST', `/health-monitoring/alerts/${alert.id}/resolve`, { note: 'Measured again: 130 over 80' });
  await card.waitFor({ state: 'detached' });
  await eventually(async () => assert.equal(Number(await attention.textContent()), before));
  await finish(who);
});

test('patients are found in both scripts, chosen and ordered by the server, a page at a time', async () => {
  for (let more = 0; more < 15; more += 1) await newPatient({ name: ['Many', `Number ${more}`] });
  const who = await desk();
  const { page } = who;
  await settled(page);
  const asked = [];
  page.on('request', (request) => { if (request.url().includes('/api/')) asked.push(new URL(request.url())); });
  const names = () => page.locator('tbody th').allTextContents();
  const all = [];
  for (let cursor; cursor !== null;) {
    const got = await api.send('GET', `/doctor/patients?sort=NAME&limit=20${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    all.push(...got.items);
    cursor = got.nextCursor ?? null;
  }
  await open(page, '/clinic/patients?sort=name');
  assert.deepEqual(await names(), all.slice(0, 25).map((one) => one.fullName));
  await page.click('text=Show more');
  await eventually(async () => assert.deepEqual(await names(), all.map((one) => one.fullName)));
  assert.deepEqual(asked.filter(({ pathname }) => /adherence|connections/.test(pathname)).map(String), [], 'nobody is asked for one by one');

  const khmer = all.find((one) => one.fullName.includes('សុខា'));
  await page.fill('input[type=search]', 'sokha');
  await eventually(async () => assert.ok((await names()).includes(khmer.fullName) && (await names()).length < all.length));
  await page.fill('input[type=search]', 'nobody of this name');
  await page.waitForSelector('text=No patient is like that.');
  await page.fill('input[type=search]', '');
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length >= 25);

  await page.getByLabel('Adherence').selectOption('YELLOW');
  const yellow = all.filter((one) => one.adherence?.taking.color === 'YELLOW').map((one) => one.fullName).sort();
  await eventually(async () => assert.deepEqual((await names()).sort(), yellow));
  assert.match(page.url(), /adherence=YELLOW/);
  await page.reload();
  await settled(page);
  assert.deepEqual((await names()).sort(), yellow, 'what was chosen stands in the address');
  await finish(who);
});

test('the chart says how far it is shared and until when, and what happened', async () => {
  const patient = await newPatient();
  const end = new Date(Date.now() + 40 * 24 * 60 * 60_000);
  end.setUTCHours(5, 0, 0, 0);
  await patient.api.send('PATCH', `/connections/${patient.connection}/permission`, { permissionLevel: 'SELECTED', scopes: ['VITALS'], expiresAt: end.toISOString() });
  await patient.api.send('POST', '/health-monitoring/vitals', { vitalType: 'BLOOD_PRESSURE', value: 192, valueSecondary: 121, unit: 'mmHg' });
  const who = await desk();
  // What is not shared is refused to whoever asks for it, and the page says so.
  who.expectRefusals('/clinical-record');
  const { page } = who;
  await open(page, `/clinic/patients/${patient.id}`);
  const shared = await page.locator('section[aria-labelledby=consent]').textContent();
  assert.match(shared, /A part/);
  assert.match(shared, new RegExp(`Until${end.getUTCDate()} \\w+ ${end.getUTCFullYear()}`));
  assert.match(shared, /Not shared: prescriptions, doses, notes/);
  assert.match(await page.locator('section[aria-labelledby=taking]').textContent(), /Not shared/);
  assert.match(await page.locator('section[aria-labelledby=timeline]').textContent(), /Health alert/);
  const alert = page.locator('section[aria-labelledby=attention] article');
  assert.match(await alert.textContent(), /192\/121/);
  await alert.getByRole('button', { name: 'Take over' }).click();
  await page.waitForFunction(() => /Taken over/.test(document.querySelector('section[aria-labelledby=attention] article')?.textContent ?? ''));
  await finish(who);
});

test('a note is the doctor’s alone until it is shared on purpose, and keeps what it said before', async () => {
  const patient = await newPatient();
  const read = async () => (await patient.api.send('GET', '/doctor/notes')).items.map((one) => one.text);
  const who = await desk();
  const { page } = who;
  await open(page, `/clinic/patients/${patient.id}`);
  await page.click('.tabs >> text=Notes');
  await page.waitForSelector('text=You have written no note');
  await page.click('main button[type=submit]');
  assert.match(await page.textContent('[role=alert]'), /Write the note/);
  await page.fill('#note', 'Walks too little.\nAsk again in May.');
  // Whoever leaves is asked, and stays.
  page.once('dialog', (dialog) => dialog.dismiss());
  await page.click('.tabs >> text=Summary');
  assert.equal(await page.inputValue('#note'), 'Walks too little.\nAsk again in May.');
  await page.click('main button[type=submit]');
  const card = page.locator('article', { hasText: 'Walks too little.' });
  await card.waitFor();
  assert.match(await card.textContent(), /Only you/);
  assert.equal(await page.inputValue('#note'), '');
  assert.deepEqual(await read(), []);

  await card.getByRole('button', { name: 'Share with the patient' }).click();
  assert.match(await page.textContent('dialog'), new RegExp(`${patient.name} is told, and can read this.*Walks too little`, 's'));
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  assert.deepEqual(await read(), [], 'nothing was shared without a yes');

  await card.getByRole('button', { name: 'Change' }).click();
  await page.fill('#note-text', 'Walk for half an hour each day.');
  await page.click('dialog button[type=submit]');
  const changed = page.locator('article', { hasText: 'Walk for half an hour each day.' });
  await changed.waitFor();
  await changed.locator('summary').click();
  assert.match(await changed.locator('details').textContent(), /Walks too little\.\nAsk again in May\./);

  await changed.getByRole('button', { name: 'Share with the patient' }).click();
  await page.click('dialog button[type=submit]');
  await changed.locator('text=The patient can read it').waitFor();
  assert.deepEqual(await read(), ['Walk for half an hour each day.']);
  await changed.getByRole('button', { name: 'Share no more' }).click();
  await page.click('dialog button[type=submit]');
  await changed.locator('text=Only you').first().waitFor();
  assert.deepEqual(await read(), []);
  assert.deepEqual(await kit.look(page), []);
  await finish(who);
});
