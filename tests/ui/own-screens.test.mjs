// Every screen of patients and families in both languages, light and dark, on the narrowest phone, with large text and on a
// tablet: accessibility, overflow, targets. And how much a phone has to fetch. Photographs lie in target/screens for eyes.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { account, finish, look, measure, screens, settled, startBrowser, startClinic, visitor } from './kit.mjs';
import { patientWith, PHONE, signIn } from './phone.mjs';

let clinic;
let browser;

before(async () => { [clinic, browser] = await Promise.all([startClinic(), startBrowser()]); });
after(async () => { await browser?.close(); await clinic?.stop(); });

test('the first visit is small, the next one fetches no file, and a mark answers within a tenth of a second', async () => {
  const patient = await patientWith(clinic, ['metformin 500']);
  const who = await visitor(browser, clinic.url, PHONE);
  const page = await who.page();
  await page.goto(`${clinic.url}/sign-in`);
  await page.evaluate(async ([identifier, password]) => fetch('/api/auth/browser/login', { method: 'POST', headers: { 'content-type': 'application/json', 'x-das-tern-page': '1' }, body: JSON.stringify({ identifier, password }) }), [patient.account.identifier, patient.account.password]);
  const devtools = await who.context.newCDPSession(page);
  await devtools.send('Network.enable');
  const visit = async () => {
    const [names, bytes] = [new Map(), new Map()];
    const asked = ({ requestId, request }) => names.set(requestId, new URL(request.url).pathname);
    const done = ({ requestId, encodedDataLength }) => bytes.set(requestId, encodedDataLength);
    devtools.on('Network.requestWillBeSent', asked);
    devtools.on('Network.loadingFinished', done);
    await page.goto(`${clinic.url}/me`);
    await page.waitForSelector('#next');
    await page.evaluate(() => document.fonts.ready);
    devtools.off('Network.requestWillBeSent', asked);
    devtools.off('Network.loadingFinished', done);
    const files = [...names].filter(([, name]) => !name.startsWith('/api/'));
    return { files: files.map(([, name]) => name), bytes: files.reduce((sum, [id]) => sum + (bytes.get(id) ?? 0), 0) };
  };
  const first = await visit();
  await page.waitForFunction(async () => Boolean(await caches.match('/me')));
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  const next = await visit();
  console.log(`first visit: ${first.files.length} files, ${first.bytes} bytes; the next one: ${next.bytes} bytes`);
  assert.ok(first.files.length <= 10, first.files.join(' '));
  // Those of dist/ are served as they are, for work on them.
  if (!process.env.PAGES_FROM_DIST) {
    assert.ok(first.bytes <= 150_000, String(first.bytes));
    assert.ok(next.bytes <= 6_000, String(next.bytes));
  }
  await who.context.setOffline(true);
  const took = await page.evaluate(() => new Promise((resolve) => {
    const start = performance.now();
    new MutationObserver((_, observer) => {
      if (!document.querySelector('header .badge.info')) return;
      observer.disconnect();
      resolve(performance.now() - start);
    }).observe(document.body, { childList: true, subtree: true });
    document.querySelector('.dose-card button.primary').click();
  }));
  assert.ok(took <= 100, `${took} ms`);
  await who.context.setOffline(false);
  await page.waitForSelector('header .badge.info', { state: 'detached' });
  await finish(who);
});

