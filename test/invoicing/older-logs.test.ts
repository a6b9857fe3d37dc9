import { E, readLog } from 'clepsydra'
import { expect, it } from 'vitest'
import { Life } from '../stories/support.js'

/** What a log held before there were billing credits. */
const older = (line: string): string => {
  const record = JSON.parse(line)
  if (record.type === 'InvoiceCreated') {
    const { credits: _, ...invoice } = record.invoice
    return JSON.stringify({ ...record, v: 1, invoice })
  }
  if (record.type === 'InvoiceFinalized') {
    const { credits: _, ...changes } = record.changes
    return JSON.stringify({ ...record, changes })
  }
  return line
}

it('invoices of a log that knows no billing credits are read as if none had paid them', () => {
  const life = new Life(1_767_225_600)
  life.monthly(1_000)
  life.to(1_767_225_600 + 70 * 86_400)
  const { world } = life.sim
  const log = life.sim.exportLog().trimEnd().split('\n').map(older)
  expect(log.join()).not.toContain('"credits"')
  const read = readLog(log)
  expect(E.isRight(read)).toBe(true)
  if (E.isRight(read)) expect([...read.right.invoices]).toStrictEqual([...world.invoices])
})
