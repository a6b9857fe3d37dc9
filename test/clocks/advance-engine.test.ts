import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { advanceTo } from '../../src/clock/advance.js'
import { Agenda } from '../../src/clock/agenda.js'
import type { Deadline } from '../../src/domain/kernel/deadline.js'
import type { Ticking } from '../../src/domain/kernel/decision.js'
import { Defect } from '../../src/domain/kernel/defect.js'

/** Work that is due, and the work that comes of it: where it is due, and how long after it has fired. */
interface Job {
  readonly due: number
  readonly rank: number
  readonly clock: string | null
  /** Each follows its parent by so many seconds: overdue at once where that is less than nothing. */
  readonly brings: readonly (Omit<Job, 'due' | 'clock'> & { readonly after: number })[]
}

type Fired = readonly [at: number, due: number]

/** A world of jobs that it forgets when they fire, and that writes down when that was. */
class Jobs implements Ticking {
  readonly fired: readonly Fired[]
  readonly times: Readonly<Record<string, number>>
  readonly #jobs: readonly (Job | undefined)[]
  readonly #agenda: Agenda
  readonly #stuck: boolean

  constructor(
    jobs: readonly (Job | undefined)[],
    agenda = jobs.reduce((plan, job, slot) => Jobs.#planned(plan, slot, job), Agenda.empty),
    times: Readonly<Record<string, number>> = {},
    fired: readonly Fired[] = [],
    stuck = false,
  ) {
    this.#jobs = jobs
    this.#agenda = agenda
    this.times = times
    this.fired = fired
    this.#stuck = stuck
  }

  static #planned(agenda: Agenda, slot: number, job: Job | undefined): Agenda {
    if (job === undefined) return agenda.plan(0, slot, [])
    const { due, rank, clock } = job
    return agenda.plan(0, slot, [{ due, rank, clock, command: { type: 'Do', id: String(slot) } }])
  }

