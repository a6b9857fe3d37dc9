/** Measures one figure, tells the parent how far it is, and then what came out. */
import { figures, type Row } from './figures.js'

export type Message = { readonly done: number } | { readonly rows: readonly Row[] }

const tell = (message: Message): void => {
  if (process.send === undefined) console.log(message)
  else process.send(message)
}

const figure = figures[process.argv[2] ?? '']
if (figure === undefined) throw new Error(`no figure '${process.argv[2]}'`)
tell({ rows: figure.measure((done) => tell({ done })) })
