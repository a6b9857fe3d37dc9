/** Invoice items by themselves, and the lines of a draft that show them. */
import {
  exactPriceOf,
  type PriceId,
  type Pricing,
  type ProductId,
  priceOf,
  pricingIn,
} from '../catalog/index.js'
import { adoptCurrency, type Customer, DEFAULT_CURRENCY } from '../customers/index.js'
import type { Currency } from '../kernel/currency.js'
import type { Period } from '../kernel/cycle.js'
import { decimal, multiplyDecimals, roundDecimal, toDecimal } from '../kernel/decimal.js'
import {
  andThen,
  type Decision,
  decided,
  each,
  mapResult,
  newId,
  succeed,
  type World,
} from '../kernel/decision.js'
import { changedFields } from '../kernel/diff.js'
import { E, type Either, pipe } from '../kernel/fp.js'
import type { Instant } from '../kernel/instant.js'
import { mergeMetadata, metadataRefusal, newMetadata } from '../kernel/metadata.js'
import { AMOUNT_MAX } from '../kernel/money.js'
import {
  invalidRequest,
  parameterMissing,
  type Rejection,
  resourceMissingIn,
  within,
} from '../kernel/rejection.js'
import { advancingRefusal, clockNow, isThere, writable } from '../test-clocks/index.js'
import {
  changeInvoice,
  type InvoicingReads,
  LINES_MAX,
  lineOfItem,
  recordOn,
  tooManyLines,
  withLines,
} from './draft.js'
import type { InvoiceId, InvoiceItemId } from './ids.js'
import type { Invoice, InvoiceSlices } from './invoice.js'
import type { InvoiceItem } from './invoice-item.js'
import type { InvoiceLine } from './line.js'
import type {
  AddLines,
  Charged,
  CreateInvoiceItem,
  RemoveLines,
  UpdateInvoiceItem,
  UpdateLine,
  UpdateLines,
} from './params.js'
import { numbered } from './price-lines.js'

type World_ = World<InvoicingReads>

/** What a thing to be billed costs, and what of. */
type Costs = Pick<
  InvoiceItem,
  'amount' | 'currency' | 'price' | 'product' | 'quantity' | 'unit_amount_decimal'
> & { readonly name: string | null }

const tooLarge: Rejection = invalidRequest(
  `The amount of an invoice item can be at most ${AMOUNT_MAX}, either way.`,
  { code: 'amount_too_large', param: 'amount' },
)

const rounded = (unit: string, quantity: string): number =>
  Number(roundDecimal(multiplyDecimals(toDecimal(unit), toDecimal(quantity)), 'half-up'))

const checked = (costs: Costs): Either<Rejection, Costs> =>
  Math.abs(costs.amount) <= AMOUNT_MAX ? E.right(costs) : E.left(tooLarge)

/** What a quantity of a price comes to. What is beyond all bounds need not be exact: it is refused. */
const amountOf = (pricing: Pricing, quantity: string): number => {
  const exact = Number(roundDecimal(exactPriceOf(pricing, toDecimal(quantity)), 'half-up'))
  return exact > AMOUNT_MAX ? exact : priceOf(pricing, toDecimal(quantity))
}

const KINDS = ['amount', 'price', 'price_data', 'unit_amount_decimal'] as const

/** The price of an item that has none of its own: it is named, and in no catalogue. @remarks That there is one is observed. */
const ownPrice = (world: World_): { readonly price: PriceId; readonly product: ProductId } => ({
  price: newId(world, 'price_1', 23),
  product: newId(world, 'prod_', 14),
})

/**
 * What an item costs: of an amount, a price, a price of its own, or a unit amount just one.
 * @param currency - The currency that it must have; `undefined` leaves it to the price, or to the caller.
 */
