// The verifier as a page. What comes out of a bundle is only ever put in as text, never as markup.

import { verifyBundle } from './verify.mjs';
import { heading, limits, nanosInWords, secondsInWords, sentence, shownLines, technical, visible, witnessed } from './words.mjs';

const at = (id) => document.getElementById(id);
const longestShown = 20000;
const entriesAtOnce = 200;

function element(name, text = '', attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const bytesOf = async (input) => (input.files.length === 0 ? null : new Uint8Array(await input.files[0].arrayBuffer()));

function valueText(value) {
  const text = shownLines(value).join('\n');
  return text.length <= longestShown ? text : `${text.slice(0, longestShown)}… (${value.length} bytes in all)`;
}

function row(name, value) {
  const made = document.createElement('tr');
  const cell = element('td');
  // Text of the bundle may run from right to left; it must not turn what stands beside it.
  cell.append(element('bdi', value));
  made.append(element('th', name, { scope: 'row', class: 'name' }), cell);
  return made;
}

function entryBody(entry) {
  const body = document.createElement('tbody');
  const head = document.createElement('tr');
  const kind = entry.erased === null ? entry.kind ?? 'kind withheld' : `erased, as entry ${entry.erased} tells`;
  head.append(element('th', `Entry ${entry.index}: ${kind}, sealed ${nanosInWords(entry.sealed)}`, { scope: 'rowgroup', colspan: '2' }));
  body.append(head);
  entry.fields.forEach(({ name, value }) => body.append(row(name, valueText(value))));
  for (const one of entry.withheld) {
    body.append(row(one.slot ?? 'a field', `withheld: ${one.class}, ${visible(one.authority)}`));
  }
  return body;
}

function tableHead() {
  const head = document.createElement('thead');
  const line = document.createElement('tr');
  line.append(element('th', 'Name', { scope: 'col', class: 'name' }), element('th', 'Value', { scope: 'col' }));
  head.append(line);
  return head;
}

// Thousands of entries at once would stop the page; the rest comes when it is asked for.
function factTable(caption, entries) {
  const box = document.createElement('div');
  const table = document.createElement('table');
  table.append(element('caption', caption), tableHead());
  box.append(table);
  let shown = 0;
  const more = element('button', '', { type: 'button' });
  const showMore = () => {
    entries.slice(shown, shown + entriesAtOnce).forEach((entry) => table.append(entryBody(entry)));
    shown = Math.min(entries.length, shown + entriesAtOnce);
    more.textContent = `Show more (${entries.length - shown} left)`;
    more.hidden = shown === entries.length;
  };
  more.addEventListener('click', showMore);
  box.append(more);
  showMore();
  return box;
}

function showFacts(result) {
  const facts = at('facts');
  facts.replaceChildren();
  if (result.verdict === 'changed') return;
  facts.append(element('h3', 'The disclosed facts'));
  for (const { name, first, count, entries } of result.chains) {
    facts.append(factTable(`${name}: numbers ${first} to ${first + count - 1}`, entries));
  }
  if (result.excerpt.length > 0) facts.append(factTable('Single entries of other chains, not said to be all', result.excerpt));
}

function cosigner({ operator, name, time, independent }) {
  return `Cosigned by ${operator} (${name}), ${secondsInWords(time)}${independent ? '' : ', which also keeps the record'}.`;
}

function reasonsOf(result) {
  const lines = [sentence(result)];
  if (technical(result) !== null) lines.push(`${technical(result)}.`);
  if (result.verdict === 'changed') return lines;
  lines.push(`Of ${result.body}, made ${nanosInWords(result.made)}, from a record of ${result.checkpoint.size} entries.`);
  return [...lines, ...result.operators.map(cosigner), witnessed(result)];
}

function show(result) {
  const title = at('verdict');
  title.textContent = heading(result);
  title.className = result.verdict;
  at('reasons').replaceChildren(...reasonsOf(result).map((line) => element('p', line)));
  showFacts(result);
  at('limits').replaceChildren(...limits.map((line) => element('li', line)));
  at('result').hidden = false;
  title.focus();
}

// Two frames, so that what is said is seen before the work begins.
const drawn = () => new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); });

async function verify(event) {
  event?.preventDefault();
  at('result').hidden = true;
  at('status').textContent = 'Verifying…';
  await drawn();
  try {
    const [bundle, policy, previous] = await Promise.all(['bundle', 'policy', 'previous'].map((id) => bytesOf(at(id))));
    if (bundle === null) throw new Error('no bundle was chosen');
    show(await verifyBundle({ bundle, policy, previous }));
    at('status').textContent = '';
  } catch (error) {
    at('status').textContent = `It could not be verified: ${visible(error.message)}.`;
  }
}

function listenForDrops() {
  const over = (on) => document.body.classList.toggle('over', on);
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    over(true);
  });
  document.addEventListener('dragleave', () => over(false));
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    over(false);
    // Dropped on one of the fields the file is for that one, elsewhere it is the bundle.
    const input = event.target.closest?.('.choice')?.querySelector('input') ?? at('bundle');
    if (event.dataTransfer.files.length === 1) input.files = event.dataTransfer.files;
    else at('status').textContent = 'Drop one file at a time.';
  });
}

at('form').addEventListener('submit', verify);
listenForDrops();
at('form').hidden = false;
at('not-started').hidden = true;
