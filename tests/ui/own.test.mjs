// What patients and their families do on a phone, in a real browser against the real program; also without a network.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { account, caller, finish, look, settled, startBrowser, startClinic, visitor } from './kit.mjs';
import * as kit from './phone.mjs';
import { doses, eventually, PHONE } from './phone.mjs';

let clinic;
let browser;
let doctor;

before(async () => {
  [clinic, browser] = await Promise.all([startClinic(), startBrowser()]);
  doctor = account(clinic, 'DOCTOR', 'VERIFIED');
});
after(async () => { await browser?.close(); await clinic?.stop(); });

const patientWith = (names, more) => kit.patientWith(clinic, names, more);
const phone = (person, options) => kit.phone(browser, clinic, person, options);
const signIn = (page, person) => kit.signIn(page, clinic.url, person);

test('a patient agrees to a medicine, uses it, takes that back, leaves one out, and uses all', async () => {
  const patient = await patientWith(['metformin 500', 'loratadine 10', 'vitamin b1'], { requiresConfirmation: true });
  const who = await phone(patient.account, { path: '/me/medicines' });
  const { page } = who;
  await page.click('.waiting >> text=Yes, I agree');
  await page.waitForSelector('.waiting', { state: 'detached' });
  await page.waitForSelector('text=For: Trying the pages');
  await page.click('nav.spots >> text=Today');
  await page.waitForSelector('#next');
  assert.equal(await page.locator('.dose-card').count(), 3);
  const before = Date.now();
  await page.locator('.dose-card', { hasText: 'metformin' }).locator('text=I have used it').click();
  await page.waitForSelector('.notice.success >> text=Recorded');
  assert.ok(Date.now() - before < 1_000, 'the screen answers at once');
  await eventually(async () => assert.match((await doses(patient)).find((dose) => dose.medicineName.startsWith('metformin')).status, /^TAKEN/));
  await page.click('.notice.success >> text=Take back');
  await page.waitForFunction(() => document.querySelectorAll('.dose-card').length === 3);
  await eventually(async () => assert.ok((await doses(patient)).every((dose) => dose.status === 'DUE')));

  await page.locator('.dose-card', { hasText: 'loratadine' }).locator('text=Not this time').click();
  await page.click('dialog >> text=It makes me feel bad');
  assert.match(await page.textContent('dialog .notice'), /Tell your doctor soon/);
  await page.click('dialog >> text=I have read it');
  await page.click('text=I have used all 2');
  await page.waitForFunction(() => document.querySelector('#next') === null);
  await page.waitForSelector('text=All is done for today');
  await eventually(async () => assert.deepEqual((await doses(patient)).map((dose) => dose.skipReason ?? 'taken').sort(), ['SIDE_EFFECT', 'taken', 'taken']));
  await finish(who);
});

test('three marks without a network: readable after a reload, shown as not sent, and counted exactly once', async () => {
  const patient = await patientWith(['metformin 500', 'loratadine 10', 'vitamin b1']);
  const who = await phone(patient.account);
  const { page, context } = who;
  // The worker has kept the shell with all that it names.
  await page.waitForFunction(async () => Boolean(await caches.match('/me')));
  await page.waitForSelector('#next');
  await context.setOffline(true);
  await page.click('text=I have used all 3');
  await page.waitForSelector('header >> text=Not sent yet 3');
  await page.reload();
  await page.waitForSelector('header >> text=Not sent yet 3');
  assert.match(await page.textContent('main'), /No network/);
  assert.equal(await page.locator('section[aria-labelledby=finished] .badge', { hasText: 'Not sent yet' }).count(), 3);
  await page.click('summary >> text=The next 7 days');
  await page.waitForSelector('details[open] .dose-line');
  assert.deepEqual((await doses(patient)).map((dose) => dose.status), ['DUE', 'DUE', 'DUE'], 'nothing was sent');
  await context.setOffline(false);
  await page.waitForSelector('header >> text=Not sent yet', { state: 'detached' });
  const after = await doses(patient);
  assert.deepEqual(after.map((dose) => dose.status), ['TAKEN_ON_TIME', 'TAKEN_ON_TIME', 'TAKEN_ON_TIME']);
  assert.deepEqual(after.map((dose) => dose.corrections.length), [0, 0, 0], 'once, not corrected');
  await finish(who);
});

