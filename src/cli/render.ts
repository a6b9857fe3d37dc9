/** How a report looks in a terminal. Everything here is a function from data to text. */
import Table from 'cli-table3'
import pc from 'picocolors'
import type {
  BarsBlock,
  Failure,
  Gained,
  Pair,
  PunchCardBlock,
  ScenarioReport,
  StepItem,
  TableBlock,
  TimelineBlock,
} from '../scenario/index.js'
import { paired, stepsOf } from '../scenario/index.js'

type Colors = ReturnType<typeof pc.createColors>

export interface Look {
  readonly color: boolean
  /** Columns of the terminal. */
  readonly width: number
  /** Files below this folder are named from it. */
  readonly folder?: string
}

interface Pen {
  readonly c: Colors
  readonly width: number
  readonly folder: string | undefined
}

const WIDTH_MIN = 60
const WIDTH_MAX = 140

const indented = (lines: readonly string[], by: string): readonly string[] =>
  lines.map((line) => (line === '' ? '' : by + line))

/** Breaks text between words; a longer word is cut. */
const wrapped = (text: string, width: number): readonly string[] => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    let rest = word
    if (line !== '' && line.length + 1 + rest.length <= width) {
      line += ` ${rest}`
      continue
    }
    if (line !== '') lines.push(line)
    for (; rest.length > width; rest = rest.slice(width)) lines.push(rest.slice(0, width))
    line = rest
  }
  return [...lines, line]
}

/** Text in a column: what begins with blanks keeps them on every line. */
const columned = (text: string, width: number): readonly string[] => {
  const blanks = /^ */.exec(text)?.[0] ?? ''
  return wrapped(text.slice(blanks.length), Math.max(1, width - blanks.length)).map(
    (line) => blanks + line,
  )
}

const MARKS = { yes: ' ', no: '≠', missing: '<', unexpected: '>' } as const

/** What was expected and what was found, side by side, line by line. */
const sideBySide = (pairs: readonly Pair[], { c, width }: Pen): readonly string[] => {
  const column = Math.floor((width - 3) / 2)
  const row = (mark: string, left: string, right: string, paint: (text: string) => string) => {
    const lefts = columned(left, column)
    const rights = columned(right, column)
    return Array.from({ length: Math.max(lefts.length, rights.length) }, (_, index) =>
      paint(
        `${(lefts[index] ?? '').padEnd(column)} ${index === 0 ? mark : ' '} ${rights[index] ?? ''}`,
      ).trimEnd(),
    )
  }
  return [
    ...row(' ', 'expected', 'found', c.dim),
    ...pairs.flatMap(({ same, expected = '', found = '' }) =>
      row(MARKS[same], expected, found, same === 'yes' ? (text) => text : c.red),
    ),
  ]
}

const below = (path: string, folder: string | undefined): string =>
  folder !== undefined && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path

const renderFailure = (failure: Failure, pen: Pen): readonly string[] => {
  const { message, where, expected, found } = failure
  return [
    ...wrapped(message, pen.width).map((line) => pen.c.red(line)),
    ...(where === undefined ? [] : [pen.c.dim(`at ${below(where, pen.folder)}`)]),
    ...(expected === undefined || found === undefined
      ? []
      : sideBySide(paired(expected, found), pen)),
  ]
}

const factsOf = ({ lines, byType, count }: Gained): readonly string[] =>
  lines ?? [
    `${count} facts: ${Object.entries(byType)
      .map(([type, times]) => `${times} ${type}`)
      .join(', ')}`,
  ]

const renderStep = (step: StepItem, pen: Pen): readonly string[] => {
  const { status, title, gained, refusal, failure } = step
  const { c, width } = pen
  const inner = { ...pen, width: width - 4 }
  const mark = { passed: c.green('✓'), failed: c.red('✗'), skipped: c.yellow('-') }[status]
  const [first = '', ...rest] = wrapped(title, width - 2)
  const told = [
    ...(gained === undefined ? [] : factsOf(gained)),
    ...(refusal === undefined ? [] : [refusal]),
  ]
  return [
    `${mark} ${status === 'skipped' ? c.dim(`${first} (not run)`) : first}`,
    ...indented(rest, '  '),
    ...told.flatMap((line) => wrapped(line, inner.width).map((part) => c.dim(`  │ ${part}`))),
    ...(failure === undefined ? [] : indented(renderFailure(failure, inner), '    ')),
  ]
}

const isNumeric = (cell: string | number | undefined): boolean =>
  typeof cell === 'number' || (cell !== undefined && /^-?\d+(\.\d+)?$/.test(cell))

const RULES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

