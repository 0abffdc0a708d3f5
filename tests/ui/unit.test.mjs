// What the pages decide by themselves: numbers, dates, where a name ends and directions begin, and the two dictionaries.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { root } from './kit.mjs';

const require = createRequire(join(root, 'assets/ui/package.json'));
const esbuild = require('esbuild');

/** A module of the sources as Node can run it, with a document of the given language. */
async function load(file, language = 'en') {
  const folder = mkdtempSync(join(tmpdir(), 'das-tern-unit-'));
  const out = join(folder, `${language}.mjs`);
  const texts = `import { ${language} } from './src/i18n/${language}'; globalThis.dasTernTexts = ${language}; globalThis.document = { documentElement: { lang: '${language}' } };`;
  await esbuild.build({
    stdin: { contents: `import 'texts'; export * from './${file}';`, resolveDir: join(root, 'assets/ui'), loader: 'ts' },
    plugins: [{ name: 'texts', setup(build) {
      build.onResolve({ filter: /^texts$/ }, () => ({ path: 'texts', namespace: 'texts' }));
      build.onLoad({ filter: /.*/, namespace: 'texts' }, () => ({ contents: texts, resolveDir: join(root, 'assets/ui'), loader: 'ts' }));
    } }],
    bundle: true, format: 'esm', platform: 'node', outfile: out, logLevel: 'silent',
  });
  try { return await import(pathToFileURL(out).href); } finally { rmSync(folder, { recursive: true }); }
}

test('a number is read whole or refused, and never guessed', async () => {
  const { readNumber } = await load('src/i18n/format.ts');
  const right = { '1': 1, ' 2 ': 2, '0.5': 0.5, '១.៥': 1.5, '៣០': 30, '1.25': 1.25, '120': 120, '0.125': 0.125 };
  for (const [text, value] of Object.entries(right)) assert.deepEqual(readNumber(text), { is: 'number', value }, text);
  const wrong = { '1,5': 'comma', '1,000': 'comma', '.5': 'zero', '១,៥': 'comma', '1/2': 'form', '-1': 'form', '1e3': 'form', '1 5': 'form', 'one': 'form', '1.': 'form', '0.1234': 'form', '1234567': 'form', '+1': 'form', 'Infinity': 'form', '0x10': 'form' };
  for (const [text, why] of Object.entries(wrong)) assert.deepEqual(readNumber(text), { is: 'wrong', why }, text);
  assert.deepEqual(readNumber('  '), { is: 'empty' });
});

test('an entry is divided and nothing of it is lost', async () => {
  const { divide } = await load('src/clinical/lines.ts');
  const cases = {
    'metformin 850 1-0-1 pc 30 days': ['metformin 850', '1-0-1 pc 30 days'], 'metf': ['metf', ''], 'amoxicillin 500 mg tds for 5 days': ['amoxicillin 500 mg', 'tds for 5 days'],
    'paracetamol 500 q6h': ['paracetamol 500', 'q6h'], 'ប៉ារ៉ា ព្រឹក 1 គ្រាប់': ['ប៉ារ៉ា', 'ព្រឹក 1 គ្រាប់'], 'omep ½-0-½': ['omep', '½-0-½'], 'vitamin b 1-0-0': ['vitamin b', '1-0-0'],
    'co-trimoxazole 480 ១-០-១': ['co-trimoxazole 480', '១-០-១'], 'metformin 3x/day': ['metformin', '3x/day'], 'od': ['od', ''], 'sulfamethoxazole + trimethoprim 400': ['sulfamethoxazole + trimethoprim 400', ''],
    'loratadine 10 <b>1-0-0': ['loratadine 10 <b>1-0-0', ''],
  };
  for (const [entry, [name, directions]] of Object.entries(cases)) {
    assert.deepEqual(divide(entry), { name, directions }, entry);
    assert.equal([name, directions].filter(Boolean).join(' '), entry.trim().split(/\s+/).join(' '));
  }
});

test('a line by time of day is sent only when each field is a number', async () => {
  const { faults, newLine, sent } = await load('src/clinical/lines.ts');
  const medicine = { id: 'm', displayName: 'x', displayNameKhmer: 'x', unit: 'TABLET' };
  const line = { ...newLine('k', medicine, ''), mode: 'grid', slots: { morning: '1', noon: '', evening: '0.5', night: '' }, days: '30' };
  assert.deepEqual(faults(line), []);
  assert.deepEqual(sent(line).slots, { morning: 1, noon: 0, evening: 0.5, night: 0 });
  assert.equal(sent(line).durationDays, 30);
  assert.equal(sent({ ...line, days: '' }).durationDays, undefined, 'ongoing is said by nothing');
  for (const days of ['0', '1.5', '1,5']) assert.equal(faults({ ...line, days })[0].field, 'days', days);
  for (const morning of ['0', '']) assert.equal(faults({ ...line, slots: { ...line.slots, morning, evening: '' } })[0].typed.is, 'empty');
  assert.equal(faults({ ...line, slots: { ...line.slots, noon: '1,5' } })[0].field, 'noon');
  assert.deepEqual(JSON.parse(JSON.stringify(sent(newLine('k', medicine, 'bd')))), { medicineId: 'm', frequency: 'bd' });
});