const costsOf = (
  world: World_,
  params: Charged,
  currency: Currency | undefined,
): Either<Rejection, Costs> => {
  const price = params.price ?? params.pricing?.price
  const given = { ...params, price }
  const kinds = KINDS.filter((kind) => given[kind] !== undefined)
  if (kinds.length === 0) return E.left(parameterMissing('amount'))
  if (kinds.length > 1)
    return E.left(
      invalidRequest(`You may only specify one of these parameters: ${kinds.join(', ')}.`, {
        code: 'parameters_exclusive',
        param: kinds[1] as string,
      }),
    )
  if (params.amount !== undefined) {
    if (params.quantity !== undefined || params.quantity_decimal !== undefined)
      return E.left(
        invalidRequest('You may only specify one of these parameters: amount, quantity.', {
          code: 'parameters_exclusive',
          param: 'quantity',
        }),
      )
    return E.right({
      amount: params.amount,
      currency: currency ?? DEFAULT_CURRENCY,
      quantity: '1',
      unit_amount_decimal: String(params.amount),
      ...ownPrice(world),
      name: null,
    })
  }
  const quantity = params.quantity_decimal ?? String(params.quantity ?? 1)
  if (params.unit_amount_decimal !== undefined)
    return checked({
      amount: rounded(params.unit_amount_decimal, quantity),
      currency: currency ?? DEFAULT_CURRENCY,
      quantity,
      unit_amount_decimal: params.unit_amount_decimal,
      ...ownPrice(world),
      name: null,
    })
  if (params.price_data !== undefined)
    return ofPriceData(world, params.price_data, quantity, currency)
  return ofPrice(world, price as PriceId, quantity, currency)
}

const otherCurrency = (supported: readonly string[], expected: Currency): Rejection =>
  invalidRequest(
    `The price specified supports currencies of \`${supported.join('`, `')}\`. This doesn't match the expected currency: \`${expected}\`.`,
  )

const ofPriceData = (
  world: World_,
  data: NonNullable<Charged['price_data']>,
  quantity: string,
  currency: Currency | undefined,
): Either<Rejection, Costs> => {
  const product = world.products.get(data.product)
  if (product === undefined)
    return E.left(resourceMissingIn('price_data[product]', 'product', data.product))
  const unit =
    data.unit_amount_decimal ??
    (data.unit_amount === undefined ? undefined : String(data.unit_amount))
  if (unit === undefined) return E.left(parameterMissing('price_data[unit_amount]'))
  if (currency !== undefined && data.currency !== currency)
    return E.left(otherCurrency([data.currency], currency))
  return checked({
    amount: rounded(unit, quantity),
    currency: data.currency,
    quantity,
    unit_amount_decimal: unit,
    price: newId(world, 'price_1', 23),
    product: product.id,
    name: product.name,
  })
}

const ofPrice = (
  world: World_,
  id: PriceId,
  quantity: string,
  currency: Currency | undefined,
): Either<Rejection, Costs> => {
  const price = world.prices.get(id)
  if (price === undefined || price.deleted)
    return E.left(resourceMissingIn('pricing[price]', 'price', id))
  if (price.recurring !== null)
    return E.left(
      invalidRequest(
        'The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.',
        { param: 'pricing[price]' },
      ),
    )
  if (!price.active)
    return E.left(
      invalidRequest('The price specified is inactive. This field only accepts active prices.', {
        param: 'pricing[price]',
      }),
    )
  const wanted = currency ?? price.currency
  const pricing = pricingIn(price, wanted)
  if (pricing === undefined)
    return E.left(otherCurrency([price.currency, ...Object.keys(price.currency_options)], wanted))
  return checked({
    amount: amountOf(pricing, quantity),
    currency: wanted,
    quantity,
    unit_amount_decimal: price.unit_amount_decimal,
    price: price.id,
    product: price.product,
    name: world.products.get(price.product)?.name ?? null,
  })
}

const notEditable: Rejection = invalidRequest(
  'Invalid invoice: This invoice is no longer editable',
  {
    code: 'invoice_not_editable',
  },
)

const periodOf = (given: Period | undefined, now: Instant): Either<Rejection, Period> => {
  if (given === undefined) return E.right({ start: now, end: now })
  return given.end < given.start
    ? E.left(invalidRequest('The end of a period cannot be before its start.', { param: 'period' }))
    : E.right({ start: given.start, end: given.end })
}