const renderTable = ({ columns, rows }: TableBlock, { c }: Pen): readonly string[] => {
  const drawn = new Table({
    head: columns.map((column) => c.dim(column)),
    chars: RULES,
    colAligns: columns.map((_, index) =>
      rows.length > 0 && rows.every((row) => isNumeric(row[index])) ? 'right' : 'left',
    ),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  drawn.push(...rows.map((row) => row.map(String)))
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const
const BAR_MAX = 40

/** A bar in eighths of a column. What is not nothing shows at least one; what is below zero is hatched. */
const bar = (value: number, most: number, width: number): string => {
  if (value === 0 || most === 0) return ''
  const eighths = Math.max(1, Math.round((Math.abs(value) / most) * width * 8))
  if (value < 0) return '░'.repeat(Math.ceil(eighths / 8))
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] as string)
}

const renderBars = ({ bars }: BarsBlock, { c, width }: Pen): readonly string[] => {
  const labels = Math.max(0, ...bars.map(({ label }) => label.length))
  const values = Math.max(0, ...bars.map(({ value }) => String(value).length))
  const most = Math.max(0, ...bars.map(({ value }) => Math.abs(value)))
  const room = Math.max(8, Math.min(BAR_MAX, width - labels - values - 4))
  return bars.map(
    ({ label, value }) =>
      `${label.padEnd(labels)}  ${String(value).padStart(values)}  ${c.cyan(bar(value, most, room))}`,
  )
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const
const LEVELS = '▁▂▃▄▅▆▇█'

/** Two columns an hour: the higher the block, the more. A dot is nothing, `░` less than nothing. */
const renderPunchCard = ({ hours }: PunchCardBlock, { c }: Pen): readonly string[] => {
  const most = Math.max(...hours.flat())
  const glyph = (value: number): string => {
    if (value === 0) return c.dim('· ')
    if (value < 0) return '░ '
    const level = Math.min(LEVELS.length, Math.max(1, Math.ceil((value / most) * LEVELS.length)))
    return `${c.cyan(LEVELS[level - 1] as string)} `
  }
  const sum = (row: readonly number[]): number => row.reduce((total, value) => total + value, 0)
  const sums = Math.max(...hours.map((row) => String(sum(row)).length))
  const scale = Array.from({ length: 8 }, (_, third) => String(third * 3).padEnd(6)).join('')
  return [
    c.dim(`     ${scale}`.trimEnd()),
    ...hours.map(
      (row, day) => `${DAYS[day]}  ${row.map(glyph).join('')} ${String(sum(row)).padStart(sums)}`,
    ),
    c.dim(`     █ is ${most} in one hour of the week, UTC`),
  ]
}

const renderTimeline = ({ facts }: TimelineBlock, { c }: Pen): readonly string[] => {
  const types = Math.max(0, ...facts.map(({ type }) => type.length))
  let day = ''
  return facts.map(({ at, clock, type, text }) => {
    const [date = '', time = ''] = at.replace('Z', '').split('T')
    const shown = date === day ? ' '.repeat(date.length) : date
    day = date
    const place = clock === null ? '' : c.dim(` on ${clock}`)
    return `${shown} ${time} ${c.cyan('●')} ${type.padEnd(types)} ${text}${place}`.trimEnd()
  })
}

const renderItem = (item: ScenarioReport['items'][number], pen: Pen): readonly string[] => {
  const titled = (lines: readonly string[]): readonly string[] => [
    '',
    `  ${pen.c.bold(item.kind === 'note' ? '' : item.title)}`,
    ...indented(lines, '    '),
    '',
  ]
  const inner = { ...pen, width: pen.width - 4 }
  switch (item.kind) {
    case 'section':
      return ['', pen.c.bold(item.title)]
    case 'note':
      return indented(wrapped(item.text, pen.width - 2).map(pen.c.italic), '  ')
    case 'step':
      return indented(renderStep(item, { ...pen, width: pen.width - 2 }), '  ')
    case 'table':
      return titled(renderTable(item, inner))
    case 'bars':
      return titled(renderBars(item, inner))
    case 'punch-card':
      return titled(renderPunchCard(item, inner))
    case 'timeline':
      return titled(renderTimeline(item, inner))
  }
}

const summary = (report: ScenarioReport, { c }: Pen): readonly string[] => {
  const steps = stepsOf(report)
  const count = (status: StepItem['status']): number =>
    steps.filter((step) => step.status === status).length
  const parts = [
    c.green(`${count('passed')} held`),
    ...(count('failed') === 0 ? [] : [c.red(`${count('failed')} did not hold`)]),
    ...(count('skipped') === 0 ? [] : [c.yellow(`${count('skipped')} not run`)]),
  ]
  return [
    parts.join(', '),
    c.dim(`facts in the log: ${report.facts} · root clock at ${report.now}`),
  ]
}

/** Puts one blank line where there are several, and none at the end. */
const spaced = (lines: readonly string[]): readonly string[] => {
  const kept = lines.filter((line, index) => line !== '' || lines[index - 1] !== '')
  return kept.at(-1) === '' ? kept.slice(0, -1) : kept
}

/** A report as text, with a line end at its end. */
export const renderReport = (report: ScenarioReport, look: Look): string => {
  const c = pc.createColors(look.color)
  const width = Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, look.width))
  const pen = { c, width, folder: look.folder }
  const lines = spaced([
    c.bold(report.title),
    ...(report.about === undefined ? [] : wrapped(report.about, width).map(c.dim)),
    ...(report.items[0]?.kind === 'section' ? [] : ['']),
    ...report.items.flatMap((item) => renderItem(item, pen)),
  ])
  return `${[...lines, '', ...summary(report, pen)].join('\n')}\n`
}
