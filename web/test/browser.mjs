// What every browser test needs: the browser of the system, and the checks that
// every page must pass.
import {AxeBuilder} from '@axe-core/playwright'
import {chromium} from 'playwright-core'
import assert from 'node:assert/strict'

export const widths = [1280, 360, 320]

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
}

// open opens a page at a width and listens to what the browser complains about,
// of which a breach of the page's own policy is one, and a request beyond the page and its own files another.
export async function open(browser, url, width, {own = [], ...options} = {}) {
  const allowed = new Set([url, ...own.map(name => new URL(name, url).href)])
  const context = await browser.newContext({viewport: {width, height: 900}, ...options})
  const page = await context.newPage()
  const complaints = []
  page.on('console', m => complaints.push(m.text()))
  page.on('pageerror', e => complaints.push(String(e)))
  page.on('request', r => { if (!allowed.has(r.url().replace(/#.*/, ''))) complaints.push('asked for ' + r.url()) })
  page.on('dialog', d => { complaints.push('dialog ' + d.message()); d.dismiss() })
  await page.goto(url)
  return {context, page, complaints}
}

// fits asserts that nothing scrolls sideways.
export async function fits(page, what) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.equal(over, 0, `${what} scrolls sideways by ${over} pixels`)
}

// accessible asserts that axe finds nothing against WCAG, levels A and AA, but in what a selector
// excludes since it was looked at elsewhere. The pages have no frames, so axe may run within the
// page; and only what is wrong is written out. Both together take half the time.
export async function accessible(page, what, exclude = []) {
  const {violations} = await new AxeBuilder({page}).setLegacyMode(true)
    .options({runOnly: {type: 'tag', values: wcag}, resultTypes: ['violations']}).exclude(exclude).analyze()
  assert.deepEqual(violations.map(v => `${v.id}: ${v.nodes.length}, first ${v.nodes[0].html.slice(0, 200)}`), [], what)
}

// spaced asserts that nothing scrolls sideways with the spacing of text that a reader may set.
export async function spaced(page, what) {
  await page.addStyleTag({content: '*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important} p{margin-bottom:2em!important}'})
  await fits(page, `${what}, widely spaced`)
}

// openAll opens everything that is folded away, as a reader could.
export function openAll(page) {
  return page.locator('details').evaluateAll(all => all.forEach(d => { d.open = true }))
}
