// A pack as a document, in a real browser.
import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {after, before, test} from 'node:test'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {accessible, fits, launch, open, widths} from './browser.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'candour-'))
let browser, url

before(async () => {
  const out = join(folder, 'pack.html')
  execFileSync(join(root, 'bin/candour'), ['pack', 'doc', 'process-logs', '-o', out])
  url = pathToFileURL(out).href
  browser = await launch()
})

after(async () => {
  await browser?.close()
  rmSync(folder, {recursive: true})
})

for (const width of widths) {
  test(`the document of a pack, ${width} wide`, async () => {
    const {context, page, complaints} = await open(browser, url, width)
    await fits(page, 'pack')
    await accessible(page, 'pack')
    assert.deepEqual(complaints, [])
    await context.close()
  })
}
