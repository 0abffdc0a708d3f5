// What doctors do with a record and with prescriptions that are there, in a real browser against the real program.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as kit from './kit.mjs';
import { account, caller, finish, patientOf, settled, startBrowser, startClinic } from './kit.mjs';

let clinic;
let browser;
let doctor;

before(async () => {
  [clinic, browser] = await Promise.all([startClinic(), startBrowser()]);
  doctor = account(clinic, 'DOCTOR', 'VERIFIED');
});
after(async () => { await browser?.close(); await clinic?.stop(); });

const desk = () => kit.desk(browser, clinic, doctor);
const open = async (page, path) => { await page.goto(clinic.url + path); await settled(page); };
/** The medicine's id, as the catalogue has it. */
const medicine = async (send, name) => (await send('GET', `/medicines/search?q=${encodeURIComponent(name)}&limit=1`)).items[0].id;
const add = async (page, text) => {
  await page.fill('#entry', text);
  await page.waitForSelector('#entry-options li[aria-selected=true]');
  await page.keyboard.press('Enter');
};

test('a doctor confirms what a patient stated, and writes down what decides about medicines', async () => {
  const patient = await patientOf(clinic, doctor, (record) => record.allergies.length === 0 && record.gender === 'FEMALE' && !record.pregnancy && !record.renal);
  const dara = await caller(clinic, patient.account);
  await dara.send('POST', `/patients/${patient.id}/allergies`, { substance: 'penicillin', reaction: 'RASH', severity: 'MODERATE' });
  const who = await desk();
  const { page } = who;
  await open(page, `/clinic/patients/${patient.id}/record`);
  assert.match(await page.textContent('.banner'), /years · born/);
  const allergy = page.locator('section[aria-label="Allergies and intolerances"] li');
  assert.match(await allergy.textContent(), /penicillin.*Stated by the patient/);
  await allergy.locator('text=Confirm').click();
  await allergy.locator('text=A doctor stands for it').waitFor();
  await page.click('text=Add an allergy');
  await page.click('dialog button[type=submit]');
  assert.match(await page.textContent('dialog [role=alert]'), /Write against what/);
  await page.fill('#allergy-substance', 'latex');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.waitForSelector('.banner >> text=latex');

  const fact = (name) => page.locator('section[aria-labelledby=facts] li', { hasText: name });
  await fact('Pregnancy').locator('text=Write down').click();
  await page.selectOption('dialog select', 'PREGNANT');
  await page.fill('#pregnancy-week', '43');
  await page.click('dialog button[type=submit]');
  assert.match(await page.textContent('dialog [role=alert]'), /0 to 42/);
  await page.fill('#pregnancy-week', '១២');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('.banner >> text=Pregnant');
  assert.match(await fact('Pregnancy').textContent(), /week 12/);
  await fact('Kidneys').locator('text=Write down').click();
  await page.fill('#renal-value', '1,2');
  await page.click('dialog button[type=submit]');
  assert.match(await page.textContent('dialog [role=alert]'), /not a comma/);
  await page.fill('#renal-value', '200');
  await page.fill('#renal-day', '31');
  await page.selectOption('#renal-day-month', '2');
  await page.click('dialog button[type=submit]');
  assert.match(await page.textContent('dialog [role=alert]'), /no such day/);
  const [year, month, day] = new Date(Date.now() + 7 * 3600_000).toISOString().slice(0, 10).split('-').map(Number);
  await page.fill('#renal-day', String(day));
  await page.selectOption('#renal-day-month', String(month));
  await page.fill('#renal-day-year', String(year));
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('.banner >> text=eGFR');

  // What was written in error is withdrawn with a reason, and stays in the history.
  await page.locator('section[aria-label="Allergies and intolerances"] li', { hasText: 'latex' }).locator('text=Withdraw').click();
  await page.click('dialog button[type=submit]');
  assert.match(await page.textContent('dialog [role=alert]'), /Write the reason/);
  await page.selectOption('#withdraw-reason', 'ENTERED_IN_ERROR');
  await page.click('dialog button[type=submit]');
  await page.waitForFunction(() => !document.querySelector('.banner').textContent.includes('latex'));
  await page.click('summary >> text=History of the record');
  await page.waitForSelector('details td >> text=Written in error');
  const { send } = await caller(clinic, doctor);
  const record = await send('GET', `/patients/${patient.id}/clinical-record`);
  assert.equal(record.pregnancy.week, 12);
  assert.equal(record.allergies.length, 1);
  assert.equal(record.allergies[0].provenance.standing, 'CONFIRMED');
  await finish(who);
});