/** What an invoice item is made of once it is known whose it is and where it goes. */
interface Placed {
  readonly customer: Customer
  readonly invoice: InvoiceId | null
  readonly subscription: string | null
  readonly currency: Currency | undefined
}

const addItem =
  (params: Charged, placed: Placed): Decision<InvoicingReads, InvoiceItem> =>
  (world) => {
    const { customer, invoice, subscription } = placed
    const date = clockNow(world, customer.test_clock)
    const costs = costsOf(world, params, placed.currency)
    if (E.isLeft(costs)) return costs
    const period = periodOf(params.period, date)
    if (E.isLeft(period)) return period
    const { name, amount, currency, price, product, quantity, unit_amount_decimal } = costs.right
    const invoiceitem: InvoiceItem = {
      id: newId(world, 'ii_1', 23),
      amount,
      currency,
      customer: customer.id,
      date,
      description: params.description ?? name,
      discountable: params.discountable ?? amount >= 0,
      invoice,
      metadata: newMetadata(params.metadata),
      period: period.right,
      price,
      product,
      quantity,
      subscription,
      test_clock: customer.test_clock,
      unit_amount_decimal,
    }
    const after = recordOn(world, customer.test_clock, (at) => ({
      type: 'InvoiceItemCreated',
      at,
      invoiceitem,
    }))
    return decided(after, invoiceitem)
  }

/** What a subscription's invoice bills besides, of a price that has been checked. */
export interface PricedItem {
  readonly customer: Customer
  readonly subscription: string
  readonly currency: Currency
  readonly price: PriceId
  readonly quantity: number
  readonly period: Period
  readonly discountable: boolean
  readonly metadata: InvoiceItem['metadata']
}

/** Creates a pending item of a price, for a subscription's next invoice. */
export const createPricedItem =
  ({
    customer,
    currency,
    price: id,
    ...given
  }: PricedItem): Decision<InvoicingReads, InvoiceItem> =>
  (world) => {
    const price = world.prices.need(id)
    const pricing = pricingIn(price, currency) as Pricing
    const invoiceitem: InvoiceItem = {
      id: newId(world, 'ii_1', 23),
      amount: priceOf(pricing, decimal(given.quantity)),
      currency,
      customer: customer.id,
      date: clockNow(world, customer.test_clock),
      description: world.products.get(price.product)?.name ?? null,
      discountable: given.discountable,
      invoice: null,
      metadata: given.metadata,
      period: given.period,
      price: id,
      product: price.product,
      quantity: String(given.quantity),
      subscription: given.subscription,
      test_clock: customer.test_clock,
      unit_amount_decimal: price.unit_amount_decimal,
    }
    const after = recordOn(world, customer.test_clock, (at) => ({
      type: 'InvoiceItemCreated',
      at,
      invoiceitem,
    }))
    return decided(after, invoiceitem)
  }

/** A draft that may get other lines, or why it may not. */
const draftOf = (
  world: World_,
  id: InvoiceId,
  unknown: Rejection = invalidRequest(`No such invoice: '${id}'`, {
    status: 404,
    code: 'resource_missing',
    param: 'invoice',
  }),
): Either<Rejection, Invoice> => {
  const invoice = writable(world, world.invoices.get(id), () => unknown)
  return E.isRight(invoice) && invoice.right.status !== 'draft' ? E.left(notEditable) : invoice
}

const withLine =
  (invoice: Invoice, item: InvoiceItem): Decision<InvoicingReads, InvoiceItem> =>
  (world) => {
    const { lines } = world.invoices.need(invoice.id)
    if (lines.length >= LINES_MAX) return E.left(tooManyLines)
    return mapResult(() => item)(
      withLines(invoice, [...lines, ...numbered(world, [lineOfItem(item)])]),
    )(world)
  }

