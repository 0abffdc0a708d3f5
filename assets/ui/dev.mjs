// For work on the pages: builds when a source changes and serves dist/ from the folder; everything else is asked of a
// server that runs already.   node dev.mjs [http://127.0.0.1:3000] [4000]
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, watch } from 'node:fs';
import { createServer, request } from 'node:http';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const server = new URL(process.argv[2] ?? 'http://127.0.0.1:3000');
const port = Number(process.argv[3] ?? 4000);
const kinds = { '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png', '.webmanifest': 'application/manifest+json', '.woff2': 'font/woff2' };

let waiting;
const build = () => { try { execFileSync('node', ['build.mjs'], { cwd: here, stdio: 'inherit' }); } catch { console.error('not built'); } };
watch(join(here, 'src'), { recursive: true }, (_, name) => {
  if (name?.endsWith('.gen.ts')) return;
  clearTimeout(waiting);
  waiting = setTimeout(build, 100);
});

createServer((asked, answer) => {
  const { pathname } = new URL(asked.url, server);
  const file = join(here, 'dist', pathname.replace(/^\/(ui\/)?/, ''));
  if ((pathname.startsWith('/ui/') || pathname === '/sw.js' || pathname === '/manifest.webmanifest') && existsSync(file)) {
    answer.writeHead(200, { 'content-type': kinds[extname(file)] ?? 'text/plain', 'cache-control': 'no-store' });
    answer.end(readFileSync(file));
    return;
  }
  const passed = request({ host: server.hostname, port: server.port, path: asked.url, method: asked.method, headers: asked.headers }, (got) => {
    answer.writeHead(got.statusCode, got.headers);
    got.pipe(answer);
  });
  passed.on('error', () => { answer.writeHead(502); answer.end(); });
  answer.on('close', () => passed.destroy());
  asked.pipe(passed);
}).listen(port, '127.0.0.1', function () { console.log(`http://127.0.0.1:${this.address().port}`); });
