// Every key screen in both languages, light and dark, on a narrow phone and a desk: accessibility, overflow, targets.
// Photographs lie in target/screens for eyes.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { look, screens, settled, signIn, startBrowser, startClinic, visitor } from './kit.mjs';

let clinic;
let browser;
let patient;
let prescription;

before(async () => {
  [clinic, browser] = await Promise.all([startClinic(), startBrowser()]);
  const doctor = account('DOCTOR', 'VERIFIED');
  const post = async (path, body, token) => (await fetch(`${clinic.url}/api${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }, body: JSON.stringify(body) })).json();
  const { accessToken } = await post('/auth/login', { identifier: doctor.identifier, password: doctor.password });
  const get = async (path) => (await fetch(`${clinic.url}/api${path}`, { headers: { authorization: `Bearer ${accessToken}` } })).json();
  const { items } = await get('/prescriptions?status=ACTIVE&limit=50');
  [{ id: prescription, patientId: patient }] = items;
});
after(async () => { await browser?.close(); await clinic?.stop(); });

function account(role, status) {
  return clinic.told.accounts.find((one) => one.role === role && (!status || one.status === status));
}

const ofDoctor = () => ({
  today: '/clinic', patients: '/clinic/patients', patient: `/clinic/patients/${patient}`, adherence: `/clinic/patients/${patient}/adherence`, vitals: `/clinic/patients/${patient}/vitals`,
  prescriptions: `/clinic/patients/${patient}/prescriptions`, prescribe: `/clinic/patients/${patient}/prescribe`, prescription: `/clinic/prescriptions/${prescription}`,
  alerts: '/clinic/alerts', connections: '/clinic/connections?status=ACCEPTED', account: '/clinic/account', nothing: '/clinic/nothing',
});
const ofStaff = () => ({
  health: '/admin', people: '/admin/people', person: `/admin/people/${account('DOCTOR', 'PENDING_VERIFICATION').id}`, jobs: '/admin/jobs?state=WAITING', audit: '/admin/audit',
});

for (const language of ['km', 'en']) {
  for (const scheme of ['light', 'dark']) {
    for (const width of [320, 1280]) {
      test(`screens in ${language}, ${scheme}, ${width} px`, async () => {
        const who = await visitor(browser, clinic.url, { language, scheme, width });
        const page = await who.page();
        const found = [];
        const see = async (name) => {
          await settled(page);
          found.push(...(await look(page)).map((fault) => `${name}: ${fault}`));
          await page.screenshot({ path: join(screens, `${name}-${language}-${scheme}-${width}.png`), fullPage: true });
        };
        await page.goto(`${clinic.url}/sign-in`);
        await see('sign-in');
        await page.goto(`${clinic.url}/forgot-password`);
        await see('forgot-password');
        for (const [person, places] of [[account('DOCTOR', 'VERIFIED'), ofDoctor()], [account('ADMIN'), ofStaff()]]) {
          await signIn(page, clinic.url, person.identifier, person.password);
          for (const [name, address] of Object.entries(places)) {
            await page.goto(clinic.url + address);
            if (name === 'prescribe') await writeSomething(page);
            await see(name);
          }
          await page.evaluate(() => sessionStorage.clear());
          await page.click('header .end button.small');
          await page.waitForURL('**/sign-in');
        }
        assert.deepEqual(found, []);
        assert.deepEqual(who.faults, []);
        await who.close();
      });
    }
  }
}

/** A line in words and one by time of day, so that both are looked at. */
async function writeSomething(page) {
  await settled(page);
  for (const text of ['metformin 500 1-0-1', 'omep 1-0-0']) {
    await page.fill('#entry', text);
    await page.waitForSelector('#entry-options li[aria-selected=true]');
    await page.keyboard.press('Enter');
  }
  await page.waitForFunction(() => document.querySelectorAll('.read-back').length === 2);
  await page.click('.line:nth-child(2) button.small');
}