/** For whom an item is, before it is known that it may be. */
export const itemOwner = (
  world: World_,
  { customer: id, invoice, currency, price_data }: CreateInvoiceItem,
): Either<
  Rejection,
  {
    readonly customer: Customer
    readonly draft: Invoice | null
    readonly currency: Currency | undefined
  }
> => {
  const customer = world.customers.get(id)
  if (customer === undefined) return E.left(resourceMissingIn('customer', 'customer', id))
  const advancing = advancingRefusal(world, customer.test_clock)
  if (advancing !== undefined) return E.left(advancing)
  if (invoice === undefined)
    return E.right({ customer, draft: null, currency: currency ?? price_data?.currency })
  const draft = draftOf(world, invoice, resourceMissingIn('invoice', 'invoice', invoice))
  if (E.isLeft(draft)) return draft
  if (draft.right.customer !== id)
    return E.left(
      invalidRequest(`The invoice ${invoice} belongs to another customer.`, { param: 'invoice' }),
    )
  return E.right({ customer, draft: draft.right, currency: draft.right.currency })
}

/**
 * Creates an invoice item: pending, or on a draft.
 * @remarks Source: docs.stripe.com/api/invoiceitems/create.
 */
export const createInvoiceItem =
  (params: CreateInvoiceItem): Decision<InvoicingReads, InvoiceItem> =>
  (world) => {
    const owner = itemOwner(world, params)
    if (E.isLeft(owner)) return owner
    const { customer, draft, currency } = owner.right
    const ofOwn = params.amount !== undefined || params.unit_amount_decimal !== undefined
    return pipe(
      addItem(params, {
        customer,
        invoice: draft?.id ?? null,
        subscription: params.subscription ?? null,
        currency: currency ?? (ofOwn ? (customer.currency ?? undefined) : undefined),
      }),
      andThen((item) => (draft === null ? succeed(item) : withLine(draft, item))),
      andThen((item) => mapResult(() => item)(adoptCurrency(item.customer, item.currency))),
    )(world)
  }

/** @remarks Observed. */
export const unknownInvoiceItem = (id: string): Rejection =>
  invalidRequest(`No such Invoice Item: '${id}'(livemode=false)`, {
    status: 404,
    code: 'resource_missing',
    param: 'id',
  })

const itemDeleted: Rejection = invalidRequest('This invoice item has been deleted.')
const itemFixed: Rejection = invalidRequest(
  "Can't delete an invoice item that is attached to an invoice that is no longer editable",
)

/** The draft that an item is on, or `null` where it is pending; or why it can no longer be touched. */
const placeOf = (
  world: World<InvoiceSlices>,
  { invoice: id }: InvoiceItem,
  fixed: Rejection,
  gone: Rejection,
): Either<Rejection, Invoice | null> => {
  if (id === null) return E.right(null)
  const invoice = world.invoices.get(id)
  if (invoice === undefined) return E.left(gone)
  return invoice.status === 'draft' ? E.right(invoice) : E.left(fixed)
}

/** An item or a line with what the parameters change. */
const repriced = (
  world: World_,
  row: InvoiceItem,
  params: UpdateInvoiceItem,
): Either<Rejection, InvoiceItem> => {
  const { description, discountable, metadata, period, quantity, quantity_decimal, ...cost } =
    params
  const newQuantity = quantity_decimal ?? (quantity === undefined ? undefined : String(quantity))
  const hasCost = Object.values(cost).some((value) => value !== undefined)
  let next: InvoiceItem = row
  if (hasCost) {
    const costs = costsOf(world, params, row.currency)
    if (E.isLeft(costs)) return costs
    const { name: _, ...fields } = costs.right
    // An amount replaces that of the item's own price, which stays.
    next =
      params.amount === undefined
        ? { ...row, ...fields }
        : { ...row, ...fields, price: row.price, product: row.product }
  } else if (newQuantity !== undefined) {
    const price = world.prices.get(row.price)
    const pricing = price === undefined ? undefined : pricingIn(price, row.currency)
    const amount =
      pricing === undefined
        ? rounded(row.unit_amount_decimal ?? String(row.amount), newQuantity)
        : amountOf(pricing, newQuantity)
    if (Math.abs(amount) > AMOUNT_MAX) return E.left(tooLarge)
    next = { ...row, amount, quantity: newQuantity }
  }
  const span = periodOf(period ?? row.period, row.date)
  if (E.isLeft(span)) return span
  const merged = mergeMetadata(row.metadata, metadata)
  const refusal = metadataRefusal(merged)
  if (refusal !== undefined) return E.left(refusal)
  return E.right({
    ...next,
    description: description === undefined ? next.description : description,
    discountable: discountable ?? next.discountable,
    metadata: merged,
    period: span.right,
  })
}

