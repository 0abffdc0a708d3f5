// What the browser tests stand on: the real program with its demo clinic, one browser, pages that notice their own faults.
import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(join(root, 'assets/ui/package.json'));
const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const screens = join(root, 'target/screens');
mkdirSync(screens, { recursive: true });

const browserNames = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'headless_shell'];

function browserPath() {
  for (const name of browserNames) {
    try { return execFileSync('which', [name], { encoding: 'utf8' }).trim(); } catch { /* the next one */ }
  }
  throw new Error('Chromium is not installed: apt-get install chromium-headless-shell');
}

function program() {
  const found = process.env.DAS_TERN ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/das-tern');
  if (!existsSync(found)) throw new Error(`${found} is not there: cargo build`);
  return found;
}

/** The first line that a program of ours prints; an error when it ends before. */
async function firstLine(child, name) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (piece) => { text += piece; if (text.includes('\n')) resolve(text.split('\n')[0]); });
    child.on('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
}

/** Ends a program of ours and waits until it is gone. */
async function end(child) {
  child.removeAllListeners('exit');
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

/**
 * Starts a clinic of its own, a copy of the one in PAGES_CLINIC where there is one (making it takes a minute); gives its
 * address, who is in it, what starts the server anew on the same address, and what stops it.
 * With PAGES_FROM_DIST=1 the pages are those in dist/ and not those in the program, for work on them.
 */
export async function startClinic() {
  const home = mkdtempSync(join(tmpdir(), 'das-tern-pages-'));
  const made = process.env.PAGES_CLINIC;
  if (made) cpSync(made, home, { recursive: true });
  const start = async (port) => {
    const server = spawn(program(), ['demo', '--dir', home, '--port', String(port), '--json', '--patients', '30', '--no-rate-limit'], { stdio: ['ignore', 'pipe', 'inherit'] });
    return { server, told: JSON.parse(await firstLine(server, 'the clinic')) };
  };
  let { server, told } = await start(0);
  const port = new URL(told.url).port;
  let url = told.url;
  let pages;
  if (process.env.PAGES_FROM_DIST) {
    pages = spawn('node', [join(root, 'assets/ui/dev.mjs'), told.url, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    url = await firstLine(pages, 'the pages');
  }
  return {
    told, url,
    restart: async () => { await end(server); ({ server } = await start(port)); },
    stop: async () => {
      if (pages) await end(pages);
      await end(server);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Makes the clinic of which the others are copies. */
export async function makeClinic(folder) {
  const server = spawn(program(), ['demo', '--dir', folder, '--port', '0', '--json', '--patients', '30'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await firstLine(server, 'the clinic');
  await end(server);
}

export async function startBrowser() {
  const how = {
    executablePath: browserPath(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  };
  // A browser that dies while it starts, as on a machine that is short of everything, is started once more.
  return chromium.launch(how).catch(() => chromium.launch(how));
}

/** A browser of one person: its pages note every error, refused request and fault against the policy. */
export async function visitor(browser, url, { language = 'en', scheme = 'light', width = 1280, height = 900 } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
  await context.addCookies([{ name: 'das-tern-language', value: language, url }]);
  const faults = [];
  const expected = [];
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load resource')) faults.push(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => faults.push(`exception: ${error.error().message}`));
  context.on('response', (response) => {
    const path = new URL(response.url()).pathname;
    if (response.status() >= 400 && !expected.some((one) => path.includes(one))) faults.push(`${response.status()} ${path}`);
  });
  return {
    context, faults,
    /** Refusals of these paths are part of the story. */
    expectRefusals: (...paths) => expected.push(...paths),
    page: () => context.newPage(),
    close: () => context.close(),
  };
}

export async function signIn(page, url, person, password) {
  await page.goto(`${url}/sign-in`);
  await page.fill('#identifier', person);
  await page.fill('#password', password);
  await page.keyboard.press('Enter');
  await page.waitForURL((address) => !address.pathname.startsWith('/sign-in'));
  await page.waitForSelector('header.top');
}

/** Waits until nothing is being fetched for the first time. */
export async function settled(page) {
  await page.waitForSelector('main h1, main h2');
  await page.waitForFunction(() => document.querySelector('.skeleton') === null);
  await page.evaluate(() => document.fonts.ready);
}

/** Faults of accessibility (axe), and what axe does not see. */
export async function look(page) {
  return [...await axe(page), ...await measure(page)];
}

async function axe(page) {
  // By the debugger: the policy of the page lets no foreign script in.
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const result = await globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      resultTypes: ['violations'],
    });
    return result.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(' | ')}`);
  });
}

/** What axe does not see: width, fonts, targets, line heights, charts, focus. */
export async function measure(page) {
  return page.evaluate(() => {
    const faults = [];
    const over = document.documentElement.scrollWidth - innerWidth;
    if (over > 0) faults.push(`wider than the window by ${over}px`);
    if (document.querySelector('input[type=number], input[type=date]')) faults.push('a number or date field of the browser');
    if (document.documentElement.lang === 'km' && !document.fonts.check('16px "Noto Sans Khmer"', 'ក')) faults.push('the Khmer font is not there');
    for (const element of document.querySelectorAll('a, button, input, select, textarea, summary')) {
      const box = element.getBoundingClientRect();
      const inline = element.tagName === 'A' && getComputedStyle(element).display === 'inline';
      if (box.width > 0 && !inline && !element.classList.contains('skip') && !element.classList.contains('hidden-text') && (box.height < 22 || box.width < 22)) faults.push(`target ${Math.round(box.width)}x${Math.round(box.height)}: ${element.textContent}`);
    }
    for (const element of document.querySelectorAll('p, td, li, dd, h1, h2')) {
      const style = getComputedStyle(element);
      if (element.closest('[lang]')?.getAttribute('lang') === 'km' && /[\u1780-\u17ff]/.test(element.textContent) && element.closest('.calendar, .count, button') === null
        && parseFloat(style.lineHeight) / parseFloat(style.fontSize) < 1.7) faults.push(`line height ${style.lineHeight}: ${element.textContent.slice(0, 30)}`);
    }
    for (const box of document.querySelectorAll('dialog, .card, .notice, .alert-card, .line, .banner')) {
      if (box.scrollWidth > box.clientWidth + 1) faults.push(`wider than its box: ${box.className || box.tagName} ${box.textContent.slice(0, 30)}`);
    }
    for (const chart of document.querySelectorAll('svg.chart')) {
      const [inner, outer] = [chart.getBoundingClientRect(), chart.parentElement.getBoundingClientRect()];
      if (inner.right > outer.right + 1) faults.push('a chart outside its box');
    }
    for (const drug of document.querySelectorAll('.drug')) {
      if (/^[\x20-\x7e]+$/.test(drug.textContent) && drug.closest('[lang]').lang !== 'en') faults.push(`a Latin name that is not marked: ${drug.textContent}`);
    }
    return faults;
  });
}

/** The first account of the clinic in this role. */
export function account(clinic, role, status) {
  return clinic.told.accounts.find((one) => one.role === role && (!status || one.status === status));
}

/** The public API as somebody who is not a browser. */
export async function caller(clinic, who) {
  const headers = { 'content-type': 'application/json', 'accept-language': 'en' };
  const send = async (method, path, body) => {
    const response = await fetch(`${clinic.url}/api${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  const session = await send('POST', '/auth/login', { identifier: who.identifier, password: who.password });
  headers.authorization = `Bearer ${session.accessToken}`;
  return { send, user: session.user };
}

/** A patient of the doctor who shares everything, with what the record says. */
export async function patientOf(clinic, doctor, wanted = () => true) {
  const { send } = await caller(clinic, doctor);
  const { items } = await send('GET', '/connections?status=ACCEPTED&limit=100');
  for (const one of items.filter((one) => one.permissionLevel === 'ALLOWED')) {
    const record = await send('GET', `/patients/${one.patientId}/clinical-record`);
    if (wanted(record)) return { id: one.patientId, connection: one.id, name: one.other.fullName, account: clinic.told.accounts.find((account) => account.id === one.patientId) };
  }
  throw new Error('the demo clinic has no such patient');
}

/** A page of somebody who has signed in. */
export async function desk(browser, clinic, person, options = {}) {
  const who = await visitor(browser, clinic.url, options);
  const page = await who.page();
  await signIn(page, clinic.url, person.identifier, person.password);
  return { ...who, page };
}

/** Ends a visit in which nothing went wrong that is no part of the story. */
export async function finish(who) {
  assert.deepEqual(who.faults, []);
  await who.close();
}
