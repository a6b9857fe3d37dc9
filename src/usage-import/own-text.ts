const SLICED_FROM = 13
const LENGTH_MAX = 1_000

const scratch = Buffer.allocUnsafe(LENGTH_MAX * 3)

/**
 * The same text in memory of its own. V8 cuts a longer text out of another by pointing into it, so a cell that is kept
 * would keep the whole piece of the file that it came in.
 */
export const ownText = (text: string): string => {
  if (text.length < SLICED_FROM || text.length > LENGTH_MAX) return text
  const copy = scratch.toString('utf8', 0, scratch.write(text))
  return copy === text ? copy : text // A text that is no valid Unicode does not survive UTF-8.
}