const changeItem =
  (item: InvoiceItem, next: InvoiceItem): Decision<InvoicingReads, InvoiceItem> =>
  (world) => {
    const changes = changedFields(item, next)
    if (Object.keys(changes).length === 0) return decided(world, item)
    const { id, test_clock } = item
    const after = recordOn(world, test_clock, (at) => ({
      type: 'InvoiceItemUpdated',
      at,
      id,
      changes,
    }))
    return decided(after, after.invoiceItems.need(id))
  }

/** The line of a draft that shows an item, as the item is now. */
const lineAgain =
  (invoice: Invoice | null, item: InvoiceItem): Decision<InvoicingReads, InvoiceItem> =>
  (world) => {
    if (invoice === null) return decided(world, item)
    const { lines } = world.invoices.need(invoice.id)
    const next = lines.map((line) =>
      line.invoice_item === item.id ? { ...line, ...lineOfItem(item) } : line,
    )
    return mapResult(() => item)(withLines(invoice, next))(world)
  }

/**
 * Changes an item that is pending or on a draft, and the draft's line with it.
 * @remarks Source: docs.stripe.com/api/invoiceitems/update; the refusals are observed.
 */
export const updateInvoiceItem =
  (id: InvoiceItemId, params: UpdateInvoiceItem): Decision<InvoicingReads, InvoiceItem> =>
  (world) => {
    const item = world.invoiceItems.get(id)
    if (item !== undefined && !isThere(world, item)) return E.left(unknownInvoiceItem(id))
    if (item === undefined)
      return E.left(
        world.invoiceItems.slotOf(id) === undefined ? unknownInvoiceItem(id) : itemDeleted,
      )
    const advancing = advancingRefusal(world, item.test_clock)
    if (advancing !== undefined) return E.left(advancing)
    const place = placeOf(world, item, notEditable, itemDeleted)
    if (E.isLeft(place)) return place
    const next = repriced(world, item, params)
    if (E.isLeft(next)) return next
    return pipe(
      changeItem(item, next.right),
      andThen((changed) => (changed === item ? succeed(item) : lineAgain(place.right, changed))),
    )(world)
  }

const removeItem =
  ({ id, test_clock }: InvoiceItem): Decision<InvoicingReads, InvoiceItemId> =>
  (world) =>
    decided(
      recordOn(world, test_clock, (at) => ({ type: 'InvoiceItemDeleted', at, id })),
      id,
    )

/** Deletes an item, whatever its clock is doing: its customer takes it along. */
export const dropItem = removeItem

/**
 * Deletes an item that is pending or on a draft.
 * @remarks Source: docs.stripe.com/api/invoiceitems/delete; the refusals are observed.
 */
export const deleteInvoiceItem =
  (id: InvoiceItemId): Decision<InvoicingReads, InvoiceItemId> =>
  (world) => {
    const item = world.invoiceItems.get(id)
    if (item !== undefined && !isThere(world, item)) return E.left(unknownInvoiceItem(id))
    if (item === undefined)
      return E.left(
        world.invoiceItems.slotOf(id) === undefined ? unknownInvoiceItem(id) : itemFixed,
      )
    const advancing = advancingRefusal(world, item.test_clock)
    if (advancing !== undefined) return E.left(advancing)
    const place = placeOf(world, item, itemFixed, itemFixed)
    if (E.isLeft(place)) return place
    const draft = place.right
    if (draft === null) return removeItem(item)(world)
    return pipe(
      removeItem(item),
      andThen(() =>
        withLines(
          draft,
          draft.lines.filter((line) => line.invoice_item !== id),
        ),
      ),
      mapResult(() => id),
    )(world)
  }

