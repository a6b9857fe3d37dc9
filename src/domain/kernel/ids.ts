/**
 * Identifiers drawn from a seed and a serial number, so that the same seed and the same commands give the
 * same ids on every machine. Integer arithmetic only: no clock, no random source, no platform crypto.
 */
export type Id<Flavour extends string> = string & { readonly __flavour?: Flavour }

/** Four 32-bit words: a seed after hashing, or the words that an id is written from. */
export type Words = readonly [number, number, number, number]

const scramble = (h: number): number => {
  let x = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

/** Hashes a seed once for a world (cyrb128). */
export const seedWords = (seed: string): Words => {
  let a = 1779033703
  let b = 3144134277
  let c = 1013904242
  let d = 2773480762
  for (let at = 0; at < seed.length; at += 1) {
    const code = seed.charCodeAt(at)
    a = b ^ Math.imul(a ^ code, 597399067)
    b = c ^ Math.imul(b ^ code, 2869860233)
    c = d ^ Math.imul(c ^ code, 951274213)
    d = a ^ Math.imul(d ^ code, 2716044179)
  }
  return [scramble(a ^ b), scramble(b ^ c), scramble(c ^ d), scramble(d ^ a)]
}

/** 128 bits that depend on the seed, the serial, the purpose and the number of the draw; two rounds over all words. */
const draw = (seed: Words, serial: number, purpose: string, nth: number): Words => {
  let [a, b, c, d] = seed
  a ^= serial | 0
  b ^= Math.floor(serial / 0x100000000)
  c ^= nth
  for (let at = 0; at < purpose.length; at += 1)
    d = Math.imul(d ^ purpose.charCodeAt(at), 0x01000193)
  for (let round = 0; round < 2; round += 1) {
    a = scramble((a + Math.imul(d, 0x9e3779b1)) | 0)
    b = scramble((b + Math.imul(a, 0x85ebca77)) | 0)
    c = scramble((c + Math.imul(b, 0xc2b2ae3d)) | 0)
    d = scramble((d + Math.imul(c, 0x27d4eb2f)) | 0)
  }
  return [a, b, c, d]
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const codesOf = (alphabet: string): readonly number[] =>
  Array.from(alphabet, (letter) => letter.charCodeAt(0))

const ALPHABET_CODES = codesOf(ALPHABET)
const CAPITAL_CODES = codesOf('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ')

/** Writes `length` characters behind a prefix: five from each word, then further words scrambled from the first ones. */
const write = (
  prefix: string,
  words: Words,
  length: number,
  alphabet: readonly number[],
): string => {
  const size = alphabet.length
  // Codes first and the text at once: a text that grows by a letter is a rope, slow to compare and large to keep.
  const codes: number[] = []
  for (let at = 0; at < prefix.length; at += 1) codes.push(prefix.charCodeAt(at))
  const end = prefix.length + length
  for (let block = 0; codes.length < end; block += 1) {
    let word = block < 4 ? (words[block] as number) : scramble((words[block % 4] as number) + block)
    for (let at = 0; at < 5 && codes.length < end; at += 1) {
      const rest = Math.floor(word / size)
      codes.push(alphabet[word - rest * size] as number)
      word = rest
    }
  }
  return String.fromCharCode(...codes)
}

/**
 * The id of the `nth` thing of a kind that one fact brings about.
 * @param prefix - With its underscore: `cus_`.
 * @param length - Characters after the prefix.
 */
export const drawId = (
  seed: Words,
  serial: number,
  prefix: string,
  length: number,
  nth = 0,
): string => write(prefix, draw(seed, serial, prefix, nth), length, ALPHABET_CODES)

/** Upper-case letters and digits, for invoice prefixes and the like. */
export const drawCode = (
  seed: Words,
  serial: number,
  purpose: string,
  length: number,
  nth = 0,
): string => write('', draw(seed, serial, purpose, nth), length, CAPITAL_CODES)

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)

const hex4 = (half: number): string =>
  (HEX[(half >>> 8) & 255] as string) + (HEX[half & 255] as string)

/** A UUID of version 4's form. */
export const drawUuid = (seed: Words, serial: number, purpose: string): string => {
  const [a, b, c, d] = draw(seed, serial, purpose, 0)
  const version = (b & 0x0fff) | 0x4000
  const variant = ((c >>> 16) & 0x3fff) | 0x8000
  return `${hex4(a >>> 16)}${hex4(a)}-${hex4(b >>> 16)}-${hex4(version)}-${hex4(variant)}-${hex4(c)}${hex4(d >>> 16)}${hex4(d)}`
}
