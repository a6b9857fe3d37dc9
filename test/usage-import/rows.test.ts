import fc from 'fast-check'
import Papa from 'papaparse'
import { describe, expect, it } from 'vitest'
import { cloudEventReader } from '../../src/usage-import/cloud-events.js'
import { CsvReader } from '../../src/usage-import/csv.js'
import { JsonReader } from '../../src/usage-import/json.js'
import { ROW_LENGTH_MAX, type Row, type RowReader } from '../../src/usage-import/rows.js'

/** The rows of a text, up to one behind which nothing can be read. */
const readAll = (reader: RowReader, ...pieces: readonly string[]): readonly Row[] => {
  const rows: Row[] = []
  for (const take of [...pieces.map((piece) => () => reader.push(piece)), () => reader.end()])
    for (const row of take()) {
      rows.push(row)
      if ('problem' in row && row.last) return rows
    }
  return rows
}

/** A row in short: its line, and its cells or what is wrong with it. */
const inShort = (row: Row): readonly unknown[] =>
  'problem' in row ? [row.line, row.problem] : [row.line, row.data]

const csv = (...pieces: readonly string[]) => readAll(new CsvReader(), ...pieces).map(inShort)
const json = (...pieces: readonly string[]) => readAll(new JsonReader(), ...pieces).map(inShort)

describe('the rows of a CSV file', () => {
  it('stand in the lines behind the header', () =>
    expect(csv('a,b\n1,2\n3,4\n')).toEqual([
      [2, ['1', '2']],
      [3, ['3', '4']],
    ]))

  it.each([
    ['LF', 'a,b\n1,2\n3,4'],
    ['CRLF', 'a,b\r\n1,2\r\n3,4\r\n'],
    ['CR', 'a,b\r1,2\r3,4\r'],
    ['a mix of LF and CRLF', 'a,b\r\n1,2\n3,4\r\n'],
    ['CRLF behind quotes', '"a","b"\r\n"1","2"\r\n"3","4"\r\n'],
    ['CR behind quotes', '"a","b"\r"1","2"\r"3","4"'],
  ])('end with %s', (_, text) =>
    expect(csv(text)).toEqual([
      [2, ['1', '2']],
      [3, ['3', '4']],
    ]),
  )

  it('keep their lines behind a quoted cell with line ends in it, in the header too', () =>
    expect(csv('a,"b\nc"\n"x\ny\nz",2\n"one ""two""",4\n5,6\n')).toEqual([
      [3, ['x\ny\nz', '2']],
      [6, ['one "two"', '4']],
      [7, ['5', '6']],
    ]))

  it('keep their lines behind a quoted cell of a CRLF file', () =>
    expect(csv('a,b\r\n"x\r\ny",2\r\n3,4\r\n')).toEqual([
      [2, ['x\r\ny', '2']],
      [4, ['3', '4']],
    ]))

  it('keep their lines behind empty ones, before the header too', () =>
    expect(csv('\n\na,b\n\n1,2\n  \n\n3,4\n\n')).toEqual([
      [5, ['1', '2']],
      [8, ['3', '4']],
    ]))

  it.each([
    [';', 'a;b;c, d\n1;2,5;6\n'],
    ['\t', 'a\tb\tc, d\n1\t2,5\t6\n'],
    ['|', 'a|b|c, d\n1|2,5|6\n'],
  ])('are told apart by the delimiter of the header: %j', (_, text) =>
    expect(csv(text)).toEqual([[2, ['1', '2,5', '6']]]),
  )

  it('do not take a delimiter inside of a quoted column name for one', () =>
    expect(csv('"a;b;c",d\n1,2\n')).toEqual([[2, ['1', '2']]]))

  it('are told apart by a delimiter that is given', () =>
    expect(readAll(new CsvReader(':'), 'a:b\n1:2\n').map(inShort)).toEqual([[2, ['1', '2']]]))

  it('are refused with a cell too few or too many, which shifts values into other columns', () =>
    expect(csv('a,b\n1\n1,2,3\n1,2,,\n4,5\n')).toEqual([
      [2, 'has 1 cells, the header has 2'],
      [3, 'has 3 cells, the header has 2: a cell that holds the delimiter must be quoted'],
      [4, ['1', '2', '', '']],
      [5, ['4', '5']],
    ]))

  it('are refused where a quote is malformed, with all the lines that it swallowed', () =>
    expect(csv('a,b\n"x"y,2\n3,"4"\n5,6\n')).toEqual([
      [
        2,
        'has a quote inside of a quoted cell that is not doubled: lines 2 to 3 were read as one row',
      ],
      [4, ['5', '6']],
    ]))

  it('end with the one whose quote is never closed', () =>
    expect(csv('a,b\n1,2\n"x,2\n3,4')).toEqual([
      [2, ['1', '2']],
      [3, 'has a quote that is never closed: the file was read as one row from here on, to line 4'],
    ]))

  it('are given up where a quote swallows more than a row can be long', () => {
    const rows = readAll(new CsvReader(), 'a,b\n1,2\n"', 'x'.repeat(ROW_LENGTH_MAX + 1), '\n3,4\n')
    expect(rows.slice(0, 2)).toMatchObject([
      { line: 2, data: ['1', '2'] },
      { line: 3, last: true },
    ])
  })

  it('are refused where bytes were not UTF-8', () =>
    expect(csv('a,b\n1,M\ufffdller\n3,4\n')).toEqual([
      [2, 'holds bytes that are not UTF-8: save the file as UTF-8'],
      [3, ['3', '4']],
    ]))

  it('have their columns found by trimmed names', () => {
    const reader = new CsvReader()
    expect(reader.getter('b')).toBeUndefined()
    reader.push('a , b,Total\n')
    expect((reader.getter('b') as (data: readonly string[]) => unknown)(['1', '2', '3'])).toBe('2')
    expect(reader.getter('c')).toBe("there is no column 'c'; the header has 'a', 'b', 'Total'")
    expect(reader.getter('total')).toBe("there is no column 'total'; did you mean 'Total'?")
  })

  it('do not say which of two columns of one name is meant', () => {
    const reader = new CsvReader()
    reader.push('a,b,a\n')
    expect(reader.getter('a')).toBe(
      "the header has 'a' twice, as columns 1 and 3: rename one, or say which is meant",
    )
    expect(reader.getter('b')).toBeTypeOf('function')
  })
})

