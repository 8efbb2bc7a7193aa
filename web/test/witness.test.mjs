// The page of a witness: first with one force that is up to date, then with an alarm.
import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {accessible, fits, launch, open, spaced} from './browser.mjs'
import {Fixture} from './fixture.mjs'

const own = ['style.css']
let browser, fixture, url

before(async () => {
  fixture = await Fixture.make()
  url = fixture.witness.url
  browser = await launch()
})

after(async () => {
  await browser?.close()
  fixture?.remove()
})

async function sound(what) {
  const {context, page, complaints} = await open(browser, url, 1280, {own})
  for (const width of [1280, 768, 320]) {
    await page.setViewportSize({width, height: 900})
    await fits(page, `${what}, ${width} wide`)
    await accessible(page, `${what}, ${width} wide`)
  }
  assert.deepEqual(complaints, [])
  return {context, page}
}

test('one force that is up to date', async () => {
  const {context, page} = await sound('fresh')
  assert.equal(await page.title(), 'Records we witness')
  assert.equal(await page.locator('.alarm').count(), 0)
  const rows = page.locator('table.records tbody tr')
  assert.equal(await rows.count(), 1)
  assert.match(await rows.first().innerText(), /Northmere Police \(invented\)/)
  assert.equal(await rows.locator('.tag.good').innerText(), 'Fresh')
  assert.match(await page.locator('p.refusals').innerText(), /We refused nothing/)
  await context.close()
})

test('its policy, and the checkpoint that it links to', async () => {
  const {context, page} = await open(browser, url, 1280, {own})
  const answer = await page.reload()
  assert.match(answer.headers()['content-security-policy'], /^default-src 'none'; style-src 'self'/)
  const href = await page.locator('table.records td a').getAttribute('href')
  const checkpoint = await context.request.get(new URL(href, url).href)
  assert.equal(checkpoint.status(), 200)
  assert.match(await checkpoint.text(), /^candour\.invalid\/northmere\n28\n/)
  await context.close()
})

test('by keyboard alone: skip to the content, reach the checkpoint', async () => {
  const {context, page} = await open(browser, url, 1280, {own})
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to main content')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'candour.invalid/northmere')
  await context.close()
})

test('two records of one size: an alarm, and what was refused', async () => {
  await fixture.fork()
  const {context, page} = await sound('alarm')
  assert.match(await page.title(), /^Alarm/)
  assert.match(await page.locator('.lead').innerText(), /^1 alarm/)
  const alarm = page.locator('.alarms .alarm')
  assert.equal(await alarm.count(), 1)
  assert.match(await alarm.innerText(), /Northmere Police \(invented\) signed two different records of size 29\./)
  assert.match(await alarm.locator('time').innerText(), /^\d+ \w+ \d{4} at \d+:\d\d[ap]m$/)
  assert.ok((await alarm.boundingBox()).y < (await page.locator('table.records').boundingBox()).y, 'an alarm comes first')
  assert.match(await page.locator('.refusals').first().innerText(), /We refused nothing else|Signed two different records of size 29/)
  await context.close()
})

test('an alarm in forced colours, widely spaced, and printed', async () => {
  const {context, page} = await open(browser, url, 320, {own, forcedColors: 'active', bypassCSP: true})
  await fits(page, 'forced colours')
  await spaced(page, 'alarm')
  await page.emulateMedia({media: 'print', forcedColors: 'none'})
  assert.equal(await page.locator('.skip').isVisible(), false)
  assert.equal(await page.locator('.alarm').isVisible(), true)
  await context.close()
})
