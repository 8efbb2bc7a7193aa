#!/usr/bin/env node
// Serves the page to this machine alone: node web/verify/serve.mjs [PORT]

import { readFile, readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const types = { html: 'text/html', css: 'text/css', mjs: 'text/javascript' };
const folder = new URL('.', import.meta.url);
// Only names that are in the folder are served, so that no path can lead out of it.
const names = (await readdir(fileURLToPath(folder))).filter((name) => types[name.split('.').at(-1)]);

async function answer(request, response) {
  const asked = request.url === '/' ? 'index.html' : request.url.slice(1);
  const known = names.find((name) => name === asked);
  if (known === undefined || request.method !== 'GET') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not here\n');
    return;
  }
  const content = await readFile(new URL(known, folder));
  response.writeHead(200, {
    'content-type': `${types[known.split('.').at(-1)]}; charset=utf-8`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  }).end(content);
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.writeHead(500).end());
});
server.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}/\n`);
});
