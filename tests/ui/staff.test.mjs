// What doctors and clinic staff do, in a real browser against the real program with its demo clinic.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as kit from './kit.mjs';
import { finish, settled, signIn, startBrowser, startClinic, visitor } from './kit.mjs';

let clinic;
let browser;
let doctor;
let admin;

before(async () => {
  [clinic, browser] = await Promise.all([startClinic(), startBrowser()]);
  [doctor, admin] = [kit.account(clinic, 'DOCTOR', 'VERIFIED'), kit.account(clinic, 'ADMIN')];
});
after(async () => { await browser?.close(); await clinic?.stop(); });

const caller = (who) => kit.caller(clinic, who);
const patientWith = (wanted) => kit.patientOf(clinic, doctor, wanted);
const desk = (person = doctor, options = {}) => kit.desk(browser, clinic, person, options);

test('sign-in: what is missing or wrong is said, and the tokens are out of reach of scripts', async () => {
  const who = await visitor(browser, clinic.url);
  who.expectRefusals('/auth/browser/login');
  const page = await who.page();
  await page.goto(`${clinic.url}/clinic/patients?sort=name`);
  await page.waitForURL('**/sign-in?next=*');
  who.faults.length = 0;
  await page.click('button[type=submit]');
  assert.match(await page.textContent('[role=alert]'), /Write your e-mail or phone/);
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'alert', 'the summary has the focus');
  await page.fill('#identifier', doctor.identifier);
  await page.fill('#password', 'not the password');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.notice.danger');
  await page.fill('#password', doctor.password);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/clinic/patients?sort=name');
  await settled(page);
  assert.doesNotMatch(await page.evaluate(() => document.cookie), /access|refresh/);
  const kept = await page.evaluate(() => Object.entries(localStorage).map(([name, value]) => `${name}=${value.replace(/^\d{13}$/, 'TIME')}`).sort());
  assert.deepEqual(kept, ['das-tern-active-at=TIME', 'das-tern-signed-in=1'], 'nothing else is kept');
  await page.click('header .end >> text=Sign out');
  await page.waitForURL('**/sign-in');
  await finish(who);
});

test('three medicines are prescribed by keyboard alone, one against an allergy', async () => {
  const patient = await patientWith((record) => record.allergies.length === 0);
  const { send } = await caller(doctor);
  await send('POST', `/patients/${patient.id}/allergies`, { substance: 'penicillin', reaction: 'ANAPHYLAXIS', severity: 'SEVERE' });
  const who = await desk();
  const { page } = who;
  await page.goto(`${clinic.url}/clinic/patients/${patient.id}/prescribe`);
  await settled(page);
  await page.waitForFunction(() => document.activeElement?.id === 'entry');
  let keys = 0;
  const type = async (text) => { await page.keyboard.type(text); keys += text.length; };
  const press = async (key) => { await page.keyboard.press(key); keys += 1; };
  const enter = async (text) => {
    await type(text);
    await page.waitForSelector('#entry-options li[aria-selected=true]');
    await press('Enter');
  };
  await enter('amoxi 1-0-1');
  await enter('omep 1-0-0');
  await enter('vitamin b 1-0-0');
  await page.waitForFunction(() => document.querySelectorAll('.read-back').length === 3);
  await page.waitForSelector('.finding.STOP');
  await press('Control+Enter');
  await page.waitForSelector('[role=alert][tabindex="-1"]');
  // The summary has the focus; its link leads to the reason that is missing.
  for (;;) {
    const open = await page.evaluate(() => [...document.querySelectorAll('.finding.STOP select')].filter((one) => one.value === '').length);
    if (open === 0) break;
    await press('Tab');
    await press('Enter');
    assert.match(await page.evaluate(() => document.activeElement.id), /^finding-/);
    await press('ArrowDown');
    await press('Control+Enter');
    await page.waitForFunction((before) => document.querySelector('dialog[open]') || [...document.querySelectorAll('.finding.STOP select')].filter((one) => one.value === '').length < before, open);
  }
  await page.waitForSelector('dialog[open]');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Sign and send');
  assert.equal(await page.locator('dialog .read-back').count(), 3);
  await press('Enter');
  await page.waitForURL('**/clinic/prescriptions/*');
  await settled(page);
  console.log(`# keystrokes for three medicines with an override: ${keys}`);
  assert.ok(keys <= 60, `${keys} keystrokes`);
  const made = await send('GET', `/prescriptions/${page.url().split('/').pop()}`);
  assert.equal(made.medications.length, 3);
  assert.ok(made.overrides.length >= 1);
  await finish(who);
});

