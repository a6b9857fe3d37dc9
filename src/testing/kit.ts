/**
 * What the kit is made of: steps (commands that name things by their place), scripts of them, and for each family of
 * resources the steps and laws that it adds.
 */
import type fc from 'fast-check'
import {
  type Command,
  type CommandOf,
  type CommandType,
  E,
  entries,
  execute,
  type Rejection,
  type World,
} from '../index.js'

/**
 * A command that is not bound to a world yet: it names things by their place (`customer: 2` is the third that was
 * created, counted round) and times by their distance from now. It is plain data, so fast-check prints and shrinks it,
 * and it still means something when the steps before it are gone.
 */
export interface Step {
  readonly type: string
  readonly given: unknown
}

export type Script = readonly Step[]

/** How one type of command is drawn, and what it asks of a world. */
export interface StepKind<Given> {
  readonly given: fc.Arbitrary<Given>
  readonly command: (given: Given, world: World) => Command
  /** How often it comes, beside the others. Default 4. */
  readonly weight?: number
  /** Whether the command adds no event when it is asked twice; absent is never. */
  readonly isIdempotent?: (given: Given, world: World) => boolean
}

/** Names the type of what is given once for the arbitrary and the command made of it. */
export const stepKind = <Given>(kind: StepKind<Given>): StepKind<Given> => kind

/** Something that must be true of every world. It throws a {@link LawBroken} where it is not. */
export type Law = (world: World) => void

/** What a family adds to the kit: an arbitrary for each of its commands, and laws of its own by what they state. */
export interface FamilyKit {
  readonly name: string
  /** By command type. */
  readonly steps: Readonly<Record<string, StepKind<any>>>
  /** By the sentence that the law states. */
  readonly laws: Readonly<Record<string, Law>>
}

/** A law that does not hold, and where. */
export class LawBroken extends Error {
  override readonly name = 'LawBroken'
  readonly law: string

  constructor(law: string, detail: string) {
    super(`${law}: ${detail}`)
    this.law = law
  }
}

/** The kind of a step's type. A step of no family is a mistake of whoever wrote it. */
export const kindOf = (kits: readonly FamilyKit[], { type }: Step): StepKind<unknown> => {
  for (const { steps } of kits) {
    const kind = Object.hasOwn(steps, type) ? steps[type] : undefined
    if (kind !== undefined) return kind
  }
  throw new Error(`no family of the kit has steps of type '${type}'`)
}

/** The command that a step asks of a world. */
export const commandOf = (kits: readonly FamilyKit[], step: Step, world: World): Command =>
  kindOf(kits, step).command(step.given, world)

/** Decides a command of any type. */
export const decide = (world: World, command: Command) =>
  execute(world, command as CommandOf<CommandType>)

/** The world after a command; the same world where it is refused. */
export const after = (world: World, command: Command): World => {
  const done = decide(world, command)
  return E.isLeft(done) ? world : done.right.world
}

/** One step as it was played. */
export interface Turn {
  readonly step: Step
  readonly command: Command
  readonly before: World
  /** The same world as `before` where the command was refused. */
  readonly after: World
  readonly refusal: Rejection | undefined
}

/** Plays a script, each step on the world that the one before it left; a refused one changes nothing. */
export const playWith = (
  kits: readonly FamilyKit[],
  start: World,
  script: Script,
): readonly Turn[] => {
  let world = start
  return script.map((step) => {
    const before = world
    const command = commandOf(kits, step, before)
    const done = decide(before, command)
    if (E.isRight(done)) world = done.right.world
    const refusal = E.isLeft(done) ? done.left : undefined
    return { step, command, before, after: world, refusal }
  })
}

// Things by their place

interface Rows<R> {
  readonly size: number
  at(slot: number): R | undefined
}

/** The thing at a place, counted round; `undefined` where nothing is, or nothing any more. */
export const rowAt = <R>(rows: Rows<R>, place: number): R | undefined =>
  rows.size === 0 || place < 0 ? undefined : rows.at(place % rows.size)

/** The thing at a place: of an even one among those that fit, where any does, so that commands find what they are for. */
export const fittingAt = <R>(
  rows: Rows<R> & Iterable<R>,
  place: number,
  fits: (row: R) => boolean,
): R | undefined => {
  if (place < 0 || place % 2 === 1) return rowAt(rows, place)
  const fitting = [...rows].filter(fits)
  return fitting[(place >> 1) % Math.max(1, fitting.length)] ?? rowAt(rows, place)
}

/**
 * The id of the thing at a place, counted round, a deleted one's too; an id of nothing where nothing is.
 * @param created - The type of the event that creates such a thing, and the field that holds it there.
 */
export const idAt = (
  world: World,
  rows: Rows<{ readonly id: string }>,
  place: number,
  [type, field]: readonly [string, string],
): string => {
  if (rows.size === 0 || place < 0) return 'nobody'
  const row = rowAt(rows, place)
  if (row !== undefined) return row.id
  let slot = place % rows.size
  for (const { event } of entries(world))
    if (event.type === type && slot-- === 0)
      return (event as unknown as Readonly<Record<string, { readonly id: string }>>)[field]
        ?.id as string
  throw new Error(`no ${type} for row ${place}`)
}

export const meterAt = (world: World, place: number) => rowAt(world.meters, place)

export const meterIdAt = (world: World, place: number): string =>
  idAt(world, world.meters, place, ['MeterCreated', 'meter'])

export const customerIdAt = (world: World, place: number): string =>
  idAt(world, world.customers, place, ['CustomerCreated', 'customer'])

export const clockIdAt = (world: World, place: number): string =>
  idAt(world, world.testClocks, place, ['TestClockCreated', 'test_clock'])

/** The simulated now of a customer: of its test clock, or of the root clock. */
export const nowOf = (world: World, customer: string): number => {
  const clock = world.customers.get(customer)?.test_clock ?? null
  return clock === null ? world.now : world.testClocks.need(clock).frozen_time
}