describe('the rows of a JSON file', () => {
  it('are objects, one a line, empty lines passed over', () =>
    expect(json('{"a":1}\r\n\n{"a":2}')).toEqual([
      [1, { a: 1 }],
      [3, { a: 2 }],
    ]))

  it('are refused one by one where a line is something else', () => {
    const rows = json('{"a":1}\n{"a":\n[1]\n"x"\n{"a":2}\n')
    expect(rows.map(([line]) => line)).toEqual([1, 2, 3, 4, 5])
    expect(rows[1]?.[1]).toMatch(/^is not JSON \(/)
    expect(rows[2]).toEqual([3, 'is no JSON object'])
    expect(rows[3]).toEqual([4, 'is no JSON object'])
    expect(rows[4]).toEqual([5, { a: 2 }])
  })

  it('may stand in an array, written in any way, each at the line where it starts', () =>
    expect(json('\n[ {"a":1},\n\n  {"a": "],{\\"[",\n  "b": [1, {"c": 2}]},{"a":3}\n]\n')).toEqual([
      [2, { a: 1 }],
      [4, { a: '],{"[', b: [1, { c: 2 }] }],
      [5, { a: 3 }],
    ]))

  it('may stand in several arrays', () =>
    expect(json('[{"a":1}]\n[]\n[{"a":2},3]')).toEqual([
      [1, { a: 1 }],
      [3, { a: 2 }],
      [3, 'is no JSON object'],
    ]))

  it('end where an array is not closed or something stands outside of it', () => {
    const cut = 'is the last: the array is not closed, so the file seems to be cut off'
    expect(json('[{"a":1},\n{"a":')).toEqual([
      [1, { a: 1 }],
      [2, cut],
    ])
    expect(json('[{"a":1},\n')).toEqual([
      [1, { a: 1 }],
      [2, cut],
    ])
    expect(json('[{"a":1}]\nx')).toEqual([
      [1, { a: 1 }],
      [2, 'stands outside of the array'],
    ])
  })

  it('are given up where one is longer than a row can be', () => {
    const long = `"${'x'.repeat(ROW_LENGTH_MAX)}"}`
    expect(readAll(new JsonReader(), `{"a":1}\n{"a":${long}`)).toMatchObject([
      { line: 1, data: { a: 1 } },
      { line: 2, last: true },
    ])
    expect(readAll(new JsonReader(), `[{"a":1},\n{"a":${long}`)[1]).toMatchObject({
      line: 2,
      last: true,
    })
  })

  it('have fields found by name or path, of their own only', () => {
    const reader = new JsonReader()
    const data = { a: { b: [{ c: 5 }] }, 'x.y': 6, x: { y: 7, z: 8 } }
    const get = (path: string) => reader.getter(path)(data)
    expect([get('a.b.0.c'), get('x.y'), get('x.z')]).toEqual([5, 6, 8])
    expect([get('a.b.1.c'), get('constructor'), get('a.b.0.c.d'), get('nothing.at.all')]).toEqual(
      Array(4).fill(undefined),
    )
  })
})

describe('the rows of a CloudEvents file', () => {
  const event = { specversion: '1.0', id: 'e1', source: '/meters/eu', type: 'calls' }
  const events = (...all: readonly object[]) =>
    readAll(cloudEventReader(), all.map((one) => JSON.stringify(one)).join('\n')).map(inShort)

  it('are events of version 1.0 with id, source and type', () =>
    expect(
      events(
        event,
        { ...event, specversion: '0.3' },
        { ...event, specversion: undefined },
        { ...event, id: '' },
        { ...event, source: 7 },
        { ...event, type: undefined },
        { ...event, source: 'my meters' },
      ),
    ).toEqual([
      [1, event],
      [2, 'is no CloudEvent 1.0: specversion is "0.3"'],
      [3, 'is no CloudEvent 1.0: specversion is missing'],
      [4, "is no CloudEvent: 'id' must be a text that is not empty"],
      [5, "is no CloudEvent: 'source' must be a text that is not empty"],
      [6, "is no CloudEvent: 'type' must be a text that is not empty"],
      [7, "is no CloudEvent: 'source' must be a URI reference, which holds no spaces"],
    ]))
})

/** The same text cut into pieces. */
const pieces = (text: string, cuts: readonly number[]): readonly string[] => {
  const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length]
  return at.slice(1).map((end, index) => text.slice(at[index], end))
}