test('what the server does not understand is said at its line, the others are checked all the same, and the draft survives', async () => {
  const patient = await patientWith(() => true);
  const who = await desk();
  who.expectRefusals('/prescriptions/preview');
  const { page } = who;
  await page.goto(`${clinic.url}/clinic/patients/${patient.id}/prescribe`);
  await settled(page);
  const add = async (text) => {
    await page.fill('#entry', text);
    await page.waitForSelector('#entry-options li[aria-selected=true]');
    await page.keyboard.press('Enter');
  };
  await add('omep 1-0-0');
  await add('loratadine 1-0-0 x30');
  await page.waitForSelector('.line .error');
  assert.match(await page.textContent('.line:nth-child(2) .error'), /x30/);
  assert.equal(await page.locator('.line:nth-child(1) .read-back').count(), 1);
  await page.reload();
  await page.waitForSelector('.line:nth-child(2) .error');
  await page.click('.line:nth-child(2) >> text=By time of day');
  const amounts = page.locator('.line:nth-child(2) .slots input');
  await amounts.nth(0).fill('1,5');
  assert.match(await page.textContent('.line:nth-child(2) .error'), /not a comma/);
  await amounts.nth(0).fill('១');
  await page.waitForFunction(() => document.querySelectorAll('.read-back').length === 2);
  assert.match(await page.textContent('.line:nth-child(2) .read-back'), /morning 1/);
  await page.click('.line:nth-child(1) >> text=Remove');
  await page.click('.toast >> text=Undo');
  assert.equal(await page.locator('.line').count(), 2);
  await page.click('header .end >> text=Sign out');
  await page.waitForURL('**/sign-in');
  assert.equal(await page.evaluate(() => sessionStorage.length), 0, 'signing out leaves no draft');
  await finish(who);
});

test('a critical value appears on a second page while it is open, and is taken over and closed', async () => {
  const patient = await patientWith(() => true);
  const dara = await caller(patient.account);
  const who = await desk();
  const second = await who.context.newPage();
  await second.goto(`${clinic.url}/clinic/alerts`);
  await settled(who.page);
  await settled(second);
  const before = await second.locator('.alert-card.CRITICAL').count();
  const sent = Date.now();
  await dara.send('POST', '/health-monitoring/vitals', { vitalType: 'BLOOD_PRESSURE', value: 204, valueSecondary: 126, unit: 'mmHg' });
  for (const page of [who.page, second]) await page.waitForSelector('.alert-card.CRITICAL >> text=204/126', { timeout: 5_000 });
  console.log(`# a critical value is on both pages after ${Date.now() - sent} ms`);
  assert.equal(await second.locator('.alert-card.CRITICAL').count(), before + 1);
  const card = second.locator('.alert-card', { hasText: '204/126' });
  await card.locator('text=Take over').click();
  await card.waitFor({ state: 'detached' });
  await second.click('.tabs >> text=Taken over');
  const taken = second.locator('.alert-card', { hasText: '204/126' });
  await taken.locator('text=Close').click();
  await second.click('dialog button[type=submit]');
  assert.match(await second.textContent('dialog .error'), /Write the reason/);
  await second.fill('dialog textarea', 'Seen in the ward, nifedipine given');
  await second.click('dialog button[type=submit]');
  await taken.waitFor({ state: 'detached' });
  await finish(who);
});

