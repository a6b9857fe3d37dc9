/**
 * Shows that Node 20, 22 and 24 write the same bytes of log. Usage: npm run same-bytes [VERSION ...]
 * Each Node is fetched from the npm registry (about 190 MB, once). Exits 1 where two digests differ.
 */
import { execFileSync } from 'node:child_process'

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24']
execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' })

const digests = versions.map((version) => {
  const command = `node -p process.version && node scripts/log-digest.mjs`
  const [node, digest] = execFileSync('npx', ['-y', '-p', `node@${version}`, '-c', command], {
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
  console.log(`${node.padEnd(10)} ${digest}`)
  return digest
})

if (new Set(digests).size > 1) {
  console.error('The logs differ.')
  process.exitCode = 1
} else console.log('The same bytes everywhere.')