/** A `\r` at the end of a cell is part of the line end. */
const anyCell = fc.stringMatching(/^[ab",\n\r; ]{0,6}$/).filter((cell) => !cell.endsWith('\r'))
const anyTable = fc.array(fc.tuple(anyCell, anyCell), { maxLength: 6 })
const anyCuts = fc.array(fc.nat(1_000), { maxLength: 8 })
const anyMess = fc.stringMatching(/^[ab",\n\r;{}[\]: 1]{0,40}$/)

describe('laws of reading', () => {
  it('a CSV file that a writer made is read cell for cell, whatever the line end', () =>
    fc.assert(
      fc.property(anyTable, fc.constantFrom('\n', '\r\n'), (table, newline) => {
        const text = Papa.unparse([['x', 'y'], ...table], { newline, quotes: true })
        expect(csv(text).map(([, cells]) => cells)).toEqual(table)
      }),
    ))

  it('the line of a row is the number of line feeds before it, and one', () =>
    fc.assert(
      fc.property(anyTable, (table) => {
        const texts = [['x', 'y'], ...table].map((row) =>
          Papa.unparse([row], { newline: '\n', quotes: true }),
        )
        const lines: number[] = []
        let line = 1
        for (const text of texts) {
          lines.push(line)
          line += text.split('\n').length
        }
        expect(csv(texts.join('\n')).map(([at]) => at)).toEqual(lines.slice(1))
      }),
    ))

  it.each([
    ['CSV', () => new CsvReader()],
    ['JSON', () => new JsonReader()],
  ])('the rows do not depend on where the text was cut: %s', (_, create) =>
    fc.assert(
      fc.property(
        fc.oneof(
          anyMess,
          anyTable.map((table) => Papa.unparse([['x', 'y'], ...table], { newline: '\r\n' })),
          fc
            .array(fc.record({ a: fc.string({ maxLength: 4 }), b: fc.json({ maxDepth: 2 }) }))
            .map((all) => JSON.stringify(all, null, 1)),
        ),
        anyCuts,
        (text, cuts) => {
          const cut = readAll(create(), ...pieces(text, cuts))
          expect(cut.map(inShort)).toEqual(readAll(create(), text).map(inShort))
        },
      ),
      { numRuns: 500 },
    ),
  )
})