test('a session that ended keeps what was not sent for the same person, and only for them', async () => {
  const patient = await patientWith(['metformin 500', 'loratadine 10', 'vitamin b1']);
  const other = await patientWith(['metformin 500']);
  const who = await phone(patient.account);
  who.expectRefusals('/api/');
  const { page, context } = who;
  await page.waitForFunction(async () => Boolean(await caches.match('/me')));
  await page.waitForSelector('#next');
  await context.setOffline(true);
  await page.click('text=I have used all 3');
  await page.waitForSelector('header >> text=Not sent yet 3');
  for (const { id } of (await patient.api.send('GET', '/auth/sessions')).items.filter((one) => !one.current)) await patient.api.send('DELETE', `/auth/sessions/${id}`);
  await context.setOffline(false);
  await page.waitForURL('**/sign-in**');
  const left = await page.evaluate(() => new Promise((resolve, reject) => {
    const asked = indexedDB.open('das-tern');
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {
      const read = (name) => new Promise((done) => { const all = asked.result.transaction(name).objectStore(name).getAll(); all.onsuccess = () => done(all.result); });
      Promise.all([read('kept'), read('outbox')]).then(([kept, outbox]) => { asked.result.close(); resolve({ kept, outbox }); });
    };
  }));
  assert.deepEqual(left.kept, [], 'nothing that can be read stays');
  assert.equal(left.outbox.length, 3);
  assert.ok(!JSON.stringify(left.outbox).includes('metformin'));
  await signIn(page, patient.account);
  await eventually(async () => assert.deepEqual((await doses(patient)).map((dose) => dose.status), ['TAKEN_ON_TIME', 'TAKEN_ON_TIME', 'TAKEN_ON_TIME']));

  // The same again, but somebody else signs in on this phone: it is not sent, neither now nor later.
  await page.goto(`${clinic.url}/me`);
  await settled(page);
  await page.evaluate((person) => new Promise((done) => {
    const asked = indexedDB.open('das-tern');
    asked.onsuccess = () => {
      const writing = asked.result.transaction('outbox', 'readwrite');
      writing.objectStore('outbox').put({ clientId: 'of-another', person, doseId: 'x', action: 'taken', at: new Date().toISOString() });
      writing.oncomplete = () => { asked.result.close(); done(); };
    };
  }), patient.id);
  await page.click('nav.spots >> text=More');
  await page.click('main >> text=Sign out');
  await page.waitForURL('**/sign-in');
  await signIn(page, other.account);
  await page.waitForSelector('#next');
  assert.equal(await page.locator('header >> text=Not sent yet').count(), 0);
  await finish(who);
});

test('whoever signs out is told of what was not sent', async () => {
  const patient = await patientWith(['metformin 500']);
  const who = await phone(patient.account);
  const { page, context } = who;
  await page.waitForSelector('#next');
  await context.setOffline(true);
  await page.click('text=I have used it');
  await page.waitForSelector('header >> text=Not sent yet 1');
  await page.click('nav.spots >> text=More');
  await page.click('main >> text=Sign out');
  assert.match(await page.textContent('dialog'), /1 entry is not sent yet/);
  await page.click('dialog >> text=Cancel');
  await context.setOffline(false);
  await eventually(async () => assert.match((await doses(patient))[0].status, /^TAKEN/));
  await page.waitForSelector('header >> text=Not sent yet', { state: 'detached' });
  await page.click('main >> text=Sign out');
  await page.waitForURL('**/sign-in');
  assert.deepEqual(await page.evaluate(async () => [...await caches.keys()]), []);
  await finish(who);
});

