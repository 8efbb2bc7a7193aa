// The verifier as a page: what a person does with it, and what it says of each bundle.
import assert from 'node:assert/strict'
import {readFileSync, readdirSync} from 'node:fs'
import {basename, join} from 'node:path'
import {after, before, test} from 'node:test'
import {pathToFileURL} from 'node:url'
import {accessible, fits, launch, open, spaced} from './browser.mjs'
import {Fixture, root, serve} from './fixture.mjs'

const folder = join(root, 'web/verify')
const own = readdirSync(folder).filter(name => /\.(css|mjs)$/.test(name) && !/test/.test(name))
let browser, fixture, server, policy

before(async () => {
  fixture = await Fixture.make()
  fixture.bundles()
  policy = fixture.at('northmere/policy.txt')
  server = await serve(process.execPath, join(folder, 'serve.mjs'))
  browser = await launch()
})

after(async () => {
  await browser?.close()
  server?.stop()
  fixture?.remove()
})

const fields = ['bundle', 'policy', 'previous']

// choose fills the form, each field by its label's control.
async function choose(page, ...files) {
  for (const [i, name] of fields.entries()) await page.setInputFiles('#' + name, files[i] ? [files[i]] : [])
}

// verified waits for the verdict, which is focused, and says nothing twice.
async function verified(page, verdict) {
  await page.waitForFunction(() => document.activeElement.id === 'verdict')
  assert.equal(await page.locator('#verdict').getAttribute('class'), verdict)
  assert.match(await page.locator('#verdict').innerText(), {intact: /^intact/i, changed: /^changed/i, 'cannot-tell': /^cannot tell/i}[verdict])
  assert.equal(await page.locator('#status').innerText(), '')
  assert.ok(await page.locator('#reasons p').count() > 0)
}

const states = {
  intact: {files: () => [fixture.at('case.zip'), policy], verdict: 'intact'},
  'intact with the earlier one': {files: () => [fixture.at('next.zip'), policy, fixture.at('case.zip')], verdict: 'intact'},
  changed: {files: () => [fixture.at('changed.zip'), policy], verdict: 'changed'},
  'of another body': {files: () => [join(root, 'testdata/format/intact-plain.zip'), policy], verdict: 'changed'},
  'without a policy': {files: () => [fixture.at('case.zip')], verdict: 'cannot-tell'},
  'without the earlier one': {files: () => [fixture.at('next.zip'), policy], verdict: 'cannot-tell'},
}

// The pages that differ in what they show are looked at by axe, the long table once; the others only answer.
const looked = ['intact', 'changed', 'without a policy']

for (const [name, {files, verdict}] of Object.entries(states)) {
  test(`a bundle that is ${name}`, async () => {
    const {context, page, complaints} = await open(browser, server.url, 1280, {own})
    await choose(page, ...files())
    await page.getByRole('button', {name: 'Verify'}).click()
    await verified(page, verdict)
    for (const width of looked.includes(name) ? [1280, 768, 320] : [320]) {
      await page.setViewportSize({width, height: 900})
      await fits(page, `${name}, ${width} wide`)
      if (looked.includes(name)) await accessible(page, `${name}, ${width} wide`, name === 'intact' ? undefined : '#facts tbody')
    }
    const changed = verdict === 'changed'
    assert.equal(await page.locator('#facts table').count(), changed ? 0 : 1)
    assert.equal(await page.locator('#limits li').first().isVisible(), !changed)
    assert.equal(await page.locator('.advice').isVisible(), changed)
    assert.deepEqual(complaints, [], 'it asks for its own files and nothing else')
    await context.close()
  })
}

