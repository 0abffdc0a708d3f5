// Builds the web pages into dist/, which is committed, so that the program is built without Node.
//   node build.mjs            types of the API, then the bundles
//   node build.mjs --check    exits with 1 when dist/ or the types are not what the sources say
// Nothing is minified: two branches that touch different files then merge, and what is merged equals a fresh build.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import openapi, { astToString } from 'openapi-typescript';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const check = process.argv.includes('--check');
const document = join(root, 'openapi/das-tern.json');
const types = join(here, 'src/schema.gen.ts');

// Largest size of each file in bytes, packed with brotli.
const budgets = { 'clinic.js': 60_000, 'admin.js': 60_000, 'public.js': 35_000, 'patient.js': 35_000, 'family.js': 35_000, 'plan.js': 35_000, 'account.js': 24_000, 'own-km.js': 24_000, 'own-en.js': 24_000, 'sw.js': 2_000, 'i18n-km.js': 16_000, 'i18n-en.js': 16_000, 'app.css': 8_000 };

const stale = [];
const out = check ? mkdtempSync(join(tmpdir(), 'das-tern-ui-')) : join(here, 'dist');

const made = '// Made of openapi/das-tern.json by build.mjs. Do not edit.\n' + astToString(await openapi(JSON.parse(readFileSync(document, 'utf8'))));
if (!existsSync(types) || readFileSync(types, 'utf8') !== made) {
  if (check) stale.push('src/schema.gen.ts');
  else writeFileSync(types, made);
}

if (!check) rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const result = await esbuild.build({
  absWorkingDir: here,
  entryPoints: {
    public: 'src/entry/public.tsx', clinic: 'src/entry/clinic.tsx', admin: 'src/entry/admin.tsx',
    patient: 'src/entry/patient.tsx', family: 'src/entry/family.tsx', account: 'src/entry/account.tsx', plan: 'src/entry/plan.tsx', sw: 'src/worker/sw.ts', 'own-km': 'src/entry/own-km.ts', 'own-en': 'src/entry/own-en.ts',
    'i18n-km': 'src/entry/i18n-km.ts', 'i18n-en': 'src/entry/i18n-en.ts', app: 'src/styles/app.css',
  },
  outdir: out, bundle: true, format: 'esm', charset: 'utf8', minifySyntax: true, metafile: true,
  target: ['es2020', 'chrome87', 'firefox78', 'safari15'],
  jsx: 'automatic', jsxImportSource: 'preact', jsxSideEffects: true, external: ['/ui/*'], legalComments: 'none', logLevel: 'warning',
});
if (result.warnings.length > 0) process.exit(1);

const fonts = join(here, 'node_modules/@fontsource/noto-sans-khmer');
for (const script of ['khmer', 'latin']) {
  for (const weight of [400, 700]) {
    cpSync(join(fonts, `files/noto-sans-khmer-${script}-${weight}-normal.woff2`), join(out, `${script}-${weight}.woff2`));
  }
}
// As the shell names them, so that each font is fetched once and kept for ever.
const sheet = readFileSync(join(out, 'app.css'), 'utf8').replace(/\/ui\/([\w-]+\.woff2)/g, (address, name) => {
  const hash = createHash('sha256').update(readFileSync(join(out, name))).digest('hex');
  return `${address}?v=${hash.slice(0, 16)}`;
});
writeFileSync(join(out, 'app.css'), sheet);
cpSync(join(root, 'assets/pages/icon.svg'), join(out, 'icon.svg'));
cpSync(join(here, 'static'), out, { recursive: true });

// The licence of every package of which something is in dist/.
const packages = new Map();
for (const input of Object.keys(result.metafile.inputs)) {
  const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1];
  if (name) packages.set(name, join(here, 'node_modules', name));
}
packages.set('@fontsource/noto-sans-khmer', fonts);
const notices = [...packages].sort().map(([name, folder]) => {
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  if (!file || !/^(MIT|BSD-[23]-Clause|ISC|OFL-1\.1)$/.test(about.license)) throw new Error(`${name}: licence ${about.license} is not on the list`);
  return `${name} ${about.version} (${about.license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
});
writeFileSync(join(out, 'THIRD-PARTY.txt'), notices.join('\n----------------------------------------\n\n'));

// Of what dist/ was made: compared by a test of the program where there is no Node.
const sources = ['package.json', 'package-lock.json', 'build.mjs', 'tsconfig.json', ...[...files(join(here, 'src')), ...files(join(here, 'static'))].map((file) => relative(here, file))];
const lines = sources.sort().map((name) => `${createHash('sha256').update(readFileSync(join(here, name))).digest('hex')}  ${name}\n`);
// Blank lines between, so that two branches that change neighbours merge.
writeFileSync(join(out, 'INPUTS'), lines.join('\n\n'));

for (const [name, most] of Object.entries(budgets)) {
  const size = brotliCompressSync(readFileSync(join(out, name))).length;
  console.log(`${name.padEnd(12)} ${String(size).padStart(6)} of ${most} bytes packed`);
  if (size > most) { console.error(`${name} is larger than it may be`); process.exitCode = 1; }
}

if (check) {
  const names = new Set([...readdirSync(out), ...readdirSync(join(here, 'dist'))]);
  for (const name of names) {
    const [fresh, kept] = [out, join(here, 'dist')].map((folder) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : Buffer.alloc(0)));
    if (!fresh.equals(kept)) stale.push(`dist/${name}`);
  }
  rmSync(out, { recursive: true });
  if (stale.length > 0) {
    console.error(`not what the sources say: ${stale.join(', ')}. Run: cd assets/ui && npm ci && npm run build`);
    process.exit(1);
  }
}

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]));
}