test('what the doctor stopped meanwhile is judged by its own time, and refusals are told in words', async () => {
  const patient = await patientWith(['metformin 500']);
  const who = await phone(patient.account);
  const { page, context } = who;
  await page.waitForSelector('#next');
  await context.setOffline(true);
  await page.click('text=I have used it');
  await page.waitForSelector('header >> text=Not sent yet 1');
  const { send } = await caller(clinic, doctor);
  await send('POST', `/prescriptions/${patient.prescription.id}/stop`, { reason: 'not needed any more' });
  await context.setOffline(false);
  await page.waitForSelector('header >> text=Not sent yet', { state: 'detached' });
  const [dose] = await doses(patient);
  assert.match(dose.status, /^TAKEN/, 'it was used while it stood');
  // A mark of a dose that is not there is refused, said, and gone when it was read.
  await page.evaluate((person) => new Promise((done) => {
    const asked = indexedDB.open('das-tern');
    asked.onsuccess = () => {
      const writing = asked.result.transaction('outbox', 'readwrite');
      writing.objectStore('outbox').put({ clientId: 'nowhere', person, doseId: '2020-01-01.00000000-0000-0000-0000-000000000000.0', action: 'taken', at: new Date().toISOString() });
      writing.oncomplete = () => { asked.result.close(); done(); };
    };
  }), patient.id);
  await page.reload();
  await page.waitForSelector('.notice.danger >> text=This could not be recorded');
  await page.click('.notice.danger >> text=I have read it');
  await page.waitForSelector('.notice.danger', { state: 'detached' });
  await page.reload();
  await settled(page);
  assert.equal(await page.locator('.notice.danger').count(), 0);
  await finish(who);
});

test('medicine as needed says how often, and asks before the limit is passed', async () => {
  const patient = await patientWith(['metformin 500']);
  const { send } = await caller(clinic, doctor);
  const [{ id: medicineId }] = (await send('GET', '/medicines/search?q=paracetamol%20500%20mg%20tablet&limit=1')).items;
  await send('POST', '/prescriptions', { patientId: patient.id, medications: [{ medicineId, doseAmount: 1, doseUnit: 'TABLET', frequency: 'PRN', isPRN: true, maxPer24h: 4, minIntervalHours: 6 }] });
  const who = await phone(patient.account);
  who.expectRefusals('/doses/prn');
  const { page } = who;
  const section = page.locator('section[aria-labelledby=as-needed]');
  assert.match(await section.textContent(), /At most 4 times in 24 hours · At least 6 hours between.*Not used in the last 24 hours/s);
  await section.locator('button.big').click();
  await section.locator('text=Recorded at').waitFor();
  await section.locator('text=1 time in the last 24 hours').waitFor();
  await section.locator('button.big').click();
  assert.match(await page.textContent('dialog .notice.danger'), /6 hours/);
  await page.click('dialog >> text=Cancel');
  const { doses: all } = await patient.api.send('GET', '/doses/today');
  assert.equal(all.filter((dose) => dose.isPRN).length, 1);
  await finish(who);
});

test('a dangerous value gets an answer at once, and a wrong one is not guessed', async () => {
  const patient = await patientWith(['metformin 500']);
  const who = await phone(patient.account, { path: '/me/health' });
  const { page } = who;
  await page.fill('#value', '130,5');
  await page.click('text=Record');
  assert.match(await page.textContent('[role=alert]'), /not a comma/);
  await page.fill('#value', '២១០');
  await page.fill('#second', '125');
  await page.click('button[type=submit]');
  await page.waitForSelector('main .notice.danger');
  assert.match(await page.textContent('main .notice.danger'), /Blood pressure 210\/125.*Critical.*119/s);
  assert.equal(await page.locator('main a[href="tel:119"]').count(), 2);
  await page.click('text=Call for help');
  await page.click('dialog >> text=Tell everybody now');
  await page.waitForSelector('dialog .notice.success');
  const { items } = await patient.api.send('GET', '/health-monitoring/alerts?limit=10');
  assert.deepEqual(items.map((one) => one.kind).sort(), ['EMERGENCY', 'READING']);
  await finish(who);
});