test('a record is closed while it is open when the patient ends the connection', async () => {
  const patient = await patientWith((record) => record.allergies.length === 0);
  const dara = await caller(patient.account);
  const who = await desk();
  who.expectRefusals(`/${patient.id}`, 'patientId', '/adherence/', '/prescriptions', '/vitals', '/health-monitoring');
  await who.page.goto(`${clinic.url}/clinic/patients/${patient.id}`);
  await settled(who.page);
  await who.page.waitForSelector('text=Latest values');
  await dara.send('POST', `/connections/${patient.connection}/revoke`, { reason: 'moved away' });
  await who.page.waitForSelector('text=This record is not open to you', { timeout: 5_000 });
  assert.doesNotMatch(await who.page.textContent('main'), /Latest values/);
  await finish(who);
});

test('a session that is ended elsewhere leads to the sign-in and back', async () => {
  const who = await desk();
  who.expectRefusals('/api/');
  await who.page.goto(`${clinic.url}/clinic/connections`);
  await settled(who.page);
  const staff = await caller(admin);
  await staff.send('POST', `/users/${doctor.id}/end-sessions`);
  await who.page.waitForURL('**/sign-in?next=%2Fclinic%2Fconnections');
  await who.page.fill('#identifier', doctor.identifier);
  await who.page.fill('#password', doctor.password);
  await who.page.keyboard.press('Enter');
  await who.page.waitForURL('**/clinic/connections');
  await finish(who);
});

test('whoever goes away is signed out, and finds the draft again', async () => {
  const patient = await patientWith(() => true);
  const who = await desk();
  who.expectRefusals('/api/');
  const { page } = who;
  await page.clock.install();
  await page.goto(`${clinic.url}/clinic/patients/${patient.id}/prescribe`);
  await page.fill('#entry', 'omep 1-0-0');
  await page.clock.runFor(500);
  await page.waitForSelector('#entry-options li[aria-selected=true]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.line');
  await page.clock.runFor(16 * 60_000);
  await page.waitForURL('**/sign-in?next=*');
  assert.equal(await page.locator('text=omeprazole').count(), 0);
  await page.fill('#identifier', doctor.identifier);
  await page.fill('#password', doctor.password);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/prescribe');
  await page.waitForSelector('.line');
  assert.match(await page.textContent('.line'), /omeprazole/);
  await finish(who);
});

test('staff confirm a doctor, find who read a record, and verify the chain', async () => {
  const waiting = clinic.told.accounts.find((one) => one.role === 'DOCTOR' && one.status === 'PENDING_VERIFICATION');
  const waits = await visitor(browser, clinic.url);
  // A change of the account ends its sessions.
  waits.expectRefusals('/auth/me', '/auth/browser/refresh');
  const page = await waits.page();
  await page.goto(`${clinic.url}/sign-in`);
  await page.fill('#identifier', waiting.identifier);
  await page.fill('#password', waiting.password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=Your licence is being checked');

  const who = await desk(admin);
  await settled(who.page);
  await who.page.click('nav >> text=People');
  await who.page.click(`section >> a:has-text("Check")`);
  await who.page.click('button:text-is("Confirm")');
  await who.page.click('dialog button.primary');
  await who.page.waitForSelector('h1 >> text=Verified');

  await page.click('text=Look again');
  await signIn(page, clinic.url, waiting.identifier, waiting.password);
  assert.equal(new URL(page.url()).pathname, '/clinic');
  await finish(waits);

  const patient = await patientWith(() => true);
  await who.page.goto(`${clinic.url}/admin/people/${patient.id}`);
  await who.page.click('text=Who touched the record');
  await settled(who.page);
  assert.ok(await who.page.locator('tbody tr').count() > 0);
  await who.page.click('text=Verify the chain');
  await who.page.waitForSelector('text=The chain is whole', { timeout: 30_000 });
  await finish(who);
});

test('measurements are typed as text, and a comma is never a number', async () => {
  const patient = await patientWith(() => true);
  const who = await desk();
  const { page } = who;
  await page.goto(`${clinic.url}/clinic/patients/${patient.id}/vitals?type=TEMPERATURE`);
  await settled(page);
  await page.click('text=Enter a value');
  await page.fill('#vital-value', '37,5');
  await page.click('dialog button[type=submit]');
  assert.match(await page.textContent('dialog [role=alert]'), /not a comma/);
  await page.fill('#vital-value', '៣៧.៥');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog >> text=37.5');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  await finish(who);
});