  /** The same jobs, none of which changes anything. */
  stuck(): Jobs {
    return new Jobs(this.#jobs, this.#agenda, this.times, this.fired, true)
  }

  nextDeadline(clock: string | null): Deadline | undefined {
    return this.#agenda.next(clock)?.deadline
  }

  at(clock: string | null, instant: number): this {
    const times = { ...this.times, [clock ?? 'root']: instant }
    return new Jobs(this.#jobs, this.#agenda, times, this.fired, this.#stuck) as this
  }

  fire({ due, clock, command }: Deadline): this {
    const slot = Number(command.id)
    const now = this.times[clock ?? 'root'] as number
    const fired = [...this.fired, [now, due] as const]
    if (this.#stuck) return new Jobs(this.#jobs, this.#agenda, this.times, fired, true) as this
    const job = this.#jobs[slot] as Job
    const jobs = this.#jobs.with(slot, undefined)
    let agenda = Jobs.#planned(this.#agenda, slot, undefined)
    for (const { after, ...next } of job.brings) {
      agenda = Jobs.#planned(agenda, jobs.length, { ...next, clock, due: now + after })
      jobs.push({ ...next, clock, due: now + after })
    }
    return new Jobs(jobs, agenda, this.times, fired) as this
  }

  opened(): this {
    return this
  }
  draft(): this {
    return this
  }
  sealed(): this {
    return this
  }
}

const job = (
  due: number,
  { rank = 0, clock = null as string | null, brings = [] as Job['brings'] } = {},
): Job => ({
  due,
  rank,
  clock,
  brings,
})

const advanced = (jobs: readonly Job[], from: number, to: number): Jobs =>
  advanceTo(new Jobs(jobs), null, from, to)

describe('advanceTo', () => {
  it('fires each deadline at its own instant, in order, up to and with the target', () => {
    const world = advanced([job(300), job(100), job(200), job(201)], 50, 200)
    expect(world.fired).toStrictEqual([
      [100, 100],
      [200, 200],
    ])
    expect(world.times.root).toBe(200)
    expect(world.nextDeadline(null)?.due).toBe(201)
  })

  it('moves the clock where nothing is due, and stands still on the spot', () => {
    expect(advanced([], 50, 200).times).toStrictEqual({ root: 200 })
    expect(advanced([job(201)], 50, 200).fired).toStrictEqual([])
    expect(advanced([job(50)], 50, 50).fired).toStrictEqual([[50, 50]])
  })

  it('fires what is overdue now, never in the past', () => {
    expect(advanced([job(10), job(20), job(70)], 50, 200).fired).toStrictEqual([
      [50, 10],
      [50, 20],
      [70, 70],
    ])
  })

  it('fires what comes of a firing in the same advance; overdue from the start, at the instant it came', () => {
    const brings = [
      { after: 30, rank: 0, brings: [] },
      { after: -60, rank: 0, brings: [] },
    ]
    expect(advanced([job(100, { brings }), job(110)], 50, 200).fired).toStrictEqual([
      [100, 100],
      [100, 40],
      [110, 110],
      [130, 130],
    ])
  })

  it('fires what is due on its own clock only', () => {
    const world = new Jobs([
      job(100),
      job(100, { clock: 'clock_a' }),
      job(90, { clock: 'clock_b' }),
    ])
    const moved = advanceTo(world, 'clock_a', 0, 1_000)
    expect(moved.fired).toStrictEqual([[100, 100]])
    expect(moved.times).toStrictEqual({ clock_a: 1_000 })
    expect(
      [null, 'clock_a', 'clock_b'].map((clock) => moved.nextDeadline(clock)?.due),
    ).toStrictEqual([100, undefined, 90])
  })

  it('takes a firing that leaves its deadline as it was for a defect', () => {
    const stuck = new Jobs([job(100)]).stuck()
    expect(() => advanceTo(stuck, null, 0, 200)).toThrow(Defect)
    expect(() => advanceTo(stuck, null, 0, 200)).toThrow('firing Do changes what announced it')
    expect(advanceTo(stuck, null, 0, 99).fired).toStrictEqual([])
  })

  it('takes a way back for a defect', () => {
    expect(() => advanced([], 100, 99)).toThrow(Defect)
  })

  const { brings } = fc.letrec<{ brings: Job['brings'] }>((tie) => ({
    brings: fc.array(
      fc.record({
        after: fc.integer({ min: -30, max: 60 }),
        rank: fc.nat(2),
        brings: fc.oneof({ depthSize: 'small' }, fc.constant([]), tie('brings')),
      }),
      { maxLength: 2 },
    ),
  }))
  const anyJobs = fc.array(
    fc.record({
      due: fc.nat(200),
      rank: fc.nat(2),
      clock: fc.constantFrom(null, null, 'clock_a'),
      brings,
    }),
    { maxLength: 8 },
  )

  it('never goes back in time, fires nothing early and leaves nothing behind', () => {
    fc.assert(
      fc.property(anyJobs, fc.nat(100), fc.nat(200), (jobs, from, length) => {
        const world = advanced(jobs, from, from + length)
        let now = from
        for (const [at, due] of world.fired) {
          expect(at).toBe(Math.max(now, due))
          now = at
        }
        expect(now).toBeLessThanOrEqual(from + length)
        expect(world.nextDeadline(null)?.due ?? Number.POSITIVE_INFINITY).toBeGreaterThan(
          from + length,
        )
      }),
      { numRuns: 500 },
    )
  })

  it('in one jump fires what many steps fire, at the same instants', () => {
    fc.assert(
      fc.property(
        anyJobs,
        fc.nat(100),
        fc.array(fc.nat(80), { maxLength: 5 }),
        (jobs, from, steps) => {
          let world = advanceTo(new Jobs(jobs), null, from, from)
          let now = from
          for (const step of steps) {
            world = advanceTo(world, null, now, now + step)
            now += step
          }
          const jump = advanced(jobs, from, now)
          expect(world.fired).toStrictEqual(jump.fired)
          expect(world.times).toStrictEqual(jump.times)
        },
      ),
      { numRuns: 300 },
    )
  })
})