test('a daughter joins by a code, marks a dose where she may, and is out when access is taken away', async () => {
  const patient = await patientWith(['metformin 500']);
  const daughter = account(clinic, 'FAMILY_MEMBER');
  const who = await phone(patient.account, { path: '/me/people/invite' });
  const { page } = who;
  await page.click('label >> text=Only these parts');
  for (const part of ['my medicines', 'whether I use them']) if (!await page.isChecked(`label:has-text("${part}") input`)) await page.click(`label:has-text("${part}")`);
  await page.click('text=Make a code');
  const code = await page.textContent('.code');
  assert.ok((await page.locator('img.qr').boundingBox()).width >= 240);

  const her = await phone(daughter);
  await her.page.fill('#code', code);
  await her.page.click('text=Look at the code');
  await her.page.waitForSelector(`.notice.info >> text=${patient.name}`);
  await her.page.click('button >> text=Connect');
  const card = her.page.locator(`section[aria-label="${patient.name}"]`);
  await card.locator('a.button').click();
  await her.page.waitForSelector('#day');
  await her.page.waitForSelector('.dose-line >> text=metformin');
  assert.equal(await her.page.locator('text=They have used it').count(), 0, 'she may look and no more');

  await page.goto(`${clinic.url}/me/people`);
  await settled(page);
  await page.locator('section[aria-label=Family] li').locator('text=Change what they see').click();
  await page.click('dialog label:has-text("May record my medicine for me")');
  await page.click('dialog >> text=Save');
  await page.waitForSelector('dialog', { state: 'detached' });
  await her.page.waitForSelector('text=They have used it');
  await her.page.click('button >> text=They have used it');
  await her.page.waitForSelector('.notice.success >> text=Recorded in your name');
  const [dose] = await doses(patient);
  assert.match(dose.status, /^TAKEN/);
  assert.equal(dose.recordedBy, daughter.id);

  // Who looked stands there in a sentence, and access ends while her page is open.
  await page.goto(`${clinic.url}/me/people/looked`);
  await settled(page);
  assert.match(await page.textContent('main'), /Family member/);
  her.expectRefusals('/api/');
  await page.goto(`${clinic.url}/me/people`);
  await settled(page);
  await page.locator('section[aria-label=Family] li').locator('text=Take access away').click();
  await page.click('dialog button.danger');
  await page.waitForSelector('dialog', { state: 'detached' });
  await her.page.waitForSelector('text=This access has ended');
  await finish(who);
  await finish(her);
});

test('a new patient makes an account on a phone and confirms it by the code', async () => {
  const who = await visitor(browser, clinic.url, PHONE);
  const page = await who.page();
  await page.goto(`${clinic.url}/register`);
  await page.click('text=Go on');
  assert.match(await page.textContent('[role=alert]'), /Write your e-mail or phone.*at least 8/s);
  await page.fill('#contact', '012 987 654');
  await page.fill('#new-password', 'a calm river 7');
  await page.click('text=Go on');
  await page.fill('#last', 'សុខ');
  await page.fill('#first', 'ដារ៉ា');
  await page.fill('#born', '៣១');
  await page.selectOption('#born-month', '2');
  await page.fill('#born-year', '1960');
  await page.click('text=Make the account');
  assert.match(await page.textContent('[role=alert]'), /no such day/);
  await page.selectOption('#born-month', '3');
  await page.click('text=Make the account');
  await page.waitForSelector('#code');
  await page.click('button[type=submit]');
  assert.match(await page.textContent('.error'), /Write the code/);
  await who.close();
});