test('a line of before is written again from now on, or stays the same line, and its length is said once', async () => {
  const { keptLine, faults, sent, goesOn } = await load('src/clinical/lines.ts');
  const base = { id: 'l', medicineId: 'm', medicineName: 'x', doseUnit: 'TABLET', isPRN: false, mealRelation: 'AFTER', startDate: '2026-11-01', scheduleText: {}, understood: {}, slots: { morning: 1, noon: null } };
  const daily = { ...base, frequency: 'DAILY' };
  const repeated = (line) => keptLine('k', line, false);
  const changed = (line) => keptLine('k', line, true);
  for (const line of [{ ...daily, durationDays: 7, endDate: '2026-11-07' }]) {
    assert.deepEqual([sent(repeated(line)).durationDays, sent(repeated(line)).endDate, sent(repeated(line)).startDate, sent(repeated(line)).id], [7, undefined, undefined, undefined]);
    assert.deepEqual([sent(changed(line)).durationDays, sent(changed(line)).endDate, sent(changed(line)).startDate, sent(changed(line)).id], [7, undefined, '2026-11-01', 'l']);
  }
  const ongoing = { ...daily, endDate: null, quantity: 90 };
  assert.equal(sent(repeated(ongoing)).endDate, null);
  assert.equal(sent(changed(ongoing)).endDate, null);
  // A day that was named is past: nobody knows how long it shall be now, until it is written.
  const until = { ...daily, endDate: '2026-11-20' };
  assert.equal(sent(changed(until)).endDate, '2026-11-20');
  const asked = repeated(until);
  assert.deepEqual(faults(asked).map((fault) => fault.field), ['days']);
  for (const days of ['0', '1.5', '1,5', 'x']) assert.equal(faults({ ...asked, days }).length, 1, days);
  assert.deepEqual(faults({ ...asked, days: '១៤' }), []);
  assert.equal(sent({ ...asked, days: '១៤' }).durationDays, 14);
  const once = { ...base, frequency: 'STAT', endDate: '2026-11-01', doseAmount: 1, slots: null };
  assert.deepEqual([sent(repeated(once)).frequency, 'endDate' in sent(repeated(once)), faults(repeated(once)).length], ['STAT', false, 0]);
  // By time of day with no days, a line that goes on says that it has no end.
  assert.equal(sent({ ...changed(until), mode: 'grid' }).endDate, null);
  assert.deepEqual([goesOn(changed(daily)), goesOn(repeated(daily)), goesOn({ ...changed(daily), mode: 'words' })], [true, false, false]);
});

test('a day in three fields is one of the calendar, or it is refused', async () => {
  const { readDay, dayTyped, yearsSince } = await load('src/i18n/format.ts');
  const day = (text) => { const [day, month, year] = text.split('/'); return readDay({ day, month, year }); };
  const right = { '1/1/2026': '2026-01-01', '29/2/2028': '2028-02-29', '៣១/12/២០២៦': '2026-12-31', '09/9/1954': '1954-09-09' };
  for (const [text, named] of Object.entries(right)) assert.deepEqual(day(text), { day: named }, text);
  for (const text of ['29/2/2026', '31/4/2026', '0/1/2026', '32/1/2026', '1//2026', '1/1/26', '/1/2026', '1/13/2026', 'a/1/2026', '1/1/20266']) assert.equal(day(text), 'wrong', text);
  assert.equal(day('//'), 'empty');
  assert.deepEqual(readDay(dayTyped('2026-11-09')), { day: '2026-11-09' });
  assert.deepEqual(dayTyped(null), { day: '', month: '', year: '' });
  assert.deepEqual([yearsSince('1954-11-30', '2026-11-30'), yearsSince('1954-12-01', '2026-11-30'), yearsSince('2026-11-30', '2026-11-30'), yearsSince('2024-02-29', '2026-02-28')], [72, 71, 0, 1]);
});

test('Khmer dates are those of the Khmer calendar, in the time of Phnom Penh', async () => {
  const { date, dateTime, daysAfter, weekday, number, ago } = await load('src/i18n/format.ts', 'km');
  const oracle = new Intl.DateTimeFormat('km', { timeZone: 'Asia/Phnom_Penh', day: 'numeric', month: 'long', year: 'numeric', numberingSystem: 'latn' });
  for (let month = 0; month < 12; month += 1) {
    const instant = new Date(Date.UTC(2026, month, 17, 17, 30)).toISOString();
    assert.equal(date(instant), oracle.format(new Date(instant)), 'half past midnight of the next day');
  }
  assert.equal(dateTime('2026-11-29T18:05:00Z'), '30 វិច្ឆិកា 2026 01:05');
  assert.equal(date('2026-02-28'), '28 កុម្ភៈ 2026');
  assert.equal(daysAfter('2026-12-31', 1), '2027-01-01');
  assert.equal(weekday('2026-11-29'), 0);
  assert.equal(number(20000), '20,000');
  assert.equal(number(0.5), '0.5');
  assert.equal(ago('2026-11-29T18:00:00Z', Date.parse('2026-11-29T18:20:00Z')), '20 នាទីមុន');
});