test('before a bundle is chosen', async () => {
  const {context, page, complaints} = await open(browser, server.url, 1280, {own})
  await page.locator('#form').waitFor()
  assert.equal(await page.locator('#not-started').isVisible(), false)
  assert.equal(await page.locator('#result').isVisible(), false)
  for (const name of fields) assert.ok((await page.locator(`label[for=${name}]`).innerText()).length > 0)
  for (const width of [1280, 768, 320]) {
    await page.setViewportSize({width, height: 900})
    await fits(page, `before, ${width} wide`)
    await accessible(page, `before, ${width} wide`)
  }
  await page.getByRole('button', {name: 'Verify'}).click()
  assert.equal(await page.evaluate(() => document.activeElement.id), 'bundle', 'the browser asks for the bundle')
  assert.equal(await page.locator('#result').isVisible(), false)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('the table holds the facts, what is withheld, and text that stays text', async () => {
  const {context, page, complaints} = await open(browser, server.url, 320, {own})
  await choose(page, fixture.at('case.zip'), policy)
  await page.getByRole('button', {name: 'Verify'}).click()
  await verified(page, 'intact')
  const entries = page.locator('#facts tbody')
  const kinds = await entries.locator('th[scope=rowgroup]').allInnerTexts()
  assert.ok(kinds.some(k => /report\.received/.test(k)) && /record\.bundle/.test(kinds.at(-1)), kinds.join('\n'))
  assert.match(await page.locator('#reasons').innerText(), /independently witnessed/i)
  const text = await page.locator('#facts').innerText()
  assert.match(text, /withheld: sensitive, an invented authority/)
  assert.ok(text.includes('<script>alert(1)</script><img src=x onerror=alert(2)>'))
  assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069\u0007]/)
  assert.equal(await page.locator('#result script, #result img').count(), 0)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('by keyboard alone', async () => {
  const {context, page, complaints} = await open(browser, server.url, 1280, {own})
  await page.locator('#form').waitFor()
  const files = [fixture.at('next.zip'), policy, fixture.at('case.zip')]
  page.on('filechooser', chooser => chooser.setFiles(files.shift()))
  for (const name of fields) {
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement.id), name)
    await page.keyboard.press('Space')
    await page.waitForFunction(id => document.getElementById(id).files.length === 1, name)
  }
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Verify')
  await page.keyboard.press('Enter')
  await verified(page, 'intact')
  assert.deepEqual(complaints, [])
  await context.close()
})

// drop lets files fall on what a selector finds, as a person's hand would.
async function drop(page, selector, ...files) {
  const transfer = await page.evaluateHandle(all => {
    const t = new DataTransfer()
    for (const {name, text} of all) t.items.add(new File([Uint8Array.from(atob(text), c => c.charCodeAt(0))], name))
    return t
  }, files.map(f => ({name: basename(f), text: readFileSync(f).toString('base64')})))
  for (const type of ['dragover', 'drop']) await page.dispatchEvent(selector, type, {dataTransfer: transfer})
}

test('by drag and drop', async () => {
  const {context, page, complaints} = await open(browser, server.url, 1280, {own})
  await page.locator('#form').waitFor()
  await drop(page, 'h1', fixture.at('case.zip'), policy)
  assert.match(await page.locator('#status').innerText(), /one file at a time/)
  await drop(page, 'h1', fixture.at('case.zip'))
  await drop(page, 'label[for=policy]', policy)
  const chosen = await page.evaluate(names => names.map(n => document.getElementById(n).files[0]?.name), fields)
  assert.deepEqual(chosen, ['case.zip', 'policy.txt', undefined])
  assert.equal(page.url(), server.url, 'the browser did not open what was dropped')
  await page.getByRole('button', {name: 'Verify'}).click()
  await verified(page, 'intact')
  await drop(page, '#facts', fixture.at('changed.zip'))
  await page.getByRole('button', {name: 'Verify'}).click()
  await page.locator('#verdict.changed').waitFor()
  await verified(page, 'changed')
  assert.deepEqual(complaints, [])
  await context.close()
})

test('in the dark, in forced colours, and widely spaced', async () => {
  for (const options of [{colorScheme: 'dark'}, {forcedColors: 'active'}]) {
    const {context, page} = await open(browser, server.url, 320, {own, bypassCSP: true, ...options})
    await choose(page, fixture.at('case.zip'))
    await page.getByRole('button', {name: 'Verify'}).click()
    await verified(page, 'cannot-tell')
    if (options.colorScheme) await accessible(page, 'dark', '#facts tbody ~ tbody')
    await spaced(page, JSON.stringify(options))
    await context.close()
  }
})

test('opened as a file, and without JavaScript, it says what to do', async () => {
  const asFile = await open(browser, pathToFileURL(join(folder, 'index.html')).href, 320, {own})
  assert.match(await asFile.page.locator('#not-started').innerText(), /run node web\/verify\/serve\.mjs/)
  assert.equal(await asFile.page.locator('#form').isVisible(), false)
  await asFile.context.close()
  const {context, page, complaints} = await open(browser, server.url, 320, {own, javaScriptEnabled: false})
  assert.match(await page.locator('noscript').innerText(), /needs JavaScript/)
  assert.equal(await page.locator('#form').isVisible(), false)
  await fits(page, 'without JavaScript')
  assert.deepEqual(complaints, [])
  await context.close()
})
