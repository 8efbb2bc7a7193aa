// A record made by the program, which a witness cosigns: what the pages of bundles, of the
// verifier and of the witness are tested on.
import assert from 'node:assert/strict'
import {execFileSync, spawn} from 'node:child_process'
import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {readContainer} from '../verify/container.mjs'

export const root = fileURLToPath(new URL('../..', import.meta.url))

// What whoever writes into a record may try on who reads of it.
export const hostile = '<script>alert(1)</script><img src=x onerror=alert(2)>"\'&amp; \u202Etxet\u202C \u2066x\u2069 \u0007'

const told = {
  fact: 'h1', case: 'c1', kind: 'victim.told', at: '2012-10-16 09:00', recorded: '2012-10-28 17:05', about: 'v1', by: 'oic1',
  f: {method: 'letter', event_ref: ['f4', 'f10'], text: hostile + '\nsecond line ' + 'long'.repeat(60)},
}

export const candour = (...args) => execFileSync(join(root, 'bin/candour'), args, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']})

// serve starts a program and gives the address that it says it answers at.
export async function serve(command, ...args) {
  const child = spawn(command, args, {stdio: ['ignore', 'pipe', 'ignore']})
  for await (const text of child.stdout) {
    const url = String(text).match(/http:\S+/)
    if (url) return {url: url[0], stop: () => child.kill()}
  }
  throw new Error(`${command} ${args.join(' ')} says no address`)
}

const freePort = () => new Promise((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const {port} = server.address()
    server.close(() => done(port))
  })
})

export class Fixture {
  static async make() {
    const f = new Fixture()
    f.folder = mkdtempSync(join(tmpdir(), 'candour-'))
    const port = await freePort()
    const said = candour('witness', 'init', f.at('watchdog'), '--name', 'watchdog.invalid/w1', '--operator', 'watchdog')
    const key = said.match(/watchdog,watchdog\.invalid\S+/)[0]
    candour('init', f.at('northmere'), '--body', 'northmere', '--operator', 'northmere-police', '--witness', `${key},http://127.0.0.1:${port}`)
    candour('witness', 'add', f.at('watchdog'), f.at('northmere/policy.txt'), '--name', 'Northmere Police (invented)')
    candour('import', f.at('northmere'), join(root, 'packs/ew-investigation/examples/case-01.jsonl'))
    f.witness = await serve(join(root, 'bin/candour'), 'witness', 'serve', f.at('watchdog'), '--listen', `127.0.0.1:${port}`)
    candour('cosign', f.at('northmere'))
    return f
  }
  at(name) { return join(this.folder, name) }
  append(record, fact) { return candour('append', this.at(record), '--fact', JSON.stringify(fact)) }

  // bundles makes case.zip, of which some is withheld; next.zip, which goes on from it; and
  // changed.zip, which is case.zip but for a bit.
  bundles() {
    this.append('northmere', told)
    this.bundle('case.zip', '--withhold', 'given.*,third-party,DPA 2018 sch 2 para 16', '--withhold', 'f.channel,sensitive,an invented authority')
    this.append('northmere', {...told, fact: 'h2', at: '2012-10-17 09:00', recorded: undefined})
    this.bundle('next.zip', '--previous', this.at('case.zip'))
    const changed = readFileSync(this.at('case.zip'))
    changed[Math.floor(changed.length / 3)] ^= 1
    writeFileSync(this.at('changed.zip'), changed)
  }
  bundle(name, ...flags) {
    candour('bundle', this.at('northmere'), 'c1', '-o', this.at(name), '--for', 'the family', '--purpose', 'a test', ...flags)
  }
  // page takes read.html out of a bundle and gives where it lies.
  page(bundle) {
    const parts = readContainer(new Uint8Array(readFileSync(this.at(bundle))))
    const page = Buffer.from(parts.find(({name}) => name === 'read.html').content)
    assert.ok(page.length > 0)
    writeFileSync(this.at(bundle + '.html'), page)
    return this.at(bundle + '.html')
  }
  // fork signs two records of one size, and sends the witness both: the second by hand, since the
  // program asks first what the witness has, and then sends nothing.
  async fork() {
    cpSync(this.at('northmere'), this.at('second'), {recursive: true})
    cpSync(this.at('northmere.keys'), this.at('second.keys'), {recursive: true})
    const settings = this.at('second/record.yaml')
    writeFileSync(settings, readFileSync(settings, 'utf8').replace('../northmere.keys', '../second.keys'))
    this.append('northmere', {...told, fact: 'one'})
    this.append('second', {...told, fact: 'other'})
    candour('cosign', this.at('second'), '--request', this.at('request'))
    candour('cosign', this.at('northmere'))
    const body = readFileSync(this.at('request'), 'utf8').replace(/^.*\n/, '') // the first line says that it is a file
    const answer = await fetch(new URL('add-checkpoint', this.witness.url), {method: 'POST', body})
    assert.equal(answer.status, 409)
  }
  remove() {
    this.witness?.stop()
    rmSync(this.folder, {recursive: true})
  }
}