// Lines

const withMetadata =
  (invoice: Invoice, change: AddLines['invoice_metadata']): Decision<InvoicingReads, Invoice> =>
  (world) => {
    const metadata = mergeMetadata(invoice.metadata, change)
    const refusal = metadataRefusal(metadata)
    if (refusal !== undefined) return E.left(refusal)
    return Object.keys(changedFields(invoice, { ...invoice, metadata })).length === 0
      ? decided(world, world.invoices.need(invoice.id))
      : changeInvoice(invoice, { metadata })(world)
  }

/** The decision on the nth line, its refusal told with the line's place. */
const onLine =
  <S, A>(nth: number, decision: Decision<S, A>): Decision<S, A> =>
  (world) => {
    const done = decision(world)
    return E.isLeft(done) ? E.left(within(`lines[${nth}]`, done.left)) : done
  }

const addLine = (
  invoice: Invoice,
  { invoice_item, ...params }: AddLines['lines'][number],
): Decision<InvoicingReads, InvoiceItem> => {
  if (invoice_item === undefined)
    return (world) =>
      pipe(
        addItem(params, {
          customer: world.customers.need(invoice.customer),
          invoice: invoice.id,
          subscription: null,
          currency: invoice.currency,
        }),
        andThen((item) => withLine(invoice, item)),
      )(world)
  return (world) => {
    const item = world.invoiceItems.get(invoice_item)
    if (item === undefined || item.customer !== invoice.customer || item.invoice !== null)
      return E.left(resourceMissingIn('invoice_item', 'invoiceitem', invoice_item))
    if (item.currency !== invoice.currency)
      return E.left(
        invalidRequest(
          `The currency of the invoice item (${item.currency}) is not that of the invoice (${invoice.currency}).`,
          { param: 'invoice_item' },
        ),
      )
    const next = repriced(world, item, params)
    if (E.isLeft(next)) return next
    return pipe(
      changeItem(item, { ...next.right, invoice: invoice.id }),
      andThen((changed) => withLine(invoice, changed)),
    )(world)
  }
}

/**
 * Adds lines to a draft, after all others.
 * @remarks Source: docs.stripe.com/api/invoices/add_lines. That a line makes an invoice item is observed.
 */
export const addLines =
  (id: InvoiceId, { lines, invoice_metadata }: AddLines): Decision<InvoicingReads, Invoice> =>
  (world) => {
    const draft = draftOf(world, id)
    if (E.isLeft(draft)) return draft
    if (draft.right.lines.length + lines.length > LINES_MAX) return E.left(tooManyLines)
    return pipe(
      each(lines.entries(), ([nth, line]) => onLine(nth, addLine(draft.right, line))),
      andThen(() => withMetadata(draft.right, invoice_metadata)),
    )(world)
  }

const lineWith = (
  world: World_,
  { currency, customer, test_clock }: Invoice,
  line: InvoiceLine,
  params: UpdateInvoiceItem,
): Either<Rejection, InvoiceLine> => {
  const next = repriced(
    world,
    {
      id: '',
      amount: line.amount,
      currency,
      customer,
      date: line.period.start,
      description: line.description,
      discountable: line.discountable,
      invoice: null,
      metadata: line.metadata,
      period: line.period,
      price: line.price ?? '',
      product: line.product ?? '',
      quantity: line.quantity ?? '1',
      subscription: line.subscription,
      test_clock,
      unit_amount_decimal: line.unit_amount_decimal,
    },
    params,
  )
  if (E.isLeft(next)) return next
  const { amount, description, discountable, metadata, period, quantity } = next.right
  return E.right({
    ...line,
    amount,
    description,
    discountable,
    metadata,
    period,
    quantity,
    unit_amount_decimal: next.right.unit_amount_decimal,
    // What somebody wrote is no longer worked out from usage.
    usage_from: null,
  })
}

