// What clinic staff keep: medicines, safety rules, accounts; in a real browser against the real program.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as kit from './kit.mjs';
import { account, caller, finish, settled, startBrowser, startClinic } from './kit.mjs';

let clinic;
let browser;
let admin;

before(async () => {
  [clinic, browser] = await Promise.all([startClinic(), startBrowser()]);
  admin = account(clinic, 'ADMIN');
});
after(async () => { await browser?.close(); await clinic?.stop(); });

const desk = () => kit.desk(browser, clinic, admin);
const open = async (page, path) => { await page.goto(clinic.url + path); await settled(page); };

test('a medicine is changed, withdrawn and prescribed again', async () => {
  const who = await desk();
  const { page } = who;
  const { send } = await caller(clinic, admin);
  await open(page, '/admin/medicines');
  await page.fill('input[type=search]', 'loratadine');
  await page.click('th a:has-text("loratadine 10 mg tablet")');
  await page.waitForSelector('#medicine-brandNames');
  const before = await page.inputValue('#medicine-brandNames');
  await page.fill('#medicine-brandNames', `${before}; Claritoo`);
  await page.waitForSelector('text=Changed: Brands');
  await page.click('button:text-is("Save")');
  await page.waitForSelector('text=Nothing is changed.');
  const id = page.url().split('/').pop();
  assert.ok((await send('GET', `/medicines/${id}`)).brandNames.includes('Claritoo'));
  await page.click('button.danger:text-is("Withdraw")');
  assert.match(await page.textContent('[role=alert]'), /Write the reason/);
  await page.fill('#withdrawn', 'Out of the list: use cetirizine');
  await page.click('button.danger:text-is("Withdraw")');
  await page.waitForSelector('h1 >> text=Withdrawn');
  assert.equal((await send('GET', `/medicines/${id}`)).active, false);
  await page.click('button:text-is("Prescribe again")');
  await page.waitForSelector('h1 >> text=Can be prescribed');
  await finish(who);
});

test('a list of medicines is tried before it is imported, and its faults are named by line', async () => {
  const who = await desk();
  const { page } = who;
  await open(page, '/admin/medicines');
  const choose = (name, text) => page.setInputFiles('#list', { name, mimeType: 'text/csv', buffer: Buffer.isBuffer(text) ? text : Buffer.from(text) });
  await choose('latin.csv', Buffer.from([0x67, 0xe9, 0x6c]));
  await page.waitForSelector('text=not written in UTF-8');
  await choose('bad.csv', 'generic_name,form\nnothing,SOMETHING\n');
  await page.click('button:text-is("Try it")');
  await page.waitForSelector('section[aria-labelledby=import] .notice.danger');
  assert.equal(await page.locator('button:has-text("Import now")').count(), 0);
  // One row of the shipped list, with another brand.
  const [head, row] = readFileSync(join(kit.root, 'data/medicines.csv'), 'utf8').split('\n');
  await choose('brands.csv', `${head}\n${row.replace(/^((?:[^,]*,){3})[^,]*/, '$1Brandnew')}\n`);
  await page.click('button:text-is("Try it")');
  await page.waitForSelector('text=Nothing was written');
  await page.click('button:text-is("Import now (1)")');
  await page.waitForSelector('text=It is imported.');
  await page.waitForSelector('section[aria-labelledby=sources] >> text=brands.csv');
  await finish(who);
});

test('a rule is silenced for a while with a reason, and taken back', async () => {
  const who = await desk();
  const { page } = who;
  const { send } = await caller(clinic, admin);
  await open(page, '/admin/safety');
  await page.selectOption('select >> nth=0', 'WARN');
  await page.waitForFunction(() => document.querySelectorAll('.alert-card.HIGH').length > 0 && document.querySelectorAll('.alert-card.CRITICAL').length === 0);
  const id = (await page.textContent('.alert-card p.muted span')).split(' · ')[0];
  await page.click('.alert-card >> nth=0 >> text=Silence');
  await page.click('dialog button[type=submit]');
  assert.match(await page.textContent('dialog [role=alert]'), /Write the reason/);
  await page.fill('#suppress-reason', 'Too many warnings, decided by the committee');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog', { state: 'detached' });
  const rule = async () => (await send('GET', `/safety/rules?query=${encodeURIComponent(id)}`)).items.find((one) => one.id === id);
  assert.equal((await rule()).suppression.reason, 'Too many warnings, decided by the committee');
  await open(page, `/admin/safety?search=${encodeURIComponent(id)}`);
  await page.click('.alert-card button:has-text("As shipped")');
  await page.fill('dialog textarea', 'The committee decided otherwise');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog', { state: 'detached' });
  assert.equal((await rule()).suppression ?? null, null);
  await finish(who);
});

test('rule files are tried, and whoever loses rules says how many', async () => {
  const { send } = await caller(clinic, admin);
  const { text } = await send('GET', '/safety/files/interactions.csv');
  const fewer = text.split('\n');
  fewer.splice(fewer.findIndex((row) => row.includes(',STOP,')), 1);
  const who = await desk();
  const { page } = who;
  await open(page, '/admin/safety/files');
  await page.setInputFiles('#rules', { name: 'interactions.csv', mimeType: 'text/csv', buffer: Buffer.from(fewer.join('\n')) });
  await page.click('button:text-is("Try it")');
  await page.waitForSelector('text=Nothing was written');
  await page.click('button:text-is("Import now")');
  assert.match(await page.textContent('.error'), /if that is meant/);
  const count = (await page.textContent('#weakened-hint')).match(/\d+/)[0];
  await page.fill('#weakened', count);
  await page.click('button:text-is("Import now")');
  await page.waitForSelector('text=It is imported.');
  await page.click('button:has-text("Try the shipped one")');
  await page.waitForSelector('text=Nothing was written');
  await page.click('button:text-is("Import now")');
  await page.waitForSelector('text=All rules are the shipped ones.');
  await finish(who);
});

test('staff make an account, and mark a colleague as a clinical reviewer', async () => {
  const who = await desk();
  const { page } = who;
  await open(page, '/admin/people/new');
  await page.selectOption('form select', 'ADMIN');
  await page.click('button[type=submit]');
  assert.match(await page.textContent('[role=alert]'), /Name: write it/);
  await page.fill('#new-fullName', 'Bopha Staff');
  await page.fill('#new-email', 'bopha@demo.example');
  await page.fill('#new-password', 'a long enough phrase');
  await page.click('button[type=submit]');
  await page.waitForSelector('h1 >> text=Bopha Staff');
  await page.click('button:text-is("Clinical reviewer")');
  await page.fill('#qualification', 'hospital pharmacist');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dd >> text=hospital pharmacist');

  // Who is marked confirms rules, which then say by whom and as what.
  const other = await kit.desk(browser, clinic, { identifier: 'bopha@demo.example', password: 'a long enough phrase' });
  await open(other.page, '/admin/safety?state=UNVERIFIED');
  await other.page.click('.alert-card >> nth=0 >> button:has-text("Confirm")');
  await other.page.click('dialog button[type=submit]');
  await other.page.waitForSelector('dialog', { state: 'detached' });
  await open(other.page, '/admin/safety?state=CONFIRMED');
  assert.match(await other.page.textContent('.alert-card'), /hospital pharmacist/);
  await finish(other);
  await page.click('button:has-text("Take the reviewer")');
  await page.click('dialog button.primary');
  await page.waitForSelector('button:text-is("Clinical reviewer")');
  await finish(who);
});
