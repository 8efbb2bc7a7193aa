// The report in a real browser: the founding case, several cases, and none.
import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {after, before, test} from 'node:test'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {accessible, fits, launch, open, openAll, widths} from './browser.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const examples = join(root, 'packs/ew-investigation/examples')
const folder = mkdtempSync(join(tmpdir(), 'candour-'))
let browser

function report(name, files, ...flags) {
  const out = join(folder, name)
  execFileSync(join(root, 'bin/candour'), ['report', ...files, ...flags, '-o', out])
  return pathToFileURL(out).href
}

const pages = {}

before(async () => {
  const empty = join(folder, 'empty.jsonl')
  writeFileSync(empty, '{"candour":"timeline/1","pack":"ew-investigation","body":"b"}\n{"case":"c1","kind":"investigation","given":{"risk_grade":"standard"}}\n')
  const founding = join(examples, 'case-01.jsonl')
  const many = ['06', '08', '21'].map(n => join(examples, `case-${n}.jsonl`))
  pages.one = report('one.html', [founding], '--as-at', '2012-12-04 12:00', '--title', 'One case')
  pages.many = report('many.html', many, '--as-at', '2024-06-01', '--title', 'Many cases')
  pages.none = report('none.html', [empty], '--as-at', '2024-01-01', '--title', 'No finding')
  browser = await launch()
})

after(async () => {
  await browser?.close()
  rmSync(folder, {recursive: true})
})

for (const name of ['one', 'many', 'none']) {
  for (const width of widths) {
    test(`the report on ${name}, ${width} wide`, async () => {
      const {context, page, complaints} = await open(browser, pages[name], width)
      await fits(page, name)
      await openAll(page)
      await fits(page, name + ', all opened')
      await accessible(page, name + ', all opened')
      assert.deepEqual(complaints, [])
      await context.close()
    })
  }
}

test('each report has its own title', async () => {
  const titles = new Set()
  for (const url of Object.values(pages)) {
    const {context, page} = await open(browser, url, 1280)
    titles.add(await page.title())
    await context.close()
  }
  assert.equal(titles.size, 3)
})

test('by keyboard alone: skip to the content, follow a number to its rows, open the explanation', async () => {
  const {context, page} = await open(browser, pages.one, 1280, {javaScriptEnabled: true})
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to main content')
  await page.locator('#needs td a').first().focus()
  await page.keyboard.press('Enter')
  const list = new URL(page.url()).hash
  await page.locator(`${list} ~ div a, ${list} a`).first().focus()
  await page.keyboard.press('Enter')
  const row = page.locator(new URL(page.url()).hash)
  await row.locator('summary').focus()
  await page.keyboard.press('Enter')
  assert.match(await row.innerText(), /The rule: .*\n[^]*It is still open\./)
  await context.close()
})

test('the same without JavaScript', async () => {
  const {context, page, complaints} = await open(browser, pages.one, 320, {javaScriptEnabled: false})
  await page.locator('#needs td a').first().click()
  assert.match(page.url(), /#t\d+$/)
  const summary = page.locator('.rows summary').first()
  await summary.click()
  assert.ok(await page.locator('.rows .why').first().isVisible())
  assert.deepEqual(complaints, [])
  await context.close()
})

test('in forced colours and with wide spacing of text nothing scrolls sideways', async () => {
  const {context, page} = await open(browser, pages.one, 320, {forcedColors: 'active', bypassCSP: true})
  await page.addStyleTag({content: '*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important} p{margin-bottom:2em!important}'})
  await openAll(page)
  await fits(page, 'wide spacing')
  await context.close()
})

test('text of charts stays large enough and inside', async () => {
  for (const width of widths) {
    const {context, page} = await open(browser, pages.many, width)
    const bad = await page.locator('svg text').evaluateAll(all => all.filter(t => t.getClientRects().length).flatMap(t => {
      const box = t.getBoundingClientRect()
      const svg = t.ownerSVGElement.getBoundingClientRect()
      const size = parseFloat(getComputedStyle(t).fontSize) * svg.width / t.ownerSVGElement.viewBox.baseVal.width
      return size < 11.5 || box.left < svg.left - 1 || box.right > svg.right + 1 || box.bottom > svg.bottom + 1 || box.top < svg.top - 1
        ? [`${t.textContent}: ${size.toFixed(1)}px`] : []
    }))
    assert.deepEqual(bad, [], `${width} wide`)
    await context.close()
  }
})

test('it prints', async () => {
  const {context, page} = await open(browser, pages.one, 1280)
  const path = join(folder, 'one.pdf')
  await page.pdf({path, format: 'A4', margin: {top: '15mm', bottom: '15mm', left: '15mm', right: '15mm'}})
  assert.ok(statSync(path).size > 20_000)
  await context.close()
})