const updateOneLine =
  (
    invoice: Invoice,
    { id, ...params }: UpdateLines['lines'][number],
  ): Decision<InvoicingReads, InvoiceLine> =>
  (world) => {
    const { lines } = world.invoices.need(invoice.id)
    const line = lines.find((row) => row.id === id)
    if (line === undefined) return E.left(resourceMissingIn('id', 'line item', id))
    const find = (after: World<InvoiceSlices>): InvoiceLine =>
      after.invoices.need(invoice.id).lines.find((row) => row.id === id) as InvoiceLine
    if (line.invoice_item !== null) {
      const done = updateInvoiceItem(line.invoice_item, params)(world)
      return E.isLeft(done) ? done : decided(done.right.world, find(done.right.world))
    }
    const next = lineWith(world, invoice, line, params)
    if (E.isLeft(next)) return next
    const replaced = lines.map((row) => (row.id === id ? next.right : row))
    return mapResult(() => next.right)(withLines(invoice, replaced))(world)
  }

/** Changes lines of a draft. @remarks Source: docs.stripe.com/api/invoices/update_lines. */
export const updateLines =
  (id: InvoiceId, { lines, invoice_metadata }: UpdateLines): Decision<InvoicingReads, Invoice> =>
  (world) => {
    const draft = draftOf(world, id)
    if (E.isLeft(draft)) return draft
    return pipe(
      each(lines.entries(), ([nth, line]) => onLine(nth, updateOneLine(draft.right, line))),
      andThen(() => withMetadata(draft.right, invoice_metadata)),
    )(world)
  }

/** Changes one line of a draft, and answers it. @remarks Source: docs.stripe.com/api/invoice-line-item/update; observed. */
export const updateLine =
  (
    id: InvoiceId,
    { line, ...params }: UpdateLine,
  ): Decision<InvoicingReads, { readonly invoice: Invoice; readonly line: InvoiceLine }> =>
  (world) => {
    const draft = draftOf(world, id)
    if (E.isLeft(draft)) return draft
    return pipe(
      updateOneLine(draft.right, { id: line, ...params }),
      mapResult((changed) => ({ invoice: draft.right, line: changed })),
    )(world)
  }

const removeLine =
  (
    invoice: Invoice,
    { id, behavior }: RemoveLines['lines'][number],
  ): Decision<InvoicingReads, unknown> =>
  (world) => {
    const { lines } = world.invoices.need(invoice.id)
    const line = lines.find((row) => row.id === id)
    if (line === undefined) return E.left(resourceMissingIn('id', 'line item', id))
    const rest = withLines(
      invoice,
      lines.filter((row) => row.id !== id),
    )
    const item = line.invoice_item === null ? undefined : world.invoiceItems.get(line.invoice_item)
    if (item === undefined)
      return behavior === 'delete'
        ? rest(world)
        : E.left(
            invalidRequest('Only lines of invoice items can be unassigned.', { param: 'behavior' }),
          )
    const release: Decision<InvoicingReads, unknown> =
      behavior === 'delete' ? removeItem(item) : changeItem(item, { ...item, invoice: null })
    return pipe(
      release,
      andThen(() => rest),
    )(world)
  }

/**
 * Takes lines off a draft; their items are deleted, or pending again.
 * @remarks Source: docs.stripe.com/api/invoices/remove_lines.
 */
export const removeLines =
  (id: InvoiceId, { lines, invoice_metadata }: RemoveLines): Decision<InvoicingReads, Invoice> =>
  (world) => {
    const draft = draftOf(world, id)
    if (E.isLeft(draft)) return draft
    return pipe(
      each(lines.entries(), ([nth, line]) => onLine(nth, removeLine(draft.right, line))),
      andThen(() => withMetadata(draft.right, invoice_metadata)),
    )(world)
  }
