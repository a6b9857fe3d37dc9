import type { CustomerId } from '../domain/customers/index.js'
import {
  addDecimals,
  type Decimal,
  negateDecimal,
  toDecimal,
  ZERO,
} from '../domain/kernel/decimal.js'
import type { MeterId, MeteringEvent } from '../domain/metering/index.js'
import { rowsBy } from './projection.js'

/** All usage so far of one customer on one meter, whatever the meter's formula. Cancelled usage counts as never sent. */
export interface UsageTotal {
  readonly meter: MeterId
  readonly customer: CustomerId
  readonly units: Decimal
  readonly reports: number
}

/** The key of a row. */
export const usageKey = (meter: MeterId, customer: CustomerId): string => `${meter} ${customer}`

const add = (
  rows: Map<string, UsageTotal>,
  {
    meter,
    customer,
    value,
  }: { readonly meter: MeterId; readonly customer: CustomerId; readonly value?: string },
  sign: 1 | -1,
): void => {
  const key = usageKey(meter, customer)
  const row = rows.get(key) ?? { meter, customer, units: ZERO, reports: 0 }
  const units = value === undefined ? ZERO : toDecimal(value)
  rows.set(key, {
    ...row,
    units: addDecimals(row.units, sign === 1 ? units : negateDecimal(units)),
    reports: row.reports + sign,
  })
}

export const usageTotals = rowsBy<MeteringEvent>()<string, UsageTotal>('usage-totals', {
  MeterEventRecorded: (rows, event) => add(rows, event, 1),
  MeterEventCancelled: (rows, event) => add(rows, event, -1),
})