test('a slow network and a slow phone show today in time, and nothing jumps', async () => {
  const patient = await patientWith(clinic, ['metformin 500', 'loratadine 10']);
  const who = await visitor(browser, clinic.url, PHONE);
  const page = await who.page();
  await page.goto(`${clinic.url}/sign-in`);
  await page.evaluate(async ([identifier, password]) => fetch('/api/auth/browser/login', { method: 'POST', headers: { 'content-type': 'application/json', 'x-das-tern-page': '1' }, body: JSON.stringify({ identifier, password }) }), [patient.account.identifier, patient.account.password]);
  const devtools = await who.context.newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.clearBrowserCache');
  await devtools.send('Network.emulateNetworkConditions', { offline: false, latency: 300, downloadThroughput: 700_000 / 8, uploadThroughput: 700_000 / 8 });
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 6 });
  await page.addInitScript(() => {
    globalThis.shifts = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifts += entry.value; }).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) globalThis.largest = entry.startTime; }).observe({ type: 'largest-contentful-paint', buffered: true });
  });
  await page.goto(`${clinic.url}/me`);
  await page.waitForSelector('#next');
  await page.waitForTimeout(1_000);
  const told = await page.evaluate(() => ({ first: performance.getEntriesByName('first-contentful-paint')[0]?.startTime, largest: globalThis.largest, shifts: globalThis.shifts }));
  console.log(`slow phone: first paint ${Math.round(told.first)} ms, largest ${Math.round(told.largest)} ms, shifts ${told.shifts.toFixed(3)}`);
  assert.ok(told.shifts <= 0.1, `layout shifts ${told.shifts}`);
  await who.close();
});

// Two at a time: there are as many cores.
describe('screens', { concurrency: 2 }, () => {
  const ofPatient = {
    today: '/me', medicines: '/me/medicines', history: '/me/history', health: '/me/health', people: '/me/people', invite: '/me/people/invite', looked: '/me/people/looked', more: '/me/more',
    messages: '/me/messages?which=all', settings: '/me/settings', account: '/me/account', factor: '/me/second-factor', notes: '/me/notes', plan: '/plan', nothing: '/me/nothing',
  };
  const ofFamily = { cared: '/family', settings: '/family/settings', factor: '/family/second-factor' };
  for (const language of ['km', 'en']) {
    for (const scheme of ['light', 'dark']) {
      test(`screens of patients and family in ${language}, ${scheme}`, async () => {
        const found = [];
        const see = async (page, name) => {
          await settled(page);
          for (const [width, text] of [[320, ''], [360, 'text-150'], [768, '']]) {
            await page.evaluate((size) => { document.documentElement.className = size; }, text);
            // As high as the page, so that nothing lies below the places at the bottom.
            await page.setViewportSize({ width, height: 800 });
            const height = await page.evaluate(() => document.documentElement.scrollHeight);
            await page.setViewportSize({ width, height: Math.max(800, height + 100) });
            const faults = width === 320 ? await look(page) : await measure(page);
            found.push(...faults.map((fault) => `${name} ${width} ${text}: ${fault}`));
            await page.screenshot({ path: join(screens, `own-${name}-${language}-${scheme}-${width}.png`) });
          }
          await page.evaluate(() => { document.documentElement.className = ''; });
          await page.setViewportSize(PHONE);
        };
        const demo = clinic.told.accounts.find((one) => one.role === 'PATIENT' && one.status === 'ACTIVE');
        for (const [person, places, kind] of [[demo, ofPatient, 'patient'], [account(clinic, 'FAMILY_MEMBER'), ofFamily, 'family']]) {
          const who = await visitor(browser, clinic.url, { language, scheme, ...PHONE });
          const page = await who.page();
          if (kind === 'patient') {
            await page.goto(`${clinic.url}/register`);
            await see(page, 'register');
          }
          await signIn(page, clinic.url, person);
          for (const [name, address] of Object.entries(places)) {
            await page.goto(clinic.url + address);
            await see(page, `${kind}-${name}`);
          }
          if (kind === 'family') {
            await page.goto(`${clinic.url}/family`);
            await page.click('a.button[href^="/family/care/"]');
            await page.waitForSelector('#may');
            await see(page, 'family-person');
          } else {
            await page.goto(`${clinic.url}/me/health`);
            await page.click('button.critical');
            await see(page, 'patient-emergency');
            await page.goto(`${clinic.url}/me/people/invite`);
            await page.click('main button.primary');
            await page.waitForSelector('.code');
            await see(page, 'patient-code');
            await who.context.setOffline(true);
            await page.click('nav.spots li:first-child a');
            await see(page, 'patient-away');
            await who.context.setOffline(false);
          }
          assert.deepEqual(who.faults, []);
          await who.close();
        }
        assert.deepEqual(found, []);
      });
    }
  }
});