test('both dictionaries say everything, Khmer in Khmer', async () => {
  const [{ en }, { km }] = [await load('src/i18n/en.ts'), await load('src/i18n/km.ts', 'km')];
  // What is written alike in both languages.
  const alike = /^(SMS|mL|G6PD|ខ្មែរ)$/;
  const walk = (a, b, path) => {
    assert.equal(typeof a, typeof b, path);
    if (typeof a === 'function') {
      assert.equal(a.length, b.length, path);
      const given = Array.from({ length: a.length }, (_, place) => `«${place}»`);
      for (const one of given) for (const text of [a(...given), b(...given)]) if (!/seconds|interval$/.test(path)) assert.ok(text.includes(one), `${path} leaves ${one} out`);
      return;
    }
    if (typeof a === 'object') {
      const names = path === '.conditions' ? [] : [...new Set([...Object.keys(a), ...Object.keys(b)])];
      for (const name of names) walk(a[name], b[name], `${path}.${name}`);
      return;
    }
    assert.ok(a && b, path);
    if (!alike.test(b)) assert.match(b, /[\u1780-\u17ff]/, `${path}: ${b}`);
    assert.doesNotMatch(b, /\u200b/, `${path}: an invisible blank`);
  };
  walk(en, km, '');
  const [{ ownEn }, { ownKm }] = [await load('src/i18n/own-en.ts'), await load('src/i18n/own-km.ts', 'km')];
  walk(ownEn, ownKm, '.own');
});

test('a time is read as it is typed, and a dose by when it was used', async () => {
  const { readTime, instantOf, clock, dayOfInstant } = await load('src/i18n/format.ts', 'km');
  for (const [typed, time] of Object.entries({ '7:30': '07:30', '07.30': '07:30', '០៧:៣០': '07:30', '23h59': '23:59', ' 0:00 ': '00:00' })) assert.equal(readTime(typed), time, typed);
  for (const typed of ['', '24:00', '7:60', '730', '7', '7:3', 'now', '7:30 pm', '-7:30']) assert.equal(readTime(typed), undefined, typed);
  assert.equal(instantOf('2026-11-29', '01:05'), '2026-11-28T18:05:00.000Z');
  assert.equal(clock('2026-11-28T18:05:00Z'), '01:05');
  assert.equal(dayOfInstant('2026-11-28T18:05:00Z'), '2026-11-29');
});

test('what a phone shows of a dose follows the clock and what was marked on it', async () => {
  globalThis.localStorage = { getItem: () => null };
  const { seen, groups } = await load('src/screens/own/doses.tsx');
  const at = Date.parse('2026-11-29T00:00:00Z');
  const hour = 3_600_000;
  const dose = (id, status = 'DUE', offset = 0) => ({ id, status, scheduledTime: new Date(at + offset).toISOString() });
  const one = (status, now, marks = []) => seen([dose('a', status)], marks, now, 30)[0];
  const look = ({ status, isOpen, isMissed, isTooEarly }) => ({ status, isOpen, isMissed, isTooEarly });
  assert.deepEqual(look(one('DUE', at - 2 * hour - 1)), { status: 'DUE', isOpen: false, isMissed: false, isTooEarly: true });
  assert.deepEqual(look(one('DUE', at - 2 * hour)), { status: 'DUE', isOpen: true, isMissed: false, isTooEarly: false });
  assert.deepEqual(look(one('DUE', at + hour / 2)), { status: 'DUE', isOpen: true, isMissed: false, isTooEarly: false });
  assert.deepEqual(look(one('DUE', at + hour / 2 + 1)), { status: 'DUE', isOpen: true, isMissed: true, isTooEarly: false }, 'without a network nobody else says so');
  assert.deepEqual(look(one('MISSED', at + 24 * hour)), { status: 'MISSED', isOpen: true, isMissed: true, isTooEarly: false });
  assert.deepEqual(look(one('MISSED', at + 24 * hour + 1)), { status: 'MISSED', isOpen: false, isMissed: true, isTooEarly: false });
  const mark = (action, offset) => [{ clientId: 'c', person: 'p', doseId: 'a', action, at: new Date(at + offset).toISOString() }];
  assert.equal(one('DUE', at + hour, mark('taken', 0)).status, 'TAKEN_ON_TIME');
  assert.equal(one('MISSED', at + hour, mark('taken', hour)).status, 'TAKEN_LATE');
  assert.equal(one('MISSED', at + hour, mark('skipped', hour)).status, 'SKIPPED');
  assert.equal(one('MISSED', at + hour, mark('taken', 0)).isMissed, false);
  assert.equal(one('DUE', at, [{ ...mark('taken', 0)[0], doseId: 'b' }]).status, 'DUE');
  assert.deepEqual(seen([dose('a', 'CANCELLED')], [], at, 30), []);
  assert.deepEqual(groups(seen([dose('b', 'DUE', hour), dose('a'), dose('c')], [], at, 30)).map((group) => group.map(({ dose }) => dose.id)), [['a', 'c'], ['b']]);
});
