// Every screen in both languages, light and dark, on a narrow phone, a tablet and a desk: accessibility, overflow, targets;
// and the parts of which they are made. Photographs lie in target/screens for eyes.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { account, caller, look, measure, root, screens, settled, signIn, startBrowser, startClinic, visitor } from './kit.mjs';

const esbuild = createRequire(join(root, 'assets/ui/package.json'))('esbuild');
const WIDTHS = [1280, 768, 320];

let clinic;
let browser;
let patient;
let prescription;
let gallery;

before(async () => {
  const folder = join(root, 'assets/ui');
  const built = esbuild.build({
    absWorkingDir: folder, entryPoints: ['gallery/gallery.tsx'], write: false, bundle: true, format: 'esm', charset: 'utf8', target: 'es2020', jsx: 'automatic', jsxImportSource: 'preact', external: ['/ui/*'],
  });
  [clinic, browser] = await Promise.all([startClinic(), startBrowser()]);
  gallery = (await built).outputFiles[0].text;
  const { send } = await caller(clinic, account(clinic, 'DOCTOR', 'VERIFIED'));
  const { items } = await send('GET', '/prescriptions?status=ACTIVE&limit=50');
  [{ id: prescription, patientId: patient }] = items;
});
after(async () => { await browser?.close(); await clinic?.stop(); });

const ofDoctor = () => ({
  today: '/clinic', patients: '/clinic/patients', patient: `/clinic/patients/${patient}`, record: `/clinic/patients/${patient}/record`, adherence: `/clinic/patients/${patient}/adherence`, vitals: `/clinic/patients/${patient}/vitals`, notes: `/clinic/patients/${patient}/notes`,
  prescriptions: `/clinic/patients/${patient}/prescriptions`, prescribe: `/clinic/patients/${patient}/prescribe`, change: `/clinic/patients/${patient}/prescribe?change=${prescription}`, prescription: `/clinic/prescriptions/${prescription}`,
  alerts: '/clinic/alerts', messages: '/clinic/messages?which=all', connections: '/clinic/connections?status=ACCEPTED', account: '/clinic/account', nothing: '/clinic/nothing',
});
const ofStaff = () => ({
  health: '/admin', people: '/admin/people', person: `/admin/people/${account(clinic, 'DOCTOR', 'PENDING_VERIFICATION').id}`, 'new-person': '/admin/people/new', medicines: '/admin/medicines?search=metf', 'new-medicine': '/admin/medicines/new',
  safety: '/admin/safety', statistics: '/admin/safety/statistics?months=12', files: '/admin/safety/files', plans: '/admin/plans', jobs: '/admin/jobs?state=WAITING', 'messages-staff': '/admin/messages?which=all', audit: '/admin/audit',
});

// Two at a time: there are as many cores.
describe('screens', { concurrency: 2 }, () => {
  for (const language of ['km', 'en']) {
    for (const scheme of ['light', 'dark']) {
      test(`screens in ${language}, ${scheme}`, async () => {
        const who = await visitor(browser, clinic.url, { language, scheme });
        const page = await who.page();
        const found = [];
        const see = async (name) => {
          await settled(page);
          for (const width of WIDTHS) {
            await page.setViewportSize({ width, height: 900 });
            // The rules of accessibility are the same at both ends; between them only what is measured can change.
            const faults = width === 768 ? await measure(page) : await look(page);
            found.push(...faults.map((fault) => `${name} ${width}: ${fault}`));
            await page.screenshot({ path: join(screens, `${name}-${language}-${scheme}-${width}.png`), fullPage: true });
          }
          await page.setViewportSize({ width: WIDTHS[0], height: 900 });
        };
        await page.goto(`${clinic.url}/sign-in`);
        await see('sign-in');
        await page.goto(`${clinic.url}/forgot-password`);
        await see('forgot-password');
        for (const [person, places] of [[account(clinic, 'DOCTOR', 'VERIFIED'), ofDoctor()], [account(clinic, 'ADMIN'), ofStaff()]]) {
          await signIn(page, clinic.url, person.identifier, person.password);
          for (const [name, address] of Object.entries(places)) {
            await page.goto(clinic.url + address);
            if (name === 'prescribe') await writeSomething(page);
            await see(name);
          }
          if (person.role === 'DOCTOR') {
            // The shell, the sheet and the policy are those of the pages; the script is the gallery's.
            await page.route('**/ui/clinic.js*', (route) => route.fulfill({ contentType: 'text/javascript; charset=utf-8', body: gallery }));
            for (const part of ['kit', 'clinical', 'dialog']) {
              await page.goto(`${clinic.url}/clinic?part=${part}`);
              await page.waitForSelector(`[data-part=${part}]`);
              await see(`gallery-${part}`);
            }
            await page.unroute('**/ui/clinic.js*');
            await page.goto(`${clinic.url}/clinic`);
            await settled(page);
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
});

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
