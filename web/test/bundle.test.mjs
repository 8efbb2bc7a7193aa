// The readable page of a bundle, opened from the disk as who was handed it would.
import assert from 'node:assert/strict'
import {readFileSync, statSync} from 'node:fs'
import {after, before, test} from 'node:test'
import {pathToFileURL} from 'node:url'
import {accessible, fits, launch, open, spaced} from './browser.mjs'
import {candour, Fixture} from './fixture.mjs'

let browser, fixture, url

before(async () => {
  fixture = await Fixture.make()
  fixture.bundles()
  url = pathToFileURL(fixture.page('case.zip')).href
  browser = await launch()
})

after(async () => {
  await browser?.close()
  fixture?.remove()
})

for (const width of [1280, 768, 320]) {
  test(`the page of a bundle, ${width} wide`, async () => {
    const {context, page, complaints} = await open(browser, url, width)
    await fits(page, 'read.html')
    await accessible(page, 'read.html')
    assert.deepEqual(complaints, [])
    await context.close()
  })
}

test('it says what is on record in words', async () => {
  const {context, page} = await open(browser, url, 1280)
  const entry = title => page.locator('.entry', {has: page.locator('h4', {hasText: title})})
  assert.equal(await page.title(), 'Case c1: bundle of the record')
  assert.match(await page.locator('.note').innerText(), /proves nothing/)
  assert.match(await page.locator('.about').innerText(), /Made for\s+the family/)
  assert.match(await entry('Victim v1 put on the case').innerText(), /\d fields? withheld: third-party \(DPA 2018 sch 2 para 16\)/)
  const report = await entry('Report received').innerText()
  assert.match(report, /18 June 2012 at 10:20am/)
  assert.match(report, /About\s+v1 \(victim\)/)
  assert.match(report, /1 field withheld: sensitive \(an invented authority\)/)
  assert.doesNotMatch(report, /telephone/)
  const late = await entry('Victim told').last().innerText()
  assert.match(late, /Recorded by oic1, 28 October 2012 at 5:05pm, 12 days after\./)
  assert.match(late, /entry \d+, Suspect interviewed\s+entry \d+, Out-of-court disposal given/)
  assert.match(await entry('Bundle made').innerText(), /field given\.\* of every entry: third-party \(DPA 2018 sch 2 para 16\)/)
  const numbers = await page.locator('.entry').evaluateAll(all => all.map(e => Number(e.id.slice(1))))
  assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b), 'in the order in which they were sealed')
  assert.doesNotMatch(await page.locator('main').innerText(), /[[{]"|\d{4}-\d\d-\d\d[ T]\d\d:/)
  await context.close()
})

test('what others wrote stays text', async () => {
  const {context, page, complaints} = await open(browser, url, 1280)
  assert.equal(await page.locator('script, img, iframe, object, link, base, form, [onerror], [onload], [style]').count(), 0)
  const text = await page.locator('main').innerText()
  assert.ok(text.includes('<script>alert(1)</script><img src=x onerror=alert(2)>"\'&amp; \\u{202e}txet\\u{202c} \\u{2066}x\\u{2069} \\u{7}\nsecond line longlong'), text)
  assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069\u0007]/)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('its policy allows no script, no style but its own, and nothing from elsewhere', async () => {
  const {context, page} = await open(browser, url, 1280)
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content')
  assert.match(policy, /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; form-action 'none'$/)
  const blocked = await page.evaluate(async () => {
    const seen = []
    document.addEventListener('securitypolicyviolation', e => seen.push(e.effectiveDirective))
    document.head.append(Object.assign(document.createElement('style'), {textContent: 'p { color: red }'}))
    document.head.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = true'}))
    document.body.append(Object.assign(document.createElement('img'), {src: 'https://example.invalid/x.png'}))
    await new Promise(done => setTimeout(done, 200))
    return {seen, ran: window.ran}
  })
  assert.deepEqual(blocked.seen.toSorted(), ['img-src', 'script-src-elem', 'style-src-elem'])
  assert.equal(blocked.ran, undefined)
  await context.close()
})

test('without JavaScript, by keyboard: skip to the content, follow a reference to its entry', async () => {
  const {context, page} = await open(browser, url, 320, {javaScriptEnabled: false})
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  assert.equal(new URL(page.url()).hash, '#main')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  const target = page.locator(new URL(page.url()).hash)
  assert.match(await target.innerText(), /Suspect interviewed/)
  await context.close()
})

test('in forced colours and with wide spacing of text nothing scrolls sideways', async () => {
  const {context, page} = await open(browser, url, 320, {forcedColors: 'active', bypassCSP: true})
  await fits(page, 'forced colours')
  await spaced(page, 'read.html')
  await context.close()
})

test('it prints, and says on paper the same', async () => {
  const {context, page} = await open(browser, url, 1280)
  const screen = await page.locator('main').innerText()
  await page.emulateMedia({media: 'print'})
  assert.equal(await page.locator('main').innerText(), screen)
  assert.equal(await page.locator('.skip').isVisible(), false)
  await page.setViewportSize({width: 680, height: 900}) // A4 less its margins
  await fits(page, 'print')
  const path = fixture.at('case.pdf')
  await page.pdf({path, format: 'A4'})
  assert.ok(statSync(path).size > 20_000)
  await context.close()
})

test('a bundle that goes on from an earlier one, and one of which nothing is withheld', async () => {
  const next = pathToFileURL(fixture.page('next.zip')).href
  const {context, page, complaints} = await open(browser, next, 320)
  assert.match(await page.locator('.about').innerText(), /Withheld\s+no fields/)
  assert.equal(await page.locator('.withheld').count(), 0)
  await fits(page, 'next')
  await accessible(page, 'next')
  assert.deepEqual(complaints, [])
  await context.close()
})

test('an entry that was erased', {skip: /^ +erase /m.test(candour('--help')) ? false : 'this program does not erase'}, async () => {
  const {context: first, page: before} = await open(browser, url, 1280)
  const id = await before.locator('.entry', {has: before.locator('h4', {hasText: 'Lead disclosed'})}).getAttribute('id')
  await first.close()
  candour('erase', fixture.at('northmere'), 'c1', '--entry', id.slice(1), '--basis', 'an invented order', '--by', 'A Records', '--second', 'B Audit', '--yes')
  fixture.bundle('erased.zip')
  const file = fixture.page('erased.zip')
  assert.doesNotMatch(readFileSync(file, 'utf8'), /A younger cousin/)
  const {context, page, complaints} = await open(browser, pathToFileURL(file).href, 320)
  const erased = page.locator('#' + id)
  assert.match(await erased.innerText(), /Erased\s+Entry \d+, sealed at .*\. What it said was erased; entry \d+ tells of it\./)
  await erased.locator('a').click()
  const tells = await page.locator(new URL(page.url()).hash).innerText()
  assert.match(tells, /Erasure of entries/)
  assert.match(tells, new RegExp(`Erased\\s+entry ${id.slice(1)}`))
  await fits(page, 'erased')
  await accessible(page, 'erased')
  assert.deepEqual(complaints, [])
  await context.close()
})