test('what somebody else changed meanwhile is not overwritten', async () => {
  const patient = await patientOf(clinic, doctor, (record) => record.g6pd === null);
  const dara = await caller(clinic, patient.account);
  const who = await desk();
  who.expectRefusals('/g6pd');
  const { page } = who;
  await open(page, `/clinic/patients/${patient.id}/record`);
  await page.locator('section[aria-labelledby=facts] li', { hasText: 'G6PD' }).locator('text=Write down').click();
  await dara.send('PUT', `/patients/${patient.id}/g6pd`, { state: 'DEFICIENT' });
  await page.selectOption('dialog select', 'NORMAL');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog .notice.danger');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.banner >> text=G6PD deficiency');
  await finish(who);
});

test('a prescription that ended is repeated in three interactions', async () => {
  const patient = await patientOf(clinic, doctor, (record) => record.gender === 'MALE');
  const { send } = await caller(clinic, doctor);
  const medications = [{ medicineId: await medicine(send, 'loratadine 10 mg tablet'), frequency: '1-0-0 10 days' }];
  const before = await send('POST', '/prescriptions', { patientId: patient.id, diagnosis: 'Hay fever', medications, overrides: [] });
  await send('POST', `/prescriptions/${before.id}/stop`, { reason: 'the season is over' });
  const who = await desk();
  const { page } = who;
  await open(page, `/clinic/prescriptions/${before.id}`);
  let interactions = 0;
  await page.click('a:has-text("Repeat")'); interactions += 1;
  await page.waitForSelector('.read-back');
  await page.keyboard.press('Control+Enter'); interactions += 1;
  await page.waitForSelector('dialog[open]');
  await page.keyboard.press('Enter'); interactions += 1;
  await page.waitForURL((address) => /\/clinic\/prescriptions\//.test(address.pathname) && !address.pathname.endsWith(before.id));
  await settled(page);
  console.log(`# interactions to repeat a prescription: ${interactions}`);
  assert.ok(interactions <= 3);
  const made = await send('GET', `/prescriptions/${page.url().split('/').pop()}`);
  assert.equal(made.medications[0].durationDays, 10);
  assert.equal(made.diagnosis, 'Hay fever');
  assert.notEqual(made.medications[0].id, before.medications[0].id);
  await finish(who);
});

test('a change says what is new and what falls away, and keeps the line that goes on', async () => {
  const patient = await patientOf(clinic, doctor);
  const { send } = await caller(clinic, doctor);
  const medications = [
    { medicineId: await medicine(send, 'cetirizine 10 mg tablet'), frequency: '0-0-0-1 30 days' }, { medicineId: await medicine(send, 'paracetamol 500 mg tablet'), frequency: '1-0-1 5 days' },
  ];
  const before = await send('POST', '/prescriptions', { patientId: patient.id, diagnosis: 'Itching', medications, isUrgent: true, urgentReason: 'cannot sleep' });
  const who = await desk();
  const { page } = who;
  await open(page, `/clinic/prescriptions/${before.id}`);
  await page.click('a.primary:has-text("Change")');
  await page.waitForSelector('.line >> nth=1');
  assert.equal(await page.locator('.finding', { hasText: 'Twice' }).count(), 0, 'it is not held against itself');
  await page.click('.line:nth-child(2) >> text=Remove');
  await add(page, 'omep 1-0-0 14 days');
  await page.waitForSelector('.line:nth-child(2) .read-back');
  await page.fill('#diagnosis', '');
  await page.keyboard.press('Control+Enter');
  assert.match(await page.textContent('[role=alert][tabindex="-1"]'), /can be changed, not emptied/);
  await page.fill('#diagnosis', 'Itching at night');
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('dialog[open]');
  const told = await page.textContent('dialog');
  assert.match(told, /cetirizine.*as before/);
  assert.match(told, /omeprazole.*new/);
  assert.match(told, /falls away.*paracetamol/);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/clinic/prescriptions/${before.id}`);
  await settled(page);
  const [version] = (await send('GET', `/prescriptions/${before.id}/versions`)).items;
  assert.equal(version.number, 2);
  assert.equal(version.medications[0].id, before.medications[0].id);
  assert.equal(version.medications[0].endDate, before.medications[0].endDate);
  assert.ok(await page.locator('section[aria-labelledby=versions] >> text=Version 2').count() > 0);
  await page.click('summary >> text=What it held');
  assert.match(await page.textContent('details[open]'), /paracetamol/);
  await page.click('button:text-is("Check as it stands")');
  await page.waitForSelector('h2 >> text=Checked today');
  await finish(who);
});

test('the doctor reads what the patient decided, and the prescription goes to paper', async () => {
  const patient = await patientOf(clinic, doctor, (record) => record.allergies.length > 0);
  const { send } = await caller(clinic, doctor);
  const dara = await caller(clinic, patient.account);
  const medications = [{ medicineId: await medicine(send, 'folic acid 5 mg tablet'), frequency: '1-0-0 10 days' }];
  const overrides = (await send('POST', '/prescriptions/preview', { patientId: patient.id, medications })).findings.filter((one) => one.tier === 'STOP').map((one) => ({ findingId: one.id, reason: one.overrideReasons[0] }));
  const written = await send('POST', '/prescriptions', { patientId: patient.id, diagnosis: 'Tired', medications, overrides, requiresConfirmation: true });
  const who = await desk();
  const { page } = who;
  await open(page, '/clinic/messages');
  await dara.send('POST', `/prescriptions/${written.id}/confirm`, {});
  const card = page.locator('.alert-card', { has: page.locator(`a[href="/clinic/prescriptions/${written.id}"]`) });
  await card.first().waitFor({ timeout: 5_000 });
  await card.first().locator('text=Open').click();
  await page.waitForSelector('h2 .badge >> text=Active');
  await page.waitForSelector('.banner >> text=/years/');
  assert.equal(await page.locator('.paper').isVisible(), false);
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('.paper').isVisible(), true);
  assert.equal(await page.locator('.banner, header.top').first().isVisible(), false);
  assert.match(await page.textContent('.paper'), /folic acid.*Dr\./);
  assert.match(await page.textContent('.paper'), /Allergy/);
  await page.emulateMedia({ media: 'screen' });
  await open(page, '/clinic/messages');
  await page.click('text=All are seen');
  await page.waitForSelector('text=No unread message.');
  await finish(who);
});

test('a draft is kept with the server, and signed on another day', async () => {
  const patient = await patientOf(clinic, doctor);
  const who = await desk();
  const { page } = who;
  await open(page, `/clinic/patients/${patient.id}/prescribe`);
  await add(page, 'vitamin b 1-0-0 20 days');
  await page.waitForSelector('.read-back');
  await open(page, `/clinic/patients/${patient.id}`);
  await page.click('.banner >> text=Unfinished prescription');
  await page.waitForSelector('.line');
  await page.click('text=Keep as a draft');
  await page.waitForURL('**/clinic/prescriptions/*');
  await page.waitForSelector('h2 >> text=Draft');
  assert.equal(await page.locator('.banner >> text=Unfinished').count(), 0);
  await page.click('a:has-text("Go on writing")');
  await page.waitForSelector('.line');
  await page.waitForFunction(() => !document.querySelector('.sign-bar').textContent.includes('Checking'));
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('dialog[open]');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/clinic/prescriptions/*');
  await page.waitForSelector('h2 .badge >> text=/Active|Waits for the patient/');
  await finish(who);
});

test('bounds are set for one patient, and the usual ones hold again', async () => {
  const patient = await patientOf(clinic, doctor);
  const { send } = await caller(clinic, doctor);
  const who = await desk();
  const { page } = who;
  const own = async () => (await send('GET', `/health-monitoring/thresholds?patientId=${patient.id}`)).thresholds.find((one) => one.vitalType === 'BLOOD_PRESSURE');
  await open(page, `/clinic/patients/${patient.id}/vitals`);
  await page.click('text=Bounds for this patient');
  await page.fill('#bounds-max', '130,5');
  await page.click('dialog button[type=submit]');
  assert.match(await page.textContent('dialog [role=alert]'), /not a comma/);
  await page.fill('#bounds-max', '130');
  await page.fill('#bounds-second-max', '80');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.waitForSelector('text=Bounds set for this patient');
  assert.deepEqual([(await own()).own.max, (await own()).ownSecondary.max], [130, 80]);
  await page.click('text=Bounds for this patient >> nth=0');
  await page.fill('#bounds-max', '');
  await page.fill('#bounds-second-max', '');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('text=Usual bounds');
  assert.equal((await own()).own, null);
  await finish(who);
});

test('a server that is started anew under an open page is found again', async () => {
  const patient = await patientOf(clinic, doctor);
  const who = await desk();
  who.expectRefusals('/api/');
  const { page } = who;
  await open(page, '/clinic/alerts');
  await page.waitForSelector('header .badge.success');
  await clinic.restart();
  await page.waitForSelector('header .badge.success', { timeout: 20_000 });
  who.faults.splice(0, who.faults.length, ...who.faults.filter((fault) => !/ERR_|net::|50\d/.test(fault)));
  const dara = await caller(clinic, patient.account);
  await dara.send('POST', '/health-monitoring/vitals', { vitalType: 'BLOOD_PRESSURE', value: 206, valueSecondary: 127, unit: 'mmHg' });
  await page.waitForSelector('.alert-card.CRITICAL >> text=206/127', { timeout: 20_000 });
  await finish(who);
});

test('results are painted soon after a key, and nothing jumps while a page comes', async () => {
  const patient = await patientOf(clinic, doctor);
  const who = await desk();
  const { page } = who;
  await page.addInitScript(() => {
    globalThis.shift = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shift += entry.value; }).observe({ type: 'layout-shift', buffered: true });
  });
  for (const path of ['/clinic', '/clinic/patients', `/clinic/patients/${patient.id}`, `/clinic/patients/${patient.id}/record`]) {
    await open(page, path);
    await page.waitForTimeout(300);
    const shift = await page.evaluate(() => globalThis.shift);
    console.log(`# layout shift of ${path.replace(patient.id, 'ID')}: ${shift.toFixed(3)}`);
    assert.ok(shift <= 0.1, `${path} jumps by ${shift}`);
  }
  await open(page, `/clinic/patients/${patient.id}/prescribe`);
  const times = [];
  for (const text of ['metf', 'amlo', 'para', 'ibup', 'salb', 'furo', 'aten', 'gliben', 'cipro', 'doxy', 'cefa', 'predn', 'diaz', 'losar', 'simva', 'warfa', 'digox', 'spiro', 'hydro', 'clopi']) {
    await page.fill('#entry', '');
    await page.waitForFunction(() => document.querySelectorAll('#entry-options li').length === 0);
    times.push(await page.evaluate(async (typed) => {
      const input = document.getElementById('entry');
      const begun = performance.now();
      input.value = typed;
      input.dispatchEvent(new InputEvent('input', { bubbles: true }));
      while (document.querySelectorAll('#entry-options li').length === 0) await new Promise((resolve) => requestAnimationFrame(resolve));
      return performance.now() - begun;
    }, text));
  }
  times.sort((a, b) => a - b);
  const p95 = times[Math.floor(times.length * 0.95) - 1];
  console.log(`# from a key to its results: median ${Math.round(times[Math.floor(times.length / 2)])} ms, p95 ${Math.round(p95)} ms`);
  // The budget of a release is 300 ms; this may be a debug build on a machine that does other things too.
  assert.ok(p95 <= 500, `${p95} ms`);
  await finish(who);
});