test('settings are kept: text size on the phone, meals and quiet hours on the server', async () => {
  const patient = await patientWith(['metformin 500']);
  const who = await phone(patient.account, { path: '/me/settings' });
  const { page } = who;
  await page.click('label >> text=Very large');
  await page.fill('#meal-morning', '25:00');
  await page.locator('form', { hasText: 'When do you eat?' }).locator('button[type=submit]').click();
  await page.waitForSelector('text=such as 07:00');
  await page.fill('#meal-morning', '៦:៣០');
  await page.locator('form', { hasText: 'When do you eat?' }).locator('button[type=submit]').click();
  await page.locator('form', { hasText: 'When do you eat?' }).locator('text=Saved').waitFor();
  await page.click('label >> text=I want quiet hours');
  await page.fill('#quiet-from', '20:00');
  await page.locator('form', { hasText: 'quiet hours' }).locator('button[type=submit]').click();
  await page.locator('form', { hasText: 'quiet hours' }).locator('text=Saved').waitFor();
  const person = await patient.api.send('GET', '/auth/me');
  assert.match(person.mealTimes.morningMeal, /^06:30/);
  const settings = await patient.api.send('GET', '/users/settings/notifications');
  assert.match(settings.quietHours.from, /^20:00/);
  await page.reload();
  await settled(page);
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize), '24px');
  const saving = page.waitForEvent('download');
  await page.click('text=Save all my data');
  assert.match((await saving).suggestedFilename(), /^das-tern-.*\.json$/);
  await page.click('main >> button.danger >> text=Delete my account');
  await page.click('dialog >> button.danger');
  await page.waitForSelector('text=Your account will be deleted');
  await page.click('text=Keep my account');
  await page.waitForSelector('text=Your account will be deleted', { state: 'detached' });
  await finish(who);
});

test('a patient sets up a second factor on the phone, and signs in with it', async () => {
  const patient = await patientWith(['metformin 500']);
  const who = await phone(patient.account, { path: '/me' });
  const { page } = who;
  const scripts = [];
  page.on('request', (request) => { if (request.url().includes('/ui/account.js')) scripts.push(request.url()); });
  await page.goto(`${clinic.url}/me/settings`);
  await settled(page);
  assert.deepEqual(scripts, [], 'nobody waits for what few open');
  // Without a network it is said, and tried again.
  await who.context.setOffline(true);
  await page.locator('section', { hasText: 'Second factor' }).locator('a.button').click();
  await page.waitForSelector('text=The server cannot be reached');
  await who.context.setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.click('text=Set up a second factor');
  await page.fill('#factor-password', patient.account.password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('img.qr');
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Read this picture/, 'the next step has the focus');
  await page.focus('#factor-code');
  assert.deepEqual(await look(page), []);
  const secret = (await page.locator('p span.number').textContent()).replace(/\s/g, '');
  // A wrong code, and a password without one.
  who.expectRefusals('/auth/mfa/totp/confirm', '/auth/browser/login');
  await page.fill('#factor-code', '12');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.notice.danger, .notice.warning');
  await page.fill('#factor-code', codeOf(secret));
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=Keep these recovery codes');
  const [recovery] = await page.locator('ul.list li').allTextContents();
  await page.click('text=I have kept them');
  await page.waitForSelector('text=In use since');
  await page.goto(`${clinic.url}/me/more`);
  await page.click('text=Sign out');
  await page.waitForURL('**/sign-in');
  await page.fill('#identifier', patient.account.identifier);
  await page.fill('#password', patient.account.password);
  await page.keyboard.press('Enter');
  await page.getByLabel('Code').fill(recovery);
  await page.keyboard.press('Enter');
  await page.waitForSelector('nav.spots');
  await finish(who);
});

test('what a doctor shares of their notes is read by the patient, and nothing else', async () => {
  const patient = await patientWith(['metformin 500']);
  const doctor = await caller(clinic, account(clinic, 'DOCTOR', 'VERIFIED'));
  await doctor.send('POST', '/doctor/notes', { patientId: patient.id, text: 'Seems to forget the evening.', isShared: false });
  await doctor.send('POST', '/doctor/notes', { patientId: patient.id, text: 'Walk for half an hour each day.', isShared: true });
  const who = await phone(patient.account, { path: '/me/more' });
  await who.page.click('text=What my doctors wrote for me');
  await who.page.waitForSelector('text=Walk for half an hour each day.');
  assert.equal(await who.page.locator('main li').count(), 1);
  assert.deepEqual(await look(who.page), []);
  await finish(who);
});

/** What an authenticator shows now (RFC 6238). */
function codeOf(secret) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac('sha1', key).update(step).digest();
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
